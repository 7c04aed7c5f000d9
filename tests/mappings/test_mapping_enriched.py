"""What a mapping says of enriched fields: they are filled without being read, and it can be told where from."""

from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.enrich.provenance import Provenance
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.enrich.waterfall import Waterfall
from leadrelay.core.lead import Type
from leadrelay.core.playbook.loading import load as playbook_of
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import Writer, load, read
from leadrelay.mappings.vocabulary import unfilled

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAYBOOK = playbook_of(
    """
name = "Test"
[score]
[[score.fit]]
name = "Large"
when = "employees > 1000"
points = 1
about = "organisation"
[enrichment.fields.employees]
from = ["pdl"]
[enrichment.fields.industry]
from = ["pdl"]
[qualification]
when = "bant_met >= 3"
[[stages]]
name = "new"
side = "lead-generation"
""",
    "my.toml",
)
MAPPING = """
object = "Lead"
[read]
employees = "NumberOfEmployees"
[write]
NumberOfEmployees = { from = "employees", policy = "fill" }
Industry = { from = "industry", policy = "fill" }
Enriched_By__c = { from = "provenance", policy = "own", cut = 40 }
Size_By__c = { from = "provenance.employees", policy = "own" }
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        load(text, "map.toml", PLAYBOOK)
    return [str(problem) for problem in caught.value.problems]


def wanted(mapping, leads):
    return Writer(mapping).wanted(leads, leads.select("id")).drop("id").to_dicts()


def test_an_enriched_field_is_filled_without_being_read():
    writes = load(MAPPING, "map.toml", PLAYBOOK).writes
    assert [(write.source, write.type) for write in writes] == [
        ("employees", Type.INTEGER),
        ("industry", Type.TEXT),
        ("provenance", Type.TEXT),
        ("provenance.employees", Type.TEXT),
    ]


def test_where_values_come_from_is_written():
    mapping = load(MAPPING, "map.toml", PLAYBOOK)
    leads = read(pl.DataFrame({"id": ["1", "2"], "NumberOfEmployees": [None, "50"]}), mapping, PLAYBOOK)
    said = [("1", "pdl", "employees", "1200", 0.92, NOW, 0), ("1", "pdl", "industry", "Banking", 0.9, NOW, 0)]
    waterfall = Waterfall(PLAYBOOK.enrichment, SCHEMA, NOW)
    merged = waterfall.merge(leads, leads.select("id"), pl.DataFrame(said, schema=ANSWERS, orient="row"))
    one, other = wanted(mapping, Provenance(PLAYBOOK.enrichment, SCHEMA, mapping.fields_asked)(merged))
    assert one == {
        "NumberOfEmployees": 1200,
        "Industry": "Banking",
        "Enriched_By__c": "employees 1200 (pdl, 92 %, 2026-11-23) …",
        "Size_By__c": "pdl, 92 %, 2026-11-23",
    }
    assert list(other.values()) == [50, None, None, None]


def test_without_enrichment_nothing_is_known_of_it():
    mapping = load(MAPPING, "map.toml", PLAYBOOK)
    leads = read(pl.DataFrame({"id": ["1"], "NumberOfEmployees": ["50"]}), mapping, PLAYBOOK)
    assert [list(row.values()) for row in wanted(mapping, leads)] == [[50, None, None, None]]


def test_the_provenance_of_a_field_that_nobody_enriches_is_a_mistake():
    text = MAPPING.replace("provenance.employees", "provenance.employes")
    assert problems(text) == [
        "map.toml:9 write.Size_By__c.from: unknown output or lead field 'provenance.employes'. "
        "Did you mean 'provenance.employees' or 'provenance'?"
    ]
    plain = playbook_of(
        'name = "X"\n[qualification]\nwhen = "bant_met > 1"\n[[stages]]\nname = "a"\nside = "sales"\n', ""
    )
    line = 'object = "Lead"\n[read]\n[write]\nBy__c = { from = "provenance", policy = "own" }\n'
    assert load(line, "map.toml", plain).writes[0].source == "provenance"


def test_a_default_for_an_enriched_field_is_a_mistake():
    """It would look like a person's value, and nobody would ever be asked."""
    text = MAPPING.replace('"NumberOfEmployees"\n', '{ field = "NumberOfEmployees", default = 0 }\n')
    [problem] = problems(text)
    assert problem.startswith("map.toml:4 read.employees: a default counts as a person's value")


def test_what_is_enriched_is_not_missing_in_the_mapping():
    found = [lint.message for lint in unfilled(PLAYBOOK, load(MAPPING, "map.toml", PLAYBOOK), NOW)]
    assert found == []
