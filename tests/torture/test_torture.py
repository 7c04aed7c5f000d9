"""The short form of every row of what must be reached; `make torture` plays the long ones."""

import pytest

from torture.report import Options
from torture.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_must_be_reached(name):
    report = SCENARIOS[name].play(Options(short=True))
    assert not report.wrong, "\n".join(report.wrong)
