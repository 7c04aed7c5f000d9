"""A playbook that asks for derived fields gets the same answer whichever way its leads come."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay.batch import Batch
from leadrelay.core.drift import affected
from leadrelay.core.examples import judge
from leadrelay.core.explain import trace
from leadrelay.core.playbook.loading import load
from leadrelay.core.snapshot import Snapshot
from leadrelay.core.touched import touched
from leadrelay.core.trial import blind
from leadrelay.core.trial.trial import Trial
from leadrelay.errors import ConfigError
from leadrelay.jobs.backtest import Work
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.vocabulary import unfilled

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEXT = """
name = "derived"

[[score.fit]]
name = "Key account"
about = "organisation"
points = 40
when = "company_key = 'acme'"

[qualification]
when = "score >= 40"

[[stages]]
name = "known"
side = "sales"
when = "company_key is not null"

[[stages]]
name = "unknown"
side = "lead-generation"

[[examples]]
name = "Acme in any spelling"
lead = { company = "ACME Corporation" }
expect = { score = 40, stage = "known" }
"""
MAPPING = """
object = "Lead"
[read]
company = "Company"
[write]
Key__c = { from = "company_key", policy = "own" }
Score__c = { from = "score", policy = "own" }
"""
NAMES = ["ACME GmbH", "acme", "Other Ltd", None, "..."]
SCORES = [40, 40, 0, 0, 0]
STAGES = ["known", "known", "known", "unknown", "unknown"]
PLAYBOOK = load(TEXT, "derived.toml")
LEADS = [{"id": str(number), "company": name} for number, name in enumerate(NAMES)]
RECORDS = [{"id": lead["id"], "Company": lead["company"]} for lead in LEADS]


def test_leads_with_types_are_cleaned():
    batch = Batch(TEXT, None, NOW)
    assert [(found["score"], found["stage"]) for found in batch.dicts(LEADS)] == list(zip(SCORES, STAGES, strict=True))
    assert set(batch.columns) == {"id", "company", "company_key"}


def test_records_are_cleaned():
    found = Batch(TEXT, MAPPING, NOW).dicts(RECORDS)
    assert [lead["score"] for lead in found] == SCORES


def test_a_derived_field_that_is_given_needs_nothing_else():
    leads = pl.DataFrame({"id": ["1", "2"], "company_key": ["acme", "other"]})
    assert Batch(TEXT, None, NOW).frame(leads)["score"].to_list() == [40, 0]


def test_neither_the_field_nor_what_it_is_made_of_is_a_mistake():
    with pytest.raises(ConfigError, match="company_key"):
        Batch(TEXT, None, NOW).frame(pl.DataFrame({"id": ["1"]}))


def test_examples_are_cleaned():
    assert all(judged.passed for judged in judge(PLAYBOOK, NOW))
    many = replace(PLAYBOOK, examples=PLAYBOOK.examples * 5)
    assert all(judged.passed for judged in judge(many, NOW))


def test_a_snapshot_cleans_once_and_for_every_playbook():
    leads = pl.DataFrame(LEADS, schema={"id": pl.String, "company": pl.String})
    snapshot = Snapshot(leads, NOW)
    for _ in range(2):
        assert snapshot.verdicts(PLAYBOOK, ["score", "stage"])["score"].to_list() == SCORES


@pytest.mark.parametrize("mapped", [True, False])
def test_a_back_test_cleans(mapped):
    mapping = load_mapping(MAPPING, "mapping.toml", PLAYBOOK) if mapped else None
    columns = {"Company": "Company"} if mapped else {"company": "company"}
    work = Work(Trial(PLAYBOOK, None, NOW), mapping, columns)
    frame = pl.DataFrame(RECORDS if mapped else LEADS)
    tally = work.ready()(frame)
    assert tally.counts["live", "score"] == {(40, None): 2, (0, None): 3}


def test_a_mapping_may_write_what_can_be_derived_from_what_it_reads():
    mapping = load_mapping(MAPPING, "mapping.toml", PLAYBOOK)
    assert mapping.fields_asked == {"company_key"}
    with pytest.raises(ConfigError, match="nothing fills lead field 'company_key'"):
        load_mapping(MAPPING.replace("company =", "city ="), "mapping.toml", PLAYBOOK)
    assert not list(unfilled(PLAYBOOK, mapping, NOW))


def test_a_field_that_is_gone_takes_what_comes_from_it_along():
    assert touched({"company"}, PLAYBOOK.decision_group) >= {"company", "company_key"}
    assert {"score", "stage", "reasons"} <= affected(PLAYBOOK, {"company"})
    assert "company_key" not in blind.without(PLAYBOOK, {"company"}).fields_used
    left = load_mapping(MAPPING, "mapping.toml", PLAYBOOK).without(["Company"])
    assert [write.field for write in left.writes] == ["Score__c"]


def test_the_trace_is_that_of_the_cleaned_lead():
    [score] = {trace({"company": "acme", "company_key": "acme"}, PLAYBOOK, NOW).outputs["score"]}
    assert score == 40
