"""The part of a playbook that names its goals: `[targets]`."""

from __future__ import annotations

from leadrelay.core.playbook.intervals import read_time
from leadrelay.core.targets import GOALS, RESPONSE, Targets
from leadrelay.core.toml_table import Table


def read_targets(table: Table) -> Targets:
    """Every goal, from the process where the playbook names none."""
    goals = {name: _share(table, name, usual) for name, usual in GOALS.items()}
    within = read_time(table, "within") or RESPONSE
    table.close()
    return Targets(within, goals["response"], goals["conversion"], goals["accuracy"], goals["meetings"])


def _share(table: Table, name: str, usual: float) -> float:
    share = table.number(name)
    if share is not None and not 0 < share < 1:
        table.problem(name, "must lie between 0 and 1.", "Write 0.3 for 30 %.")
    return usual if share is None else share
