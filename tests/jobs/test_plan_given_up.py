"""A plan that began and cannot go on does not hold its job up; and what a file or a record may hold is no fault."""

import pytest

from leadrelay.errors import ConfigError, Stopped
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.approving import ApprovalRun
from leadrelay.jobs.plans.checking import expect_ours
from leadrelay.jobs.plans.standing import Judge
from leadrelay.jobs.plans.values import Change, Remembered, Row
from leadrelay.state.plans import PlanState
from tests.jobs.test_plans import applied, planned
from tests.stores import new_store


@pytest.fixture
def store_url(tmp_path):
    return new_store(tmp_path / "first.db")


def decide(bench, plan, state):
    return bench.store.plans.decide(plan.run, plan.sha256, state, "Ada", "", bench.clock.moment)


def test_a_plan_that_began_can_be_rejected_and_is_not_gone_on_with(passing, tmp_path):
    passing.add(2)
    plan = planned(passing, tmp_path)
    assert passing.store.plans.began(plan.run)
    assert decide(passing, plan, PlanState.REJECTED)
    assert not passing.store.plans.began(plan.run)
    with pytest.raises(Stopped, match="rejected or replaced meanwhile"):
        applied(passing, plan)
    assert passing.run().done == 2


def test_a_plan_that_was_applied_cannot_be_rejected(passing, tmp_path):
    passing.add(1)
    plan = planned(passing, tmp_path)
    applied(passing, plan)
    assert not decide(passing, plan, PlanState.REJECTED)


def test_a_job_of_any_name_leaves_its_plan_in_the_folder(passing, tmp_path):
    passing.add(1)
    passing.name = "../east/west"
    folder = tmp_path / "plans"
    ended = ApprovalRun(passing.job(), passing.store, passing.around(), folder, lambda: "plan")()
    assert [str(path) for path in folder.iterdir()] == [ended.path]


def test_a_file_that_is_nested_deeper_than_any_plan_is_refused(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('{"leadrelay_plan": 1, "rows": ' + "[" * 400 + "]" * 400 + "}")
    with pytest.raises(ConfigError, match="nested deeper"):
        file.read(path, edited=True)


def test_the_first_value_of_a_field_may_come_after_many_records_without_any(passing):
    leads = [f"L{number}" for number in range(150)]
    records = {lead: {"Phone": None} for lead in leads} | {"L150": {"Phone": "1"}}
    memory = Remembered("", "0", "0", "")
    rows = [Row(lead, "", "", "", memory, changes=[Change("Phone", "2", None, 0)]) for lead in records]
    judge = Judge(passing.job(), passing.store, "plan", Assigning(passing.job(), passing.store, "plan", None))
    before = judge._as_planned(rows, records)
    assert (before["L0"], before["L150"]) == ({"Phone": "2"}, {"Phone": "1"})


def test_an_approved_plan_whose_file_is_gone_is_given_up_by_its_id(passing, tmp_path):
    passing.add(1)
    runs = iter(["first", "second"])

    def turn():
        return ApprovalRun(passing.job(), passing.store, passing.around(), tmp_path / "plans", lambda: next(runs))()

    plan = turn().plan
    decide(passing, plan, PlanState.APPROVED)
    passing.store.plans.began(plan.run)
    next((tmp_path / "plans").iterdir()).unlink()
    with pytest.raises(ConfigError) as refused:
        turn()
    assert "leadrelay reject first" in refused.value.problems[0].cure
    decide(passing, plan, PlanState.REJECTED)
    assert turn().waits == "rejected"


def test_rules_that_changed_under_a_plan_that_began_say_how_to_give_it_up(passing, tmp_path):
    passing.add(1)
    plan = planned(passing, tmp_path)
    passing.store.plans.began(plan.run)
    passing.mapping = passing.mapping.replace("object =", 'empty = ["none"]\nobject =')
    with pytest.raises(ConfigError, match="leadrelay reject FILE"):
        expect_ours(plan, tmp_path / "plan.json", passing.job(), passing.store)
