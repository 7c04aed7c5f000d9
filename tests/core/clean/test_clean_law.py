"""Batches, runs and `explain` agree on a playbook that asks for every derived field, on messy leads."""

from datetime import UTC, datetime
from itertools import islice

import polars as pl

from leadrelay.batch import Batch
from leadrelay.connectors.memory import MemoryConnector
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.distinct import FEW
from leadrelay.core.clean.fields import DERIVED
from leadrelay.core.clean.recipes import RECIPES
from leadrelay.core.lead import LEAD, Type
from leadrelay.core.lookup import WORTH_COUNTING
from leadrelay.core.playbook.loading import load
from leadrelay.jobs.desk import Desk, Job, Past
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASKED = sorted(RECIPES)
INPUTS = sorted({name for recipe in RECIPES.values() for name in recipe.inputs if name in LEAD})


def asks(name):
    return f"any_of({name}, 'SAP', 'AWS', 'GDPR', 'SOX')" if DERIVED[name].type is Type.LIST else f"{name} > 'i'"


RULES = "".join(
    f"""
[[score.fit]]
name = "{name}"
about = "organisation"
points = {1 + number}
when = "{asks(name)}"
"""
    for number, name in enumerate(ASKED)
)
TEXT = f"""
name = "derived"
{RULES}
[qualification]
when = "seniority in ('c-level', 'vp', 'director') or sector = 'Information'"
[[stages]]
name = "known"
side = "sales"
when = "job_function is not null and employee_band <> '1'"
[[stages]]
name = "unknown"
side = "lead-generation"
"""
READ = "\n".join(f'{name} = "{name.title()}"' for name in INPUTS)
MAPPING = f"""
object = "Lead"
[read]
{READ}
[write]
Seniority__c = {{ from = "seniority", policy = "own" }}
"""


def spelled(value):
    return None if value is None else ";".join(value) if isinstance(value, list) else str(value)


def test_everyone_agrees():
    playbook = load(TEXT, "derived.toml")
    everyone = [{"id": str(number), **one} for number, one in enumerate(islice(people(300, 5, NOW), 300))]
    leads = [{name: one.get(name) for name in ("id", *INPUTS)} for one in everyone]
    records = [{"id": one["id"], **{name.title(): spelled(one[name]) for name in INPUTS}} for one in leads]
    outputs = ("score", "qualified", "stage")
    by_leads = [tuple(found[name] for name in outputs) for found in Batch(TEXT, None, NOW).dicts(leads)]
    by_records = [tuple(found[name] for name in outputs) for found in Batch(TEXT, MAPPING, NOW).dicts(records)]
    assert by_leads == by_records
    assert len(set(by_leads)) > 50

    mapping = load_mapping(MAPPING, "mapping.toml", playbook)
    desk = Desk(Job("job", MemoryConnector([]), mapping, playbook), NOW)
    frame = pl.DataFrame(records, schema=dict.fromkeys(records[0], pl.String))
    frame = frame.with_columns(pl.lit(None, pl.String).alias("Seniority__c"))
    nothing = pl.DataFrame(schema={"id": pl.String})
    known = {"state_hash": pl.Int64, "wanted_hash": pl.Int64, "repaired_at": pl.Datetime("ms", "UTC")}
    decision = desk.decide(frame, Past(nothing, nothing.with_columns(**{k: pl.lit(None, v) for k, v in known.items()})))
    assert list(decision.verdicts.select(outputs).iter_rows()) == by_leads
    rows = decision.leads.iter_rows(named=True)
    assert [tuple(desk.trace(row).outputs[name] for name in outputs) for row in rows] == by_leads
    written = {update.id: update.fields["Seniority__c"] for update in decision.plan.updates}
    told = {row["id"]: row["seniority"] for row in decision.leads.iter_rows(named=True) if row["seniority"]}
    assert written == told


def test_many_leads_come_out_as_few_do():
    # Loops for few, columns for more, and each text once for very many: with and without what phone plans are worth.
    cleaner = Cleaner(DERIVED)
    schema = {"id": pl.String(), **{name: LEAD[name].type.dtype for name in cleaner.inputs}}
    rows = [{name: row.get(name) for name in schema} for row in islice(people(FEW + 100, 3, NOW), FEW + 100)]
    leads = pl.DataFrame(rows, schema=schema)
    few = pl.concat([cleaner(leads[:1]), cleaner(leads[1:FEW]), cleaner(leads[FEW:])])
    assert cleaner(leads).equals(few)
    assert cleaner(pl.concat([leads] * (WORTH_COUNTING // leads.height + 1)))[: leads.height].equals(few)
