"""A task that is found, not made, is noted as done at once, wherever the run dies: nothing is to be sent for it."""

from contextlib import closing

import pytest

from leadrelay.connectors.base import Once
from tests.jobs.world import World


@pytest.mark.parametrize("once", [Once.ATOMIC, Once.CLAIM])
def test_whenever_a_run_is_killed_that_finds_the_task_of_a_lost_store_the_next_one_goes_on(tmp_path, once):
    deaths, survived = 0, None
    while not survived:
        folder = tmp_path / str(deaths)
        folder.mkdir()
        with closing(World(folder, once=once)) as world:
            world.add(Budget="50000", Employees="2000")
            assert world.run()
            world.lose_state()
            world.clock.pass_by(7200)
            survived = world.run(fault=("kill", deaths))
            assert world.run()
            assert (len(world.crm.tasks), world.crm.wrongs) == (1, [])
            assert world.runners[0].store.outbox.counts("job") == {}
        deaths += 1
    assert deaths > 10
