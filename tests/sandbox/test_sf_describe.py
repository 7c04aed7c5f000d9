"""What the API says of its objects, and which records changed in a span of time."""

from dataclasses import replace

import pytest

from leadrelay.sandbox.salesforce import changes, describe, fields, ids, objects, query
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.org import Org, prepare
from leadrelay.sandbox.store import Store, stamp
from leadrelay.sandbox.wire import Request, Router

BASE = "/services/data/v60.0/"
FIELD_KEYS = {
    *("aggregatable", "aiPredictionField", "autoNumber", "byteLength", "calculated", "calculatedFormula"),
    *("cascadeDelete", "caseSensitive", "compoundFieldName", "controllerName", "createable", "custom", "defaultValue"),
    *("defaultValueFormula", "defaultedOnCreate", "dependentPicklist", "deprecatedAndHidden", "digits"),
    *("displayLocationInDecimal", "encrypted", "externalId", "extraTypeInfo", "filterable", "filteredLookupInfo"),
    *("formulaTreatNullNumberAsZero", "groupable", "highScaleNumber", "htmlFormatted", "idLookup", "inlineHelpText"),
    *("label", "length", "mask", "maskType", "name", "nameField", "namePointing", "nillable", "permissionable"),
    *("picklistValues", "polymorphicForeignKey", "precision", "queryByDistance", "referenceTargetField", "referenceTo"),
    *("relationshipName", "relationshipOrder", "restrictedDelete", "restrictedPicklist", "scale"),
    *("searchPrefilterable", "soapType", "sortable", "type", "unique", "updateable", "writeRequiresMasterRead"),
}


@pytest.fixture
def org():
    store = Store()
    made = Org(store, lambda: "http://127.0.0.1:8001")
    prepare(store)
    yield made
    store.close()


@pytest.fixture
def get(org):
    router = Router()
    for part in (query, describe, changes):
        part.add_routes(router, org)

    def ask(path, **asked):
        handler, parts, _ = router.find("GET", BASE + path)
        try:
            return handler(Request("GET", BASE + path, asked, parts=parts)).body
        except SalesforceError as refusal:
            return refusal.body()

    return ask


@pytest.fixture
def lead(get):
    def describe_lead():
        return {field["name"]: field for field in get("sobjects/Lead/describe")["fields"]}

    return describe_lead


def _some(field, *keys):
    return tuple(field[key] for key in keys)


# -- describe ---------------------------------------------------------------------------------------------------------


def test_every_object_is_listed_and_described(get):
    listed = get("sobjects/")
    assert (listed["encoding"], listed["maxBatchSize"]) == ("UTF-8", 200)
    names = [kind["name"] for kind in listed["sobjects"]]
    assert names == sorted(set(objects.OBJECTS) - {"CurrencyType"}), "which is there where there are several only"
    for name in names:
        described = get(f"sobjects/{name}/describe")
        assert described["keyPrefix"] == ids.PREFIXES[name]
        assert all(set(field) == FIELD_KEYS for field in described["fields"])


def test_an_object_in_short_is_its_entry_in_the_list(get):
    entry = next(kind for kind in get("sobjects")["sobjects"] if kind["name"] == "Lead")
    assert get("sobjects/lead") == {"objectDescribe": entry, "recentItems": []}
    assert entry["urls"]["rowTemplate"] == "/services/data/v60.0/sobjects/Lead/{ID}"


def test_lead_is_what_clients_expect(get):
    described = get("sobjects/Lead/describe/")
    assert _some(described, "label", "labelPlural", "keyPrefix", "createable", "queryable") == (
        *("Lead", "Leads", "00Q"),
        *(True, True),
    )
    children = {(c["childSObject"], c["field"]): c["relationshipName"] for c in described["childRelationships"]}
    assert children["Task", "WhoId"] == "Tasks"
    assert [kind["name"] for kind in described["recordTypeInfos"]] == ["Master"]


def test_fields_of_lead_are_what_clients_expect(lead):
    shown = lead()
    assert _some(shown["Id"], "type", "soapType", "length", "nillable", "idLookup") == ("id", "tns:ID", 18, False, True)
    assert _some(shown["LastName"], "type", "length", "nillable", "createable", "updateable") == (
        *("string", 80, False),
        *(True, True),
    )
    assert _some(shown["Email"], "type", "soapType", "length", "idLookup") == ("email", "xsd:string", 80, True)
    assert _some(shown["NumberOfEmployees"], "type", "soapType", "digits") == ("int", "xsd:int", 8)
    assert _some(shown["OwnerId"], "type", "referenceTo", "relationshipName", "polymorphicForeignKey") == (
        *("reference", ["Group", "User"]),
        *("Owner", True),
    )
    assert _some(shown["Name"], "createable", "updateable", "nameField", "label") == (False, False, True, "Full Name")
    assert _some(shown["Street"], "compoundFieldName", "extraTypeInfo") == ("Address", "plaintextarea")
    assert _some(shown["Description"], "filterable", "sortable", "groupable") == (False, False, False)
    assert _some(shown["CreatedDate"], "type", "createable", "sortable", "groupable") == (
        "datetime",
        False,
        True,
        False,
    )
    assert _some(shown["IsConverted"], "type", "defaultValue", "updateable") == ("boolean", False, False)


def test_a_picklist_shows_its_values_and_its_default(lead):
    first, *others = lead()["Status"]["picklistValues"]
    name = "Open - Not Contacted"
    assert first == {"active": True, "defaultValue": True, "label": name, "validFor": None, "value": name}
    assert not any(value["defaultValue"] for value in others)


def test_product_fields_are_there(lead):
    score = lead()["Leadrelay_Score__c"]
    assert _some(score, "type", "precision", "scale", "custom", "updateable", "label") == (
        *("double", 4, 0),
        *(True, True, "Leadrelay Score"),
    )
    assert _some(lead()["Leadrelay_Reasons__c"], "type", "length") == ("textarea", 4000)


def test_a_custom_field_is_hidden_until_it_is_granted(get, lead, org):
    field = fields.custom("Region__c", "string", granted=False, length=40)
    org.store.add_column("Lead", field)
    asked = {"q": "SELECT Region__c FROM Lead"}
    assert "Region__c" not in lead()
    assert get("query", **asked)[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Region__c' on entity 'Lead'" in get("query", **asked)[0]["message"]
    org.store.change_column("Lead", replace(field, meta={**field.meta, "granted": True}))
    assert _some(lead()["Region__c"], "label", "length", "custom") == ("Region", 40, True)
    assert get("query", **asked)["totalSize"] == 0


@pytest.mark.parametrize(
    "path", ["sobjects/Nope", "sobjects/Nope/describe", "sobjects/Nope/updated", "sobjects/Nope/deleted"]
)
def test_an_unknown_object_is_not_found(get, path):
    assert get(path) == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


# -- changes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def changed(org):
    """Adds a lead that was modified, or put to the bin, so many minutes ago."""
    # 30 seconds past a minute, so that minutes ago fall into known minutes.
    org.store.clock.advance(90 - org.now().second - org.now().microsecond / 1e6)

    def add(minutes, *, deleted=False):
        org.store.clock.advance(-60 * minutes)
        when = stamp(org.now().replace(microsecond=0))
        org.store.clock.advance(60 * minutes)
        known = {c.name: 0 for c in org.store.columns("Lead").values() if c.kind == "boolean"}
        stamps = {"CreatedDate": when, "LastModifiedDate": when, "SystemModstamp": when}
        key = ids.take(org.store, "Lead")[0]
        row = {**known, **stamps, "Id": key, "LastName": "x", "Company": "x", "IsDeleted": int(deleted)}
        org.store.insert("Lead", [row], "test", silent=True)
        return key

    return add


def _ago(org, minutes, seconds=0):
    org.store.clock.advance(-60 * minutes - seconds)
    text = org.now().strftime("%Y-%m-%dT%H:%M:%S+00:00")
    org.store.clock.advance(60 * minutes + seconds)
    return text


def _printed(text):
    return text[:17] + "00.000+0000"


def test_updated_lists_what_changed_between_two_minutes(get, org, changed):
    changed(30)
    wanted = [changed(20), changed(10)]
    changed(15, deleted=True)
    changed(4)
    answer = get("sobjects/Lead/updated/", start=_ago(org, 25), end=_ago(org, 5))
    assert answer == {"ids": wanted, "latestDateCovered": _printed(_ago(org, 5))}


def test_deleted_lists_what_went_to_the_bin(get, org, changed):
    changed(20)
    binned = changed(10, deleted=True)
    answer = get("sobjects/lead/deleted", start=_ago(org, 25), end=_ago(org, 5))
    assert answer["deletedRecords"] == [{"id": binned, "deletedDate": _ago(org, 10)[:19] + ".000+0000"}]
    assert answer["latestDateCovered"] == _printed(_ago(org, 5))
    assert answer["earliestDateAvailable"].endswith("+0000")


def test_seconds_do_not_count(get, org, changed):
    key = changed(10)
    whole = get("sobjects/Lead/updated", start=_ago(org, 10, -29), end=_ago(org, 8))
    assert whole["ids"] == [key]
    assert get("sobjects/Lead/updated", start=_ago(org, 12), end=_ago(org, 10, -29))["ids"] == []


def test_the_next_span_starts_where_this_one_was_covered(get, org, changed):
    start, found = _ago(org, 60), set()
    keys = {changed(minutes) for minutes in (50, 20, 1, 0)}
    for _ in range(2):
        answer = get("sobjects/Lead/updated", start=start, end=_ago(org, -10))
        found |= set(answer["ids"])
        start = answer["latestDateCovered"]
    assert found == keys
    assert start == _printed(_ago(org, 0))


@pytest.mark.parametrize(
    ("what", "start", "end", "message"),
    [
        ("updated", 31 * 1440, 0, "startDate cannot be more than 30 days ago"),
        ("deleted", 16 * 1440, 0, "startDate cannot be more than 15 days ago"),
        ("updated", 5, 5, "endDate must be at least one minute greater than startDate"),
        ("deleted", 5, 8, "endDate must be at least one minute greater than startDate"),
    ],
)
def test_spans_have_their_limits(get, org, what, start, end, message):
    refusal = get(f"sobjects/Lead/{what}/", start=_ago(org, start), end=_ago(org, end))
    assert refusal == [{"message": message, "errorCode": "INVALID_REPLICATION_DATE"}]


def test_dates_must_be_dates(get, org):
    assert get("sobjects/Lead/updated", start="x", end=_ago(org, 0))[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    assert get("sobjects/Lead/updated", start=_ago(org, 0))[0]["errorCode"] == "MISSING_ARGUMENT"


def test_a_plus_sign_that_was_not_encoded_is_understood(get, org, changed):
    key = changed(3)
    start, end = (_ago(org, minutes).replace("+", " ") for minutes in (5, 1))
    assert get("sobjects/Lead/updated", start=start, end=end)["ids"] == [key]
