"""A predicate that does not load says in one problem where, what and the way out, with a caret under the place."""

from __future__ import annotations

import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.predicates import PredicateError, parse
from leadrelay.errors import ConfigError, Problem

PLACE = "playbook.toml:14 score.fit[0].when"


def refused(predicate: str) -> PredicateError:
    with pytest.raises(PredicateError) as caught:
        parse(predicate, LEAD, PLACE)
    return caught.value


def problem_of(predicate: str) -> Problem:
    return refused(predicate).problems[0]


SHOWN = {
    "emial is not null": """\
playbook.toml:14 score.fit[0].when: line 1, column 1: unknown field 'emial'.
    emial is not null
    ^^^^^ Did you mean 'email'?""",
    "employees >= 500\n  and industry in ('Banking',\n    17)": """\
playbook.toml:14 score.fit[0].when: line 2, column 7: industry is text, but 17 is a number.
      and industry in ('Banking',
          ^^^^^^^^^^^^^^^^^^^^^^^ Write '17' in quotes.""",
    "(employees + 1) * 2": """\
playbook.toml:14 score.fit[0].when: line 1, column 1: (employees + 1) * 2 is a number, not a condition.
    (employees + 1) * 2
    ^^^^^^^^^^^^^^^^^^^ Compare it with something, as in employees >= 500.""",
    "title = 'a' or\n\tlength(pains > 2": """\
playbook.toml:14 score.fit[0].when: line 2, column 8: this bracket is not closed.
    \tlength(pains > 2
    \t      ^ Close it with ).""",
    "opted_out and email = null": """\
playbook.toml:14 score.fit[0].when: line 1, column 15: a comparison with null is never true.
    opted_out and email = null
                  ^^^^^^^^^^^^ Write 'is null' or 'is not null'.""",
    "employees >": """\
playbook.toml:14 score.fit[0].when: line 1, column 11: something is missing beside '>'.
    employees >
              ^ It needs a value there.""",
    f"employees in ({', '.join(map(str, range(100, 200)))}) and emial = 'a'": """\
playbook.toml:14 score.fit[0].when: line 1, column 519: unknown field 'emial'.
     191, 192, 193, 194, 195, 196, 197, 198, 199) and emial = 'a'
                                                      ^^^^^ Did you mean 'email'?""",
}


@pytest.mark.parametrize("predicate", SHOWN)
def test_the_message_points_into_the_text(predicate):
    assert str(refused(predicate)) == SHOWN[predicate]


def test_the_error_is_a_configuration_error_with_one_problem():
    error = refused("emial = 'a'")
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    [problem] = error.problems
    assert problem.place == PLACE
    assert problem.cure == "Did you mean 'email'?"


REFUSED = [
    # what is no predicate
    ("", "empty", "employees >= 500"),
    ("  \n ", "empty", ""),
    ("employees", "not a condition", "Compare"),
    ("'text'", "not a condition", ""),
    ("opted_out; converted", "';' is not part", "one condition"),
    ("opted_out converted", "'converted' is not expected", "and, or"),
    ("opted_out)", "closes nothing", ""),
    ("email = 'abc", "quote is not closed", "doubled"),
    ('"email = 3', "quote is not closed", ""),
    ("opted_out -- or not", "no comments", "TOML"),
    ("opted_out /* or not */", "no comments", "TOML"),
    ("opted_out {# or not #}", "no comments", "TOML"),
    ("opted_out\x00", "control character (U+0000)", "Remove"),
    ("industry = \u2018Banking\u2019", "typographic quotes", "straight"),
    # SQL and program code beyond the language
    ("select 1", "'select' is not part", "no tables"),
    ("email in (select email from x)", "'select' is not part", "no tables"),
    ("exists(opted_out)", "'exists' is not part", "is not null"),
    ("read_csv('x.csv') = 'a'", "unknown function 'read_csv'", "Known: abs, all_of, any_of"),
    ("lenght(title) > 3", "unknown function 'lenght'", "Did you mean 'length'?"),
    ("upper(title) = 'A'", "'upper' is not part", "lower(...)"),
    ("count(*) > 3", "'count' is not part", "length(list)"),
    ("sum(employees) over () > 3", "'sum' is not part", ""),
    ("cast(employees as text) = '3'", "'cast' is not part", "'2026-01-31'"),
    ("employees::text = '3'", "'::' is not part", "Casts"),
    ("date '2026-01-01' < created_at", "'date' is not part", "in quotes"),
    ("case when opted_out then 1 else 'a' end = 1", "1 is a number, but 'a' is text", "in quotes"),
    ("case opted_out when true then 1 end = 1", "case needs a condition", "Write case when employees"),
    ("case when opted_out 1 end = 1", "when needs a then", "then 'large'"),
    ("case when opted_out then 1 else 2", "this case is not closed", "end."),
    ("(case when opted_out then 1) end = 1", "a case before this bracket is not closed", "end."),
    ("case when opted_out then end = 1", "something is missing", "a value"),
    ("case when opted_out then null end = 1", "a value that is not null", "behind then"),
    ("case when employees then 1 end = 1", "employees is a number, not a condition", ""),
    ("opted_out else converted", "'else' is not expected", ""),
    ("max(visits, pages_viewed) > 3", "'max' is not part", "greatest(a, b)"),
    ("round(title) = 1", "round() takes a number; title is text", "Write round(number)."),
    ("least(title, company) = 'a'", "takes numbers or dates; title is text", "least(a, b)"),
    ("least(created_at, 3) = 3", "created_at is a date with time, but 3 is a number", ""),
    ("year(title) = 2026", "title is text, not a date", ""),
    ("business_days_since('yesterday') > 1", "is not a date", ""),
    ("contains(technologies, title)", "looks for texts in quotes, not for title", ""),
    ("contains(employees, '5')", "looks into a text or a list; employees is a number", ""),
    ("contains(technologies, 'SAP', 'BMC')", "takes two arguments, not 3", ""),
    ("none_of(title, 'a')", "takes a list and the members", ""),
    ("any_of(technologies, x -> x)", "'->' is not part", ""),
    ("title || company = 'ab'", "'||' is not part", "or between conditions"),
    ("opted_out && converted", "'&&' is not part", "Write and."),
    ("!opted_out", "'!' is not part", "Write not"),
    ("employees == 5", "'==' is not part", "Write ="),
    ("employees % 2 = 0", "'%' is not part", "+ - * and /"),
    ("technologies[1] = 'SAP'", "'[' is not part", "any_of"),
    ("lead.email = 'a'", "'lead.email' is not part", "Write email alone."),
    ("email ~ 'a'", "'~' is not part", ""),
    ("email is distinct from title", "'distinct' is not part", "is null"),
    ("employees between symmetric 5 and 1", "is not part of the rule language", ""),
    ("(title, email) = 'a'", "several values do not stand beside =", "in ('Banking'"),
    ("title like any ('a')", "has to be a text in quotes", ""),
    ("n'abc' = title", "is not part", ""),
    ("title = $1", "unknown field '$1'", ""),
    ("title = ?", "'?' is not part", ""),
    # names
    ('industry = "Banking"', "unknown field 'Banking'", "single quotes: 'Banking'"),
    ("industry = Banking", "unknown field 'Banking'", "single quotes"),
    ("created_at < now", "unknown field 'now'", "Write now()."),
    # types
    ("title > 3", "title is text, but 3 is a number", "'3' in quotes"),
    ("employees = '500'", "but '500' is text", "Write 500 without quotes."),
    ("not employees", "employees is a number, not a condition", ""),
    ("title and opted_out", "title is text, not a condition", ""),
    ("opted_out = 'true'", "opted_out is true or false", "Write opted_out, or not opted_out."),
    ("opted_out > false", "no order", ""),
    ("opted_out in (true)", "in and between are for", ""),
    ("technologies = 'SAP'", "technologies is a list", "'a' = any(technologies)"),
    ("technologies = pains", "lists are not compared", "any_of"),
    ("technologies in ('SAP')", "technologies is a list", "any(technologies)"),
    ("'SAP' in technologies", "in takes values in brackets", "any(list)"),
    ("title in ()", "in takes values in brackets", ""),
    ("title in ('a',, 'b')", "missing beside ','", ""),
    ("title in (company)", "constant values", "and or"),
    ("title = any(company)", "any() takes a list", "without any()"),
    ("title = any(technologies)", "a text in quotes", ""),
    ("'SAP' <> any(technologies)", "compared by = with one member", "not before it"),
    ("any(technologies)", "stands beside =", ""),
    ("any_of(technologies, title)", "texts in quotes, not for title", "Write any_of(list, 'a', 'b')."),
    ("title + 1 > 2", "+ - * / are for numbers; title is text", ""),
    ("now() - created_at > 3", "dates are not computed", "days_since"),
    ("title is true", "title is text", ""),
    ("title is 'a'", "is takes null, true or false", "Write ="),
    ("title like 3", "has to be a text in quotes", ""),
    ("title like company", "has to be a text in quotes", ""),
    ("employees like '5%'", "a pattern is for text; employees is a number", ""),
    ("technologies matches 'sap'", "technologies is a list", "any_of(technologies, 'a')"),
    ("coalesce(title, 3) = 'a'", "title is text, but 3 is a number", ""),
    ("coalesce(title) = 'a'", "at least two arguments", "Write coalesce(a, b)."),
    ("length(employees) > 3", "length() takes text or a list; employees is a number", "Write length(text or list)."),
    ("days_since(title) > 3", "title is text, not a date", ""),
    ("days_since() > 3", "takes one argument, not 0", "Write days_since(date)."),
    ("now(3) > created_at", "nothing between its brackets", "Write now()."),
    # null
    ("email <> null", "never true", "is not null"),
    ("null = email", "never true", ""),
    ("email in ('a', null)", "null among values is never matched", "or x is null"),
    ("coalesce(email, null) = 'a'", "null is no value", ""),
    # constants
    ("employees > 99999999999999999999", "whole number is too large", "9,007,199,254,740,992"),
    ("employees > 9007199254740993", "whole number is too large", ""),
    ("revenue > 1e400", "too large", ""),
    ("employees > 5k", "5k is no number", "Write 5000."),
    ("created_at > 'yesterday'", "'yesterday' is not a date", "'2026-01-31T12:00:00Z'"),
    ("created_at > '2026-02-30'", "is not a date", ""),
    ("created_at > '2026-01-31T25:00:00Z'", "is not a date", ""),
    ("created_at > '31.01.2026'", "is not a date", ""),
    ("project_start in ('2026-01-31', 'x')", "'x' is not a date", ""),
    ("created_at > '0001-01-01T00:00:00+05:00'", "is not a date", ""),
    # intervals
    ("created_at > now() - interval 30 days", "amount in quotes", "interval '30 days'"),
    ("created_at > now() - interval '30 dayz'", "not an interval", "weeks, months or years"),
    ("created_at > now() - interval '1 month 3 days'", "not an interval", ""),
    ("created_at > now() - interval '900 years'", "100 years", ""),
    ("created_at > now() * interval '1 day'", "with + or -", ""),
    ("employees + interval '1 day' > now()", "an interval is added to a date; employees is a number", "created_at +"),
    ("project_start > today() - interval '5 hours'", "a date has no hours", "now()"),
    ("project_start + interval '5 hours' > now()", "a date has no hours", "now()"),
    ("created_at + interval '60 years' + interval '41 years' > now()", "up to 100 years", ""),
    ("created_at > interval '1 day'", "behind a date", "now() - interval"),
    # patterns
    ("title matches ''", "empty", ""),
    ("title matches 'cio('", "unclosed group", "Mend"),
    ("title matches '(?=cio)'", "look-around", ""),
    ("title matches '(c)\\1'", "backreferences are not supported", ""),
    ("title matches '(?x) c'", "only the flags i, m and s", ""),
    ("title matches 'x{1001}'", "more than 1,000", ""),
    ("title matches '(a{1000}){1000}'", "too large", ""),
    ("title like 'a!b' escape '!'", "! stands before something that needs no escape", "%, _ or !"),
    ("title like 'a!' escape '!'", "needs no escape", ""),
    ("title like 'a' escape '!!'", "one character", ""),
    ("title = 'a' escape '!'", "not", ""),
    ("employees between 1 5", "two limits", "between 1 and 9"),
]


HABITS = [
    ('employees == 500 && industry = "Banking"', ["Write = for equal.", "Write and.", "quotes: 'Banking'"]),
    ("emial = 'x' and titel = 'y' or compny is null", ["'email'", "'title'", "'company'"]),
    ("lenght(emial) > 3 and any_of(technologies, 3) and case when employees then visit end > 'a'",
     ["'length'", "'email'", "any_of(list", "Compare it", "'visits'"]),
    ("upper(title) = 'A' or max(visits, 1) > 2", ["lower(...)", "greatest(a, b)"]),
    ("employees === 500 or employees =< 3 or employees => 3", ["Write =", "Write <=", "Write >="]),
    ("employees >== 500", ["Write >="]),
    ("employees ≥ 500", ["Write >="]),
    ("!opted_out", ["Write not"]),
    ("employees > 500 and and visits > 3", ["Remove one."]),
    ("employees > 500 or", ["Write another condition there"]),
    ("and employees > 500", ["Write another condition there"]),
    ("IF(employees > 500, 10, 0) > 5", ["Write case when"]),
    ("IFERROR(revenue / employees, 0) > 5", ["coalesce(a, 0)"]),
    ("AND(employees > 500, visits > 3)", ["Write a and b"]),
    ("email != null", ["'is not null'"]),
    ("industry is not 'Banking'", ["Write = or <>"]),
    ("email is not empty", ["'is not null'"]),
    ("ISBLANK(email)", ["'email is null'"]),
    ("title contains 'director'", ["Write contains(title, 'director')."]),
    ("title does not contain 'director'", ["Write not contains(title, 'director')."]),
    ("title starts with 'VP'", ["Write title like 'VP%'."]),
    ("title ends with 'VP'", ["Write title like '%VP'."]),
    ("startswith(title, 'VP')", ["like 'VP%'"]),
    ("created_at > 31.12.2026", ["Write '2026-12-31'"]),
    ("created_at > '31.12.2026'", ["Write '2026-12-31'"]),
    ("created_at > '12/31/2026'", ["Write '2026-12-31'"]),
    ("created_at > '05/06/2026'", ["Write '2026-05-06' or '2026-06-05'"]),
    ("created_at > 12/31/2026", ["Write '2026-12-31'"]),
    ("created_at > 2026-01-31", ["Write '2026-01-31'"]),
    ("created_at > '2026-31-12'", ["Write '2026-12-31'"]),
    ("created_at > last 30 days", ["interval '30 days'"]),
    ("created_at > now() - 30", ["now() - interval '30 days'"]),
    ("created_at > now() - 30 days", ["interval '30 days' beside a date"]),
    ("datediff(day, created_at, now()) < 30", ["days_since(created_at)"]),
    ("created_at > yesterday", ["today() - interval '1 day'"]),
    ("revenue > 10%", ["Write 0.1 for a share"]),
    ("title like %director%", ["Write like '%director%'"]),
    ("revenue > 1,000,000", ["Write 1000000"]),
    ("revenue > 1.000.000", ["Write 1000000"]),
    ("revenue > 1'000'000", ["Write 1000000"]),
    ("revenue > 1_000_000 and emial = 'a'", ["Write 1000000", "'email'"]),
    ("revenue > 0,5", ["Write 0.5"]),
    ("revenue > 5 million", ["Write 5000000."]),
    ("revenue > $5000", ["Write 5000, without a currency."]),
    ("employees in 1, 2, 3", ["in brackets"]),
    ("employees in [1, 2, 3]", ["in round brackets"]),
    ("industry in ('Banking' 'Insurance')", ["comma"]),
    ("industry in ('Banking'; 'Insurance')", ["commas"]),
    ("industry = ('Banking', 'Insurance')", ["in ('Banking', 'Insurance')"]),
    ("industry = 'Banking', 'Insurance'", ["in ('a', 'b')"]),
    ("industry = 'Banking' or 'Insurance'", ["industry = 'Insurance'"]),
    ("industry = 'Banking' or = 'Insurance'", ["Name the field again"]),
    ("industry one of ('Banking', 'Insurance')", ["in ('Banking', 'Insurance')"]),
    ("technologies has 'SAP'", ["Write contains(technologies, 'SAP')."]),
    ("employees between 100 to 500", ["Write between 100 and 500."]),
    ("100 < employees < 500", ["Write 100 < employees and employees"]),
    ("employees > 500 then 10", ["points = 10"]),
    ("employees is greater than 500", ["Write >."]),
    ("opted_out = no", ["not opted_out"]),
    ("opted_out = 0", ["Write opted_out, or not opted_out."]),
    ("title.contains('cio')", ["Write contains(title, 'cio')."]),
    ("Lead.Title = 'CIO'", ["Write title alone."]),
    ("{employees} > 500", ["Write employees alone."]),
    ("first_name + ' ' + last_name = 'x'", ["ask for each field"]),
    ("days_since(created_at) > '30 days'", ["without a unit"]),
    ("company = 'O'Brien'", ["'O''Brien'"]),
    ('company = "O\'Brien"', ["'O''Brien'"]),
    ("industry = `Banking` and emial = 'a'", ["'Banking'", "'email'"]),
    ("employees > 500 // big", ["behind a #"]),
    ("employees > 500 ? true : false", ["Write case when"]),
    ("industry = 'Banking' und employees > 5", ["Write and."]),
]  # fmt: skip


@pytest.mark.parametrize(("predicate", "cures"), HABITS)
def test_what_people_write_from_habit_is_told_all_at_once_with_the_way_out(predicate, cures):
    problems = refused(predicate).problems
    assert len(problems) == len(cures)
    for problem, cure in zip(problems, cures, strict=True):
        assert cure in problem.cure
        shown, carets = problem.message.split("\n")[1:]
        assert shown.strip() == predicate
        assert len(carets) <= len(shown)


@pytest.mark.parametrize("predicate", ["employees in (100,200,300)", "title = '31.12.2026 && 5k'", "title like '50%'"])
def test_no_habit_is_seen_where_all_is_well(predicate):
    assert parse(predicate, LEAD, PLACE)


def test_of_very_many_mistakes_the_first_are_told():
    for text in (" or ".join(f"x{at} = 1" for at in range(300)), "=" * 4000, ";" * 4000, "`" * 4000, "a." * 2000):
        assert 1 <= len(refused(text).problems) <= 12


@pytest.mark.parametrize(("predicate", "message", "cure"), REFUSED)
def test_a_wrong_predicate_is_refused_with_its_reason_and_the_way_out(predicate, message, cure):
    problem = problem_of(predicate)
    assert message in problem.message
    assert cure in problem.cure
    assert problem.message.startswith("line ")
    shown, carets = problem.message.split("\n")[1:]
    assert set(carets.strip()) == {"^"}
    assert len(carets) <= len(shown) + 1 or shown == "    "
