import pytest

TEXT = {"label": "Key", "type": "Text", "length": 40}


def make(sf, full_name="Lead.Key__c", **metadata):
    return sf.call("POST", "tooling/sobjects/CustomField/", {"FullName": full_name, "Metadata": {**TEXT, **metadata}})


def seen(sf, name="Lead"):
    return {field["name"]: field for field in sf.call("GET", f"sobjects/{name}/describe").body["fields"]}


def tooling_query(sf, soql):
    return sf.call("GET", f"tooling/query?q={soql}")


def test_a_new_field_is_hidden_until_it_is_permitted(sf):
    made = make(sf)
    assert made.status == 201
    assert made.body == {"id": made.body["id"], "success": True, "errors": [], "warnings": [], "infos": []}
    key = sf.lead()
    message = "No such column 'Key__c' on sobject of type Lead"
    assert sf.update("Lead", key, Key__c="x").body[0]["message"] == message
    assert "Key__c" not in seen(sf)
    assert sf.call("GET", "query?q=SELECT Key__c FROM Lead").body[0]["errorCode"] == "INVALID_FIELD"
    permission = sf.grant("Lead.Key__c")
    assert sf.update("Lead", key, Key__c="x").status == 204
    assert seen(sf)["Key__c"]["length"] == 40
    assert sf.call("DELETE", f"sobjects/FieldPermissions/{permission}").status == 204
    assert "Key__c" not in seen(sf)


def test_permission_to_read_only(sf):
    make(sf)
    permission = sf.grant("Lead.Key__c", edit=False)
    key = sf.lead()
    assert sf.read("Lead", key, "Key__c") is None
    assert sf.update("Lead", key, Key__c="x").body[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert sf.update("FieldPermissions", permission, PermissionsEdit=True).status == 204
    assert sf.update("Lead", key, Key__c="x").status == 204


def test_permissions_count_for_assigned_permission_sets_only(sf, org):
    make(sf)
    other = sf.create("PermissionSet", Name="Other", Label="Other")
    body = {"ParentId": other, "SobjectType": "Lead", "Field": "Lead.Key__c", "PermissionsRead": True}
    sf.create("FieldPermissions", **body)
    assert "Key__c" not in seen(sf)
    link = sf.create("PermissionSetAssignment", AssigneeId=org.org.user_id(), PermissionSetId=other)
    assert "Key__c" in seen(sf)
    again = sf.call(
        "POST", "sobjects/PermissionSetAssignment", {"AssigneeId": org.org.user_id(), "PermissionSetId": other}
    )
    assert again.body[0]["errorCode"] == "DUPLICATE_VALUE"
    sf.call("DELETE", f"sobjects/PermissionSetAssignment/{link}")
    assert "Key__c" not in seen(sf)


def test_permissions_that_are_refused(sf):
    make(sf)
    sf.grant("Lead.Key__c")
    parent = sf.query("SELECT Id FROM PermissionSet")[0]["Id"]
    known = {"ParentId": parent, "SobjectType": "Lead", "Field": "Lead.Key__c", "PermissionsRead": True}
    for change, code in (
        ({}, "DUPLICATE_VALUE"),
        ({"Field": "Lead.Nope__c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Field": "Lead.LastName"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"PermissionsRead": False, "PermissionsEdit": True}, "FIELD_INTEGRITY_EXCEPTION"),
    ):
        answer = sf.call("POST", "sobjects/FieldPermissions", {**known, **change})
        assert (answer.status, answer.body[0]["errorCode"]) == (400, code)


def test_a_required_field_cannot_be_hidden(sf):
    make(sf, required=True)
    assert not seen(sf)["Key__c"]["nillable"]


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Lead.Title", {}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Two__Bars__c", {}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.9__c", {}, "FIELD_INTEGRITY_EXCEPTION"),
        (f"Lead.{'x' * 41}__c", {}, "STRING_TOO_LONG"),
        ("Nothing.Key__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Task.Key__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.Budget_Amount__c", {}, "DUPLICATE_DEVELOPER_NAME"),
        ("Lead.Key__c", {"type": "Colour"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.Key__c", {"label": None}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Key__c", {"length": None}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Key__c", {"length": 256}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Lead.Key__c", {"type": "Number", "precision": 19, "scale": 0}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Lead.Key__c", {"type": "Number", "precision": 3}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Key__c", {"formula": "LastName"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Key__c", {"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.Key__c", {"type": "Picklist", "valueSet": {}}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_fields_that_are_refused(sf, full_name, metadata, code):
    answer = make(sf, full_name, **metadata)
    assert (answer.status, answer.body[0]["errorCode"]) == (400, code)


def test_a_field_that_is_there_already(sf):
    make(sf)
    assert make(sf, "lead.KEY__c").body[0]["message"] == "There is already a field named KEY on Lead."


@pytest.mark.parametrize(
    ("metadata", "type_", "good", "bad"),
    [
        ({"type": "Number", "precision": 3, "scale": 0}, "double", 999, 1000),
        ({"type": "Checkbox", "defaultValue": "true"}, "boolean", False, None),
        ({"type": "DateTime"}, "datetime", "2026-01-01T00:00:00Z", "2026"),
        ({"type": "LongTextArea", "length": 500, "visibleLines": 3}, "textarea", "x" * 500, "x" * 501),
        ({"type": "Lookup", "referenceTo": "Account", "relationshipName": "Parent"}, "reference", None, "x"),
        (
            {
                "type": "Picklist",
                "valueSet": {
                    "restricted": True,
                    "valueSetDefinition": {"value": [{"fullName": "a", "default": True}, {"fullName": "b"}]},
                },
            },
            "picklist",
            "b",
            "c",
        ),
    ],
)
def test_types_of_fields(sf, metadata, type_, good, bad):
    sf.add_field(**metadata)
    assert seen(sf)["Key__c"]["type"] == type_
    key = sf.lead()
    assert sf.update("Lead", key, Key__c=good).status == 204
    assert sf.update("Lead", key, Key__c=bad).status == 400


def test_a_checkbox_and_a_picklist_have_their_default(sf):
    sf.add_field("Lead.Box__c", type="Checkbox", defaultValue=True)
    values = [{"fullName": "a"}, {"fullName": "b", "default": True}]
    sf.add_field("Lead.Pick__c", type="Picklist", valueSet={"valueSetDefinition": {"value": values}})
    assert sf.read("Lead", sf.lead(), "Box__c", "Pick__c") == [True, "b"]


def test_fields_of_activities_are_defined_once_and_permitted_each(sf):
    make(sf, "Activity.Key__c", externalId=True)
    sf.grant("Task.Key__c")
    assert ("Key__c" in seen(sf, "Task"), "Key__c" in seen(sf, "Event")) == (True, False)
    key = sf.create("Task", Key__c="k", Subject="Call")
    assert sf.call("GET", "sobjects/Task/Key__c/k").body["Id"] == key
    found = tooling_query(sf, "SELECT Id FROM CustomField WHERE TableEnumOrId = 'Activity'").body
    assert found["size"] == 2


def test_query_by_table_and_name(sf):
    key = make(sf).body["id"]
    soql = "SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Lead' AND DeveloperName IN ('Key', 'No')"
    body = tooling_query(sf, soql).body
    url = f"/services/data/v59.0/tooling/sobjects/CustomField/{key}"
    assert body["records"] == [{"attributes": {"type": "CustomField", "url": url}, "Id": key, "DeveloperName": "Key"}]
    assert (body["size"], body["totalSize"], body["done"]) == (1, 1, True)
    every = tooling_query(
        sf, "SELECT DeveloperName FROM CustomField WHERE TableEnumOrId = 'Lead' ORDER BY DeveloperName"
    ).body
    names = [one["DeveloperName"] for one in every["records"]]
    assert names == sorted(names, key=str.lower)
    assert {"Budget_Amount", "Leadrelay_Score", "Key"} <= set(names)
    assert tooling_query(sf, "SELECT COUNT() FROM CustomField WHERE NOT DeveloperName LIKE 'Lead%25'").body[
        "size"
    ] == len([name for name in names if not name.startswith("Lead")])


def test_an_object_that_an_admin_made_goes_by_an_id(sf):
    sf.act("create_object", name="Prospect__c")
    make(sf, "Prospect__c.Key__c")
    query = "SELECT Id, TableEnumOrId FROM CustomField WHERE {} = '{}' AND DeveloperName = 'Key'"
    (found,) = tooling_query(sf, query.format("EntityDefinition.QualifiedApiName", "Prospect__c")).body["records"]
    assert found["TableEnumOrId"].startswith("01I")
    assert tooling_query(sf, query.format("TableEnumOrId", found["TableEnumOrId"])).body["size"] == 1
    assert tooling_query(sf, query.format("TableEnumOrId", "Prospect__c")).body["size"] == 0
    make(sf)
    assert tooling_query(sf, query.format("EntityDefinition.DeveloperName", "Lead")).body["size"] == 1


def test_queries_that_are_refused(sf):
    assert tooling_query(sf, "SELECT Id FROM Lead").body[0]["errorCode"] == "INVALID_TYPE"
    for name in ("Nope", "EntityDefinition.QualifiedApiName"):
        assert tooling_query(sf, f"SELECT {name} FROM CustomField").body[0]["errorCode"] == "INVALID_FIELD"
    answer = tooling_query(sf, "SELECT Id, Metadata FROM CustomField")
    assert "must specify no more than one row" in answer.body[0]["message"]


def test_get_change_and_delete(sf):
    key, _ = sf.add_field(unique=True)
    path = f"tooling/sobjects/CustomField/{key}"
    body = sf.call("GET", path).body
    assert (body["FullName"], body["Metadata"]["length"]) == ("Lead.Key__c", 40)
    lead = sf.lead(Key__c="x" * 40)
    assert sf.call("PATCH", path, {"Metadata": {**TEXT, "label": "Mark", "length": 80}}).status == 204
    assert (seen(sf)["Key__c"]["label"], sf.update("Lead", lead, Key__c="y" * 80).status) == ("Mark", 204)
    assert sf.call("PATCH", path, {"Metadata": TEXT}).status == 400
    assert sf.call("PATCH", path, {"Metadata": {"label": "Key", "type": "Date"}}).status == 400
    assert sf.call("DELETE", path).status == 204
    assert "Key__c" not in seen(sf)
    assert sf.call("GET", path).status == 404
    assert make(sf).status == 201


def test_fields_of_the_sample_org_have_metadata_too(sf):
    soql = "SELECT Id FROM CustomField WHERE DeveloperName = '{}'"
    for name, type_ in (
        ("Budget_Amount", "Currency"),
        ("Technologies", "MultiselectPicklist"),
        ("Requirements", "LongTextArea"),
    ):
        key = tooling_query(sf, soql.format(name)).body["records"][0]["Id"]
        assert sf.call("GET", f"tooling/sobjects/CustomField/{key}").body["Metadata"]["type"] == type_
