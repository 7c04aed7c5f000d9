"""The life of one lead over a year and a half, on both CRMs: what plan, explain, run, audit and the CRM say agree."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from leadrelay.cli_common import now, opened_job
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.qualify import Run, Surroundings
from leadrelay.jobs.rollback import Rollback
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.terminal import ProgressWatch

DAY = 86_400
HUBSPOT = {"Status": "hs_lead_status", "Title": "jobtitle"}
TOLD = ("stage", "recycle_reason", "reengage_on", "recycled_before", "qualification", "gate_missing")
OPEN = ("Open - Not Contacted", "NEW")
TURNED_DOWN = {"salesforce": "Closed - Not Converted", "hubspot": "UNQUALIFIED"}
AT_WORK = {"salesforce": "Working - Contacted", "hubspot": "IN_PROGRESS"}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options(leads=12)) as running:
        yield running


class Life:
    """One lead, a clock, and the commands as if it were that late."""

    def __init__(self, desk, crm, tell):
        self.desk, self.crm, self.tell, self.passed, self.opened = desk, crm, tell, timedelta(), None
        self.run()
        status = self.name("Status")
        self.lead = next(lead for lead, row in sorted(crm.rows(crm.kind).items()) if row[status] in OPEN)

    def name(self, field):
        if self.crm.name == "salesforce":
            return field
        return HUBSPOT.get(field) or field.removesuffix("__c").lower()

    def now(self):
        return now() + self.passed

    def day(self, days):
        return (self.now() + timedelta(days=days)).date().isoformat()

    def moment(self, days):
        return f"{self.day(days)}T09:00:00.000Z"

    def wait(self, days):
        self.crm.post("clock", advance=days * DAY)
        self.passed += timedelta(days=days)

    def edit(self, **fields):
        empty = None if self.crm.name == "salesforce" else ""
        self.crm.edit(self.lead, **{self.name(key): value or empty for key, value in fields.items()})

    @property
    def stands(self):
        row = self.crm.rows(self.crm.kind)[self.lead]
        return {told: row[self.name(f"Leadrelay_{told.title()}__c")] or None for told in TOLD}

    @contextmanager
    def job(self):
        """The job as the commands open it; all that happens in a step share one, which is quicker."""
        if self.opened:
            yield self.opened
            return
        with opened_job(self.desk.config, self.crm.name) as self.opened:
            yield self.opened
        self.opened = None

    def run(self, **options):
        with self.job() as (house, job, store):
            summary = Run(job, store, house.run_id(), Surroundings(self.now))(**options)
        assert summary.balanced
        return summary

    def rollback(self, run):
        with self.job() as (house, job, store):
            return Rollback(job, store, house.run_id(), run, Surroundings(self.now))()

    def plan(self):
        with self.job() as (_, job, store):
            preview = Preview(job, store, self.now(), Quiet(), shown=None)
            preview.gather()
        return preview

    def explain(self):
        with self.job() as (_, job, store):
            return explanation(job, store, self.lead, self.now())

    def audited(self, run):
        rows = self.tell("audit", run, "--lead", self.lead, "--json").json["effects"]
        return {name: str(new) for row in rows for name, (_, new) in row["fields"].items()}

    def step(self, days=2, **edits):
        """Somebody edits, a run some days later, another right after; where the lead then stands."""
        if edits:
            self.edit(**edits)
        self.wait(days)
        with self.job():
            return self.ran()

    def ran(self):
        plan, explained = self.plan(), self.explain()
        self.last = self.run()
        assert (plan.read, plan.changed, plan.tasks) == (self.last.read, self.last.changed, self.last.tasks_created)
        planned = next((one for one in plan.leads if one.lead == self.lead), None)
        changes = {change.field: str(change.new) for change in planned.changes} if planned else {}
        assert changes == {change.field: str(change.new) for change in explained.plan.changes}
        assert changes == self.audited(self.last.run)
        decided = {told: explained.trace.outputs[told] for told in TOLD}
        assert {told: None if value is None else str(value) for told, value in decided.items()} == self.stands
        self.wait(1 / DAY)
        again = self.run()
        assert (again.changed, again.tasks_created) == (0, 0)
        return self.stands


class Quiet(ProgressWatch):
    """A bar that nobody sees."""

    def __init__(self):
        pass

    def expect(self, leads):
        pass

    def advance(self, leads):
        pass

    def look_up(self, under_way):
        pass


@pytest.fixture
def life(desk, crm, tell):
    return Life(desk, crm, tell)


def away(stands):
    return stands["stage"] == "recycled", stands["recycle_reason"], stands["reengage_on"]


def test_a_lead_is_recycled_comes_back_is_handed_off_once_each_time_and_never_falls_back(life, crm):
    unknown = dict.fromkeys(("Budget_Amount__c", "Project_Start__c", "Decision_Role__c", "Cmdb_Status__c"), "")
    life.edit(Title="IT Manager", Timeline_Months__c="6", Authority__c="decides", Pains__c="compliance", **unknown)
    stands = life.step(Budget_Status__c="none")
    first = life.explain().trace.outputs["reengage_on"].isoformat()
    assert away(stands) == (True, "No budget", first)
    assert away(life.step(days=30)) == (True, "No budget", first)
    soon = life.day(3)
    assert away(life.step(Leadrelay_Reengage_On__c=soon)) == (True, "No budget", soon)
    assert away(life.step(days=2)) == (False, "No budget", soon)
    stands = life.step(Timeline_Months__c="24")
    assert (away(stands)[:2], stands["recycled_before"]) == ((True, "Not within a year"), "No budget")
    cleared = life.step(days=10, Leadrelay_Recycle_Reason__c="")
    assert away(cleared)[:2] == (True, "Not within a year")
    assert cleared["reengage_on"] > stands["reengage_on"]

    answers = {"Budget_Status__c": "approved", "Timeline_Months__c": "6", "Bant_Checked_At__c": life.moment(0)}
    stands = life.step(**answers)
    assert (stands["stage"], away(stands)) == ("sal", (False, None, None))
    assert life.step(Title="Student")["stage"] == "disqualified"
    assert life.step(Title="IT Manager")["stage"] == "sal"
    before = len(crm.tasks())
    met = {"Meeting_At__c": life.moment(5), "Requirements__c": "An inventory", "Stakeholders__c": "2"}
    stands = life.step(**met)
    assert (stands["stage"], stands["gate_missing"], len(crm.tasks())) == ("sql", None, before + crm.touches)

    assert away(life.step(Status=TURNED_DOWN[crm.name]))[:2] == (True, "Turned down by sales")
    life.wait(2)
    assert life.rollback(life.last.run).done >= 1
    assert away(life.stands) == (False, None, None)
    stands = life.step()
    assert away(stands)[:2] == (True, "Turned down by sales")
    assert len(crm.tasks()) == before + crm.touches
    back = life.step(days=95)
    assert (back["stage"], away(back)) == ("sql", (False, "Turned down by sales", stands["reengage_on"]))
    assert len(crm.tasks()) == before + 2 * crm.touches
    assert away(life.step(Status=AT_WORK[crm.name])) == (False, None, None)
    stale = life.step(days=400)
    assert (stale["stage"], life.explain().trace.outputs["stage_held"]) == ("sql", "name")
    assert len(crm.tasks()) == before + 2 * crm.touches

    life.wait(200)
    life.run()
    life.wait(200)
    assert (life.run().read, life.run(everything=True).changed) == (0, 0)
