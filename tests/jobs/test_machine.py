"""A machine that hunts what the list of faults forgot: people, runs, kills, merges, drift and lost states in any order.

`LEADRELAY_MACHINE=2000 pytest -n 0 tests/jobs/test_machine.py` tries so many examples, with another seed each time; a
failing one prints a line `@reproduce_failure(...)` that repeats it.
"""

import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from leadrelay.connectors.base import Once, Usage
from tests.jobs.watched import BY_PEOPLE, FIELDS, OURS, SHARED
from tests.jobs.world import World

LONG = int(os.environ.get("LEADRELAY_MACHINE", "0"))

leads = st.integers(0, 7)
edits = st.one_of(*(st.tuples(st.just(name), st.sampled_from(values)) for name, values in BY_PEOPLE.items()))
toggles = st.one_of(*(st.tuples(st.just(name), st.sampled_from(values)) for name, values in OURS.items()))
places = st.integers(0, 40)
faults = st.one_of(st.none(), st.tuples(st.sampled_from(["kill", "lost", "stop"]), places))
runners = st.sampled_from([0, 0, 0, 1])


class Machine(RuleBasedStateMachine):
    """`world`: the CRM with its people, and our installations."""

    @initialize(once=st.sampled_from([Once.ATOMIC, Once.CLAIM]), size=st.sampled_from([2, 10]), brake=st.booleans())
    def begin(self, once, size, brake):
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self.world = World(self.folder, once=once, page_size=size, brake=brake)
        for budget in (None, "50000", "50000"):
            self.world.add(Budget=budget, Employees="2000")

    def teardown(self):
        if hasattr(self, "world"):
            try:
                self.world.settle()
                assert not self.world.crm.wrongs, self.world.crm.wrongs
            finally:
                self.world.close()
                shutil.rmtree(self.folder)

    def lead(self, number):
        """One of those that are there; None when there are none."""
        there = sorted(self.world.crm.records)
        return there[number % len(there)] if there else None

    # -- people -------------------------------------------------------------------------------------------------------

    @rule(number=leads, edit=edits)
    def a_person_edits(self, number, edit):
        self._put(number, edit)

    def _put(self, number, edit):
        lead, (name, value) = self.lead(number), edit
        if lead and name not in self.world.crm.hidden:
            self.world.crm.put(lead, {name: value})

    @rule(number=leads, name=st.sampled_from(sorted(SHARED)))
    def clears(self, number, name):
        self._put(number, (name, None))

    @rule(number=leads, edit=toggles)
    def an_automation_toggles(self, number, edit):
        if lead := self.lead(number):
            self.world.toggled.add(lead)
            self._put(number, edit)

    @rule(budget=st.sampled_from(BY_PEOPLE["Budget"]), status=st.sampled_from(SHARED["Status"]))
    @precondition(lambda self: len(self.world.crm.records) + len(self.world.crm.bin) < 8 and not self.world.crm.hidden)
    def creates(self, budget, status):
        self.world.add(Budget=budget, Status=status)

    @rule(one=leads, other=leads)
    def merges(self, one, other):
        self._merge(one, other)

    def _merge(self, one, other):
        survivor, loser = self.lead(one), self.lead(other)
        if survivor != loser:
            self.world.crm.merge(survivor, loser)

    @rule(number=leads)
    def deletes(self, number):
        self._delete(number)

    def _delete(self, number):
        if lead := self.lead(number):
            self.world.crm.delete(lead)

    @rule(number=leads)
    @precondition(lambda self: self.world.crm.bin)
    def restores(self, number):
        self._restore(number)

    def _restore(self, number):
        if gone := sorted(self.world.crm.bin):
            self.world.crm.restore(gone[number % len(gone)])

    @rule(number=leads, deleted=st.booleans())
    @precondition(lambda self: self.world.crm.tasks)
    def works_on_a_task(self, number, deleted):
        tasks = list(self.world.crm.tasks.values())
        task = tasks[number % len(tasks)]
        task.deleted, task.touched = task.deleted or deleted, True

    @rule(number=leads, allowed=st.booleans())
    def makes_a_rule(self, number, allowed):
        if lead := self.lead(number):
            (self.world.crm.refusing.discard if allowed else self.world.crm.refusing.add)(lead)

    @rule(name=st.sampled_from(FIELDS))
    def hides_or_shows_a_field(self, name):
        self._turn(name)

    def _turn(self, name):
        crm = self.world.crm
        (crm.show if name in crm.hidden else crm.hide)(name)

    # -- time and quota -----------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.3, 2, 1800, 7200, 30 * 3600]))
    def time_passes(self, seconds):
        self.world.clock.pass_by(seconds)

    @rule()
    def the_clock_of_the_crm_stops_or_goes_on(self):
        crm = self.world.crm
        crm.frozen = None if crm.frozen else crm.time()

    @rule(used=st.sampled_from([0, 85, 100]))
    def the_quota_is_used_up_or_back(self, used):
        self.world.crm.usage = Usage(used * 10**7, 10**9)

    # -- us -----------------------------------------------------------------------------------------------------------

    @rule(which=runners, fault=faults, everything=st.booleans())
    def runs(self, which, fault, everything):
        self.world.run(which, fault=fault, everything=everything)

    @rule(which=runners)
    def runs_well(self, which):
        self.world.run(which)

    @rule(number=leads, edit=edits, place=places, fault=faults)
    def runs_beside_an_edit(self, number, edit, place, fault):
        self.world.run(beside=[(place, lambda: self._put(number, edit))], fault=fault)

    @rule(one=leads, other=leads, place=places, fault=faults)
    def runs_beside_a_merge(self, one, other, place, fault):
        self.world.run(beside=[(place, lambda: self._merge(one, other))], fault=fault)

    @rule(number=leads, back=st.booleans(), place=places, fault=faults)
    def runs_beside_a_delete(self, number, back, place, fault):
        act = self._restore if back else self._delete
        self.world.run(beside=[(place, lambda: act(number))], fault=fault)

    @rule(name=st.sampled_from(FIELDS), first=places, second=places, fault=faults)
    def runs_beside_an_admin(self, name, first, second, fault):
        self.world.run(beside=[(place, lambda: self._turn(name)) for place in (first, second)], fault=fault)

    @rule(seconds=st.sampled_from([1, 3600, 30 * 3600]), place=places, fault=faults)
    def runs_for_long(self, seconds, place, fault):
        self.world.run(beside=[(place, lambda: self.world.clock.pass_by(seconds))], fault=fault)

    @rule(place=places, fault=faults, others=faults)
    def runs_beside_another(self, place, fault, others):
        self.world.run(beside=[(place, lambda: self.world.run(1, fault=others))], fault=fault)

    @rule(first=places, second=places)
    def dies_and_dies_again(self, first, second):
        self.world.run(fault=("kill", first))
        self.world.run(fault=("kill", second))

    @rule(number=leads, fault=faults)
    @precondition(lambda self: self.world.runners[0].runs)
    def rolls_back(self, number, fault):
        runs = self.world.runners[0].runs
        self.world.run(target=runs[-1 - number % len(runs)], fault=fault)

    @rule()
    def releases(self):
        if store := self.world.runners[0].store:
            store.outbox.release("job")

    @rule()
    def takes_another_playbook(self):
        self.world.version = 1 - self.world.version

    @rule(which=runners)
    def loses_its_state(self, which):
        self.world.lose_state(which)

    @rule()
    def backs_up(self):
        self.world.back_up()

    @rule()
    def restores_the_backup(self):
        self.world.restore_backup()

    @rule()
    def settles(self):
        self.world.settle()

    @invariant()
    def nothing_went_wrong(self):
        if hasattr(self, "world"):
            assert not self.world.crm.wrongs, self.world.crm.wrongs


SETTINGS = settings(
    max_examples=LONG or 8,
    stateful_step_count=25,
    derandomize=not LONG,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TestMachine = Machine.TestCase
TestMachine.settings = SETTINGS


@SETTINGS
@given(
    once=st.sampled_from([Once.ATOMIC, Once.CLAIM]),
    cuts=st.lists(faults, max_size=4),
    undone=st.lists(faults, max_size=3),
)
def test_rolling_back_every_run_leaves_the_crm_as_people_made_it(once, cuts, undone):
    with tempfile.TemporaryDirectory() as folder, closing(World(Path(folder), once=once)) as world:
        for budget in (None, "50000", "50000"):
            world.add(Budget=budget, Employees="2000")
        before = business(world)
        for fault in [*cuts, None, None]:
            world.run(fault=fault)
            world.clock.pass_by(7200)
        assert business(world) != before
        runs = list(reversed(world.runners[0].runs))
        for run in runs:
            for fault in [*undone, None]:
                world.run(target=run, fault=fault)
                world.clock.pass_by(2)
        assert business(world) == before
        assert all(task.deleted for task in world.crm.tasks.values())


def business(world):
    return {
        lead: {name: value for name, value in record.items() if name != "modified"}
        for lead, record in world.crm.records.items()
    }
