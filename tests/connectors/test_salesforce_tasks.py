"""Tasks under our keys in Salesforce: found in the bin and the archive, taken back only where nobody touched them."""

from dataclasses import replace

import pytest
import requests

from leadrelay.connectors.base import Standing
from leadrelay.errors import Refused
from leadrelay.sandbox import credentials
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import handed


@pytest.fixture
def crm(salesforce_crm):
    yield salesforce_crm
    salesforce_crm.app.faults.clear()
    requests.delete(f"{salesforce_crm.url}/_sandbox/faults", timeout=10)


@pytest.fixture
def claimed(crm):
    """A connector, and five claims of it."""
    ids = crm.fill(5)
    crm.tick(10)
    with crm.connector() as connector:
        hand_offs = handed(connector, crm, ids)
        assert all(o.standing is Standing.DONE for o in connector.hand_off(hand_offs, crm.clock()))
        crm.tick(10)
        yield connector, list(connector.claims([one.key for one in hand_offs]).values())


def said(outcomes):
    return [outcome.code or outcome.standing.value for outcome in outcomes]


# -- claims -----------------------------------------------------------------------------------------------------------


def test_a_new_task_is_untouched_and_a_persons_change_touches_it(crm, claimed):
    connector, claims = claimed
    assert [claim.touched for claim in claims] == [False] * 5
    crm.post("edit", {"object": "Task", "id": claims[0].task, "fields": {"Description": "called"}})
    crm.post("edit", {"object": "Task", "id": claims[1].task, "fields": {"OwnerId": crm.owners[1]}})
    now = connector.claims([claim.key for claim in claims])
    assert [now[claim.key].touched for claim in claims] == [True, True, False, False, False]
    assert now[claims[1].key].owner == crm.owners[1]


def test_a_change_by_our_own_user_later_touches_it_too(crm, claimed):
    connector, claims = claimed
    form, basic = {"grant_type": "client_credentials"}, (credentials.SF_CLIENT_ID, credentials.SF_CLIENT_SECRET)
    token = requests.post(f"{crm.url}/services/oauth2/token", form, auth=basic, timeout=10).json()["access_token"]
    address = f"{crm.url}/services/data/v66.0/sobjects/Task/{claims[0].task}"
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.patch(address, json={"Subject": "other"}, headers=headers, timeout=10).ok
    assert connector.claims([claims[0].key])[claims[0].key].touched


def test_where_the_key_was_used_again_the_task_that_is_left_counts(crm, claimed):
    connector, claims = claimed
    crm.delete_task(claims[0].task)
    row = crm.store.get("Task", claims[0].task)
    crm.store.insert("Task", [row | {"Id": "00T000000000009AAA", "IsDeleted": 0}], "api")
    assert connector.claims([claims[0].key])[claims[0].key].task == "00T000000000009AAA"


def test_what_can_be_no_key_is_never_sent(crm):
    with crm.connector() as connector:
        assert connector.claims(["x' OR Subject != '", "UPPER", "", "k" * 41]) == {}
        assert connector.calls == 0


def test_five_hundred_keys_are_few_queries(crm):
    with crm.connector() as connector:
        assert connector.claims([f"lsx1-{at:026}" for at in range(1_000)]) == {}
        assert connector.calls <= 1 + 4


def test_keys_that_cannot_be_asked_for_stop_the_hand_off(crm, claimed):
    connector, claims = claimed
    crm.act("hide_field", object="Task", field="Leadrelay_Key__c")
    with pytest.raises(Refused, match="Leadrelay_Key__c"):
        connector.claims([claims[0].key])


# -- taking back ------------------------------------------------------------------------------------------------------


def test_untouched_tasks_are_deleted_in_one_call(crm, claimed):
    connector, claims = claimed
    before = connector.calls
    assert said(connector.withdraw(claims)) == ["done"] * 5
    assert connector.calls == before + 3  # what they are now, their notes, and gone
    assert crm.tasks() == []


def test_a_task_that_changed_hands_since_stays(crm, claimed):
    connector, claims = claimed
    mine = replace(claims[0], owner=crm.owners[1])
    assert said(connector.withdraw([mine, claims[1]])) == ["TOUCHED", "done"]
    assert claims[0].task in {task.id for task in crm.tasks()}


def test_a_task_that_is_worked_on_between_stays(crm, claimed):
    connector, claims = claimed
    crm.work_on(claims[2].task)
    outcomes = list(connector.withdraw(claims))
    assert said(outcomes) == ["done", "done", "TOUCHED", "done", "done"]
    assert outcomes[2].standing is Standing.PARKED


def test_deleting_whose_answer_is_lost_is_still_told_as_ours(crm, claimed):
    connector, claims = claimed
    fault = {"kind": "drop-reply", "method": "DELETE", "path": "*/composite/sobjects", "times": 1}
    crm.post("faults", {"faults": [fault]})
    assert said(connector.withdraw(claims)) == ["done"] * 5
    assert crm.tasks() == []


def test_a_task_that_a_person_deletes_in_the_same_moment_is_void(crm, claimed):
    connector, claims = claimed

    def fault(request):
        if request.method == "DELETE":
            crm.app.faults.clear()
            crm.app.control.actions["delete"]({"object": "Task", "id": claims[0].task})

    crm.app.faults.append(fault)
    outcomes = list(connector.withdraw(claims[:2]))
    assert [o.standing for o in outcomes] == [Standing.VOID, Standing.DONE]


def test_a_lock_upon_a_task_is_waited_for(crm, claimed):
    connector, claims = claimed
    busy = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "no", "fields": []}]}
    answers = [Response(200, [busy] * 2)]
    crm.app.faults.append(lambda request: answers.pop() if request.method == "DELETE" and answers else None)
    assert said(connector.withdraw(claims[:2])) == ["done", "done"]


def test_taking_nothing_back_calls_nobody(crm):
    with crm.connector() as connector:
        assert list(connector.withdraw([])) == []
        assert connector.calls == 0


# -- families ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("follow", [True, False])
def test_chains_of_merges_are_followed_to_the_end(crm, follow):
    crm.post("settings", {"merged_ids_follow": follow})
    ids = crm.fill(7)
    for survivor, loser in zip(ids[1:6], ids[:5], strict=True):
        crm.merge(survivor, loser)
    with crm.connector() as connector:
        families = connector.families([ids[5], ids[6], ids[2], "x' OR Id != '"])
        assert connector.calls <= 1 + 6
    assert set(families[ids[5]]) == set(ids[:5])
    assert set(families) <= {ids[5], ids[2]}


def test_nobody_asks_for_the_families_of_nobody(crm):
    with crm.connector() as connector:
        assert connector.families([]) == {}
        assert connector.calls == 0
