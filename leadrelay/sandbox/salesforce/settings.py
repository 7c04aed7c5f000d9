"""The org's switches: what a test, or a rehearsal, may turn. They are kept in the store, so a state file keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.salesforce.org import Org

DEFAULTS: Mapping[str, int | float | bool] = {
    "session_seconds": 7200,  # how long an access token lives, on the org's clock
    "one_session": False,  # a new access token ends those given before
    "rotate_refresh_tokens": False,  # using a refresh token gives a new one and ends it
    "daily_requests": 100_000,  # calls in any 24 hours
    "bulk_seconds": 0.02,  # how long a bulk job is at work before it can be complete
    "page_shrink": False,  # query pages are smaller where the real ones are: long texts, many fields
    "bulk_rows": 50_000,  # rows on a page of bulk results when the client does not say
}


def setting(org: Org, name: str) -> Any:
    """The value of a switch."""
    return org.setting(name, DEFAULTS[name])


def change(org: Org, name: str, value: float | bool) -> None:
    """Turn a switch; a name that is none is a KeyError."""
    if name not in DEFAULTS:
        raise KeyError(name)
    org.store.remember(f"setting:{name}", value)
