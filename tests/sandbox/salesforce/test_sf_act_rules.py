"""Rules that admins make: validation, picklists, duplicates, flows; and fields that they take away."""

import pytest

DOE = {"LastName": "Doe", "Company": "Acme"}
PASS = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}


def refused(sf, **body):
    answer = sf.send("POST", "/_sandbox/act", body)
    assert answer.status == 400, answer.body
    return answer.body["error"]


def codes(answer):
    return [one["errorCode"] for one in answer.body]


# -- validation rules -------------------------------------------------------------------------------------------------


def test_a_validation_rule_refuses_what_would_be_kept(sf):
    sf.act("validation", object="Lead", name="r", when={"Title": "CEO", "City": None}, message="Say where.")
    made = sf.call("POST", "sobjects/Lead", {**DOE, "Title": "CEO"})
    assert (made.status, made.body) == (
        400,
        [{"message": "Say where.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []}],
    )
    key = sf.lead(Title="CEO", City="Oslo")
    assert codes(sf.update("Lead", key, City=None)) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert sf.person_edits("Lead", key, {"City": None}).status == 400
    assert sf.update("Lead", key, City=None, Title="CTO").status == 204


def test_it_may_name_some_records_only_and_others_are_written(sf):
    leads = [sf.lead() for _ in range(10)]
    sf.act("validation", object="Lead", name="r", when={"Id": leads[:3]}, message="no")
    rows = [{"attributes": {"type": "Lead"}, "id": key, "Title": "x"} for key in leads]
    results = sf.call("PATCH", "composite/sobjects", {"records": rows}).body
    assert [one["success"] for one in results] == [False] * 3 + [True] * 7
    assert results[0]["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_rules_of_one_name_replace_each_other_and_are_told_together(sf):
    sf.act("validation", object="Lead", name="a", field="DoNotCall", equals=True, message="one")
    sf.act("validation", object="Lead", name="a", field="DoNotCall", equals=True, message="two")
    sf.act("validation", object="Lead", name="b", field="Visits__c", equals=3, message="three")
    answer = sf.call("POST", "sobjects/Lead", {**DOE, "DoNotCall": True, "Visits__c": 3})
    assert [one["message"] for one in answer.body] == ["two", "three"]
    sf.act("clear_rules", object="Lead")
    assert sf.call("POST", "sobjects/Lead", {**DOE, "DoNotCall": True, "Visits__c": 3}).status == 201


# -- picklists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["LeadSource", "Leadrelay_Grade__c"])
def test_a_restricted_picklist(sf, field):
    key = sf.lead(**{field: "Old"})
    sf.act("restrict", object="Lead", field=field, values=["A", "B"])
    answer = sf.update("Lead", key, **{field: "C"})
    assert (answer.status, answer.body[0]["errorCode"], answer.body[0]["fields"]) == (
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        [field],
    )
    assert sf.update("Lead", key, Title="x").status == sf.update("Lead", key, **{field: "A"}).status == 204
    fields = {one["name"]: one for one in sf.call("GET", "sobjects/Lead/describe").body["fields"]}
    assert (fields[field]["type"], fields[field]["restrictedPicklist"]) == ("picklist", True)
    assert [value["value"] for value in fields[field]["picklistValues"]] == ["A", "B"]
    sf.act("unrestrict", object="Lead", field=field)
    assert sf.update("Lead", key, **{field: "C"}).status == 204


# -- duplicate rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["alert", "block"])
def test_a_duplicate_rule(sf, rule):
    first = sf.lead(Email="a@x.example", Title="x")
    sf.act("duplicates", object="Lead", rule=rule, fields=["Email"])
    again = {**DOE, "Email": "A@X.EXAMPLE"}
    answer = sf.call("POST", "sobjects/Lead", again)
    assert (answer.status, codes(answer)) == (400, ["DUPLICATES_DETECTED"])
    result = answer.body[0]["duplicateResut"]
    assert result["allowSave"] is (rule == "alert")
    assert [one["record"]["Id"] for one in result["matchResults"][0]["matchRecords"]] == [first]
    assert sf.call("POST", "sobjects/Lead", again, PASS).status == (201 if rule == "alert" else 400)
    node = sf.node("POST", "sobjects/Lead", again, PASS)
    ((done, _),) = sf.graphs([node])
    assert done is (rule == "alert")
    ((done, nodes),) = sf.graphs([sf.node("POST", "sobjects/Lead", again)])
    assert (done, nodes[0]["body"][0]["errorCode"]) == (False, "DUPLICATES_DETECTED")


def test_an_update_is_looked_at_where_it_changes_what_is_matched(sf):
    """https://help.salesforce.com/s/articleView?id=sales.duplicate_rules_overview.htm ."""
    sf.lead(Email="a@x.example")
    twin = sf.lead(Email="a@x.example")
    other = sf.lead(Email="b@x.example")
    sf.act("duplicates", object="Lead", rule="block", fields=["Email"])
    assert sf.update("Lead", twin, Title="x", Email="a@x.example").status == 204
    assert codes(sf.update("Lead", other, Email="a@x.example")) == ["DUPLICATES_DETECTED"]
    rows = [{"attributes": {"type": "Lead"}, "id": other, "Email": "a@x.example"}]
    (item,) = sf.call("PATCH", "composite/sobjects", {"records": rows}).body
    assert item["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"
    assert sf.person_edits("Lead", other, {"Email": "a@x.example"}).status == 400


def test_empty_and_deleted_records_match_nothing(sf):
    gone = sf.lead(Email="a@x.example")
    sf.act("delete", object="Lead", id=gone)
    sf.act("duplicates", object="Lead", rule="block", fields=["Email", "City"])
    assert sf.lead(Email="a@x.example", City="Oslo")
    assert sf.lead(Email="a@x.example")
    assert sf.lead(Email="a@x.example")


# -- flows ------------------------------------------------------------------------------------------------------------


def test_a_flow_changes_what_the_api_wrote(sf, org):
    key = sf.lead()
    sf.act("automation", object="Lead", field="Rating", value="Cold")
    assert sf.update("Lead", key, Rating="Hot").status == 204
    rating, by = sf.read("Lead", key, "Rating", "LastModifiedById")
    assert (rating, by) == ("Cold", org.org.user_id())
    ratings = [(one["actor"], one["old"], one["new"]) for one in sf.history(key) if one["field"] == "Rating"]
    assert ratings == [("integration", None, "Hot"), ("automation", "Hot", "Cold")]
    assert sf.person_edits("Lead", key, {"Rating": "Warm"}).status == 200
    assert sf.update("Lead", key, Title="x").status == 204
    assert sf.read("Lead", key, "Rating") == "Warm"


def test_a_flow_runs_in_the_same_transaction(sf):
    key = sf.lead()
    sf.act("automation", object="Lead", field="Rating", value="Cold")
    bad = sf.node("POST", "sobjects/Task", {"Subject": "x", "WhoId": "00Q"}, name="bad")
    sf.graphs([sf.node("PATCH", f"sobjects/Lead/{key}", {"Rating": "Hot"}), bad])
    assert sf.read("Lead", key, "Rating") is None
    assert [one for one in sf.history(key) if one["actor"] == "automation"] == []


def test_a_flow_may_end_after_some_times_for_each_record(sf):
    keys = [sf.lead(), sf.lead()]
    sf.act("automation", object="Lead", field="Visits__c", value=None, times=2)
    for visits, kept in ((1, None), (2, None), (3, 3.0)):
        for key in keys:
            sf.update("Lead", key, Visits__c=visits)
        assert [sf.read("Lead", key, "Visits__c") for key in keys] == [kept, kept]


def test_a_flow_runs_for_new_records(sf):
    sf.act("automation", object="Lead", field="Rating", value="Cold")
    assert sf.read("Lead", sf.lead(Rating="Hot"), "Rating") == "Cold"


# -- fields -----------------------------------------------------------------------------------------------------------


def described(sf, name="Lead"):
    return {one["name"]: one for one in sf.call("GET", f"sobjects/{name}/describe").body["fields"]}


def test_a_field_that_is_deleted_between_pages(sf):
    for number in range(201):
        sf.lead(Visits__c=number)
    soql = "query?q=SELECT Id, Visits__c FROM Lead"
    first = sf.call("GET", soql, None, {"Sforce-Query-Options": "batchSize=200"}).body
    assert sf.act("drop_field", object="Lead", field="visits__c") == {"dropped": "Lead.Visits__c"}
    assert codes(sf.send("GET", first["nextRecordsUrl"])) == ["INVALID_QUERY_LOCATOR"]
    answer = sf.call("GET", soql)
    assert codes(answer) == ["INVALID_FIELD"]
    assert "No such column 'Visits__c' on entity 'Lead'" in answer.body[0]["message"]
    assert "Visits__c" not in described(sf)
    key = first["records"][0]["Id"]
    assert codes(sf.update("Lead", key, Visits__c=1)) == ["INVALID_FIELD"]
    history = sf.send("GET", "/_sandbox/history").body["history"]
    assert (history[-1]["object"], history[-1]["action"], history[-1]["old"]) == (
        "CustomField",
        "delete",
        "Lead.Visits__c",
    )


def test_the_key_of_tasks_can_be_deleted(sf):
    assert sf.act("drop_field", object="Task", field="Leadrelay_Key__c") == {"dropped": "Activity.Leadrelay_Key__c"}
    assert "Leadrelay_Key__c" not in described(sf, "Task")


def test_a_field_of_another_type(sf):
    keys = [sf.lead(Campaign__c=text) for text in ("12", "1.5", "spring")]
    done = sf.act("retype_field", object="Lead", field="Campaign__c", kind="double")
    assert done == {"field": "Lead.Campaign__c", "was": "string", "lost": 1}
    assert described(sf)["Campaign__c"]["type"] == "double"
    assert [sf.read("Lead", key, "Campaign__c") for key in keys] == [12.0, 1.5, None]
    assert [(one["old"], one["new"]) for one in sf.history(keys[2])][-1] == ("spring", None)
    assert codes(sf.update("Lead", keys[0], Campaign__c="spring")) == ["JSON_PARSER_ERROR"]
    sf.act("retype_field", object="Lead", field="Campaign__c", kind="string")
    assert sf.read("Lead", keys[0], "Campaign__c") == "12"


def test_a_field_of_another_type_between_pages(sf):
    for number in range(201):
        sf.lead(Campaign__c=str(number))
    soql = "query?q=SELECT Campaign__c FROM Lead ORDER BY Id"
    first = sf.call("GET", soql, None, {"Sforce-Query-Options": "batchSize=200"}).body
    sf.act("retype_field", object="Lead", field="Campaign__c", kind="double")
    second = sf.send("GET", first["nextRecordsUrl"]).body
    assert [page["records"][-1]["Campaign__c"] for page in (first, second)] == ["199", 200.0]


def test_a_field_that_is_hidden_and_shown_again(sf):
    key = sf.lead(Title="CEO")
    sf.act("hide_field", object="Lead", field="Title")
    assert codes(sf.call("GET", "query?q=SELECT Title FROM Lead")) == ["INVALID_FIELD"]
    assert codes(sf.call("GET", f"sobjects/Lead/{key}?fields=Title")) == ["INVALID_FIELD"]
    assert codes(sf.update("Lead", key, Title="x")) == ["INVALID_FIELD"]
    assert "Title" not in described(sf)
    assert sf.person_edits("Lead", key, {"Title": "CTO"}).status == 200
    sf.act("show_field", object="Lead", field="Title")
    assert sf.read("Lead", key, "Title") == "CTO"


def test_a_key_that_is_hidden_is_still_unique(sf):
    sf.create("Task", Subject="x", Leadrelay_Key__c="k")
    other = sf.create("Task", Subject="x")
    sf.act("hide_field", object="Task", field="Leadrelay_Key__c")
    assert codes(sf.call("POST", "sobjects/Task", {"Subject": "x", "Leadrelay_Key__c": "k"})) == ["INVALID_FIELD"]
    assert sf.update("Task", other, Subject="y").status == 204


def test_a_field_that_is_read_only(sf):
    key = sf.lead(Title="CEO")
    sf.act("read_only", object="Lead", field="Title")
    answer = sf.update("Lead", key, Title="x")
    assert (codes(answer), answer.body[0]["fields"]) == (["INVALID_FIELD_FOR_INSERT_UPDATE"], ["Title"])
    assert (described(sf)["Title"]["updateable"], sf.read("Lead", key, "Title")) == (False, "CEO")
    sf.act("read_only", object="Lead", field="Title")
    assert sf.person_edits("Lead", key, {"Title": "CTO"}).status == 200
    assert sf.person_edits("Lead", key, {"Name": "x"}).status == 400
    sf.act("writable", object="Lead", field="Title")
    assert sf.update("Lead", key, Title="x").status == 204


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"action": "drop_field", "field": "Title"}, "drop_field: Lead.Title is a standard field; hide_field takes "),
        ({"action": "drop_field", "field": "Nope"}, "drop_field: Lead has no field Nope"),
        ({"action": "retype_field", "field": "Visits__c", "kind": "blob"}, "retype_field: kind must be one of boolean"),
        ({"action": "hide_field", "field": "LastName"}, "hide_field: Lead.LastName is required, so everybody may read"),
        ({"action": "writable", "field": "Title"}, "writable: that field was not made read_only"),
        ({"action": "restrict", "field": "Visits__c", "values": ["a"]}, "restrict: Visits__c is of type double, which"),
        ({"action": "duplicates", "rule": "ask", "fields": ["Email"]}, "duplicates: rule must be alert or block"),
        ({"action": "duplicates", "rule": "block", "fields": "Email"}, "duplicates: fields must be a list of texts"),
        ({"action": "validation", "name": "r", "when": {}, "message": "m"}, "validation: when must say which fields "),
        (
            {"action": "validation", "name": "r", "when": {"Title": 1}, "message": "m"},
            "validation: JSON_PARSER_ERROR: ",
        ),
        ({"action": "validation", "name": "r", "field": "Title", "message": "m"}, "validation: equals is missing"),
        ({"action": "automation", "field": "Title"}, "automation: value is missing"),
        ({"action": "automation", "field": "Title", "value": "x", "times": 0}, "automation: times must be a number "),
    ],
)
def test_what_cannot_be_made(sf, body, why):
    assert refused(sf, object="Lead", **body)[: len(why)] == why
