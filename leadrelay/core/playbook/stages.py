"""The part of a playbook that says how far a lead has come: the stages of the funnel, and the ways between them."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.core.playbook.rules import STEP_NAME, Rules
from leadrelay.core.playbook.values import Stage, Transitions
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

SIDES = ("lead-generation", "sales")

ANY = "*"
"""From any stage, or to any."""


def read_stages(tables: Sequence[Table], rules: Rules) -> tuple[Stage, ...]:
    """The funnel, from the stage that is tried first to the one that takes the rest."""
    stages = [_stage(table, rules, last=table is tables[-1]) for table in tables]
    for place, stage in enumerate(stages):
        if stage.name in {earlier.name for earlier in stages[:place]}:
            tables[place].problem("name", f"a stage '{stage.name}' is there already.", "Rename one of them.")
    names = [stage.name for stage in stages]
    rules.know("stage", names)
    rules.know("stage_held", names)
    rules.know("stage_label", [stage.label for stage in stages])
    rules.know("side", SIDES)
    return tuple(stages)


def _stage(table: Table, rules: Rules, *, last: bool) -> Stage:
    table.needs("name", "side") if last else table.needs("name", "side", "when")
    name, label, side = table.text("name") or "", table.text("label"), table.choice("side", SIDES)
    if name and not STEP_NAME.fullmatch(name):
        table.problem("name", f"'{name}' is not a name of small letters, digits, '-' and '_', at most 40.")
    if last and "when" in table:
        table.problem("when", "the last stage takes every lead that no other takes.", "Remove its 'when'.")
    stage = Stage(name, label or name, side or "", rules.condition(table, "when", rules.after_recycling))
    table.close()
    return stage


def read_transitions(table: Table, stages: Sequence[Stage]) -> Transitions:
    """The ways between the stages; what is listed under `*` leads from every stage."""
    names = [stage.name for stage in stages]
    listed = {here: _targets(table, here, names) for here in table.names()}
    if not listed:
        table.problem("", "lists no way from stage to stage.", 'Such as: mql = ["sal"]; or remove [transitions].')
    everywhere = listed.get(ANY, frozenset())
    return Transitions({name: listed.get(name, frozenset()) | everywhere for name in names})


def _targets(table: Table, here: str, names: Sequence[str]) -> frozenset[str]:
    targets = table.texts(here) or ()
    _check(table, here, [here, *targets], names)
    return frozenset(names) if ANY in targets else frozenset(targets)


def _check(table: Table, key: str, words: Sequence[str], names: Sequence[str]) -> None:
    for word in words:
        if word != ANY and word not in names:
            table.problem(key, f"there is no stage '{word}'.", nearest(word, names))
