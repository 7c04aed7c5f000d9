"""When a verdict can change by itself: exactly for what rules usually say, and never once time has done its work."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.playbook.loading import load
from leadrelay.core.predicates import Flips, parse
from leadrelay.core.predicates.hands import NEVER
from leadrelay.core.qualify import Decider
from leadrelay.core.recheck import RECHECK

NOW = datetime(2026, 3, 31, 12, 0, 0, 123_000, tzinfo=UTC)
MILLISECOND, DAY = timedelta(milliseconds=1), timedelta(days=1)
TODAY = datetime(2026, 3, 31, tzinfo=UTC)


def first(text, **lead):
    node = parse(text, LEAD, "here")
    frame = pl.DataFrame([lead or {"visits": 1}], {name: LEAD[name].type.dtype for name in lead or ["visits"]})
    found = frame.select(pl.min_horizontal(pl.lit(NEVER), *Flips(NOW)(node))).item()
    return None if found == NEVER else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)


SEEN = NOW - 3 * DAY


@pytest.mark.parametrize(
    ("text", "lead", "moment"),
    [
        ("last_activity_at >= now() - interval '7 days'", {"last_activity_at": SEEN}, SEEN + 7 * DAY),
        ("now() - interval '7 days' > last_activity_at", {"last_activity_at": SEEN}, SEEN + 7 * DAY),
        ("last_activity_at >= now() - interval '7 days'", {"last_activity_at": NOW - 7 * DAY}, NOW + MILLISECOND),
        ("last_activity_at >= now() - interval '3 days'", {"last_activity_at": SEEN - MILLISECOND}, None),
        ("last_activity_at >= now() - interval '7 days'", {"last_activity_at": None}, None),
        ("last_activity_at < now()", {"last_activity_at": NOW + DAY}, NOW + DAY),
        (
            "last_activity_at between now() - interval '9 days' and now() - interval '5 days'",
            {"last_activity_at": SEEN},
            SEEN + 5 * DAY,
        ),
        ("project_start <= today() + interval '10 days'", {"project_start": date(2026, 4, 20)}, TODAY + 10 * DAY),
        ("project_start = today()", {"project_start": date(2026, 3, 31)}, TODAY + DAY),
        ("project_start = today()", {"project_start": date(2026, 3, 30)}, None),
        ("project_start <= today() - interval '3 months'", {"project_start": date(2025, 12, 20)}, None),
        ("project_start >= now() - interval '2 days'", {"project_start": date(2026, 3, 30)}, TODAY + DAY),
        ("now() >= '2026-04-05'", {}, datetime(2026, 4, 5, tzinfo=UTC)),
        ("today() in ('2026-12-24', '2026-04-06')", {}, datetime(2026, 4, 6, tzinfo=UTC)),
        ("visits > 3", {"visits": 4}, None),
        ("business_days_since(last_activity_at) > 5", {"last_activity_at": NOW}, TODAY + 5 * DAY),
        ("business_days_since(project_start) > 5", {"project_start": date(2026, 3, 20)}, None),
        ("business_days_until(project_start) <= 2", {"project_start": date(2026, 4, 20)}, TODAY + 12 * DAY),
        ("year(project_start) = year(today())", {"project_start": SEEN.date()}, datetime(2027, 1, 1, tzinfo=UTC)),
        ("weekday(today()) in (6, 7)", {}, TODAY + DAY),
        ("floor(days_since(last_activity_at)) is null", {"last_activity_at": SEEN}, None),
        ("created_at + interval '1 year' < now()", {"created_at": SEEN}, SEEN + 365 * DAY),
        ("case when last_activity_at < now() - interval '4 days' then 'old' else 'new' end = 'old'",
         {"last_activity_at": SEEN}, SEEN + 4 * DAY),
        ("greatest(last_activity_at, created_at) < now() - interval '9 days'",
         {"last_activity_at": SEEN, "created_at": SEEN - 30 * DAY}, SEEN + 9 * DAY),
        ("days_since(last_activity_at) is not null", {"last_activity_at": SEEN}, None),
        ("days_since(coalesce(last_activity_at, now())) <= 2", {"last_activity_at": SEEN}, None),
        ("not (last_activity_at < now() - interval '7 days' and visits > 3)", {"visits": 1, "last_activity_at": SEEN},
         SEEN + 7 * DAY),
    ],
)  # fmt: skip
def test_the_next_change_of_a_predicate(text, lead, moment):
    assert first(text, **lead) == moment


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("days_since(last_activity_at) <= 31", 28),
        ("days_until(last_activity_at) > -4", 1),
        ("days_since(last_activity_at) * 2 > 10", 2),
        ("floor(days_since(last_activity_at)) >= 4", 1),
        ("abs(days_until(last_activity_at)) >= 4", 1),
        ("greatest(days_since(last_activity_at), 1) > 10", 7),
        ("visits / days_since(last_activity_at) > 2", 2),
        ("(days_since(last_activity_at) + days_since(created_at)) / 2 >= 4.5", 0.5),
    ],
)
def test_the_next_change_of_a_number_is_found_within_a_second(text, days):
    found = first(text, last_activity_at=SEEN, created_at=NOW - 5 * DAY, visits=10)
    assert timedelta(0) <= NOW + days * DAY - found < timedelta(seconds=1)


def test_months_are_asked_about_a_few_days_at_most():
    """What adds months shifts with their lengths, so that it is asked at some midnights about the day itself."""
    start, asked = date(2026, 8, 30), 0
    now = TODAY
    node = parse("project_start >= today() - interval '6 months'", LEAD, "here")
    frame = pl.DataFrame({"project_start": [start]})
    while (found := frame.select(pl.min_horizontal(pl.lit(NEVER), *Flips(now)(node))).item()) < NEVER:
        now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)
        asked += 1
    assert asked <= 5
    assert now >= datetime(2027, 3, 1, tzinfo=UTC)


def test_what_cannot_be_turned_around_is_asked_every_hour():
    text = "days_since(created_at) * days_since(last_activity_at) > 100"
    assert first(text, created_at=SEEN, last_activity_at=SEEN) == NOW.replace(hour=13, microsecond=0)
    assert first("now() > today() + interval '6 days'") == NOW.replace(hour=13, microsecond=0)
    assert first("today() > today() - interval '1 month'") == TODAY + DAY


PLAYBOOK = """
name = "small"
[[score.engagement]]
name = "Seen"
when = "last_activity_at is not null"
points = 4
since = "last_activity_at"
half_life_days = 10
[[score.engagement]]
name = "Starts"
when = "visits > 3"
points = -2
since = "project_start"
half_life_days = 10
[qualification]
when = "score > 3"
[[stages]]
name = "name"
side = "lead-generation"
"""


def rechecked(also=(), **lead):
    playbook = load(PLAYBOOK, "playbook.toml")
    frame = pl.DataFrame(
        [{"id": "1", **lead}], {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in lead}}
    )
    return Decider(playbook, NOW, frozenset({RECHECK}), also)(frame)[RECHECK].item()


@pytest.mark.parametrize(
    ("days", "until"),
    [(0, 2), (1, 2), (2, 7), (6, 7), (7, 15), (14, 15), (15, 31), (30, 31), (31, None), (400, None), (-3, 2)],
)
def test_points_are_asked_for_when_they_become_fewer(days, until):
    """4 points fade to 3 on the 2nd day, to 2 on the 7th, to 1 on the 15th, to nothing on the 31st."""
    since = NOW - days * DAY
    found = rechecked(last_activity_at=since, visits=0, project_start=None)
    assert found == (None if until is None else since + until * DAY)


def test_points_that_fade_from_a_day_change_at_midnight_and_only_where_the_rule_speaks():
    day = date(2026, 3, 30)
    assert rechecked(last_activity_at=None, visits=9, project_start=day) == datetime(2026, 4, 4, tzinfo=UTC)
    assert rechecked(last_activity_at=None, visits=3, project_start=day) is None


def test_a_predicate_beside_the_playbook_is_looked_at_too():
    leave = parse("created_at < now() - interval '2 days'", LEAD, "leave")
    lead = {"last_activity_at": None, "visits": 0, "project_start": None, "created_at": NOW - DAY}
    assert rechecked([leave], **lead) == NOW + DAY
    assert rechecked(**lead) is None


def test_what_lies_a_century_ahead_is_never():
    assert rechecked(last_activity_at=datetime(9999, 12, 31, tzinfo=UTC), visits=0, project_start=None) is None


NURTURE = """
name = "Test"
[qualification]
when = "visits > 90"
[[recycle]]
name = "Wait"
when = "initiatives = 'wait'"
after = "10 days"
[[stages]]
name = "sql"
side = "sales"
when = "visits >= 2"
[[stages]]
name = "mql"
side = "lead-generation"
when = "visits >= 1"
[[stages]]
name = "name"
side = "lead-generation"
[transitions]
name = ["mql"]
mql = ["sql"]
"""


@pytest.mark.parametrize(
    ("lead", "moment"),
    [
        ({}, None),
        ({"initiatives": "wait"}, TODAY + 10 * DAY),
        ({"initiatives": "wait", "current_recycle_reason": "Wait", "current_reengage_on": date(2026, 4, 2)},
         TODAY + 2 * DAY),
        ({"initiatives": "wait", "current_recycle_reason": "Wait", "current_reengage_on": date(2026, 3, 30)}, None),
        ({"current_stage": "name", "visits": 1}, None),
        ({"current_stage": "name", "visits": 2}, NOW.replace(microsecond=124_000)),
        ({"current_stage": "mql", "visits": 2}, None),
    ],
)  # fmt: skip
def test_a_lead_comes_back_on_its_day_and_takes_its_next_step_at_once(lead, moment):
    playbook = load(NURTURE, "nurture.toml")
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in sorted(playbook.fields_used)}}
    found = Decider(playbook, NOW, frozenset([RECHECK]))(pl.DataFrame([{"id": "1", **lead}], schema=schema))
    assert found[RECHECK].item() == moment
