"""The CRM's clock, as cursors hold it."""

from datetime import datetime, timedelta, timezone

import pytest

from leadrelay.connectors.moments import asked_at, before, http_date, is_ahead, stamp
from leadrelay.connectors.transport import Answer

CLOCK = "2026-03-01T10:00:00.000Z"


def test_a_moment_is_kept_in_utc_to_the_millisecond():
    there = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(there) == "2026-03-01T10:00:00.999Z"


@pytest.mark.parametrize(("seconds", "earlier"), [(0, CLOCK), (600, "2026-03-01T09:50:00.000Z")])
def test_so_many_seconds_earlier(seconds, earlier):
    assert before(CLOCK, seconds) == earlier


@pytest.mark.parametrize(
    ("moment", "ahead"),
    [
        ("2026-03-01T09:59:59Z", False),
        ("2026-03-01T10:01:00.000Z", False),  # the clocks of two servers differ
        ("2026-03-01T10:01:00.001Z", True),
        ("2026-03-01T12:00:59.000+02:00", False),
        ("2100-01-01T00:00:00.000Z", True),
    ],
)
def test_a_moment_is_ahead_of_the_clock_by_more_than_a_minute(moment, ahead):
    assert is_ahead(moment, CLOCK) is ahead


@pytest.mark.parametrize(
    ("seconds", "asked"), [(0, "10:00:00"), (0.01, "09:59:59"), (1.0, "09:59:59"), (61.5, "09:58:58")]
)
def test_a_request_was_taken_up_no_earlier_than_its_answer_less_its_length(seconds, asked):
    answer = Answer(200, {"Date": "Sun, 01 Mar 2026 10:00:00 GMT"}, b"", seconds)
    assert asked_at(answer) == f"2026-03-01T{asked}.000Z"


@pytest.mark.parametrize(
    "moment", ["2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00.999Z", "2026-03-01T12:00:00+02:00"]
)
def test_http_knows_whole_seconds_in_greenwich(moment):
    assert http_date(moment) == "Sun, 01 Mar 2026 10:00:00 GMT"
