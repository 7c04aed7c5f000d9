"""Business hours: the ends of hours and days, changes of the clocks, holidays, and a calendar that never opens."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadrelay.core.hours import ALWAYS, Calendar, interval
from leadrelay.errors import ConfigError

MORNING, AFTERNOON = (time(9), time(12, 30)), (time(13, 30), time(17, 30))
OFFICE = ((MORNING, AFTERNOON),) * 4 + (((time(9), time(15)),), (), ())
BERLIN = Calendar("berlin", "Europe/Berlin", OFFICE, frozenset({date(2026, 12, 24)}), "DE-BE")
NIGHT = Calendar("night", "Europe/Berlin", (((time(1, 30), time(2, 30)),),) * 7)
DAYS = Calendar("days", "Europe/Berlin", (((time(0), time(0)),),) * 7)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def at(text, zone="Europe/Berlin"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-02T08:59:59.999999", False),
        ("2026-11-02T09:00", True),
        ("2026-11-02T12:30", False),  # the end does not belong
        ("2026-11-02T13:30", True),
        ("2026-11-06T15:00", False),  # Friday
        ("2026-11-07T10:00", False),  # Saturday
        ("2026-12-24T10:00", False),  # a day of its own
        ("2026-12-25T10:00", False),  # a holiday
        ("2027-03-08T10:00", False),  # one that only Berlin has
    ],
)
def test_it_is_open_within_its_hours(moment, is_open):
    assert BERLIN.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        ("2026-11-02T09:00", "2026-11-02T17:30", timedelta(hours=7.5)),
        ("2026-11-02T12:00", "2026-11-02T14:00", HOUR),
        ("2026-11-06T14:00", "2026-11-09T10:00", 2 * HOUR),  # over a weekend
        ("2026-12-23T17:00", "2026-12-28T09:15", timedelta(minutes=45)),  # over Christmas
        ("2026-12-31T09:00", "2027-01-04T09:00", timedelta(hours=7.5)),  # over New Year
        ("2026-11-02T10:00", "2026-11-02T09:00", timedelta(0)),  # backwards
        ("2026-11-02T09:00:00.000001", "2026-11-02T09:00:01", timedelta(microseconds=999_999)),
    ],
)
def test_how_long_it_was_open(start, end, worked):
    assert BERLIN.worked(at(start), at(end)) == worked


def test_a_repeated_hour_counts_twice_and_one_left_out_not_at_all():
    assert NIGHT.worked(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == timedelta(minutes=30)
    assert NIGHT.worked(at("2026-10-25T00:00"), at("2026-10-25T12:00")) == timedelta(minutes=90)
    assert DAYS.worked(at("2026-03-29T00:00"), at("2026-03-30T00:00")) == 23 * HOUR
    assert DAYS.worked(at("2026-10-25T00:00"), at("2026-10-26T00:00")) == 25 * HOUR
    half_past = at("2026-10-25T02:30")
    assert DAYS.worked(half_past, half_past.replace(fold=1)) == HOUR


def test_when_so_much_is_over():
    assert BERLIN.after(at("2026-11-02T12:00"), HOUR) == at("2026-11-02T14:00")
    assert BERLIN.after(at("2026-11-02T09:00"), timedelta(hours=3.5)) == at("2026-11-02T12:30")  # not 13:30
    assert BERLIN.after(at("2026-11-06T20:00"), HOUR) == at("2026-11-09T10:00")
    assert BERLIN.after(at("2026-12-31T13:00"), 5 * HOUR) == at("2027-01-04T10:00")
    assert BERLIN.after(at("2026-11-07T10:00"), timedelta(0)) == at("2026-11-07T10:00")
    assert BERLIN.after(at("2026-11-02T09:00"), HOUR).tzinfo is UTC


def test_before_is_the_way_back():
    assert BERLIN.before(at("2026-11-02T14:00"), HOUR) == at("2026-11-02T12:00")
    assert BERLIN.before(at("2026-11-09T10:00"), 2 * HOUR) == at("2026-11-06T14:00")
    assert BERLIN.before(at("2027-01-04T10:00"), 5 * HOUR) == at("2026-12-31T13:30")  # not 12:30
    assert BERLIN.before(at("2026-11-02T14:00"), timedelta(0)) == at("2026-11-02T14:00")


def test_when_it_opens():
    assert BERLIN.opens(at("2026-11-02T10:00")) == at("2026-11-02T10:00")
    assert BERLIN.opens(at("2026-11-02T12:45")) == at("2026-11-02T13:30")
    assert BERLIN.opens(at("2026-12-31T18:00")) == at("2027-01-04T09:00")


def test_open_days_are_counted_and_stepped():
    friday = at("2026-12-18T14:00")
    assert BERLIN.open_days(friday, at("2026-12-18T23:59")) == 0
    assert BERLIN.open_days(friday, at("2026-12-20T12:00")) == 0
    assert BERLIN.open_days(friday, at("2026-12-21T00:00")) == 1
    assert BERLIN.open_days(friday, at("2027-01-04T00:00")) == 8
    assert BERLIN.days_after(friday, 8) == at("2027-01-04T14:00")
    assert BERLIN.days_after(at("2026-11-05T16:00"), 1) == at("2026-11-06T15:00")  # closed by then
    assert BERLIN.days_after(at("2026-11-02T13:00"), 1) == at("2026-11-03T13:30")  # in the break
    assert BERLIN.days_after(at("2026-11-02T03:00"), 1) == at("2026-11-03T09:00")
    assert BERLIN.days_after(at("2026-11-02T03:00"), 0) == at("2026-11-02T03:00")


def test_an_interval_is_of_hours_or_of_days():
    assert BERLIN.later(at("2026-11-06T14:30"), interval("1 hour")) == at("2026-11-09T09:30")
    assert BERLIN.later(at("2026-11-06T14:30"), interval("1 day")) == at("2026-11-09T14:30")
    assert interval("15 minutes").time == 15 * MINUTE
    assert [interval(text) for text in ("1 week", "soon", "-1 hour", "1.5 hours", "")] == [None] * 5
    assert interval("0 days").is_nothing


def test_a_day_that_a_zone_left_out_is_no_open_day():
    # Samoa went from 2011-12-29 to 2011-12-31: https://www.timeanddate.com/time/zone/samoa/apia
    apia = Calendar("apia", "Pacific/Apia", (((time(9), time(17)),),) * 7)
    assert apia.open_days(at("2011-12-29T12:00", apia.zone), at("2011-12-31T12:00", apia.zone)) == 1
    assert apia.worked(at("2011-12-29T09:00", apia.zone), at("2011-12-31T17:00", apia.zone)) == 16 * HOUR


def test_always_is_the_clock():
    start = datetime(2025, 2, 3, 4, 5, tzinfo=UTC)
    assert ALWAYS.is_open(start)
    assert ALWAYS.worked(start, start + timedelta(days=800)) == timedelta(days=800)
    assert ALWAYS.after(start, timedelta(days=800)) == start + timedelta(days=800)
    assert ALWAYS.before(start, timedelta(days=800)) == start - timedelta(days=800)


@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar, moment: calendar.opens(moment),
        lambda calendar, moment: calendar.after(moment, HOUR),
        lambda calendar, moment: calendar.before(moment, HOUR),
        lambda calendar, moment: calendar.days_after(moment, 1),
    ],
)
def test_a_calendar_that_never_opens_says_so(ask):
    # No holiday but the one day of the week on which it would open.
    shut = frozenset(date(2026, 1, 4) + timedelta(weeks=week) for week in range(-300, 300))
    never = Calendar("never", "UTC", ((),) * 6 + (((time(9), time(17)),),), shut)
    with pytest.raises(ConfigError, match=r"\[calendars.never\]: is never open in the 3 years around 2026"):
        ask(never, datetime(2026, 6, 1, tzinfo=UTC))
    assert never.worked(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)) == timedelta(0)


@pytest.mark.parametrize("year", [1, 2, 1900, 9998, 9999])
def test_the_edges_of_the_calendar_are_survived(year):
    moment = datetime(year, 6, 1, 12, tzinfo=UTC)
    assert BERLIN.is_open(moment) in {True, False}
    assert BERLIN.worked(moment, moment + HOUR) <= HOUR
    assert BERLIN.open_days(moment, moment + 48 * HOUR) <= 2
