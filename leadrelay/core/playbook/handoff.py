"""The part of a playbook that says which leads are passed on, to whom, and what is told about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadrelay.core.handoff.values import KINDS, Answer, HandOffRules, Step, TalkTrack
from leadrelay.core.lead import Type
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.intervals import read_interval, read_time
from leadrelay.core.playbook.rules import Rules, read_name
from leadrelay.core.playbook.templates import Templates, read_subject
from leadrelay.core.playbook.values import Demand
from leadrelay.core.predicates import Node, Op, fields, parse
from leadrelay.core.roster import EMAIL
from leadrelay.core.toml_table import Table

MOST_HOURS = 24 * 366
SUBJECT = "Qualified: {first_name} {last_name}, {company}"
DUE_HOURS = 24
MOST_STEPS = 12


def read_handoff(table: Table, rules: Rules, gate: Sequence[Demand]) -> HandOffRules | None:
    """The rules of `[handoff]`; None where its predicate is wrong."""
    when, templates = _when(table, rules, gate), Templates(rules)
    subject, owners, hours = read_subject(table, "subject", rules.after_stages), _owners(table), _hours(table)
    due, remind, note = read_interval(table, "due"), read_time(table, "remind"), _flag(table, "note")
    body = templates.text(table, "body", body=True)
    tracks = tuple(_talk_tracks(table.tables("talk_tracks"), rules, templates))
    answers = tuple(_answers(table.tables("answers"), rules, templates))
    cadence = tuple(_cadence(table.tables("cadence"), rules, templates))
    if "due" in table and "due_hours" in table:
        table.problem("due", "says in business time what due_hours says by the clock.", "Keep one of them.")
    table.close()
    if when is None:
        return None
    return HandOffRules(
        when=when,
        subject=subject or SUBJECT,
        owners=owners,
        due_hours=hours,
        due=due,
        remind=remind,
        note=note,
        body=body,
        talk_tracks=tracks,
        answers=answers,
        cadence=cadence,
    )


def _when(table: Table, rules: Rules, gate: Sequence[Demand]) -> Condition | None:
    """Which leads are passed on; where nothing else is said, those that pass the gate, or are qualified without one."""
    if "when" in table:
        asked = rules.condition(table, "when", rules.after_stages)
    else:
        usual = "gate_passed" if gate else "qualified"
        asked = Condition(usual, parse(usual, rules.after_stages, ""))
    return _of_those_left(asked, rules) if asked else None


def _of_those_left(asked: Condition, rules: Rules) -> Condition:
    """Whoever is in nurture or out may pass the gate, and is not meant unless the predicate itself asks for that."""
    known = fields(asked.node)
    left = [f"not {name}" for name in ("recycled", "disqualified") if name not in known]
    if not left:
        return asked
    own = asked.text if asked.node.op is Op.FIELD else f"({asked.text.strip()})"
    nodes = (asked.node, *(parse(text, rules.after_stages, "") for text in left))
    return Condition(" and ".join([own, *left]), Node(Op.AND, Type.BOOLEAN, nodes), asked.place)


def _owners(table: Table) -> tuple[str, ...]:
    owners = table.texts("owners") or ()
    folded = [owner.lower() for owner in owners]
    for place, owner in enumerate(owners):
        if not EMAIL.fullmatch(owner):
            table.problem("owners", f"number {place + 1} is no e-mail address.", "Name users of the CRM by theirs.")
        elif folded[place] in folded[:place]:
            table.problem("owners", f"number {place + 1} stands there already.", "Name each once.")
    return owners


def _hours(table: Table) -> int:
    hours = table.integer("due_hours")
    if hours is None:
        return DUE_HOURS
    if not 1 <= hours <= MOST_HOURS:
        table.problem("due_hours", f"must be between 1 and {MOST_HOURS:,}.")
    return hours


def _flag(table: Table, key: str) -> bool:
    value = table.value(key)
    if value is not None and not isinstance(value, bool):
        table.problem(key, "must be true or false.")
    return value is True


def _talk_tracks(tables: Sequence[Table], rules: Rules, templates: Templates) -> Iterator[TalkTrack]:
    for place, table in enumerate(tables):
        table.needs("name", "text")
        name, text = read_name(table, "name"), templates.text(table, "text")
        when = rules.condition(table, "when", rules.after_stages)
        table.close()
        if name in [earlier.text("name") for earlier in tables[:place]]:
            table.problem(
                "name", f"a talk track '{name}' is there already.", "Rename one of them, or join them with 'or'."
            )
        if "when" not in table and place < len(tables) - 1:
            table.problem(
                "", "speaks to every lead, so that none behind it ever does.", "Add a 'when', or put it last."
            )
        if name and text and ("when" not in table or when):
            yield TalkTrack(name, when, text)


def _answers(tables: Sequence[Table], rules: Rules, templates: Templates) -> Iterator[Answer]:
    for table in tables:
        table.needs("objection", "when", "text")
        objection, text = read_name(table, "objection"), templates.text(table, "text")
        when = rules.condition(table, "when", rules.after_stages)
        table.close()
        if objection and text and when:
            yield Answer(objection, when, text)


def _cadence(tables: Sequence[Table], rules: Rules, templates: Templates) -> Iterator[Step]:
    if len(tables) > MOST_STEPS:
        tables[MOST_STEPS].problem("", f"a cadence has at most {MOST_STEPS} tasks.", "Leave out the last ones.")
    for table in tables:
        table.needs("kind", "after", "subject", "text")
        kind, after = table.choice("kind", KINDS), read_interval(table, "after")
        subject, text = read_subject(table, "subject", rules.after_stages), templates.text(table, "text")
        table.close()
        if kind in KINDS and after and subject and text:
            yield Step(kind, after, subject, text)
