"""The world of the state machine: a CRM with its people, one or two installations of ours, and what must hold."""

import sqlite3
from collections import Counter
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leadrelay.connectors.base import Once
from leadrelay.core.limits import Brake, Limit, Quota
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import Refused, Stopped, Unavailable
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.past import past
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.qualify import Run
from leadrelay.jobs.rollback import Rollback
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.mappings.mapping import load as load_mapping
from tests.jobs.watched import Books, Crm, Killed, Runner

PLAYBOOK = """
name = "small"
[bant.budget]
met = "budget_amount >= 10000"
question = "Which budget?"
[qualification]
when = "bant_met >= 1"
[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = {points}
[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
label = "Name"
side = "lead-generation"
[handoff]
when = "qualified"
subject = "Call: {{employees}} people"
owners = ["ana@acme.example", "bo@acme.example"]
due_hours = 24
"""

MAPPING = """
object = "Lead"
[read]
employees = "Employees"
budget_amount = "Budget"
[write]
Leadrelay_Score = "score"
Leadrelay_Stage = "stage"
[write.Status]
from = "stage"
policy = "unless-edited"
initial = ["Open"]
values = { sal = "Working", name = "Open" }
[write.Rating]
from = "stage"
policy = "fill"
values = { sal = "Hot", name = "Cold" }
[task]
key = "key"
owner = "Owner"
"""

POINTS = (20, 30)


@dataclass
class Clock:
    moment: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self):
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_by(self, seconds):
        self.moment += timedelta(seconds=seconds)


def _jobs(connector, brake):
    """By the version of the playbook."""
    limits = Brake(changes=Limit.parse("100%")) if brake else Brake()
    for points in POINTS:
        playbook = load_playbook(PLAYBOOK.format(points=points), "playbook.toml")
        mapping = load_mapping(MAPPING, "mapping.toml", playbook)
        yield Job("job", connector, mapping, playbook, "crm", brake=limits, quota=Quota())


class World:
    """The CRM, its people, and one or two installations of ours."""

    def __init__(self, folder, *, once=Once.ATOMIC, page_size=2, brake=False):
        self.clock = Clock()
        self.crm = Crm(self.clock, page_size=page_size, once=once)
        self.jobs = list(_jobs(self.crm, brake))
        self.version = 0
        self.runners = [Runner("a", folder), Runner("b", folder)]
        self.backup = None
        self.count = 0
        self.toggled = set()
        self.crm.runner = self.runners[0]

    @property
    def job(self):
        return self.jobs[self.version]

    def close(self):
        for runner in self.runners:
            if runner.store:
                runner.store.close()

    def add(self, **values):
        self.crm.put(f"L{len(self.crm.records) + len(self.crm.bin)}", {"Status": "Open", **values})

    # -- runs ---------------------------------------------------------------------------------------------------------

    def run(self, which=0, *, fault=None, beside=(), target="", plan=None, **options):
        """One run, a `plan`, or the undoing of `target`; None if cut off. `fault`: kind, and after how many steps."""
        runner = self.runners[which]
        before = (self.crm.runner, self.crm.in_hand_off)
        self.crm.runner, self.crm.in_hand_off = runner, False
        if runner.store is None:
            runner.open()
        self.count += 1
        runner.run, runner.rolls_back = plan.run if plan else f"{runner.name}{self.count}", target
        runner.fuse.kind, runner.fuse.left = fault or (None, None)
        runner.fuse.beside = list(beside)
        try:
            return self._carried_out(runner, target, plan, options)
        finally:
            runner.fuse.left, runner.fuse.beside = None, []
            self.crm.runner, self.crm.in_hand_off = before

    def _carried_out(self, runner, target, plan, options):
        self.crm.hid = bool(self.crm.hidden)
        around = Surroundings(self.clock, runner.fuse.rung, sleep=self.clock.pass_by)
        try:
            if target:
                summary = Rollback(self.job, runner.store, runner.run, target, around)()
            elif plan:
                summary = Apply(self.job, runner.store, plan, around)(**options)
            else:
                runner.runs.append(runner.run)
                summary = Run(self.job, runner.store, runner.run, around)(**options)
        except Killed:
            runner.open()
            return None
        except (Unavailable, Stopped):
            return None
        except Refused:
            if not self.crm.hid:
                raise
            return None
        assert summary.balanced, summary
        return summary

    def lose_state(self, which=0):
        runner = self.runners[which]
        if runner.store:
            runner.store.close()
        for file in runner.folder.glob(f"{runner.name}.db*"):
            file.unlink()
        runner.books, runner.store = Books(), None

    def back_up(self):
        runner = self.runners[0]
        if runner.store:
            _copy(runner.file, runner.folder / "copy.db")
            self.backup = deepcopy(runner.books)

    def restore_backup(self):
        if self.backup is None:
            return
        self.lose_state()
        runner = self.runners[0]
        runner.file.unlink(missing_ok=True)
        _copy(runner.folder / "copy.db", runner.file)
        runner.books = deepcopy(self.backup)

    # -- what must hold -----------------------------------------------------------------------------------------------

    def settle(self):
        """Everything works again: what is to be done gets done."""
        self.crm.frozen = None
        self.crm.usage = None
        self.crm.refusing.clear()
        for name in list(self.crm.hidden):
            self.crm.show(name)
        used = [at for at, runner in enumerate(self.runners) if at == 0 or runner.store]
        for _ in range(2):
            for at in used:
                self.clock.pass_by(seconds=26 * 3600)
                if self.runners[at].store:
                    self.runners[at].store.outbox.release("job")
                summary = self.run(at)
                assert summary is not None, self.runners[at].store.runs.last("job")
                assert summary.complete, summary
                assert (summary.pending, summary.parked) == (0, 0), summary
        for at in used:
            self._expect_settled(self.runners[at], set(self.toggled))
        for at in used:
            self.clock.pass_by(seconds=26 * 3600)
            summary = self.run(at, everything=True)
            assert (summary.pending, summary.parked) == (0, 0), summary
            self._expect_settled(self.runners[at], set())
        self.toggled.clear()

    def _expect_settled(self, runner, but):
        assert runner.store.outbox.counts("job") == {}
        records = {lead: record for lead, record in self.crm.records.items() if lead not in but}
        for lead, record in records.items():
            qualified = float(record["Budget"] or 0) >= 10_000
            score = POINTS[self.version] if float(record["Employees"] or 0) >= 1000 else 0
            expected = (str(score), "sal" if qualified else "name")
            assert (record["Leadrelay_Score"], record["Leadrelay_Stage"]) == expected, (lead, record)
            if qualified:
                family = {lead, *self.crm._losers(lead)}
                assert family & set(self.crm.created.values()), f"no task for {lead}"
        self._expect_nothing_to_do(runner, list(records))
        self._expect_owners()
        self._expect_audit(runner)

    def _expect_nothing_to_do(self, runner, leads):
        self.crm.runner = runner
        records = self.crm.fetch(leads, self.job.mapping.crm_fields()).records
        updates = Desk(self.job, self.clock()).decide(records, past(self.job, runner.store, records)).plan.updates
        assert updates == []

    def _expect_owners(self):
        """Where both the task's and the lead's owner are ours to set, they are one."""
        for key, lead in self.crm.created.items():
            task, history = self.crm.tasks[key], self.crm.history[lead, "Owner"]
            if lead in self.crm.records and not task.deleted and history and history[-1][1] == "us":
                assert self.crm.records[lead]["Owner"] == task.owner, lead

    def _expect_audit(self, runner):
        rows = [row for lead in [*self.crm.records, *self.crm.bin] for row in runner.store.audit.of_lead(lead)]
        told = Counter(
            (row.lead, name, _text(new))
            for row in rows
            if row.action in {"write", "unknown"}
            for name, (_, new) in row.fields.items()
        )
        assert Counter(runner.books.effects) <= told, f"not audited: {Counter(runner.books.effects) - told}"
        told = {row.key for row in rows if row.action in {"task", "adopt", "unknown"}}
        assert set(runner.books.tasks) <= told, f"tasks not audited: {set(runner.books.tasks) - told}"
        for row in rows:
            if row.action == "write":
                assert any(self._stood(row.lead, name, new) for name, (_, new) in row.fields.items()), row
        for row in rows:
            if row.action in {"task", "adopt"}:
                assert row.key in self.crm.tasks or any(row.task == task.id for task in self.crm.tasks.values()), row

    def _stood(self, lead, name, new):
        """Whether we wrote this, or it stood there by another hand: which of the two, no record tells."""
        stood = {value for value, _, _ in self.crm.history[lead, name]}
        return (lead, name, _text(new)) in self.crm.effects or _text(new) in stood


def _text(value):
    return None if value in (None, "") else str(value)


def _copy(source, target):
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
