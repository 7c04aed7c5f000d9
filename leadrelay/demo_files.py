"""What the demo writes into its folder: the configuration, and for each CRM a playbook with its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from leadrelay import demo_enriched_files as enriched
from leadrelay import playbooks
from leadrelay.sandbox import credentials

ZONE = "Europe/London"
WRITTEN = {
    "sandbox",
    "config.toml",
    "salesforce.toml",
    "hubspot.toml",
    "report.html",
    "leadrelay.db",
    "leadrelay.db-wal",
    "leadrelay.db-shm",
    "salesforce.secret",
    "hubspot.token",
    "providers.secret",
    "salesforce-mapping.toml",
    "hubspot-mapping.toml",
    "companies.csv",
}
"""Everything that a demo leaves behind."""

_CONFIG = """\
# Written by `leadrelay demo`. Both CRMs are local; the demo printed the command that starts them again.

[state]
url = "sqlite:///leadrelay.db"

[connections.salesforce]
kind = "salesforce"
auth = "client-credentials"
instance_url = "{salesforce}"
client_id = "{client_id}"
client_secret = {{ file = "salesforce.secret" }}

[connections.hubspot]
kind = "hubspot"
base_url = "{hubspot}"
access_token = {{ file = "hubspot.token" }}

[jobs.salesforce]
connection = "salesforce"
mapping = "salesforce-mapping.toml"
playbook = "salesforce.toml"
schedule = "every 5 minutes"
hold_duplicates = true                    # one person gets one hand-off, however many leads there are

[jobs.hubspot]
connection = "hubspot"
mapping = "hubspot-mapping.toml"
playbook = "hubspot.toml"
schedule = "every 5 minutes"
"""

_ROSTER = """\
[calendars.office]
zone = "{zone}"
hours = ["mon-fri 09:00-17:30"]

[teams.enterprise]
calendar = "office"
manager = "{manager}@sandbox.example"
[[teams.enterprise.members]]
email = "{enterprise[0]}@sandbox.example"
weight = 2
industries = ["Banking", "Insurance"]
[[teams.enterprise.members]]
email = "{enterprise[1]}@sandbox.example"
capacity = 40

[teams.inbound]
calendar = "office"
manager = "{manager}@sandbox.example"
[[teams.inbound.members]]
email = "{inbound[0]}@sandbox.example"
[[teams.inbound.members]]
email = "{inbound[1]}@sandbox.example"
[[teams.inbound.members]]
email = "{away}@sandbox.example"
absent = [{{ from = {first}, to = {last} }}]
[[teams.inbound.members]]
email = "{left}@sandbox.example"

[assignment]
fallback = "{manager}@sandbox.example"
[[assignment.rules]]
name = "Large companies"
when = "employees >= 1000"
team = "enterprise"
[[assignment.rules]]
name = "All others"
team = "inbound"

[[sla.steps]]
after = "4 hours"
do = "escalate"
[escalation]
path = ["manager"]

[[topics]]
name = "Security question"
when = "gate_passed and 'security concerns' = any(objections)"
to = "{manager}@sandbox.example"
within = "4 hours"
"""


@dataclass(frozen=True)
class Crew:
    """The people of a CRM, by the first part of their addresses. `away` is on holiday; `left` is deactivated."""

    manager: str
    enterprise: Sequence[str]
    inbound: Sequence[str]
    away: str
    left: str


CREWS: Mapping[str, Crew] = {
    "salesforce": Crew(
        manager="farid.haddad",
        enterprise=("dmitri.sokolov", "emi.tanaka"),
        inbound=("ada.okafor", "ben.lindqvist"),
        away="chiara.moretti",
        left="greta.nilsson",
    ),
    "hubspot": Crew(
        manager="grace.okafor",
        enterprise=("lena.vogt", "marc.dupont"),
        inbound=("ada.byrne", "ravi.menon"),
        away="diego.salas",
        left="paul.former",
    ),
}


def roster(job: str, day: date) -> str:
    """The sections that a playbook needs for people, about this day."""
    crew, week = CREWS[job], timedelta(days=7)
    return _ROSTER.format(zone=ZONE, first=day - timedelta(days=2), last=day + week, **vars(crew))


def write(folder: Path, urls: Mapping[str, str], day: date, companies: list[enriched.Known]) -> None:
    """The configuration of both jobs, with secrets, playbooks and mappings beside it."""
    (folder / "salesforce.secret").write_text(credentials.SF_CLIENT_SECRET)
    (folder / "hubspot.token").write_text(credentials.HS_TOKEN)
    (folder / "providers.secret").write_text(credentials.PROVIDER_KEY)
    (folder / "companies.csv").write_text(enriched.table(companies))
    settings = {**urls, "client_id": credentials.SF_CLIENT_ID}
    (folder / "config.toml").write_text((_CONFIG + enriched.CONFIG).format(**settings))
    for job in CREWS:
        (folder / f"{job}-mapping.toml").write_text(enriched.mapping(job))
        (folder / f"{job}.toml").write_text(_playbook(job, day))


def _playbook(job: str, day: date) -> str:
    """The shipped one, and what each house has to say itself."""
    head = "# The shipped playbook it-discovery; at its end: who takes leads, what others know, who decides."
    parts = (
        ("Who takes leads, and what is promised", roster(job, day)),
        (
            "What others know. A person's value is never replaced",
            enriched.enrichment(job),
        ),
        ("Who of a company decides, where nobody said so", enriched.GROUP),
    )
    return "\n\n".join([head, playbooks.text("it-discovery"), *(f"# -- {title}\n\n{text}" for title, text in parts)])
