"""The part of a playbook that says who may pass: disqualifiers, the qualification and its statuses, the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.rules import STEP_NAME, Rules, read_name
from leadrelay.core.playbook.values import Demand, Disqualifier, Status
from leadrelay.core.toml_table import Table


def read_disqualifiers(tables: Sequence[Table], rules: Rules) -> tuple[Disqualifier, ...]:
    """Everything that shuts a lead out."""
    return tuple(found for table in tables for found in _disqualifier(table, rules))


def _disqualifier(table: Table, rules: Rules) -> Iterator[Disqualifier]:
    table.needs("name", "when")
    name, when = rules.name(table), rules.condition(table, "when", rules.after_scores)
    table.close()
    if name and when:
        yield Disqualifier(name, when)


def read_qualification(table: Table, rules: Rules) -> tuple[Condition | None, tuple[Status, ...]]:
    """What makes a lead qualified, and the statuses from the one that is tried first to the one that takes the rest."""
    if "when" not in table:
        table.problem("", "lacks 'when'.", 'Such as: when = "bant_met >= 3 and bant_unmet = 0"')
    condition = rules.condition(table, "when", rules.after_scores)
    statuses = _statuses(table.tables("statuses"), rules)
    table.close()
    return condition, statuses


def _statuses(tables: Sequence[Table], rules: Rules) -> tuple[Status, ...]:
    statuses = [_status(table, rules, last=table is tables[-1]) for table in tables]
    for place, status in enumerate(statuses):
        if status.name in {earlier.name for earlier in statuses[:place]}:
            tables[place].problem("name", f"a status '{status.name}' is there already.", "Rename one of them.")
    if statuses:
        rules.know("qualification", [status.name for status in statuses])
    return tuple(statuses)


def _status(table: Table, rules: Rules, *, last: bool) -> Status:
    table.needs("name") if last else table.needs("name", "when")
    name, label = table.text("name") or "", table.text("label")
    if name and not STEP_NAME.fullmatch(name):
        table.problem("name", f"'{name}' is not a name of small letters, digits, '-' and '_', at most 40.")
    if last and "when" in table:
        table.problem("when", "the last status takes every lead that no other takes.", "Remove its 'when'.")
    status = Status(name, label or name, rules.condition(table, "when", rules.after_qualified))
    table.close()
    return status


def read_gate(tables: Sequence[Table], rules: Rules) -> tuple[Demand, ...]:
    """Everything that a lead must have to pass."""
    demands: list[Demand] = []
    for table in tables:
        table.needs("name", "when")
        name, when = read_name(table, "name"), rules.condition(table, "when", rules.after_qualification)
        table.close()
        if name in {demand.name for demand in demands}:
            table.problem("name", f"a condition '{name}' is there already.", "Rename one of them.")
        if name and when:
            demands.append(Demand(name, when))
    return tuple(demands)
