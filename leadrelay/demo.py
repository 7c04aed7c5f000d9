"""`leadrelay demo`: a working day of lead generation and sales on a local Salesforce and HubSpot, told step by step."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leadrelay import (
    demo_enriched,
    demo_files,
    report_html,
    reporting,
    screens,
    screens_check,
    screens_demo,
    screens_explain,
    screens_report,
)
from leadrelay import demo_enriched_files as enriched_files
from leadrelay.checkup.examine import examine
from leadrelay.core.report.report import WEEK, Period, monday_of
from leadrelay.core.report.report import report as reported
from leadrelay.demo_crm import PORTS, Crms, last_working_day, sandbox
from leadrelay.demo_stage import Stage
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.reading import Nobody
from leadrelay.jobs.report_facts import collected
from leadrelay.sandbox.server import Options
from leadrelay.state.values import Assignment
from leadrelay.terminal import Terminal, plain

JOBS = ("salesforce", "hubspot")
_NAMES = {"salesforce": "Salesforce", "hubspot": "HubSpot", "vendors": "vendors", "dns": "name server"}
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
        demo_enriched.what_others_knew(story)
        demo_enriched.who_is_doubled(story)
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


class _Story(Stage):
    """The chapters of the demo."""

    def begin(self, leads: int) -> None:
        """Write the configuration of both jobs."""
        companies = enriched_files.known(leads, self.crms.sandbox.options.seed)
        demo_files.write(self.folder, self.crms.doors, self.morning.date(), companies)
        demo_enriched.note_sizes(self, companies)
        told = f"{leads:,} leads in each, as people typed them; and vendors of data."
        self.say("A Salesforce and a HubSpot on this machine", told)
        self.print("  " + "   ".join(f"{_NAMES[name]} {door}" for name, door in self.crms.doors.items()))
        self.print(f"  The story begins on {self.morning:%A, %-d %B %Y, at %H:%M}; both CRMs' clocks say so.")

    # -- chapters -----------------------------------------------------------------------------------------------------

    def who_takes_leads(self) -> None:
        """The roster, and what `check` and `plan` say of it."""
        self.say("1. Who takes leads", f"Teams, rules and the promise stand in the playbook, {self.name('toml')}:")
        self.print(screens_demo.box(demo_files.roster("salesforce", self.morning.date()), _LINES))
        demo_enriched.who_is_asked(self)
        self.command("check salesforce")
        findings = examine(self.house(), self.crms.now(), "salesforce")
        self.print(*screens_check.report(findings))
        self.command("plan salesforce --limit 0")
        with self.ready("salesforce") as (job, store):
            preview = Preview(job, store, self.crms.now(), Nobody(), shown=0)
            preview.gather()
        self.print(*screens.preview(preview))

    def every_lead(self) -> Mapping[str, Mapping[str, Any]]:
        """The first run of both jobs; the Salesforce leads as they were before."""
        self.say("3. The first run", "Pull, qualify, write back, and hand over: every lead is new to leadrelay.")
        before = self.leads()
        for job in JOBS:
            self.run(job)
        self.say("Who got what in Salesforce", "By weight, of those who are there: the ledger is kept across runs.")
        self.print(self.shares())
        return before

    def as_the_rep_sees_it(self, lead: str, before: Mapping[str, Any]) -> None:
        """One record in the CRM, before and after, and the task that came with it."""
        after = self.record(lead)
        self.say("One of them, as its owner sees it in Salesforce", screens_demo.who(lead, after))
        self.print(screens_demo.card(self.named(before), self.named(after)))
        task = self.crms.written("salesforce", self._tasks("salesforce", [lead])[lead])
        remind = datetime.fromisoformat(task["ReminderDateTime"]).astimezone(ZoneInfo(demo_files.ZONE))
        due = f"Due within an hour of work, with a reminder at {remind:%H:%M}"
        self.say("The task that came with it", f"{due}; a note says the same, and three follow-ups are there.")
        self.print(screens_demo.start_of(task["Subject"], task["Description"]))

    def a_morning_in_sales(self, cast: _Cast) -> Mapping[str, Any]:
        """People work, in both CRMs; one lead as it was before."""
        before, question = self.record(cast.shown), self.record(cast.shown)["Leadrelay_Next_Question__c"] or ""
        self.crms.wait(self.morning + timedelta(minutes=50))
        self._answer("salesforce", [*cast.others, cast.shown])
        self._answer("hubspot", self._handed("hubspot")[1:])
        self._accept(cast.others)
        self.crms.edit(cast.shown, {**_ANSWER, "Status": _UNTOUCHED}, self._owner(cast.shown))
        rejecting = self._owner(cast.rejected)
        told = {"verdict": "rejected", "reason": "no budget", "actor": rejecting}
        self.crms.act("salesforce", "sales_verdict", lead=cast.rejected, **told)
        self.say("4. A morning in sales", f"By {self.time()} most tasks are done, most leads accepted, two won. And:")
        self.print(
            f"  · {self._owner(cast.shown)} asks “{plain(question)}”",
            "    and notes the answer. The lead's Status goes back to 'Open - Not Contacted': a person's choice.",
            f"  · {rejecting} rejects {cast.rejected}: no budget.",
            f"  · Nobody looks at {cast.late}.",
        )
        return before

    def the_next_run(self, cast: _Cast, before: Mapping[str, Any]) -> None:
        """Credit goes back, an answer counts, a reminder is sent, a person's value stays."""
        self.crms.wait(self.morning + timedelta(minutes=90))
        self.say(f"5. {self.time()}: the next run", "It reads what people did, and looks after who waits.")
        for job in JOBS:
            self.run(job)
        self.say("The lead with the answer", "Status is a person's: leadrelay leaves it alone from now on.")
        self.print(screens_demo.card(self.named(before), self.named(self.record(cast.shown)), only_changes=True))
        self.say("The lead that was rejected", "It rests, and its credit went back: whoever had it is in turn again.")
        rejected = self.record(cast.rejected)
        self.print(f"  {cast.rejected}: {rejected['Leadrelay_Stage__c']}", self.shares())

    def nobody_answers(self, cast: _Cast) -> None:
        """The promise is broken: it climbs, once."""
        self.crms.wait(self.morning + timedelta(hours=4, minutes=30))
        nobody = f"6. {self.time()}: nobody answered {cast.late}"
        self.say(nobody, "Four hours of work are over: the manager gets a task.")
        self.run("salesforce")
        self.say("Once more", "Nothing is done twice.")
        self.run("salesforce")

    def why_this_rep(self, cast: _Cast) -> None:
        """What `explain` says of the owner."""
        self.say("7. Why this rep?", f"What explain says of the owner of {cast.late}, after all the rules.")
        self.command(f"explain salesforce {cast.late}")
        with self.ready("salesforce") as (job, store):
            found = explanation(job, store, cast.late, self.crms.now())
        self.print(*screens_explain.whose(found))

    def report(self) -> None:
        """How lead generation does; the page where the plots' library is there."""
        self.say("8. How it does", "From the CRM's own history. The week is young, and so is the ledger.")
        html = self.folder / "report.html"
        self.command(f"report salesforce --weeks 3 --by rep --html {plain(str(html))}")
        house, now = self.house(), self.crms.now()
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
            self.print(*(f"  [dim]{plain(str(problem))}[/]" for problem in error.problems))
        self.print(*screens_report.report(found, head, known.names, html if html.exists() else None))

    def end(self) -> None:
        """How to go on."""
        folder, config = plain(str(self.folder)), plain(str(self.config))
        self.say("Go on from here", f"Files are in {plain(str(self.folder.resolve()))}; nothing is left running.")
        ports = tuple(self.crms.ports)
        options = ("--salesforce-port", "--hubspot-port", "--provider-port", "--dns-port")
        told = "".join(f" {option} {port}" for option, port in zip(options, ports, strict=True))
        named = "" if ports == PORTS else told
        for command, meaning in (
            (f"sandbox --state {folder}/sandbox{named}", "start both CRMs again; then, in another terminal:"),
            (f"check -c {config}", "both sign-ins, every mapped field, everybody who takes leads"),
            (f"plan salesforce -c {config} --all", "what would be written, and why"),
            (f"explain salesforce LEAD -c {config}", "one lead, rule by rule; --task: what its hand-off says"),
            (f"runs salesforce -c {config}", "every run; audit RUN shows what one did, rollback RUN undoes it"),
            (f"report hubspot -c {config}", "the figures of the other CRM"),
            (f"serve -c {config}", "both jobs every five minutes"),
        ):
            self.print(f"  [cyan]{_program()} {plain(command)}[/]", f"      [dim]{meaning}[/]")
        if self.terminal.json:
            self.terminal.show({"folder": str(self.folder.resolve()), "runs": [run.to_json() for run in self.runs]})

    # -- the cast -----------------------------------------------------------------------------------------------------

    def cast(self, before: Mapping[str, Mapping[str, Any]]) -> _Cast:
        """Among the leads that were handed off: who plays which part."""
        handed, leads = self._handed("salesforce"), self.leads()
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
        store = self.house().store()
        found = {one.lead: one for one in store.assignments.of_run(job, run)}
        store.close()
        return found

    def _tasks(self, job: str, leads: Sequence[str]) -> Mapping[str, str]:
        """By lead, the id of its hand-off task."""
        with self.ready(job) as (ready, store):
            intents = store.outbox.handed(ready.organisation, _OBJECTS[job], leads)
        return {lead: intent.task_id for lead, intent in intents.items()}

    def _answer(self, job: str, leads: Sequence[str]) -> None:
        """Their owners complete the tasks."""
        given, people = self._given(job), self.people(job)
        for lead, task in self._tasks(job, leads).items():
            owner = given[lead].owner
            named = {"id": task, "actor": people[owner]} if job == "salesforce" else {"task": task, "actor": owner}
            self.crms.act(job, "complete_task", **named)

    def _accept(self, leads: Sequence[str]) -> None:
        """Sales takes these over, and two of them want an offer."""
        people, given = self.people("salesforce"), self._given("salesforce")
        for place, lead in enumerate(leads):
            who = people[given[lead].owner]
            self.crms.act("salesforce", "sales_verdict", lead=lead, verdict="accepted", actor=who)
            if place < _WON:
                self.crms.act("salesforce", "convert", lead=lead, opportunity="IT discovery", actor=who)

    def _owner(self, lead: str) -> str:
        return self.people("salesforce")[self._given("salesforce")[lead].owner]


_WON = 2
_LINES = 18
_BY_TURN = ("fair", "expertise")
_ONE_ANSWER_SHORT = "Budget unknown · Authority met · Need met · Timeline met"


def _program() -> str:
    """As it was called: a path only where there was one."""
    name = Path(sys.argv[0])
    return plain(sys.argv[0] if name.suffix != ".py" else f"{sys.executable} -m leadrelay")
