"""The field that keeps the key of a hand-off: unique on tasks, whatever its case, deleted tasks included."""

import pytest

KEY = "lsx1-abcdefghijklmnopqrstuvwxyz"


def insert(sf, **fields):
    return sf.call("POST", "sobjects/Task/", {"Subject": "Call", "Leadrelay_Key__c": KEY, **fields})


def test_describe_tells_what_a_connector_must_check(sf):
    fields = {field["name"]: field for field in sf.call("GET", "sobjects/Task/describe").body["fields"]}
    field = fields["Leadrelay_Key__c"]
    told = {name: field[name] for name in ("type", "length", "externalId", "unique", "caseSensitive", "createable")}
    assert told == {
        "type": "string",
        "length": 40,
        "externalId": True,
        "unique": True,
        "caseSensitive": False,
        "createable": True,
    }
    events = sf.call("GET", "sobjects/Event/describe").body["fields"]
    assert "Leadrelay_Key__c" not in {field["name"] for field in events}


def test_a_second_insert_is_refused_and_names_the_first(sf):
    made = insert(sf).body["id"]
    again = insert(sf, Leadrelay_Key__c=KEY.upper())
    message = f"duplicate value found: Leadrelay_Key__c duplicates value on record with id: {made[:15]}"
    assert (again.status, again.body) == (400, [{"message": message, "errorCode": "DUPLICATE_VALUE", "fields": []}])
    assert sf.call("GET", f"sobjects/Task/Leadrelay_Key__c/{KEY}").body["Id"] == made
    assert sf.query(f"SELECT Id FROM Task WHERE Leadrelay_Key__c = '{KEY.upper()}'")[0]["Id"] == made
    assert insert(sf, Leadrelay_Key__c=None).status == insert(sf, Leadrelay_Key__c=None).status == 201


def test_the_field_can_be_removed_and_made_again(sf):
    insert(sf)
    found = sf.call("GET", "tooling/query?q=SELECT Id FROM CustomField WHERE DeveloperName = 'Leadrelay_Key'")
    assert sf.call("DELETE", f"tooling/sobjects/CustomField/{found.body['records'][0]['Id']}").status == 204
    assert insert(sf).body[0]["errorCode"] == "INVALID_FIELD"
    sf.add_field("Activity.Leadrelay_Key__c", granted=False, unique=True, externalId=True)
    sf.grant("Task.Leadrelay_Key__c")
    assert (insert(sf).status, insert(sf).status) == (201, 400)


@pytest.mark.parametrize("name", ["Task", "Event"])
def test_permission_on_each_activity_is_its_own(sf, name):
    if name == "Event":
        sf.grant("Event.Leadrelay_Key__c")
    names = {field["name"] for field in sf.call("GET", f"sobjects/{name}/describe").body["fields"]}
    assert "Leadrelay_Key__c" in names
