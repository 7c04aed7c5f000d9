import pytest

DATA = "/services/data/v59.0"
ROLLED_BACK = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
]


def node(name, path, body=None, method="POST", **more):
    return {"method": method, "url": f"{DATA}/{path}", "referenceId": name, **({"body": body} if body else {}), **more}


ACCOUNT = node("account", "sobjects/Account", {"Name": "Acme"})
CONTACT = node("contact", "sobjects/Contact", {"LastName": "Doe", "AccountId": "@{account.id}"})
BAD = node("bad", "sobjects/Contact", {"LastName": "Doe", "Email": "x"})


def composite(sf, *parts, **more):
    return sf.call("POST", "composite", {"compositeRequest": list(parts), **more})


def answers(answer):
    assert answer.status == 200, answer.body
    return {one["referenceId"]: one for one in answer.body["compositeResponse"]}


def count(sf, name):
    return sf.call("GET", f"query?q=SELECT COUNT() FROM {name}").body["totalSize"]


def test_a_later_part_takes_what_an_earlier_one_answered(sf):
    query = node("read", "query?q=SELECT+Id,Name+FROM+Account+WHERE+Id='@{account.id}'", method="GET")
    later = node("patch", "sobjects/Contact/@{contact.id}", {"Title": "of @{read.records[0].Name}"}, method="PATCH")
    got = answers(composite(sf, ACCOUNT, CONTACT, query, later))
    account = got["account"]["body"]["id"]
    assert got["account"]["httpHeaders"]["Location"] == f"{DATA}/sobjects/Account/{account}"
    assert [got[name]["httpStatusCode"] for name in ("account", "contact", "read", "patch")] == [201, 201, 200, 204]
    assert sf.read("Contact", got["contact"]["body"]["id"], "AccountId", "Title") == [account, "of Acme"]


def test_it_is_one_call(sf):
    used = composite(sf, ACCOUNT, CONTACT).headers["Sforce-Limit-Info"]
    assert used == sf.call("GET", "limits").headers["Sforce-Limit-Info"].replace("=2/", "=1/")


def test_without_all_or_none_only_dependants_fail(sf):
    needs_bad = node("needs", "sobjects/Contact", {"LastName": "x", "ReportsToId": "@{bad.id}"})
    got = answers(composite(sf, BAD, needs_bad, ACCOUNT))
    assert got["bad"]["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert got["needs"]["body"] == [
        {"errorCode": "PROCESSING_HALTED", "message": "Invalid reference specified. No value for bad.id found in bad"}
    ]
    assert got["account"]["httpStatusCode"] == 201


def test_all_or_none_undoes_what_went_before(sf):
    got = answers(composite(sf, ACCOUNT, BAD, CONTACT, allOrNone=True))
    assert got["account"]["body"] == got["contact"]["body"] == ROLLED_BACK
    assert {one["httpStatusCode"] for one in got.values()} == {400}
    assert count(sf, "Account") == 0


def test_a_collection_that_fails_in_part_fails_the_whole(sf):
    rows = [{"attributes": {"type": "Account"}, "Name": "x"}, {"attributes": {"type": "Account"}}]
    collection = node("rows", "composite/sobjects", {"records": rows})
    got = answers(composite(sf, ACCOUNT, collection, allOrNone=True))
    assert [one["success"] for one in got["rows"]["body"]] == [True, False]
    assert count(sf, "Account") == 0
    assert answers(composite(sf, ACCOUNT, collection))["rows"]["httpStatusCode"] == 200
    assert count(sf, "Account") == 2


def test_headers_are_those_of_the_part(sf):
    lead = node("lead", "sobjects/Lead", {"LastName": "x", "Company": "y"})
    outside = sf.call("POST", "composite", {"compositeRequest": [lead]}, {"Sforce-Auto-Assign": "FALSE"})
    inside = composite(sf, {**lead, "httpHeaders": {"Sforce-Auto-Assign": "FALSE"}})
    owners = [sf.read("Lead", answers(answer)["lead"]["body"]["id"], "OwnerId")[:3] for answer in (outside, inside)]
    assert owners == ["00G", "005"]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [node(f"n{number}", "sobjects/Account", {"Name": "x"}) for number in range(26)],
        [node(f"q{number}", "query?q=SELECT+Id+FROM+Lead", method="GET") for number in range(6)],
        [ACCOUNT, ACCOUNT],
        [{**ACCOUNT, "referenceId": "a-b"}],
        [{**ACCOUNT, "method": "post"}],
        [{**ACCOUNT, "url": "/sobjects/Account"}],
        [{**ACCOUNT, "httpHeaders": {"Accept": "x"}}],
        "nothing",
    ],
)
def test_what_is_no_composite_request(sf, parts):
    assert sf.call("POST", "composite", {"compositeRequest": parts}).status == 400
    assert count(sf, "Account") == 0


def test_resources_that_cannot_be_a_part(sf):
    got = answers(composite(sf, node("a", "limits", method="GET"), node("b", "sobjects/Nope/", {})))
    assert [got["a"]["httpStatusCode"], got["b"]["httpStatusCode"]] == [400, 404]
    assert sf.call("GET", "composite").body["graph"] == f"{DATA}/composite/graph"


# -- graphs -----------------------------------------------------------------------------------------------------------


def graphs(sf, *parts):
    numbered = [{"graphId": str(number), "compositeRequest": list(part)} for number, part in enumerate(parts)]
    answer = sf.call("POST", "composite/graph", {"graphs": numbered})
    assert answer.status == 200, answer.body
    return answer.body["graphs"]


def test_each_graph_is_all_or_nothing(sf):
    good, bad = graphs(sf, [ACCOUNT, CONTACT], [ACCOUNT, BAD])
    assert (good["graphId"], good["isSuccessful"], bad["isSuccessful"]) == ("0", True, False)
    nodes = bad["graphResponse"]["compositeResponse"]
    assert nodes[0]["body"] == ROLLED_BACK
    assert nodes[1]["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert count(sf, "Account") == 1


def test_nodes_come_in_any_order(sf):
    (graph,) = graphs(sf, [CONTACT, ACCOUNT])
    assert [one["referenceId"] for one in graph["graphResponse"]["compositeResponse"]] == ["contact", "account"]
    assert graph["isSuccessful"]


def test_after_fourteen_failures_the_rest_is_left(sf):
    answered = graphs(sf, *[[BAD]] * 14, [ACCOUNT])
    last = answered[-1]["graphResponse"]["compositeResponse"][0]
    assert last["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert count(sf, "Account") == 0


@pytest.mark.parametrize(
    "parts",
    [
        [{"graphId": "1", "compositeRequest": [node("q", "query?q=SELECT+Id+FROM+Lead", method="GET")]}],
        [{"graphId": "1", "compositeRequest": [ACCOUNT]}] * 2,
        [{"graphId": str(number), "compositeRequest": [ACCOUNT]} for number in range(76)],
        [{"graphId": "1", "compositeRequest": [node(f"n{number}", "sobjects/Account") for number in range(501)]}],
        [
            {
                "graphId": "1",
                "compositeRequest": [
                    node("a", "sobjects/Account", {"Name": "@{b.id}"}),
                    node("b", "sobjects/Account", {"Name": "@{a.id}"}),
                ],
            }
        ],
    ],
)
def test_what_is_no_graph(sf, parts):
    assert sf.call("POST", "composite/graph", {"graphs": parts}).status == 400
    assert count(sf, "Account") == 0


# -- batch and tree ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "counted"), [("composite", 1), ("composite/batch", 3)])
def test_each_request_of_a_batch_counts_and_a_composite_is_one(sf, path, counted):
    query = "/services/data/v59.0/query?q=SELECT Id FROM Group"
    parts = [{"method": "GET", "url": query, "referenceId": f"q{at}"} for at in range(3)]
    used = sf.app.usage.used
    sf.call("POST", path, {"compositeRequest": parts, "batchRequests": parts})
    assert sf.app.usage.used - used == counted


def test_a_batch_beyond_the_limit_is_refused_from_there_on(sf):
    parts = [{"method": "GET", "url": "v59.0/limits"}] * 3
    sf.turn(daily_requests=sf.app.usage.used + 2)
    results = sf.call("POST", "composite/batch", {"batchRequests": parts}).body["results"]
    assert [one["statusCode"] for one in results] == [200, 200, 403]


def test_batch(sf):
    parts = [
        {"method": "GET", "url": "v59.0/limits"},
        {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {}},
        {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "x"}},
    ]
    body = sf.call("POST", "composite/batch", {"batchRequests": parts}).body
    assert (body["hasErrors"], [one["statusCode"] for one in body["results"]]) == (True, [200, 400, 201])
    body = sf.call("POST", "composite/batch", {"batchRequests": parts, "haltOnError": True}).body
    assert body["results"][2] == {
        "statusCode": 412,
        "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}],
    }
    assert sf.call("POST", "composite/batch", {"batchRequests": parts * 9}).status == 400


def tree(sf, *records):
    return sf.call("POST", "composite/tree/Account", {"records": list(records)})


def record(name, type_, **fields):
    return {"attributes": {"type": type_, "referenceId": name}, **fields}


def test_tree_creates_children_with_their_parent(sf):
    child = record("c", "Contact", LastName="Doe")
    answer = tree(sf, record("a", "Account", Name="x", Contacts={"records": [child]}))
    assert (answer.status, answer.body["hasErrors"]) == (201, False)
    keys = {one["referenceId"]: one["id"] for one in answer.body["results"]}
    assert sf.read("Contact", keys["c"], "AccountId") == keys["a"]


def test_tree_is_all_or_nothing(sf):
    answer = tree(sf, record("a", "Account", Name="x"), record("b", "Account"))
    assert (answer.status, answer.body["hasErrors"]) == (400, True)
    assert answer.body["results"][0]["referenceId"] == "b"
    assert answer.body["results"][0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert count(sf, "Account") == 0
    assert tree(sf, record("a", "Account", Name="x"), record("a", "Account", Name="y")).status == 400
    assert tree(sf, *[record(str(number), "Account", Name="x") for number in range(201)]).status == 400
    assert tree(sf, record("a", "Contact", LastName="x")).status == 400
