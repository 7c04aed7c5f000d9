"""What the CRM refuses as overtaken, though it was our own write that overtook it."""

from leadrelay.connectors.base import CHANGED_MEANWHILE, Outcome, Standing
from tests.jobs.test_plans import applied, planned

OURS = {"Leadrelay_Score": 20, "Leadrelay_Stage": "sal", "Status": "Working"}


def delivered_twice(bench, then):
    """The first write is carried out and answered as its second delivery is: the record changed after it was read."""
    once, written = bench.crm.write, []

    def write(updates, as_of=""):
        if written:
            return once(updates, as_of)
        written.extend(once(updates, as_of))
        then()
        return iter([Outcome(update.id, Standing.PENDING, CHANGED_MEANWHILE) for update in updates])

    bench.crm.write = write


def run(bench, then=lambda: None):
    bench.add(1, Budget="50000")
    bench.clock.pass_by(minutes=5)
    delivered_twice(bench, then)
    found = bench.run()
    assert (found.read, found.balanced, found.pending) == (1, True, 0)
    audit = [row for row in bench.store.audit.of_run(found.run) if row.action == "write"]
    return [{name: new for name, (_, new) in row.fields.items()} for row in audit]


def test_a_write_that_was_delivered_twice_is_told_once(bench):
    assert run(bench) == [OURS]


def test_where_a_person_came_between_it_is_not_told_as_a_whole(bench):
    told = run(bench, lambda: bench.crm.put("L00000", {"Status": "Theirs"}))
    assert OURS not in told
    assert bench.crm.records["L00000"]["Status"] == "Theirs"


def test_a_plan_whose_write_was_delivered_twice_is_through(bench, tmp_path):
    bench.add(1, Budget="50000")
    plan = planned(bench, tmp_path)
    delivered_twice(bench, lambda: None)

    found, applying = applied(bench, plan)

    assert (found.read, found.balanced, found.pending, found.done) == (1, True, 0, 1)
    assert applying.refused == []
    audit = [row for row in bench.store.audit.of_run(found.run) if row.action == "write"]
    assert [{name: new for name, (_, new) in row.fields.items()} for row in audit] == [OURS]
