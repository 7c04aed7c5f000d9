"""`leadrelay demo`: the main job on a local Salesforce and a local HubSpot, told step by step."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from rich.console import RenderableType
from rich.table import Table

from leadrelay import screens
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.qualify import Run, Summary, Surroundings
from leadrelay.sandbox import credentials
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.terminal import Terminal, plain
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
    with _sandbox(Options(leads=leads, state=folder / "sandbox")) as sandbox:
        story = _Story(folder, sandbox, terminal)
        story.begin(leads)
        before = story.every_lead()
        lead = story.pick(before)
        story.as_the_rep_sees_it(lead, before[lead], story.record(lead))
        story.person_takes(lead)
        story.nothing_to_do()
        story.person_answers(lead)
    story.end(sandbox)


@contextmanager
def _sandbox(options: Options) -> Iterator[Sandbox]:
    """On the ports that `leadrelay sandbox` takes, if they are free: then it is started again without naming any."""
    try:
        running = Sandbox(replace(options, salesforce_port=_PORTS[0], hubspot_port=_PORTS[1])).__enter__()
    except SandboxError:
        running = Sandbox(options).__enter__()
    try:
        yield running
    finally:
        running.__exit__(None, None, None)


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
        before = self._leads()
        for job in JOBS:
            self._run(job)
        return before

    def nothing_to_do(self) -> None:
        """The second run of both jobs."""
        self._say("3. The second run", "Nothing is left to write, and the person's value stays.")
        for job in JOBS:
            self._run(job)

    def pick(self, before: Mapping[str, Mapping[str, Any]]) -> str:
        """The best lead that lacks one answer, and that nobody had called before we set its Status."""
        leads = self._leads()
        fresh = [lead for lead in leads if before[lead]["Status"] == _UNTOUCHED != leads[lead]["Status"]]
        lacking = [lead for lead in fresh if leads[lead]["Leadrelay_Bant__c"] == _ONE_ANSWER_SHORT]
        return max(lacking or fresh or leads, key=lambda lead: (float(leads[lead]["Leadrelay_Score__c"] or 0), lead))

    def record(self, lead: str) -> Mapping[str, Any]:
        """The lead as the CRM has it now."""
        with self._house().connector("salesforce", "Lead") as connector:
            return connector.fetch([lead], _SHOWN).records.row(0, named=True)

    def as_the_rep_sees_it(self, lead: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """One record in the CRM, before and after."""
        who = [" ".join(filter(None, (after["FirstName"], after["LastName"]))), after["Title"], after["Company"]]
        self._say("One of them, as the SDR sees it in Salesforce", plain(f"{lead}: {', '.join(filter(None, who))}"))
        self._print(_card(before, after))

    def person_takes(self, lead: str) -> None:
        """Meanwhile somebody works the lead."""
        self._say("2. Meanwhile a person changes that lead", f"The SDR sets Status back to '{_UNTOUCHED}'.")
        self._edit(lead, {"Status": _UNTOUCHED}, "Dana, SDR")

    def person_answers(self, lead: str) -> None:
        """The next question gets its answer, and the next run takes it in."""
        question = self.record(lead).get("Leadrelay_Next_Question__c") or ""
        self._say("4. The SDR asks the next question", f"“{plain(question)}” The answer is noted; the job runs again.")
        before = self.record(lead)
        self._edit(lead, _ANSWER, "Dana, SDR")
        self._run("salesforce")
        self.as_the_rep_sees_it(lead, before, self.record(lead))

    def end(self, sandbox: Sandbox) -> None:
        """How to go on."""
        folder, config = plain(str(self.folder)), plain(str(self.config))
        self._say("Go on from here", f"Files are in {plain(str(self.folder.resolve()))}; nothing is left running.")
        ports = tuple(int(_port(url)) for url in (sandbox.salesforce_url, sandbox.hubspot_url))
        named = "" if ports == _PORTS else f" --salesforce-port {ports[0]} --hubspot-port {ports[1]}"
        for command, meaning in (
            (f"sandbox --state {folder}/sandbox{named}", "start both CRMs again; then, in another terminal:"),
            (f"check -c {config}", "both sign-ins and every mapped field"),
            (f"plan salesforce -c {config} --all", "what would be written, and why"),
            (f"explain salesforce LEAD -c {config}", "one lead, rule by rule"),
            (f"runs salesforce -c {config}", "every run; audit RUN shows what one did, rollback RUN undoes it"),
            (f"serve -c {config}", "both jobs every five minutes"),
        ):
            self._print(f"  [cyan]{plain(sys.argv[0])} {command}[/]\n      [dim]{meaning}[/]")
        if self.terminal.json:
            self.terminal.show({"folder": str(self.folder.resolve()), "runs": [run.to_json() for run in self.runs]})

    def _house(self) -> House:
        return House.open(self.config, os.environ)

    def _leads(self) -> Mapping[str, Mapping[str, Any]]:
        with self._house().connector("salesforce", "Lead") as connector:
            pages = [page.records for page in connector.changes(_SHOWN, None)]
        return {row["id"]: row for page in pages for row in page.iter_rows(named=True)}

    def _run(self, job: str) -> None:
        house = self._house()
        store = house.store()
        self._print(f"\n[cyan]$ leadrelay run {job} -c {plain(str(self.config))}[/]")
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


def _card(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    """What leadrelay says on a record's page, before and after."""
    table = Table("", "before", "after", show_edge=False, header_style="bold", padding=(0, 1))
    for label, key in _CARD:
        old, new = (plain(str(record[key] or "—")) for record in (before, after))
        table.add_row(label, f"[dim]{old}[/]" if len(old) < _LONG or old != new else "[dim](the same)[/]", new)
    return table


_LONG = 60
_CARD = (
    ("Status", "Status"),
    ("Stage", "Leadrelay_Stage__c"),
    ("Score", "Leadrelay_Score__c"),
    ("Grade", "Leadrelay_Grade__c"),
    ("BANT", "Leadrelay_Bant__c"),
    ("Ask next", "Leadrelay_Next_Question__c"),
    ("Gate lacks", "Leadrelay_Gate_Missing__c"),
    ("Reasons", "Leadrelay_Reasons__c"),
)
_SHOWN = ("FirstName", "LastName", "Title", "Company", *(key for _, key in _CARD))
_ONE_ANSWER_SHORT = "Budget unknown · Authority met · Need met · Timeline met"
_UNTOUCHED = "Open - Not Contacted"


def _port(url: str) -> str:
    return url.rsplit(":", 1)[1]
