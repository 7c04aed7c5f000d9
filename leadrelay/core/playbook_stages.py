"""The part of a playbook that says how far a lead has come: the stages of the funnel."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.core.playbook_rules import STEP_NAME, Rules
from leadrelay.core.playbook_values import Stage
from leadrelay.core.toml_table import Table

SIDES = ("lead-generation", "sales")


def read_stages(tables: Sequence[Table], rules: Rules) -> tuple[Stage, ...]:
    """The funnel, from the stage that is tried first to the one that takes the rest."""
    stages = [_stage(table, rules, last=table is tables[-1]) for table in tables]
    for place, stage in enumerate(stages):
        if stage.name in {earlier.name for earlier in stages[:place]}:
            tables[place].problem("name", f"a stage '{stage.name}' is there already.", "Rename one of them.")
    rules.know("stage", [stage.name for stage in stages])
    return tuple(stages)


def _stage(table: Table, rules: Rules, *, last: bool) -> Stage:
    table.needs("name", "side") if last else table.needs("name", "side", "when")
    name, label, side = table.text("name") or "", table.text("label"), table.choice("side", SIDES)
    if name and not STEP_NAME.fullmatch(name):
        table.problem("name", f"'{name}' is not a name of small letters, digits, '-' and '_', at most 40.")
    if last and "when" in table:
        table.problem("when", "the last stage takes every lead that no other takes.", "Remove its 'when'.")
    stage = Stage(name, label or name, side or "", rules.condition(table, "when", rules.after_gate))
    table.close()
    return stage
