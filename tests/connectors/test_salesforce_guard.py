"""Guarded writes to Salesforce: graphs and single requests under conditions, whatever comes between."""

from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import CHANGED_JUST_NOW, CHANGED_MEANWHILE, UNKNOWN, Standing, Update
from leadrelay.errors import Refused
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import WireContract, decided

GRAPH = "POST /services/data/{version}/composite/graph"
SINGLE = "PATCH /services/data/{version}/sobjects/Lead/{id}"


@pytest.fixture
def crm(salesforce_crm):
    yield salesforce_crm
    salesforce_crm.app.faults.clear()
    requests.delete(f"{salesforce_crm.url}/_sandbox/faults", timeout=10)


def leads(crm, count, seconds=10):
    """Leads that nobody touched for a while."""
    ids = crm.fill(count)
    crm.tick(seconds)
    return ids


def write(crm, ids, value="ours", happens=lambda: None, **settings):
    """Decide, let something happen, write; the outcomes."""
    with crm.connector(**settings) as connector:
        page, updates = decided(connector, crm, ids, value)
        happens()
        return list(connector.write(updates, page.as_of))


def codes(outcomes):
    return [outcome.code or outcome.standing.value for outcome in outcomes]


# -- packing ----------------------------------------------------------------------------------------------------------


def test_225_leads_are_one_call_after_the_probe(crm):
    ids = leads(crm, 225)
    outcomes = write(crm, ids)
    assert [o.id for o in outcomes] == ids
    assert {o.standing for o in outcomes} == {Standing.DONE}
    assert crm.requests()[GRAPH] == 2


def test_one_lead_that_changed_takes_no_other_with_it(crm):
    ids = leads(crm, 100)
    outcomes = write(crm, ids, happens=lambda: crm.tick(5) or crm.edit(ids[40], {"Company": "theirs"}))
    assert codes(outcomes) == [CHANGED_MEANWHILE if one == ids[40] else "done" for one in ids]
    assert crm.value(ids[40], "Company") == "theirs"
    assert crm.requests()[GRAPH] == 1 + 2


@pytest.mark.parametrize("failures", [14, 15])
def test_what_is_halted_after_too_many_failures_is_sent_again(crm, failures):
    crm.post("settings", {"graph_failures": failures})
    ids = leads(crm, 90)

    def people():
        crm.tick(5)
        for one in ids[:60:3]:
            crm.edit(one, {"Company": "theirs"})

    outcomes = write(crm, ids, happens=people)
    assert codes(outcomes) == [CHANGED_MEANWHILE if one in ids[:60:3] else "done" for one in ids]
    assert {crm.value(one, "Company") for one in ids[:60:3]} == {"theirs"}
    assert crm.requests()[GRAPH] <= 1 + 6


def test_everybody_changed_and_all_are_told_so(crm):
    ids = leads(crm, 60)
    outcomes = write(crm, ids, happens=lambda: crm.tick(5) or [crm.edit(one, {"Company": "theirs"}) for one in ids])
    assert set(codes(outcomes)) == {CHANGED_MEANWHILE}
    assert {crm.value(one, "Company") for one in ids} == {"theirs"}


def test_a_field_that_does_not_exist_is_refused_for_all_in_one_call(crm):
    ids = leads(crm, 200)
    with crm.connector() as connector:
        page, updates = decided(connector, crm, ids, "x")
        updates = [replace(update, fields={**update.fields, "NoSuch__c": 1}) for update in updates]
        outcomes = list(connector.write(updates, page.as_of))
    assert {(o.standing, o.code) for o in outcomes} == {(Standing.PARKED, "INVALID_FIELD")}
    assert all("NoSuch__c" in o.message for o in outcomes)
    assert crm.requests()[GRAPH] == 1 + 1


def test_guarded_and_unguarded_updates_keep_their_order(crm):
    ids = leads(crm, 30)
    with crm.connector() as connector:
        page, updates = decided(connector, crm, ids, "ours")
        mixed = [replace(update, guarded={}) if at % 2 else update for at, update in enumerate(updates)]
        outcomes = list(connector.write(mixed, page.as_of))
    assert [o.id for o in outcomes] == ids
    assert {o.standing for o in outcomes} == {Standing.DONE}


def test_a_bad_value_parks_its_lead_alone(crm):
    ids = leads(crm, 10)
    with crm.connector() as connector:
        page, updates = decided(connector, crm, ids, "ours")
        updates[4] = replace(updates[4], fields={"Website": "w" * 300})
        outcomes = list(connector.write(updates, page.as_of))
    assert codes(outcomes) == ["STRING_TOO_LONG" if one == ids[4] else "done" for one in ids]
    assert "Website" in outcomes[4].message


# -- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("honoured", [True, False])
def test_nobody_is_overwritten_whether_graphs_honour_conditions_or_not(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 7)
    outcomes = write(crm, ids, happens=lambda: crm.tick(5) or crm.edit(ids[3], {"Company": "theirs"}))
    assert codes(outcomes) == ["done"] * 3 + [CHANGED_MEANWHILE] + ["done"] * 3
    assert [crm.value(one, "Company") for one in ids] == ["ours"] * 3 + ["theirs"] + ["ours"] * 3
    assert crm.requests().get(SINGLE, 0) == (0 if honoured else 7)


@pytest.mark.parametrize("honoured", [True, False])
def test_the_probe_leaves_nothing_behind(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    [one] = leads(crm, 1)
    before = crm.store.get("Lead", one)
    with crm.connector() as connector:
        connector.guarantee()
    assert crm.store.get("Lead", one) == before
    assert crm.tasks() == []


def graph_answer(*nodes):
    """A graph of two nodes that failed, as Salesforce might tell it."""
    answers = [
        {
            "body": [{"errorCode": code, "message": "no"}],
            "httpHeaders": {},
            "httpStatusCode": status,
            "referenceId": f"n{at}",
        }
        for at, (status, code) in enumerate(nodes)
    ]
    body = {"graphId": "g0", "graphResponse": {"compositeResponse": answers}, "isSuccessful": False}
    return Response(200, {"graphs": [body]})


HALTED, ABSENT, LATE = (400, "PROCESSING_HALTED"), (404, "NOT_FOUND"), (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize(
    ("answer", "trusted"),
    [
        (graph_answer(LATE, HALTED), True),
        (graph_answer((412, "SOMETHING_NEW"), HALTED), True),
        (graph_answer((400, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"), ABSENT), True),
        (graph_answer(LATE, LATE), True),
        (graph_answer(HALTED, ABSENT), False),
        (graph_answer(ABSENT, ABSENT), False),
        (graph_answer(HALTED, HALTED), False),
        (graph_answer((400, "UNABLE_TO_LOCK_ROW"), HALTED), False),
        (Response(400, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}]), False),
        (Response(404, [{"errorCode": "NOT_FOUND", "message": "no"}]), False),
    ],
)
def test_graphs_are_trusted_only_where_the_condition_is_named_as_the_reason(crm, answer, trusted):
    ids = leads(crm, 3)
    probes = [answer] * 3

    def fault(request):
        is_probe = request.path.endswith("/composite/graph") and b"1990" in request.body
        return probes.pop() if is_probe and probes else None

    crm.app.faults.append(fault)
    assert codes(write(crm, ids)) == ["done"] * 3
    assert crm.requests().get(SINGLE, 0) == (0 if trusted else 3)


def test_a_probe_that_cannot_tell_asks_with_another_lead(crm):
    ids = leads(crm, 4)
    outcomes = write(crm, ids, happens=lambda: crm.delete(ids[0]))
    assert [o.standing.value for o in outcomes] == ["void", "done", "done", "done"]
    assert SINGLE not in crm.requests()


def test_a_lead_of_this_second_waits_and_one_of_the_last_does_not(crm):
    ids = crm.fill(2)
    stamp, as_of = "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:01.000Z"
    for field in ("SystemModstamp", "LastModifiedDate"):
        crm.store.db.execute(f'UPDATE "Lead" SET {field} = ?', [stamp])
    updates = [Update(one, {"Company": "ours"}, stamp, {"Company": "x"}) for one in ids]
    with crm.connector() as connector:
        assert set(codes(connector.write(updates, stamp))) == {CHANGED_JUST_NOW}
        assert connector.calls == 0
        assert set(codes(connector.write(updates[:1], as_of))) == {"done"}
        assert set(codes(connector.write(updates[1:]))) == {"done"}


def test_a_lead_whose_id_is_none_gets_into_no_address(crm):
    with crm.connector() as connector:
        bad = [Update("../Task/x?y=", {"Company": "x"}, "2026-03-01T10:00:00.000Z", {"Company": "y"})]
        assert codes(connector.write(bad)) == ["MALFORMED_ID"]
        assert connector.calls == 0


def test_a_guard_without_a_stamp_is_no_guard(crm):
    ids = leads(crm, 1)
    with crm.connector() as connector:
        assert codes(connector.write([Update(ids[0], {"Company": "x"}, "", {"Company": "y"})])) == [CHANGED_MEANWHILE]


def test_assignment_rules_stay_away_from_guarded_writes_too(crm):
    for honoured in (True, False):
        crm.post("settings", {"graph_conditions": honoured})
        ids = leads(crm, 3)
        owners = [crm.value(one, "OwnerId") for one in ids]
        assert codes(write(crm, ids)) == ["done"] * 3
        assert [crm.value(one, "OwnerId") for one in ids] == owners


# -- what comes between -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("honoured", [True, False])
def test_a_session_that_ends_takes_no_condition_along(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 4)

    def happens():
        crm.tick(5)
        crm.edit(ids[1], {"Company": "theirs"})
        crm.app.sessions.clear()

    assert codes(write(crm, ids, happens=happens)) == ["done", CHANGED_MEANWHILE, "done", "done"]
    assert crm.value(ids[1], "Company") == "theirs"
    assert crm.requests()["POST /services/oauth2/token"] == 2


@pytest.mark.parametrize("honoured", [True, False])
def test_a_write_whose_answer_is_lost_is_never_parked(crm, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 4)

    def happens():
        path = "*/composite/graph" if honoured else "*/sobjects/Lead/*"
        crm.post("faults", {"faults": [{"kind": "drop-reply", "path": path, "after": 1, "times": 1}]})

    outcomes = write(crm, ids, happens=happens)
    assert {o.standing for o in outcomes} <= {Standing.DONE, Standing.PENDING}
    assert {o.code for o in outcomes} <= {"", UNKNOWN}, "a change that may be ours is not taken for somebody else's"
    assert {crm.value(one, "Company") for one in ids} == {"ours"}


def test_a_lock_is_waited_for_and_the_others_go_on(crm, time):
    ids = leads(crm, 9)
    crm.pace = replace(crm.pace, sleep=lambda seconds: time.sleep(seconds) or crm.tick(seconds))
    outcomes = write(crm, ids, happens=lambda: crm.act("lock", object="Lead", ids=[ids[4]], seconds=3))
    assert set(codes(outcomes)) == {"done"}


def test_a_lock_that_stays_leaves_its_lead_pending(crm):
    ids = leads(crm, 9)
    outcomes = write(crm, ids, happens=lambda: crm.act("lock", object="Lead", ids=[ids[4]], seconds=10_000))
    assert codes(outcomes) == ["UNABLE_TO_LOCK_ROW" if one == ids[4] else "done" for one in ids]
    assert outcomes[4].standing is Standing.PENDING


@pytest.mark.parametrize("honoured", [True, False])
@pytest.mark.parametrize("guarded", [True, False])
def test_gone_is_void_and_converted_is_parked(crm, guarded, honoured):
    crm.post("settings", {"graph_conditions": honoured})
    ids = leads(crm, 5)
    with crm.connector() as connector:
        updates = [
            update if guarded else replace(update, guarded={}) for update in decided(connector, crm, ids, "ours")[1]
        ]
        crm.delete(ids[0])
        crm.merge(ids[2], ids[3])
        crm.act("convert", lead=ids[1])
        crm.tick(1)
        updates[1:3] = decided(connector, crm, ids[1:3], "ours")[1]
        outcomes = list(connector.write(updates, crm.clock()))
    assert [o.standing.value for o in outcomes] == ["void", "parked", "done", "void", "done"]
    assert outcomes[1].code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_lead_that_is_out_of_sight_is_not_void(crm):
    ids = leads(crm, 3)
    outcomes = write(crm, ids, happens=lambda: crm.act("hide_rows", object="Lead", share=1, seed=1))
    assert {o.standing for o in outcomes} == {Standing.PARKED}


def test_an_owner_that_is_gone_does_not_make_the_lead_void(crm):
    ids = leads(crm, 2)
    with crm.connector() as connector:
        page, updates = decided(connector, crm, ids, "ours")
        updates[0] = replace(updates[0], fields={"OwnerId": "005000000000000AAA"})
        outcomes = list(connector.write(updates, page.as_of))
        [unguarded] = connector.write([replace(updates[0], guarded={})])
    assert codes(outcomes)[1] == "done"
    assert outcomes[0].standing is unguarded.standing is Standing.PARKED


def test_no_permission_at_all_ends_the_writing(crm):
    crm.post("settings", {"graph_conditions": False})
    ids = leads(crm, 3)

    def fault(request):
        refused = (
            request.method == "PATCH" and "/sobjects/Lead/" in request.path and request.headers.get("authorization")
        )
        return Response(403, [{"errorCode": "API_CURRENTLY_DISABLED", "message": "no"}]) if refused else None

    with pytest.raises(Refused):
        write(crm, ids, happens=lambda: crm.app.faults.append(fault))


# -- the contract where graphs know no conditions ---------------------------------------------------------------------


class TestWithoutConditions:
    @pytest.fixture
    def crm(self, salesforce_crm):
        salesforce_crm.post("settings", {"graph_conditions": False})
        return salesforce_crm

    test_yields = WireContract.test_a_guarded_update_yields_to_a_person
    test_cleared = WireContract.test_what_a_person_cleared_stays_cleared
    test_unguarded = WireContract.test_an_update_without_guard_is_written_whatever_happened
    test_deleted = WireContract.test_a_deleted_record_is_void
    test_merged = WireContract.test_a_record_that_was_merged_away_is_void_and_its_survivor_is_not_written
