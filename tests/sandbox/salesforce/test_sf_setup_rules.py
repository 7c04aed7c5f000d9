"""What it takes to change how an org is set up, and how far it may grow."""

import pytest

TEXT = {"label": "Key", "type": "Text", "length": 40}


def make(sf, full_name="Lead.Key__c", **metadata):
    return sf.call("POST", "tooling/sobjects/CustomField/", {"FullName": full_name, "Metadata": {**TEXT, **metadata}})


def told(answer):
    return answer.status, answer.body[0]["errorCode"]


@pytest.mark.parametrize(
    ("permission", "method", "path", "body"),
    [
        ("CustomizeApplication", "POST", "tooling/sobjects/CustomField/", {"FullName": "Lead.New__c"}),
        ("CustomizeApplication", "PATCH", "tooling/sobjects/CustomField/{field}", {"Metadata": TEXT}),
        ("CustomizeApplication", "DELETE", "tooling/sobjects/CustomField/{field}", None),
        ("ManageProfilesPermissionsets", "POST", "sobjects/PermissionSet", {"Name": "New", "Label": "New"}),
        ("ManageProfilesPermissionsets", "DELETE", "sobjects/PermissionSet/{set}", None),
        (
            "ManageProfilesPermissionsets",
            "POST",
            "sobjects/FieldPermissions",
            {"ParentId": "{set}", "SobjectType": "Lead", "Field": "Lead.Phone", "PermissionsRead": True},
        ),
        ("AssignPermissionSets", "POST", "sobjects/PermissionSetAssignment", {"PermissionSetId": "{set}"}),
    ],
)
def test_every_change_takes_its_permission(sf, permission, method, path, body):
    known = {"field": make(sf).body["id"], "set": sf.create("PermissionSet", Name="Mine", Label="Mine")}
    path = path.format(**known)
    body = body and {key: value.format(**known) if value == "{set}" else value for key, value in body.items()}
    sf.act("revoke", permission=permission)
    assert told(sf.call(method, path, body)) == (403, "INSUFFICIENT_ACCESS")
    sf.act("grant", permission=permission)
    answer = sf.call(method, path, body)
    assert answer.status != 403
    assert make(sf, "Lead.Other__c").status == 201


@pytest.mark.parametrize("name", ["", "9", "two__bars", "ends_", "a b", "x" * 81, "Ä"])
def test_names_that_no_permission_set_can_have(sf, name):
    assert sf.call("POST", "sobjects/PermissionSet", {"Name": name, "Label": "x"}).status == 400


def test_a_permission_set_has_a_name_of_its_own(sf):
    key = sf.create("PermissionSet", Name="Mine", Label="Mine")
    answer = sf.call("POST", "sobjects/PermissionSet", {"Name": "MINE", "Label": "Other"})
    assert told(answer) == (400, "DUPLICATE_DEVELOPER_NAME")
    assert sf.update("PermissionSet", key, Name="mine").status == 204


def test_a_permission_set_that_somebody_has_stays_and_goes_with_what_it_grants(sf, org):
    make(sf)
    key = sf.create("PermissionSet", Name="Mine", Label="Mine")
    sf.create("FieldPermissions", ParentId=key, SobjectType="Lead", Field="Lead.Key__c", PermissionsRead=True)
    link = sf.create("PermissionSetAssignment", AssigneeId=org.org.user_id(), PermissionSetId=key)
    assert told(sf.call("DELETE", f"sobjects/PermissionSet/{key}")) == (400, "DELETE_FAILED")
    assert sf.call("DELETE", f"sobjects/PermissionSetAssignment/{link}").status == 204
    assert sf.call("DELETE", f"sobjects/PermissionSet/{key}").status == 204
    assert sf.query(f"SELECT Id FROM FieldPermissions WHERE ParentId = '{key}'") == []


@pytest.mark.parametrize(
    ("field", "status"), [("Competitor_Research__c", 201), ("LastName", 400), ("IsConverted", 400)]
)
def test_fields_whose_sight_can_be_granted(sf, field, status):
    key = sf.create("PermissionSet", Name="Mine", Label="Mine")
    body = {"ParentId": key, "SobjectType": "Lead", "Field": f"Lead.{field}", "PermissionsRead": True}
    assert sf.call("POST", "sobjects/FieldPermissions", body).status == status


def test_an_object_has_so_many_external_ids_and_long_texts(sf):
    for number in range(25):
        assert make(sf, f"Lead.Id{number}__c", externalId=True).status == 201
    assert told(make(sf, externalId=True)) == (400, "CUSTOM_FIELD_INDEX_LIMIT_EXCEEDED")
    long = {"type": "LongTextArea", "length": 131_072, "visibleLines": 3}
    made = [make(sf, f"Lead.Long{number}__c", **long).status for number in range(13)]
    assert made == [201] * 12 + [400]


def test_an_object_has_so_many_custom_fields(sf, org):
    store = org.org.store
    column = store.columns("Lead")["visits__c"]
    there = sum(one.meta["custom"] for one in store.columns("Lead").values())
    for number in range(499 - there):
        store.add_column("Lead", type(column)(f"X{number}__c", column.kind, column.meta))
    key = make(sf).body["id"]
    assert told(make(sf, "Lead.More__c")) == (400, "CUSTOM_ENTITY_OR_FIELD_LIMIT")
    assert sf.call("DELETE", f"tooling/sobjects/CustomField/{key}").status == 204
    assert told(make(sf)) == (400, "CUSTOM_ENTITY_OR_FIELD_LIMIT"), "deleted fields count for 15 days"
    sf.pass_time(15 * 86_400)
    assert make(sf.log_in()).status == 201
