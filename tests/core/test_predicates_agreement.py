"""Random well-typed predicates over edge rows: Polars, the closures and DuckDB give one answer.

`LEADRELAY_HUNT=20000 pytest tests/core/test_predicates_agreement.py` compares that many predicates, new ones each time.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.core.lead import LEAD
from leadrelay.core.predicates import Node, bind, parse, text, to_closure, to_duckdb, to_polars

NOW = datetime(2026, 3, 31, 12, 0, 0, 123_000, tzinfo=UTC)
HUNT = int(os.environ.get("LEADRELAY_HUNT", "0"))
BATCH = 25
MANY = 2_000


def law(predicates: int) -> settings:
    return settings(
        max_examples=(HUNT or predicates) // BATCH,
        derandomize=not HUNT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# Left out for DuckDB's sake: the letters of which it knows another small form than Unicode's case folding has.
TEXTS = ["", " ", "CIO", "cio", "Cisco", "Chief Information Officer", "Director\nof IT", "50%", "a_b", "a\\b", "it's"]
TEXTS += [
    "Müller",
    "MÜLLER",
    "école",
    "ÉCOLE",
    "straße",
    "日本語",
    "🙂",
    "\u00a0x\u2003",
    "\tx\n",
    "aXXb",
    "null",
    "e\u0301",
]
TITLES = [
    "Assistant to the Director",
    "Director's assistant",
    "VP, Assistant Treasurer",
    "C.I.O.",
    "PA to CIO/Director",
]
TITLES += [
    "Executive Assistant, Office of the CIO",
    "Director of IT - VP",
    "assistante du directeur",
    "CIO Office",
    "VP",
]
ASCII = [
    *TITLES,
    "",
    "IT",
    "head of it",
    "Head of IT, EMEA",
    "assistant",
    "vp sales",
    "VP",
    "a1b22",
    "x" * 300,
    "xx-xx",
    "SAP\nIT",
]
WHOLE = [0, 1, -1, 2, 12, 499, 500, 501, 2**53, -(2**53), 2**40 + 1]
NUMBERS = [
    0.5,
    -2.5,
    0.49999999999999994,
    4503599627370497.5,
    0.0,
    -0.0,
    0.1,
    1 / 3,
    2.0,
    500.0,
    -7.25,
    1e15,
    2.0**53,
    1e308,
    -1e308,
    5e-324,
]
DAYS = [
    date.min,
    date.max,
    date(1, 1, 31),
    date(2026, 3, 28),
    date(2026, 3, 31),
    date(2026, 2, 28),
    date(2024, 2, 29),
    date(2025, 12, 31),
    date(1970, 1, 1),
    date(2099, 1, 1),
]
MOMENTS = [NOW, NOW - timedelta(days=30), NOW + timedelta(milliseconds=1), NOW - timedelta(milliseconds=1)]
MOMENTS += [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS]
MEMBERS = ["ServiceNow", "servicenow", "SAP", "", "it's", "Ü"]
LISTS: list[list[Any]] = [
    [],
    ["ServiceNow"],
    ["SAP", "ServiceNow"],
    [""],
    [None],
    [None, "SAP"],
    ["SAP", "SAP"],
    MEMBERS,
]
POOLS: dict[str, list[Any]] = {
    "title": TEXTS,
    "company": ASCII,
    "need_summary": TEXTS,
    "employees": WHOLE,
    "visits": WHOLE,
    "revenue": NUMBERS,
    "budget_amount": NUMBERS,
    "opted_out": [True, False],
    "converted": [True, False],
    "project_start": DAYS,
    "created_at": MOMENTS,
    "last_activity_at": MOMENTS,
    "technologies": LISTS,
    "pains": LISTS,
}


def edge_rows(count: int) -> pl.DataFrame:
    dice = random.Random(7)
    schema = {name: LEAD[name].type.dtype for name in POOLS}
    columns = {name: [dice.choice([None, *pool, *pool]) for _ in range(count)] for name, pool in POOLS.items()}
    nothing = pl.DataFrame({name: [None] for name in POOLS}, schema=schema)
    return pl.concat([nothing, pl.DataFrame(columns, schema=schema)])


ROWS = edge_rows(149)
LEADS = ROWS.to_dicts()


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def one(*options: str) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


def form(template: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda found: template.format(**found))


moment_texts = st.sampled_from(MOMENTS).map(lambda moment: quoted(moment.isoformat().replace("+00:00", "Z")))
day_texts = st.sampled_from(DAYS).map(lambda day: quoted(day.isoformat()))
signs, small = one("+", "-"), st.integers(0, 40).map(str)
steps = form(" {sign} interval '{n} {unit}'", sign=signs, n=small, unit=one("day", "weeks", "months", "years"))
hours = form(" {sign} interval '{n} hours'", sign=signs, n=small)
later = st.lists(steps | hours, max_size=2).map("".join)
days_later = st.lists(steps, max_size=2).map("".join)
members = st.sampled_from(MEMBERS).map(quoted)
whole_numbers = st.sampled_from(WHOLE).map(str)
numbers_written = whole_numbers | st.sampled_from([*NUMBERS, 0.5, 499.5]).map(repr)
texts_written = st.sampled_from([*TEXTS, *ASCII]).map(quoted)

guards = one("opted_out", "not converted", "employees > 5", "title is null", "created_at < now()", "'SAP' = any(pains)")
is_null = one("null", "null")


def cases(values: st.SearchStrategy[str], others: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """`case` with one branch or two, with and without `else`; a branch or `else` may be null, not all of them."""
    last = st.just("") | form(" else {y}", y=others | is_null)
    more = st.just("") | form(" when {c} then {y}", c=guards, y=others | is_null)
    return form("case when {c} then {x}{more}{last} end", c=guards, x=values, more=more, last=last)


texts = st.recursive(
    one("title", "company", "need_summary"),
    lambda inner: st.one_of(
        form("{f}({x})", f=one("lower", "trim"), x=inner),
        form("coalesce({x}, {y})", x=inner, y=inner | texts_written),
        cases(inner, inner | texts_written),
    ),
    max_leaves=3,
)
stored = one("technologies", "pains")
lists = stored | form("lower({x})", x=stored) | cases(stored, stored)
moments = st.recursive(
    one("created_at", "last_activity_at", "coalesce(last_activity_at, created_at)"),
    lambda inner: st.one_of(
        form("({x}{step})", x=inner, step=later),
        form("{f}({x}, {y})", f=one("least", "greatest"), x=inner, y=inner | moment_texts),
        cases(inner, inner | moment_texts),
    ),
    max_leaves=3,
)
days = one("project_start") | form("project_start{step}", step=days_later) | cases(one("project_start"), day_texts)
times = moments | days | one("coalesce(project_start, created_at)", "least(created_at, project_start)")
day_functions = one(
    "days_since", "days_until", "business_days_since", "business_days_until", "year", "month", "weekday"
)
days_counted = form("{f}({x})", f=day_functions, x=times | moment_texts | day_texts | one("now()", "today()"))
numbers = st.recursive(
    one("employees", "visits", "revenue", "budget_amount", "coalesce(revenue, employees)")
    | numbers_written
    | days_counted
    | form("length({x})", x=texts | lists),
    lambda inner: (
        form("({x} {op} {y})", x=inner, y=inner, op=one("+", "-", "*", "/"))
        | form("-({x})", x=inner)
        | form("{f}({x}, {y})", f=one("coalesce", "least", "greatest"), x=inner, y=inner)
        | form("{f}({x})", f=one("abs", "round", "floor", "ceil"), x=inner)
        | cases(inner, inner)
    ),
    max_leaves=5,
)
clock = form("now(){later}", later=later) | form("today(){later}", later=days_later)
compare = one("=", "<>", "<", "<=", ">", ">=")

pieces = st.sampled_from(
    ["%", "_", "%", "a", "c", "CIO", "is", "of", "!%", "!_", "!!", "50", "é", "Ü", "\\", "\n", "|", "''", "x"]
)
patterns = st.lists(pieces, max_size=5).map("".join)
atoms = st.sampled_from(
    ["a", "c", "i", "o", "IT", "s", "k", "é", "Ü", ".", "[a-f]", "[^x]", "ß", "日", "0", "(cio|chief)", "%"]
)
counted = st.tuples(atoms, one("", "", "", "*", "+", "?", "{1,2}")).map("".join)
sequences = st.lists(counted, min_size=1, max_size=4).map("".join)
whole_regexes = form("{a}{x}{z}", a=one("", "", "^"), x=sequences, z=one("", "", "$"))
regexes = whole_regexes | st.lists(sequences, min_size=2, max_size=3).map("|".join)
edges = one(r"\bit\b", r"^\w+$", r"\d+b", r"\s", r"x\sx|\Bp", "(?i:VP)|(?-i:IT)", "head of (it|sales)", "assistant|VP")

is_not = one("", "not ")
asked = one("'director'", "'CIO'", "'vp'", "'assistant'", "'executive assistant'", "'head of it'", "'it''s'", "'a_b'")


def some(written: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(written, min_size=1, max_size=4).map(", ".join)


simple = st.one_of(
    one("opted_out", "converted", "true", "false", "coalesce(opted_out, converted)"),
    form("{x} {op} {y}", x=numbers, y=numbers, op=compare),
    form("{x} {op} {y}", x=texts, y=texts | texts_written, op=compare),
    form("{x} {op} {y}", x=times, y=times | moment_texts | day_texts | clock, op=compare),
    form("{x} {op} {y}", x=clock, y=times | clock, op=compare),
    form("opted_out {op} {y}", op=one("=", "<>"), y=one("converted", "true", "false")),
    form("{x} {n}between {y} and {z}", n=is_not, x=numbers, y=numbers, z=numbers),
    form("{x} {n}between {y} and {z}", n=is_not, x=times, y=times | day_texts | clock, z=moment_texts | clock),
    form("{x} {n}in ({y})", n=is_not, x=texts, y=some(texts_written)),
    form("{x} {n}in ({y})", n=is_not, x=numbers, y=some(numbers_written)),
    form("employees {n}in ({y})", n=is_not, y=some(whole_numbers)),
    form("{x} {n}in ({y})", n=is_not, x=times, y=some(day_texts | moment_texts)),
    form("{x} {n}{op} '{y}' escape '!'", n=is_not, x=texts, op=one("like", "ilike"), y=patterns),
    form("{x} {n}{op} '{y}'", n=is_not, x=texts, op=one("like", "ilike"), y=patterns),
    form("{x} {n}matches '{y}'", n=is_not, x=texts, y=regexes),
    form("company {n}matches '{y}'", n=is_not, y=edges),
    form("{x} = any({y})", x=members, y=lists),
    form("{f}({x}, {y})", f=one("any_of", "all_of", "none_of"), x=lists, y=some(members)),
    form("contains({x}, {y})", x=lists, y=members),
    form("holds_title({x}, {y})", x=texts | one("company"), y=some(asked)),
    form("contains({x}, '{y}')", x=texts, y=patterns),
    form("greatest({x}, {y}) {op} {z}", x=days, y=days, z=days | day_texts, op=compare),
    cases(one("opted_out", "employees > 5"), one("converted", "not opted_out")),
    form("{x} is {n}null", n=is_not, x=texts | numbers | times | lists),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        form("({x} {op} {y})", x=inner, y=inner, op=one("and", "or")),
        form("{x} and {y} or {z}", x=inner, y=inner, z=inner),
        form("not ({x})", x=inner),
        form("({x}) is {n}{y}", n=is_not, x=inner, y=one("true", "false", "null")),
        form("({x}) {op} ({y})", x=inner, y=inner, op=one("=", "<>")),
        form("case when {x} then {y} else {z} end", x=inner, y=inner, z=inner),
    ),
    max_leaves=5,
).filter(lambda found: len(found.encode()) <= 4096)
batches = st.lists(conditions, min_size=BATCH, max_size=BATCH)


@pytest.fixture(scope="module")
def judge():
    with duckdb.connect() as connection:
        connection.register("arrow_rows", ROWS.to_arrow())
        connection.execute("create table leads as select * from arrow_rows").fetchall()
        yield connection


def by_polars(nodes: list[Node], rows: pl.DataFrame) -> list[list[bool | None]]:
    found = rows.select(to_polars(node).alias(str(at)) for at, node in enumerate(nodes))
    return [column.to_list() for column in found]


def by_duckdb(nodes: list[Node], judge: duckdb.DuckDBPyConnection) -> list[list[bool | None]]:
    found = judge.execute(f"select {', '.join(map(to_duckdb, nodes))} from leads order by rowid").fetchall()
    return [list(column) for column in zip(*found, strict=True)]


def by_closures(nodes: list[Node]) -> list[list[bool | None]]:
    return [[closure(lead) for lead in LEADS] for closure in map(to_closure, nodes)]


@given(written=batches)
@law(predicates=400)
def test_polars_closures_and_duckdb_agree_on_every_row(written, judge):
    nodes = [bind(parse(predicate, LEAD, "law"), NOW) for predicate in written]
    polars, closures, duck = by_polars(nodes, ROWS), by_closures(nodes), by_duckdb(nodes, judge)
    for at, predicate in enumerate(written):
        assert polars[at] == closures[at], f"closure: {predicate}"
        assert polars[at] == duck[at], f"DuckDB: {predicate}"


@given(written=batches, at=st.integers(0, ROWS.height - 1))
@law(predicates=125)
def test_a_slice_of_any_length_gets_the_answers_that_all_get(written, at):
    nodes = [bind(parse(predicate, LEAD, "law"), NOW) for predicate in written]
    many = by_polars(nodes, ROWS)
    for length in (0, 1, 7):
        assert by_polars(nodes, ROWS[at : at + length]) == [answers[at : at + length] for answers in many]


@given(written=batches)
@law(predicates=50)
def test_a_hundred_thousand_leads_get_the_answers_that_few_get(written):
    nodes = [bind(parse(predicate, LEAD, "law"), NOW) for predicate in written]
    columns = [to_polars(node).alias(str(at)) for at, node in enumerate(nodes)]
    few = ROWS.select(columns)
    many = pl.concat([ROWS] * MANY, rechunk=True).select(columns)
    assert many.height >= 300_000
    assert many.equals(pl.concat([few] * MANY))


@given(written=batches)
@law(predicates=250)
def test_the_printed_text_of_a_predicate_loads_as_the_same_predicate(written):
    nodes = [parse(predicate, LEAD, "law") for predicate in written]
    assert [parse(text(node), LEAD, "law") for node in nodes] == nodes
