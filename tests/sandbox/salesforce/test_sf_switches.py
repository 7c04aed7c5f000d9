"""What nobody could confirm about the real org: each switch, in both positions."""

from datetime import timedelta

import pytest

KEY = "lsx1-abcdefghijklmnopqrstuvwxyz"
HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}


def task(sf, key=KEY, **fields):
    return sf.call("POST", "sobjects/Task", {"Subject": "Call", "Leadrelay_Key__c": key, **fields})


def hand_off(sf, lead, key=KEY):
    """The graph of a hand-off: the task under its key, and the lead's own patch."""
    fields = {"Subject": "Call", "WhoId": lead, "Leadrelay_Key__c": key}
    patch = sf.node("PATCH", f"sobjects/Lead/{lead}", {"Title": "handed"}, {"Sforce-Auto-Assign": "FALSE"}, "lead")
    return [sf.node("POST", "sobjects/Task", fields, name="task"), patch]


def duplicate(first):
    message = f"duplicate value found: Leadrelay_Key__c duplicates value on record with id: {first[:15]}"
    return {"message": message, "errorCode": "DUPLICATE_VALUE", "fields": []}


@pytest.mark.parametrize("told_by", ["node", "all"])
def test_who_tells_of_a_duplicate_in_a_graph(sf, told_by):
    sf.turn(graph_duplicate_code=told_by)
    lead = sf.lead()
    first = task(sf).body["id"]
    ((done, nodes),) = sf.graphs(hand_off(sf, lead))
    other = [HALTED] if told_by == "node" else [duplicate(first)]
    assert not done
    assert nodes == [
        {"body": [duplicate(first)], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "task"},
        {"body": other, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "lead"},
    ]
    assert sf.read("Lead", lead, "Title") is None


def test_other_failures_are_told_by_their_node_in_both_positions(sf):
    sf.turn(graph_duplicate_code="all")
    lead = sf.lead()
    bad = sf.node("PATCH", f"sobjects/Lead/{lead}", {"Email": "x"}, name="lead")
    ((_, nodes),) = sf.graphs([sf.node("POST", "sobjects/Task", {"Subject": "Call"}, name="task"), bad])
    assert [node["body"][0]["errorCode"] for node in nodes] == ["PROCESSING_HALTED", "INVALID_EMAIL_ADDRESS"]


@pytest.mark.parametrize("most", [14, 15])
def test_graphs_after_the_last_failure_allowed_are_not_attempted(sf, most):
    sf.turn(graph_failures=most)
    leads = [sf.lead() for _ in range(20)]
    bad = [[sf.node("PATCH", f"sobjects/Lead/{lead}", {"Email": "x"})] for lead in leads[:17]]
    good = [[sf.node("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})] for lead in leads[17:]]
    answers = sf.graphs(good[0], *bad, *good[1:])
    codes = [(nodes[0]["body"] or [{}])[0].get("errorCode") for _, nodes in answers]
    assert codes == [None, *["INVALID_EMAIL_ADDRESS"] * most, *["PROCESSING_HALTED"] * (19 - most)]
    assert answers[-1][1][0]["body"][0]["message"] == f"Not processed: {most} graphs of the request failed"
    assert [sf.read("Lead", lead, "Title") for lead in leads[17:]] == ["x", None, None]


def test_a_request_takes_fifteen_kinds_of_nodes(sf):
    """https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-graph-limits.html ."""
    names = ["Account", "Contact", "Event", "Lead", "Opportunity", "Task", "User", "Group"]
    nodes = [
        sf.node(method, f"sobjects/{name}", {}, name=f"{method}{name}")
        for name in names
        for method in ("POST", "PATCH")
    ]
    body = {"graphs": [{"graphId": "1", "compositeRequest": nodes}]}
    assert sf.call("POST", "composite/graph", body).body[0]["errorCode"] == "LIMIT_EXCEEDED"
    body = {"graphs": [{"graphId": "1", "compositeRequest": nodes[:15]}]}
    assert sf.call("POST", "composite/graph", body).status == 200


def test_a_deleted_task_holds_its_key(sf):
    key = task(sf).body["id"]
    sf.act("delete", object="Task", id=key)
    again = task(sf)
    assert (again.status, again.body) == (400, [duplicate(key)])
    found = sf.call("GET", f"queryAll?q=SELECT Id, IsDeleted FROM Task WHERE Leadrelay_Key__c = '{KEY}'").body[
        "records"
    ]
    assert [(one["Id"], one["IsDeleted"]) for one in found] == [(key, True)]
    sf.act("restore", object="Task", id=key)
    assert sf.read("Task", key, "Leadrelay_Key__c") == KEY


def test_or_gives_it_up(sf):
    sf.turn(bin_keeps_unique=False)
    key = task(sf).body["id"]
    sf.act("delete", object="Task", id=key)
    other = task(sf)
    assert other.status == 201
    refused = sf.send("POST", "/_sandbox/act", {"action": "restore", "object": "Task", "id": key})
    assert (refused.status, refused.body["error"][:24]) == (400, "restore: DUPLICATE_VALUE")
    assert len(sf.call("GET", f"queryAll?q=SELECT Id FROM Task WHERE Leadrelay_Key__c = '{KEY}'").body["records"]) == 2


@pytest.mark.parametrize(
    ("runs", "header", "owner"),
    [
        (True, None, "00G"),
        (True, "TRUE", "00G"),
        (True, "FALSE", "005"),
        (False, None, "005"),
        (False, "TRUE", "00G"),
        (False, "FALSE", "005"),
    ],
)
def test_the_assignment_rule_on_update(sf, runs, header, owner):
    sf.turn(auto_assign_on_update=runs)
    key = sf.lead()
    sf.call("PATCH", f"sobjects/Lead/{key}", {"Title": "x"}, {"Sforce-Auto-Assign": header} if header else None)
    assert sf.read("Lead", key, "OwnerId")[:3] == owner
    assert sf.read("Lead", sf.create("Lead", LastName="x", Company="y"), "OwnerId")[:3] == "00G"


@pytest.mark.parametrize(("by_minute", "shown"), [(True, ":00.000+0000"), (False, ":21.000+0000")])
def test_what_latest_date_covered_is_cut_to(sf, by_minute, shown):
    sf.turn(covered_by_minute=by_minute)
    now = sf.begin_second(21)
    start, end = now - timedelta(minutes=5), now + timedelta(minutes=5)
    for name in ("updated", "deleted"):
        body = sf.call(
            "GET", f"sobjects/Lead/{name}?start={start:%Y-%m-%dT%H:%M}:00Z&end={end:%Y-%m-%dT%H:%M}:00Z"
        ).body
        assert body["latestDateCovered"] == f"{now:%Y-%m-%dT%H:%M}{shown}"


@pytest.mark.parametrize("follow", [True, False])
def test_what_becomes_of_losers_when_their_master_loses(sf, follow):
    sf.turn(merged_ids_follow=follow)
    first, second, third = (sf.lead() for _ in range(3))
    sf.act("merge", master=second, losers=[first])
    sf.act("merge", master=third, losers=[second])
    rows = sf.call("GET", "queryAll?q=SELECT Id, MasterRecordId FROM Lead ORDER BY Id").body["records"]
    masters = {row["Id"]: row["MasterRecordId"] for row in rows}
    assert masters == {first: third if follow else second, second: third, third: None}


@pytest.mark.parametrize("wrong", ["both", True, 1, None])
def test_a_switch_of_words_takes_its_words_only(sf, wrong):
    answer = sf.send("POST", "/_sandbox/settings", {"graph_duplicate_code": wrong})
    assert (answer.status, answer.body) == (400, {"error": "graph_duplicate_code must be node or all"})
