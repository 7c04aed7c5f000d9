"""A pace that threads keep together."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from leadrelay.enrichers.pace import Pace
from tests.enrichers.conftest import FastTime


def test_starts_are_spread_evenly():
    time = FastTime()
    pace = Pace(10, time.clock, time.sleep)
    for _ in range(11):
        pace.wait()
    assert time.now == pytest.approx(101)


def test_threads_share_it():
    slept = []
    pace = Pace(10, lambda: 100.0, slept.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait(), range(40)))
    assert sorted(slept) == pytest.approx([turn / 10 for turn in range(1, 40)])


def test_without_a_limit_nobody_waits():
    time = FastTime()
    pace = Pace(None, time.clock, time.sleep)
    for _ in range(100):
        pace.wait()
    assert time.slept == []


def test_time_that_was_not_used_is_not_saved_up():
    time = FastTime()
    pace = Pace(1, time.clock, time.sleep)
    time.now += 60
    for _ in range(3):
        pace.wait()
    assert time.slept == pytest.approx([1, 1])


def test_it_can_be_held():
    time = FastTime()
    pace = Pace(None, time.clock, time.sleep)
    pace.hold(5)
    pace.hold(2)
    pace.wait()
    assert time.slept == pytest.approx([5])
