"""What admins and other transactions put in the way of a write: locks, validation, duplicate rules, flows.

All of it is set by `/_sandbox/act`, and ends with the process or a reset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.store import Row, Store

Values = Mapping[str, Any]

_DUPLICATE = "Use one of these records?"
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Validation:
    """Refuses a record whose fields all have one of the values given."""

    when: Mapping[str, Sequence[Any]]
    message: str

    def breaks(self, row: Values) -> bool:
        return all(row.get(name) in values for name, values in self.when.items())


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Refuses a record that agrees with another in all these fields; one that only alerts can be passed."""

    fields: tuple[str, ...]
    blocks: bool


@dataclass(slots=True)
class Flow:
    """Sets a field to its own value after the API wrote it, `times` for each record."""

    name: str
    value: Any
    times: int | None
    runs: Counter[str] = field(default_factory=Counter)


class DuplicatesDetected(SalesforceError):
    """A duplicate rule found other records; the real answer spells `duplicateResut`.

    https://github.com/rudderlabs/rudder-server has one recorded; it came with status 400.
    """

    def __init__(self, object_name: str, rule: DuplicateRule, found: Sequence[str]) -> None:
        super().__init__(400, "DUPLICATES_DETECTED", _DUPLICATE)
        self._result = {
            "allowSave": not rule.blocks,
            "duplicateRule": f"{object_name}_Duplicate_Rule",
            "duplicateRuleEntityType": object_name,
            "errorMessage": _DUPLICATE,
            "matchResults": [
                {
                    "entityType": object_name,
                    "errors": [],
                    "matchEngine": "ExactMatchEngine",
                    "matchRecords": [_match(object_name, key) for key in found],
                    "rule": f"{object_name}_Match_Rule",
                    "size": len(found),
                    "success": True,
                }
            ],
        }

    def body(self) -> list[dict[str, Any]]:
        return [{"duplicateResut": self._result, "message": self.message, "errorCode": self.code}]


def _match(object_name: str, key: str) -> dict[str, Any]:
    record = {"attributes": {"type": object_name, "url": f"/services/data/v59.0/sobjects/{object_name}/{key}"}}
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {**record, "Id": key},
    }


@dataclass
class Rules:
    """Rules by object type; `locks` by record id, until when."""

    locks: dict[str, datetime] = field(default_factory=dict)
    validations: dict[str, dict[str, Validation]] = field(default_factory=dict)
    duplicates: dict[str, list[DuplicateRule]] = field(default_factory=dict)
    flows: dict[str, list[Flow]] = field(default_factory=dict)

    def clear(self) -> None:
        for kept in (self.locks, self.validations, self.duplicates, self.flows):
            kept.clear()

    def check_lock(self, key: str, now: datetime) -> None:
        """Refuse the write of a record that another transaction holds."""
        until = self.locks.get(key) if self.locks else None
        if until is not None and now < until:
            message = f"unable to obtain exclusive access to this record or 1 records: {key}"
            raise bad("UNABLE_TO_LOCK_ROW", message, [])

    def broken(self, name: str, row: Values) -> list[SalesforceError]:
        """The validation rules that a record as it would be kept breaks."""
        rules = self.validations.get(name, {}).values()
        return [bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, []) for rule in rules if rule.breaks(row)]

    def check_duplicates(self, store: Store, name: str, old: Row | None, kept: Values, *, pass_alerts: bool) -> None:
        """Refuse a new record, or one of whose matching fields one changes, that agrees with another.

        https://help.salesforce.com/s/articleView?id=sales.duplicate_rules_overview.htm
        """
        for rule in self.duplicates.get(name, ()):
            if pass_alerts and not rule.blocks:
                continue
            changed = old is None or any(name in kept and kept[name] != old.get(name) for name in rule.fields)
            found = list(_same(store, name, rule, {**(old or {}), **kept})) if changed else []
            if found:
                raise DuplicatesDetected(name, rule, found)

    def flows_after(self, name: str, key: str, written: Values) -> Iterator[Flow]:
        """The flows that a write by the API sets off; each is counted."""
        for flow in self.flows.get(name, ()):
            if flow.name in written and (flow.times is None or flow.runs[key] < flow.times):
                flow.runs[key] += 1
                yield flow


def _same(store: Store, name: str, rule: DuplicateRule, row: Values) -> Iterator[str]:
    values = [row.get(field) for field in rule.fields]
    if any(value is None for value in values):
        return
    alike = " AND ".join(f'"{field}" = ? COLLATE NOCASE' for field in rule.fields)
    sql = f'SELECT Id FROM "{name}" WHERE {alike} AND Id IS NOT ? AND IsDeleted = 0 LIMIT {_MOST_SHOWN}'
    yield from (key for (key,) in store.db.execute(sql, [*values, row.get("Id")]))
