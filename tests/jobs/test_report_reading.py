"""`report`: reads what changed and what is open, keeps nothing personal, writes nothing to the CRM."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from leadrelay.connectors.base import FieldInfo, Owner, Usage
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.connectors.people import Activity, Milestones
from leadrelay.core.assign.ledger import Entry
from leadrelay.core.limits import Quota
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.report.report import Period, report
from leadrelay.core.trial.measures import Share
from leadrelay.errors import Paused, Unavailable
from leadrelay.jobs.desk import Job
from leadrelay.jobs.qualify import Run, Surroundings
from leadrelay.jobs.reading import Nobody
from leadrelay.jobs.report import PATIENCE, Reading
from leadrelay.jobs.report_facts import basis, collected
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.state.journeys import CURSOR
from leadrelay.state.store import Assignment, Promise, Store
from tests.stores import new_store

PLAYBOOK = """
name = "small"
[bant.budget]
met = "budget_amount >= 10000"
[qualification]
when = "bant_met >= 1"
[[recycle]]
name = "No budget"
when = "not qualified and sales_reason = 'no budget'"
after = "30 days"
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

HANDOFF = """
[handoff]
when = "qualified"
owners = ["ana@acme.example", "bo@acme.example"]
[ageing]
sal = 2
[calendars.office]
zone = "Europe/Berlin"
hours = ["mon-fri 09:00-17:00"]
[teams.east]
calendar = "office"
[[teams.east.members]]
email = "ana@acme.example"
capacity = 3
"""

MAPPING = """
object = "Lead"
[read]
budget_amount = "Budget"
created_at = "Created"
source = "Source"
owner = "Owner"
last_name = "LastName"
current_stage = "Leadrelay_Stage"
current_recycle_reason = "Leadrelay_Reason"
current_reengage_on = "Leadrelay_Day"
sales_verdict = "Verdict"
sales_reason = "Reason"
sales_verdict_at = "Verdict_At"
[write]
Leadrelay_Stage = "stage"
Leadrelay_Reason = "recycle_reason"
Leadrelay_Day = "reengage_on"
"""

TASK = '[task]\nkey = "key"\nowner = "Owner"\n'
NAMES = ("Budget", "Created", "Source", "Owner", "LastName", "Verdict", "Reason", "Verdict_At")
OURS = ("Leadrelay_Stage", "Leadrelay_Reason", "Leadrelay_Day")
OWNERS = [Owner(f"U{name}", name.title(), f"{name}@acme.example", active=True) for name in ("ana", "bo")]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = datetime(2026, 11, 16, 9, tzinfo=UTC)


class CountingConnector(MemoryConnector):
    """Notes what is asked for."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.read, self.asked = [], []
        self.fails_after = None

    def changes(self, fields, since):
        for number, page in enumerate(super().changes(fields, since)):
            if number == self.fails_after:
                raise Unavailable("the line is lost")
            self.read += page.records["id"].to_list()
            yield page

    def milestones(self, ids):
        self.asked += ids
        return super().milestones(ids)


@dataclass
class World:
    """A CRM, a job on it, and its clock."""

    folder: object
    handoff: bool = False
    moment: datetime = START
    store: Store = field(init=False)

    def __post_init__(self):
        self.crm = CountingConnector(
            [FieldInfo(name, name, "text") for name in (*NAMES, *OURS)], OWNERS, lambda: self.moment, page_size=3
        )
        self.store = Store.open(new_store(self.folder / "state.db"))
        playbook = load_playbook(PLAYBOOK + (HANDOFF if self.handoff else ""), "playbook.toml")
        mapping = load_mapping(MAPPING + (TASK if self.handoff else ""), "mapping.toml", playbook)
        self.job = Job("job", self.crm, mapping, playbook, "crm")

    def now(self):
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def add(self, lead, **values):
        created = self.moment.isoformat().replace("+00:00", "Z")
        self.crm.put(lead, {"Created": created, "Source": "inbound", "LastName": "Canary", "Owner": "Uana", **values})

    def run(self):
        return Run(self.job, self.store, f"run{self.moment:%d%H%M%S}", Surroundings(self.now))()

    def read(self):
        self.crm.read, self.crm.asked = [], []
        return Reading(self.job, self.store, self.now, Nobody())()

    def facts(self):
        return collected(self.store, "job", self.moment)

    def report(self, days=60):
        known = basis(self.job.playbook, self.store, "job", self.crm.owners(), self.crm.workload())
        return report(self.facts(), Period(self.moment - days * DAY, self.moment, self.moment), known)

    def answered(self, lead, at=None):
        stamp = (at or self.moment).isoformat().replace("+00:00", "Z")
        self.crm.answers.append(Activity(lead, stamp, "call", "Uana"))


@pytest.fixture
def make(tmp_path):
    made = []

    def world(**more):
        made.append(World(tmp_path, **more))
        return made[-1]

    yield world
    for one in made:
        one.store.close()


def test_the_first_report_reads_all_and_the_second_what_changed(make):
    world = make()
    for number in range(7):
        world.add(f"L{number}")
    world.moment += HOUR  # a walk begins a few minutes before the last one did
    assert world.read() == 7
    assert sorted(world.crm.read) == [f"L{number}" for number in range(7)]
    world.moment += 2 * HOUR
    world.crm.put("L3", {"Source": "event"})
    world.moment += HOUR
    assert world.read() == 1
    assert world.crm.read == ["L3"]
    assert sorted(world.crm.asked) == [f"L{number}" for number in range(7)]  # all are open still
    calls = world.crm.calls
    world.moment += PATIENCE
    assert world.read() == 0
    assert world.crm.asked == []
    assert world.crm.calls == calls + 1


def test_without_assignments_a_lead_waits_from_its_creation_on(make):
    world = make()
    world.add("a")
    world.add("b")
    world.moment += 3 * HOUR
    world.answered("a")
    world.crm.became["b"] = Milestones("2026-11-20T09:00:00.000Z", "2026-11-18T09:00:00.000Z", "held")
    world.read()
    world.moment += 5 * DAY
    found = world.report()
    assert (found.figures.response.turns, found.figures.response.answered) == (2, 1)
    assert found.figures.response.within[HOUR] == Share(0, 2)
    assert found.figures.conversion.all == Share(1, 2)
    assert found.figures.meetings.held == Share(1, 1)
    assert [group.name for group in found.by["rep"]] == ["Uana"]


def test_an_answer_that_does_not_change_the_lead_is_found_later(make):
    world = make()
    world.add("a")
    world.moment += HOUR
    world.read()
    world.moment += DAY
    world.answered("a")
    assert world.read() == 0
    assert world.report().figures.response.answered == 1
    world.answered("a", world.moment + DAY)
    world.moment += 2 * DAY
    world.read()
    assert world.report().figures.response.within[24 * HOUR].whole == 1  # the first answer counts


def test_nothing_is_written_to_the_crm_and_nothing_personal_is_kept(make):
    world = make()
    world.add("a", Source="Canary Inc", Verdict="rejected", Reason="Mr Canary said no")
    before = {lead: dict(record) for lead, record in world.crm.records.items()}
    world.read()
    assert world.crm.records == before
    assert world.crm.tasks == {}
    world.store.close()
    kept = (world.folder / "state.db").read_bytes()
    assert b"Canary" not in kept
    assert b"other" in kept


@pytest.mark.parametrize("pages", range(3))
def test_a_reading_that_breaks_off_goes_on(make, pages):
    world = make()
    for number in range(7):
        world.add(f"L{number}")
    world.crm.fails_after = pages
    with pytest.raises(Unavailable):
        world.read()
    assert len(world.store.journeys.all("job")) == 3 * pages
    world.crm.fails_after = None
    world.read()
    assert len(world.store.journeys.all("job")) == 7
    assert len(set(world.crm.read)) == 7 - 3 * pages


def test_a_walk_that_is_killed_between_the_page_and_its_cursor_loses_nothing(make):
    world = make()
    for number in range(4):
        world.add(f"L{number}")

    class Killed(BaseException):
        """Stands for SIGKILL."""

    class Journeys(type(world.store.journeys)):
        def keep(self, *arguments, **named):
            super().keep(*arguments, **named)
            raise Killed

    calm, world.store.journeys = world.store.journeys, Journeys(world.store._database)
    with pytest.raises(Killed):
        world.read()
    world.store.journeys = calm
    assert len(calm.all("job")) == 3
    assert world.store.cursors.get(CURSOR + "job", world.job.fingerprint)
    world.read()
    assert world.crm.read == ["L3"]
    assert len(calm.all("job")) == 4


def test_the_quota_is_heeded(make):
    world = make()
    world.add("a")
    world.crm.usage = Usage(99, 100)
    world.job = Job("job", world.crm, world.job.mapping, world.job.playbook, "crm", quota=Quota())
    with pytest.raises(Paused):
        world.read()
    assert world.crm.read == []


def test_a_field_that_vanished_is_left_out_and_told(make):
    world = make()
    world.add("a", Budget="50000")
    world.run()
    world.read()
    world.crm.drop_field("Source")
    world.moment += HOUR
    reading = Reading(world.job, world.store, world.now, Nobody())
    assert reading() == 1  # without the field it is another mapping
    assert reading.missing == ["Source"]
    (kept,) = world.store.journeys.all("job")
    assert (kept.source, kept.stage) == ("", "sal")
    world.moment += HOUR
    assert Reading(world.job, world.store, world.now, Nobody())() == 0


def test_other_rules_read_everything_again(make):
    world = make()
    world.add("a")
    world.read()
    world.moment += HOUR
    playbook = load_playbook(PLAYBOOK.replace("10000", "20000"), "playbook.toml")
    world.job = Job("job", world.crm, world.job.mapping, playbook, "crm")
    world.read()
    assert world.crm.read == ["a"]


def test_a_handed_lead_has_its_turn_its_verdict_and_its_age(make):
    world = make(handoff=True)
    for lead in ("a", "b", "c"):
        world.add(lead, Budget="50000")
    world.run()
    world.moment += 2 * HOUR
    world.answered("a")
    world.crm.put("a", {"Verdict": "Accepted", "Verdict_At": "2026-11-16T11:00:00Z"})
    world.crm.put("b", {"Verdict": "rejected", "Reason": "no budget", "Verdict_At": "2026-11-16T11:00:00Z"})
    world.read()
    world.moment = datetime(2026, 11, 23, 10, tzinfo=UTC)  # five working days later
    found = world.report()
    assert found.figures.accuracy.accepted == Share(1, 2)
    assert found.figures.accuracy.unjudged == 1
    assert found.figures.accuracy.reasons == {"no budget": 1}
    assert (found.figures.response.turns, found.figures.response.answered) == (3, 1)
    assert [(one.stage, one.leads, one.limit, one.overdue) for one in found.ages] == [("sal", 3, 2, 3)]


def test_why_a_lead_was_rejected_is_told_when_somebody_else_has_it(make):
    world = make(handoff=True)
    sales = "[sales]\nrejected = \"sales_verdict = 'rejected'\"\n"
    world.job = replace(world.job, playbook=load_playbook(PLAYBOOK + HANDOFF + sales, "playbook.toml"))
    world.add("a", Budget="50000")
    world.run()
    world.moment += 2 * HOUR
    world.crm.put("a", {"Verdict": "rejected", "Reason": "no budget", "Verdict_At": "2026-11-16T11:00:00Z"})
    world.run()
    world.read()
    found = world.report().figures
    assert found.response.turns == 2
    assert found.accuracy.accepted == Share(0, 1)
    assert found.accuracy.reasons == {"no budget": 1}


def test_every_turn_of_a_lead_counts_and_its_hand_off_once(make):
    world = make(handoff=True)
    world.add("a")
    world.add("b", Verdict="rejected", Reason="no budget")
    given = partial(Assignment, job="job", team="east", via="fair", run="run")
    said = {"sales_verdict": "rejected"}
    turns = [
        given(lead="a", number=1, owner="Uana", at=START, handed="1", ended="reassigned", ended_at=START + 2 * DAY),
        given(lead="a", number=2, owner="Ubo", at=START + 2 * DAY),
        given(lead="b", number=1, owner="Uana", at=START, handed="1", ended="rejected", ended_at=START + DAY),
        given(
            lead="b",
            number=2,
            owner="Ubo",
            at=START + DAY,
            handed="2",
            verdict=said,
            value=9.0,
        ),
    ]
    entries = {("east", "Uana"): Entry(entitled=2.5, received=2), ("east", "Ugone"): Entry(received=1)}
    promise = Promise("job", "run", "memory", "Lead", "rules", [], assignments=turns, ledger=entries)
    world.store.outbox.promise(promise, START)
    world.moment = START + 2 * DAY + 3 * HOUR
    world.answered("a")
    world.read()
    found = world.report()
    rows = {(row["lead"], row["number"]): row for row in world.facts().iter_rows(named=True)}
    assert [key for key, row in rows.items() if row["handed_at"]] == [("a", 2), ("b", 1), ("b", 2)]
    assert rows["a", 2]["handed_at"] == START
    assert found.figures.accuracy.accepted == Share(0, 1)  # what b's field says was said of its first turn
    assert found.figures.accuracy.unjudged == 2
    by_rep = {group.name: group.figures.response for group in found.by["rep"]}
    assert by_rep["Uana"].within == {HOUR: Share(0, 2), DAY: Share(0, 0)}  # two days of eight hours, and one
    assert by_rep["Ubo"].median == 3 * HOUR  # who is in no team always works
    who = {one.owner: one for one in found.received if one.team == "east"}
    assert (who["Uana"].difference, who["Uana"].load, who["Uana"].capacity) == (-0.5, 2, 3)
    assert not who["Ugone"].known


def test_who_answered_and_soon_lost_the_lead_did_answer(make):
    """A verdict, or a person who gives the lead away, may be quicker than the run that looks for the answer."""
    world = make(handoff=True)
    given = partial(Assignment, job="job", team="east", via="fair", run="run", handed="1", at=START, number=1)
    gone = {"ended": "rejected", "ended_at": START + 3 * HOUR}
    moved = [given(lead="c", owner="Uana", **{**gone, "ended": "moved"}), given(lead="c", owner="Ubo", number=2)]
    moved[1] = replace(moved[1], at=START + 3 * HOUR)
    turns = [given(lead="a", owner="Uana", **gone), given(lead="b", owner="Uana", **gone), *moved]
    promise = Promise("job", "run", "memory", "Lead", "rules", [], assignments=turns)
    world.store.outbox.promise(promise, START)
    for lead, hours in (("a", 1), ("b", 4), ("c", 2), ("c", 5)):  # b: by whoever rejected it, afterwards
        world.add(lead)
        world.answered(lead, START + hours * HOUR)
    world.moment = START + 6 * HOUR
    world.read()
    answered = {(row["lead"], row["number"]): row["responded_at"] for row in world.facts().iter_rows(named=True)}
    hours = {key: at and (at - START) // HOUR for key, at in answered.items()}
    assert hours == {("a", 1): 1, ("b", 1): None, ("c", 1): 2, ("c", 2): 5}
    calls = world.crm.calls
    world.moment += 2 * HOUR
    world.read()
    assert world.crm.calls == calls + 2  # changes and milestones; nobody is asked about a turn that is over


def test_recycled_leads_are_seen_to_go_and_to_come_back(make):
    world = make()
    world.add("a", Reason="no budget")
    world.run()
    world.read()
    gone = world.facts().row(0, named=True)
    assert gone["recycled_at"] is not None
    assert gone["reengaged_at"] is None
    world.moment += 31 * DAY
    world.crm.put("a", {"Budget": "50000"})
    world.run()
    world.read()
    back = world.facts().row(0, named=True)
    assert back["recycled_at"] == gone["recycled_at"]
    assert back["reengaged_at"] > back["recycled_at"]
    assert back["stage_since"] > gone["stage_since"]
    assert world.report().figures.recycled.back == 1
