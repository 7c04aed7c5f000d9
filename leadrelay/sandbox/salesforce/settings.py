"""The org's switches: what a test, or a rehearsal, may turn. They are kept in the store, so a state file keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.salesforce import setup_state
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.setup_fields import CURRENCIES

Value = int | float | bool | str

DEFAULTS: Mapping[str, Value] = {
    "session_seconds": 7200,  # how long an access token lives, on the org's clock
    "one_session": False,  # a new access token ends those given before
    "rotate_refresh_tokens": False,  # a refresh token works once and gives a new one; an old one ends the whole grant
    "daily_requests": 100_000,  # calls in any 24 hours
    "bulk_seconds": 0.02,  # how long a bulk job is at work before it can be complete
    "page_shrink": False,  # query pages are smaller where the real ones are: long texts, many fields
    "bulk_rows": 50_000,  # rows on a page of bulk results when the client does not say
    "time_zone": "Europe/London",  # of the org
    "lead_access": "ReadEditTransfer",  # what everybody may do with leads of others; None: they are private
    "currency": "USD",  # what the org counts in: its corporate currency, where it has several
    "several_currencies": False,  # records say their own (CurrencyIsoCode), and CurrencyType has the rates
    "lead_history": True,  # LeadHistory tracks Status and Owner of leads; false: the org tracks nothing
    # What nobody could confirm about the real org; true is what its documentation lets one expect:
    "graph_conditions": True,  # If-Unmodified-Since in the httpHeaders of a node is honoured; false: ignored
    "graph_duplicate_code": "node",  # DUPLICATE_VALUE in a graph is told by the node that failed, or by all of them
    "graph_failures": 14,  # failed graphs of a request after which the rest is halted ("exceeds 14" may mean 15)
    "bin_keeps_unique": True,  # a task in the recycle bin still holds its unique key; false: the key is free again
    "auto_assign_on_update": True,  # an update without Sforce-Auto-Assign runs the rule; false: only creates do
    "covered_by_minute": True,  # latestDateCovered ends at a whole minute; false: at a whole second
    "merged_ids_follow": False,  # when a master is merged in turn, its losers' MasterRecordId moves on to the new one
}

WORDS: Mapping[str, tuple[str, ...]] = {
    "graph_duplicate_code": ("node", "all"),
    "time_zone": ("America/Los_Angeles", "America/New_York", "Europe/London", "Europe/Berlin"),
    "lead_access": ("None", "Read", "Edit", "ReadEditTransfer"),
    "currency": tuple(CURRENCIES),
}
"""The values of switches that are words."""

MOST = 10**9
_LEAST: Mapping[str, int] = {"bulk_rows": 1, "graph_failures": 1}


def setting(org: Org, name: str) -> Any:
    """The value of a switch."""
    return org.setting(name, DEFAULTS[name])


def change(org: Org, name: str, value: Value) -> None:
    """Turn a switch; a name that is none is a KeyError."""
    if name not in DEFAULTS:
        raise KeyError(name)
    org.store.remember(f"setting:{name}", value)
    setup_state.follow(org.store, name, value)


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
    if isinstance(default, str):
        if value not in WORDS[name]:
            raise BadRequest(f"{name} must be {' or '.join(WORDS[name])}")
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false")
    else:
        _check_number(name, value, whole=isinstance(default, int))


def _check_number(name: str, value: Any, *, whole: bool) -> None:
    least = _LEAST.get(name, 0)
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= MOST:
        raise BadRequest(f"{name} must be a {'whole ' if whole else ''}number from {least} to {MOST}")
