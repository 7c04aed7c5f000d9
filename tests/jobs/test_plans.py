"""A plan is applied as it stands: like the run that it stands for, never over what changed since, and never twice."""

from copy import deepcopy

import pytest

from leadrelay.connectors.people import Account, Colleague
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.applying import Apply
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.reading import Nobody
from leadrelay.state.plans import PlanRecord
from leadrelay.state.store import Store
from tests.jobs.test_decision_group import GROUP, group
from tests.jobs.test_people import benched, put
from tests.stores import new_store

QUALIFIED = {"Budget": 50_000}


@pytest.fixture
def store_url(tmp_path):
    """In a file only: the state's own tests use both kinds of database."""
    return new_store(tmp_path / "first.db")


def planned(bench, folder, **options):
    """A plan that went through its file."""
    around = bench.around()
    run = f"plan{bench.clock.moment:%d%H%M%S%f}"
    plan = Planning(bench.job(), bench.store, run, around.now(), Nobody())(**options)
    path = folder / "plan.json"
    file.write(path, plan)
    record = PlanRecord(run, "job", plan.sha256, file.changes_of(plan), str(path), plan.made_at, plan.tallied.changed)
    bench.store.plans.add(record)
    return file.read(path)


def applied(bench, plan, **options):
    applying = Apply(bench.job(), bench.store, plan, bench.around(), **options)
    return applying(), applying


def left(crm):
    """What stands in the CRM, less the moments."""
    tasks = sorted((task.lead, task.subject, task.body, task.owner) for task in crm.tasks.values() if not task.deleted)
    records = {lead: {**record, "modified": ""} for lead, record in crm.records.items()}
    return records, tasks


def filled(passing):
    passing.add(6)
    passing.add(5, **QUALIFIED)
    passing.crm.put("L00002", {"Status": "On hold", **QUALIFIED})


def test_applied_it_leaves_what_a_run_would_have_left(passing, tmp_path):
    filled(passing)
    plan = planned(passing, tmp_path)
    before = deepcopy(passing.crm.records)
    assert (plan.tallied.read, plan.tallied.changed, plan.tallied.hand_offs) == (11, 11, 6)
    assert passing.crm.records == before
    summary, _ = applied(passing, plan)
    assert (summary.read, summary.done, summary.tasks_created, summary.balanced) == (11, 11, 6, True)
    found, books = left(passing.crm), passing.store.assignments.ledger("job")
    passing.crm.records = before
    passing.crm.tasks.clear()
    other = passing.store
    passing.store = Store.open(new_store(tmp_path / "other.db"))
    passing.run()
    assert left(passing.crm) == found
    assert passing.store.assignments.ledger("job") == books
    passing.store.close()
    passing.store = other


def test_the_next_run_has_nothing_to_do(passing, tmp_path):
    filled(passing)
    applied(passing, planned(passing, tmp_path))
    after = left(passing.crm)
    summary = passing.run()
    assert (summary.changed, left(passing.crm)) == (0, after)
    for read in (11, 0):
        passing.clock.pass_by(hours=2)
        assert passing.run().read == read


def test_a_second_application_does_nothing(passing, tmp_path):
    filled(passing)
    plan = planned(passing, tmp_path)
    applied(passing, plan)
    after, calls = left(passing.crm), passing.crm.calls
    summary, _ = applied(passing, plan)
    assert (summary.done, summary.complete, left(passing.crm), passing.crm.calls) == (0, True, after, calls)


def test_what_changed_since_is_refused_and_left_alone_and_the_next_run_decides_it_anew(passing, tmp_path):
    filled(passing)
    plan = planned(passing, tmp_path)
    passing.clock.pass_by(seconds=5)
    passing.crm.put("L00003", {"Status": "On hold"})
    passing.crm.put("L00008", {"Email": "somebody@else.example"})  # nothing that the mapping reads
    del passing.crm.records["L00009"]
    kept = {lead: dict(passing.crm.records[lead]) for lead in ("L00003", "L00008")}
    summary, applying = applied(passing, plan)
    assert {one.id for one in applying.refused} == {"L00003", "L00008", "L00009"}
    assert (summary.done, summary.withheld, summary.attention, summary.balanced) == (8, 3, True, True)
    assert {lead: passing.crm.records[lead] for lead in kept} == kept
    assert {task.lead for task in passing.crm.tasks.values()} == {"L00002", "L00006", "L00007", "L00010"}
    passing.clock.pass_by(seconds=5)
    again = passing.run()
    assert again.tasks_created == 1
    assert passing.crm.records["L00008"]["Leadrelay_Stage"] == "sal"


def test_a_change_within_the_same_second_is_noticed_by_its_value(passing, tmp_path):
    passing.add(2, **QUALIFIED)
    plan = planned(passing, tmp_path)
    record = passing.crm.records["L00000"]
    record["Status"] = "On hold"  # its stamp stays, as that of a CRM which counts seconds
    _, applying = applied(passing, plan)
    assert [one.id for one in applying.refused] == ["L00000"]
    assert record["Status"] == "On hold"


def test_who_got_a_lead_since_keeps_it(passing, tmp_path):
    passing.add(2, **QUALIFIED)
    plan = planned(passing, tmp_path)
    passing.crm.put("L00000", {"Owner": "Ucy"})
    summary, applying = applied(passing, plan)
    assert [one.id for one in applying.refused] == ["L00000"]
    assert summary.tasks_created == 1
    entries = passing.store.assignments.ledger("job").entries
    assert sum(entry.received for entry in entries.values()) == 1


def test_a_plan_can_be_rolled_back(passing, tmp_path):
    filled(passing)
    before = left(passing.crm)
    plan = planned(passing, tmp_path)
    applied(passing, plan)
    undone, kept = passing.roll_back(plan.run)
    assert (undone.done, kept) == (11, [])
    assert left(passing.crm) == before


def test_whom_the_crm_knows_at_an_account_counts_in_a_plan_as_in_a_run(tmp_path):
    bench = benched(new_store(tmp_path / "state.db"), groups=GROUP, page_size=1)
    bench.crm.known.append(Account("A1", "ACME", "acme.com", ""))
    bench.crm.staff["A1"] = [Colleague("C1", "Bo", "", "bo@acme.com", "", "decision_maker")]
    for lead in ("L1", "L2"):
        put(bench, lead, Site="acme.com", Title="Fan")
    applied(bench, planned(bench, tmp_path))
    known = ("champion;decision maker", "budget holder;influencer;user", 3)
    assert [group(bench, lead) for lead in ("L1", "L2")] == [known, known]
    assert bench.run().changed == 0
    bench.store.close()
