"""What conditions mean: a few rules by name, and all of them against a small judge written apart."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadrelay.sandbox.salesforce import ids, query
from leadrelay.sandbox.salesforce.errors import SalesforceError
from leadrelay.sandbox.salesforce.org import Org, prepare
from leadrelay.sandbox.store import Store

STAMP = "2026-01-05T10:00:00.000Z"
NAMES = [None, "Ada", "ada", "ÉMILE", "émile", "100%", "a_b", "Straße", "A;B"]
SIZES = [None, -1, 0, 7, 500]
TOPICS = [None, "a", "a;b", "B;c", "abc"]
FLAGS = [0, 1]
MOMENTS = ["2026-01-05T10:00:00.000Z", "2026-01-05T10:00:01.000Z", "2026-02-01T00:00:00.000Z"]
DAYS = [None, "2026-01-04", "2026-01-05", "2026-02-01"]


def _insert(org, rows):
    known = {c.name: 0 for c in org.store.columns("Lead").values() if c.kind == "boolean"}
    stamps = {"CreatedDate": STAMP, "LastModifiedDate": STAMP, "SystemModstamp": STAMP}
    keys = ids.take(org.store, "Lead", len(rows))
    defaults = {**known, **stamps, "LastName": "x", "Company": "x", "Status": "Open - Not Contacted"}
    made = [{**defaults, "OwnerId": org.user_id(), "Id": key, **row} for key, row in zip(keys, rows, strict=True)]
    org.store.insert("Lead", made, "test", silent=True)
    return made


class Crowd:
    """An org and its leads. No dataclass: hypothesis would print all of them."""

    def __init__(self, org, rows):
        self.org = org
        self.rows = rows


@pytest.fixture(scope="module")
def crowd():
    store = Store()
    org = Org(store, lambda: "http://127.0.0.1")
    prepare(store)
    rows = [
        {
            "FirstName": NAMES[n % len(NAMES)],
            "NumberOfEmployees": SIZES[n // 2 % len(SIZES)],
            "Intent_Topics__c": TOPICS[n // 3 % len(TOPICS)],
            "DoNotCall": FLAGS[n // 5 % 2],
            "Project_Start__c": DAYS[n // 7 % len(DAYS)],
            "SystemModstamp": MOMENTS[n % len(MOMENTS)],
        }
        for n in range(180)
    ]
    yield Crowd(org, _insert(org, rows))
    store.close()


def _found(org, where):
    result = query.run(org, f"SELECT Id FROM Lead WHERE {where}", include_deleted=False)
    return {row[0] for row in result.csv_rows()}


# -- the judge --------------------------------------------------------------------------------------------------------


def _fold(value):
    return value.lower() if isinstance(value, str) else value


def _like(text, pattern):
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and _like(text[1:], pattern[2:])
    return bool(text) and pattern[0] in {"_", text[0]} and _like(text[1:], pattern[1:])


def _holds(row, condition):
    kind, *rest = condition
    if kind in {"and", "or"}:
        return (all if kind == "and" else any)(_holds(row, item) for item in rest[0])
    if kind == "not":
        return not _holds(row, rest[0])
    field, value = rest
    mine = _fold(row[field])
    if kind in {"in", "not in"}:
        return (mine in {_fold(v) for v in value}) == (kind == "in")
    if kind in {"includes", "excludes"}:
        parts = set((mine or "").split(";"))
        return any(set(_fold(v).split(";")) <= parts for v in value) == (kind == "includes")
    if kind == "like":
        return mine is not None and _like(mine, _fold(value))
    if kind in {"=", "!="}:
        return (mine == _fold(value)) == (kind == "=")
    if mine is None or value is None:
        return False
    value = _fold(value)
    return {"<": mine < value, "<=": mine <= value, ">": mine > value, ">=": mine >= value}[kind]


def _spelled(condition):
    kind, *rest = condition
    if kind in {"and", "or"}:
        return f" {kind.upper()} ".join(f"({_spelled(item)})" for item in rest[0])
    if kind == "not":
        return f"NOT ({_spelled(rest[0])})"
    field, value = rest
    if kind in {"in", "not in", "includes", "excludes"}:
        return f"{field} {kind} ({', '.join(_literal(field, v) for v in value)})"
    return f"{field} {kind} {_literal(field, value, like=kind == 'like')}"


def _literal(field, value, *, like=False):
    if value is None:
        return "null"
    if field == "DoNotCall":
        return str(bool(value)).lower()
    if field in {"NumberOfEmployees", "Project_Start__c", "SystemModstamp"}:
        return str(value)
    text = value if like else value.replace("\\", "\\\\")
    return f"'{text}'"


_EQUAL = st.sampled_from(["=", "!="])
_ORDER = st.sampled_from(["<", "<=", ">", ">="])
_AMONG = st.sampled_from(["in", "not in"])


def _some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


_LEAVES = st.one_of(
    st.tuples(_EQUAL, st.just("FirstName"), st.sampled_from([*NAMES, "ADA", "strasse"])),
    st.tuples(_AMONG, st.just("FirstName"), _some([*NAMES, "STRASSE"])),
    st.tuples(
        st.just("like"), st.just("FirstName"), st.sampled_from(["a%", "%É%", "100\\%", "a\\_b", "a_b", "_da", "%"])
    ),
    st.tuples(_EQUAL | _ORDER, st.just("NumberOfEmployees"), st.sampled_from(SIZES)),
    st.tuples(_AMONG, st.just("NumberOfEmployees"), _some(SIZES)),
    st.tuples(_EQUAL | _ORDER, st.just("SystemModstamp"), st.sampled_from(MOMENTS)),
    st.tuples(_EQUAL, st.just("DoNotCall"), st.sampled_from(FLAGS)),
    st.tuples(_EQUAL | _ORDER, st.just("Project_Start__c"), st.sampled_from(DAYS)),
    st.tuples(st.sampled_from(["includes", "excludes"]), st.just("Intent_Topics__c"), _some(["A", "a;b", "c", "ab"])),
    st.tuples(_EQUAL, st.just("Intent_Topics__c"), st.sampled_from(TOPICS)),
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=6,
)


@given(_CONDITIONS)
@example(("not", ("=", "FirstName", "ada")))
@example(("or", [(">", "SystemModstamp", MOMENTS[1]), ("=", "SystemModstamp", MOMENTS[0])]))
@example(("not", ("<", "NumberOfEmployees", 7)))
@settings(max_examples=400, deadline=None)
def test_conditions_find_what_the_judge_finds(crowd, condition):
    assert _found(crowd.org, _spelled(condition)) == {row["Id"] for row in crowd.rows if _holds(row, condition)}


# -- rules by name ----------------------------------------------------------------------------------------------------


@pytest.fixture
def org():
    store = Store()
    made = Org(store, lambda: "http://127.0.0.1")
    prepare(store)
    yield made
    store.close()


def _refusal(org, where):
    with pytest.raises(SalesforceError) as caught:
        _found(org, where)
    return caught.value.code, caught.value.message.splitlines()[-1]


@pytest.mark.parametrize(
    ("where", "code", "message"),
    [
        (
            "NumberOfEmployees = '5'",
            "INVALID_FIELD",
            "value of filter criterion for field 'NumberOfEmployees' must be of type int"
            " and should not be enclosed in quotes",
        ),
        (
            "CreatedDate > '2026-01-01T00:00:00Z'",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime"
            " and should not be enclosed in quotes",
        ),
        (
            "CreatedDate > 2026-01-01",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type dateTime"
            " and should not be enclosed in quotes",
        ),
        (
            "Project_Start__c = '2026-01-01'",
            "INVALID_FIELD",
            "value of filter criterion for field 'Project_Start__c' must be of type date"
            " and should not be enclosed in quotes",
        ),
        (
            "Name = 5",
            "INVALID_FIELD",
            "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
        ),
        ("Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
        ("Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
        ("OwnerId LIKE '005%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field"),
        (
            "Name INCLUDES ('x')",
            "INVALID_QUERY_FILTER_OPERATOR",
            "includes or excludes operator only valid on multipicklist field",
        ),
        ("CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "Invalid datetime: 2026-13-01T00:00:00Z"),
        ("CreatedDate = N_YEARS_AGO:5000", "MALFORMED_QUERY", "Invalid datetime: N_YEARS_AGO"),
        (
            "Status = 'x' OR Id IN (SELECT WhoId FROM Task)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are only allowed at the top level WHERE expressions"
            " and not in nested WHERE expressions.",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(org, where, code, message):
    assert _refusal(org, where) == (code, message)


def test_an_id_is_found_by_15_or_18_characters(org):
    first, second = _insert(org, [{}, {}])
    key = first["Id"]
    assert _found(org, f"Id = '{key[:15]}'") == _found(org, f"Id IN ('{key}')") == {key}
    assert _found(org, f"Id > '{key}'") == {second["Id"]}


def test_nobody_sees_the_bin_unless_asked(org):
    kept, binned = _insert(org, [{}, {"IsDeleted": 1}])
    assert _found(org, "Id != null") == {kept["Id"]}
    every = query.run(org, "SELECT Id FROM Lead WHERE IsDeleted = true", include_deleted=True)
    assert [row[0] for row in every.csv_rows()] == [binned["Id"]]


def test_a_missing_parent_is_a_null_like_others(org):
    mine, nobodys = _insert(org, [{}, {"ConvertedAccountId": None, "OwnerId": None}])
    assert _found(org, "Owner.Name = null") == {nobodys["Id"]}
    assert _found(org, "Owner.Name != 'Nobody'") == {mine["Id"], nobodys["Id"]}
    assert _found(org, "Owner.IsActive = false") == {nobodys["Id"]}
    assert _found(org, "Owner.Type = 'user' AND Owner.Email LIKE 'ADMIN@%'") == {mine["Id"]}


def test_an_empty_text_is_null(org):
    (lead,) = _insert(org, [{"Title": None}])
    assert _found(org, "Title = ''") == _found(org, "Title IN ('', 'x')") == {lead["Id"]}


def test_days_are_spans_of_the_orgs_clock(org):
    org.store.clock.advance((datetime(2026, 3, 18, 15, tzinfo=UTC) - org.now()).total_seconds())
    moments = [
        "2026-03-18T00:00:00.000Z",
        "2026-03-17T23:59:59.000Z",
        "2026-03-11T00:00:00.000Z",
        "2026-02-28T12:00:00.000Z",
    ]
    today, yesterday, last_week, february = (row["Id"] for row in _insert(org, [{"CreatedDate": m} for m in moments]))
    assert _found(org, "CreatedDate = TODAY") == {today}
    assert _found(org, "CreatedDate < TODAY") == {yesterday, last_week, february}
    assert _found(org, "CreatedDate <= YESTERDAY AND CreatedDate >= LAST_WEEK") == {yesterday, last_week}
    assert _found(org, "CreatedDate != THIS_MONTH") == {february}
    assert _found(org, "CreatedDate = LAST_N_DAYS:7") == {today, yesterday, last_week}
    assert _found(org, "CreatedDate > LAST_MONTH") == {today, yesterday, last_week}
    assert _found(org, "CreatedDate IN (LAST_MONTH, TODAY)") == {today, february}
    assert _found(org, "CALENDAR_MONTH(CreatedDate) = 2") == {february}


def test_a_moment_is_the_same_in_every_zone(org):
    (lead,) = _insert(org, [{"CreatedDate": "2026-03-18T15:00:00.000Z"}])
    spelled = ["2026-03-18T15:00:00Z", "2026-03-18T15:00:00.000+00:00", "2026-03-18T15:00:00.000+0000"]
    spelled += ["2026-03-18T09:00:00-06:00", "2026-03-18T20:30:00.000999+0530"]
    assert [_found(org, f"CreatedDate = {moment}") for moment in spelled] == [{lead["Id"]}] * 5


def test_a_semi_join_asks_another_object(org):
    called, not_called = _insert(org, [{}, {}])
    task = {"Id": ids.take(org.store, "Task")[0], "WhoId": called["Id"], "Subject": "Call", "IsDeleted": 0}
    binned = {"Id": ids.take(org.store, "Task")[0], "WhoId": not_called["Id"], "Subject": "Call", "IsDeleted": 1}
    org.store.insert("Task", [task, binned], "test", silent=True)
    assert _found(org, "Id IN (SELECT WhoId FROM Task WHERE Subject = 'call')") == {called["Id"]}
    assert _found(org, "Id NOT IN (SELECT WhoId FROM Task) AND LastName = 'x'") == {not_called["Id"]}


def test_long_and_deep_conditions_are_no_trouble(org):
    (lead,) = _insert(org, [{"City": "c1234"}])
    assert _found(org, " OR ".join(f"City = 'c{n}'" for n in range(4000))) == {lead["Id"]}
    assert _found(org, f"City IN ({', '.join(repr(f'c{n}') for n in range(4000))})") == {lead["Id"]}


_FIELDS = [
    "Id",
    "Name",
    "OwnerId",
    "Owner.Name",
    "CreatedDate",
    "IsConverted",
    "Technologies__c",
    "AnnualRevenue",
    "Nope",
]
_VALUES = [
    "'x'",
    "''",
    "null",
    "5",
    "99999999999999999999",
    "-1.5",
    "true",
    "2026-01-01",
    "2026-02-30",
    "TODAY",
    "'\\ud800'",
]
_VALUES += ["2026-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "LAST_N_DAYS:999999999", "'00Q000000000001'"]


@given(
    st.sampled_from(_FIELDS),
    st.sampled_from(["=", "!=", "<", ">=", "LIKE", "IN", "INCLUDES"]),
    st.sampled_from(_VALUES),
)
@settings(max_examples=300, deadline=None)
def test_every_comparison_is_answered_or_refused(crowd, field, operator, value):
    value = f"({value})" if operator in {"IN", "INCLUDES"} else value
    with suppress(SalesforceError):
        assert _found(crowd.org, f"{field} {operator} {value}") <= {row["Id"] for row in crowd.rows}
