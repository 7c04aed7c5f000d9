"""The part of a playbook that says who may pass: disqualifiers, the qualification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadrelay.core.playbook_rules import Rules
from leadrelay.core.playbook_values import Condition, Disqualifier
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


def read_qualification(table: Table, rules: Rules) -> Condition | None:
    """What makes a lead qualified."""
    if "when" not in table:
        table.problem("", "lacks 'when'.", 'Such as: when = "bant_met >= 3 and bant_unmet = 0"')
    condition = rules.condition(table, "when", rules.after_scores)
    table.close()
    return condition
