"""One org: its store, its settings, and who its API user is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrelay.sandbox.salesforce.fields import visible
from leadrelay.sandbox.store import Column, Store

API_USER = "admin@sandbox.example"
"""The user name of the integration user: all API calls are made as this person."""


@dataclass
class Org:
    """What every handler gets. `cursors` are the open query results (see query.py)."""

    store: Store
    url_of: Callable[[], str]
    cursors: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.store.clock.now()

    def visible(self, object_name: str) -> dict[str, Column]:
        """The fields of an object that the API user may see, by lower-case name."""
        return visible(self.store, object_name)

    def user_id(self) -> str:
        """The id of the API user."""
        found = self.store.select('SELECT "Id" FROM "User" WHERE "Username" = ?', (API_USER,))
        return str(found[0]["Id"])

    def setting(self, name: str, default: Any = None) -> Any:
        """A switch of the org, kept in the store under `setting:NAME`."""
        return self.store.recall(f"setting:{name}", default)
