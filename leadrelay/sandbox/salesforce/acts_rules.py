"""Actions of admins and of other transactions: locks, validation rules, picklists, duplicate rules, flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from leadrelay.sandbox.salesforce import setup_state
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.rules import DuplicateRule, Flow, Validation
from leadrelay.sandbox.salesforce.setup_fields import PERMISSIONS

_MOST_SECONDS = 10**9
_MOST_TIMES = 10**9
_CHOOSABLE = {"string", "combobox", "picklist", "multipicklist"}


class RuleActs:
    """Each rule stays until `clear_rules`, a reset, or the end of the process."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._rules = org.rules

    def acts(self) -> Mapping[str, Any]:
        return {
            "lock": (self._lock, "object ids seconds"),
            "unlock": (self._unlock, "object ids"),
            "validation": (self._validation, "object name when field equals message"),
            "restrict": (self._restrict, "object field values"),
            "unrestrict": (self._unrestrict, "object field"),
            "duplicates": (self._duplicates, "object rule fields"),
            "assignment_rule": (self._assignment, "active"),
            "grant": (self._permitted(granted=True), "permission"),
            "revoke": (self._permitted(granted=False), "permission"),
            "automation": (self._automation, "object field value times"),
            "clear_rules": (self._clear, "object"),
        }

    def _lock(self, given: Arguments) -> Done:
        """Another transaction holds these records for so many seconds of the org's clock."""
        until = self._org.now() + timedelta(seconds=given.number("seconds", 0, _MOST_SECONDS))
        keys = given.keys("ids", given.kind())
        for key in keys:
            self._rules.locks[key] = max(until, self._rules.locks.get(key, until))
        return {"locked": len(keys)}

    def _unlock(self, given: Arguments) -> Done:
        keys = given.keys("ids", given.kind())
        return {"unlocked": sum(self._rules.locks.pop(key, None) is not None for key in keys)}

    def _validation(self, given: Arguments) -> Done:
        """A rule of the same name is replaced. A value may be a list: any of them."""
        kind, name = given.kind(), given.text("name")
        when = given.value("when") if given.has("when") else {given.text("field"): given.value("equals")}
        if not isinstance(when, dict) or not when:
            raise given.refuse("when must say which fields have which values")
        held = {given.field(kind, field).name: self._values(given, kind, field, said) for field, said in when.items()}
        rule = Validation(held, given.text("message"))
        self._rules.validations.setdefault(kind.name, {})[name] = rule
        return {"rules": len(self._rules.validations[kind.name])}

    def _values(self, given: Arguments, kind: ObjectType, field: str, said: Any) -> list[Any]:
        column = given.field(kind, field)
        return [given.stored(kind, column, value) for value in (said if isinstance(said, list) else [said])]

    def _restrict(self, given: Arguments) -> Done:
        """Make the field a restricted picklist of these values; values that are there already stay."""
        kind = given.kind()
        column, values = given.column(kind), given.texts("values")
        if column.meta["type"] not in _CHOOSABLE:
            raise given.refuse(f"{column.name} is of type {column.meta['type']}, which has no values to choose from")
        type_ = "multipicklist" if column.meta["type"] == "multipicklist" else "picklist"
        meta = {**column.meta, "type": type_, "picklistValues": values, "restrictedPicklist": True}
        self._org.store.change_column(kind.name, replace(column, meta=meta))
        return {"field": column.name, "values": len(values)}

    def _unrestrict(self, given: Arguments) -> Done:
        """Let the field take any value again."""
        kind = given.kind()
        column = given.column(kind)
        self._org.store.change_column(kind.name, replace(column, meta={**column.meta, "restrictedPicklist": False}))
        return {"field": column.name}

    def _duplicates(self, given: Arguments) -> Done:
        kind, rule = given.kind(), given.text("rule")
        if rule not in {"alert", "block"}:
            raise given.refuse("rule must be alert or block")
        fields = tuple(given.field(kind, name).name for name in given.texts("fields"))
        rules = self._rules.duplicates.setdefault(kind.name, [])
        rules.append(DuplicateRule(fields, blocks=rule == "block"))
        setup_state.tell_rule(self._org.store, self._org.user_id(), kind.name)
        return {"rules": len(rules)}

    def _assignment(self, given: Arguments) -> Done:
        """Switch the lead assignment rule on or off."""
        active = given.value("active")
        if not isinstance(active, bool):
            raise given.refuse("active must be true or false")
        self._org.store.db.execute('UPDATE "AssignmentRule" SET "Active" = ?', (int(active),))
        return {"active": active}

    def _permitted(self, *, granted: bool) -> Callable[[Arguments], Done]:
        """A permission of the API user, by its name without `Permissions`."""

        def act(given: Arguments) -> Done:
            name = given.text("permission")
            if name not in PERMISSIONS:
                raise given.refuse(f"permission must be one of {', '.join(PERMISSIONS)}")
            setup_state.permit(self._org.store, name, granted=granted)
            return {"permission": name}

        return act

    def _automation(self, given: Arguments) -> Done:
        """A flow: whenever the API writes the field it sets its own value, for `times` writes of each record."""
        kind = given.kind()
        column = given.column(kind)
        times = given.whole("times", 1, _MOST_TIMES) if given.has("times") else None
        value = given.stored(kind, column, given.value("value"))
        flows = self._rules.flows.setdefault(kind.name, [])
        flows[:] = [flow for flow in flows if flow.name != column.name]
        flows.append(Flow(column.name, value, times))
        return {"flows": len(flows)}

    def _clear(self, given: Arguments) -> Done:
        """Drop all rules of an object type; locks and restricted picklists stay."""
        name = given.kind().name
        for rules in (self._rules.validations, self._rules.duplicates, self._rules.flows):
            rules.pop(name, None)
        setup_state.forget_rules(self._org.store, name)
        return {"object": name}
