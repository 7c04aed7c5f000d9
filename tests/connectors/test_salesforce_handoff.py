"""Hand-offs in Salesforce: one task per key, whatever is lost, whoever else is at work, and however graphs tell it."""

from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import CHANGED_JUST_NOW, CHANGED_MEANWHILE, UNKNOWN, Once, Standing
from leadrelay.errors import Refused, Unavailable
from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.writes import Caller, Writer
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import WireContract, handed

GRAPH = "POST /services/data/{version}/composite/graph"
CONDITIONS = pytest.mark.parametrize("honoured", [True, False])


@pytest.fixture
def crm(salesforce_crm):
    yield salesforce_crm
    salesforce_crm.app.faults.clear()
    requests.delete(f"{salesforce_crm.url}/_sandbox/faults", timeout=10)


def leads(crm, count):
    ids = crm.fill(count)
    crm.tick(10)
    return ids


def hand_off(crm, ids, happens=lambda: None, change=lambda hand_off: hand_off, **settings):
    """Decide, let something happen, hand off; the outcomes."""
    with crm.connector(**settings) as connector:
        as_of, hand_offs = crm.clock(), handed(connector, crm, ids)
        happens()
        return list(connector.hand_off([change(one) for one in hand_offs], as_of))


def said(outcomes):
    return [outcome.code or outcome.standing.value for outcome in outcomes]


def tasks_ever(crm):
    """Deleted ones too."""
    return crm.store.select("SELECT Id FROM Task")


def all_handed_off(crm, ids):
    """Every lead has one task, and its task's owner."""
    tasks = crm.tasks()
    assert sorted(task.lead for task in tasks) == sorted(ids)
    assert {task.lead: task.owner for task in tasks} == {one: crm.value(one, "OwnerId") for one in ids}
    return True


# -- calls ------------------------------------------------------------------------------------------------------------


def test_150_hand_offs_are_two_graph_calls_after_the_probe(crm):
    ids = leads(crm, 150)
    assert said(hand_off(crm, ids)) == ["done"] * 150
    assert all_handed_off(crm, ids)
    asked = crm.requests()
    assert asked[GRAPH] == 1 + 2
    assert asked["GET /services/data/{version}/queryAll"] == 2


def test_twenty_that_fail_leave_55_done_in_three_calls(crm):
    ids = leads(crm, 75)
    outcomes = hand_off(crm, ids, lambda: crm.tick(5) or [crm.edit(one, {"Company": "theirs"}) for one in ids[:20]])
    assert said(outcomes) == [CHANGED_MEANWHILE] * 20 + ["done"] * 55
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids[20:])
    assert crm.requests()[GRAPH] <= 1 + 3


def test_a_task_has_what_the_hand_off_says(crm):
    ids = leads(crm, 1)
    [outcome] = hand_off(crm, ids)
    task = crm.store.get("Task", outcome.task)
    assert (task["WhoId"], task["ActivityDate"]) == (ids[0], "2026-12-01")
    assert (task["Status"], task["Priority"]) == ("Not Started", "Normal")


@CONDITIONS
def test_a_task_that_is_left_to_the_crm_tells_its_owner(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 2)
    outcomes = hand_off(crm, ids, change=lambda one: replace(one, owner=""))
    assert {o.owner for o in outcomes} == {task.owner for task in crm.tasks()}
    assert all(o.owner.startswith("005") for o in outcomes)


@CONDITIONS
def test_a_lead_without_changes_is_handed_off_all_the_same(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 2)
    before = [crm.store.get("Lead", one)["OwnerId"] for one in ids]

    def plain(one):
        return replace(one, update=replace(one.update, fields={}, guarded={}), owner_field="")

    outcomes = hand_off(crm, ids, change=plain)
    assert said(outcomes) == ["done"] * 2
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids)
    assert [crm.store.get("Lead", one)["OwnerId"] for one in ids] == before


# -- once -------------------------------------------------------------------------------------------------------------


@CONDITIONS
@pytest.mark.parametrize("told", ["node", "all"])
@pytest.mark.parametrize("bin_keeps", [True, False])
def test_a_task_that_came_between_is_adopted(crm, time, honoured, told, bin_keeps):
    crm.post("settings", {"graph_conditions": honoured, "graph_duplicate_code": told, "bin_keeps_unique": bin_keeps})
    ids = leads(crm, 4)
    others = []

    def other_runner(request):
        writes = request.method == "POST" and request.path.endswith(("/composite/graph", "/composite/sobjects"))
        if writes and b"Task" in request.body and b"1990" not in request.body and not others:
            others.append(None)
            for at in (0, 2):
                values = {"Leadrelay_Key__c": f"lsx1-{ids[at].lower()}", "WhoId": ids[at], "OwnerId": crm.owners[1]}
                task_of(crm, values)

    crm.app.faults.append(other_runner)
    outcomes = hand_off(crm, ids)
    assert said(outcomes) == ["done"] * 4
    assert [o.adopted for o in outcomes] == [True, False, True, False]
    assert time.slept == []
    assert [o.owner for o in outcomes] == [crm.owners[1], crm.owners[0], crm.owners[1], crm.owners[0]]
    assert len(tasks_ever(crm)) == 4
    assert all_handed_off(crm, ids)


def task_of(crm, values):
    """A task that another runner created."""
    Writer(crm.app.org).create(objects.OBJECTS["Task"], values, Caller("api", crm.app.org.user_id()))


@CONDITIONS
@pytest.mark.parametrize("kind", ["drop-reply", "drop-request", "twice"])
@pytest.mark.parametrize("path", ["*/composite/graph", "*/composite/sobjects", "*/sobjects/Lead/*", "*/queryAll"])
def test_an_answer_that_is_lost_or_a_request_that_comes_twice_makes_no_second_task(crm, honoured, kind, path):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 5)
    fault = {"kind": kind, "path": path, "times": 2, "after": 1 if path.endswith("graph") else 0}
    first = hand_off(crm, ids, lambda: crm.post("faults", {"faults": [fault]}))
    assert {o.code for o in first} <= {"", CHANGED_MEANWHILE, UNKNOWN}
    assert {o.task for o in first} == {task.id for task in crm.tasks()}
    crm.tick(10)
    assert said(hand_off(crm, ids)) == ["done"] * 5
    assert len(tasks_ever(crm)) == 5
    assert all_handed_off(crm, ids)


@CONDITIONS
def test_a_crm_that_answers_nothing_for_a_while_gets_no_second_task(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 5)
    path = "*/composite/graph" if honoured else "*/composite/sobjects"
    fault = {"kind": "drop-reply", "path": path, "after": 1 if honoured else 0}
    first = hand_off(crm, ids, lambda: crm.post("faults", {"faults": [fault]}))
    assert {(o.standing, o.code) for o in first} == {(Standing.PENDING, "NO_ANSWER")}
    requests.delete(f"{crm.url}/_sandbox/faults", timeout=10)
    crm.tick(10)
    assert said(hand_off(crm, ids)) == ["done"] * 5
    assert len(tasks_ever(crm)) == 5
    assert all_handed_off(crm, ids)


@CONDITIONS
def test_an_outage_of_two_calls_is_told(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 200)
    path = "*/composite/graph" if honoured else "*/composite/sobjects"
    fault = {"kind": "status", "status": 503, "path": path, "after": 1 if honoured else 0}
    with pytest.raises(Unavailable):
        hand_off(crm, ids, lambda: crm.post("faults", {"faults": [fault]}))
    assert tasks_ever(crm) == []


@CONDITIONS
def test_a_session_that_ends_in_the_middle_is_renewed(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 160)
    ends = {2, 3, 4}

    def fault(request):
        if "/services/data/" in request.path and len(ends) and request.method == "POST":
            ends.pop()
            crm.app.sessions.clear()

    owners = dict.fromkeys(ids, crm.owners[0])
    crm.app.faults.append(fault)
    assert set(said(hand_off(crm, ids))) == {"done"}
    assert {one: crm.value(one, "OwnerId") for one in ids} == owners
    assert len(tasks_ever(crm)) == 160


@CONDITIONS
def test_two_runners_give_every_lead_one_task_and_its_owner(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 20)
    with ExitStack() as both:
        runners = [both.enter_context(crm.connector()) for _ in range(2)]
        as_of = crm.clock()
        plans = [handed(runner, crm, ids, owner=owner) for runner, owner in zip(runners, crm.owners, strict=True)]
        first = [list(runner.hand_off(plan, as_of)) for runner, plan in zip(runners, plans, strict=True)]
        crm.tick(10)
        plans = [handed(runner, crm, ids, owner=owner) for runner, owner in zip(runners, crm.owners, strict=True)]
        again = [list(runner.hand_off(plans[at], crm.clock())) for at, runner in reversed(list(enumerate(runners)))]
    assert set(said(first[0])) == {"done"}
    assert {o.code for o in first[1]} == {CHANGED_MEANWHILE}
    assert {o.task for o in first[1]} == {o.task for o in first[0]}
    assert {o.owner for outcomes in again for o in outcomes} == {crm.owners[0]}
    assert len(tasks_ever(crm)) == 20
    assert all_handed_off(crm, ids)


def test_a_key_that_is_taken_by_what_cannot_be_seen_stays_pending(crm):
    ids = leads(crm, 2)
    taken = [{"errorCode": "DUPLICATE_VALUE", "message": "duplicate value found"}]

    def fault(request):
        if request.path.endswith("/composite/graph") and b"1990" not in request.body:
            return Response(200, {"graphs": [graph(f"g{at}", taken) for at in range(request.body.count(b"graphId"))]})
        return None

    crm.app.faults.append(fault)
    outcomes = hand_off(crm, ids)
    assert {(o.standing, o.code) for o in outcomes} == {(Standing.PENDING, "DUPLICATE_VALUE")}


def test_another_field_of_the_lead_that_is_taken_parks_the_lead(crm):
    ids = leads(crm, 1)
    taken = [{"errorCode": "DUPLICATE_VALUE", "message": "duplicate value found"}]
    halted = [{"errorCode": "PROCESSING_HALTED", "message": "rolled back"}]

    def fault(request):
        if request.path.endswith("/composite/graph") and b"1990" not in request.body:
            return Response(200, {"graphs": [graph("g0", taken, halted)]})
        return None

    crm.app.faults.append(fault)
    assert [(o.standing, o.code) for o in hand_off(crm, ids)] == [(Standing.PARKED, "DUPLICATE_VALUE")]


def graph(name, lead, task=None):
    nodes = [
        {"body": body, "httpStatusCode": 400, "referenceId": reference}
        for reference, body in (("lead", lead), ("task", task or lead))
    ]
    return {"graphId": name, "graphResponse": {"compositeResponse": nodes}, "isSuccessful": False}


@CONDITIONS
@pytest.mark.parametrize("told", ["node", "all"])
def test_with_a_third_of_the_answers_lost_two_runners_make_one_task_each(crm, honoured, told):
    crm.post("settings", {"graph_conditions": honoured, "graph_duplicate_code": told})
    ids = leads(crm, 50)
    lossy = [{"kind": "drop-reply", "probability": 0.3}, {"kind": "drop-request", "probability": 0.1}]
    crm.post("faults", {"faults": lossy, "seed": 7})
    left = {owner: list(ids) for owner in crm.owners}
    for _ in range(30):
        for owner in crm.owners:
            crm.tick(10)
            with crm.connector() as connector, suppress(Unavailable):
                outcomes = list(connector.hand_off(handed(connector, crm, left[owner], owner=owner), crm.clock()))
                left[owner] = [o.id for o in outcomes if o.standing is not Standing.DONE]
    assert not any(left.values())
    assert len(tasks_ever(crm)) == 50
    assert all_handed_off(crm, ids)


# -- never over a person ----------------------------------------------------------------------------------------------


def test_in_a_graph_a_conflict_leaves_no_task(crm):
    ids = leads(crm, 3)
    outcomes = hand_off(crm, ids, lambda: crm.tick(5) or crm.edit(ids[1], {"Company": "theirs"}))
    assert said(outcomes) == ["done", CHANGED_MEANWHILE, "done"]
    assert outcomes[1].task == ""
    assert sorted(task.lead for task in crm.tasks()) == sorted([ids[0], ids[2]])


def test_where_the_task_comes_first_a_conflict_tells_the_task_which_the_next_try_adopts(crm):
    crm.post("settings", {"graph_conditions": False})
    ids = leads(crm, 3)
    outcomes = hand_off(crm, ids, lambda: crm.tick(5) or crm.edit(ids[1], {"Company": "theirs"}))
    assert said(outcomes) == ["done", CHANGED_MEANWHILE, "done"]
    assert crm.value(ids[1], "Company") == "theirs"
    assert outcomes[1].task
    crm.tick(10)
    [again] = hand_off(crm, [ids[1]])
    assert (again.standing, again.task, again.adopted) == (Standing.DONE, outcomes[1].task, True)
    assert len(tasks_ever(crm)) == 3


@CONDITIONS
def test_a_lead_of_this_second_is_not_sent_at_all(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = crm.fill(2)
    with crm.connector() as connector:
        hand_offs = handed(connector, crm, ids)
        outcomes = list(connector.hand_off(hand_offs, hand_offs[0].update.modified))
    assert set(said(outcomes)) == {CHANGED_JUST_NOW}
    assert tasks_ever(crm) == []


# -- what cannot be handed off ----------------------------------------------------------------------------------------


@CONDITIONS
def test_an_owner_that_is_not_active_parks_the_hand_off(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    idle = crm.store.select("SELECT Id FROM User WHERE IsActive = 0")[0]["Id"]
    ids = leads(crm, 2)
    outcomes = hand_off(crm, ids, change=lambda one: replace(one, owner=idle) if one.update.id == ids[0] else one)
    assert [o.standing.value for o in outcomes] == ["parked", "done"]
    assert [task.lead for task in crm.tasks()] == [ids[1]]


@CONDITIONS
def test_a_lead_that_is_gone_is_void_and_an_owner_that_is_gone_is_not(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 3)
    absent = "005000000000000AAA"
    outcomes = hand_off(
        crm,
        ids,
        lambda: crm.delete(ids[0]),
        lambda one: replace(one, owner=absent) if one.update.id == ids[1] else one,
    )
    assert [o.standing.value for o in outcomes] == ["void", "parked", "done"]
    assert [task.lead for task in crm.tasks()] == [ids[2]]


@CONDITIONS
def test_a_lead_that_was_converted_is_parked(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 1)
    crm.act("convert", lead=ids[0])
    crm.tick(10)
    assert [o.standing for o in hand_off(crm, ids)] == [Standing.PARKED]
    assert crm.tasks() == []


@CONDITIONS
def test_a_lock_is_waited_for(crm, time, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 4)
    crm.pace = replace(crm.pace, sleep=lambda seconds: time.sleep(seconds) or crm.tick(seconds))
    outcomes = hand_off(crm, ids, lambda: crm.act("lock", object="Lead", ids=[ids[2]], seconds=3))
    assert {o.standing for o in outcomes} == {Standing.DONE}
    assert all_handed_off(crm, ids)


# -- the guarantee ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("honoured", "count", "once", "words"),
    [
        (True, 1, Once.ATOMIC, "one transaction"),
        (False, 1, Once.CLAIM, "a task comes first"),
        (True, 0, Once.ATOMIC, "assumed"),
    ],
)
def test_the_guarantee_says_what_the_organisation_can(crm, honoured, count, once, words):
    crm.post("settings", {"graph_conditions": honoured})
    crm.fill(count)
    with crm.connector() as connector:
        found = connector.guarantee()
    assert found.once is once
    assert words in found.message
    assert "connection test" in found.message


def test_a_user_who_may_not_see_tasks_creates_none(crm):
    crm.fill(1)
    hidden = Response(404, [{"errorCode": "NOT_FOUND", "message": "no"}])
    crm.app.faults.append(lambda request: hidden if request.path.endswith("/Task/describe") else None)
    with crm.connector() as connector:
        found = connector.guarantee()
    assert found.once is Once.NEVER
    assert "may not see it" in found.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unique": False}, "is not unique"),
        ({"externalId": False}, "is no external id"),
        ({"length": 20}, "is shorter than 40 characters"),
        ({"type": "double"}, "is no text field"),
        ({"createable": False}, "may not be written"),
        ({"filterable": False, "unique": False}, "is not unique and cannot be filtered by"),
        ({"name": "Other__c"}, "does not exist"),
    ],
)
def test_a_key_field_that_is_not_fit_creates_no_task(crm, change, words):
    ids = leads(crm, 1)
    with crm.connector() as connector:
        described = {"name": "Leadrelay_Key__c", "type": "string", "length": 40, "unique": True, "externalId": True}
        field = described | {"filterable": True, "createable": True} | change

        def fault(request):
            return Response(200, {"fields": [field]}) if request.path.endswith("/Task/describe") else None

        crm.app.faults.append(fault)
        found = connector.guarantee()
        assert found.once is Once.NEVER
        assert words in found.message
        assert "Leadrelay_Key__c" in found.cure
        with pytest.raises(Refused, match="Leadrelay_Key__c"):
            list(connector.hand_off(handed(connector, crm, ids)))
    assert tasks_ever(crm) == []


# -- the contract where graphs know no conditions, or tell duplicates by all nodes ------------------------------------


class TestClaimFirst:
    @pytest.fixture
    def crm(self, salesforce_crm):
        salesforce_crm.post("settings", {"graph_conditions": False, "bin_keeps_unique": False})
        return salesforce_crm

    test_creates = WireContract.test_a_hand_off_creates_a_task_and_writes_the_lead
    test_adopts = WireContract.test_the_same_hand_off_again_adopts_and_creates_none
    test_owner = WireContract.test_the_owner_of_the_task_that_was_there_wins
    test_gone = WireContract.test_a_hand_off_of_a_lead_that_is_gone_is_void_and_leaves_no_task
    test_many = WireContract.test_more_hand_offs_than_fit_into_one_call
    test_deleted = WireContract.test_a_task_that_was_deleted_stays_deleted
