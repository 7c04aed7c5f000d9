"""Every row of what must be reached, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from torture import full_outbox, kinds, loads, losses, paid, plans, scenarios, shapes, switches
from torture.report import Scenario
from torture.states import POSTGRESQL, SQLITE

_BOTH = (SQLITE, POSTGRESQL)

SCENARIOS: Mapping[str, Scenario] = {
    "kills": Scenario("0 lost, 0 second tasks, 0 overwritten", scenarios.random_kills, _BOTH),
    "failpoints": Scenario("all pass", scenarios.failpoints),
    "pairs": Scenario("all pass", scenarios.pairs),
    "lost-replies": Scenario("0 second tasks", scenarios.lost_replies, _BOTH),
    "split-brain": Scenario("0 second tasks, 0 owners that differ", scenarios.split_brain),
    "bad-record": Scenario("99 of 100 done in the same run, at most 17 calls", loads.bad_record),
    "late-commits": Scenario("0 missing", loads.late_commits),
    "editing-burst": Scenario("0 overwritten", loads.editing_burst),
    "recovery": Scenario("working again within 2 s", full_outbox.recovery),
    "state-lost": Scenario("0 second tasks, 0 overwritten", losses.state_lost),
    "quota": Scenario("paused, and then nothing lost", losses.quota),
    "switches": Scenario("all laws hold in every position", switches.switched),
    "shapes": Scenario("0 second tasks, 0 tries to write what is gone", shapes.shaped),
    "hidden": Scenario("0 given up by mistake", shapes.hidden),
    "kinds": Scenario("all laws hold after every kind of fault", kinds.faulty),
    "paid-kills": Scenario("paid calls <= look-ups + kills in flight, spend <= cap", paid.paid_kills),
    "plans": Scenario("as the file says, 0 over what others wrote, 0 again", plans.applied, long=(POSTGRESQL,)),
    "rollback": Scenario("identical fields", losses.rolled_back),
}
