"""The screens of the demo: one lead as its owner sees it, its task, and who got how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leadrelay.connectors.base import Owner
from leadrelay.core.assign.ledger import NOTHING, Ledger
from leadrelay.core.roster import Member, Roster
from leadrelay.screens_tables import figures
from leadrelay.terminal import plain

_CARD = (
    ("Owner", "OwnerId"),
    ("Why this rep", "Leadrelay_Owner_Reason__c"),
    ("Status", "Status"),
    ("Stage", "Leadrelay_Stage__c"),
    ("Score", "Leadrelay_Score__c"),
    ("Grade", "Leadrelay_Grade__c"),
    ("BANT", "Leadrelay_Bant__c"),
    ("Ask next", "Leadrelay_Next_Question__c"),
    ("Gate lacks", "Leadrelay_Gate_Missing__c"),
    ("Employees", "NumberOfEmployees"),
    ("Found out", "Leadrelay_Enriched_By__c"),
    ("Unknown yet", "Leadrelay_Group_Missing__c"),
    ("Reasons", "Leadrelay_Reasons__c"),
)
FIELDS = ("FirstName", "LastName", "Title", "Company", *(key for _, key in _CARD))
"""What these screens show of a Salesforce lead."""
_LONGEST = 220
_LINES = 14


def who(lead: str, record: Mapping[str, Any]) -> str:
    """The person in a line."""
    parts = [" ".join(filter(None, (record["FirstName"], record["LastName"]))), record["Title"], record["Company"]]
    return plain(f"{lead}: {', '.join(filter(None, parts))}")


def card(before: Mapping[str, Any], after: Mapping[str, Any], *, only_changes: bool = False) -> Table:
    """What leadrelay says on a record's page, before and after."""
    table = Table("", "before", "after", show_edge=False, header_style="bold", padding=(0, 1))
    for label, key in _CARD:
        old, new = (_cut(str(record[key] or "—")) for record in (before, after))
        if old != new or (old != "—" and not only_changes):
            table.add_row(label, f"[dim]{plain(old)}[/]", plain(new))
    return table


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"


def box(text: str, most: int) -> Padding:
    """The first lines of a text as it stands in a file."""
    lines = text.rstrip().splitlines()
    left = len(lines) - most
    more = f"\n… and {left} lines more" if left > 0 else ""
    return Padding(Text("\n".join(lines[:most]) + more, style="dim"), (1, 0, 0, 4))


def start_of(subject: str, body: str) -> Padding:
    """The first lines of a task."""
    lines = body.splitlines()
    left = len(lines) - _LINES
    more = f"\n… and {left} lines more" if left > 0 else ""
    told = Text.assemble((subject, "bold"), "\n", "\n".join(lines[:_LINES]), (more, "dim"))
    return Padding(told, (1, 0, 0, 4))


def shares(roster: Roster, owners: Sequence[Owner], ledger: Ledger, today: date) -> Table:
    """By rep, what the fair choice owed and gave."""
    table = figures("team", "rep", "weight", "entitled", "received", "", names=2)
    for team, member in roster.members():
        owner = next((one for one in owners if one.email.lower() == member.email.lower()), None)
        entry = ledger.entry(team.name, owner.id) if owner else NOTHING
        cells = (f"{member.weight:g}", f"{entry.entitled:.1f}", f"{entry.received}")
        table.add_row(team.name, plain(owner.name if owner else member.email), *cells, _remark(member, owner, today))
    return table


def _remark(member: Member, owner: Owner | None, today: date) -> str:
    if owner is None or not owner.active:
        return "deactivated in the CRM"
    away = [absence for absence in member.absences if absence.first <= today <= absence.last]
    return f"away until {away[0].last}" if away else ""
