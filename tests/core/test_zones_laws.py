"""Days and moments of zones against `zoneinfo`, which counts them one by one."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core import zones
from leadrelay.core.casts import Target, cast, to_text
from leadrelay.core.lead import Type

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Havana",
]
DAYS = st.dates(date(1990, 1, 1), date(2037, 12, 31)) | st.sampled_from(
    [date(2018, 11, 4), date(2011, 12, 30), date(2011, 12, 31), date(2022, 3, 27), date(2025, 11, 2), date(2026, 3, 29)]
)
MOMENTS = st.integers(631_152_000, 2_145_830_400).map(lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None))
SKIPPED = {("Pacific/Apia", date(2011, 12, 30))}


def one(expr):
    return pl.select(expr).item()


@given(st.sampled_from(ZONES), DAYS)
@settings(max_examples=30, deadline=None)
def test_a_day_begins_as_the_clocks_say_and_is_read_back(zone, day):
    began = one(zones.midnight(pl.lit(day), zone))
    assert began == datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if (zone, day) not in SKIPPED:
        assert one(zones.day(pl.lit(began).cast(Type.DATETIME.dtype), zone)) == day
        text = one(to_text(pl.lit(began).cast(Type.DATETIME.dtype), Type.DATETIME))
        assert cast(pl.DataFrame({"it": [text]}), {"it": Target(Type.DATE, zone=zone)}).frame["it"][0] == day


@given(st.sampled_from(ZONES), MOMENTS)
@settings(max_examples=30, deadline=None)
def test_a_wall_clock_is_the_first_moment_that_it_shows(zone, wall):
    found = one(zones.moment(pl.lit(wall).cast(pl.Datetime("ms")), zone))
    assert found == wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    text = pl.DataFrame({"it": [wall.isoformat()]})
    assert cast(text, {"it": Target(Type.DATETIME, zone=zone)}).frame["it"][0] == found


@given(st.sampled_from(ZONES), MOMENTS)
@settings(max_examples=20, deadline=None)
def test_a_moment_with_a_zone_stays_where_it_is_and_lies_in_a_day(zone, at):
    at = at.replace(tzinfo=UTC)
    there = at.astimezone(ZoneInfo(zone))
    texts = pl.DataFrame({"it": [at.isoformat(), there.isoformat(), f"{at:%Y-%m-%dT%H:%M:%S}.000Z"]})
    assert cast(texts, {"it": Target(Type.DATETIME, zone=zone)}).frame["it"].to_list() == [at] * 3
    assert cast(texts, {"it": Target(Type.DATE, zone=zone)}).frame["it"].to_list() == [there.date()] * 3


@pytest.mark.parametrize(
    ("zone", "day", "began"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("America/Havana", date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_midnights_that_are_leapt_over_or_struck_twice(zone, day, began):
    assert one(zones.midnight(pl.lit(day), zone)) == began


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "nonsense"]
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_the_ends_of_time_are_no_error(text, zone):
    frame = pl.DataFrame({"it": [text, None, ""]})
    for kind in (Type.DATE, Type.DATETIME):
        found = cast(frame, {"it": Target(kind, zone=zone)}).frame["it"].to_list()
        assert all(value is None or date(1, 1, 1) <= date(value.year, 1, 1) for value in found)


def test_a_column_without_any_value_has_its_type():
    frame = pl.DataFrame({"it": pl.Series([], dtype=pl.String)})
    assert cast(frame, {"it": Target(Type.DATETIME, zone="Asia/Tokyo")}).frame.schema["it"] == Type.DATETIME.dtype
