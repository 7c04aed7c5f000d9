import pytest

ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "fields": [],
}
KEEP_OWNER = {"Sforce-Auto-Assign": "FALSE"}


def records(*rows, type_="Lead"):
    return [{"attributes": {"type": type_}, **row} for row in rows]


def patch(sf, rows, path="composite/sobjects", **more):
    return sf.call("PATCH", path, {"records": rows, **more}, KEEP_OWNER)


def codes(answer):
    assert answer.status == 200, answer.body
    return [one["errors"][0]["statusCode"] if one["errors"] else "ok" for one in answer.body]


def test_each_record_has_its_verdict_in_order(sf):
    good, deleted = sf.lead(), sf.lead()
    sf.call("DELETE", f"sobjects/Lead/{deleted}")
    account = sf.create("Account", Name="x")
    answer = patch(
        sf,
        records(
            {"id": good[:15], "Title": "x"},
            {"Id": deleted, "Title": "x"},
            {"id": "00QHs00000zzzzz", "Title": "x"},
            {"id": account, "Title": "x"},
            {"id": "nonsense", "Title": "x"},
            {"Title": "x"},
            {"id": good, "Email": "x", "Phone": "1" * 41},
        ),
    )
    assert codes(answer) == [
        "ok",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "MALFORMED_ID",
        "MISSING_ARGUMENT",
        "INVALID_EMAIL_ADDRESS",
    ]
    assert answer.body[0] == {"id": good, "success": True, "errors": []}
    assert answer.body[-1] == {
        "success": False,
        "errors": [
            {"statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: x", "fields": ["Email"]},
            {
                "statusCode": "STRING_TOO_LONG",
                "message": f"Phone: data value too large: {'1' * 41} (max length=40)",
                "fields": ["Phone"],
            },
        ],
    }
    assert sf.read("Lead", good, "Title") == "x"


@pytest.mark.parametrize("row", [{"Nope__c": 1}, {"Title": 5}])
def test_a_record_that_cannot_be_read_takes_the_whole_request_with_it(sf, row):
    good = sf.lead()
    answer = patch(sf, records({"id": good, "Title": "x"}, {"id": good, **row}))
    assert (answer.status, answer.body[0]["errorCode"]) == (
        400,
        "INVALID_FIELD" if "Nope__c" in row else "JSON_PARSER_ERROR",
    )
    assert sf.read("Lead", good, "Title") is None


def test_all_or_none(sf):
    good, bad = sf.lead(), sf.lead()
    answer = patch(sf, records({"id": good, "Title": "x"}, {"id": bad, "Email": "x"}), allOrNone=True)
    assert answer.body[0] == {"success": False, "errors": [ROLLED_BACK]}
    assert codes(answer)[1] == "INVALID_EMAIL_ADDRESS"
    assert sf.read("Lead", good, "Title") is None
    assert [row["field"] for row in sf.history(good) if row["action"] == "update"] == []


def test_create_and_delete(sf):
    answer = sf.call(
        "POST", "composite/sobjects", {"records": records({"LastName": "a", "Company": "b"}, {"LastName": "a"})}
    )
    assert codes(answer) == ["ok", "REQUIRED_FIELD_MISSING"]
    key = answer.body[0]["id"]
    answer = sf.call("DELETE", f"composite/sobjects?ids={key},00QHs00000zzzzz,x&allOrNone=false")
    assert codes(answer) == ["ok", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]
    assert sf.call("GET", f"sobjects/Lead/{key}").status == 404
    other = sf.lead()
    assert codes(sf.call("DELETE", f"composite/sobjects?ids={other},{key}&allOrNone=true")) == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "ENTITY_IS_DELETED",
    ]
    assert sf.read("Lead", other, "Id") == other


def test_upsert_by_external_id(sf):
    sf.add_field(externalId=True)
    one, two = ({"Key__c": "1", "LastName": "a", "Company": "b"}, {"key__c": "2", "Title": "x"})
    answer = patch(sf, records(one, two, {"Title": "no key"}), "composite/sobjects/Lead/Key__c")
    assert codes(answer) == ["ok", "REQUIRED_FIELD_MISSING", "MISSING_ARGUMENT"]
    assert answer.body[0]["created"] is True
    again = patch(sf, records({"Key__c": "1", "Title": "x"}), "composite/sobjects/Lead/Key__c")
    assert again.body == [{"id": answer.body[0]["id"], "success": True, "errors": [], "created": False}]
    sf.lead(Key__c="1")
    assert codes(patch(sf, records({"Key__c": "1"}), "composite/sobjects/Lead/Key__c")) == ["DUPLICATE_EXTERNAL_ID"]
    assert patch(sf, records({"Title": "1"}), "composite/sobjects/Lead/Title").status == 404
    assert patch(sf, records({"Key__c": "1"}, type_="Contact"), "composite/sobjects/Lead/Key__c").status == 400


def test_limits_of_a_request(sf):
    key = sf.lead()
    answer = patch(sf, records(*[{"id": key}] * 201))
    assert (answer.status, answer.body[0]) == (
        400,
        {
            "message": "record limit reached. cannot submit more than 200 records into this call",
            "errorCode": "EXCEEDED_ID_LIMIT",
        },
    )
    mixed = [*records({"LastName": "x"}, type_="Contact"), *records({"LastName": "x", "Company": "y"})] * 6
    assert sf.call("POST", "composite/sobjects", {"records": mixed}).status == 400
    assert codes(sf.call("POST", "composite/sobjects", {"records": mixed[:10]})) == ["ok"] * 10
    assert codes(patch(sf, records(*[{"id": key}] * 13))) == ["ok"] * 12 + ["DUPLICATE_VALUE"]


@pytest.mark.parametrize(
    "body", [{}, {"records": []}, {"records": [1]}, {"records": [{"Title": "x"}]}, {"records": records({}, type_="No")}]
)
def test_bodies_that_are_no_collection(sf, body):
    assert sf.call("POST", "composite/sobjects", body).status == 400


def test_reading_many(sf):
    one, two = sf.lead(Title="a"), sf.lead()
    sf.call("DELETE", f"sobjects/Lead/{two}")
    answer = sf.call("POST", "composite/sobjects/Lead", {"ids": [two, one, "00QHs00000zzzzz"], "fields": ["Title"]})
    assert [row and row["Title"] for row in answer.body] == [None, "a", None]
    assert sf.call("GET", f"composite/sobjects/Lead?ids={one}&fields=Id,Title").body[0]["Id"] == one
    assert sf.call("GET", f"composite/sobjects/Lead?ids={one}&fields=Nope").body[0]["errorCode"] == "INVALID_FIELD"
    assert sf.call("GET", f"composite/sobjects/Lead?ids={one}").status == 400
    assert sf.call("POST", "composite/sobjects/Lead", {"ids": [one] * 2001, "fields": ["Id"]}).status == 400


def test_the_assignment_rule_runs_here_too(sf):
    key = sf.lead()
    sf.call("PATCH", "composite/sobjects", {"records": records({"id": key, "Title": "x"})})
    assert sf.history(key)[-1]["actor"] == "assignment rule"


def test_two_hundred_records_of_ten_fields_are_all_written(sf):
    rows = [{"LastName": f"n{number}", "Company": "c"} for number in range(200)]
    made = sf.call("POST", "composite/sobjects", {"records": records(*rows)}, KEEP_OWNER).body
    fields = ("Title", "Phone", "City", "State", "Country", "Industry", "Website", "Fax", "Street", "PostalCode")
    changes = [{"id": one["id"], **dict.fromkeys(fields, "v")} for one in made]
    assert codes(patch(sf, records(*changes))) == ["ok"] * 200
