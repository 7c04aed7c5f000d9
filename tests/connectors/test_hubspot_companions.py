"""What goes along with a hand-off in HubSpot, its note and its follow-ups: each once, whatever gets lost."""

from contextlib import suppress
from dataclasses import replace

import pytest

from leadrelay.connectors.base import Once, Standing
from leadrelay.connectors.people import Note, TaskDraft
from leadrelay.errors import Unavailable
from leadrelay.sandbox.hubspot.objecttypes import TASKS
from leadrelay.sandbox.line import HangUp
from tests.connectors.contract import handed, left_after_losses

CREATE = "/crm/v3/objects/tasks/batch/create"
NOTED = "/crm/v3/objects/notes/batch/create"
DUE = "2026-12-01T09:00:00.000Z"


@pytest.fixture
def crm(hubspot_crm):
    yield hubspot_crm
    hubspot_crm.app.faults.clear()


@pytest.fixture
def connector(crm):
    with crm.connector() as found:
        yield found


def along(one):
    """A hand-off with a note and two follow-ups."""
    drafts = [
        TaskDraft(f"{one.key}-{at}", f"Follow up {at}", "text", "<p>html</p>", DUE, one.owner, kind, DUE)
        for at, kind in enumerate(("email", "linkedin"))
    ]
    note = Note(f"{one.key}-note", "Hand-off <b>", "5 < 6", "<p>5 &lt; 6</p>")
    return replace(one, html="<p>the form</p>", remind=DUE, kind="call", note=note, more=tuple(drafts))


def handed_along(connector, crm, ids):
    return [along(one) for one in handed(connector, crm, ids)]


def leads(crm, connector, count=1):
    ids = crm.fill(count)
    crm.tick(10)
    return ids, handed_along(connector, crm, ids)


def notes(crm):
    return crm.store.select("SELECT * FROM notes WHERE _archived IS NULL")


def of_leads(crm, kind):
    sql = "SELECT to_id, count(*) FROM associations WHERE from_type = ? AND to_type = 'contacts' GROUP BY to_id"
    return {str(lead): count for lead, count in crm.store.db.execute(sql, (kind,))}


def hang_up():
    raise HangUp


def test_a_hand_off_brings_its_note_and_its_follow_ups(crm, connector):
    [lead], [hand_off] = leads(crm, connector)
    [outcome] = connector.hand_off([hand_off], crm.clock())
    assert (outcome.standing, outcome.adopted) == (Standing.DONE, False)
    rows = {row["leadrelay_key"]: row for row in crm.store.select("SELECT * FROM tasks")}
    task = rows[hand_off.key]
    assert outcome.task == str(task[crm.store.key])
    assert (task["hs_task_body"], task["hs_task_type"]) == ("<p>the form</p>", "CALL")
    assert task["hs_task_reminders"] == "1796115600000"
    assert [rows[draft.key]["hs_task_type"] for draft in hand_off.more] == ["EMAIL", "LINKED_IN_MESSAGE"]
    assert {row["hs_task_body"] for key, row in rows.items() if key != hand_off.key} == {"<p>html</p>"}
    [note] = notes(crm)
    assert note["hs_note_body"] == "<p><strong>Hand-off &lt;b&gt;</strong></p><p>5 &lt; 6</p>"
    assert (note["leadrelay_key"], note["hubspot_owner_id"]) == (hand_off.note.key, hand_off.owner)
    assert (of_leads(crm, "tasks"), of_leads(crm, "notes")) == ({lead: 3}, {lead: 1})


def test_without_html_the_text_is_shown_and_nothing_of_it_is_markup(crm, connector):
    _, [hand_off] = leads(crm, connector)
    bare = replace(hand_off, html="", note=replace(hand_off.note, html=""), more=())
    list(connector.hand_off([bare]))
    assert crm.store.select("SELECT hs_task_body FROM tasks")[0]["hs_task_body"] == "5 &lt; 6 &amp; more<br>second line"
    assert notes(crm)[0]["hs_note_body"].endswith("5 &lt; 6")


def test_the_same_again_doubles_nothing_and_what_a_person_deleted_stays_deleted(crm, connector):
    _, hand_offs = leads(crm, connector, 2)
    list(connector.hand_off(hand_offs))
    claims = connector.claims([hand_offs[0].more[0].key, hand_offs[0].note.key])
    crm.delete_task(claims[hand_offs[0].more[0].key].task)
    before = connector.calls
    assert {(one.standing, one.adopted) for one in connector.hand_off(hand_offs)} == {(Standing.DONE, True)}
    assert connector.calls - before <= 6
    assert (len(crm.tasks()), len(notes(crm))) == (5, 2)


@pytest.mark.parametrize("path", [CREATE, NOTED])
@pytest.mark.parametrize("side", ["before", "after"])
def test_whatever_is_lost_on_the_way_is_created_once(crm, connector, path, side):
    ids, hand_offs = leads(crm, connector, 3)
    crm.meanwhile(path, hang_up, side=side)
    assert {one.standing for one in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert of_leads(crm, "tasks") == dict.fromkeys(ids, 3)
    assert of_leads(crm, "notes") == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("path", [CREATE, NOTED])
def test_what_is_sent_twice_is_created_once(crm, connector, path):
    """A proxy that repeats a request on its own."""
    ids, hand_offs = leads(crm, connector, 3)
    crm.post("faults", {"faults": [{"kind": "twice", "method": "POST", "path": path}]})
    try:
        outcomes = list(connector.hand_off(hand_offs))
    finally:
        crm.post("faults", {"faults": []})
    assert {one.standing for one in outcomes} == {Standing.DONE}
    assert of_leads(crm, "tasks") == dict.fromkeys(ids, 3)
    assert of_leads(crm, "notes") == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("path", [CREATE, NOTED])
def test_a_task_that_is_there_means_that_all_of_it_is(crm, path):
    """A kill between any two calls: the next run finds the claim last of all, or makes it."""
    for stop in range(1, 4):
        with crm.connector() as connector:
            ids, hand_offs = leads(crm, connector, 2)
            seen = []

            def kill(request, side, path=path, seen=seen, stop=stop):
                if side == "after" and request.path == path:
                    seen.append(1)
                if len(seen) >= stop:
                    raise HangUp

            crm.line.interceptors.append(kill)
            with suppress(Unavailable):
                list(connector.hand_off(hand_offs))
            crm.line.interceptors.clear()
        keys = {task.key for task in crm.tasks()}
        for one in hand_offs:
            if one.key in keys:
                assert {draft.key for draft in one.more} <= keys
                assert one.note.key in {row["leadrelay_key"] for row in notes(crm)}
        with crm.connector() as connector:
            assert {one.standing for one in connector.hand_off(hand_offs)} == {Standing.DONE}
        assert {lead: of_leads(crm, "tasks")[lead] for lead in ids} == dict.fromkeys(ids, 3)
        assert {lead: of_leads(crm, "notes")[lead] for lead in ids} == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "settings",
    [{}, {"unique_notes": False}, {"unique_notes": False, "unique_tasks": False}, {"no_property": True}],
    ids=["claims", "notes-marked", "all-marked", "notes-in-words"],
)
def test_a_quarter_of_all_replies_lost_doubles_nothing(crm, settings, seed):
    if settings == {"no_property": True}:
        crm.act("drop_property", object="notes", property="leadrelay_key")
    else:
        crm.post("settings", settings)
    ids = crm.fill(15)
    crm.tick(10)
    assert left_after_losses(crm, ids, handed_along, lost=0.25, seed=seed, tries=60) == []
    assert of_leads(crm, "tasks") == dict.fromkeys(ids, 3)
    assert of_leads(crm, "notes") == dict.fromkeys(ids, 1)


def test_a_follow_up_that_is_refused_parks_its_hand_off_alone_and_a_mended_one_goes_on(crm, connector):
    ids, hand_offs = leads(crm, connector, 3)
    gone = replace(hand_offs[1].more[1], owner="41635001")  # who left
    bad = replace(hand_offs[1], more=(hand_offs[1].more[0], gone))
    outcomes = list(connector.hand_off([hand_offs[0], bad, hand_offs[2]]))
    assert [one.standing for one in outcomes] == [Standing.DONE, Standing.PARKED, Standing.DONE]
    assert outcomes[1].code == "INVALID_OPTION"
    assert [one.along for one in outcomes] == [frozenset(), {bad.more[0].key}, frozenset()]
    assert crm.value(ids[1], "company") != "handed off"
    assert hand_offs[1].key not in {task.key for task in crm.tasks()}
    assert {one.standing for one in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert of_leads(crm, "tasks") == dict.fromkeys(ids, 3)
    assert of_leads(crm, "notes") == dict.fromkeys(ids, 1)


def test_claims_and_withdrawals_cover_what_goes_along(crm, connector):
    _, hand_offs = leads(crm, connector, 2)
    list(connector.hand_off(hand_offs))
    keys = [key for one in hand_offs for key in (one.key, *(draft.key for draft in one.more), one.note.key)]
    claims = connector.claims(keys)
    assert set(claims) == set(keys)
    assert not any(claim.touched or claim.deleted for claim in claims.values())
    note = claims[hand_offs[1].note.key]
    assert note.task.startswith("notes/")
    fields = {"hs_note_body": "a person's"}
    crm.post("edit", {"object": "notes", "id": note.task.removeprefix("notes/"), "fields": fields})
    assert connector.claims([note.key])[note.key].touched
    outcomes = {one.id: one for one in connector.withdraw([claims[key] for key in keys])}
    assert [key for key in keys if outcomes[key].standing is not Standing.DONE] == [note.key]
    assert (outcomes[note.key].standing, outcomes[note.key].message) == (Standing.PARKED, "somebody worked on the note")
    assert crm.tasks() == []
    assert [row["hs_note_body"] for row in notes(crm)] == ["a person's"]
    assert connector.claims(keys)[hand_offs[0].note.key].deleted


def test_notes_without_a_property_carry_their_key_in_words(crm):
    crm.act("drop_property", object="notes", property="leadrelay_key")
    with crm.connector() as connector:
        _, [hand_off] = leads(crm, connector)
        assert connector.guarantee().once is Once.CLAIM
        assert connector.guarantee().wait_seconds > 0
        list(connector.hand_off([hand_off]))
        claims = connector.claims([hand_off.note.key])
        assert notes(crm)[0]["hs_note_body"].endswith(f"<p>leadrelay key: {hand_off.note.key}</p>")
        assert [one.standing for one in connector.withdraw(list(claims.values()))] == [Standing.DONE]
    assert notes(crm) == []


@pytest.mark.parametrize(
    ("absent", "taken"),
    [([], "LINKED_IN_MESSAGE"), (["LINKED_IN_MESSAGE"], "LINKED_IN"), (["LINKED_IN_MESSAGE", "LINKED_IN"], "TODO")],
)
def test_a_portal_without_tasks_for_linked_in_gets_what_it_has(crm, connector, absent, taken):
    kind = crm.app.portal.properties(TASKS)["hs_task_type"]
    left = tuple(option for option in kind.options if option.value not in absent)
    with crm.store.transaction():
        crm.app.portal.change(TASKS, replace(kind, options=left))
    _, [hand_off] = leads(crm, connector)
    assert [one.standing for one in connector.hand_off([hand_off])] == [Standing.DONE]
    [row] = crm.store.select("SELECT * FROM tasks WHERE leadrelay_key = ?", [hand_off.more[1].key])
    assert row["hs_task_type"] == taken


def test_a_hundred_hand_offs_with_a_note_and_two_follow_ups_take_few_calls(crm, connector):
    _, hand_offs = leads(crm, connector, 100)
    connector.guarantee()
    before = connector.calls
    assert {one.standing for one in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert (
        connector.calls - before == 12
    )  # 8 for the tasks alone, 2 for the follow-ups, 1 for the notes, 1 for the type
    assert not [path for path in crm.requests() if "search" in path]
    assert (len(crm.tasks()), len(notes(crm))) == (300, 100)
