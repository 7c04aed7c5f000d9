"""The short form of every row of what must be reached; `make torture` plays the long ones."""

import pytest

from torture.registry import SCENARIOS
from torture.report import Options

ROWS = [(name, state) for name, row in SCENARIOS.items() for state in row.states]


@pytest.mark.parametrize(("name", "state"), ROWS)
def test_what_must_be_reached(name, state):
    report = SCENARIOS[name].play(Options(short=True, state=state))
    assert not report.wrong, "\n".join(report.wrong)
