"""Derived fields: from what they come, what wins, and the examples of every function that makes them."""

import doctest
import importlib
import pkgutil

import polars as pl
import pytest

from leadrelay.core import clean
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.fields import DERIVED, SCHEMA
from leadrelay.core.clean.recipes import RECIPES, depends

MODULES = [name for _, name, _ in pkgutil.iter_modules(clean.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(f"leadrelay.core.clean.{name}")
    assert doctest.testmod(module).failed == 0


def test_recipes_make_derived_fields_of_lead_fields():
    assert set(RECIPES) <= set(DERIVED)
    assert all(set(recipe.inputs) <= set(SCHEMA) for recipe in RECIPES.values())


@pytest.mark.parametrize("field", RECIPES)
def test_nothing_comes_of_nothing(field):
    found = Cleaner([field])(pl.DataFrame({"id": ["1", "2"]}))
    assert found.schema == {"id": pl.String(), field: DERIVED[field].type.dtype}
    assert found[field].null_count() == 2


def test_what_is_given_wins():
    leads = pl.DataFrame({"id": ["1", "2"], "company": ["Acme GmbH", "Acme GmbH"], "company_key": [None, "acme corp"]})
    assert Cleaner(["company_key"])(leads)["company_key"].to_list() == ["acme", "acme corp"]


def test_a_cleaner_tells_what_it_reads():
    assert Cleaner(["company_key", "company"]).inputs == {"company"}
    assert Cleaner(["company"]).inputs == frozenset()
    assert depends("company_key") == {"company"}
    assert depends("company") == frozenset()


def test_what_nobody_wants_costs_nothing():
    leads = pl.DataFrame({"id": ["1"], "company": ["Acme"]})
    assert Cleaner(["company"])(leads).equals(leads)
