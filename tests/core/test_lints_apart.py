"""Predicates that want other words of the same thing never both hold."""

import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.lints.apart import apart, wanted
from leadrelay.core.predicates import parse


def told(one, other):
    return apart(*(wanted(parse(text, LEAD, "")) for text in (one, other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("country = 'Germany'", "country = 'Austria'"),
        ("country in ('Germany', 'Austria')", "'Spain' = country"),
        ("employees = 1 and country = 'Germany'", "industry = 'x' and (country = 'Austria' and employees = 1)"),
        ("lower(country) = 'germany'", "lower(country) in ('austria', 'spain')"),
        ("country in ('Germany', 'Austria') and country = 'Austria'", "country = 'Germany'"),
    ],
)
def test_other_words_stand_apart(one, other):
    assert told(one, other)
    assert told(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("country = 'Germany'", "country in ('Germany', 'Austria')"),
        ("country = 'Germany'", "country <> 'Germany'"),
        ("country = 'Germany' or employees = 1", "country = 'Austria'"),
        ("not country = 'Germany'", "country = 'Austria'"),
        ("lower(country) = 'germany'", "country = 'Germany'"),
        ("country = city", "country = 'Austria'"),
        ("country = 'Germany'", "industry = 'Banking'"),
    ],
)
def test_of_others_nothing_is_said(one, other):
    assert not told(one, other)
