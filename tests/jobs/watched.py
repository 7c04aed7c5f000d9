"""A CRM in memory that keeps a history of its own, and installations that can die at any step."""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from leadrelay.connectors.base import FieldInfo, Once, Outcome, Owner, Standing
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.errors import Unavailable
from leadrelay.state.database import Database
from leadrelay.state.migrate import migrate
from leadrelay.state.store import Store
from tests.stores import new_store

INPUTS = {"Employees": (None, "10", "2000"), "Budget": (None, "5", "50000")}
SHARED = {"Status": (None, "Open", "Working", "On hold"), "Rating": (None, "Hot", "Cold", "Warm")}
OWNERS = {"Owner": (None, "Uana", "Ubo", "Uzoe")}
OURS = {"Leadrelay_Score": (None, "99", "20"), "Leadrelay_Stage": (None, "sal", "odd")}
BY_PEOPLE = {**INPUTS, **SHARED, **OWNERS}
FIELDS = (*BY_PEOPLE, *OURS)
_NEVER = "never"


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
        if self.left is None or self.kind == "stop" or (self.kind == "lost" and not line):
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            if self.kind == "lost":
                raise Unavailable("the line is lost")
            self.dead = True
            raise Killed

    def rung(self):
        """Whether the run is asked to stop; it asks now and then."""
        if self.kind == "stop" and self.left is not None:
            self.left -= 1
        return self.kind == "stop" and self.left is not None and self.left < 0


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
            new_store(self.file)
        database = Mortal.at(f"sqlite:///{self.file}", "state")
        self.fuse.dead = False
        migrate(database)
        database.fuse = self.fuse
        self.store = Store(database)


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
        self.handed = {}
        self.refusing = set()
        self.hidden = {}
        self.hid = False
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
        self.handed[one.update.id] = self.sequence
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
        person = author == "person" and name not in OURS
        undoing = runner.rolls_back and not (person and self._undoing(lead, name, old))
        # A rollback also sends again what a run had promised.
        why = "" if undoing or not person else self._unasked(lead, name, old)
        if why:
            self.wrongs.append(f"{runner.run} put {new} over {old} in {name} of {lead}: {why}")
        if undoing:
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
            chosen = self.history[lead, name][-1][2]
            seen = chosen < self.runner.reads[lead]
            later = self.once is Once.ATOMIC and lead in self.handed and chosen > self.handed[lead]
            return "" if seen and last == _NEVER and not later else f"a person's (seen {seen}, after {later}, {last})"
        if last == _NEVER:
            free = (None, "", "Open") if name == "Status" else (None, "")
            return "" if old in free else "a person's value"
        return "" if name == "Status" and old == last else f"a person's, ours was {last}"

    # -- what people do -----------------------------------------------------------------------------------------------

    def hide(self, name):
        kept = {lead: record[name] for lead, record in [*self.records.items(), *self.bin.items()]}
        self.hid = True
        self.hidden[name] = (self.drop_field(name), kept)

    def show(self, name):
        info, kept = self.hidden.pop(name)
        self.add_field(info)
        for lead, record in [*self.records.items(), *self.bin.items()]:
            record[name] = kept.get(lead)
