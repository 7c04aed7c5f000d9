"""The part of a playbook that says which leads are passed on, to whom, and what is told about them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadrelay.core import template
from leadrelay.core.handoff.values import HandOffRules, Part
from leadrelay.core.lead import Axis, Schema
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.playbook.values import Demand
from leadrelay.core.predicates import parse
from leadrelay.core.toml_table import Table

LONGEST_SUBJECT = 255
MOST_HOURS = 24 * 366
SUBJECT = "Qualified: {first_name} {last_name}, {company}"
DUE_HOURS = 24

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_REQUIREMENTS = (
    "requirements",
    "pains",
    "need_summary",
    "cmdb_status",
    "initiatives",
    "timeline_months",
    "project_start",
    "evaluators",
    "objections",
    "meeting_at",
)


def read_handoff(table: Table, rules: Rules, gate: Sequence[Demand]) -> HandOffRules | None:
    """The rules of `[handoff]`; None where its predicate is wrong."""
    when = _when(table, rules, gate)
    subject, owners, hours = _subject(table, rules.after_stages), _owners(table), _hours(table)
    table.close()
    if when is None:
        return None
    return HandOffRules(
        when=when,
        subject=subject,
        owners=owners,
        due_hours=hours,
        parts=_parts(rules.schema),
    )


def _when(table: Table, rules: Rules, gate: Sequence[Demand]) -> Condition | None:
    """Which leads are passed on; where nothing else is said, those that pass the gate, or are qualified without one."""
    if "when" in table:
        return rules.condition(table, "when", rules.after_stages)
    usual = "gate_passed" if gate else "qualified"
    return Condition(usual, parse(usual, rules.after_stages, ""))


def _subject(table: Table, known: Schema) -> str:
    subject = table.text("subject") or SUBJECT
    for message, cure in template.problems(subject, list(known)):
        table.problem("subject", message, cure)
    if len(subject) > LONGEST_SUBJECT or "\n" in subject:
        table.problem("subject", f"a subject has one line of at most {LONGEST_SUBJECT} characters.")
    return subject


def _owners(table: Table) -> tuple[str, ...]:
    owners = table.texts("owners") or ()
    folded = [owner.lower() for owner in owners]
    for place, owner in enumerate(owners):
        if not _EMAIL.fullmatch(owner):
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


def _parts(schema: Schema) -> tuple[Part, ...]:
    """The contact, the requirements and the company; the qualification is told by the verdict."""
    requirements = tuple(schema[name] for name in _REQUIREMENTS)
    contact, company = (
        tuple(field for field in schema.values() if field.axis is axis and field not in requirements)
        for axis in (Axis.CONTACT, Axis.ORGANISATION)
    )
    return (
        Part("contact", "Contact", contact),
        Part("requirements", "Requirements", requirements),
        Part("company", "Company", company),
    )
