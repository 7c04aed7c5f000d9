"""A CRM in memory, a small mapping and playbook, and a way to run the job."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from leadrelay.connectors.base import FieldInfo, Outcome, Owner, Standing
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import Unavailable
from leadrelay.jobs.desk import Job
from leadrelay.jobs.qualify import Run, Surroundings
from leadrelay.jobs.rollback import Rollback
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.state.store import Store

PLAYBOOK = """
name = "small"

[bant.budget]
met = "budget_amount >= 10000"
unmet = "budget_status = 'none'"
question = "Which budget?"

[qualification]
when = "bant_met >= 1"

[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = 20

[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"

[[stages]]
name = "name"
label = "Name"
side = "lead-generation"
"""

MAPPING = """
object = "Lead"

[read]
employees = "Employees"
budget_amount = "Budget"
budget_status = "Budget_Status"

[write]
Leadrelay_Score = "score"
Leadrelay_Stage = "stage"

[write.Status]
from = "stage"
policy = "unless-edited"
initial = ["Open"]
values = { sal = "Working", name = "Open" }
"""

HANDOFF = """
[handoff]
when = "qualified"
subject = "Call: {employees} people"
owners = ["ana@acme.example", "bo@acme.example", "cy@acme.example"]
due_hours = 24
"""

TASK = """
[task]
key = "key"
owner = "Owner"
"""

OWNERS = [Owner(f"U{name}", name, f"{name}@acme.example", active=True) for name in ("ana", "bo", "cy")]

FIELDS = ("Employees", "Budget", "Budget_Status", "Leadrelay_Score", "Leadrelay_Stage", "Status", "Owner", "Email")


@dataclass
class Clock:
    moment: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self):
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_by(self, **time):
        self.moment += timedelta(**time)


class FlakyConnector(MemoryConnector):
    """Answers as told: by lead a standing other than done, or a loss of the line after so many writes."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.verdicts = {}
        self.lose_line_after = None
        self.pages_before_loss = None
        self.written = []
        self.out_of_sight = frozenset()

    def fetch(self, ids, fields):
        page = super().fetch([lead for lead in ids if lead not in self.out_of_sight], fields)
        return replace(page, hidden=self.out_of_sight & frozenset(ids))

    def changes(self, fields, since):
        for number, page in enumerate(super().changes(fields, since)):
            if number == self.pages_before_loss:
                raise Unavailable("the line is lost")
            yield page

    def write(self, updates, as_of=""):
        for update in updates:
            if self.lose_line_after is not None and len(self.written) >= self.lose_line_after:
                raise Unavailable("the line is lost")
            verdict = self.verdicts.get(update.id, Standing.DONE)
            if verdict is Standing.DONE:
                self.written.append(update.id)
                yield from super().write([update], as_of)
            else:
                yield Outcome(update.id, verdict, "CODE", "why")


@dataclass
class Bench:
    """Everything that a test of the loop needs."""

    crm: FlakyConnector
    store: Store
    clock: Clock
    playbook: str = PLAYBOOK
    mapping: str = MAPPING
    stopping: object = field(default=lambda: False)
    extras: dict = field(default_factory=dict)
    name: str = "job"

    def job(self):
        playbook = load_playbook(self.playbook, "playbook.toml")
        mapping = load_mapping(self.mapping, "mapping.toml", playbook)
        return Job(self.name, self.crm, mapping, playbook, "crm", **self.extras)

    def around(self):
        self.clock.pass_by(minutes=1)
        return Surroundings(self.clock, self.stopping, sleep=lambda seconds: self.clock.pass_by(seconds=seconds))

    def run(self, **options):
        around = self.around()
        return Run(self.job(), self.store, f"run{self.clock.moment:%d%H%M%S%f}", around)(**options)

    def roll_back(self, run, **options):
        around = self.around()
        undoing = Rollback(self.job(), self.store, f"undo{self.clock.moment:%d%H%M%S%f}", run, around)
        return undoing(**options), undoing.kept

    def add(self, count, **values):
        start = len(self.crm.records)
        for number in range(start, start + count):
            self.crm.put(f"L{number:05}", {"Employees": 2000, "Status": "Open", **values})


@pytest.fixture
def bench(store_url):
    clock = Clock()
    crm = FlakyConnector([FieldInfo(name, name, "string") for name in FIELDS], OWNERS, now=clock, page_size=10)
    store = Store.open(store_url)
    yield Bench(crm, store, clock)
    store.close()


@pytest.fixture
def passing(bench):
    """A bench whose job hands leads off, in turns."""
    bench.playbook += HANDOFF
    bench.mapping += TASK
    return bench
