from datetime import UTC, date, datetime

from leadrelay.sandbox.hubspot.app import HubSpot
from leadrelay.sandbox.samples import people
from leadrelay.sandbox.store import Store

CONTACTS = "/crm/v3/objects/contacts"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_sample_people_become_contacts_without_a_history(portal):
    everyone = list(people(300, 3, NOW))
    portal.app.load(everyone[:200])
    portal.app.load(everyone[200:])

    pages = [portal.get(CONTACTS, limit="100", after=str(100_450 + n)).body["results"] for n in (0, 100, 200)]
    records = [record for page in pages for record in page]
    assert len(records) == 300
    assert portal.app.store.history() == []
    mails = [r["properties"]["email"] for r in records if r["properties"]["email"]]
    assert len(set(mails)) == len(mails) > 200
    assert all(mail == mail.lower() for mail in mails)
    assert all(r["createdAt"] <= r["updatedAt"] for r in records)


def test_a_person_is_spelled_as_hubspot_does(portal):
    person = {
        "first_name": "Ada",
        "email": "Ada@B.example",
        "employees": 1200,
        "revenue": 5_000_000.0,
        "technologies": ["SAP", "Abacus"],
        "converted": False,
        "project_start": date(2026, 6, 1),
        "last_activity_at": NOW,
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "status": "working",
        "owner": None,
        "budget_amount": 25_000.5,
    }
    portal.app.load([person, {**person, "first_name": "Twin", "status": "new"}])

    names = (
        "email firstname numemployees annualrevenue technologies converted project_start last_activity_at createdate"
    )
    found = portal.properties("100451", *names.split(), "hs_lead_status", "budget_amount", "hubspot_owner_id")
    assert found["email"] == "ada@b.example"
    assert found["numemployees"] == "1200"
    assert found["annualrevenue"] == "5000000"
    assert found["technologies"] == "SAP;Abacus"
    assert found["converted"] == "false"
    assert found["project_start"] == "2026-06-01"
    assert found["last_activity_at"] == "2026-05-01T12:00:00Z"
    assert found["createdate"] == "2026-01-02T03:04:05.678Z"
    assert found["budget_amount"] == "25000.5"
    assert found["hs_lead_status"] == "IN_PROGRESS"
    assert found["hubspot_owner_id"]
    assert portal.patch(f"{CONTACTS}/100451", {"technologies": "Abacus"}).status == 200
    twin = portal.properties("100452", "email", "hs_lead_status", "hubspot_owner_id")
    assert (twin["email"], twin["hs_lead_status"], twin["hubspot_owner_id"]) == (None, "NEW", None)


def test_a_table_finds_its_properties_or_makes_them(portal):
    columns = [
        "ID",
        "Email",
        "First Name",
        "Country",
        "Converted",
        "Lead Source",
        "Industry",
        "Time on Site (min)",
        "Zip",
    ]
    rows = [
        ["7", "A@b.example", "Ada", "India", "1", "Olark Chat", "x" * 300, "12", "01"],
        ["8", "a@b.example", "Bo", None, "0", "Google", None, "1.5", None],
    ]
    portal.app.load_table(columns, rows)

    names = ["id", "email", "firstname", "country", "converted", "lead_source", "industry", "time_on_site_min", "zip"]
    first, second = (portal.properties(key, *names) for key in ("100451", "100452"))
    assert [first[name] for name in names] == [
        "7",
        "a@b.example",
        "Ada",
        "India",
        "true",
        "Olark Chat",
        "x" * 300,
        "12",
        "01",
    ]
    assert (second["email"], second["converted"], second["time_on_site_min"]) == (None, "false", "1.5")
    made = portal.get("/crm/v3/properties/contacts/time_on_site_min").body
    assert (made["type"], made["label"], made["hubspotDefined"]) == ("number", "Time on Site (min)", False)
    assert portal.patch(f"{CONTACTS}/100451", {"id": "9"}).body["properties"]["id"] == "9"


def test_a_column_whose_cells_do_not_fit_gets_a_property_of_its_own(portal):
    portal.app.load_table(["Converted", "Number of Employees"], [["maybe", "50-100"]])

    found = portal.properties("100451", "converted", "converted_2", "numemployees", "number_of_employees")
    assert (found["converted"], found["converted_2"]) == (None, "maybe")
    assert (found["numemployees"], found["number_of_employees"]) == (None, "50-100")


def test_rows_of_a_file_share_few_modification_times(portal):
    portal.app.load_table(["Zip"], [[str(n)] for n in range(250)])

    stamps = {
        r["updatedAt"]
        for n in (0, 100, 200)
        for r in portal.get(CONTACTS, limit="100", after=str(100_450 + n)).body["results"]
    }
    assert 1 < len(stamps) <= 4


def test_a_state_file_is_taken_up_where_it_was_left(tmp_path):
    for turn in range(2):
        store = Store(str(tmp_path / "state.db"))
        app = HubSpot(store)
        app.prepare()
        app.load([{"first_name": str(turn), "created_at": NOW}])
        keys = [key for (key,) in store.db.execute("SELECT Id FROM contacts ORDER BY Id")]
        store.close()

    assert keys == [100_451, 100_452]


def test_each_column_of_a_file_has_a_property_of_its_own(portal):
    portal.app.load_table(
        ["Email", "Стадия", "日本", "Job Title", "jobtitle"], [["a@b.example", "да", "x", "CTO", "CIO"]]
    )

    names = ["column", "column_2", "jobtitle", "jobtitle_2"]
    record = portal.get("/crm/v3/objects/contacts", properties=",".join(names)).body["results"][0]
    assert [record["properties"][name] for name in names] == ["да", "x", "CTO", "CIO"]
