"""What goes along with a hand-off in Salesforce: reminder, note and follow-ups, with its task or not at all."""

from contextlib import suppress
from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import CHANGED_MEANWHILE, UNKNOWN, Standing
from leadrelay.connectors.people import Note, TaskDraft
from leadrelay.errors import Refused, Unavailable
from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.writes import Caller, Writer
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import handed

GRAPH = "POST /services/data/{version}/composite/graph"
MODES = pytest.mark.parametrize("mode", ["conditions", "no conditions", "no graphs"])
REMIND = "2026-12-01T08:45:00.000Z"


@pytest.fixture
def crm(salesforce_crm):
    yield salesforce_crm
    salesforce_crm.app.faults.clear()
    requests.delete(f"{salesforce_crm.url}/_sandbox/faults", timeout=10)


def turn(crm, mode):
    crm.post("settings", {"graph_conditions": mode == "conditions"})
    if mode == "no graphs":
        no = Response(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}])
        crm.app.faults.append(lambda request: no if request.path.endswith("/composite/graph") else None)


def drafts(lead, count):
    kinds = ("email", "call", "linkedin", "todo")
    due = "2026-12-02T09:00:00.000Z"
    return tuple(
        TaskDraft(f"c{at}-{lead.lower()}", f"Touch {at}", "text", "", due, kind=kinds[at % 4]) for at in range(count)
    )


def dressed(one, count=2):
    lead = one.update.id
    more = tuple(replace(draft, owner=one.owner) for draft in drafts(lead, count))
    note = Note(f"n-{lead.lower()}", "Handed off", "what is known", "")
    return replace(one, remind=REMIND, kind="call", note=note, more=more)


def leads(crm, count):
    ids = crm.fill(count)
    crm.tick(10)
    return ids


def hand_off(crm, ids, happens=lambda: None, change=dressed):
    with crm.connector() as connector:
        as_of, hand_offs = crm.clock(), [change(one) for one in handed(connector, crm, ids)]
        happens()
        return list(connector.hand_off(hand_offs, as_of))


def said(outcomes):
    return [outcome.code or outcome.standing.value for outcome in outcomes]


def ever(crm, name):
    """Deleted ones too, by lead."""
    about = "ParentId" if name == "Note" else "WhoId"
    return sorted(row[about] for row in crm.store.select(f'SELECT {about} FROM "{name}"'))


def complete(crm, ids):
    """Every lead has three tasks and a note, never more."""
    assert ever(crm, "Note") == sorted(ids)
    assert ever(crm, "Task") == sorted([*ids] * 3)
    return True


# -- what is created --------------------------------------------------------------------------------------------------


@MODES
def test_a_hand_off_comes_with_its_note_and_follow_ups(crm, mode):
    turn(crm, mode)
    ids = leads(crm, 3)
    outcomes = hand_off(crm, ids)
    assert said(outcomes) == ["done"] * 3
    assert complete(crm, ids)
    task = crm.store.get("Task", outcomes[0].task)
    assert (task["IsReminderSet"], task["ReminderDateTime"], task["TaskSubtype"]) == (1, REMIND, "Call")
    assert task["Leadrelay_Key__c"] == f"lsx1-{ids[0].lower()}"
    assert {crm.value(one, "OwnerId") for one in ids} == {crm.owners[0]}
    [note] = crm.store.select("SELECT Title, Body FROM Note WHERE ParentId = ?", (ids[0],))
    assert (note["Title"], note["Body"].splitlines()[0]) == ("Handed off", "what is known")
    rows = crm.store.select("SELECT TaskSubtype FROM Task WHERE WhoId = ? AND Subject LIKE 'Touch%'", (ids[0],))
    assert [row["TaskSubtype"] for row in rows] == ["Email", "Call"]


@MODES
def test_without_an_owner_the_crm_tells_whom_it_gave_the_task(crm, mode):
    turn(crm, mode)
    ids = leads(crm, 2)
    outcomes = hand_off(crm, ids, change=lambda one: dressed(replace(one, owner="")))
    assert said(outcomes) == ["done"] * 2
    assert {outcome.owner for outcome in outcomes} == {task.owner for task in crm.tasks()}
    assert complete(crm, ids)


def test_what_a_task_cannot_say_here_is_left_out(crm):
    for field in ("ReminderDateTime", "TaskSubtype"):
        crm.act("hide_field", object="Task", field=field)
    ids = leads(crm, 1)
    [outcome] = hand_off(crm, ids)
    task = crm.store.get("Task", outcome.task)
    assert (task["IsReminderSet"], task["ReminderDateTime"], task["TaskSubtype"] != "Call") == (0, None, True)


def test_a_long_note_is_cut_and_one_without_a_title_has_the_task_s(crm):
    ids = leads(crm, 2)
    texts = {ids[0]: ("t" * 200, "b" * 40_000), ids[1]: ("", "b")}

    def long(one):
        title, body = texts[one.update.id]
        return replace(one, note=Note("n", title, body))

    assert said(hand_off(crm, ids, change=long)) == ["done"] * 2
    rows = crm.store.select("SELECT Title, length(Body) AS size FROM Note ORDER BY ParentId")
    assert [(row["Title"], row["size"] > 30_000) for row in rows] == [("t" * 80, True), ("Call <them> & tell", False)]


# -- calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("follow_ups", "graphs"), [(2, 1), (3, 1), (4, 2), (6, 2)])
def test_75_hand_offs_are_one_call_while_the_nodes_allow(crm, follow_ups, graphs):
    ids = leads(crm, 75)
    assert said(hand_off(crm, ids, change=lambda one: dressed(one, follow_ups))) == ["done"] * 75
    assert crm.requests()[GRAPH] == 1 + graphs
    assert ever(crm, "Task") == sorted([*ids] * (1 + follow_ups))


# -- once -------------------------------------------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("kind", ["drop-reply", "drop-request", "twice"])
@pytest.mark.parametrize("path", ["*/composite/graph", "*/composite/sobjects", "*/queryAll"])
def test_whatever_is_lost_or_comes_twice_nothing_is_there_twice(crm, mode, kind, path):
    turn(crm, mode)
    ids = leads(crm, 4)
    fault = {"kind": kind, "path": path, "times": 2, "after": 1 if path.endswith("graph") else 0}
    first = hand_off(crm, ids, lambda: crm.post("faults", {"faults": [fault]}))
    assert {outcome.code for outcome in first} <= {"", CHANGED_MEANWHILE, UNKNOWN}
    crm.tick(10)
    assert said(hand_off(crm, ids)) == ["done"] * 4
    assert complete(crm, ids)


@MODES
def test_with_a_third_of_the_answers_lost_each_is_there_once(crm, mode):
    turn(crm, mode)
    ids = left = leads(crm, 20)
    lossy = [{"kind": "drop-reply", "probability": 0.3}, {"kind": "drop-request", "probability": 0.1}]
    crm.post("faults", {"faults": lossy, "seed": 11})
    for _ in range(30):
        crm.tick(10)
        with suppress(Unavailable):
            left = [outcome.id for outcome in hand_off(crm, left) if outcome.standing is not Standing.DONE]
    assert left == []
    assert complete(crm, ids)


@MODES
def test_a_task_that_is_there_has_its_note_and_follow_ups_already(crm, mode):
    turn(crm, mode)
    ids = leads(crm, 3)
    hand_off(crm, ids)
    crm.tick(10)
    again = hand_off(crm, ids)
    assert [outcome.adopted for outcome in again] == [True] * 3
    assert complete(crm, ids)


@MODES
def test_a_follow_up_that_is_there_is_not_asked_for_again(crm, mode):
    turn(crm, mode)
    ids = leads(crm, 2)
    there = {"Leadrelay_Key__c": f"c1-{ids[0].lower()}", "WhoId": ids[0]}
    Writer(crm.app.org).create(objects.OBJECTS["Task"], there, Caller("api", crm.app.org.user_id()))
    assert said(hand_off(crm, ids)) == ["done"] * 2
    rows = crm.store.select("SELECT Leadrelay_Key__c AS key FROM Task")
    assert len(rows) == len({row["key"] for row in rows}) == 6


@MODES
def test_what_cannot_be_created_takes_its_hand_off_with_it(crm, mode):
    turn(crm, mode)
    ids = leads(crm, 2)

    def broken(one):
        one = dressed(one)
        bad = replace(one.more[1], owner="005000000000009AAA")
        return replace(one, more=(one.more[0], bad)) if one.update.id == ids[0] else one

    first, second = hand_off(crm, ids, change=broken)
    assert (first.standing, second.standing) == (Standing.PARKED, Standing.DONE)
    assert complete(crm, ids[1:])


def test_notes_out_of_sight_stop_the_hand_off_with_the_way_out(crm):
    crm.act("hide_object", object="Note")
    ids = leads(crm, 1)
    with pytest.raises(Refused, match="note = false"):
        hand_off(crm, ids)
    assert said(hand_off(crm, ids, change=lambda one: replace(dressed(one), note=None))) == ["done"]


# -- taking back ------------------------------------------------------------------------------------------------------


def keys(lead):
    return [f"lsx1-{lead.lower()}", f"c0-{lead.lower()}", f"c1-{lead.lower()}"]


@pytest.fixture
def given(crm):
    ids = leads(crm, 2)
    hand_off(crm, ids)
    with crm.connector() as connector:
        claims = connector.claims([key for lead in ids for key in keys(lead)])
        yield connector, ids, list(claims.values())


def left(crm, name):
    return len(crm.store.select(f'SELECT Id FROM "{name}" WHERE IsDeleted = 0'))


def test_a_hand_off_is_taken_back_with_its_note_and_follow_ups(crm, given):
    connector, _, claims = given
    assert len(claims) == 6
    assert said(connector.withdraw(claims)) == ["done"] * 6
    assert (left(crm, "Task"), left(crm, "Note")) == (0, 0)


def test_a_note_that_somebody_changed_stays(crm, given):
    connector, ids, claims = given
    [note] = crm.store.select("SELECT Id FROM Note WHERE ParentId = ?", (ids[0],))
    crm.tick(5)
    crm.post("edit", {"object": "Note", "id": note["Id"], "fields": {"Title": "mine"}})
    assert said(connector.withdraw(claims)) == ["done"] * 6
    assert [row["Id"] for row in crm.store.select("SELECT Id FROM Note WHERE IsDeleted = 0")] == [note["Id"]]


def test_other_notes_of_the_lead_stay(crm, given):
    connector, _, claims = given
    api = crm.app.org.user_id()
    row = crm.store.select("SELECT * FROM Note")[0]
    crm.store.insert("Note", [{**row, "Id": "002000000000009AAA", "Body": "ours, of another", "CreatedById": api}], "x")
    assert said(connector.withdraw(claims)) == ["done"] * 6
    assert left(crm, "Note") == 1


def test_a_task_that_stays_keeps_its_note(crm, given):
    connector, _, claims = given
    own = next(claim for claim in claims if claim.key.startswith("lsx1"))
    crm.work_on(own.task)
    assert sorted(said(connector.withdraw(claims))) == ["TOUCHED", *["done"] * 5]
    assert (left(crm, "Task"), left(crm, "Note")) == (1, 1)


def test_a_note_that_is_locked_is_waited_for_before_its_task_goes(crm, given):
    connector, _, claims = given
    busy = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "no", "fields": []}]}
    answers = [Response(200, [busy] * 2)]
    crm.app.faults.append(lambda request: answers.pop() if request.method == "DELETE" and answers else None)
    assert said(connector.withdraw(claims)) == ["done"] * 6
    assert (left(crm, "Task"), left(crm, "Note")) == (0, 0)


@pytest.mark.parametrize("after", [0, 1])
def test_taking_back_whose_answer_is_lost_is_told_as_ours(crm, given, after):
    connector, _, claims = given
    lost = {"kind": "drop-reply", "method": "DELETE", "path": "*/composite/sobjects", "times": 1, "after": after}
    crm.post("faults", {"faults": [lost]})
    assert said(connector.withdraw(claims)) == ["done"] * 6
    assert (left(crm, "Task"), left(crm, "Note")) == (0, 0)
