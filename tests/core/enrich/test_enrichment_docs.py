"""What docs/enrichment.md shows is loaded, run or compared."""

import tomllib
from dataclasses import fields
from datetime import timedelta
from functools import cache

import polars as pl
import pytest

from leadrelay.cli import app
from leadrelay.core.enrich.alike import NEAR
from leadrelay.core.enrich.outlook import Outlook
from leadrelay.core.enrich.provenance import Provenance
from leadrelay.core.enrich.told import Teller
from leadrelay.core.enrich.values import Enrichment, FieldPlan
from leadrelay.core.playbook.loading import load
from leadrelay.errors import ConfigError
from leadrelay.mappings import mapping
from tests.core.enrich.falls import FIELDS, answers, fall, leads, ours, said
from tests.pages import boxes, commands, keys_of, page, table_rows

PAGE = page("enrichment.md")
CONFIG, PLAYBOOK, MAPPING = boxes(PAGE, "toml")
LINE, ALONE, EXPLAINED, OUTLOOK = (box.splitlines() for box in boxes(PAGE, "text"))
REST = """
[qualification]
when = "employees >= 1000"
[[stages]]
name = "new"
side = "sales"
"""


@cache
def playbook():
    return load(f'name = "Docs"\n{PLAYBOOK}{REST}', "playbook.toml")


def test_the_playbook_of_the_page_is_one_and_asks_the_providers_of_its_configuration():
    assert set(playbook().enrichment.providers) == set(tomllib.loads(CONFIG)["providers"])
    assert playbook().enrichment.names == ("employees", "industry")


def test_the_mapping_of_the_page_is_one():
    found = mapping.load(f'object = "Lead"\n{MAPPING}', "mapping.toml", playbook())
    assert [write.source for write in found.writes] == ["employees", "industry", "provenance"]


def test_every_command_of_the_page_is_there():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert [line for line in commands(PAGE) if line.split()[0] not in known] == []


def test_every_key_has_its_row():
    rows = {row[0].strip("`") for row in table_rows(PAGE, "| key | meaning |")}
    assert rows == {field.name for field in fields(FieldPlan)} - {"field", "providers"} | {"from"}
    usual = FieldPlan("employees", ())
    assert (usual.min_confidence, usual.fresh) == (0.0, timedelta(days=180))


@pytest.mark.parametrize("name", ["owner", "status", "opted_out", "sales_verdict", "current_stage", "domain"])
def test_what_the_page_says_cannot_be_enriched_is_refused(name):
    with pytest.raises(ConfigError):
        load(f'name = "Docs"\n[enrichment.fields.{name}]\nfrom = "pdl"\n{REST}', "playbook.toml")


def merged(plans, *rows):
    frame = leads({"employees": None, "industry": None})
    return fall(*plans).merge(frame, ours(frame), answers(*rows))


def test_the_lines_of_the_page_are_those_that_are_written():
    providers = ("companies", "pdl", "apollo")
    plans = (FieldPlan("employees", providers), FieldPlan("industry", providers))
    found = merged(
        plans,
        said("pdl", "employees", "1200", 0.92, days=3),
        said("apollo", "employees", "950"),
        said("companies", "industry", "Banking", 0.95),
    )
    asked = ["provenance", "provenance.employees"]
    [row] = Provenance(Enrichment(plans), FIELDS, asked)(found).select(asked).rows()
    assert [[line] for line in row] == [LINE, ALONE]


def test_what_explain_says_on_the_page_is_what_it_says():
    plans = playbook().enrichment.fields
    plans = (plans[0], FieldPlan("industry", plans[1].providers))
    found = merged(
        plans,
        said("companies", "employees", "950", 0.7),
        said("pdl", "employees", "1200", 0.92, days=31, cost=100_000),
    )
    unasked = pl.DataFrame({"id": ["0"], "provider": ["pdl"], "why": ["over budget"]})
    # Of the second lead's industry nothing was asked: it stands for a day on which the budget was used up.
    other = merged(plans[1:], said("companies", None, None))
    told = [
        *Teller(Enrichment(plans[:1]), found, unasked, {"pdl": "USD"})("0"),
        *Teller(Enrichment(plans[1:]), other, unasked, {})("0"),
    ]
    assert [line for one in told for line in one.lines()] == EXPLAINED
    named = PAGE.split("under `enriched`", 1)[1].split("\n", 1)[0]
    assert [key for key in keys_of([one.to_json() for one in told]) if f"`{key}`" not in named and key != "field"] in (
        [],
        ["companies", "pdl"],
    )


def test_what_explain_says_may_become_of_a_lead_is_what_it_says():
    deciding = ("employees", "industry")
    found = Outlook((*deciding, "technologies"), deciding, "sql", "mql", "warm", "cold", 41, 22, 1)
    assert list(found.lines()) == OUTLOOK


def test_the_figures_of_the_page_are_so():
    assert (round(92 * 0.5**0.5), round(92 * 0.5)) == (65, 46)
    assert "65 % left after half of it, 46 % after all of it" in PAGE
    assert f"numbers within {NEAR:.0%}".replace("%", " %") in PAGE
