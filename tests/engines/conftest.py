"""Leads as a CRM spells them, the same with types, and the shipped texts that decide about them."""

from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay import mappings, playbooks
from leadrelay.core.casts import to_text
from leadrelay.core.lead import LEAD
from leadrelay.core.playbook import load
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def texts():
    """The shipped playbook and mapping."""
    return playbooks.text("it-discovery"), mappings.text("salesforce-lead")


@pytest.fixture(scope="session")
def shipped(texts):
    return load(texts[0], "it-discovery.toml")


@pytest.fixture(scope="session")
def leads():
    """3,000 typed leads, with nulls, lists and dates."""
    schema = {name: field.type.dtype for name, field in LEAD.items()}
    frame = pl.DataFrame(list(people(3_000, 7, NOW)), schema=schema)
    return frame.with_columns(pl.format("00Q{}", pl.int_range(pl.len())).alias("id"))


@pytest.fixture(scope="session")
def records(leads, texts, shipped):
    """The same as Salesforce would spell them: all text."""
    reads = load_mapping(texts[1], "salesforce-lead.toml", shipped).reads
    return leads.select("id", *(to_text(pl.col(r.lead), r.type).cast(pl.String).alias(r.field) for r in reads))
