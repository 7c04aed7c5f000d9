"""A CRM in memory and runners that can die, for the state machine; it keeps a history of its own of every change."""

import sqlite3
import tempfile
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from leadrelay.connectors.base import FieldInfo, Once, Outcome, Owner, Standing
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.core.limits import Brake, Limit, Quota
from leadrelay.core.playbook import load as load_playbook
from leadrelay.errors import Refused, Stopped, Unavailable
from leadrelay.jobs.desk import Desk, Job
from leadrelay.jobs.past import past
from leadrelay.jobs.qualify import Run
from leadrelay.jobs.rollback import Rollback
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.state.database import Database
from leadrelay.state.migrate import migrate
from leadrelay.state.store import Store

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
INPUTS = {"Employees": (None, "10", "2000"), "Budget": (None, "5", "50000")}
SHARED = {"Status": (None, "Open", "Working", "On hold"), "Rating": (None, "Hot", "Cold", "Warm")}
OWNERS = {"Owner": (None, "Uana", "Ubo", "Uzoe")}
OURS = {"Leadrelay_Score": (None, "99", "20"), "Leadrelay_Stage": (None, "sal", "odd")}
BY_PEOPLE = {**INPUTS, **SHARED, **OWNERS}
FIELDS = (*BY_PEOPLE, *OURS)
_NEVER = "never"
_WORDS = {"sal": {"Status": "Working", "Rating": "Hot"}, "name": {"Status": "Open", "Rating": "Cold"}}


class Killed(BaseException):
    """The process is gone: nothing tidies up after it."""


class Fuse:
    """Counts the places at which a process can die, or its line be lost, or others come between."""

    def __init__(self):
        self.left = self.kind = None
        self.beside = []
        self.dead = False

    def step(self, *, line=True):
        if self.dead:
            raise Killed
        for at, (left, act) in enumerate(self.beside):
            self.beside[at] = (left - 1, act)
            if left == 0:
                act()
        if self.left is None or (self.kind == "lost" and not line):
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            if self.kind == "lost":
                raise Unavailable("the line is lost")
            self.dead = True
            raise Killed


class Mortal(Database):
    """A database whose user can die before, within and after every transaction that writes."""

    fuse = Fuse()

    @contextmanager
    def transaction(self):
        self.fuse.step(line=False)
        with super().transaction() as connection:
            yield connection
            self.fuse.step(line=False)
        self.fuse.step(line=False)

    @contextmanager
    def reading(self):
        if self.fuse.dead:
            raise Killed
        with super().reading() as connection:
            yield connection


@dataclass
class Books:
    """What a state file has gone through: what was written by whoever held it. Copied and lost with the file."""

    last: dict = field(default_factory=dict)
    effects: list = field(default_factory=list)
    tasks: list = field(default_factory=list)
    written: dict = field(default_factory=lambda: defaultdict(set))


@dataclass
class Runner:
    """One installation: its state file, its memory as we know it, and what may befall it."""

    name: str
    folder: object
    fuse: Fuse = field(default_factory=Fuse)
    books: Books = field(default_factory=Books)
    reads: dict = field(default_factory=dict)
    runs: list = field(default_factory=list)
    run: str = ""
    rolls_back: str = ""
    store: Store = None

    @property
    def file(self):
        return self.folder / f"{self.name}.db"

    def open(self):
        if self.store:
            self.store.close()
        if not self.file.exists():
            self.file.write_bytes(_empty_store())
        database = Mortal.at(f"sqlite:///{self.file}", "state")
        self.fuse.dead = False
        migrate(database)
        database.fuse = self.fuse
        self.store = Store(database)


@cache
def _empty_store():
    """What a new store looks like: migrating takes longer than everything else here."""
    with tempfile.TemporaryDirectory() as folder:
        Store.open(f"sqlite:///{folder}/new.db").close()
        return Path(folder, "new.db").read_bytes()


class Crm(MemoryConnector):
    """Keeps who wrote what, and judges every write of ours at once. `runner`: who is at work just now."""

    def __init__(self, clock, **named):
        owners = [Owner(f"U{name}", name, f"{name}@acme.example", active=True) for name in ("ana", "bo")]
        self.clock = clock
        self.frozen = None
        self.history = defaultdict(list)
        self.wrongs = []
        self.effects = set()
        self.created = {}
        self.refusing = set()
        self.hidden = {}
        self.sequence = 0
        self.runner = None
        self.ours = self.in_hand_off = False
        super().__init__([FieldInfo(name, name, "string") for name in FIELDS], owners, now=self.time, **named)
        self.lose_requests = self.lose_replies = self._line

    def time(self):
        return self.frozen or self.clock.moment.replace(microsecond=0)

    def _line(self):
        self.runner.fuse.step()
        return False

    # -- where a caller can die ---------------------------------------------------------------------------------------

    def changes(self, fields, since):
        self.runner.fuse.step()
        for page in super().changes(fields, since):
            yield page
            self.runner.fuse.step()

    def fetch(self, ids, fields):
        self.runner.fuse.step()
        return super().fetch(ids, fields)

    def families(self, ids):
        self.runner.fuse.step()
        return super().families(ids)

    def claims(self, keys):
        self.runner.fuse.step()
        return super().claims(keys)

    def _page(self, ids, fields, at=None, total=None):
        self.sequence += 1
        self.runner.reads |= dict.fromkeys(ids, self.sequence)
        return super()._page(ids, fields, at, total)

    def _handed_off(self, one, as_of):
        atomic = self.once is Once.ATOMIC
        if atomic:
            self.runner.fuse.step()
        there = one.key in self.tasks
        family = [one.update.id, *self._losers(one.update.id)]
        self.in_hand_off = True
        try:
            outcome = super()._handed_off(one, as_of)
        finally:
            self.in_hand_off = False
            if not there and one.key in self.tasks:
                self._created(one, family)
        if atomic:
            self.runner.fuse.step()
        return outcome

    def _created(self, one, family):
        if before := [lead for lead in family if lead in self.created.values()]:
            self.wrongs.append(f"a second task for {one.update.id}, whose family {before} had one")
        self.created[one.key] = one.update.id
        self.runner.books.tasks.append(one.key)

    def _written(self, update, as_of):
        within = self.once is Once.ATOMIC and self.in_hand_off
        if not within:
            self.runner.fuse.step()
        self.ours = True
        try:
            outcome = super()._written(update, as_of)
        finally:
            self.ours = False
        if not within:
            self.runner.fuse.step()
        return outcome

    def _refused(self, update, as_of):
        if update.id in self.refusing and update.id in self.records:
            return Outcome(update.id, Standing.PARKED, "RULE", "a rule says no")
        return super()._refused(update, as_of)

    # -- history ------------------------------------------------------------------------------------------------------

    def put(self, record_id, values):
        old = dict(self.records.get(record_id, {}))
        super().put(record_id, values)
        self.sequence += 1
        for name in values:
            new = self.records[record_id][name]
            if self.ours:
                self.effects.add((record_id, name, new))
            if new != old.get(name):
                self._changed(record_id, name, old.get(name), new)

    def _changed(self, lead, name, old, new):
        past = self.history[lead, name]
        author = past[-1][1] if past else None
        if not self.ours:
            past.append((new, "person", self.sequence))
            return
        runner = self.runner
        runner.books.effects.append((lead, name, new))
        if author == "person" and name not in OURS:
            why = self._undoing(lead, name, old) if runner.rolls_back else self._unasked(lead, name, old)
            if why:
                self.wrongs.append(f"{runner.run} put {new} over {old} in {name} of {lead}: {why}")
        if runner.rolls_back:
            before = [author for value, author, _ in past if value == new]
            past.append((new, before[-1] if before else None, self.sequence))
            return
        past.append((new, "us", self.sequence))
        runner.books.last[lead, name] = new
        runner.books.written[runner.run, lead, name].add(new)

    def _undoing(self, lead, name, old):
        ours = self.runner.books.written[self.runner.rolls_back, lead, name]
        return "" if old in ours else "undone what a person wrote"

    def _unasked(self, lead, name, old):
        """Why this must not be written; empty when it may be."""
        last = self.runner.books.last.get((lead, name), _NEVER)
        if name == "Owner":
            seen = self.history[lead, name][-1][2] < self.runner.reads[lead]
            return "" if seen and last == _NEVER else f"chosen by a person (seen {seen}, ours {last})"
        if last == _NEVER:
            free = (None, "", "Open") if name == "Status" else (None, "")
            return "" if old in free else "a person's value"
        return "" if name == "Status" and old == last else f"a person's, ours was {last}"

    # -- what people do -----------------------------------------------------------------------------------------------

    def hide(self, name):
        kept = {lead: record[name] for lead, record in [*self.records.items(), *self.bin.items()]}
        self.hidden[name] = (self.drop_field(name), kept)

    def show(self, name):
        info, kept = self.hidden.pop(name)
        self.add_field(info)
        for lead, record in [*self.records.items(), *self.bin.items()]:
            record[name] = kept.get(lead)


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

    def run(self, which=0, *, fault=None, beside=(), target="", **options):
        """One run, or the rollback of `target`; None when it was cut off. `fault`: its kind, and after how many steps."""
        runner = self.runners[which]
        before = (self.crm.runner, self.crm.in_hand_off)
        self.crm.runner, self.crm.in_hand_off = runner, False
        if runner.store is None:
            runner.open()
        self.count += 1
        runner.run, runner.rolls_back = f"{runner.name}{self.count}", target
        runner.fuse.kind, runner.fuse.left = fault or (None, None)
        runner.fuse.beside = list(beside)
        try:
            return self._carried_out(runner, target, options)
        finally:
            runner.fuse.left, runner.fuse.beside = None, []
            self.crm.runner, self.crm.in_hand_off = before

    def _carried_out(self, runner, target, options):
        around = Surroundings(self.clock, sleep=self.clock.pass_by)
        try:
            if target:
                summary = Rollback(self.job, runner.store, runner.run, target, around)()
            else:
                runner.runs.append(runner.run)
                summary = Run(self.job, runner.store, runner.run, around)(**options)
        except Killed:
            runner.open()
            return None
        except (Unavailable, Stopped):
            return None
        except Refused:
            if not self.crm.hidden:
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
