"""The parts of a playbook that say how soon an owner has to answer, whom a breach climbs to, and what is too old."""

from __future__ import annotations

from collections.abc import Sequence

from leadrelay.core.playbook.intervals import exceeds, read_interval, told
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.playbook.values import Stage
from leadrelay.core.roster import EMAIL
from leadrelay.core.sla import ACTIONS, ESCALATE, MANAGER, Ageing, SlaRules, SlaStep
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest

MOST_DAYS = 366


def read_sla(top: Table, rules: Rules) -> SlaRules | None:
    """The rules of `[sla]`, with the path of `[escalation]`; None where there are none, or the deadline is wrong."""
    table, escalation = top.table("sla"), top.table("escalation")
    if "sla" not in top:
        if "escalation" in top:
            escalation.problem("", "there is no [sla] whose steps would escalate.", "Add [sla], or remove this table.")
        return None
    table.needs("first_response")
    response = read_interval(table, "first_response")
    when = rules.condition(table, "when", rules.after_stages)
    tables = table.tables("steps")
    read = [(step, _step(step)) for step in tables]
    steps = [(place, step) for place, step in read if step]
    _check_order(steps)
    path = _path(escalation)
    for place, step in steps:
        if step.do == ESCALATE and not path:
            place.problem("do", "there is no path to escalate along.", 'Add: [escalation] path = ["manager"].')
    table.close()
    escalation.close()
    return SlaRules(response, tuple(step for _, step in steps), when, path) if response else None


def read_ageing(table: Table, stages: Sequence[Stage]) -> Ageing:
    """The limits of `[ageing]`, in business days by stage."""
    names = [stage.name for stage in stages]
    limits = {}
    for name in table.names():
        days = table.integer(name)
        if name not in names:
            table.problem(name, f"there is no stage '{name}'.", nearest(name, names))
        elif days is not None and not 1 <= days <= MOST_DAYS:
            table.problem(name, f"must be between 1 and {MOST_DAYS} business days.")
        elif days is not None:
            limits[name] = days
    return Ageing(limits)


def _step(table: Table) -> SlaStep | None:
    table.needs("after", "do")
    after, do = read_interval(table, "after"), table.choice("do", ACTIONS)
    table.close()
    return SlaStep(after, do) if after and do else None


def _check_order(steps: Sequence[tuple[Table, SlaStep]]) -> None:
    for place, (table, step) in enumerate(steps):
        earlier = [other for _, other in steps[:place]]
        if step in earlier:
            table.problem("", f"'{step.do}' after {told(step.after)} stands there already.", "Remove one of them.")
        elif earlier and exceeds(earlier[-1].after, step.after):
            message = f"it comes before the step above, which waits {told(earlier[-1].after)}."
            table.problem("after", message, "Write the steps in the order of their times.")


def _path(table: Table) -> tuple[str, ...]:
    path = table.texts("path") or ()
    folded = [rung.lower() for rung in path]
    for place, rung in enumerate(path):
        if rung != MANAGER and not EMAIL.fullmatch(rung):
            cure = nearest(rung, [MANAGER]) if "@" not in rung else ""
            message = f"number {place + 1} is neither '{MANAGER}' nor an e-mail address."
            table.problem("path", message, cure or "Name users of the CRM by theirs.")
        elif folded[place] in folded[:place]:
            table.problem("path", f"number {place + 1} stands there already.", "Name each once.")
    return path
