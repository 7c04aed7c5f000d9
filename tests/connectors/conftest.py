"""The CRMs that the contract is tried on, and time that passes at once."""

import html
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import requests

from leadrelay.connectors.base import CHANGED_JUST_NOW, FieldInfo, Once, Owner, Standing
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.connectors.people import Account, Activity, Colleague, Milestones
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.connectors.transport import Pace
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.wire import Request

pytest.register_assert_rewrite("tests.connectors.contract")


@dataclass(frozen=True)
class Task:
    """A task as the CRM has it."""

    id: str
    key: str
    lead: str
    owner: str
    subject: str
    body: str


class FastTime:
    """A clock that a sleep moves on at once."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def pace(self):
        return Pace(clock=lambda: self.now, sleep=self.sleep, random=lambda: 0.5)


@pytest.fixture
def time():
    return FastTime()


@pytest.fixture(scope="session")
def sandbox():
    with Sandbox(Options()) as running:
        yield running


class SandboxCrm:
    """What the contract needs of a CRM of the sandbox, beside its API."""

    def __init__(self, app, url, pace):
        self.app, self.url, self.pace = app, url, pace
        self.store = app.org.store if hasattr(app, "org") else app.store
        self.post("reset")

    def post(self, what, body=None):
        answer = requests.post(f"{self.url}/_sandbox/{what}", json=body or {}, timeout=30)
        assert answer.ok, answer.text

    def calls(self):
        return requests.get(f"{self.url}/_sandbox/requests", timeout=30).json()["total"]

    def requests(self):
        return requests.get(f"{self.url}/_sandbox/requests", timeout=30).json()["requests"]

    def fill(self, count):
        before = set(self.ids())
        self.app.load_table([self.text], [[f"Company {at}"] for at in range(count)])
        return [record_id for record_id in self.ids() if record_id not in before]

    def ids(self):
        store = self.store
        return [str(row[store.key]) for row in store.select(f'SELECT "{store.key}" FROM "{self.object}" ORDER BY 1')]

    def edit(self, record_id, values):
        self.post("edit", {"object": self.object, "id": record_id, "fields": values})

    def restamp(self, moment, record_id=None):
        store = self.store
        where = f'WHERE "{store.key}" = ?' if record_id else ""
        sql = f'UPDATE "{self.object}" SET "{self.modified}" = ? {where}'
        store.db.execute(sql, [moment, *([record_id] if record_id else [])])

    def value(self, record_id, field):
        return self.store.get(self.object, record_id)[field]

    def act(self, name, /, **arguments):
        answer = requests.post(f"{self.url}/_sandbox/act", json={"action": name, **arguments}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def tick(self, seconds):
        self.post("clock", {"advance": seconds})

    def clock(self):
        return requests.get(f"{self.url}/_sandbox/health", timeout=30).json()["now"]

    def delete(self, record_id):
        self.act("delete", object=self.object, id=record_id)

    def delete_task(self, task):
        self.act("delete", object=self.task_object, id=task)


class Meanwhile:
    """What happens right before or after the requests to an address: the first steps of `script`, one each."""

    def __init__(self, path, script, side="before"):
        self.path, self.script, self.side = path, list(script), side
        self.seen = 0

    def __call__(self, request, side):
        if side == self.side and request.path.endswith(self.path):
            self.seen += 1
            if self.script:
                self.script.pop(0)()


HUBSPOT_LINKS = {
    "companies": 280,
    "deals": 3,
    "tasks": 204,
    "notes": 202,
    "calls": 194,
    "emails": 198,
    "meetings": 200,
}
"""From a record to a contact."""


class HubSpotCrm(SandboxCrm):
    object, modified = "contacts", "lastmodifieddate"
    text, number, flag = "company", "numemployees", "competitor_research"
    unknown, absent, bad = "no_such_property", "999999999", {"hs_lead_status": "A-status-nobody-knows"}
    page, batch = 4, 100
    nothing = ""
    task_object, task_key = "tasks", "leadrelay_key"
    owner, owners = "hubspot_owner_id", ("41629780", "41630112")
    never_was, once, fresh = Standing.VOID, Once.CLAIM, (Standing.DONE, "")

    def connector(self, task_key=task_key, **settings):
        given = {"page_size": self.page, "frame_rows": self.page} | settings
        found = HubSpotSettings(name="test", access_token=credentials.HS_TOKEN, base_url=self.url, **given)
        return closing(HubSpotConnector.connect(found, "contacts", self.pace, task_key))

    def value(self, record_id, field):
        return super().value(record_id, field) or None

    def merge(self, survivor, loser):
        return self.act("merge", primary=survivor, loser=loser)["id"]

    def meanwhile(self, path, *script, side="before"):
        step = Meanwhile(path, script, side)
        self.line.interceptors.append(step)
        return step

    def edit_here(self, record_id, values, actor="person", kind="contacts"):
        """From within a request: the sandbox answers one after the other."""
        assert self.app._edit(kind, record_id, values, actor).status == 200

    def new_field(self):
        body = {"name": "passing_by", "label": "Passing by", "type": "string", "fieldType": "text"}
        headers = {"Authorization": f"Bearer {credentials.HS_TOKEN}"}
        answer = requests.post(
            f"{self.url}/crm/v3/properties/contacts",
            json=body | {"groupName": "contactinformation"},
            headers=headers,
            timeout=30,
        )
        assert answer.ok, answer.text
        return "passing_by"

    def drop_field(self, name):
        self.act("drop_property", object="contacts", property=name)

    def tasks(self):
        leads = dict(
            self.store.db.execute(
                "SELECT from_id, to_id FROM associations WHERE from_type = 'tasks' AND to_type = 'contacts'"
            )
        )
        return [
            Task(
                str(row[self.store.key]),
                row["leadrelay_key"],
                str(leads.get(row[self.store.key], "")),
                row["hubspot_owner_id"],
                row["hs_task_subject"],
                html.unescape(row["hs_task_body"] or ""),
            )
            for row in self.store.select("SELECT * FROM tasks WHERE _archived IS NULL")
        ]

    def work_on(self, task):
        self.post("edit", {"object": "tasks", "id": task, "fields": {"hs_task_status": "COMPLETED"}})

    # -- people -------------------------------------------------------------------------------------------------------

    note_keys = True

    def make(self, kind, properties, contacts=(), actor="integration"):
        """A record that the API or a person creates, with associations to contacts."""
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": HUBSPOT_LINKS[kind]}]
        linked = [{"to": {"id": one}, "types": types} for one in contacts]
        body = orjson.dumps({"properties": properties, "associations": linked})
        with self.store.transaction():
            answer = self.app._objects.create(Request("POST", "", body=body, parts={"type": kind}, actor=actor))
        return answer.body["id"]

    def account(self, name, domain, owner):
        return self.make("companies", {"name": name, "domain": domain, "hubspot_owner_id": owner})

    company_columns = ("numberofemployees", "industry")

    def set_company(self, company, values):
        self.post("edit", {"object": "companies", "id": company, "fields": values})

    def colleague(self, company, name, title):
        first, last = name.split()
        [contact] = self.fill(1)
        self.edit(contact, {"firstname": first, "lastname": last, "jobtitle": title})
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
        pair = {"from": {"id": contact}, "to": {"id": company}, "types": types}
        answer = requests.post(
            f"{self.url}/crm/v4/associations/contacts/companies/batch/create",
            json={"inputs": [pair]},
            headers={"Authorization": f"Bearer {credentials.HS_TOKEN}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return contact

    def work(self, lead, owner):
        self.act("log", kind="call", contact=lead, owner=owner, actor=owner)
        return "call"

    def opportunity(self, lead):
        self.act("open_deal", contact=lead)

    def notes(self):
        sql = (
            "SELECT to_id, hs_note_body FROM notes JOIN associations ON from_type = 'notes' AND to_type = 'contacts' "
            f'AND from_id = notes."{self.store.key}" WHERE notes._archived IS NULL'
        )
        return [(str(lead), body) for lead, body in self.store.db.execute(sql)]


class SalesforceCrm(SandboxCrm):
    object, modified = "Lead", "SystemModstamp"
    text, number, flag = "Company", "NumberOfEmployees", "HasOptedOutOfEmail"
    unknown, absent, bad = "NoSuch__c", "00Q000000000000AAA", {"Website": "w" * 300}
    page, batch = 200, 200
    nothing = None
    task_object, task_key = "Task", "Leadrelay_Key__c"
    owner = "OwnerId"
    never_was, once, fresh = Standing.PARKED, Once.ATOMIC, (Standing.PENDING, CHANGED_JUST_NOW)

    def connector(self, task_key=task_key, **settings):
        given = {"page_size": self.page, "frame_rows": self.page} | settings
        found = SalesforceSettings(
            name="test",
            client_id=credentials.SF_CLIENT_ID,
            client_secret=credentials.SF_CLIENT_SECRET,
            instance_url=self.url,
            **given,
        )
        return closing(SalesforceConnector.connect(found, "Lead", self.pace, task_key))

    @property
    def owners(self):
        rows = self.store.select("SELECT Id FROM User WHERE IsActive = 1 ORDER BY Id LIMIT 3")
        return tuple(row["Id"] for row in rows)[1:]

    def merge(self, survivor, loser):
        return self.act("merge", master=survivor, losers=[loser])["master"]

    def new_field(self):
        return "Leadrelay_Reasons__c"

    def drop_field(self, name):
        self.act("hide_field", object="Lead", field=name)

    def tasks(self):
        rows = self.store.select("SELECT * FROM Task WHERE IsDeleted = 0")
        names = ("Id", "Leadrelay_Key__c", "WhoId", "OwnerId", "Subject", "Description")
        return [Task(*(row[name] for name in names)) for row in rows]

    def work_on(self, task):
        self.post("edit", {"object": "Task", "id": task, "fields": {"Status": "Completed"}})

    # -- people -------------------------------------------------------------------------------------------------------

    note_keys = False

    def put(self, name, values):
        key = self.app._people.create(name, values, "person")
        self.tick(1)
        return key

    def account(self, name, domain, owner):
        return self.put("Account", {"Name": name, "Website": f"https://www.{domain}/", "OwnerId": owner})

    company_columns = ("NumberOfEmployees", "Industry")

    def set_company(self, company, values):
        self.post("edit", {"object": "Account", "id": company, "fields": values})

    def colleague(self, company, name, title):
        first, last = name.split()
        return self.put("Contact", {"AccountId": company, "FirstName": first, "LastName": last, "Title": title})

    def person(self, user):
        row = self.store.get("User", user)
        return f"{row['FirstName']} {row['LastName']}"

    def work(self, lead, owner):
        self.act("log_call", lead=lead, actor=self.person(owner))
        return "call"

    def opportunity(self, lead):
        self.act("convert", lead=lead, opportunity="Discovery")

    def notes(self):
        rows = self.store.select("SELECT ParentId, Body FROM Note WHERE IsDeleted = 0")
        return [(row["ParentId"], row["Body"]) for row in rows]


class MemoryCrm:
    text, number, flag, short, owner = "Company", "Employees", "OptedOut", "Code", "Owner"
    unknown, absent, bad = "NoSuch", "nobody", {"Code": "Q" * 20}
    page, batch = 4, 20
    owners, nothing = ("1", "3"), None
    never_was, once, fresh = Standing.VOID, Once.ATOMIC, (Standing.PENDING, CHANGED_JUST_NOW)

    def __init__(self):
        self.made = 0
        self.late = timedelta()
        fields = [
            FieldInfo(self.text, "Company", "string", 255),
            FieldInfo(self.number, "Employees", "int"),
            FieldInfo(self.flag, "Opted out", "boolean"),
            FieldInfo(self.short, "Code", "string", 10),
            FieldInfo(self.owner, "Owner", "string"),
            FieldInfo("Passing", "Passing by", "string"),
        ]
        people = [("1", "Ada", True), ("2", "Bob", False), ("3", "Cyd", True)]
        owners = [Owner(key, name, f"{name}@example.com", active=active) for key, name, active in people]
        self.memory = MemoryConnector(fields, owners, now=self.now, page_size=self.page)

    def now(self):
        return datetime.now(UTC) + self.late

    def connector(self, overlap_seconds=600, task_key="key"):
        self.memory.overlap = timedelta(seconds=overlap_seconds)
        self.memory.once = self.once if task_key else Once.NEVER
        return closing(self.memory)

    def calls(self):
        return self.memory.calls

    def tick(self, seconds):
        self.late += timedelta(seconds=seconds)

    def clock(self):
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def fill(self, count):
        made = [f"lead-{self.made + at:05}" for at in range(count)]
        self.made += count
        for record_id in made:
            self.memory.put(record_id, {self.text: f"Company {record_id}"})
        return made

    def edit(self, record_id, values):
        self.memory.put(record_id, values)

    def restamp(self, moment, record_id=None):
        records = self.memory.records
        for one in [record_id] if record_id else records:
            records[one]["modified"] = moment

    def value(self, record_id, field):
        return self.memory.records[record_id][field]

    def delete(self, record_id):
        self.memory.delete(record_id)

    def merge(self, survivor, loser):
        self.memory.merge(survivor, loser)
        return survivor

    def new_field(self):
        return "Passing"

    def drop_field(self, name):
        self.memory.drop_field(name)

    def tasks(self):
        return [
            Task(task.id, key, task.lead, task.owner, task.subject, task.body)
            for key, task in self.memory.tasks.items()
            if not task.deleted
        ]

    def work_on(self, task):
        self._task(task).touched = True

    def delete_task(self, task):
        self._task(task).deleted = True

    # -- people -------------------------------------------------------------------------------------------------------

    note_keys = True

    def account(self, name, domain, owner):
        self.memory.known.append(Account(f"A{len(self.memory.known)}", name, domain, owner))
        return self.memory.known[-1].id

    company_columns = ("Employees", "Industry")

    def set_company(self, company, values):
        self.memory.company_columns = self.company_columns
        self.memory.company_records.setdefault(company, {}).update(values)

    def colleague(self, company, name, title):
        staff = self.memory.staff.setdefault(company, [])
        staff.append(Colleague(f"{company}-{len(staff)}", name, title))
        return staff[-1].id

    def work(self, lead, owner):
        self.memory.answers.append(Activity(lead, self.clock(), "call", owner))
        return "call"

    def opportunity(self, lead):
        self.memory.became[lead] = Milestones(self.clock())

    def notes(self):
        return [(note.lead, note.body) for note in self.memory.notes.values() if not note.deleted]

    def _task(self, task_id):
        return next(task for task in self.memory.tasks.values() if task.id == task_id)


@pytest.fixture
def memory_crm():
    return MemoryCrm()


@pytest.fixture
def hubspot_crm(sandbox, time):
    crm = HubSpotCrm(sandbox.hubspot, sandbox.hubspot_url, time.pace())
    limits = sandbox.hubspot.settings
    before = limits.per_ten_seconds, limits.searches_per_second
    limits.per_ten_seconds = limits.searches_per_second = None  # time passes at once here; pacing has its own tests
    crm.line = sandbox.hubspot_line
    yield crm
    crm.line.interceptors.clear()
    limits.per_ten_seconds, limits.searches_per_second = before


@pytest.fixture
def salesforce_crm(sandbox, time):
    return SalesforceCrm(sandbox.salesforce, sandbox.salesforce_url, time.pace())
