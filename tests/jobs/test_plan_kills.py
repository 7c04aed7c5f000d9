"""Wherever the application of a plan is killed: begun again, it goes on, does nothing twice, leaves nothing open."""

from contextlib import closing
from datetime import timedelta

import pytest

from leadrelay.connectors.base import Once, Standing
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.reading import Nobody
from leadrelay.state.plans import PlanState
from tests.jobs.test_plans import applied
from tests.jobs.test_plans import planned as through_a_file
from tests.jobs.world import World


def planned(world):
    runner = world.runners[0]
    if runner.store is None:
        runner.open()
    world.clock.pass_by(60)
    return Planning(world.job, runner.store, "plan", world.clock.moment, Nobody())()


@pytest.mark.parametrize(("kind", "once"), [("kill", Once.CLAIM), ("lost", Once.CLAIM), ("kill", Once.ATOMIC)])
def test_an_application_that_is_cut_off_anywhere_is_finished_by_the_next(tmp_path, kind, once):
    deaths, survived = 0, None
    while not survived:
        folder = tmp_path / str(deaths)
        folder.mkdir()
        with closing(World(folder, once=once)) as world:
            for budget in ("50000", "5"):
                world.add(Budget=budget, Employees="2000")
            plan = planned(world)
            survived = world.run(plan=plan, fault=(kind, deaths))
            world.clock.pass_by(timedelta(minutes=5).total_seconds())
            finished = world.run(plan=plan)
            assert finished
            assert (len(world.crm.tasks), world.crm.wrongs) == (1, [])
            store = world.runners[0].store
            assert store.outbox.counts("job") == {}
            received = sum(entry.received for entry in store.assignments.ledger("job").entries.values())
            assert received == 1
            assert [record["Leadrelay_Stage"] for record in world.crm.records.values()] == ["sal", "name"]
            assert store.plans.get("plan") is None
            if deaths % 21 == 0:
                world.settle()
                assert (len(world.crm.tasks), world.crm.wrongs) == (1, [])
        deaths += 3 if once is Once.CLAIM else 11
    assert deaths > (20 if kind == "kill" else 2)


def test_what_is_not_answered_waits_and_the_plan_is_not_through(bench, tmp_path):
    bench.add(3)
    plan = through_a_file(bench, tmp_path)
    bench.crm.verdicts["L00001"] = Standing.PENDING

    summary, _ = applied(bench, plan)

    assert (summary.balanced, summary.pending, summary.done) == (True, 1, 2)
    assert bench.store.plans.get(plan.run).state is not PlanState.APPLIED
    bench.crm.verdicts.clear()
    summary, _ = applied(bench, plan)
    assert (summary.balanced, summary.pending, summary.done) == (True, 0, 3)
    assert bench.store.plans.get(plan.run).state is PlanState.APPLIED
