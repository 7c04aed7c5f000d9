"""Leads as a CRM spells them, the same with types, and the shipped texts that decide about them."""

from contextlib import contextmanager
from datetime import UTC, datetime

import polars as pl
import psutil
import pyarrow.parquet as pq
import pytest

from leadrelay import mappings, playbooks
from leadrelay.core.casts import to_text
from leadrelay.core.lead import LEAD
from leadrelay.core.playbook.loading import load
from leadrelay.engines import Manifest
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.sandbox.samples import people

pytest.register_assert_rewrite("tests.engines.contract")

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _left_open():
    """Processes that we started, but for Python's own, and ports on which we listen."""
    us = psutil.Process()
    children = {
        child.pid for child in us.children(recursive=True) if "resource_tracker" not in " ".join(child.cmdline())
    }
    return children, {found.laddr.port for found in us.net_connections("inet") if found.status == psutil.CONN_LISTEN}


@pytest.fixture(scope="session")
def tidy():
    """Around an engine: it leaves no process behind, and no port open."""

    @contextmanager
    def tidy():
        before = _left_open()
        yield
        assert _left_open() == before

    return tidy


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


@pytest.fixture(scope="session")
def export(leads, tmp_path_factory):
    """The typed leads in two files of several row groups."""
    return _export(leads, tmp_path_factory.mktemp("leads") / "export")


@pytest.fixture(scope="session")
def records_export(records, tmp_path_factory):
    """The records in two files of several row groups."""
    return _export(records, tmp_path_factory.mktemp("records") / "export")


def _export(frame, folder):
    folder.mkdir()
    _write(frame[:2000], folder / "a.parquet", (700, 700, 600))
    _write(frame[2000:], folder / "b.parquet", (700, 300))
    return Manifest.of([folder])


def _write(frame, file, sizes):
    """One Parquet file with row groups of these sizes."""
    table = frame.to_arrow()
    with pq.ParquetWriter(file, table.schema) as writer:
        for size in sizes:
            writer.write_table(table.slice(0, size))
            table = table.slice(size)
