"""Which queries the parser takes, and how it refuses the others: word for word where a real answer is on record."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.soql import parse
from leadrelay.sandbox.salesforce.soql_ast import Comparison, Logical, Not, SemiJoin

TAKEN = [
    "SELECT Id FROM Lead",
    "select id from lead",
    "SELECT Id, Owner.Name FROM Lead l WHERE l.Status = 'x'",
    "SELECT COUNT() FROM Lead",
    "SELECT COUNT ( ) FROM Lead WHERE IsConverted = false",
    "SELECT COUNT(Id) total, MAX(CreatedDate) FROM Lead",
    "SELECT Status, COUNT(Id) FROM Lead GROUP BY Status HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC LIMIT 5",
    "SELECT FIELDS(ALL) FROM Lead LIMIT 200",
    "SELECT Id FROM Lead WHERE (A = 1 AND B = 2) OR (C = 3 AND D = 4)",
    "SELECT Id FROM Lead WHERE A = 1 AND B = 2 AND C = 3",
    "SELECT Id FROM Lead WHERE NOT A = 1",
    "SELECT Id FROM Lead WHERE A <> NULL AND (NOT (B > 0))",
    "SELECT Id FROM Lead WHERE A != -1.5 AND B >= +2 AND C < .5",
    "SELECT Id FROM Lead WHERE A IN ('x', 'y') AND B NOT IN ('z') AND C LIKE 'a%'",
    "SELECT Id FROM Lead WHERE T INCLUDES ('a;b', 'c') AND T EXCLUDES ('d')",
    "SELECT Id FROM Lead WHERE D > 2026-01-31 AND E = 2026-01-31T12:00:00Z AND F < 2026-01-31T12:00:00.299852-06:00",
    "SELECT Id FROM Lead WHERE D > 2026-01-31T12:00:00.000+0000",
    "SELECT Id FROM Lead WHERE D = TODAY AND E >= LAST_N_DAYS:30 AND F = last_fiscal_quarter",
    "SELECT Id FROM Lead WHERE Id IN (SELECT WhoId FROM Task WHERE Status = 'Completed') AND A = 1",
    "SELECT Id FROM Lead ORDER BY A, B DESC, C ASC NULLS LAST, D NULLS FIRST LIMIT 10 OFFSET 5",
    "SELECT Id FROM Group WHERE Type = 'Queue'",
    "SELECT Id FROM Lead LIMIT 1 FOR VIEW",
    "  SELECT\n\tId\r\nFROM Lead\nWHERE Name='O\\'Brien \\u00e9 \\n'  ",
]

REFUSED = [
    "foo",
    "SELECT",
    "SELECT Id",
    "SELECT FROM Lead",
    "SELECT Id, FROM Lead",
    "SELECT Id Name FROM Lead x y",
    "SELECT Id FROM",
    "SELECT Id FROM Lead WHERE",
    "SELECT Id FROM Lead WHERE A",
    "SELECT Id FROM Lead WHERE A =",
    "SELECT Id FROM Lead WHERE A == 1",
    "SELECT Id FROM Lead WHERE A = B",
    "SELECT Id FROM Lead WHERE A IS NULL",
    "SELECT Id FROM Lead WHERE A = 1 AND",
    "SELECT Id FROM Lead WHERE (A = 1",
    "SELECT Id FROM Lead WHERE A = 1)",
    "SELECT Id FROM Lead WHERE A = 1 AND B = 2 OR C = 3",
    "SELECT Id FROM Lead WHERE A = 1 AND NOT (B = 2)",
    "SELECT Id FROM Lead WHERE NOT A = 1 AND B = 2",
    "SELECT Id FROM Lead WHERE A IN ()",
    "SELECT Id FROM Lead WHERE A IN 'x'",
    "SELECT Id FROM Lead WHERE A BETWEEN 1 AND 2",
    "SELECT Id FROM Lead WHERE A = :name",
    "SELECT Id FROM Lead WHERE A = 'x\\y'",
    "SELECT Id FROM Lead WHERE A = 'x\\%'",
    'SELECT Id FROM Lead WHERE A = "x"',
    "SELECT Id FROM Lead WHERE A = 'x",
    "SELECT Id FROM Lead WHERE D > 2026-01-31T12:00:00",
    "SELECT Id FROM Lead WHERE D = LAST_N_DAYS",
    "SELECT Id FROM Lead WHERE D = TODAY:3",
    "SELECT Id FROM Lead LIMIT 10 WHERE A = 1",
    "SELECT Id FROM Lead ORDER BY A WHERE A = 1",
    "SELECT Id FROM Lead OFFSET 1 LIMIT 1",
    "SELECT Id FROM Lead LIMIT -1",
    "SELECT Id FROM Lead LIMIT 99999999999",
    "SELECT Id FROM Lead LIMIT 'x'",
    "SELECT Id FROM Lead ORDER A",
    "SELECT Id FROM Lead GROUP Status",
    "SELECT Id FROM Lead; DROP TABLE Lead",
    "SELECT Id FROM Lead -- all",
    "UPDATE Lead SET A = 1",
    "SELECT (SELECT Id FROM Tasks) FROM Lead",
]


@pytest.mark.parametrize("text", TAKEN)
def test_takes(text):
    assert parse(text).object.lower() in {"lead", "group"}


@pytest.mark.parametrize("text", REFUSED)
def test_refuses(text):
    with pytest.raises(SalesforceError) as caught:
        parse(text)
    assert (caught.value.status, caught.value.code) == (400, "MALFORMED_QUERY")


# Real answers, with their places in the query: salesforce.stackexchange.com (OR), zoho.com/deluge/help/salesforce (*),
# giacomelli/SalesforceSharp #4 (a plus sign that was not encoded), trailhead (bind variables).
SAID = [
    (
        "SELECT * FROM Account where Name='John'",
        "\nSELECT * FROM Account where Name='John'\n      ^\nERROR at Row:1:Column:7\nunexpected token: '*'",
    ),
    (
        "SELECT Id, Email, Name\nFROM Contact\n"
        "WHERE AccountId = '0014000000p6XlS' AND LastName LIKE 'test' OR email LIKE 'test'",
        "\n'0014000000p6XlS' AND LastName LIKE 'test' OR email LIKE 'test'\n"
        "                                          ^\nERROR at Row:3:Column:61\nunexpected token: 'OR'",
    ),
    (
        "SELECT id, name, description FROM Account WHERE LastModifiedDate >= 2013-12-01T12:00:00 00:00",
        "\nLastModifiedDate >= 2013-12-01T12:00:00 00:00\n                                      ^\n"
        "ERROR at Row:1:Column:87\nline 1:87 no viable alternative at character ' '",
    ),
    ("q=SELECT Id FROM Lead", "unexpected token: 'q'"),
    ("SELECT Id FROM Lead WHERE", "unexpected token: '<EOF>'"),
    ("", "SOQL statements cannot be empty or null"),
    (" \n", "SOQL statements cannot be empty or null"),
    ("SELECT Id FROM Lead ALL ROWS", "ALL ROWS not allowed in this context"),
    ("SELECT Id FROM Lead WHERE Name = 'x", "line 1:33 mismatched character '<EOF>' expecting '''"),
    (
        "SELECT Id FROM Lead WHERE Name = :name",
        "\nSELECT Id FROM Lead WHERE Name = :name\n                                ^\n"
        "ERROR at Row:1:Column:33\nBind variables only allowed in Apex code",
    ),
]


@pytest.mark.parametrize(("text", "message"), SAID)
def test_says_what_salesforce_says(text, message):
    with pytest.raises(SalesforceError) as caught:
        parse(text)
    assert caught.value.body() == [{"message": message, "errorCode": "MALFORMED_QUERY"}]


def test_and_or_not_nest_as_written():
    where = parse("SELECT Id FROM Lead WHERE (A = 1 AND B = 2) OR (NOT C = 3)").where
    assert isinstance(where, Logical)
    assert where.operator == "or"
    assert isinstance(where.items[0], Logical)
    assert isinstance(where.items[1], Not)


def test_strings_lose_their_escapes_but_like_keeps_those_of_wildcards():
    where = parse(r"SELECT Id FROM Lead WHERE A = 'O\'Brien\n\u00e9\\' AND B LIKE '100\%\_x\\%'").where
    assert isinstance(where, Logical)
    equal, like = where.items
    assert isinstance(equal, Comparison)
    assert equal.values[0].value == "O'Brien\né\\"
    assert isinstance(like, Comparison)
    assert like.values[0].value == r"100\%\_x\\%"


def test_a_sub_select_is_a_semi_join():
    where = parse("SELECT Id FROM Lead WHERE Id NOT IN (SELECT WhoId FROM Task)").where
    assert isinstance(where, SemiJoin)
    assert where.negated
    assert where.query.object == "Task"


def test_parentheses_end_somewhere():
    with pytest.raises(SalesforceError) as caught:
        parse("SELECT Id FROM Lead WHERE " + "(" * 5000 + "A = 1" + ")" * 5000)
    assert caught.value.code == "QUERY_TOO_COMPLICATED"


def test_a_query_has_a_longest_length():
    with pytest.raises(SalesforceError, match="longer than 100000"):
        parse("SELECT Id FROM Lead WHERE Name = '" + "x" * 100_000 + "'")


_WORDS = [
    "SELECT",
    "FROM",
    "WHERE",
    "Id",
    "Lead",
    "Owner.Name",
    "=",
    "!=",
    "(",
    ")",
    ",",
    "'x'",
    "5",
    "AND",
    "OR",
    "NOT",
]
_WORDS += [
    "IN",
    "LIKE",
    "ORDER",
    "BY",
    "GROUP",
    "LIMIT",
    "COUNT",
    "null",
    "2026-01-01",
    "LAST_N_DAYS",
    ":",
    "'",
    "\\",
    "é",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join)))
def test_any_text_is_taken_or_refused(text):
    with suppress(SalesforceError):
        assert parse(text).object
