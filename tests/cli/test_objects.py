"""Any object holds the leads: the mappings of docs/objects.md, from check over the run and the next to rollback."""

import json
import tomllib
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox import credentials
from tests.pages import all_boxes, page

MAPPINGS = {tomllib.loads(box)["object"]: box for _, box in all_boxes(page("objects.md"))}
OWNERS = {"salesforce": "ada.okafor@sandbox.example", "hubspot": "ravi.menon@sandbox.example"}
PLAYBOOK = """
name = "objects"
[bant.budget]
met = "budget_amount >= 10000"
question = "Which budget?"
[qualification]
when = "bant_met >= 1"
[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = 20
[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
label = "Name"
side = "lead-generation"
[handoff]
when = "qualified"
subject = "Call them"
owners = ["{owner}"]
due_hours = 24
note = true
"""
JOB = """
[jobs.own]
connection = "{crm}"
mapping = "own.toml"
playbook = "own-playbook.toml"
"""
MILD = {"ok", "hint"}
NUMBERS = ((2000, 20000), (2000, 5), (5, 20000))
"""Employees and budget of the records: two are to be handed off."""
TEXT, NUMBER = {"type": "Text", "length": 80}, {"type": "Number", "precision": 18, "scale": 0}


@dataclass
class Api:
    """A CRM of the sandbox as its API user has it."""

    url: str
    token: str

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(f"{self.url}{path}", data, headers, method=method), timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            raise AssertionError(error.read()) from None


class Salesforce:
    """Makes the objects of the page, and looks at what became of them."""

    name = "salesforce"
    base = "/services/data/v60.0"

    def __init__(self, crm):
        self.crm = crm
        form = f"grant_type=client_credentials&client_id={credentials.SF_CLIENT_ID}"
        form += f"&client_secret={credentials.SF_CLIENT_SECRET}"
        with urlopen(Request(f"{crm.url}/services/oauth2/token", form.encode()), timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
            self.api = Api(crm.url, json.load(answer)["access_token"])

    def make(self, kind, **given):
        own = {"Budget__c": NUMBER}
        if kind.endswith("__c"):
            self.crm.act("create_object", name=kind, **given)
            own |= {"Email__c": TEXT, "Employees__c": NUMBER}
        for name, metadata in own.items():
            self._field(kind, name, metadata)
        return [] if given else [self._record(kind, at, *numbers) for at, numbers in enumerate(NUMBERS)]

    def _record(self, kind, at, employees, budget):
        if kind == "Contact":
            account = self._post("Account", {"Name": f"Firm {at}", "NumberOfEmployees": employees})
            return self._post(kind, {"LastName": f"N{at}", "AccountId": account, "Budget__c": budget})
        return self._post(kind, {"Name": f"Firm {at}", "Employees__c": employees, "Budget__c": budget})

    def _post(self, kind, fields):
        return self.api.call("POST", f"{self.base}/sobjects/{kind}", fields)["id"]

    def _field(self, kind, name, metadata):
        body = {"FullName": f"{kind}.{name}", "Metadata": {"label": name, **metadata}}
        self.api.call("POST", f"{self.base}/tooling/sobjects/CustomField", body)
        [parent] = self.api.call("GET", f"{self.base}/query?q=SELECT+Id+FROM+PermissionSet")["records"]
        rights = {"PermissionsRead": True, "PermissionsEdit": True, "SobjectType": kind, "Field": f"{kind}.{name}"}
        self._post("FieldPermissions", {"ParentId": parent["Id"], **rights})

    fields = "OwnerId", "Leadrelay_Rep__c", "Leadrelay_Company__c"
    """What holds the owner, the user and the account."""

    def users(self):
        return {key for key, row in self.crm.rows("User").items() if row["IsActive"]}

    def companies(self):
        return self.crm.rows("Account")

    def stages(self, kind):
        return {key: row["Leadrelay_Stage__c"] for key, row in self.crm.rows(kind).items()}

    def tasks(self):
        live = [row for row in self.crm.rows("Task").values() if not row["IsDeleted"] and row["Leadrelay_Key__c"]]
        return sorted(row["WhoId"] or row["WhatId"] for row in live)

    def notes(self):
        return sorted(row["ParentId"] for row in self.crm.rows("Note").values() if not row["IsDeleted"])


class HubSpot:
    """The same of HubSpot."""

    name = "hubspot"

    def __init__(self, crm):
        self.crm = crm
        self.api = Api(crm.url, credentials.HS_TOKEN)
        self.table = ""

    def make(self, kind):
        properties = [
            {"name": name, "label": name, "type": "number", "fieldType": "number"} for name in ("employees", "budget")
        ]
        self.table = kind
        if kind != "leads":
            self.table = self._object(kind, properties)
        for one in properties if kind == "leads" else ():
            self.api.call("POST", f"/crm/v3/properties/{kind}", {**one, "groupName": "lead_information"})
        return [self._record(kind, at, *numbers) for at, numbers in enumerate(NUMBERS)]

    def _object(self, kind, properties):
        texts = [{"name": name, "label": name} for name in ("prospect_name", "email")]
        labels = {"singular": "Prospect", "plural": "Prospects"}
        body = {"name": kind, "labels": labels, "requiredProperties": ["prospect_name"]}
        body |= {"properties": [*texts, *properties], "associatedObjects": ["CONTACT"]}
        return self.api.call("POST", "/crm-object-schemas/v3/schemas", body)["fullyQualifiedName"]

    def _record(self, kind, at, employees, budget):
        given = {"employees": employees, "budget": budget}
        if kind != "leads":
            return self._post(kind, {"properties": {**given, "prospect_name": f"Firm {at}"}})
        contact = self._post("contacts", {"properties": {"firstname": f"N{at}"}})
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
        to = [{"to": {"id": contact}, "types": types}]
        return self._post(kind, {"properties": {**given, "hs_lead_name": f"Firm {at}"}, "associations": to})

    def _post(self, kind, body):
        return self.api.call("POST", f"/crm/v3/objects/{kind}", body)["id"]

    fields = "hubspot_owner_id", "leadrelay_rep", "leadrelay_company"

    def users(self):
        return {owner["id"] for owner in self.api.call("GET", "/crm/v3/owners")["results"] if owner["type"] == "PERSON"}

    def companies(self):
        return self.crm.rows("companies")

    def stages(self, kind):
        return {key: row["leadrelay_stage"] for key, row in self.crm.rows(self.table or kind).items()}

    def tasks(self):
        return self._about("tasks")

    def notes(self):
        return self._about("notes")

    def _about(self, kind):
        store = self.crm.line.store
        sql = f'SELECT to_id FROM associations JOIN "{kind}" ON from_id = "{kind}"."{store.key}" WHERE from_type = ?'
        return sorted(str(lead) for (lead,) in store.db.execute(f"{sql} AND to_type = ?", (kind, self.table)))


SIDES = {"Contact": Salesforce, "Prospect__c": Salesforce, "leads": HubSpot, "prospects": HubSpot}


def test_the_page_has_a_mapping_for_each():
    assert MAPPINGS.keys() == SIDES.keys()


@pytest.fixture
def crm_of(make_crm):
    return lambda kind: SIDES[kind](make_crm(SIDES[kind].name))


@pytest.fixture
def prepare(desk, crm_of):
    """prepare(object): the CRM with such records, their ids, and a job over them."""

    def prepared(kind, **given):
        side = crm_of(kind)
        ids = side.make(kind, **given)
        desk.write(lambda text: text + JOB.format(crm=side.name))
        (desk.folder / "own.toml").write_text(MAPPINGS[kind])
        (desk.folder / "own-playbook.toml").write_text(PLAYBOOK.format(owner=OWNERS[side.name]))
        done = desk.run("setup", side.name, "--apply")
        assert done.returncode == 0, done.stdout + done.stderr
        side.crm.post("clock", advance=2)
        return side, ids

    return prepared


@pytest.mark.parametrize("kind", SIDES)
def test_from_check_to_rollback(kind, desk, prepare):
    side, ids = prepare(kind)

    def stages():
        found = side.stages(kind)
        return [found[one] for one in ids]

    assert [one for one in desk.json("check", "own", exits=(0, 1, 2))["findings"] if one["level"] not in MILD] == []
    run = desk.json("run", "own")
    assert run["tasks_created"] == 2
    assert stages() == ["sal", "name", "sal"]
    assert side.tasks() == side.notes() == sorted([ids[0], ids[2]])
    side.crm.post("clock", advance=2)
    again = desk.json("run", "own", "--all")
    assert (again["changed"], again["tasks_created"]) == (0, 0)
    assert len(side.tasks()) == 2
    lose_state(desk.folder)
    side.crm.post("clock", advance=2)
    adopting = desk.json("run", "own", "--all")
    assert (adopting["tasks_created"], adopting["tasks_found"]) == (0, 2)
    assert (len(side.tasks()), len(side.notes())) == (2, 2)
    lose_state(desk.folder, find=True)
    undone = desk.json("rollback", run["run"])
    assert (stages(), side.tasks(), side.notes()) == ([None] * 3, [], []), undone


def lose_state(folder, *, find=False):
    """Put the store aside, or take it back."""
    for one in folder.glob("aside-*" if find else "state.db*"):
        one.replace(folder / (one.name.removeprefix("aside-") if find else f"aside-{one.name}"))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"activities": False}, "no task can be about a record of Prospect__c"),
        ({"master": "Account"}, "have no owner of their own"),
    ],
)
def test_check_says_what_an_object_does_not_allow(given, wanted, desk, prepare):
    prepare("Prospect__c", **given)
    found = [one for one in desk.json("check", "own", exits=(0, 1, 2))["findings"] if one["level"] not in MILD]
    assert wanted in " ".join(one["message"] for one in found)


# -- references -------------------------------------------------------------------------------------------------------

REFERRING = {
    "salesforce": """
object = "Lead"
[read]
website = "Website"
email = "Email"
owner = { field = "OwnerId", reference = "owner" }
[write]
Leadrelay_Rep__c = { from = "owner", policy = "own", reference = "owner" }
Leadrelay_Company__c = { from = "domain", policy = "fill", reference = "account" }
""",
    "hubspot": """
object = "contacts"
[read]
website = "website"
email = "email"
owner = { field = "hubspot_owner_id", reference = "owner" }
[write]
leadrelay_rep = { from = "owner", policy = "own", reference = "owner" }
leadrelay_company = { from = "domain", policy = "fill", reference = "account" }
""",
}
ONLY_STAGES = PLAYBOOK[: PLAYBOOK.index("[handoff]")]


@pytest.mark.parametrize("name", REFERRING)
def test_references_hold_ids_of_users_and_companies(name, desk, crm_of):
    side = crm_of("Contact" if name == "salesforce" else "prospects")
    owner, rep, firm = side.fields
    desk.write(lambda text: text + JOB.format(crm=name))
    (desk.folder / "own.toml").write_text(REFERRING[name])
    (desk.folder / "own-playbook.toml").write_text(ONLY_STAGES)
    assert desk.run("setup", name, "--apply").returncode == 0
    assert {one["state"] for one in desk.json("setup", name)["steps"]} == {"done"}
    assert [one for one in desk.json("check", "own", exits=(0, 1, 2))["findings"] if one["level"] == "error"] == []
    run = desk.json("run", "own")
    rows = side.crm.rows(side.crm.kind).values()
    users = side.users()
    assert {row[owner] for row in rows} & users
    assert [row[rep] for row in rows] == [row[owner] if row[owner] in users else None for row in rows]
    assert {row[firm] for row in rows if row[firm]} <= side.companies().keys()
    assert sum(bool(row[firm]) for row in rows) >= 10
    assert run["parked"] == 0
    assert desk.json("run", "own", "--all")["changed"] == 0
