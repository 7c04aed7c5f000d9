"""The part of a playbook that names its goals: `[targets]`."""

from __future__ import annotations

from datetime import timedelta

from leadrelay.core.predicates.dates import interval
from leadrelay.core.targets import GOALS, RESPONSE, Targets
from leadrelay.core.toml_table import Table

_YEAR = timedelta(days=366)


def read_targets(table: Table) -> Targets:
    """Every goal, from the process where the playbook names none."""
    goals = {name: _share(table, name, usual) for name, usual in GOALS.items()}
    within = _within(table)
    table.close()
    return Targets(within, goals["response"], goals["conversion"], goals["accuracy"], goals["meetings"])


def _share(table: Table, name: str, usual: float) -> float:
    share = table.number(name)
    if share is not None and not 0 < share < 1:
        table.problem(name, "must lie between 0 and 1.", "Write 0.3 for 30 %.")
    return usual if share is None else share


def _within(table: Table) -> timedelta:
    text = table.text("within")
    if text is None:
        return RESPONSE
    shift = interval(text)
    if shift is None or shift.months or not timedelta() < timedelta(hours=shift.hours) <= _YEAR:
        table.problem("within", f"'{text}' is not between an hour and a year.", "Such as: '24 hours'.")
        return RESPONSE
    return timedelta(hours=shift.hours)
