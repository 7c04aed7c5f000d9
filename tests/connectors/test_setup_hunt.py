"""Setting a CRM up, and clearing it again, cut off at every write: complete in the end, and nothing twice.

Nothing is kept on this side, so that an end by SIGKILL is, seen from the CRM, that no further request comes.
"""

import os
from contextlib import closing, contextmanager

import pytest

from leadrelay.connectors.customising import LEAD, TASK, OwnField, State
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.salesforce_auth import Account, SalesforceSettings
from leadrelay.connectors.salesforce_setup import SalesforceCustomiser
from leadrelay.connectors.transport import Pace
from leadrelay.core.lead import Type
from leadrelay.errors import CrmError
from leadrelay.jobs.setup import Bench, removable, remove, take, wanted
from leadrelay.sandbox import credentials
from leadrelay.sandbox.faults import HangUp
from leadrelay.sandbox.server import Options, Sandbox

LOST, BEFORE, AFTER = "its reply is lost", "ends before it", "ends after it"
WAYS = (LOST, BEFORE, AFTER)
WRITES = 6
NOT_WRITES = ("/oauth2/", "/search")


class Salesforce:
    """An org as a company has it, with a permission set of its own."""

    def __init__(self, sandbox):
        self.url, self.line = sandbox.salesforce_url, sandbox.salesforce_line
        self.fields = (
            OwnField(LEAD, "Leadrelay_Score__c", "Score", Type.INTEGER, "", source="score"),
            OwnField(TASK, "Leadrelay_Key__c", "Key", Type.TEXT, "", 40, unique=True),
        )

    @contextmanager
    def customiser(self, pace):
        secret = credentials.SF_CLIENT_SECRET
        settings = SalesforceSettings(
            name="acme", client_id=credentials.SF_CLIENT_ID, client_secret=secret, instance_url=self.url
        )
        with closing(SalesforceCustomiser(Account(settings, pace), "Lead")) as found:
            yield found

    def of_others(self):
        store = self.line.store
        sets = store.select("SELECT Id, Name FROM PermissionSet WHERE Name != 'Leadrelay' ORDER BY Id")
        given = [self._in_sets(name, "!=") for name in ("PermissionSetAssignment", "FieldPermissions")]
        columns = [sorted(set(store.columns(name)) - self._names()) for name in ("Lead", "Task", "Event")]
        return sets, given, columns

    def of_ours(self):
        """Each thing once: as a list, so that a second one shows."""
        store = self.line.store
        sets = [row["Name"] for row in store.select("SELECT Name FROM PermissionSet WHERE Name = 'Leadrelay'")]
        access = sorted(row["Field"] for row in self._in_sets("FieldPermissions", "="))
        users = [row["AssigneeId"] for row in self._in_sets("PermissionSetAssignment", "=")]
        fields = sorted(self._names() & (set(store.columns("Lead")) | set(store.columns("Task"))))
        return [*sets, *access, *(["user"] * len(users)), *fields]

    def _in_sets(self, name, which):
        parent = "ParentId" if name == "FieldPermissions" else "PermissionSetId"
        sql = (
            f'SELECT t.* FROM "{name}" t JOIN PermissionSet s ON s.Id = t.{parent} WHERE s.Name {which} ? ORDER BY t.Id'
        )
        return self.line.store.select(sql, ("Leadrelay",))

    def _names(self):
        return {field.name.lower() for field in self.fields}


class HubSpot:
    """A portal as a company has it."""

    def __init__(self, sandbox):
        self.url, self.line = sandbox.hubspot_url, sandbox.hubspot_line
        sandbox.hubspot.settings.per_ten_seconds = sandbox.hubspot.settings.searches_per_second = None
        self.fields = (
            OwnField(LEAD, "leadrelay_score", "Score", Type.INTEGER, "", source="score"),
            OwnField(TASK, "leadrelay_key", "Key", Type.TEXT, "", 40, unique=True),
        )

    @contextmanager
    def customiser(self, pace):
        settings = HubSpotSettings(name="acme", access_token=credentials.HS_TOKEN, base_url=self.url)
        with closing(HubSpotConnector.connect(settings, "contacts", pace, "leadrelay_key")) as connector:
            yield connector.customiser()

    def of_others(self):
        return [name for name in self._all() if ".leadrelay" not in name]

    def of_ours(self):
        return [name for name in self._all() if ".leadrelay" in name]

    def _all(self):
        store = self.line.store
        for kind in ("contacts", "tasks", "notes"):
            yield from (f"{kind}.{name}" for name in sorted(store.columns(kind)))
            yield from (f"group {kind}.{name}" for name in sorted(store.recall(f"groups:{kind}", {})))


@pytest.fixture(scope="module")
def bare():
    with Sandbox(Options(bare=True)) as running:
        yield running


@pytest.fixture(params=[Salesforce, HubSpot])
def crm(request, bare):
    found = request.param(bare)
    yield found
    found.line.interceptors.clear()


class Cut:
    """What befalls the n-th write: its reply is lost, or nothing more comes from this side, before it or after it."""

    def __init__(self, number, way):
        self.number, self.way, self.seen, self.over = number, way, 0, False

    def __call__(self, request, side):
        if self.over:
            raise HangUp
        if request.method == "GET" or any(part in request.path for part in NOT_WRITES):
            return
        self.seen += side == "before"
        if self.seen == self.number and side == ("before" if self.way == BEFORE else "after"):
            self.over = self.way != LOST
            self.number = 0
            raise HangUp


def unseen(_done, _everything):
    return None


def command(crm, *, removing):
    """One `setup --apply`, or `setup --remove --yes`, from its first look to its end."""
    now = [0.0]
    pace = Pace(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds), random=lambda: 0.5)
    with crm.customiser(pace) as customiser:
        benches = [Bench(customiser, crm.fields)]
        due = removable(benches, force=False) if removing else wanted(benches)
        return remove(due, unseen) if removing else take(benches, due, unseen)


def cut_off(crm, number, way, *, removing):
    """That command, cut off there; whether it came so far."""
    cut = Cut(number, way)
    crm.line.interceptors.append(cut)
    try:
        command(crm, removing=removing)
    except CrmError:
        pass  # it had not even looked around
    finally:
        crm.line.interceptors.remove(cut)
    return cut.number == 0


def chosen():
    """Every write in every way; where nobody hunts, every write in one way."""
    every = [(number, way) for number in range(1, WRITES + 1) for way in WAYS]
    return every if os.environ.get("LEADRELAY_HUNT") else every[:: len(WAYS) + 1]


def test_cut_off_at_any_write_it_is_complete_in_the_end(crm):
    others, before = crm.of_others(), crm.of_ours()
    assert before == []
    command(crm, removing=False)
    everything = crm.of_ours()
    assert len(everything) == len(set(everything)) > len(crm.fields)
    command(crm, removing=True)
    reached = {True: 0, False: 0}
    for number, way in chosen():
        for removing, end in ((False, everything), (True, [])):
            reached[removing] += cut_off(crm, number, way, removing=removing)
            again = command(crm, removing=removing)
            where = f"{'remove' if removing else 'apply'}, write {number}: {way}"
            assert again.refusal is None, where
            assert crm.of_ours() == end, where
            assert crm.of_others() == others, where
            if not removing:
                assert {one.step.state for one in _looked(crm)} == {State.DONE}, where
    assert min(reached.values()) >= 3


def _looked(crm):
    with crm.customiser(Pace()) as customiser:
        return wanted([Bench(customiser, crm.fields)])
