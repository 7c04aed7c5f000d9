"""Names that are meant to be one of many, and names that are not."""

import polars as pl
import pytest

from leadrelay.core.clean.similar import NameIndex

NAMES = ["acme", "johnson controls", "international business machines", "exxonmobil", "general electric", "pfizer"]


def best(*asked, least=0.8, names=NAMES):
    found = NameIndex(pl.Series(names, dtype=pl.String)).best(pl.Series(asked, dtype=pl.String), least)
    near = {asked[row]: names[name] for row, name in found.select("asked", "name").iter_rows()}
    return [near.get(name) for name in asked]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("acme", "acme"),
        ("controls johnson", "johnson controls"),
        ("intl business machines", "international business machines"),
        ("exxon mobil", "exxonmobil"),
        ("pfzier", "pfizer"),
        ("genral electric corporation", "general electric"),
        ("pfizer corporatoin", "pfizer"),
    ],
)
def test_what_is_meant(asked, meant):
    assert best(asked) == [meant]


@pytest.mark.parametrize(
    "asked", ["", "hooli", "controls", "general motors", "johnson johnson", "a", "gmbh", "é" * 2_000]
)
def test_what_is_none_of_them(asked):
    assert best(asked) == [None]


def test_two_that_are_equally_near_are_none():
    assert best("globe", names=["globes", "gloobe"]) == [None]


def test_no_names_and_nobody_asked():
    assert best("acme", names=[]) == [None]
    assert best() == []


def test_the_answer_does_not_depend_on_who_else_is_asked():
    alone = [best(name)[0] for name in ("exxon mobil", "hooli", "pfzier")]
    assert best("exxon mobil", "hooli", "pfzier") == alone
