"""What a mapping reads and writes back changes nothing, and what it writes is read as the same value again."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.batch import Batch
from leadrelay.core import casts
from leadrelay.core.amounts import places_of
from leadrelay.core.changes import Planner
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import Reader, Writer, load
from tests.mappings.conftest import PLAYBOOK

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TEXT = """
object = "Lead"
zone = "{zone}"
[currency]
to = "EUR"
field = "Iso"
rates = {{ USD = 0.92, JPY = 0.0061, VND = 0.000037, KWD = 3.01 }}
[read]
budget_amount = {{ field = "Budget", currency = true }}
project_start = "Starts"
created_at = "Day"
technologies = "Tools"
opted_out = "Out"
[write]
Budget = {{ from = "budget_amount", policy = "own", currency = true }}
Starts = {{ from = "project_start", policy = "own", zone = true }}
Day = {{ from = "created_at", policy = "own", zone = true }}
Tools = {{ from = "technologies", policy = "unless-edited", entries = "append" }}
Out = {{ from = "opted_out", policy = "own", null = "leave" }}
"""


def paid(units, currency):
    """An amount of whole units, the smallest that the currency is paid in."""
    places = places_of(currency or "")
    return None if units is None else f"{units / 10**places:.{places}f}"


DAYS = st.dates(date(1990, 1, 1), date(2037, 12, 31)).filter(lambda day: day != date(2011, 12, 30))
ROWS = st.fixed_dictionaries(
    {
        "Budget": st.none() | st.integers(0, 10**12),
        "Iso": st.sampled_from(["EUR", "USD", "JPY", "VND", "KWD", "XXX", None]),
        "Starts": st.none() | DAYS.map(str),
        "Day": st.none() | DAYS.map(str),
        "Tools": st.none() | st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(";".join),
        "Out": st.sampled_from([None, "true", "false", "perhaps"]),
    }
).map(lambda row: row | {"Budget": paid(row["Budget"], row["Iso"])})
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Asia/Kolkata"])


def there_and_back(mapping, playbook, records):
    """The leads, and the records with what would be written into them."""
    leads = Reader(mapping, playbook).read(records)
    wanted = Writer(mapping).wanted(leads, leads.select("id"))
    seen = records.select("id", "Tools").with_columns(Tools=pl.lit(None, pl.String))
    found = Planner(mapping.writes).plan(records, wanted, seen)
    rows = {row["id"]: row for row in records.to_dicts()}
    for update in found.updates:
        rows[update.id] |= {name: casts.spelled_or_null(value) for name, value in update.fields.items()}
    return leads, pl.DataFrame(list(rows.values()), schema=records.schema), found.updates


@given(ZONES, st.lists(ROWS, min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_what_is_written_is_read_as_the_same_and_the_second_time_nothing_is_written(playbook, zone, rows):
    mapping = load(TEXT.format(zone=zone), "map.toml", playbook)
    texts = {"id": [str(number) for number in range(len(rows))]} | {
        name: [row[name] for row in rows] for name in rows[0]
    }
    records = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))
    leads, after, updates = there_and_back(mapping, playbook, records)
    again, last, more = there_and_back(mapping, playbook, after)
    assert again.drop("bad_values").equals(leads.drop("bad_values"))
    assert (more, last.rows()) == ([], after.rows())
    assert all(update.fields.keys() <= {"Starts", "Day"} for update in updates)


@pytest.mark.parametrize("rates", ['"crm"', '"rates.csv"'])
def test_a_batch_refuses_rates_that_stand_elsewhere(rates):
    mapping = f'object = "Lead"\n[currency]\nto = "EUR"\nfrom = "USD"\nrates = {rates}\n[read]\nemail = "E"\n'
    with pytest.raises(ConfigError, match="which is out of reach here"):
        assert Batch(PLAYBOOK, mapping, NOW).columns


def test_a_batch_reads_several_fields_and_an_amount():
    mapping = (
        'object = "Lead"\n[currency]\nto = "EUR"\nfield = "Iso"\nrates = { USD = 0.5 }\n[read]\n'
        'budget_amount = { field = "B", currency = true }\nemployees = { first = ["M", "N"] }\n'
    )
    leads = [
        {"id": "1", "B": "2400", "Iso": "USD", "M": None, "N": "5"},
        {"id": "2", "B": "2400", "Iso": "?", "N": "x"},
    ]
    batch = Batch(PLAYBOOK, mapping, NOW)
    first, second = batch.dicts(leads)
    assert (first["stage"], second["stage"]) == ("sal", "name")
    assert (first["misfits"], second["misfits"]) == (None, "budget_amount, employees")
