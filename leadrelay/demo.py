"""`leadrelay demo`: a working day of lead generation and sales on a local Salesforce and HubSpot, told step by step."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from leadrelay import (
    checkup,
    demo_files,
    report_html,
    reporting,
    screens,
    screens_demo,
    screens_explain,
    screens_report,
)
from leadrelay.core.report.report import WEEK, Period, monday_of
from leadrelay.core.report.report import report as reported
from leadrelay.demo_crm import PORTS, Crms, last_working_day, sandbox
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Job
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.qualify import Run, Summary, Surroundings
from leadrelay.jobs.reading import Nobody
from leadrelay.jobs.report_facts import collected
from leadrelay.sandbox.server import Options
from leadrelay.state.store import Store
from leadrelay.state.values import Assignment
from leadrelay.terminal import Terminal, plain
from leadrelay.wiring import House

JOBS = ("salesforce", "hubspot")
_NAMES = {"salesforce": "Salesforce", "hubspot": "HubSpot"}
_OBJECTS = {"salesforce": "Lead", "hubspot": "contacts"}
_ANSWER = {"Budget_Status__c": "approved", "Budget_Amount__c": 60_000}
_UNTOUCHED = "Open - Not Contacted"
_SHOWN = screens_demo.FIELDS


def run(folder: Path, leads: int, terminal: Terminal) -> None:
    """Tell the story; leave the files behind, and nothing running."""
    _clear(folder)
    morning = last_working_day(datetime.now(UTC))
    behind = datetime.now(UTC) - morning
    options = Options(leads=leads, state=folder / "sandbox", behind=behind.total_seconds())
    with sandbox(options) as running:
        story = _Story(folder, Crms(running, behind), terminal, morning)
        story.begin(leads)
        story.who_takes_leads()
        before = story.every_lead()
        cast = story.cast(before)
        story.as_the_rep_sees_it(cast.shown, before[cast.shown])
        noted = story.a_morning_in_sales(cast)
        story.the_next_run(cast, noted)
        story.nobody_answers(cast)
        story.why_this_rep(cast)
        story.crms.catch_up()
        story.report()
    story.end()


def _clear(folder: Path) -> None:
    """Make room, but delete nothing that an earlier demo did not write."""
    known = demo_files.WRITTEN
    strange = [path.name for path in folder.iterdir() if path.name not in known] if folder.is_dir() else []
    if strange:
        message = f"holds files that no demo wrote ({', '.join(sorted(strange)[:3])})."
        raise ConfigError([Problem(str(folder), message, "Name another folder: leadrelay demo --folder DIR")])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@dataclass(frozen=True)
class _Cast:
    """The leads that the story is about: ids of Salesforce. `late`: nobody answers it; `others`: answered in time."""

    shown: str
    rejected: str
    late: str
    others: Sequence[str]


@dataclass
class _Story:
    """The chapters of the demo."""

    folder: Path
    crms: Crms
    terminal: Terminal
    morning: datetime
    runs: list[Summary] = field(default_factory=list)
    names: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def begin(self, leads: int) -> None:
        """Write the configuration of both jobs."""
        demo_files.write(self.folder, self.crms.urls, self.morning.date())
        self._say("A Salesforce and a HubSpot on this machine", f"{leads:,} leads in each, as people typed them.")
        self._print("  " + "   ".join(f"{_NAMES[name]} {url}" for name, url in self.crms.urls.items()))
        self._print(f"  The story begins on {self.morning:%A, %-d %B %Y, at %H:%M}; both CRMs' clocks say so.")

    # -- chapters -----------------------------------------------------------------------------------------------------

    def who_takes_leads(self) -> None:
        """The roster, and what `check` and `plan` say of it."""
        self._say("1. Who takes leads", f"Teams, rules and the promise stand in the playbook, {self._name('toml')}:")
        self._print(screens_demo.box(demo_files.roster("salesforce", self.morning.date())))
        self._command("check salesforce")
        findings = checkup.examine(self._house(), self.crms.now(), "salesforce")
        self._print(*screens.report(findings))
        self._command("plan salesforce --limit 0")
        with self._ready("salesforce") as (job, store):
            preview = Preview(job, store, self.crms.now(), Nobody(), shown=0)
            preview.gather()
        self._print(*screens.preview(preview))

    def every_lead(self) -> Mapping[str, Mapping[str, Any]]:
        """The first run of both jobs; the Salesforce leads as they were before."""
        self._say("2. The first run", "Pull, qualify, write back, and hand over: every lead is new to leadrelay.")
        before = self._leads()
        for job in JOBS:
            self._run(job)
        self._say("Who got what in Salesforce", "By weight, of those who are there: the ledger is kept across runs.")
        self._print(self._shares())
        return before

    def as_the_rep_sees_it(self, lead: str, before: Mapping[str, Any]) -> None:
        """One record in the CRM, before and after, and the task that came with it."""
        after = self._record(lead)
        self._say("One of them, as its owner sees it in Salesforce", screens_demo.who(lead, after))
        self._print(screens_demo.card(self._named(before), self._named(after)))
        task = self.crms.written("salesforce", self._tasks("salesforce", [lead])[lead])
        remind = datetime.fromisoformat(task["ReminderDateTime"]).astimezone(ZoneInfo(demo_files.ZONE))
        due = f"Due within an hour of work, with a reminder at {remind:%H:%M}"
        self._say("The task that came with it", f"{due}; a note says the same, and three follow-ups are there.")
        self._print(screens_demo.start_of(task["Subject"], task["Description"]))

    def a_morning_in_sales(self, cast: _Cast) -> Mapping[str, Any]:
        """People work, in both CRMs; one lead as it was before."""
        before, question = self._record(cast.shown), self._record(cast.shown)["Leadrelay_Next_Question__c"] or ""
        self.crms.wait(self.morning + timedelta(minutes=50))
        self._answer("salesforce", [*cast.others, cast.shown])
        self._answer("hubspot", self._handed("hubspot")[1:])
        self._accept(cast.others)
        self.crms.edit(cast.shown, {**_ANSWER, "Status": _UNTOUCHED}, self._owner(cast.shown))
        rejecting = self._owner(cast.rejected)
        told = {"verdict": "rejected", "reason": "no budget", "actor": rejecting}
        self.crms.act("salesforce", "sales_verdict", lead=cast.rejected, **told)
        self._say("3. A morning in sales", f"By {self._time()} most tasks are done, most leads accepted, two won. And:")
        self._print(
            f"  · {self._owner(cast.shown)} asks “{plain(question)}”",
            "    and notes the answer. The lead's Status goes back to 'Open - Not Contacted': a person's choice.",
            f"  · {rejecting} rejects {cast.rejected}: no budget.",
            f"  · Nobody looks at {cast.late}.",
        )
        return before

    def the_next_run(self, cast: _Cast, before: Mapping[str, Any]) -> None:
        """Credit goes back, an answer counts, a reminder is sent, a person's value stays."""
        self.crms.wait(self.morning + timedelta(minutes=90))
        self._say(f"4. {self._time()}: the next run", "It reads what people did, and looks after who waits.")
        for job in JOBS:
            self._run(job)
        self._say("The lead with the answer", "Status is a person's: leadrelay leaves it alone from now on.")
        self._print(screens_demo.card(self._named(before), self._named(self._record(cast.shown)), only_changes=True))
        self._say("The lead that was rejected", "It rests, and its credit went back: whoever had it is in turn again.")
        rejected = self._record(cast.rejected)
        self._print(f"  {cast.rejected}: {rejected['Leadrelay_Stage__c']}", self._shares())

    def nobody_answers(self, cast: _Cast) -> None:
        """The promise is broken: it climbs, once."""
        self.crms.wait(self.morning + timedelta(hours=4, minutes=30))
        nobody = f"5. {self._time()}: nobody answered {cast.late}"
        self._say(nobody, "Four hours of work are over: the manager gets a task.")
        self._run("salesforce")
        self._say("Once more", "Nothing is done twice.")
        self._run("salesforce")

    def why_this_rep(self, cast: _Cast) -> None:
        """What `explain` says of the owner."""
        self._say("6. Why this rep?", f"What explain says of the owner of {cast.late}, after all the rules.")
        self._command(f"explain salesforce {cast.late}")
        with self._ready("salesforce") as (job, store):
            found = explanation(job, store, cast.late, self.crms.now())
        self._print(*screens_explain.whose(found))

    def report(self) -> None:
        """How lead generation does; the page where the plots' library is there."""
        self._say("7. How it does", "From the CRM's own history. The week is young, and so is the ledger.")
        html = self.folder / "report.html"
        self._command(f"report salesforce --weeks 3 --by rep --html {plain(str(html))}")
        house, now = self._house(), self.crms.now()
        store = house.store()
        known = reporting.online(house, store, "salesforce", self.crms.now, Nobody())
        period = Period(monday_of(now) - 2 * WEEK, now, now)
        found = reported(collected(store, "salesforce", now), period, known.basis, ("rep",))
        store.close()
        read = {"read": known.read, "api_calls": known.calls, "notes": known.notes}
        head = {"job": "salesforce", "offline": False, **read}
        try:
            report_html.write(html, found, head, known.names)
        except ConfigError as error:
            self._print(*(f"  [dim]{plain(str(problem))}[/]" for problem in error.problems))
        self._print(*screens_report.report(found, head, known.names, html if html.exists() else None))

    def end(self) -> None:
        """How to go on."""
        folder, config = plain(str(self.folder)), plain(str(self.config))
        self._say("Go on from here", f"Files are in {plain(str(self.folder.resolve()))}; nothing is left running.")
        ports = tuple(int(url.rsplit(":", 1)[1]) for url in self.crms.urls.values())
        named = "" if ports == PORTS else f" --salesforce-port {ports[0]} --hubspot-port {ports[1]}"
        for command, meaning in (
            (f"sandbox --state {folder}/sandbox{named}", "start both CRMs again; then, in another terminal:"),
            (f"check -c {config}", "both sign-ins, every mapped field, everybody who takes leads"),
            (f"plan salesforce -c {config} --all", "what would be written, and why"),
            (f"explain salesforce LEAD -c {config}", "one lead, rule by rule; --task: what its hand-off says"),
            (f"runs salesforce -c {config}", "every run; audit RUN shows what one did, rollback RUN undoes it"),
            (f"report hubspot -c {config}", "the figures of the other CRM"),
            (f"serve -c {config}", "both jobs every five minutes"),
        ):
            self._print(f"  [cyan]{_program()} {plain(command)}[/]", f"      [dim]{meaning}[/]")
        if self.terminal.json:
            self.terminal.show({"folder": str(self.folder.resolve()), "runs": [run.to_json() for run in self.runs]})

    # -- the cast -----------------------------------------------------------------------------------------------------

    def cast(self, before: Mapping[str, Mapping[str, Any]]) -> _Cast:
        """Among the leads that were handed off: who plays which part."""
        handed, leads = self._handed("salesforce"), self._leads()
        fresh = [lead for lead in handed if before[lead]["Status"] == _UNTOUCHED != leads[lead]["Status"]]
        lacking = [lead for lead in fresh if leads[lead]["Leadrelay_Bant__c"] == _ONE_ANSWER_SHORT]
        shown = max(lacking or fresh or handed, key=lambda lead: (float(leads[lead]["Leadrelay_Score__c"] or 0), lead))
        rest = [lead for lead in handed if lead != shown]
        return _Cast(shown, rest[0], rest[1], rest[2:])

    def _handed(self, job: str) -> list[str]:
        """The leads that were handed off by turn, then all others."""
        found = [one for one in self._given(job).values() if one.handed]
        return [one.lead for one in sorted(found, key=lambda one: (one.via not in _BY_TURN, one.lead))]

    def _given(self, job: str) -> Mapping[str, Assignment]:
        run = next(run.run for run in self.runs if run.job == job)
        store = self._house().store()
        found = {one.lead: one for one in store.assignments.of_run(job, run)}
        store.close()
        return found

    def _tasks(self, job: str, leads: Sequence[str]) -> Mapping[str, str]:
        """By lead, the id of its hand-off task."""
        with self._ready(job) as (ready, store):
            intents = store.outbox.handed(ready.organisation, _OBJECTS[job], leads)
        return {lead: intent.task_id for lead, intent in intents.items()}

    def _answer(self, job: str, leads: Sequence[str]) -> None:
        """Their owners complete the tasks."""
        given, people = self._given(job), self._people(job)
        for lead, task in self._tasks(job, leads).items():
            owner = given[lead].owner
            named = {"id": task, "actor": people[owner]} if job == "salesforce" else {"task": task, "actor": owner}
            self.crms.act(job, "complete_task", **named)

    def _accept(self, leads: Sequence[str]) -> None:
        """Sales takes these over, and two of them want an offer."""
        people, given = self._people("salesforce"), self._given("salesforce")
        for place, lead in enumerate(leads):
            who = people[given[lead].owner]
            self.crms.act("salesforce", "sales_verdict", lead=lead, verdict="accepted", actor=who)
            if place < _WON:
                self.crms.act("salesforce", "convert", lead=lead, opportunity="IT discovery", actor=who)

    def _people(self, job: str) -> Mapping[str, str]:
        """Names by id, asked for once."""
        if job not in self.names:
            with self._ready(job) as (ready, _):
                self.names[job] = {owner.id: owner.name for owner in ready.connector.owners()}
        return self.names[job]

    def _owner(self, lead: str) -> str:
        return self._people("salesforce")[self._given("salesforce")[lead].owner]

    # -- what the chapters are made of --------------------------------------------------------------------------------

    def _house(self) -> House:
        return House.open(self.config, os.environ)

    @contextmanager
    def _ready(self, job: str) -> Iterator[tuple[Job, Store]]:
        house = self._house()
        store = house.store()
        try:
            with house.job(job) as ready:
                yield ready, store
        finally:
            store.close()

    def _leads(self) -> Mapping[str, Mapping[str, Any]]:
        with self._house().connector("salesforce", "Lead") as connector:
            pages = [page.records for page in connector.changes(_SHOWN, None)]
        return {row["id"]: row for page in pages for row in page.iter_rows(named=True)}

    def _record(self, lead: str) -> Mapping[str, Any]:
        """The lead as the CRM has it now."""
        with self._house().connector("salesforce", "Lead") as connector:
            return connector.fetch([lead], _SHOWN).records.row(0, named=True)

    def _named(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**record, "OwnerId": self._people("salesforce").get(record["OwnerId"], record["OwnerId"])}

    def _shares(self) -> RenderableType:
        with self._ready("salesforce") as (job, store):
            ledger = store.assignments.ledger("salesforce")
            return screens_demo.shares(job.playbook.roster, job.connector.owners(), ledger, self.crms.now().date())

    def _run(self, job: str) -> None:
        house = self._house()
        store = house.store()
        self._command(f"run {job}")
        with house.job(job) as ready, self.terminal.watching(job) as watch:
            summary = Run(ready, store, house.run_id(), Surroundings(self.crms.now, watch=watch))()
        store.close()
        self.runs.append(summary)
        self._print(*screens.summary(summary))

    # -- telling ------------------------------------------------------------------------------------------------------

    def _time(self) -> str:
        return f"{self.crms.now().astimezone(ZoneInfo(demo_files.ZONE)):%H:%M}"

    def _name(self, kind: str) -> str:
        return plain(str(self.folder / f"salesforce.{kind}"))

    def _command(self, words: str) -> None:
        self._print(f"\n[cyan]$ leadrelay {words} -c {plain(str(self.config))}[/]")

    def _say(self, title: str, text: str) -> None:
        self._print(f"\n[bold]{title}[/]", f"  {text}")

    def _print(self, *several: RenderableType) -> None:
        self.terminal.tell(*several)


_WON = 2
_BY_TURN = ("fair", "expertise")
_ONE_ANSWER_SHORT = "Budget unknown · Authority met · Need met · Timeline met"


def _program() -> str:
    """As it was called: a path only where there was one."""
    name = Path(sys.argv[0])
    return plain(sys.argv[0] if name.suffix != ".py" else f"{sys.executable} -m leadrelay")
