"""What an admin of the CRM has set up that acts on the same records: assignment and duplicate rules."""

from __future__ import annotations

from collections.abc import Iterator

from leadrelay.checkup.values import Sight, Subject
from leadrelay.connectors.inspection import Rule, RuleKind
from leadrelay.findings import Finding, Level


def examine(section: str, subject: Subject, sight: Sight) -> Iterator[Finding]:
    """A finding for each rule that is active."""
    active = [rule for rule in sight.inspection.rules if rule.active]
    place = subject.place(f"jobs.{subject.name}")
    for rule in active:
        judge = _assignment if rule.kind is RuleKind.ASSIGNMENT else _duplicate
        yield judge(section, subject, rule, place)
    if not active and subject.kind == "salesforce":
        message = f"no assignment or duplicate rule acts on {subject.mapping.object}, as far as this user sees them"
        yield Finding(section, Level.OK, message)


def _assignment(section: str, subject: Subject, rule: Rule, place: str) -> Finding:
    name = f"the assignment rule '{rule.name}' is active"
    if subject.playbook.assignment.goals and subject.uses.owners:
        message = f"{name}: it gives new leads to owners, and so does the playbook, which may take them away again."
        cure = "Deactivate it, or leave leads with their owner: remove [assignment], or 'owner' from [task]."
        return Finding(section, Level.WARNING, message, place, cure)
    message = f"{name}, and does not run when leadrelay writes: each write says so (Sforce-Auto-Assign: FALSE)"
    return Finding(section, Level.HINT, message)


def _duplicate(section: str, subject: Subject, rule: Rule, place: str) -> Finding:
    name = f"the duplicate rule '{rule.name}' is active"
    if not subject.uses.writes:
        return Finding(section, Level.OK, f"{name}, and nothing is written")
    if rule.blocks is False:
        return Finding(section, Level.OK, f"{name}; it reports duplicates and lets every write pass")
    cure = "In Setup, Duplicate Rules: set Action On Edit to Allow, or let this user bypass the rule (its conditions)."
    known = f"{name} and blocks:" if rule.blocks else f"{name}; whether it blocks is not told. If so,"
    message = f"{known} a write to a lead that is like another is refused, and the lead is parked."
    return Finding(section, Level.WARNING, message, place, cure)
