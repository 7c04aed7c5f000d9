"""What stands in the way of a call besides the call itself: rules, locks, a migration, lost scopes, owners who left.

`/_sandbox/act` sets it up; it is kept with the state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.owners import ACTIVE_IDS
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.values import NUMBER, Invalid
from leadrelay.sandbox.store import Store, stamp

KEPT_AS = "conduct"
Facts = dict[str, dict[str, Any]]

RULES = ("MIN_LENGTH", "MAX_LENGTH", "MIN_NUMBER", "MAX_NUMBER", "REGEX")
"""Some of the rules at https://developers.hubspot.com/docs/api-reference/latest/crm/property-validations/guide.

They hold for the API, and the refusal names an error for each (`INVALID_ALPHA`):
https://developers.hubspot.com/changelog/upcoming-property-validations-rules-will-be-enforced-for-apis-and-integrations
"""


class Conduct:
    """Facts of a few kinds, by name: `rule`, `workflow`, `lock`, `scope` (lost ones), `owner` (archived ones).

    `use`: which tools use a property.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._facts: Facts = {}
        self.restore()

    def restore(self) -> None:
        """As the state has it."""
        self._facts = self.store.recall(KEPT_AS, {})

    def facts(self, what: str) -> Mapping[str, Any]:
        return self._facts.get(what, {})

    def put(self, what: str, facts: Mapping[str, Any]) -> None:
        """Replace the facts of a kind."""
        self._facts[what] = dict(facts)
        self.store.remember(KEPT_AS, self._facts)

    def note(self, what: str, name: str, fact: Any) -> None:
        """Add a fact, or replace it; None takes it away."""
        kept = {**self.facts(what), name: fact}
        self.put(what, {name: fact for name, fact in kept.items() if fact is not None})

    def later(self, seconds: float) -> str | None:
        """The moment so many seconds from now; None where that is now."""
        return stamp(self.store.clock.now() + timedelta(seconds=seconds)) if seconds else None

    def expect_unlocked(self, key: int) -> None:
        """https://developers.hubspot.com/docs/api-reference/error-handling: a lock lasts for two seconds."""
        if (until := self.facts("lock").get(str(key))) and until > self.store.clock.stamp():
            raise Refusal(423, "The record is locked. Wait at least 2 seconds before you try again.", None)

    def expect_at_home(self) -> None:
        """The account may be on its way to another data centre; same page."""
        until = self.facts("migration").get("until")
        left = (datetime.fromisoformat(until) - self.store.clock.now()).total_seconds() if until else 0
        if left > 0:
            text = "This account is currently being migrated between data hosting locations."
            raise Refusal(477, text, None, headers={"Retry-After": str(ceil(left))})

    def expect_valid(self, kind: ObjectType, prop: Property, text: str) -> None:
        """An owner who left owns nothing new; a rule that an admin has made holds for the API too."""
        if prop.external == "owners" and text in self.facts("owner"):
            left = ", ".join(owner for owner in ACTIVE_IDS if owner not in self.facts("owner"))
            raise Invalid("INVALID_OPTION", f"{text} was not one of the allowed options: [{left}]")
        rule = self.facts("rule").get(fact_name(kind, prop.name))
        if rule and text and not _holds(rule["type"], str(rule["argument"]), text):
            why = f'"{prop.name}" does not meet the validation rule {rule["type"]} {rule["argument"]}'
            raise Invalid(f"INVALID_{rule['type']}", why)

    def workflows(self, kind: ObjectType, names: Iterable[str]) -> dict[str, str]:
        """What workflows set the properties to that the API has written; each of them has one turn less."""
        found: dict[str, str] = {}
        for name in names:
            flow = self.facts("workflow").get(fact_name(kind, name))
            if flow:
                found[name] = flow["value"]
                left = None if flow["times"] is None else flow["times"] - 1
                self.note("workflow", fact_name(kind, name), None if left == 0 else {**flow, "times": left})
        return found


def fact_name(kind: ObjectType, name: str) -> str:
    """Under which name something of a property is kept."""
    return f"{kind.name}.{name}"


def _holds(type_: str, argument: str, text: str) -> bool:
    if type_ == "REGEX":
        return re.fullmatch(argument, text) is not None
    if type_.endswith("LENGTH"):
        return _within(type_, len(text), float(argument))
    return NUMBER.fullmatch(text) is not None and _within(type_, float(text), float(argument))


def _within(type_: str, size: float, limit: float) -> bool:
    return size >= limit if type_.startswith("MIN") else size <= limit
