"""What the rule language says: its reference holds, each construct means what SQL means, times are pinned once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from leadrelay.core.lead import LEAD, Axis, Field, Type
from leadrelay.core.predicates import (
    FUNCTIONS,
    OPERATORS,
    Op,
    bind,
    evidence,
    fields,
    is_timed,
    parse,
    text,
    to_closure,
    to_duckdb,
    to_polars,
    walk,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DOCS = {**OPERATORS, **FUNCTIONS}


def answers(predicate: str, **lead: object) -> bool | None:
    """The answer of the closure, which has to be that of Polars."""
    node = bind(parse(predicate, LEAD, "test"), NOW)
    row = {name: lead.get(name) for name in LEAD}
    frame = pl.DataFrame([row], schema={name: one.type.dtype for name, one in LEAD.items()})
    found = frame.select(to_polars(node)).item()
    assert found is to_closure(node)(row)
    return found


@pytest.mark.parametrize("name", DOCS)
def test_each_example_of_the_reference_holds_for_its_lead(name):
    assert answers(DOCS[name].example, **DOCS[name].lead) is True


def test_the_reference_shows_every_operation():
    shown = {node.op for doc in DOCS.values() for node in walk(parse(doc.example, LEAD, "test"))}
    alike = {Op.LT, Op.LE, Op.GT, Op.NE, Op.ADD, Op.SUB, Op.MUL, Op.NEG, Op.FALSE}
    assert set(Op) - shown <= alike
    assert all(doc.usage and doc.meaning.endswith(".") for doc in DOCS.values())


TRUTHS = [
    ("employees > 5 and industry = 'Banking'", {"employees": 6}, None),
    ("employees > 5 and industry = 'Banking'", {"employees": 5}, False),
    ("employees > 5 or industry = 'Banking'", {"employees": 6}, True),
    ("employees > 5 or industry = 'Banking'", {"employees": 5}, None),
    ("not employees > 5", {}, None),
    ("employees <> 5", {}, None),
    ("industry not in ('Banking')", {}, None),
    ("industry not in ('Banking')", {"industry": "banking"}, True),
    ("employees between 1 and visits", {"employees": 0}, False),
    ("employees between 1 and visits", {"employees": 2}, None),
    ("opted_out is not true", {}, True),
    ("opted_out is false", {}, False),
    ("(employees > 5) is null", {}, True),
    ("revenue / employees > 1", {"revenue": 9.0, "employees": 0}, None),
    ("revenue / (visits / employees) >= 0", {"revenue": 9.0, "visits": 1, "employees": 0}, None),
    ("revenue * revenue > 0", {"revenue": 1e300}, None),
    ("employees / 2 = 2.5", {"employees": 5}, True),
    ("employees + 1 = 9007199254740992", {"employees": 2**53}, True),
    ("title = 'CIO'", {"title": "cio"}, False),
    ("title ilike 'cio'", {"title": "CIO"}, True),
    ("title like 'C%O'", {"title": "C\nIO"}, True),
    ("title like 'C_O'", {"title": "CIIO"}, False),
    ("title like '50!%' escape '!'", {"title": "50%"}, True),
    ("title like '50!%' escape '!'", {"title": "500"}, False),
    ("title like 'a\\%'", {"title": "a\\bc"}, True),
    ("title not ilike '%DIREKTOR%'", {"title": "Direktorin"}, False),
    ("title ilike '%a|b%'", {"title": "xbx"}, False),
    ("title ilike '%a|b%'", {"title": "xA|Bx"}, True),
    ("length(title) > -1", {"title": ""}, True),
    ("title ilike 'mÜller'", {"title": "MüLLER"}, True),
    ("title matches 'chief|vp'", {"title": "SVP Sales"}, True),
    ("title matches '^vp'", {"title": "SVP"}, False),
    ("'SAP' = any(technologies)", {"technologies": []}, False),
    ("'SAP' = any(technologies)", {}, None),
    ("'sap' = any(technologies)", {"technologies": ["SAP"]}, False),
    ("not any_of(technologies, 'SAP', 'BMC')", {"technologies": ["Jira"]}, True),
    ("all_of(technologies, 'SAP', 'BMC')", {"technologies": ["BMC"]}, False),
    ("length(title) = 5", {"title": "Müll\u00e9"}, True),
    ("length(technologies) = 0", {"technologies": []}, True),
    ("coalesce(visits, downloads, 0) = 0", {}, True),
    ("created_at >= '2026-01-31'", {"created_at": datetime(2026, 1, 31, tzinfo=UTC)}, True),
    ("created_at > '2026-01-31T13:00:00+02:00'", {"created_at": datetime(2026, 1, 31, 11, 1, tzinfo=UTC)}, True),
    ("project_start = '2026-02-01'", {"project_start": date(2026, 2, 1)}, True),
    ("project_start > '2026-01-31T12:00:00Z'", {"project_start": date(2026, 1, 31)}, False),
    ("project_start >= now()", {"project_start": date(2026, 1, 31)}, False),
    ("project_start >= today()", {"project_start": date(2026, 1, 31)}, True),
    ("project_start = meeting_at", {"project_start": date(2026, 1, 1), "meeting_at": NEW_YEAR}, True),
    ("created_at in ('2026-01-01', '2026-01-02')", {"created_at": datetime(2026, 1, 2, tzinfo=UTC)}, True),
    ("employees in (1, 2.5)", {"employees": 1}, True),
    ("days_since(created_at) = 0.5", {"created_at": datetime(2026, 1, 31, tzinfo=UTC)}, True),
    ("days_since(project_start) = 30.5", {"project_start": date(2026, 1, 1)}, True),
    ("days_until(project_start) < 0", {"project_start": date(2026, 1, 1)}, True),
    ("case when employees > 5 then 1 else 2 end = 2", {}, True),
    ("case when employees > 5 then 1 end = 1", {}, None),
    ("case when employees > 5 then null when visits > 1 then 2.5 else 1 end = 2.5", {"visits": 2}, True),
    ("case when true then null else employees end > 1", {"employees": 2}, None),
    ("case when opted_out then employees > 5 else visits > 5 end", {"opted_out": False, "visits": 6}, True),
    ("case when opted_out then case when converted then 1 else 2 end else 3 end = 2",
     {"opted_out": True, "converted": False}, True),
    ("case when opted_out then '2026-01-01' else project_start end < created_at",
     {"opted_out": True, "created_at": datetime(2026, 1, 2, tzinfo=UTC)}, True),
    ("any_of(case when opted_out then pains else technologies end, 'SAP')",
     {"opted_out": False, "technologies": ["SAP"]}, True),
    ("round(revenue) = -3 and round(-revenue) = 3", {"revenue": -2.5}, True),
    ("round(revenue) = 0", {"revenue": 0.49999999999999994}, True),
    ("floor(revenue) = -3 and ceil(revenue) = -2", {"revenue": -2.5}, True),
    ("abs(revenue / employees) > 1", {"revenue": 1.0, "employees": 0}, None),
    ("least(visits, downloads, 7) = 7 and greatest(visits, 2.5) = 2.5", {}, True),
    ("greatest(visits, downloads) > 0", {}, None),
    ("greatest(project_start, created_at) = '2026-01-01T01:00:00Z'",
     {"project_start": date(2026, 1, 1), "created_at": datetime(2026, 1, 1, 1, tzinfo=UTC)}, True),
    ("none_of(technologies, 'SAP', 'BMC')", {"technologies": ["Jira"]}, True),
    ("none_of(technologies, 'SAP')", {}, None),
    ("contains(technologies, 'sap')", {"technologies": ["SAP"]}, False),
    ("contains(title, 'DIRECTOR')", {"title": "IT Director, EMEA"}, True),
    ("contains(title, '100%')", {"title": "1000"}, False),
    ("contains(title, '')", {"title": ""}, True),
    ("created_at + interval '1 month' = '2026-02-28'", {"created_at": datetime(2026, 1, 31, tzinfo=UTC)}, True),
    ("project_start - interval '1 year' = '2023-02-28'", {"project_start": date(2024, 2, 29)}, True),
    ("project_start + interval '1 month' + interval '1 month' = '2026-03-28'",
     {"project_start": date(2026, 1, 31)}, True),
    ("project_start + interval '1 day' > today()", {"project_start": date.max}, None),
    ("(created_at - interval '1 hour') is null", {"created_at": datetime.min.replace(tzinfo=UTC)}, True),
    ("year(created_at) = 2025 and month(created_at) = 12 and weekday(created_at) = 3",
     {"created_at": datetime(2025, 12, 31, 23, 59, tzinfo=UTC)}, True),
    ("NOT Employees < 5 AND Title Is Not Null", {"employees": 5, "title": ""}, True),
    ("opted_out = converted", {"opted_out": False, "converted": False}, True),
    ("true", {}, True),
    ("1 > 2 or employees > 1", {"employees": 2}, True),
]  # fmt: skip


@pytest.mark.parametrize(("predicate", "lead", "expected"), TRUTHS)
def test_a_predicate_answers_as_sql_does(predicate, lead, expected):
    assert answers(predicate, **lead) is expected


@pytest.mark.parametrize(
    ("interval", "moment"),
    [
        ("+ interval '1 month'", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("- interval '1 month'", datetime(2025, 12, 31, 12, tzinfo=UTC)),
        ("+ interval '1 month' + interval '1 month'", datetime(2026, 3, 28, 12, tzinfo=UTC)),
        ("+ interval '25 months'", datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("- interval '2 years'", datetime(2024, 1, 31, 12, tzinfo=UTC)),
        ("- INTERVAL '2 Weeks'", datetime(2026, 1, 17, 12, tzinfo=UTC)),
        ("- interval '36 hours'", datetime(2026, 1, 30, tzinfo=UTC)),
        ("- interval '0 days'", NOW),
    ],
)
def test_intervals_are_calendar_steps_and_fixed_hours(interval, moment):
    assert answers(f"created_at = now() {interval}", created_at=moment) is True


def test_the_time_of_the_run_is_pinned_once_in_utc_to_the_millisecond():
    node = parse("created_at <= now() and days_since(project_start) < 3 and project_start < today()", LEAD, "test")
    bound = bind(node, datetime(2026, 1, 31, 23, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=-2))))
    assert is_timed(node)
    assert not is_timed(bound)
    constants = [part.value for part in walk(bound) if part.op is Op.VALUE]
    moment = datetime(2026, 2, 1, 1, 30, 0, 999_000, tzinfo=UTC)
    assert constants == [moment, moment, 3, date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (date(2026, 1, 31), 0),  # the day of the run, a Saturday
        (date(2026, 1, 30), 0),  # Friday: no weekday has come since
        (date(2026, 1, 29), 1),
        (date(2026, 1, 26), 4),
        (date(2026, 1, 25), 5),  # Sunday: Monday to Friday
        (date(2026, 1, 23), 5),
        (date(2026, 2, 1), 0),
        (date(2026, 2, 2), -1),
        (date(2026, 2, 6), -5),
        (date(2025, 1, 31), 260),
    ],
)
def test_business_days_count_the_weekdays_after_one_day_up_to_and_with_the_other(day, since):
    begun = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    assert answers(f"business_days_since(project_start) = {since}", project_start=day) is True
    assert answers(f"business_days_until(project_start) = {-since}", project_start=day) is True
    assert answers(f"business_days_since(created_at) = {since}", created_at=begun) is True


def test_what_depends_on_the_time_is_not_printed_before_it_is_bound():
    node = parse("created_at > now() - interval '1 day'", LEAD, "test")
    for printer in (to_polars, to_closure, to_duckdb):
        with pytest.raises(ValueError, match="bind"):
            printer(node)


def test_a_predicate_without_time_is_bound_to_itself():
    node = parse("employees > 5 or title is null", LEAD, "test")
    assert bind(node, NOW) is node
    assert not is_timed(node)


def test_the_fields_that_decide_come_in_order_of_appearance():
    node = parse("visits > 1 and (days_since(created_at) < 3 or title = 'a') and visits < 9", LEAD, "test")
    assert evidence(node) == ("visits", "created_at", "title")
    assert fields(node) == {"visits", "created_at", "title"}


def test_a_constant_is_as_long_as_the_frame():
    leads = pl.DataFrame({"visits": [1, 2, 3]})
    for predicate, expected in (("true", True), ("1 > 2", False), ("'a' in ('b', 'a')", True), ("1 / 0 > 1", None)):
        node = parse(predicate, LEAD, "test")
        assert leads.select(to_polars(node)).to_series().to_list() == [expected] * 3
        assert leads.head(0).select(to_polars(node)).height == 0


def test_predicates_are_equal_when_they_mean_the_same_wherever_they_stand():
    one, same = (
        parse("employees>500 or(title='a' or opted_out)", LEAD, "a"),
        parse("employees > 500 or title = 'a' or opted_out", LEAD, "b"),
    )
    assert one == same
    assert hash(one) == hash(same)
    assert one != parse("employees > 500.0 or title = 'a' or opted_out", LEAD, "a")
    assert parse("true = opted_out", LEAD, "a").args[0] != parse("1 = employees", LEAD, "a").args[0]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("NOT (title IN ('a'))", "title not in ('a')"),
        ("((employees)) > ((5))", "employees > 5"),
        ("(opted_out and converted) or visits > 1", "opted_out and converted or visits > 1"),
        ("opted_out and (converted or visits > 1)", "opted_out and (converted or visits > 1)"),
        ("revenue - (budget_amount - 1) > -visits", "revenue - (budget_amount - 1) > -visits"),
        ("any_of(technologies, 'it''s')", "'it''s' = any(technologies)"),
        ("title like 'a!_%%' escape '!'", r"title like 'a\_%' escape '\'"),
        ("project_start <= today() + interval '2 years'", "project_start <= today() + interval '24 months'"),
        (
            "CASE WHEN (opted_out) THEN (1) WHEN converted THEN NULL ELSE 2 END = 1",
            "case when opted_out then 1 when converted then null else 2 end = 1",
        ),
        (
            "created_at+interval '1 week'-interval '1 year'<now()",
            "created_at + interval '7 days' - interval '12 months' < now()",
        ),
        ("none_of(technologies, 'a', 'b')", "not any_of(technologies, 'a', 'b')"),
        ("contains(title, 'a%')", r"title ilike '%a\%%' escape '\'"),
        ("created_at < now() - interval '1 week'", "created_at < now() - interval '7 days'"),
    ],
)
def test_a_predicate_is_printed_in_one_spelling(written, printed):
    assert text(parse(written, LEAD, "test")) == printed


def test_every_field_can_be_named_whatever_sql_calls_it():
    names = [
        "order",
        "group",
        "end",
        "case",
        "when",
        "then",
        "else",
        "count",
        "select",
        "Mixed",
        "with space",
        "nach\u00f6he",
        "and",
    ]
    schema = LEAD.extended(Field(name, Type.INTEGER, Axis.CONTACT, "A field") for name in names)
    for name in [
        *LEAD,
        "order",
        "group",
        "end",
        "case",
        "when",
        "then",
        "else",
        "count",
        "select",
        "Mixed",
        "nach\u00f6he",
    ]:
        assert fields(parse(f"{name} is null", schema, "test")) == {name}
    for name in names:
        node = parse(f'"{name}" > 1', schema, "test")
        assert pl.DataFrame({name: [2]}).select(to_polars(node)).item() is True
        assert parse(text(node), schema, "test") == node
    assert fields(parse("case when end > 1 then case else 2 end > 1", schema, "test")) == {"end", "case"}
