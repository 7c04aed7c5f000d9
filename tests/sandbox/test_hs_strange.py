"""Whatever a client sends, the answer is HubSpot's: a success of the documented form, or a refusal; never a crash."""

import copy
from contextlib import suppress

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONTACTS = "/crm/v3/objects/contacts"
LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]
INPUT = {"id": "100451", "idProperty": "email", "properties": {"firstname": "A"}, "objectWriteTraceId": "t"}
ENDS = {"from": {"id": "100451"}, "to": {"id": "100452"}, "types": LINK}
PROPERTY = {
    "name": "new_one",
    "label": "New",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "contactinformation",
    "options": [{"label": "A", "value": "a", "displayOrder": 1, "hidden": False}],
    "hasUniqueValue": False,
}
SEARCH = {
    "filterGroups": [
        {"filters": [{"propertyName": "numemployees", "operator": "BETWEEN", "value": "1", "highValue": "2"}]},
    ],
    "filters": [{"propertyName": "zip", "operator": "IN", "values": ["1"]}],
    "sorts": [{"propertyName": "zip", "direction": "ASCENDING"}],
    "query": "a",
    "properties": ["zip"],
    "limit": 5,
    "after": "0",
}
CALLS = [
    ("POST", CONTACTS, {"properties": {"email": "a@b.example", "technologies": ";SAP"}, "associations": [ENDS]}),
    ("POST", "/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "0"}, "associations": [ENDS]}),
    ("PATCH", f"{CONTACTS}/100451", {"properties": {"numemployees": 5, "project_start": "0", "converted": True}}),
    ("POST", f"{CONTACTS}/merge", {"primaryObjectId": "100451", "objectIdToMerge": "100452"}),
    ("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "100451", "idProperty": "email"}),
    *(("POST", f"{CONTACTS}/batch/{verb}", {"inputs": [INPUT], "properties": ["zip"], "propertiesWithHistory": ["zip"]})
      for verb in ("read", "create", "update", "upsert", "archive")),
    ("POST", f"{CONTACTS}/search", SEARCH),
    ("POST", "/crm/v3/properties/contacts", PROPERTY),
    ("PATCH", "/crm/v3/properties/contacts/lead_source", PROPERTY),
    ("POST", "/crm/v3/properties/contacts/batch/create", {"inputs": [PROPERTY]}),
    ("POST", "/crm/v3/properties/contacts/batch/read", {"inputs": [{"name": "zip"}]}),
    ("POST", "/crm/v3/properties/contacts/groups", {"name": "g", "label": "G"}),
    ("PUT", "/crm/v4/objects/tasks/100453/associations/contacts/100451", LINK),
    *(("POST", f"/crm/v4/associations/tasks/contacts/batch/{verb}", {"inputs": [{**ENDS, "id": "100453"}]})
      for verb in ("read", "create", "associate/default", "archive", "labels/archive")),
]  # fmt: skip
JUNK = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, 2**62, [], {}, [[]], [None], ["x"], {"id": []}),
        *("", "x", "9" * 40, "100451", "-createdate", "{", "\x00é", "a;b", "2026-99-99", "1e999", "zip", "EQ"),
        "associations.task",
    ]
)


def places(node, path=()):
    """The ways to every value in a body."""
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(body, path, junk):
    if not path:
        return junk
    body = copy.deepcopy(body)
    node = body
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    return body


class Undone(Exception):
    pass


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), call=st.sampled_from(CALLS), junk=JUNK)
def test_no_body_breaks_the_portal(portal, data, call, junk):
    method, path, body = call
    path_in_body = data.draw(st.sampled_from(list(places(body))))

    with suppress(Undone), portal.app.store.transaction():
        for kind, properties in (("contacts", {}), ("contacts", {}), ("tasks", {"hs_timestamp": "1"})):
            portal.make(kind, properties)
        answer = portal.call(method, path, orjson.dumps(replaced(body, path_in_body, junk)))
        raise Undone

    assert answer.status in {200, 201, 204, 207, 400, 404, 409}
    if answer.status >= 400:
        assert answer.body["status"] == "error"
        assert answer.body["message"]
