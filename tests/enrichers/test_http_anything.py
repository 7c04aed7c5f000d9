"""Whatever an answer holds, reading it ends in an answer of fields that fit, or in `Shape`."""

import contextlib

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.core.casts import Target, fits
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import parse
from leadrelay.enrichers.answers import answer, missed, same
from leadrelay.enrichers.base import Answer, Found, Price
from leadrelay.enrichers.describe import describe
from leadrelay.enrichers.paths import Shape, path
from leadrelay.enrichers.wire import Reply
from tests.enrichers.conftest import COMPANY

MORE = """
revenue = "max(size.*)"
opted_out = "gone"
created_at = "since"
state = "join(', ', places)"
visits = "length(tech)"
city = "sort_by(tech, &name)[0].name"
"""
COSTLY = COMPANY.replace('unit = "USD"', 'unit = "USD"\ncost = "avg(costs)"')
DESCRIPTION = describe(parse(COSTLY + MORE, "any.toml"), "any")
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
COMPANIES = st.fixed_dictionaries(
    {"website": st.just("acme.com") | ANYTHING},
    optional={
        "score": ANYTHING,
        "size": st.dictionaries(st.just("people"), ANYTHING) | ANYTHING,
        "industry": ANYTHING,
        "tech": st.lists(st.fixed_dictionaries({"name": ANYTHING}), max_size=3) | ANYTHING,
        "costs": st.lists(SCALARS, max_size=2) | ANYTHING,
        "gone": SCALARS,
        "since": SCALARS,
        "places": st.lists(SCALARS, max_size=2),
        "found": SCALARS,
    },
)


def read(body):
    return answer(DESCRIPTION, Price(100_000), 1.0, {"domain": "acme.com"}, Reply(200, {}, body))


def test_a_text_between_backticks_is_told():
    problems = []
    assert path(Table(parse("", "a.toml"), "", {"a": "b"}, problems), "a", "join(`, `, b)") is None
    assert "between backticks" in str(problems[0])


def sound(found):
    assert isinstance(found, Answer)
    assert found.found in {Found.HIT, Found.MISS}
    assert (found.found is Found.HIT) == bool(found.fields)
    assert set(found.fields) == set(found.confidence) <= set(DESCRIPTION.fields)
    assert all(0 <= sure <= 1 for sure in found.confidence.values())
    assert all(fits(value, Target(SCHEMA[name].type)) for name, value in found.fields.items())
    assert isinstance(found.cost, int)
    assert 0 <= found.cost <= 10**12


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(COMPANIES | ANYTHING)
def test_any_json_is_read(told):
    with contextlib.suppress(Shape):
        sound(read(orjson.dumps(told)))


@pytest.mark.parametrize("told", [[1, 2, 3], [{"message": "maintenance"}], "maintenance", 3, True])
def test_what_is_no_record_at_all_is_not_taken_for_not_found(told):
    with pytest.raises(Shape):
        read(orjson.dumps(told))


@pytest.mark.parametrize("told", [[], {}, None])
def test_nothing_is_not_found(told):
    assert read(orjson.dumps(told)).found is Found.MISS


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40) | st.text(alphabet='[]{},:"0aeE.-n ', max_size=30).map(str.encode))
def test_any_bytes_are_read(body):
    with contextlib.suppress(Shape):
        sound(read(body))
    assert missed(DESCRIPTION, Price(100_000), 1.0, Reply(404, {}, body)).found is Found.MISS


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab.[]*{}()@!&|'`\"<=>0123-, :?\\", max_size=14))
def test_any_text_is_a_path_or_a_problem(text):
    problems = []
    table = Table(parse("", "a.toml"), "", {"a": text}, problems)
    found = path(table, "a", text)
    assert bool(found) != bool(problems)
    with contextlib.suppress(Shape):
        if found:
            found({"a": [1, "b", None], "b": {"a": True}})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["domain", "email_clean", "company_key"]), st.text(max_size=12), ANYTHING)
def test_anything_is_compared(field, asked, told):
    assert same(field, asked, told) in {True, False}


@pytest.mark.parametrize(
    ("field", "asked", "told", "is_same"),
    [
        ("email_clean", "a@b.com", " A@B.com ", True),
        ("email_clean", "a@b.com", "b@b.com", False),
        ("company_key", "acme müller", "ACME-Müller", True),
        ("company_key", "", "", False),
        ("domain", "b.co.uk", "mailto:x@b.co.uk", True),
        ("domain", "b.co.uk", "a.b.co.uk", True),
        ("domain", "a.b.co.uk", "b.co.uk", False),
        ("domain", "com", "a.com", True),
    ],
)
def test_the_same_however_spelled(field, asked, told, is_same):
    assert same(field, asked, told) is is_same
