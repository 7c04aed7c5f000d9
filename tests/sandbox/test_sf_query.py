"""Queries over HTTP: what answers look like, and that pages lose nothing."""

from datetime import UTC, date, datetime

import pytest

from leadrelay.sandbox.salesforce import fields, ids, loading, query
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.org import Org, prepare
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Router

BASE = "/services/data/v60.0/"
STAMP = "2026-01-05T10:00:00.000Z"


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
    query.add_routes(router, org)

    def ask(path, soql=None, **headers):
        handler, parts, _ = router.find("GET", path if path.startswith("/") else BASE + path)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            return handler(Request("GET", path, {"q": soql} if soql else {}, headers, parts=parts)).body
        except SalesforceError as refusal:
            return refusal.body()

    return ask


@pytest.fixture
def add(org):
    def insert(*rows, object_name="Lead"):
        known = {c.name: 0 for c in org.store.columns(object_name).values() if c.kind == "boolean"}
        stamps = {
            "CreatedDate": STAMP,
            "CreatedById": org.user_id(),
            "LastModifiedDate": STAMP,
            "SystemModstamp": STAMP,
        }
        keys = ids.take(org.store, object_name, len(rows))
        common = {**known, **stamps, "LastName": "Doe", "Company": "Acme", "OwnerId": org.user_id()}
        common = {name: value for name, value in common.items() if name.lower() in org.store.columns(object_name)}
        made = [{**common, "Id": key, **row} for key, row in zip(keys, rows, strict=True)]
        org.store.insert(object_name, made, "test", silent=True)
        return [row["Id"] for row in made]

    return insert


# -- records ----------------------------------------------------------------------------------------------------------


def test_values_look_as_salesforce_prints_them(get, add):
    (key,) = add(
        {
            "FirstName": "Zoë",
            "NumberOfEmployees": 50,
            "AnnualRevenue": 3,
            "Servers__c": 12.0,
            "Project_Start__c": "2026-02-01",
            "DoNotCall": 1,
            "City": "Paris",
        }
    )
    soql = (
        "SELECT id, NAME, NumberOfEmployees, AnnualRevenue, Servers__c, Project_Start__c, DoNotCall, IsConverted,"
        " CreatedDate, Title, Technologies__c, Address FROM lead"
    )
    assert get("query/", soql) == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": "Lead", "url": f"/services/data/v60.0/sobjects/Lead/{key}"},
                "Id": key,
                "Name": "Zoë Doe",
                "NumberOfEmployees": 50,
                "AnnualRevenue": 3.0,
                "Servers__c": 12.0,
                "Project_Start__c": "2026-02-01",
                "DoNotCall": True,
                "IsConverted": False,
                "CreatedDate": "2026-01-05T10:00:00.000+0000",
                "Title": None,
                "Technologies__c": None,
                "Address": {
                    "city": "Paris",
                    "country": None,
                    "geocodeAccuracy": None,
                    "latitude": None,
                    "longitude": None,
                    "postalCode": None,
                    "state": None,
                    "street": None,
                },
            }
        ],
    }


def test_parents_are_objects_of_their_own_type_or_null(get, add, org):
    queue = org.store.select("SELECT Id FROM \"Group\" WHERE Name = 'Inbound Leads'")[0]["Id"]
    add({"OwnerId": queue}, {})
    soql = "SELECT Owner.Name, Owner.Type, CreatedBy.Manager.Email, Id, CreatedBy.IsActive, ConvertedAccount.Name"
    queued, mine = get("query", f"{soql} FROM Lead")["records"]
    assert list(queued) == ["attributes", "Owner", "CreatedBy", "Id", "ConvertedAccount"]
    attributes = {"type": "Group", "url": f"/services/data/v60.0/sobjects/Group/{queue}"}
    assert queued["Owner"] == {"attributes": attributes, "Name": "Inbound Leads", "Type": "Group"}
    assert mine["Owner"]["attributes"]["type"] == mine["Owner"]["Type"] == "User"
    assert mine["CreatedBy"]["IsActive"] is True
    assert mine["CreatedBy"]["Manager"] is None
    assert mine["ConvertedAccount"] is None


def test_order_puts_nulls_first_and_ignores_case(get, add):
    add({"City": "b"}, {"City": None}, {"City": "A"}, {"City": "C"})

    def cities(order):
        return [record["City"] for record in get("query", f"SELECT City FROM Lead ORDER BY {order}")["records"]]

    assert cities("City") == [None, "A", "b", "C"]
    assert cities("City DESC") == [None, "C", "b", "A"]
    assert cities("City DESC NULLS LAST") == ["C", "b", "A", None]
    assert cities("City NULLS LAST LIMIT 2 OFFSET 1") == ["b", "C"]


def test_total_size_counts_within_the_limit(get, add):
    add({}, {}, {})
    assert get("query", "SELECT Id FROM Lead LIMIT 2")["totalSize"] == 2
    assert get("query", "SELECT COUNT() FROM Lead LIMIT 2") == {"totalSize": 2, "done": True, "records": []}


def test_fields_functions_select_by_kind(get, add):
    add({})
    standard = get("query", "SELECT FIELDS(STANDARD) FROM Lead")["records"][0]
    custom = get("query", "SELECT FIELDS(CUSTOM) FROM Lead LIMIT 200")["records"][0]
    assert "LastName" in standard
    assert "Leadrelay_Score__c" not in standard
    assert set(get("query", "SELECT FIELDS(ALL) FROM Lead LIMIT 1")["records"][0]) == set(standard) | set(custom)


# -- aggregates -------------------------------------------------------------------------------------------------------


def test_groups_are_aggregate_results(get, add):
    add({"City": "Bern", "NumberOfEmployees": 5}, {"City": "Bern", "NumberOfEmployees": 8}, {"City": "Oslo"})
    soql = (
        "SELECT City, COUNT(Id), MAX(CreatedDate), AVG(NumberOfEmployees) mean, SUM(NumberOfEmployees), COUNT(Title)"
        " FROM Lead GROUP BY City ORDER BY COUNT(Id) DESC"
    )
    bern, oslo = get("query", soql)["records"]
    assert bern == {
        "attributes": {"type": "AggregateResult"},
        "City": "Bern",
        "expr0": 2,
        "expr1": "2026-01-05T10:00:00.000+0000",
        "mean": 6.5,
        "expr2": 13,
        "expr3": 0,
    }
    assert (oslo["expr0"], oslo["mean"]) == (1, None)


def test_having_filters_groups(get, add):
    add({"Email": "a@x.example"}, {"Email": "a@x.example"}, {"Email": "b@x.example"})
    soql = "SELECT Email FROM Lead WHERE LastName = 'Doe' GROUP BY Email HAVING COUNT(Id) > 1 AND Email LIKE 'a%'"
    assert [row["Email"] for row in get("query", soql)["records"]] == ["a@x.example"]


def test_groups_by_a_parent_and_by_a_part_of_a_date(get, add):
    add({}, {"CreatedDate": "2025-06-01T00:00:00.000Z"})
    soql = "SELECT Owner.Name, CALENDAR_YEAR(CreatedDate), COUNT_DISTINCT(OwnerId) n FROM Lead"
    rows = get("query", f"{soql} GROUP BY Owner.Name, CALENDAR_YEAR(CreatedDate)")["records"]
    assert [(row["Name"], row["expr0"], row["n"]) for row in rows] == [
        ("Integration User", 2025, 1),
        ("Integration User", 2026, 1),
    ]


def test_aggregates_have_no_further_pages(get, add):
    add(*({"City": f"c{n}"} for n in range(2001)))
    message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
    soql = "SELECT City, COUNT(Id) FROM Lead GROUP BY City"
    assert get("query", soql) == [{"message": message, "errorCode": "EXCEEDED_ID_LIMIT"}]
    assert get("query", f"{soql} LIMIT 2000")["totalSize"] == 2000


# -- refusals ---------------------------------------------------------------------------------------------------------

REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        (
            "SELECT Id, Foo FROM Lead",
            "INVALID_FIELD",
            "\nSELECT Id, Foo FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Lead'."
            " If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
            + REFERENCE,
        ),
        (
            "SELECT Id FROM Leads",
            "INVALID_TYPE",
            "\nSELECT Id FROM Leads\n               ^\nERROR at Row:1:Column:16\n"
            "sObject type 'Leads' is not supported. If you are attempting to use"
            " a custom object, be sure to append the '__c' after the entity name. " + REFERENCE,
        ),
        (
            "SELECT Boss.Name FROM Lead",
            "INVALID_FIELD",
            "\nSELECT Boss.Name FROM Lead\n       ^\nERROR at Row:1:Column:8\n"
            "Didn't understand relationship 'Boss' in field path. If you are attempting to use"
            " a custom relationship, be sure to append the '__r' after the custom"
            " relationship name. " + REFERENCE,
        ),
        (
            # forcedotcom/SFDX-Data-Move-Utility #230: the same words around the place.
            "SELECT Id, IsPersonAccount, AccountId, Name FROM Contact WHERE Name IN ('Bryson Dechambeau')",
            "INVALID_FIELD",
            "\nSELECT Id, IsPersonAccount, AccountId, Name\n           ^\nERROR at Row:1:Column:12\nNo such column"
            " 'IsPersonAccount' on entity 'Contact'. If you are attempting to use a custom field, be sure to append the"
            " '__c' after the custom field name. " + REFERENCE,
        ),
        ("SELECT Id, Name, id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id, FIELDS(STANDARD) FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        (
            "SELECT FIELDS(ALL) FROM Lead",
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        ("SELECT Name n FROM Lead", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT City, COUNT(Id) FROM Lead", "MALFORMED_QUERY", "Field must be grouped or aggregated: City"),
        (
            "SELECT COUNT(Id) FROM Lead LIMIT 1",
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        (
            "SELECT City FROM Lead GROUP BY City ORDER BY Name",
            "MALFORMED_QUERY",
            "Ordered field must be grouped or aggregated: Name",
        ),
        (
            "SELECT Id FROM Lead ORDER BY Description",
            "INVALID_FIELD",
            "\nSELECT Id FROM Lead ORDER BY Description\n                             ^\nERROR at Row:1:Column:30\n"
            "field 'Description' can not be sorted in a query call",
        ),
        (
            "SELECT CreatedDate FROM Lead GROUP BY CreatedDate",
            "INVALID_FIELD",
            "\nCreatedDate FROM Lead GROUP BY CreatedDate\n                               ^\nERROR at Row:1:Column:39\n"
            "field 'CreatedDate' can not be grouped in a query call",
        ),
        (
            "SELECT COUNT() FROM Lead ORDER BY Name",
            "MALFORMED_QUERY",
            "Ordered field must be grouped or aggregated: Name",
        ),
        (
            "SELECT COUNT() FROM Lead GROUP BY City",
            "MALFORMED_QUERY",
            "COUNT() cannot be used with GROUP BY; use COUNT(fieldName)",
        ),
        (None, "MALFORMED_QUERY", "SOQL statements cannot be empty or null"),
    ],
)
def test_refusals_have_the_real_words(get, soql, code, message):
    assert get("query", soql) == [{"message": message, "errorCode": code}]


@pytest.mark.parametrize(
    ("soql", "what"),
    [
        ("SELECT FORMAT(AnnualRevenue) FROM Lead", "FORMAT()"),
        ("SELECT City FROM Lead GROUP BY ROLLUP(City)", "ROLLUP()"),
        ("SELECT Id FROM Lead USING SCOPE mine", "USING"),
        ("SELECT Id FROM Lead WHERE City = 'x' WITH SECURITY_ENFORCED", "WITH"),
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Lead", "child subqueries"),
        ("SELECT TYPEOF Owner WHEN User THEN Id END FROM Lead", "TYPEOF"),
    ],
)
def test_what_a_real_org_takes_and_this_one_does_not_is_told(get, soql, what):
    (refusal,) = get("query", soql)
    assert refusal["errorCode"] == "MALFORMED_QUERY"
    assert refusal["message"].endswith(f"\nthe leadrelay sandbox does not model {what}")


@pytest.mark.parametrize("path", ["search", "parameterizedSearch"])
def test_there_is_no_search(get, path):
    message = "the leadrelay sandbox does not model SOSL; ask by SOQL, at query"
    assert get(path) == [{"message": message, "errorCode": "MALFORMED_SEARCH"}]


def test_words_around_the_place_are_those_of_a_recorded_answer(get, org):
    org.store.change_column("Contact", fields.column("Name", "string", filterable=False))
    soql = "SELECT Id, CreatedById, AccountId, Name FROM Contact WHERE Name IN ('Bryson Dechambeau')"
    (refusal,) = get("query", soql)
    first = "AccountId, Name FROM Contact WHERE Name IN ('Bryson Dechambeau')"
    assert refusal["message"].splitlines()[1:] == [
        first,
        " " * first.rindex("Name IN") + "^",
        "ERROR at Row:1:Column:60",
        "field 'Name' can not be filtered in a query call",
    ]


# -- pages ------------------------------------------------------------------------------------------------------------


def _walk(get, soql, path="query", **headers):
    page, pages = get(path, soql, **headers), []
    while True:
        pages.append(page)
        if page["done"]:
            return pages
        page = get(page["nextRecordsUrl"])


@pytest.mark.parametrize(("asked", "size"), [(None, 2000), ("200", 200), ("999", 999), ("5", 200), ("9999", 2000)])
def test_pages_lose_nothing_and_repeat_nothing(get, add, asked, size):
    keys = add(*({} for _ in range(4501)))
    headers = {"sforce_query_options": f"batchSize={asked}"} if asked else {}
    pages = _walk(get, "SELECT Id FROM Lead ORDER BY SystemModstamp, Id", **headers)
    assert [record["Id"] for page in pages for record in page["records"]] == keys
    assert {len(page["records"]) for page in pages[:-1]} == {size}
    assert {page["totalSize"] for page in pages} == {4501}
    assert [page["done"] for page in pages] == [False] * (len(pages) - 1) + [True]


def test_a_next_url_has_the_five_parts_that_clients_split(get, add):
    add(*({} for _ in range(2001)))
    url = get("query", "SELECT Id FROM Lead")["nextRecordsUrl"]
    assert url.strip("/").split("/")[:4] == ["services", "data", "v60.0", "query"]
    locator = url.strip("/").split("/")[4]
    assert (locator[:3], locator[-5:]) == ("01g", "-2000")
    assert get(f"query/{locator}")["records"] == get(url)["records"]


def test_a_later_page_shows_records_as_they_are_then(get, add, org):
    keys = add(*({} for _ in range(2005)))
    url = get("query", "SELECT Id, City FROM Lead ORDER BY Id")["nextRecordsUrl"]
    org.store.update("Lead", keys[2000], {"City": "Rome"}, "person")
    org.store.update("Lead", keys[2001], {"IsDeleted": 1}, "person")
    page = get(url)
    assert [record["Id"] for record in page["records"]] == [keys[2000], *keys[2002:]]
    assert page["records"][0]["City"] == "Rome"
    assert (page["totalSize"], page["done"]) == (2005, True)


def test_locators_live_two_days(get, add, org):
    add(*({} for _ in range(2001)))
    url = get("query", "SELECT Id FROM Lead")["nextRecordsUrl"]
    org.store.clock.advance(47 * 3600)
    assert get(url)["done"]
    org.store.clock.advance(2 * 3600)
    refusal = [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
    assert get(url) == get("query/01gHs0000000009MAA-2000") == get("query/nonsense") == refusal


def test_query_all_shows_the_bin(get, add):
    kept, binned = add({}, {"IsDeleted": 1})
    assert [r["Id"] for r in get("query", "SELECT Id FROM Lead")["records"]] == [kept]
    everything = get("queryAll/", "SELECT Id, IsDeleted FROM Lead ORDER BY Id")["records"]
    assert [(r["Id"], r["IsDeleted"]) for r in everything] == [(kept, False), (binned, True)]


def test_shrinking_pages_shrink_where_the_real_ones_do(get, add, org):
    add(*({} for _ in range(2001)))
    org.store.remember("setting:page_shrink", True)
    long_texts = _walk(get, "SELECT Id, Description, Requirements__c FROM Lead")
    assert [len(page["records"]) for page in long_texts] == [200] * 10 + [1]
    assert len(get("query", "SELECT Id, Description FROM Lead")["records"]) == 2000
    columns = [c.name for c in org.visible("Lead").values() if not fields.is_long_text(c)][:31]
    assert len(get("query", f"SELECT {', '.join(columns)} FROM Lead")["records"]) == 1000


def test_a_keyset_condition_walks_the_index(org, add):
    add(*({"SystemModstamp": f"2026-01-0{n % 3 + 1}T00:00:00.000Z"} for n in range(50)))
    key = "00QHs0000000008MAA"
    soql = (
        f"SELECT Id FROM Lead WHERE (SystemModstamp = 2026-01-02T00:00:00Z AND Id > '{key}')"
        " OR SystemModstamp > 2026-01-02T00:00:00Z ORDER BY SystemModstamp, Id"
    )
    result = query.run(org, soql, include_deleted=False)
    found = [row[0] for row in result.csv_rows()]
    rows = org.store.select("SELECT Id, SystemModstamp s FROM Lead ORDER BY s, Id")
    assert found == [r["Id"] for r in rows if (r["s"], r["Id"]) > ("2026-01-02T00:00:00.000Z", key)]
    statement = result.plan.rows
    (step,) = org.store.select(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
    assert "SEARCH t USING COVERING INDEX" in step["detail"]


# -- for the other resources ------------------------------------------------------------------------------------------


def test_bulk_rows_are_printed_for_csv(org, add):
    (key,) = add({"DoNotCall": 1, "Servers__c": 3})
    result = query.run(
        org, "SELECT Id, DoNotCall, CreatedDate, Servers__c, Owner.Name, Title FROM Lead", False, bulk=True
    )
    assert result.columns == ["Id", "DoNotCall", "CreatedDate", "Servers__c", "Owner.Name", "Title"]
    assert list(result.csv_rows()) == [(key, "true", STAMP, 3.0, "Integration User", None)]


@pytest.mark.parametrize(
    "soql", ["SELECT COUNT() FROM Lead", "SELECT Id FROM Lead OFFSET 5", "SELECT Address FROM Lead"]
)
def test_bulk_takes_plain_records_only(org, soql):
    with pytest.raises(SalesforceError, match="not supported in Bulk Query"):
        query.run(org, soql, include_deleted=False, bulk=True)


def test_one_record_is_printed_like_the_rows_of_a_query(org, add):
    (key,) = add({"City": "Bern"})
    assert query.record(org, "60.0", "lead", key[:15], ["City", "id", "Owner.Name"]) == {
        "attributes": {"type": "Lead", "url": f"/services/data/v60.0/sobjects/Lead/{key}"},
        "City": "Bern",
        "Id": key,
        "Owner": {
            "attributes": {"type": "User", "url": f"/services/data/v60.0/sobjects/User/{org.user_id()}"},
            "Name": "Integration User",
        },
    }
    assert set(query.record(org, "60.0", "Lead", key)) == {
        "attributes",
        *(c.name for c in org.visible("Lead").values()),
    }


def test_a_record_that_is_not_there_is_not_shown(org, add):
    (binned,) = add({"IsDeleted": 1})
    for name, key, code in [
        ("Lead", binned, "ENTITY_IS_DELETED"),
        ("Lead", "x", "NOT_FOUND"),
        ("X", binned, "NOT_FOUND"),
    ]:
        with pytest.raises(SalesforceError) as caught:
            query.record(org, "60.0", name, key)
        assert (caught.value.status, caught.value.code) == (404, code)


# -- ids --------------------------------------------------------------------------------------------------------------


def test_ids_carry_the_case_of_their_letters():
    assert ids.normalize("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert ids.normalize("001d000000iqhslIAZ") == "001D000000IqhSLIAZ"
    assert [ids.normalize(text) for text in ("", "001D", "001D000000IqhS-", "001D000000IqhSL999", None)] == [None] * 5


def test_ids_of_a_type_sort_as_they_were_made():
    made = [ids.make("00Q", number) for number in (1, 9, 10, 35, 36, 61, 62, 10**9)]
    assert made == sorted(made)
    assert {ids.object_of(key) for key in made} == {"Lead"}
    assert all(ids.normalize(key) == ids.normalize(key[:15]) == key for key in made)


# -- loading ----------------------------------------------------------------------------------------------------------


def _person(**known):
    created = datetime(2026, 1, 5, 10, 0, 0, 500_000, tzinfo=UTC)
    return {"last_name": None, "company": None, "status": "new", "converted": False, "created_at": created, **known}


def test_people_become_leads_silently(get, org):
    loading.load(
        org.store,
        [
            _person(last_name="Doe", technologies=["AWS", "VMware"], project_start=date(2026, 5, 1), opted_out=True),
            _person(status="working", company="Acme"),
            _person(status="converted", converted=True),
        ],
    )
    soql = "SELECT LastName, Company, Technologies__c, Project_Start__c, HasOptedOutOfEmail, Status, IsConverted"
    more = "CreatedDate, Owner.Type FROM Lead ORDER BY Id"
    new, working, converted = get("query", f"{soql}, {more}")["records"]
    assert (new["LastName"], new["Company"]) == ("Doe", "[not provided]")
    assert (new["Technologies__c"], new["Project_Start__c"], new["HasOptedOutOfEmail"]) == (
        "AWS;VMware",
        "2026-05-01",
        True,
    )
    assert (new["Status"], new["Owner"]["Type"]) == ("Open - Not Contacted", "Group")
    assert (working["Status"], working["Owner"]["Type"]) == ("Working - Contacted", "User")
    assert (converted["Status"], converted["IsConverted"]) == ("Closed - Converted", True)
    assert new["CreatedDate"] == "2026-01-05T10:00:00.000+0000"
    assert org.store.history() == []


def test_a_table_finds_its_fields_or_gets_new_ones(get, org):
    headers = ["Lead Source", "Employees", "Converted", "Do Not Call", "Time on Site", "Remarks", "Score"]
    rows = [["Google", "50", "1", "No", "1.5", "x" * 300, "7"], [None, None, "0", "Yes", None, None, None]]
    loading.load_table(org.store, headers, rows)
    soql = (
        "SELECT LastName, LeadSource, NumberOfEmployees, IsConverted, Converted__c, DoNotCall, Time_on_Site__c,"
        " Remarks__c, Score__c FROM Lead ORDER BY Id"
    )
    first, second = get("query", soql)["records"]
    assert (first["LastName"], first["LeadSource"], first["NumberOfEmployees"]) == ("[not provided]", "Google", 50)
    assert (first["IsConverted"], first["Converted__c"], first["Score__c"]) == (False, 1.0, 7.0)
    assert (first["Time_on_Site__c"], first["Remarks__c"]) == (1.5, "x" * 300)
    assert (first["DoNotCall"], second["DoNotCall"], second["LeadSource"]) == (False, True, None)
    kinds = {name: org.visible("Lead")[name].meta["type"] for name in ("time_on_site__c", "remarks__c", "converted__c")}
    assert kinds == {"time_on_site__c": "double", "remarks__c": "textarea", "converted__c": "double"}


def test_a_column_whose_cells_do_not_fit_its_field_gets_a_new_one(get, org):
    loading.load_table(org.store, ["Do Not Call", "Employees", "First Name"], [["maybe", "50-100", "x" * 41]])
    soql = "SELECT Do_Not_Call__c, Employees__c, First_Name__c, DoNotCall, NumberOfEmployees, FirstName FROM Lead"
    (record,) = get("query", soql)["records"]
    assert (record["Do_Not_Call__c"], record["Employees__c"], record["First_Name__c"]) == ("maybe", "50-100", "x" * 41)
    assert (record["DoNotCall"], record["NumberOfEmployees"], record["FirstName"]) == (False, None, None)
