import pytest

STRING = "Cannot deserialize instance of {} or request may be missing a required field at [line:1, column:2]"


def refused(answer, status=400):
    assert answer.status == status, answer.body
    return [(one["errorCode"], one["message"], one.get("fields")) for one in answer.body]


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("Title", 5, "string from VALUE_NUMBER_INT value 5"),
        ("Title", True, "string from VALUE_TRUE value true"),
        ("Title", {"a": 1}, "string from START_OBJECT value {"),
        ("Industry", ["a"], "picklist from START_ARRAY value ["),
        ("NumberOfEmployees", "many", "int from VALUE_STRING value many"),
        ("NumberOfEmployees", 2.5, "int from VALUE_NUMBER_FLOAT value 2.5"),
        ("AnnualRevenue", "1,000", "currency from VALUE_STRING value 1,000"),
        ("AnnualRevenue", "", "currency from VALUE_STRING value "),
        ("DoNotCall", "yes", "boolean from VALUE_STRING value yes"),
        ("Project_Start__c", "01.02.2026", "date from VALUE_STRING value 01.02.2026"),
        ("Project_Start__c", "2026-02-30", "date from VALUE_STRING value 2026-02-30"),
        ("Meeting_At__c", "2026-02-03 10:00:00 UTC", "datetime from VALUE_STRING value 2026-02-03 10:00:00 UTC"),
        ("Meeting_At__c", "2026-02-03", "datetime from VALUE_STRING value 2026-02-03"),
    ],
)
def test_values_of_the_wrong_json_type(sf, field, value, what):
    answer = sf.update("Lead", sf.lead(), **{field: value})
    assert refused(answer) == [("JSON_PARSER_ERROR", STRING.format(what), None)]


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("Title", "x" * 129, "STRING_TOO_LONG", f"Title: data value too large: {'x' * 129} (max length=128)"),
        ("MobilePhone", "1" * 41, "STRING_TOO_LONG", f"Mobile Phone: data value too large: {'1' * 41} (max length=40)"),
        ("Email", "nobody", "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody"),
        ("Email", "a@b", "INVALID_EMAIL_ADDRESS", "Email: invalid email address: a@b"),
        (
            "NumberOfEmployees",
            100_000_000,
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Employees: value outside of valid range on numeric field: 100000000",
        ),
        (
            "Leadrelay_Score__c",
            10_000,
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Leadrelay Score: value outside of valid range on numeric field: 10000.0",
        ),
        (
            "Leadrelay_Score__c",
            9_999.5,
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Leadrelay Score: value outside of valid range on numeric field: 9999.5",
        ),
        ("DoNotCall", None, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Do Not Call: value not of required type: "),
        ("OwnerId", "abc", "MALFORMED_ID", "Owner ID: id value of incorrect type: abc"),
        ("OwnerId", None, "INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank"),
        ("LastName", None, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ("Company", "  ", "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]"),
    ],
)
def test_values_that_do_not_fit(sf, field, value, code, message):
    answer = sf.update("Lead", sf.lead(), **{field: value})
    assert refused(answer) == [(code, message, [field])]


def test_all_refusals_of_a_record_come_together(sf):
    answer = sf.call("POST", "sobjects/Lead/", {"Email": "x", "Phone": "1" * 41})
    assert [code for code, _, _ in refused(answer)] == [
        "INVALID_EMAIL_ADDRESS",
        "STRING_TOO_LONG",
        "REQUIRED_FIELD_MISSING",
    ]
    assert refused(answer)[2][1] == "Required fields are missing: [LastName, Company]"


def test_fields_that_are_not_there_or_not_writable(sf):
    key = sf.lead()
    assert refused(sf.update("Lead", key, Nope__c=1)) == [
        ("INVALID_FIELD", "No such column 'Nope__c' on sobject of type Lead", None)
    ]
    code, message, fields = refused(sf.update("Lead", key, Name="x", IsConverted=True))[0]
    assert (code, fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Name", "IsConverted"])
    assert message.startswith("Unable to create/update fields: Name, IsConverted. Please check the security settings")
    assert refused(sf.update("Lead", key, Id=key)) == [
        ("INVALID_FIELD", "The Id field should not be specified in the sobject data.", None)
    ]
    answer = sf.call("POST", "sobjects/Lead", {"Id": key, "LastName": "x", "Company": "y"})
    assert refused(answer) == [("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])]


def test_bodies_that_are_no_record(sf):
    for body in (b"", b"{", b'"x"', b"[]"):
        assert refused(sf.call("POST", "sobjects/Lead/", body))[0][0] == "JSON_PARSER_ERROR"


def test_records_that_are_not_there(sf):
    missing = "00QHs00000zzzzz"
    column = "Provided external ID field does not exist or is not accessible: nonsense"
    assert refused(sf.update("Lead", "nonsense", Title="x"), 404) == [("NOT_FOUND", column, None)]
    for method in ("PATCH", "DELETE", "GET"):
        answer = sf.call(method, f"sobjects/Lead/{missing}", {})
        assert refused(answer, 404) == [("NOT_FOUND", "The requested resource does not exist", None)]
    assert sf.call("POST", "sobjects/Nothing", {}).status == 404
    account = sf.create("Account", Name="x")
    assert sf.update("Lead", account, Title="x").status == 404


def test_deleted_records_say_so(sf):
    key = sf.lead()
    assert sf.call("DELETE", f"sobjects/Lead/{key}").status == 204
    for method in ("PATCH", "DELETE", "GET"):
        answer = sf.call(method, f"sobjects/Lead/{key}", {})
        assert refused(answer, 404) == [("ENTITY_IS_DELETED", "entity is deleted", None)]


def test_object_types_that_the_api_cannot_write(sf):
    assert sf.call("POST", "sobjects/LeadStatus", {}).status == 400
    assert sf.call("DELETE", f"sobjects/User/{sf.query('SELECT Id FROM User')[0]['Id']}").status == 400


def test_owners(sf):
    key = sf.lead()
    idle = sf.query("SELECT Id FROM User WHERE IsActive = false")[0]["Id"]
    busy = sf.query("SELECT Id FROM User WHERE FirstName = 'Ada'")[0]["Id"]
    account = sf.create("Account", Name="x")
    assert refused(sf.update("Lead", key, OwnerId=idle)) == [
        ("INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{idle[:15]}] as owner of lead", [])
    ]
    assert refused(sf.update("Lead", key, OwnerId="005Hs00000zzzzz"))[0][0] == "INVALID_CROSS_REFERENCE_KEY"
    assert refused(sf.update("Lead", key, OwnerId=account))[0][0] == "MALFORMED_ID"
    group = sf.create("Group", Name="No queue", Type="Regular")
    assert refused(sf.update("Lead", key, OwnerId=group))[0][0] == "INVALID_CROSS_REFERENCE_KEY"
    assert sf.update("Lead", key, OwnerId=busy[:15]).status == 204
    assert sf.read("Lead", key, "OwnerId") == busy


def test_a_reference_to_a_deleted_record(sf):
    account = sf.create("Account", Name="x")
    sf.call("DELETE", f"sobjects/Account/{account}")
    answer = sf.call("POST", "sobjects/Contact", {"LastName": "x", "AccountId": account})
    assert refused(answer) == [("ENTITY_IS_DELETED", "entity is deleted", [])]


# -- what is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("title", "  Head of IT ", "Head of IT"),
        ("Title", "", None),
        ("Title", "   ", None),
        ("NumberOfEmployees", "250", 250),
        ("Intent_Score__c", 20.125, 20.13),
        ("Leadrelay_Score__c", 20.5, 21.0),
        ("AnnualRevenue", 5, 5.0),
        ("DoNotCall", "TRUE", True),
        ("Technologies__c", "Jira; ServiceNow;Jira;Zed", "ServiceNow;Jira;Zed"),
        ("Meeting_At__c", "2026-02-03T10:00:00.789+01:00", "2026-02-03T09:00:00.000+0000"),
        ("Meeting_At__c", "2026-02-03T10:00:00", "2026-02-03T10:00:00.000+0000"),
        ("Project_Start__c", "2026-02-03", "2026-02-03"),
        ("Industry", "Not In The List", "Not In The List"),
    ],
)
def test_how_values_are_kept(sf, field, sent, kept):
    key = sf.lead()
    assert sf.update("Lead", key, **{field: sent}).status == 204
    assert sf.read("Lead", key, field[0].upper() + field[1:]) == kept


def test_a_new_record_has_defaults_stamps_and_an_owner(sf, org):
    key = sf.lead(FirstName="Jo")
    me = org.org.user_id()
    fields = ("Name", "Status", "OwnerId", "CreatedById", "LastModifiedById", "IsConverted", "DoNotCall")
    assert sf.read("Lead", key, *fields) == ["Jo Doe", "Open - Not Contacted", me, me, me, False, False]
    created, modified, stamp = sf.read("Lead", key, "CreatedDate", "LastModifiedDate", "SystemModstamp")
    assert created == modified == stamp
    assert created.endswith(".000+0000")


def test_an_update_that_changes_nothing_still_stamps(sf):
    key = sf.lead(Title="x")
    before = sf.read("Lead", key, "SystemModstamp")
    sf.pass_time(5)
    assert sf.update("Lead", key, Title="x").status == 204
    assert sf.read("Lead", key, "SystemModstamp") > before
    assert {row["field"] for row in sf.history(key) if row["action"] == "update"} == {
        "SystemModstamp",
        "LastModifiedDate",
    }


def test_the_history_says_who_and_what(sf):
    key = sf.lead()
    sf.update("Lead", key, Title="CIO")
    change = next(row for row in sf.history(key) if row["field"] == "Title")
    assert (change["actor"], change["action"], change["old"], change["new"]) == ("integration", "update", None, "CIO")
    assert [row["field"] for row in sf.history(key) if row["actor"] != "integration"] == []


def test_a_refused_record_leaves_no_trace(sf):
    key = sf.lead()
    before = len(sf.history(key))
    sf.update("Lead", key, Title="CIO", Email="x")
    assert len(sf.history(key)) == before
    assert sf.read("Lead", key, "Title") is None


def test_children_go_into_the_bin_with_their_parent(sf):
    key = sf.lead()
    task = sf.create("Task", WhoId=key, Subject="Call")
    sf.call("DELETE", f"sobjects/Lead/{key}")
    assert sf.call("GET", f"sobjects/Task/{task}").body[0]["errorCode"] == "ENTITY_IS_DELETED"
    deleted = sf.call("GET", "queryAll?q=SELECT Id FROM Task WHERE IsDeleted = true").body["records"]
    assert [one["Id"] for one in deleted] == [task]


# -- external ids -----------------------------------------------------------------------------------------------------


def test_upsert_creates_then_updates(sf):
    sf.add_field(externalId=True, unique=True)
    body = {"LastName": "x", "Company": "y"}
    created = sf.call("PATCH", "sobjects/Lead/Key__c/k-1", body)
    key = created.body["id"]
    assert (created.status, created.body["created"]) == (201, True)
    assert created.headers["Location"] == f"/services/data/v59.0/sobjects/Lead/{key}"
    again = sf.call("PATCH", "sobjects/Lead/key__c/K-1", {"Title": "z"}, {"Sforce-Auto-Assign": "FALSE"})
    assert (again.status, again.body) == (200, {"id": key, "success": True, "errors": [], "created": False})
    sf.version = "45.0"
    assert sf.call("PATCH", "sobjects/Lead/Key__c/k-1", {}).status == 204
    assert sf.call("GET", "sobjects/Lead/Key__c/k-1").body["Id"] == key
    assert sf.call("DELETE", "sobjects/Lead/Key__c/k-1").status == 204
    assert sf.call("GET", "sobjects/Lead/Key__c/k-1").status == 404


def test_upsert_keeps_the_key_out_of_the_body_and_may_only_update(sf):
    sf.add_field(externalId=True)
    answer = sf.call("PATCH", "sobjects/Lead/Key__c/1", {"Key__c": "1"})
    assert refused(answer)[0][1] == "The Key__c field should not be specified in the sobject data."
    assert sf.call("PATCH", "sobjects/Lead/Key__c/1?updateOnly=true", {"Title": "x"}).status == 404
    answer = sf.call("PATCH", "sobjects/Lead/Title/1", {"LastName": "x"})
    message = "Provided external ID field does not exist or is not accessible: Title"
    assert refused(answer, 404) == [("NOT_FOUND", message, None)]


def test_several_records_under_one_external_id(sf):
    sf.add_field(externalId=True)
    keys = [sf.lead(Key__c="same") for _ in range(2)]
    answer = sf.call("PATCH", "sobjects/Lead/Key__c/same", {"Title": "x"})
    assert (answer.status, answer.body) == (300, [f"/services/data/v59.0/sobjects/Lead/{key}" for key in keys])


def test_unique_values(sf):
    sf.add_field(unique=True)
    first, second = sf.lead(Key__c="A"), sf.lead()
    message = f"duplicate value found: Key__c duplicates value on record with id: {first[:15]}"
    assert refused(sf.update("Lead", second, Key__c="a")) == [("DUPLICATE_VALUE", message, [])]
    assert sf.update("Lead", first, Key__c="a").status == 204


# -- conditional requests ---------------------------------------------------------------------------------------------


def test_if_unmodified_since(sf):
    key = sf.lead()
    seen = sf.call("GET", f"sobjects/Lead/{key}").headers["Last-Modified"]
    assert sf.update("Lead", key, {"If-Unmodified-Since": seen}, Title="a").status == 204
    sf.pass_time(2)
    sf.update("Lead", key, Title="by another")
    answer = sf.update("Lead", key, {"If-Unmodified-Since": seen}, Title="mine")
    assert (answer.status, sf.read("Lead", key, "Title")) == (412, "by another")
    assert sf.update("Lead", key, {"If-Unmodified-Since": "yesterday"}, Title="mine").status == 400


def test_if_modified_since(sf):
    path = f"sobjects/Lead/{sf.lead()}"
    seen = sf.call("GET", path).headers["Last-Modified"]
    assert sf.call("GET", path, None, {"If-Modified-Since": seen}).status == 304
    assert sf.call("GET", path, None, {"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}).status == 200


# -- rules of single object types -------------------------------------------------------------------------------------


def test_the_assignment_rule_runs_on_create_and_update_unless_told_not_to(sf):
    queue = sf.query("SELECT Id FROM Group WHERE Name = 'Inbound Leads'")[0]["Id"]
    rep = sf.query("SELECT Id FROM User WHERE FirstName = 'Ada'")[0]["Id"]
    key = sf.create("Lead", LastName="x", Company="y", OwnerId=rep)
    assert sf.read("Lead", key, "OwnerId") == queue
    change = sf.history(key)[-1]
    assert (change["actor"], change["field"], change["old"], change["new"]) == (
        "assignment rule",
        "OwnerId",
        rep,
        queue,
    )
    sf.update("Lead", key, OwnerId=rep)
    assert sf.read("Lead", key, "OwnerId") == rep
    sf.call("PATCH", f"sobjects/Lead/{key}", {"Title": "x"})
    assert sf.read("Lead", key, "OwnerId") == queue
    rule = sf.query("SELECT Id FROM AssignmentRule")[0]["Id"]
    sf.update("Lead", key, OwnerId=rep)
    assert sf.update("Lead", key, {"Sforce-Auto-Assign": rule}, Title="y").status == 204
    assert sf.read("Lead", key, "OwnerId") == queue
    assert sf.update("Lead", key, {"Sforce-Auto-Assign": "maybe"}, Title="z").status == 400


def test_converted_leads_stay_as_they_are(sf):
    key = sf.lead()
    assert sf.person_edits("Lead", key, {"IsConverted": True}).status == 200
    assert sf.read("Lead", key, "IsConverted", "Status") == [True, "Closed - Converted"]
    contact = sf.read("Lead", key, "ConvertedContactId")
    assert sf.read("Contact", contact, "LastName") == "Doe"
    for answer in (
        sf.update("Lead", key, Title="x"),
        sf.call("POST", "sobjects/Task", {"WhoId": key}),
        sf.person_edits("Lead", key, {"IsConverted": True}),
    ):
        assert refused(answer) == [("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])]


def test_tasks(sf):
    key = sf.lead()
    task = sf.create("Task", WhoId=key, Subject="Call", ActivityDate="2026-12-01")
    assert sf.read("Task", task, "Status", "Priority", "IsClosed") == ["Not Started", "Normal", False]
    account = sf.create("Account", Name="x")
    assert refused(sf.update("Task", task, WhatId=account))[0][0] == "FIELD_INTEGRITY_EXCEPTION"
    assert sf.update("Task", task, Status="Completed").status == 204
    closed, when = sf.read("Task", task, "IsClosed", "CompletedDateTime")
    assert (closed, when is not None) == (True, True)
    sf.update("Task", task, Status="In Progress")
    assert sf.read("Task", task, "CompletedDateTime") is None


# -- people -----------------------------------------------------------------------------------------------------------


def test_a_person_edits_by_the_same_rules(sf, org):
    key = sf.lead()
    assert sf.person_edits("Lead", key, {"Title": "CISO"}, "Ada Okafor").status == 200
    ada = sf.query("SELECT Id FROM User WHERE FirstName = 'Ada'")[0]["Id"]
    assert sf.read("Lead", key, "Title", "LastModifiedById", "OwnerId") == ["CISO", ada, org.org.user_id()]
    assert sf.history(key)[-1]["actor"] == "Ada Okafor"
    assert refused(sf.person_edits("Lead", key, {"Email": "x"}))[0][0] == "INVALID_EMAIL_ADDRESS"
    assert sf.person_edits("Lead", "nonsense", {"Email": "x"}).status == 404


def test_a_person_deletes_and_restores(sf):
    key = sf.lead()
    assert sf.person_edits("Lead", key, {"IsDeleted": True}).status == 200
    assert sf.update("Lead", key, Title="x").status == 404
    assert sf.person_edits("Lead", key, {"IsDeleted": False}).status == 200
    assert sf.update("Lead", key, Title="x").status == 204
    assert sf.person_edits("Lead", key, {"IsDeleted": False}).body[0]["errorCode"] == "UNDELETE_FAILED"
    assert [row["action"] for row in sf.history(key) if row["field"] == ""] == ["delete", "undelete"]
