"""The org's switches: what a test, or a rehearsal, may turn. They are kept in the store, so a state file keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.control import BadRequest
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

MOST = 10**9


def setting(org: Org, name: str) -> Any:
    """The value of a switch."""
    return org.setting(name, DEFAULTS[name])


def change(org: Org, name: str, value: float | bool) -> None:
    """Turn a switch; a name that is none is a KeyError."""
    if name not in DEFAULTS:
        raise KeyError(name)
    org.store.remember(f"setting:{name}", value)


class Switches:
    """The settings for `/_sandbox/settings`: checked as a whole before the first is turned."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def get(self) -> dict[str, Any]:
        """All of them, as they are now."""
        return {name: setting(self._org, name) for name in DEFAULTS}

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Turn those that are named; BadRequest where one is no switch or has no such value."""
        for name, value in wanted.items():
            _check(name, value)
        for name, value in wanted.items():
            change(self._org, name, value)


def _check(name: str, value: Any) -> None:
    default = DEFAULTS.get(name)
    if default is None:
        raise BadRequest(f"there is no setting {name}; there are: {', '.join(DEFAULTS)}")
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false")
        return
    least = 1 if name == "bulk_rows" else 0
    kinds = (int,) if isinstance(default, int) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= MOST:
        raise BadRequest(f"{name} must be a {'whole ' if kinds == (int,) else ''}number from {least} to {MOST}")
