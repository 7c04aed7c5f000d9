"""Leads that go to nurture and come back on their day though nobody touched them; one listed step after another."""

import pytest

from leadrelay.connectors.base import FieldInfo

PLAYBOOK = """
name = "nurture"

[bant.budget]
met = "budget_amount >= 10000"
unmet = "budget_status = 'none'"

[qualification]
when = "bant_met >= 1"

[[recycle]]
name = "No budget"
when = "bant_budget = 'unmet'"
after = "90 days"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"

[[stages]]
name = "sql"
side = "sales"
when = "qualified"

[[stages]]
name = "mql"
side = "lead-generation"
when = "employees >= 1000"

[[stages]]
name = "name"
side = "lead-generation"

[transitions]
name = ["mql"]
mql = ["sql", "name"]
recycled = ["mql"]
"*" = ["recycled"]
"""
MAPPING = """
object = "Lead"

[read]
employees = "Employees"
budget_amount = "Budget"
budget_status = "Budget_Status"
current_stage = "Leadrelay_Stage"
current_recycle_reason = "Leadrelay_Reason"
current_reengage_on = "Leadrelay_Reengage"
current_recycled_before = "Leadrelay_Before"

[write]
Leadrelay_Stage = "stage"
Leadrelay_Reason = "recycle_reason"
Leadrelay_Reengage = "reengage_on"
Leadrelay_Before = "recycled_before"
"""


@pytest.fixture
def nursery(bench):
    for name in ("Reason", "Reengage", "Before"):
        bench.crm.add_field(FieldInfo(f"Leadrelay_{name}", name, "date" if name == "Reengage" else "string"))
    bench.playbook, bench.mapping = PLAYBOOK, MAPPING
    return bench


def stands(bench, lead="L00000"):
    record = bench.crm.records[lead]
    return tuple(record[f"Leadrelay_{name}"] for name in ("Stage", "Reason", "Reengage"))


def after(bench, **time):
    """What the next run that begins so much later does."""
    bench.clock.pass_by(**time)
    return bench.run()


def test_a_lead_comes_back_on_its_day_though_nobody_touched_it(nursery):
    nursery.add(1, Budget_Status="none")
    nursery.run()
    away = ("recycled", "No budget", "2027-02-20")
    assert stands(nursery) == away
    for days in (1, 40, 48):
        after(nursery, days=days)
        assert stands(nursery) == away
    summary = after(nursery, days=1)
    assert (summary.done, stands(nursery)) == (1, ("mql", "No budget", "2027-02-20"))
    for days in (1, 100):
        summary = after(nursery, days=days)
        assert (summary.changed, stands(nursery)[0]) == (0, "mql")
    nursery.crm.put("L00000", {"Budget_Status": "planned"})
    after(nursery, hours=1)
    assert stands(nursery) == ("mql", None, None)
    nursery.crm.put("L00000", {"Budget_Status": "none"})
    after(nursery, hours=1)
    assert stands(nursery)[:2] == ("recycled", "No budget")


def test_a_lead_takes_one_listed_step_in_each_run_and_no_other(nursery):
    nursery.add(1, Leadrelay_Stage="name", Budget="50000")
    steps = []
    for _ in range(4):
        after(nursery, minutes=5)
        steps.append(stands(nursery)[0])
    assert steps == ["mql", "sql", "sql", "sql"]


def test_a_lead_that_the_ways_hold_back_stays_and_is_not_written_again(nursery):
    nursery.add(1, Leadrelay_Stage="sql", Employees="5")
    summaries = [after(nursery, minutes=5) for _ in range(3)]
    assert stands(nursery)[0] == "sql"
    assert [summary.changed for summary in summaries] == [0, 0, 0]
