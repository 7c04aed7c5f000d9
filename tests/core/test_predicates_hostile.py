"""No text makes a predicate do anything but load or be refused in words: no traceback, no log, no long wait."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.core.lead import LEAD
from leadrelay.core.predicates import (
    FUNCTIONS,
    OPERATORS,
    PredicateError,
    bind,
    parse,
    to_closure,
    to_duckdb,
    to_polars,
)
from leadrelay.core.predicates.grammar import MAX_BRACKETS, MAX_BYTES

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LAW = settings(
    max_examples=400, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
LANGUAGE = """
and or not in is null true false like ilike matches between escape any interval now() today() title email employees
revenue opted_out created_at project_start technologies ( ) , = <> < <= > >= + - * / 'a' '%' '2026-01-31' '30days' 1 0
case when then else end 2.5 1e9 lower( least( year( contains( length( coalesce( any_of( days_since( "title"
"""
FOREIGN = """
select from exists over json distinct symmetric array struct date timestamp int with within group
filter ignore nulls at time zone cast( row( . ; :: -> => || [ ] { } ? @ # $ % ^ & | ~ ! ` ' " -- /* */ := == {% %} {{ }}
{# #} x'1' n'a' e'a' $$ collate unnest( lateral
"""
# Long s, Kelvin sign, sigmas, Turkish i, sharp s, white space of three kinds, a letter younger than Python's tables.
RARE = "sSkKiI\u03c3\u03c2\u03a3\u017f\u212a\u0130\u0131\xdf\u1e9e\xe9\xc9 \x1c\x85\u2003\u1c89"
WORDS = st.sampled_from([*LANGUAGE.split(), *FOREIGN.split()])
EXAMPLES = [doc.example for doc in (*OPERATORS.values(), *FUNCTIONS.values())]
TOKENS = re.compile(r"'(?:[^']|'')*'|\w+|\S|\s+")


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A good predicate in which some tokens were removed, replaced or added."""
    tokens = TOKENS.findall(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        at, size = draw(st.integers(0, len(tokens))), draw(st.integers(0, 2))
        tokens[at : at + size] = draw(st.lists(WORDS.map(" {} ".format), max_size=2))
    return "".join(tokens)


def refusal(text: str) -> str:
    """Why a text is refused, or nothing when it loads and can be printed for every engine."""
    try:
        node = bind(parse(text, LEAD, "playbook.toml:3 when"), NOW)
    except PredicateError as error:
        return str(error)
    to_polars(node), to_duckdb(node), to_closure(node)({})
    return ""


@given(text=st.lists(WORDS, max_size=12).map(" ".join) | mutants() | mutants())
@LAW
def test_any_row_of_tokens_loads_or_is_refused(text):
    message = refusal(text)
    assert not message or message.startswith("playbook.toml:3 when: line ")


@given(text=st.text(max_size=60))
@LAW
def test_any_text_loads_or_is_refused(text):
    refusal(text)


@given(pattern=st.text("()[]{}|*+?^$\\.abdwspLP0123,-:=!<>#im%_&~ ", max_size=30))
@LAW
def test_any_pattern_works_or_is_refused(pattern):
    quoted = pattern.replace("'", "''")
    for operator in ("like", "ilike", "matches"):
        try:
            node = parse(f"title {operator} '{quoted}'", LEAD, "law")
        except PredicateError:
            continue
        expected = to_closure(node)({"title": "abcd 0123"})
        assert pl.DataFrame({"title": ["abcd 0123"]}).select(to_polars(node)).item() is expected


FOLDING = ["title ilike '%sk%'", "title ilike 'k%'", "title matches 's|ki'", "title matches '^\\w+$'"]
FOLDING += [
    "lower(title) = 'ss'",
    "lower(title) like '%\u03c2'",
    "lower(title) like '%\u1c8a%'",
    "length(trim(title)) = length(title)",
]


@given(texts=st.lists(st.text(RARE, max_size=6)))
@settings(LAW, max_examples=60)
def test_rare_letters_get_one_answer_from_polars_and_closures(texts):
    frame = pl.DataFrame({"title": texts}, schema={"title": pl.String})
    for node in (parse(predicate, LEAD, "law") for predicate in FOLDING):
        closure = to_closure(node)
        assert frame.select(to_polars(node)).to_series().to_list() == [closure({"title": one}) for one in texts]


HUGE = {
    "500 brackets": ("(" * 500 + "opted_out" + ")" * 500, "nested too deeply"),
    "one bracket too many": ("(" * (MAX_BRACKETS + 1) + "opted_out" + ")" * (MAX_BRACKETS + 1), "nested too deeply"),
    "3,000 nots": ("not " * 3000 + "opted_out", f"the limit is {MAX_BYTES:,}"),
    "900 nots": ("not " * 900 + "opted_out", "nested too deeply"),
    "functions in functions": ("lower(" * 500 + "title" + ")" * 500 + " = 'a'", "nested too deeply"),
    "a sum of 1,000": ("1" + "+1" * 1000 + " > employees", "nested too deeply"),
    "minus signs": ("employees > " + "- " * 900 + "1", "nested too deeply"),
    "comparisons in a row": ("opted_out" + " = true" * 500, "nested too deeply"),
    "is in a row": ("opted_out" + " is true" * 400, "nested too deeply"),
    "intervals in a row": ("created_at > now()" + " - interval '1 hour'" * 150, "nested too deeply"),
    "cases in cases": ("case when opted_out then " * 100 + "1" + " end" * 100 + " = 1", "nested too deeply"),
    "cases in conditions": ("case when " * 30 + "opted_out" + " then true end" * 30, "nested too deeply"),
    "shifts in a row": ("created_at" + " + interval '1 hour'" * 150 + " > now()", "nested too deeply"),
    "10,000 ors": (" or ".join(["opted_out"] * 10_000), f"the limit is {MAX_BYTES:,}"),
    "20,000 values": (f"employees in ({','.join(map(str, range(20_000)))})", f"the limit is {MAX_BYTES:,}"),
    "a large pattern": (r"title matches '(a{1000}){1000}'", "too large"),
    "a large class": (r"title matches '(\pL{50}){50}'", "too large"),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_would_exhaust_the_machine_is_refused_at_once(name):
    text, message = HUGE[name]
    assert message in refusal(text)


def test_long_rows_of_alternatives_within_the_limit_load():
    ors = " or ".join(["opted_out"] * 300)
    values = f"employees in ({','.join(map(str, range(900)))})"
    for text in (ors, values, "(" * MAX_BRACKETS + "opted_out" + ")" * MAX_BRACKETS):
        assert refusal(text) == ""


def test_what_is_written_once_is_computed_once_however_deep_it_stands():
    """Printers that named an argument twice would double the work at every level: 2^20 times here."""
    deep = "least(visits, 1)"
    for _ in range(10):
        deep = f"case when business_days_since(created_at - interval '1 day') > ({deep}) then 1 / (2 - 1) else 2 end"
    branches = "case " + " ".join(f"when employees > {at} then {at}" for at in range(120)) + " end > 3"
    dates = "business_days_since(created_at" + " - interval '1 month'" * 40 + ") > 3"
    for text in (f"{deep} > 1", branches, dates):
        node = bind(parse(text, LEAD, "law"), NOW)
        lead = {"visits": 1, "employees": 7, "created_at": NOW}
        frame = pl.DataFrame([lead] * 2, schema={name: LEAD[name].type.dtype for name in lead})
        assert frame.select(to_polars(node)).to_series().to_list() == [to_closure(node)(lead)] * 2


def test_as_many_titles_as_fit_in_a_predicate_load_and_run():
    titles = [f"'vp {at}'" for at in range(380)]
    node = parse(f"holds_title(title, {','.join(titles)})", LEAD, "law")
    assert pl.DataFrame({"title": ["VP 379", "PA to VP 379"]}).select(to_polars(node)).to_series().to_list() == [
        True,
        False,
    ]
    assert refusal("holds_title(title, '" + "a-" * 1900 + "a')") == ""


def test_a_pattern_that_hangs_other_engines_takes_linear_time():
    node = parse("title matches '((a+)+)+$' or title like '%a%a%a%a%a%a%a%a%_b'", LEAD, "law")
    title = "a" * 50_000 + "!"
    assert to_closure(node)({"title": title}) is False
    assert pl.DataFrame({"title": [title]}).select(to_polars(node)).item() is False


def test_nothing_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        for text in ("create table x", "select 1", "email = ", "{% x %}", "a -> b", "employees > 1", "(" * 60 + "1"):
            refusal(text)
    assert not caplog.records
