"""First responses on a CRM in memory: who is reminded and told, once each, whatever is killed or lost; and topics."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadrelay.connectors.base import Owner
from leadrelay.connectors.moments import stamp
from leadrelay.connectors.people import Activity
from leadrelay.core.limits import Brake, Limit
from leadrelay.errors import Stopped, Unavailable
from leadrelay.jobs.care.carer import Carer
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.reading import Nobody
from leadrelay.state.store import Assignment, Store
from leadrelay.state.values import Promise
from tests.stores import new_store

SLA = """
[calendars.office]
zone = "UTC"
hours = ["mon-fri 09:00-17:00"]
closed = [2026-11-25]

[teams.inbound]
calendar = "office"
manager = "vera@acme.example"
[[teams.inbound.members]]
email = "ana@acme.example"
[[teams.inbound.members]]
email = "bo@acme.example"

[sla]
first_response = "1 hour"
when = "side = 'sales'"
[[sla.steps]]
after = "1 hour"
do = "remind"
[[sla.steps]]
after = "4 hours"
do = "escalate"
[[sla.steps]]
after = "2 days"
do = "escalate"
[[sla.steps]]
after = "3 days"
do = "escalate"
[escalation]
path = ["manager", "vp@acme.example"]
"""

TOPICS = """
[[topics]]
name = "Pricing"
when = "budget_status = 'asks'"
to = "vera@acme.example"
within = "4 hours"
subject = "{topic}: {employees} people"
text = "They ask for a **price**: {{ lead.employees }} people."
[[topics]]
name = "Large"
when = "employees >= 5000"
to = "Deal desk"
"""

BOSSES = [
    Owner("Uvera", "Vera", "vera@acme.example", active=True),
    Owner("Uvp", "Vic", "vp@acme.example", active=True),
    Owner("Qdesk", "Deal desk", "", active=True, queue=True),
]
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def store_url(tmp_path):
    """In a file only: the state's own tests use both kinds of database."""
    return new_store(tmp_path / "first.db")


@pytest.fixture
def watching(bench):
    """A bench whose owners have an hour, and one lead of Ana's since Monday, nine o'clock."""
    bench.playbook += SLA
    bench.mapping += '[task]\nkey = "key"\nowner = "Owner"\n'
    bench.crm._owners = [*bench.crm.owners(), *BOSSES]
    bench.clock.moment = MONDAY - timedelta(minutes=1)
    bench.add(1, Budget=50_000, Owner="Uana")
    bench.run()
    assign(bench, "L00000")
    return bench


def assign(bench, lead, number=1):
    given = Assignment("job", lead, number, "inbound", "Uana", "fair", "run", bench.clock.moment)
    job = bench.job()
    timed = Carer(job, bench.store, "run", Assigning(job, bench.store, "run", bench.clock.moment)).timed([given])
    promise = Promise("job", "run", job.organisation, "Lead", job.fingerprint, assignments=timed)
    bench.store.outbox.promise(promise, bench.clock.moment)


def at(bench, day, hour, minute=0):
    bench.clock.moment = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    return bench.run()


def told(bench):
    return [(task.owner, task.subject.partition(":")[0]) for task in bench.crm.tasks.values()]


def latest(bench):
    return bench.store.assignments.latest("job", ["L00000"])["L00000"]


def answer(bench, kind="call"):
    bench.crm.answers.append(Activity("L00000", stamp(bench.clock.moment), kind, "Uana"))


REMINDED = ("Uana", "Answer now")
MANAGER, VP = ("Uvera", "No answer yet"), ("Uvp", "No answer yet")


def test_a_lead_that_nobody_touches_is_reminded_once(watching):
    early = at(watching, 23, 9, 50)
    assert (early.due, early.api_calls, told(watching)) == (0, early.api_calls, [])
    late = at(watching, 23, 10, 5)
    assert (late.due, late.reminded, late.tasks_created, late.done, late.balanced) == (1, 1, 1, 1, True)
    assert told(watching) == [REMINDED]
    again = at(watching, 23, 10, 10)
    assert (again.due, again.reminded, told(watching)) == (0, 0, [REMINDED])


def test_a_lead_out_of_sight_is_asked_for_once_a_day(watching):
    at(watching, 23, 9, 50)
    watching.crm.out_of_sight = frozenset({"L00000"})
    first = at(watching, 23, 10, 5)
    assert (first.due, first.read, first.unchanged, first.balanced) == (0, 1, 1, True)
    assert at(watching, 23, 10, 10).read == 0
    watching.crm.out_of_sight = frozenset()
    assert (at(watching, 24, 10, 5).reminded, told(watching)) == (1, [REMINDED])


def test_nothing_is_asked_while_nothing_is_due(watching):
    before = watching.crm.calls
    at(watching, 23, 9, 30)
    idle = watching.crm.calls - before
    answer(watching)
    before = watching.crm.calls
    at(watching, 23, 10, 5)
    assert watching.crm.calls - before == idle + 2  # the lead, and who answered it


def test_who_is_answered_in_time_is_left_alone(watching):
    watching.clock.moment = MONDAY + timedelta(minutes=30)
    answer(watching)
    found = at(watching, 23, 10, 5)
    assert (found.answered, found.unchanged, told(watching)) == (1, 1, [])
    assert (latest(watching).response, latest(watching).next_at) == ("call", None)
    assert latest(watching).responded_at == MONDAY + timedelta(minutes=30)
    assert at(watching, 24, 10).due == 0


def test_the_path_is_climbed_step_by_step_to_its_top(watching):
    at(watching, 23, 10, 5)
    assert at(watching, 23, 12, 50).due == 0
    assert at(watching, 23, 13, 5).escalated == 1
    assert told(watching) == [REMINDED, MANAGER]
    assert at(watching, 26, 8).due == 0  # Wednesday is closed
    at(watching, 26, 9, 5)
    assert told(watching) == [REMINDED, MANAGER, VP]
    top = at(watching, 27, 9, 5)
    assert (top.withheld, top.escalated) == (1, 0)
    assert (latest(watching).step, latest(watching).next_at) == (4, None)
    assert at(watching, 30, 9).due == 0


def test_late_steps_are_taken_one_by_one_with_time_to_answer_between_them(watching):
    """Nothing ran for a day: reminder and manager are both late, and three hours lie between them."""
    at(watching, 24, 15)
    assert told(watching) == [REMINDED]
    assert at(watching, 24, 16, 25).due == 0
    at(watching, 24, 16, 35)
    assert told(watching) == [REMINDED, MANAGER]


def test_a_step_that_is_taken_at_night_is_due_in_the_morning(watching):
    at(watching, 24, 22)
    [task] = watching.crm.tasks.values()
    assert datetime.fromisoformat(task.due) == datetime(2026, 11, 26, 9, tzinfo=UTC)  # the 25th is closed


def test_a_lead_that_left_sales_is_not_watched(watching):
    watching.crm.put("L00000", {"Budget": None})
    gone = at(watching, 23, 10, 5)
    assert (gone.reminded, told(watching)) == (0, [])
    assert latest(watching).next_at - MONDAY >= timedelta(hours=4)


@pytest.mark.parametrize("lost", range(1, 4))
def test_a_lost_reply_makes_no_second_task(watching, lost):
    answers = iter([*[False] * (lost - 1), True])
    watching.crm.lose_replies = lambda: next(answers, False)
    for minute in range(5, 30, 5):
        with contextlib.suppress(Unavailable):
            at(watching, 23, 10, minute)
    assert told(watching) == [REMINDED]
    assert watching.store.outbox.counts("job") == {}


def test_killed_between_promise_and_send_it_is_sent_by_the_next_run(watching):
    watching.crm.lose_requests = lambda: True
    with contextlib.suppress(Unavailable):
        at(watching, 23, 10, 5)
    watching.crm.lose_requests = lambda: False
    assert told(watching) == []
    assert at(watching, 23, 10, 10).balanced
    assert told(watching) == [REMINDED]


def test_what_was_promised_and_never_sent_is_called_off_by_an_answer(watching):
    watching.crm.lose_requests = lambda: True
    with contextlib.suppress(Unavailable):
        at(watching, 23, 10, 5)
    watching.crm.lose_requests = lambda: False
    answer(watching)
    assert at(watching, 23, 10, 10).balanced
    assert told(watching) == []
    assert watching.store.outbox.counts("job") == {}


def test_a_lost_state_reminds_nobody_twice(watching, tmp_path):
    at(watching, 23, 10, 5)
    watching.store.close()
    watching.store = Store.open(new_store(tmp_path / "second.db"))
    at(watching, 23, 10, 10)
    assign(watching, "L00000")
    again = at(watching, 23, 12)
    assert (again.tasks_found, again.reminded, told(watching)) == (1, 0, [REMINDED])


def test_a_rollback_takes_the_reminder_back(watching):
    run = at(watching, 23, 10, 5)
    watching.roll_back(run.run)
    assert [task.deleted for task in watching.crm.tasks.values()] == [True]
    assert at(watching, 23, 11).reminded == 0


def test_a_changed_lead_is_written_and_reminded_in_one_run(watching):
    watching.clock.moment = MONDAY + timedelta(hours=1)
    watching.crm.put("L00000", {"Employees": 10})
    both = at(watching, 23, 10, 5)
    assert (both.read, both.done, both.reminded, both.balanced) == (1, 1, 1, True)
    assert watching.crm.records["L00000"]["Leadrelay_Score"] == "0"


def test_explain_tells_the_clock(watching):
    at(watching, 23, 10, 5)
    answer(watching)
    found = explanation(watching.job(), watching.store, "L00000", watching.clock.moment).clock
    assert list(found.lines()) == [
        "given to ana 2026-11-23 09:00 UTC",
        "an answer is due 2026-11-23 10:00 UTC",
        "taken: remind after 1 hour",
        "next: escalate after 4 hours, if nobody answers, 2026-11-23 13:00 UTC",
    ]
    at(watching, 23, 13, 5)
    found = explanation(watching.job(), watching.store, "L00000", watching.clock.moment).clock
    assert list(found.lines())[1] == "answered 2026-11-23 10:06 UTC (call), late"
    assert found.to_json()["next_at"] is None


def test_a_topic_makes_one_task_and_leaves_the_owner(watching, tmp_path):
    watching.playbook += TOPICS
    watching.crm.put("L00000", {"Budget_Status": "asks", "Employees": 6000})
    both = at(watching, 23, 9, 30)
    assert (both.topics, both.done, both.balanced) == (2, 1, True)
    assert told(watching) == [("Uvera", "Pricing"), ("Qdesk", "Large")]
    (first, _) = watching.crm.tasks.values()
    assert (first.subject, first.body.splitlines()[0]) == (
        "Pricing: 6000 people",
        "They ask for a price: 6,000 people.",
    )
    assert first.html.startswith("<p>They ask for a <strong>price</strong>")
    assert watching.crm.records["L00000"]["Owner"] == "Uana"
    watching.crm.put("L00000", {"Employees": 7000})
    assert at(watching, 23, 9, 40).topics == 0
    watching.store.close()
    watching.store = Store.open(new_store(tmp_path / "second.db"))
    lost = at(watching, 23, 9, 50)
    assert (lost.topics, lost.tasks_found, len(told(watching))) == (0, 2, 2)


def test_a_topic_of_a_record_that_was_merged_away_is_its_survivors_too(watching):
    watching.playbook += TOPICS
    watching.add(1, Employees=6000)
    at(watching, 23, 9, 30)
    assert told(watching) == [("Qdesk", "Large")]
    watching.crm.merge("L00000", "L00001")
    watching.crm.put("L00000", {"Employees": 6000})
    both = at(watching, 23, 9, 40)
    assert (both.topics, both.tasks_found, both.balanced) == (0, 1, True)
    assert told(watching) == [("Qdesk", "Large")]
    watching.crm.put("L00000", {"Employees": 7000})
    assert at(watching, 23, 9, 50).tasks_found == 0


def test_a_topic_for_nobody_is_told(watching):
    watching.playbook += TOPICS.replace("Deal desk", "Nobody's desk")
    watching.crm.put("L00000", {"Employees": 6000})
    kept = at(watching, 23, 9, 30)
    assert (kept.topics, kept.withheld, kept.balanced) == (0, 1, True)


GIVEN = """
[assignment]
fallback = "vp@acme.example"
when = "qualified"
[[assignment.rules]]
name = "all"
team = "inbound"
"""
MOVES = SLA.replace('after = "4 hours"\ndo = "escalate"', 'after = "2 hours"\ndo = "reassign"')


@pytest.fixture
def moving(bench):
    """A bench that gives a lead to Ana or Bo on Monday, nine o'clock, and to the other after two hours."""
    bench.playbook += MOVES + GIVEN
    bench.mapping += '[task]\nkey = "key"\nowner = "Owner"\n'
    bench.crm._owners = [*bench.crm.owners(), *BOSSES]
    bench.clock.moment = MONDAY - timedelta(minutes=1)
    bench.add(1, Budget=50_000)
    bench.run()
    return bench


def had(bench):
    return [(one.owner, one.ended, one.step) for one in bench.store.assignments.of("job", ["L00000"])["L00000"]]


def test_who_does_not_answer_loses_the_lead_to_another(moving):
    assert told(moving) == []
    assert moving.crm.records["L00000"]["Owner"] == "Uana"
    at(moving, 23, 10, 5)
    moved = at(moving, 23, 11, 5)
    assert (moved.reassigned, moved.done, moved.balanced) == (1, 1, True)
    assert moving.crm.records["L00000"]["Owner"] == "Ubo"
    assert told(moving) == [REMINDED, ("Ubo", "Yours now, nobody answered")]
    assert had(moving) == [("Uana", "reassigned", 1), ("Ubo", "", 2)]
    ledger = moving.store.assignments.ledger("job").of("inbound")
    assert {owner: entry.received for owner, entry in ledger.items()} == {"Uana": 0, "Ubo": 1}
    assert at(moving, 23, 12).due == 0  # no second reminder, though Bo's hour is over
    at(moving, 25, 11)
    assert at(moving, 26, 11, 10).escalated == 1
    assert told(moving)[2:] == [MANAGER]


@pytest.mark.parametrize("lost", range(1, 5))
def test_a_lost_reply_moves_no_lead_twice(moving, lost):
    at(moving, 23, 10, 5)
    answers = iter([*[False] * (lost - 1), True])
    moving.crm.lose_replies = lambda: next(answers, False)
    for minute in range(5, 35, 5):
        with contextlib.suppress(Unavailable):
            at(moving, 23, 11, minute)
    assert had(moving) == [("Uana", "reassigned", 1), ("Ubo", "", 2)]
    assert moving.crm.records["L00000"]["Owner"] == "Ubo"
    assert told(moving) == [REMINDED, ("Ubo", "Yours now, nobody answered")]
    assert moving.store.outbox.counts("job") == {}


def test_who_left_is_not_reminded_and_the_lead_goes_to_another(moving):
    """A CRM takes no task for a user who is deactivated."""
    moving.crm._owners = [replace(one, active=one.id != "Uana") for one in moving.crm.owners()]
    left = at(moving, 23, 10, 5)
    assert (left.reminded, left.withheld, left.parked, told(moving)) == (0, 1, 0, [])
    assert at(moving, 23, 11, 5).reassigned == 1
    assert moving.crm.records["L00000"]["Owner"] == "Ubo"


def test_a_lead_stays_where_nobody_else_is(moving):
    moving.crm._owners = [one for one in moving.crm.owners() if one.id != "Ubo"]
    at(moving, 23, 10, 5)
    kept = at(moving, 23, 11, 5)
    assert (kept.reassigned, kept.withheld) == (0, 1)
    assert had(moving) == [("Uana", "", 2)]
    assert moving.crm.records["L00000"]["Owner"] == "Uana"


def test_a_rollback_gives_it_back_to_who_had_it_and_bothers_nobody_again(moving):
    at(moving, 23, 10, 5)
    moved = at(moving, 23, 11, 5)
    moving.roll_back(moved.run)
    assert moving.crm.records["L00000"]["Owner"] == "Uana"
    assert had(moving) == [("Uana", "reassigned", 1), ("Ubo", "undone", 2), ("Uana", "", 1)]
    ledger = moving.store.assignments.ledger("job").of("inbound")
    assert {owner: entry.received for owner, entry in ledger.items()} == {"Uana": 1, "Ubo": 0}
    later = at(moving, 26, 16)
    assert (later.reassigned, later.escalated, moving.crm.records["L00000"]["Owner"]) == (0, 0, "Uana")
    moving.crm.put("L00000", {"Owner": "Ubo"})
    at(moving, 26, 16, 30)
    assert had(moving)[2:] == [("Uana", "moved", 1), ("Ubo", "", 0)]


def test_whom_a_person_gave_it_to_keeps_it_though_late(moving):
    moving.crm.put("L00000", {"Owner": "Ubo"})
    at(moving, 23, 9, 1)
    at(moving, 23, 10, 5)
    kept = at(moving, 23, 11, 5)
    assert (kept.reassigned, kept.withheld, moving.crm.records["L00000"]["Owner"]) == (0, 1, "Ubo")
    assert had(moving) == [("Uana", "moved", 0), ("Ubo", "", 2)]


def test_a_person_who_gives_it_away_ends_the_clock(moving):
    moving.clock.moment = MONDAY + timedelta(minutes=30)
    moving.crm.put("L00000", {"Owner": "Uvp"})
    at(moving, 23, 9, 40)
    assert at(moving, 23, 10, 5).reminded == 0
    assert had(moving) == [("Uana", "moved", 0), ("Uvp", "", 0)]


def previewed(bench):
    found = Preview(bench.job(), bench.store, bench.clock.moment, Nobody(), None)
    found.gather()
    return found


def test_a_plan_shows_the_steps_of_the_next_run(moving):
    moving.playbook += TOPICS
    moving.crm.put("L00000", {"Budget_Status": "asks"})
    moving.clock.moment = MONDAY + timedelta(minutes=65)
    plan = previewed(moving)
    assert (plan.changed, plan.steps, moving.crm.tasks) == (1, 2, {})
    assert plan.leads[0].steps == (
        "remind after 1 hour without an answer: Answer now",
        "topic Pricing: Pricing: 2000 people",
    )
    at(moving, 23, 10, 5)
    assert previewed(moving).steps == 0
    moving.clock.moment = MONDAY + timedelta(hours=2, minutes=5)
    (lead,) = previewed(moving).leads
    assert lead.steps == ("reassign after 2 hours without an answer: Yours now, nobody answered",)
    assert [(change.field, change.new) for change in lead.changes] == [("Owner", "Ubo")]


def test_the_brake_counts_topics(moving):
    moving.extras = {"brake": Brake(changes=Limit.parse("1%"))}
    moving.playbook += TOPICS
    moving.crm.put("L00000", {"Budget_Status": "asks"})
    with pytest.raises(Stopped):
        at(moving, 23, 9, 30)
    assert told(moving) == []


def test_a_reminder_that_was_not_sent_does_not_follow_who_lost_the_lead(moving):
    moving.crm.lose_requests = lambda: True
    with contextlib.suppress(Unavailable):
        at(moving, 23, 10, 5)
    moving.crm.lose_requests = lambda: False
    moving.crm.put("L00000", {"Owner": "Uvp"})
    assert at(moving, 23, 10, 10).balanced
    assert told(moving) == []
    assert moving.store.outbox.counts("job") == {}
