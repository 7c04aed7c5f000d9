"""Access tokens that are out: given at login, ended by time, by revocation, or by the next login."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.wire import Request


class Sessions:
    """The open sessions of an org. They end with the process: a client of a restarted sandbox logs in again."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._ends: dict[str, datetime] = {}
        self._grants: dict[str, list[str]] = {}

    def open(self, grant: str = "") -> str:
        """A new access token, of the form `ORG!secret` that real ones have.

        `grant`: what it goes back to, where that can end with it.
        """
        if setting(self._org, "one_session"):
            self._ends.clear()
        token = f"{organization_id(self._org)[:15]}!{secrets.token_urlsafe(72)}"
        self._ends[token] = self._org.now() + timedelta(seconds=setting(self._org, "session_seconds"))
        if grant:
            self._grants.setdefault(grant, []).append(token)
        return token

    def is_open(self, token: str) -> bool:
        ends = self._ends.get(token)
        return ends is not None and self._org.now() < ends

    def close(self, token: str) -> bool:
        """End a session; whether there was one."""
        return self._ends.pop(token, None) is not None

    def close_all(self, grant: str) -> None:
        """End the sessions of a grant."""
        for token in self._grants.pop(grant, ()):
            self.close(token)

    def clear(self) -> None:
        """End all sessions."""
        self._ends.clear()


def token_of(request: Request) -> str:
    """The access token that a request carries, or nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "oauth"} else ""


def organization_id(org: Org) -> str:
    """The org's own id."""
    return str(org.store.select('SELECT "Id" FROM "Organization"')[0]["Id"])
