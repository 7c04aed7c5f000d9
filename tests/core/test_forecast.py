"""How many API calls a job will take, told before it takes them."""

import pytest

from leadrelay.connectors.base import Usage
from leadrelay.core.forecast import COSTS, of_job, reading, run, writing
from leadrelay.core.limits import Quota

SALESFORCE, HUBSPOT = COSTS["salesforce"], COSTS["hubspot"]
MEASURED = {"salesforce": {200: 16, 2_000: 25}, "hubspot": {200: 32, 2_000: 146}}
"""`python -m bench.calls --leads N`: the first run over so many leads."""


@pytest.mark.parametrize("kind", MEASURED)
def test_the_forecast_is_near_what_is_measured_and_not_below(kind):
    for leads, calls in MEASURED[kind].items():
        told = of_job(kind, leads, 0, Quota(), None, hands_off=True, rehearsed=False).first
        assert calls <= told <= 2 * calls


def test_reading_and_writing():
    assert [reading(SALESFORCE, count) for count in (0, 1, 2_000, 2_001, 20_000, 1_000_000)] == [0, 1, 1, 2, 10, 10]
    assert reading(HUBSPOT, 101) == 2
    assert writing(SALESFORCE, 0) == 0
    assert writing(SALESFORCE, 401) == 14 + 3
    assert run(HUBSPOT, 100, rehearsed=True) == run(HUBSPOT, 100) + 1


def forecast(records=2_000, runs=288, used=0, total=100_000, **more):
    usage = Usage(used, total) if total else None
    return of_job("salesforce", records, runs, Quota(), usage, hands_off=True, rehearsed=False, **more)


def test_a_day_and_what_is_left_of_the_quota():
    found = forecast(used=10_000)
    assert (found.a_day, found.allowed, found.left) == (864, 80_000, 70_000)
    assert found.changes == (70_000 - 864) // 4 * 200
    assert list(found.troubles()) == []


def test_where_the_crm_tells_no_quota_nothing_is_said_of_it():
    found = forecast(total=0)
    assert (found.allowed, found.left, found.changes, list(found.troubles())) == (None, None, None, [])


@pytest.mark.parametrize(
    ("given", "never", "said"),
    [
        (
            {"runs": 1_440, "total": 5_000},
            True,
            "1,440 runs a day take 4,320 API calls though nothing changes, and 4,000",
        ),
        ({"used": 79_990}, False, "and 10 are left today"),
        ({"runs": 1, "total": 100}, False, "it pauses, and goes on an hour later"),
    ],
)
def test_what_will_not_fit(given, never, said):
    ((found, message),) = forecast(**given).troubles()
    assert (found, said in message) == (never, True)
