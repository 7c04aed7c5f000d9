"""Hand-offs in HubSpot: the task is the claim, whatever gets lost or comes between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import orjson
import pytest

from leadrelay.connectors.base import CHANGED_MEANWHILE, Once, Standing
from leadrelay.errors import Refused
from leadrelay.sandbox.line import HangUp
from leadrelay.sandbox.wire import Request, Response
from tests.connectors.contract import handed, left_after_losses

CREATE = "/crm/v3/objects/tasks/batch/create"


@pytest.fixture
def crm(hubspot_crm):
    faults = hubspot_crm.app.faults
    yield hubspot_crm
    faults.clear()


@pytest.fixture
def connector(crm):
    with crm.connector() as found:
        yield found


def hang_up():
    raise HangUp


def leads(crm, connector, count=1):
    ids = crm.fill(count)
    crm.tick(10)
    return ids, handed(connector, crm, ids)


def somebody_else_hands_off(crm, hand_off, owner):
    """Another installation, which computes the same key; from within a request of ours."""
    properties = {"leadrelay_key": hand_off.key, "hs_timestamp": hand_off.due, "hubspot_owner_id": owner}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]
    body = {"properties": properties, "associations": [{"to": {"id": hand_off.update.id}, "types": types}]}
    request = Request("POST", "", body=orjson.dumps(body), parts={"type": "tasks"}, actor="integration")
    with crm.store.transaction():
        assert crm.app._objects.create(request).status == 201


# -- the claim --------------------------------------------------------------------------------------------------------


def test_a_task_whose_answer_got_lost_is_adopted(crm, connector):
    ids, hand_offs = leads(crm, connector, 3)
    crm.meanwhile(CREATE, hang_up, side="after")
    outcomes = list(connector.hand_off(hand_offs))
    assert {(o.standing, o.owner) for o in outcomes} == {(Standing.DONE, crm.owners[0])}
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids)


def test_a_request_that_got_lost_is_sent_again(crm, connector):
    ids, hand_offs = leads(crm, connector, 3)
    crm.meanwhile(CREATE, hang_up)
    assert {o.standing for o in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids)


@pytest.mark.parametrize("duplicate_answer", ["validation", "conflict"])
@pytest.mark.parametrize("traced", [True, False], ids=["by-input", "all-or-nothing"])
def test_a_task_that_comes_between_our_look_and_our_create_is_adopted(crm, connector, duplicate_answer, traced):
    ids, hand_offs = leads(crm, connector, 5)
    crm.post("settings", {"duplicate_answer": duplicate_answer})
    if not traced:
        crm.app.faults.append(without_traces)
    other = crm.owners[1]
    crm.meanwhile(CREATE, lambda: [somebody_else_hands_off(crm, hand_offs[at], other) for at in (1, 3)])
    outcomes = list(connector.hand_off(hand_offs))
    assert [(o.standing, o.adopted) for o in outcomes] == [(Standing.DONE, at in (1, 3)) for at in range(5)]
    owners = [other if at in (1, 3) else crm.owners[0] for at in range(5)]
    assert [o.owner for o in outcomes] == owners
    assert [crm.value(one, "hubspot_owner_id") for one in ids] == owners
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids)


def without_traces(request):
    """A HubSpot that knows no trace ids: the first problem undoes the whole call."""
    if request.path == CREATE:
        body = request.json()
        for given in body["inputs"]:
            given.pop("objectWriteTraceId")
        request.body = orjson.dumps(body)


@pytest.mark.parametrize("traced", [True, False], ids=["by-input", "all-or-nothing"])
def test_one_bad_task_never_fails_the_others(crm, connector, traced):
    ids, hand_offs = leads(crm, connector, 20)
    hand_offs[7] = replace(hand_offs[7], owner="41635001")  # who left
    if not traced:
        crm.app.faults.append(without_traces)
    outcomes = list(connector.hand_off(hand_offs))
    assert [o.id for o in outcomes if o.standing is not Standing.DONE] == [ids[7]]
    assert (outcomes[7].standing, outcomes[7].code) == (Standing.PARKED, "INVALID_OPTION")
    assert outcomes[7].message.startswith("hubspot_owner_id: ")
    assert len(crm.tasks()) == 19
    assert crm.value(ids[7], "company") != "handed off"


@pytest.mark.parametrize("bin_keeps_unique", [True, False])
def test_a_task_that_a_person_deleted_is_not_created_again(crm, bin_keeps_unique):
    crm.post("settings", {"bin_keeps_unique": bin_keeps_unique})
    with crm.connector() as connector:
        _, hand_offs = leads(crm, connector)
        [first] = connector.hand_off(hand_offs)
        crm.delete_task(first.task)
    with crm.connector() as connector:
        [again] = connector.hand_off(hand_offs)
        assert connector.claims([hand_offs[0].key])[hand_offs[0].key].deleted
    assert (again.task, again.adopted) == (first.task, True)
    assert crm.tasks() == []


def test_another_installation_that_did_the_whole_hand_off_is_no_conflict(crm, connector):
    [lead], [hand_off] = leads(crm, connector)
    update = replace(hand_off.update, guarded={**hand_off.update.guarded, "hubspot_owner_id": None})
    with crm.connector() as other:
        list(other.hand_off(handed(other, crm, [lead], owner=crm.owners[1])))
    [outcome] = connector.hand_off([replace(hand_off, update=update)])
    assert (outcome.standing, outcome.owner, outcome.adopted) == (Standing.DONE, crm.owners[1], True)
    assert dict(outcome.kept) == {}
    assert crm.value(lead, "hubspot_owner_id") == crm.owners[1]
    assert len(crm.tasks()) == 1


def test_a_lead_whose_owner_a_person_chose_keeps_it_though_the_task_is_anothers(crm, connector):
    [lead], [hand_off] = leads(crm, connector)
    update = replace(hand_off.update, guarded={"hubspot_owner_id": None})
    crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(lead, {"hubspot_owner_id": "41630113"}))
    [outcome] = connector.hand_off([replace(hand_off, update=update)])
    assert (outcome.standing, dict(outcome.kept)) == (Standing.DONE, {"hubspot_owner_id": "41630113"})
    assert crm.value(lead, "hubspot_owner_id") == "41630113"


def test_a_lead_that_goes_between_our_look_and_our_create_leaves_no_task(crm, connector):
    ids, hand_offs = leads(crm, connector, 3)
    crm.meanwhile(CREATE, lambda: crm.app.control.actions["delete"]({"object": "contacts", "id": ids[1]}))
    outcomes = list(connector.hand_off(hand_offs))
    assert [o.standing for o in outcomes] == [Standing.DONE, Standing.VOID, Standing.DONE]
    assert sorted(task.lead for task in crm.tasks()) == [ids[0], ids[2]]


def test_a_person_who_comes_between_the_task_and_the_lead_keeps_the_field_and_the_task_is_told(crm, connector):
    [lead], hand_offs = leads(crm, connector)
    crm.meanwhile(CREATE, lambda: crm.edit_here(lead, {"company": "a person's"}), side="after")
    [outcome] = connector.hand_off(hand_offs)
    assert (outcome.standing, outcome.code) == (Standing.PENDING, CHANGED_MEANWHILE)
    assert [(task.id, task.owner) for task in crm.tasks()] == [(outcome.task, outcome.owner)]
    assert crm.value(lead, "company") == "a person's"
    [again] = connector.hand_off(handed(connector, crm, [lead]))
    assert (again.standing, again.task, again.adopted) == (Standing.DONE, outcome.task, True)
    assert len(crm.tasks()) == 1


def test_a_lead_that_was_merged_away_gets_no_task(crm, connector):
    ids, hand_offs = leads(crm, connector, 2)
    crm.merge(*ids)
    outcomes = list(connector.hand_off(hand_offs[1:]))
    assert [(o.standing, o.code) for o in outcomes] == [(Standing.VOID, "MERGED")]
    assert crm.tasks() == []


def test_a_key_that_goes_away_is_told_and_no_task_is_created(crm, connector):
    _, hand_offs = leads(crm, connector)
    connector.guarantee()
    crm.act("drop_property", object="tasks", property="leadrelay_key")
    with pytest.raises(Refused):
        list(connector.hand_off(hand_offs))
    assert crm.store.select("SELECT * FROM tasks") == []


def test_outside_text_never_becomes_markup(crm, connector):
    _, [hand_off] = leads(crm, connector)
    body = "<script>alert('x')</script> & \"more\"\r\nsecond\nthird"
    list(connector.hand_off([replace(hand_off, body=body)]))
    [row] = crm.store.select("SELECT hs_task_body FROM tasks")
    assert row["hs_task_body"] == (
        "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;more&quot;<br>second<br>third"
    )


def test_a_hand_off_without_owner_is_left_to_the_crm(crm, connector):
    [lead], [hand_off] = leads(crm, connector)
    update = replace(hand_off.update, fields={"company": "handed off"})
    [outcome] = connector.hand_off([replace(hand_off, update=update, owner="", owner_field="")])
    assert (outcome.standing, outcome.owner) == (Standing.DONE, "")
    assert crm.value(lead, "hubspot_owner_id") is None


def test_a_hundred_hand_offs_take_few_calls_and_no_search(crm, connector):
    _, hand_offs = leads(crm, connector, 100)
    connector.guarantee()
    before = connector.calls
    assert {o.standing for o in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert connector.calls - before == 8
    assert not [path for path in crm.requests() if "search" in path]


@pytest.mark.parametrize(
    "work",
    [{"hs_task_subject": "mine"}, {"hs_task_status": "COMPLETED"}, {"hubspot_owner_id": "41630113"}],
    ids=["subject", "status", "owner"],
)
def test_what_a_person_does_to_a_task_counts_as_touched(crm, connector, work):
    _, hand_offs = leads(crm, connector, 2)
    tasks = [o.task for o in connector.hand_off(hand_offs)]
    crm.post("edit", {"object": "tasks", "id": tasks[0], "fields": work})
    claims = connector.claims([one.key for one in hand_offs])
    assert [claims[one.key].touched for one in hand_offs] == [True, False]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unique", [True, False], ids=["claim", "marker"])
def test_a_third_of_all_replies_lost_makes_no_second_task(crm, unique, seed):
    crm.post("settings", {"unique_tasks": unique})
    ids = crm.fill(40)
    crm.tick(10)
    assert left_after_losses(crm, ids, handed, lost=0.3, seed=seed, tries=30) == []
    assert sorted(task.lead for task in crm.tasks()) == sorted(ids)
    assert {task.lead: task.owner for task in crm.tasks()} == {one: crm.value(one, crm.owner) for one in ids}


def test_two_installations_at_once_make_one_task_each_and_one_owner(crm):
    ids = crm.fill(60)
    crm.tick(10)

    def installation(at):
        order = list(ids)
        Random(at).shuffle(order)
        with crm.connector() as connector:
            for start in range(0, len(order), 4):
                some = order[start : start + 4]
                while some:
                    outcomes = list(connector.hand_off(handed(connector, crm, some, owner=crm.owners[at])))
                    some = [o.id for o in outcomes if o.standing is not Standing.DONE]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(installation, (0, 1)))
    tasks = crm.tasks()
    assert sorted(task.lead for task in tasks) == sorted(ids)
    assert {task.lead: task.owner for task in tasks} == {one: crm.value(one, crm.owner) for one in ids}


# -- the weaker guarantee ---------------------------------------------------------------------------------------------


@pytest.fixture
def plain(crm):
    """A portal that refuses a unique property for tasks."""
    crm.post("settings", {"unique_tasks": False})
    return crm


def test_a_key_that_is_not_unique_is_told_with_its_cure(plain):
    with plain.connector() as connector:
        found = connector.guarantee()
    assert found.once is Once.MARKER
    assert "leadrelay_key is not unique" in found.message
    assert "Require unique values" in found.cure


def test_without_a_unique_key_the_leads_own_tasks_are_read_first(plain):
    with plain.connector() as connector:
        ids, hand_offs = leads(plain, connector, 3)
        first = list(connector.hand_off(hand_offs))
    with plain.connector() as connector:
        again = list(connector.hand_off(hand_offs))
        claims = connector.claims([one.key for one in hand_offs])
    assert [(o.standing, o.task, o.adopted) for o in again] == [(Standing.DONE, o.task, True) for o in first]
    assert [claims[one.key].task for one in hand_offs] == [o.task for o in first]
    assert sorted(task.lead for task in plain.tasks()) == sorted(ids)
    assert not [path for path in plain.requests() if "search" in path]


def test_without_a_unique_key_the_tasks_that_a_merge_brought_along_are_found_in_a_later_run(plain):
    with plain.connector() as connector:
        ids, hand_offs = leads(plain, connector, 2)
        [outcome] = connector.hand_off(hand_offs[1:])
    survivor = str(plain.merge(*ids))
    with plain.connector() as connector:
        assert set(connector.families([survivor])[survivor]) == set(ids)
        claims = connector.claims([one.key for one in hand_offs])
    assert {key: claim.task for key, claim in claims.items()} == {hand_offs[1].key: outcome.task}


@pytest.mark.parametrize(
    ("side", "second"),
    [("before", (Standing.PENDING, "UNKNOWN", False)), ("after", (Standing.DONE, "", True))],
    ids=["request", "reply"],
)
def test_without_a_unique_key_a_create_without_answer_is_never_sent_again_in_this_run(plain, side, second):
    with plain.connector() as connector:
        _, hand_offs = leads(plain, connector, 2)
        step = plain.meanwhile(CREATE, hang_up, side=side)
        assert {(o.standing, o.code) for o in connector.hand_off(hand_offs)} == {(Standing.PENDING, "UNKNOWN")}
        assert {(o.standing, o.code, o.adopted) for o in connector.hand_off(hand_offs)} == {second}
        assert step.seen == 1
    with plain.connector() as connector:
        assert {o.standing for o in connector.hand_off(hand_offs)} == {Standing.DONE}
    assert len(plain.tasks()) == 2


@pytest.mark.parametrize("status", [502, 504])
def test_without_a_unique_key_a_gateway_that_gave_up_leaves_it_unknown(plain, status):
    plain.app.faults.append(lambda request: Response(status) if request.path == CREATE else None)
    with plain.connector() as connector:
        _, hand_offs = leads(plain, connector)
        [outcome] = connector.hand_off(hand_offs)
    assert (outcome.standing, outcome.code) == (Standing.PENDING, "UNKNOWN")
    assert "within 120 seconds" in outcome.message


def test_without_a_unique_key_too_many_requests_are_still_waited_out(plain):
    left = [Response(429, {"status": "error", "errorType": "RATE_LIMIT"})]
    plain.app.faults.append(lambda request: left.pop() if left and request.path == CREATE else None)
    with plain.connector() as connector:
        _, hand_offs = leads(plain, connector)
        assert [o.standing for o in connector.hand_off(hand_offs)] == [Standing.DONE]


def test_a_lead_with_many_tasks_of_others(plain):
    with plain.connector() as connector:
        _, hand_offs = leads(plain, connector)
        for at in range(120):
            somebody_else_hands_off(plain, replace(hand_offs[0], key=f"other-{at}"), plain.owners[1])
        [outcome] = connector.hand_off(hand_offs)
        [again] = connector.hand_off(hand_offs)
    assert (outcome.standing, again.task, again.adopted) == (Standing.DONE, outcome.task, True)


def test_tasks_are_withdrawn_without_a_unique_key_too(plain):
    with plain.connector() as connector:
        _, hand_offs = leads(plain, connector)
        list(connector.hand_off(hand_offs))
        claims = connector.claims([hand_offs[0].key])
        assert [o.standing for o in connector.withdraw(list(claims.values()))] == [Standing.DONE]
    assert plain.tasks() == []


# -- no guarantee -----------------------------------------------------------------------------------------------------


def test_without_the_property_no_task_is_created(crm, connector):
    _, hand_offs = leads(crm, connector)
    crm.act("drop_property", object="tasks", property="leadrelay_key")
    found = connector.guarantee()
    assert found.once is Once.NEVER
    assert "leadrelay_key" in found.message
    assert "Require unique values" in found.cure
    with pytest.raises(Refused, match="no property leadrelay_key"):
        list(connector.hand_off(hand_offs))
    assert connector.claims([hand_offs[0].key]) == {}
    assert crm.tasks() == []
