"""`leadrelay demo`: the main job on a local Salesforce and a local HubSpot, told step by step."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from rich.columns import Columns
from rich.console import RenderableType
from rich.markup import escape
from rich.panel import Panel

from leadrelay import screens
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.qualify import Run, Summary, Surroundings
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.terminal import Terminal
from leadrelay.wiring import House

JOBS = ("salesforce", "hubspot")
_PORTS = (8701, 8702)
_OURS = {
    "sandbox",
    "config.toml",
    "leadrelay.db",
    "leadrelay.db-wal",
    "leadrelay.db-shm",
    "salesforce.secret",
    "hubspot.token",
}
_CANDIDATE = """\
SELECT Id FROM Lead WHERE Leadrelay_Bant_Budget__c = 'unknown' AND Leadrelay_Bant_Authority__c = 'met'
AND Leadrelay_Bant_Need__c = 'met' AND Leadrelay_Bant_Timeline__c = 'met' AND Status = 'Open - Not Contacted'
ORDER BY Leadrelay_Score__c DESC, Id LIMIT 1"""
_ANSWER = {"Budget_Status__c": "approved", "Budget_Amount__c": 60_000}

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
mapping = "salesforce-lead"
playbook = "it-discovery"
schedule = "every 5 minutes"

[jobs.hubspot]
connection = "hubspot"
mapping = "hubspot-contact"
playbook = "it-discovery"
schedule = "every 5 minutes"
"""


def run(folder: Path, leads: int, terminal: Terminal) -> None:
    """Tell the story; leave the files behind, and nothing running."""
    _clear(folder)
    with Sandbox(Options(leads=leads, state=folder / "sandbox")) as sandbox:
        story = _Story(folder, sandbox, terminal)
        story.begin(leads)
        before = story.every_lead()
        lead = story.pick()
        story.as_the_rep_sees_it(lead, before[lead], story.record(lead))
        story.person_takes(lead)
        story.nothing_to_do()
        story.person_answers(lead)
    story.end(sandbox)


def _clear(folder: Path) -> None:
    """Make room, but delete nothing that an earlier demo did not write."""
    strange = [path.name for path in folder.iterdir() if path.name not in _OURS] if folder.is_dir() else []
    if strange:
        message = f"holds files that no demo wrote ({', '.join(sorted(strange)[:3])})."
        raise ConfigError([Problem(str(folder), message, "Name another folder: leadrelay demo --folder DIR")])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@dataclass
class _Story:
    """The chapters of the demo."""

    folder: Path
    sandbox: Sandbox
    terminal: Terminal
    runs: list[Summary] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def begin(self, leads: int) -> None:
        """Write the configuration of both jobs."""
        (self.folder / "salesforce.secret").write_text(credentials.SF_CLIENT_SECRET)
        (self.folder / "hubspot.token").write_text(credentials.HS_TOKEN)
        urls = {"salesforce": self.sandbox.salesforce_url, "hubspot": self.sandbox.hubspot_url}
        self.config.write_text(_CONFIG.format(**urls, client_id=credentials.SF_CLIENT_ID))
        self._say("A Salesforce and a HubSpot on this machine", f"{leads:,} leads in each, as people typed them.")
        self._print(f"  Salesforce {urls['salesforce']}   HubSpot {urls['hubspot']}")

    def every_lead(self) -> Mapping[str, Mapping[str, Any]]:
        """The first run of both jobs; the Salesforce leads as they were before."""
        self._say("1. The first run", "Pull, qualify, write back: every lead is new to leadrelay.")
        before = {row["Id"]: row for row in self.sandbox.salesforce.store.select("SELECT * FROM Lead")}
        for job in JOBS:
            self._run(job)
        return before

    def nothing_to_do(self) -> None:
        """The second run of both jobs."""
        self._say("3. The second run", "Nothing is left to write, and the person's value stays.")
        for job in JOBS:
            self._run(job)

    def pick(self) -> str:
        """A lead that lacks one answer to be qualified."""
        return str(self.sandbox.salesforce.store.select(_CANDIDATE)[0]["Id"])

    def record(self, lead: str) -> Mapping[str, Any]:
        """The lead as the CRM has it now."""
        return self.sandbox.salesforce.store.get("Lead", lead) or {}

    def as_the_rep_sees_it(self, lead: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """One record in the CRM, before and after."""
        self._say("One of them, as the SDR sees it in Salesforce", f"record {lead}")
        self._print(Columns([_card("before", before), _card("after", after)], equal=True, expand=True))

    def person_takes(self, lead: str) -> None:
        """Meanwhile somebody works the lead."""
        self._say("2. Meanwhile a person changes that lead", "An SDR sets its Status to 'Working - Contacted'.")
        self._edit(lead, {"Status": "Working - Contacted"}, "Dana, SDR")

    def person_answers(self, lead: str) -> None:
        """The next question gets its answer, and the next run takes it in."""
        question = self.record(lead).get("Leadrelay_Next_Question__c") or ""
        self._say("4. The SDR asks the next question", f"“{escape(question)}” The answer is noted; the job runs again.")
        before = self.record(lead)
        self._edit(lead, _ANSWER, "Dana, SDR")
        self._run("salesforce")
        self.as_the_rep_sees_it(lead, before, self.record(lead))

    def end(self, sandbox: Sandbox) -> None:
        """How to go on."""
        folder, config = escape(str(self.folder)), escape(str(self.config))
        self._say("Go on from here", f"Files are in {escape(str(self.folder.resolve()))}; nothing is left running.")
        ports = f"--salesforce-port {_port(sandbox.salesforce_url)} --hubspot-port {_port(sandbox.hubspot_url)}"
        for command, meaning in (
            (f"leadrelay sandbox --state {folder}/sandbox {ports}", "start both CRMs again"),
            (f"leadrelay check -c {config}", "every mapped field, both sign-ins"),
            (f"leadrelay plan salesforce -c {config} --all", "what would be written, and why"),
            (f"leadrelay explain salesforce LEAD -c {config}", "one lead, rule by rule"),
            (f"leadrelay serve -c {config}", "both jobs every five minutes"),
        ):
            self._print(f"  [cyan]{command}[/]  [dim]{meaning}[/]")
        if self.terminal.json:
            self.terminal.show({"folder": str(self.folder.resolve()), "runs": [run.to_json() for run in self.runs]})

    def _run(self, job: str) -> None:
        house = House.open(self.config, os.environ)
        store = house.store()
        self._print(f"\n[cyan]$ leadrelay run {job} -c {escape(str(self.config))}[/]")
        with house.job(job) as ready, self.terminal.watching(job) as watch:
            around = Surroundings(lambda: datetime.now(UTC), watch=watch)
            summary = Run(ready, store, house.run_id(), around)()
        store.close()
        self.runs.append(summary)
        for part in screens.summary(summary):
            self._print(part)

    def _edit(self, lead: str, fields: Mapping[str, Any], actor: str) -> None:
        """Through the sandbox's own endpoint: a person's edit goes the same way as everybody's."""
        body = json.dumps({"object": "Lead", "id": lead, "fields": fields, "actor": actor}).encode()
        url, headers = f"{self.sandbox.salesforce_url}/_sandbox/edit", {"Content-Type": "application/json"}
        urlopen(Request(url, body, headers), timeout=10).close()  # noqa: S310 - the sandbox on this machine

    def _say(self, title: str, text: str) -> None:
        self._print(f"\n[bold]{title}[/]\n  {text}")

    def _print(self, what: RenderableType) -> None:
        if not self.terminal.json:
            self.terminal.out.print(what)


def _card(title: str, record: Mapping[str, Any]) -> Panel:
    """A record's page, the way a CRM lays it out: who, then what leadrelay says."""
    name = " ".join(filter(None, (record.get("FirstName"), record.get("LastName"))))
    who = [f"[bold]{escape(name)}[/]", record.get("Title"), record.get("Company")]
    rows = [f"[dim]{label:9}[/]{escape(str(record.get(key) or '—'))}" for label, key in _CARD]
    return Panel(
        "\n".join([*(escape(str(part)) if part is not who[0] else str(part) for part in who if part), "", *rows]),
        title=title,
    )


_CARD = (
    ("Status", "Status"),
    ("Stage", "Leadrelay_Stage__c"),
    ("Score", "Leadrelay_Score__c"),
    ("Grade", "Leadrelay_Grade__c"),
    ("BANT", "Leadrelay_Bant__c"),
    ("Ask next", "Leadrelay_Next_Question__c"),
    ("Reasons", "Leadrelay_Reasons__c"),
)


def _port(url: str) -> str:
    return url.rsplit(":", 1)[1]
