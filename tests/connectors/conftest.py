"""The CRMs that the contract is tried on, and time that passes at once."""

from contextlib import closing

import pytest
import requests

from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.connectors.transport import Pace
from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

pytest.register_assert_rewrite("tests.connectors.contract")


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


class HubSpotCrm(SandboxCrm):
    object, modified = "contacts", "lastmodifieddate"
    text, number, flag = "company", "numemployees", "competitor_research"
    unknown, absent, bad = "no_such_property", "999999999", {"hs_lead_status": "A-status-nobody-knows"}
    page, batch = 4, 100

    def connector(self, **settings):
        given = {"page_size": self.page, "frame_rows": self.page} | settings
        found = HubSpotSettings(name="test", access_token=credentials.HS_TOKEN, base_url=self.url, **given)
        return closing(HubSpotConnector.connect(found, "contacts", self.pace))


class SalesforceCrm(SandboxCrm):
    object, modified = "Lead", "SystemModstamp"
    text, number, flag = "Company", "NumberOfEmployees", "HasOptedOutOfEmail"
    unknown, absent, bad = "NoSuch__c", "00Q000000000000AAA", {"Website": "w" * 300}
    page, batch = 200, 200

    def connector(self, **settings):
        given = {"page_size": self.page, "frame_rows": self.page} | settings
        found = SalesforceSettings(
            name="test",
            client_id=credentials.SF_CLIENT_ID,
            client_secret=credentials.SF_CLIENT_SECRET,
            instance_url=self.url,
            **given,
        )
        return closing(SalesforceConnector.connect(found, "Lead", self.pace))


class MemoryCrm:
    text, number, flag, short = "Company", "Employees", "OptedOut", "Code"
    unknown, absent, bad = "NoSuch", "nobody", {"Code": "Q" * 20}
    page, batch = 4, 20

    def __init__(self):
        self.memory = None
        self.made = 0

    def connector(self, overlap_seconds=600):
        from datetime import timedelta

        self._memory().overlap = timedelta(seconds=overlap_seconds)
        return closing(self._memory())

    def _memory(self):
        if self.memory is None:
            fields = [
                FieldInfo(self.text, "Company", "string", 255),
                FieldInfo(self.number, "Employees", "int"),
                FieldInfo(self.flag, "Opted out", "boolean"),
                FieldInfo(self.short, "Code", "string", 10),
            ]
            owners = [
                Owner("1", "Ada", "ada@example.com", active=True),
                Owner("2", "Bob", "b@example.com", active=False),
            ]
            self.memory = MemoryConnector(fields, owners, page_size=self.page)
        return self.memory

    def calls(self):
        return self._memory().calls

    def fill(self, count):
        made = [f"lead-{self.made + at:05}" for at in range(count)]
        self.made += count
        for record_id in made:
            self._memory().put(record_id, {self.text: f"Company {record_id}"})
        return made

    def edit(self, record_id, values):
        self._memory().put(record_id, values)

    def restamp(self, moment, record_id=None):
        records = self._memory().records
        for one in [record_id] if record_id else records:
            records[one]["modified"] = moment

    def value(self, record_id, field):
        return self._memory().records[record_id][field]


@pytest.fixture
def memory_crm():
    return MemoryCrm()


@pytest.fixture
def hubspot_crm(sandbox, time):
    crm = HubSpotCrm(sandbox.hubspot, sandbox.hubspot_url, time.pace())
    limits = sandbox.hubspot.settings
    before = limits.per_ten_seconds, limits.searches_per_second
    limits.per_ten_seconds = limits.searches_per_second = None  # time passes at once here; pacing has its own tests
    yield crm
    limits.per_ten_seconds, limits.searches_per_second = before


@pytest.fixture
def salesforce_crm(sandbox, time):
    return SalesforceCrm(sandbox.salesforce, sandbox.salesforce_url, time.pace())
