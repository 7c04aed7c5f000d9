"""Until its moment comes, a verdict is what it was: predicates by themselves, and whole playbooks."""

import os
import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay import playbooks
from leadrelay.core.explain import Tracer
from leadrelay.core.lead import LEAD, Type
from leadrelay.core.playbook.loading import load
from leadrelay.core.predicates import Flips, bind, parse, to_polars
from leadrelay.core.predicates.dates import interval, shifted
from leadrelay.core.predicates.hands import NEVER
from leadrelay.core.qualify import Decider
from leadrelay.core.recheck import RECHECK

MONTH_ENDS = [
    datetime(2026, 1, 29, 23, 30, tzinfo=UTC),
    datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2026, 11, 30, 0, 0, 0, 1_000, tzinfo=UTC),
    datetime(2026, 3, 15, 7, tzinfo=UTC),
]
MILLISECOND = timedelta(milliseconds=1)
DAY, FAR = timedelta(days=1), timedelta(days=400)
HUNT = int(os.environ.get("LEADRELAY_HUNT", "0"))


def law(examples):
    return settings(
        max_examples=HUNT or examples,
        derandomize=not HUNT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def form(template, **parts):
    return st.fixed_dictionaries(parts).map(lambda found: template.format(**found))


def one(*options):
    return st.sampled_from(options)


number = st.integers(0, 13).map(str)
steps = form(
    " {sign} interval '{n} {unit}'", sign=one("+", "-"), n=number, unit=one("days", "weeks", "months", "years")
)
hours = form(" {sign} interval '{n} hours'", sign=one("+", "-"), n=number)
clock = form("now(){later}", later=st.lists(steps | hours, max_size=2).map("".join)) | form(
    "today(){later}", later=st.lists(steps, max_size=2).map("".join)
)
times = one(
    "created_at", "last_activity_at", "project_start", "coalesce(last_activity_at, created_at)",
    "coalesce(last_activity_at, now())", "created_at + interval '1 month'", "least(created_at, now())",
    "greatest(last_activity_at, created_at + interval '30 days')",
    "case when visits > 9 then created_at else now() end + interval '2 days'",
    "'2026-03-01T06:00:00Z'", "'2026-02-28'",
)  # fmt: skip
fields = one("created_at", "last_activity_at", "project_start", "'2026-03-01T06:00:00Z'")
days = form("{f}({x})", f=one("days_since", "days_until"), x=times)
amounts = days | one("visits", "employees", "31", "0.5", "coalesce(days_since(created_at), 3)", "visits / employees")
numbers = st.one_of(
    days,
    form("({x} {op} {y})", x=days, y=amounts, op=one("+", "-")),
    form("({x} {op} {y})", x=amounts, y=one("visits", "2", "-3.3", "7"), op=one("+", "-", "*", "/")),
    form("{x} / {y}", x=one("visits", "100"), y=days),
    form("{f}({x})", f=one("-", "abs"), x=days),
    form("{f}({x}, {y})", f=one("least", "greatest", "coalesce"), x=days, y=amounts),
    form("case when {x} > {n} then {y} when visits > 3 then 7 end", x=days, y=amounts, n=number),
)
stairs = st.one_of(
    form("{f}({x})", f=one("floor", "ceil", "round"), x=days),
    form("business_{x}", x=form("{f}({x})", f=one("days_since", "days_until"), x=fields)),
    form("{f}(today())", f=one("weekday", "month", "year")),
)
"""Numbers that jump. Compared with others that change they are asked about every hour; the law is finer than that."""
steady = one("visits", "3", "-2.5", "visits / employees", "31")
is_not = one("", "not ")
compare = one("=", "<>", "<", "<=", ">", ">=")
atoms = st.one_of(
    form("{x} {op} {y}", x=times, y=clock, op=compare),
    form("{x} {op} {y}", x=clock, y=times, op=compare),
    form("{x} {n}between {y} and {z}", x=times, y=clock, z=clock, n=is_not),
    form("{x} {n}in ({y}, 30, 0)", x=numbers, y=number, n=is_not),
    form("today() {n}in ('2026-02-01', '2026-03-16')", n=is_not),
    form("{x} {op} {y}", x=numbers, y=amounts, op=compare),
    form("{x} {op} {y}", x=stairs, y=steady, op=compare),
    form("{x} {n}between {y} and {z}", x=stairs, y=number, z=steady, n=is_not),
    form("{x} {n}between {y} and {z}", x=numbers, y=number, z=amounts, n=is_not),
    form("{x} is {n}null", x=numbers | stairs | times, n=is_not),
    form("{f}(project_start) = {f}(today())", f=one("weekday", "month", "year")),
    form("case when {x} > {n} then 'a' else title end like 'a%'", x=days, n=number),
)
predicates = st.recursive(
    atoms,
    lambda inner: st.one_of(
        form("({x} {j} {y})", x=inner, y=inner, j=one("and", "or")),
        form("not ({x})", x=inner),
        form("({x}) is {n}{w}", x=inner, n=is_not, w=one("true", "false", "null")),
        form("({x}) = ({y})", x=inner, y=inner),
    ),
    max_leaves=3,
)


def near(now):
    """Moments that a predicate may turn about."""
    whole = st.integers(-400 * 24, 400 * 24).map(lambda hours: now.replace(microsecond=0) + timedelta(hours=hours))
    around = st.sampled_from([timedelta(0), MILLISECOND, -MILLISECOND, timedelta(hours=1)])
    return st.builds(lambda moment, little: moment + little, whole, around)


def about(dice, now):
    """A moment that an interval away from the run may hit, or pass by a little; or none."""
    if dice.random() < 0.1:
        return None
    step = interval(f"{dice.randint(0, 13)} {dice.choice(['days', 'weeks', 'months', 'years'])}")
    little = dice.choice([timedelta(0), MILLISECOND, -MILLISECOND, timedelta(hours=dice.randint(-96, 96))])
    return shifted(now, (dice.choice([step, -step]),)) + little


def rows(now):
    dice = random.Random(7)
    times = [
        {name: about(dice, now) for name in ("created_at", "last_activity_at", "project_start")} for _ in range(400)
    ]
    leads = [
        {
            **row,
            "project_start": row["project_start"] and row["project_start"].date(),
            "visits": dice.choice([None, 0, 2, 5, 10, 31, 400]),
            "employees": dice.choice([None, 0, 1, 7, 40]),
            "title": dice.choice([None, "a", "b"]),
        }
        for row in times
    ]
    return pl.DataFrame(leads, {name: LEAD[name].type.dtype for name in leads[0]})


ROWS = {now: rows(now) for now in MONTH_ENDS}


def moments(now, found):
    """Every hour of the first days, the midnights after them, and the moments just before answers may change."""
    start = now.replace(minute=0, second=0, microsecond=0)
    hours = [start + timedelta(hours=hour) for hour in range(1, 50)]
    midnights = [start.replace(hour=0) + timedelta(days=days) for days in range(3, 40)]
    before = sorted(found - MILLISECOND for found in set(found) if found is not None)
    some = before[:: len(before) // 40 + 1]
    return sorted({now + MILLISECOND, *hours, *midnights, *some, *(moment + DAY for moment in before[-3:])})


def holds_still(text, now):
    """No row's answer is another at any moment before its own has come."""
    node, leads = parse(text, LEAD, "here"), ROWS[now]
    first = pl.min_horizontal(pl.lit(NEVER), *Flips(now)(node))
    known = leads.select(
        until=pl.when(pl.repeat(value=True, n=pl.len()) & (first < NEVER)).then(first).cast(pl.Datetime("ms", "UTC")),
        answer=to_polars(bind(node, now)),
    )
    found = known["until"].to_list()
    assert all(moment is None or moment > now for moment in found)
    for moment in moments(now, found):
        still = known["until"].is_null() | (known["until"] > moment)
        same = leads.select(to_polars(bind(node, moment))).to_series().eq_missing(known["answer"])
        wrong = still & ~same
        assert not wrong.any(), (text, now, moment, leads.filter(wrong).row(0), known.filter(wrong).row(0))


@law(40)
@given(predicates, one(*MONTH_ENDS))
def test_a_predicate_answers_the_same_until_its_moment(text, now):
    holds_still(text, now)


@pytest.mark.parametrize("now", MONTH_ENDS)
@pytest.mark.parametrize(
    "text",
    [
        "created_at >= now() - interval '1 month'",
        "created_at < now() + interval '1 month' - interval '30 hours'",
        "project_start <= today() - interval '11 months'",
        "created_at > today() + interval '2 months'",
        "business_days_since(created_at) > 3",
        "business_days_until(project_start) in (0, 7)",
    ],
)
def test_what_months_and_weekdays_make_uneven(text, now):
    holds_still(text, now)


KNOTTY = load(
    """
name = "Every way in which time has a say"

[bant.budget]
met = "visits > 20"
question = "Which budget?"
as_of = "bant_checked_at"
expires_after = "90 days"

[bant.timeline]
met = "project_start between today() and today() + interval '6 months'"
unmet = "project_start > today() + interval '6 months'"
question = "When?"

[[score.engagement]]
name = "Lately"
when = "last_activity_at >= now() - interval '7 days'"
points = 5

[[score.engagement]]
name = "Seen"
when = "days_since(last_activity_at) >= 0"
points = 20
since = "last_activity_at"
half_life_days = 9.5

[[score.intent]]
name = "Starts"
when = "visits > 3 or bant_timeline = 'met'"
points = -7
since = "project_start"
half_life_days = 30

[[score.fit]]
name = "Busy"
about = "organisation"
when = "visits / days_since(created_at) > 2"
points = 3

[caps]
engagement = { max = 18 }

[[disqualify]]
name = "Old"
when = "created_at < now() - interval '1 year'"

[qualification]
when = "score >= 12 and coalesce(last_activity_at, created_at) > now() - interval '1 month'"

[[gate]]
name = "Meeting ahead"
when = "meeting_at > now()"

[[recycle]]
name = "Not yet"
when = "visits < 300 and coalesce(days_until(project_start), 300) > 60"
after = "45 days"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"

[[stages]]
name = "sql"
side = "sales"
when = "qualified and days_until(project_start) < 45"

[[stages]]
name = "name"
side = "lead-generation"

[transitions]
name = ["recycled"]
recycled = ["name", "sql"]
""",
    "knotty.toml",
)
DEFAULT = load(playbooks.text("it-discovery"), "it-discovery.toml")


@st.composite
def dated(draw, playbook):
    """A lead whose numbers and texts make rules speak, and whose dates lie about the moment of the run."""
    now = draw(one(*MONTH_ENDS))
    values = {
        Type.DATETIME: near(now),
        Type.DATE: near(now).map(datetime.date),
        Type.INTEGER: st.integers(0, 500),
        Type.NUMBER: st.sampled_from([0.0, 30_000.0]),
        Type.BOOLEAN: st.booleans(),
        Type.TEXT: one("CIO", "Banking", "inbound", "approved"),
        Type.LIST: st.just([]),
    }
    lead = {name: draw(st.none() | values[playbook.schema[name].type]) for name in sorted(playbook.fields_used)}
    chosen = {"current_stage": ("name", "sql", "recycled"), "current_recycle_reason": ("Not yet", "Another")}
    return now, lead | {name: draw(one(None, *words)) for name, words in chosen.items() if name in lead}


READ_BACK = {
    "current_stage": "stage",
    "current_recycle_reason": "recycle_reason",
    "current_reengage_on": "reengage_on",
    "current_recycled_before": "recycled_before",
}
"""What the next decision finds in the CRM, because the last one put it there."""


def outputs_hold(playbook, now, lead, shares):
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in lead}}
    decider = Decider(playbook, now, frozenset({RECHECK}))
    until = decider(pl.DataFrame([{"id": "1", **lead}], schema))[RECHECK].item()
    assert until is None or until > now
    before = Tracer(playbook, now)(lead).outputs
    written = {**lead, **{name: before[source] for name, source in READ_BACK.items() if name in lead}}
    last = min(until, now + FAR) if until else now + FAR
    for moment in {now + MILLISECOND, *(now + (last - now) * share for share in shares), last - MILLISECOND}:
        if now < moment < last:
            assert Tracer(playbook, moment)(written).outputs == before, (now, lead, until, moment)


@law(60)
@given(dated(KNOTTY), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_verdict_is_the_same_until_its_moment(drawn, shares):
    outputs_hold(KNOTTY, *drawn, shares)


@law(15)
@given(dated(DEFAULT), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_so_is_that_of_the_shipped_playbook(drawn, shares):
    outputs_hold(DEFAULT, *drawn, shares)


@law(20)
@given(st.lists(dated(KNOTTY), min_size=1, max_size=5))
def test_a_lead_whose_dates_are_long_past_is_never_asked_for(drawn):
    now = datetime(2040, 1, 1, tzinfo=UTC)
    rows = [{"id": str(number), **lead, "visits": 300} for number, (_, lead) in enumerate(drawn)]
    schema = {"id": pl.String, **{name: KNOTTY.schema[name].type.dtype for name in sorted(KNOTTY.fields_used)}}
    found = Decider(KNOTTY, now, frozenset({RECHECK}))(pl.DataFrame(rows, schema))
    assert found[RECHECK].null_count() == len(rows)
