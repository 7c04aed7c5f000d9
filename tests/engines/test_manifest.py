from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadrelay.batch import Batch
from leadrelay.engines import Manifest, open_engine
from leadrelay.engines.base import Errand, versions
from leadrelay.engines.pieces import Verdicts
from leadrelay.errors import ConfigError, LeadrelayError


def names(manifest):
    return [Path(file).name for file in manifest.files]


@pytest.fixture
def lake(tmp_path, leads):
    """Files in folders, and what others keep beside them."""
    for name in ("2026/b.parquet", "2025/a.parquet", "_log/x.parquet", ".part.parquet", "2026/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        leads[:10].write_parquet(tmp_path / name)
    return tmp_path


def test_a_manifest_holds_every_row_group_in_order(export, leads):
    assert [(piece.number, piece.start, piece.row_group, piece.leads) for piece in export.pieces] == [
        (1, 0, 0, 700),
        (2, 700, 1, 700),
        (3, 1400, 2, 600),
        (4, 2000, 0, 700),
        (5, 2700, 1, 300),
    ]
    assert export.leads == leads.height
    assert names(export) == ["a.parquet", "b.parquet"]
    assert set(export.schema.names) == set(leads.columns)


def test_files_folders_patterns_and_addresses_lead_to_files(lake):
    for way in (lake, str(lake / "20*"), str(lake / "**" / "[ab].parquet"), lake.as_uri()):
        assert names(Manifest.of([way])) == ["a.parquet", "b.parquet"]
    assert names(Manifest.of([lake / "2026", lake / "2026" / "note.txt"])) == ["b.parquet", "note.txt"]
    assert Manifest.of([lake.as_uri()]).schema == Manifest.of([lake]).schema


def test_a_row_group_without_leads_is_no_piece(tmp_path, leads):
    table = leads[:10].to_arrow()
    with pq.ParquetWriter(tmp_path / "a.parquet", table.schema) as writer:
        for part in (table[:0], table, table[:0]):
            writer.write_table(part)
    assert [piece.leads for piece in Manifest.of([tmp_path]).pieces] == [10]


def test_every_path_that_leads_nowhere_is_told(tmp_path):
    (tmp_path / "no.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ConfigError) as found:
        Manifest.of([tmp_path / "gone.parquet", str(tmp_path / "*.csv"), tmp_path])
    assert [problem.message for problem in found.value.problems] == [
        "leads to no Parquet file.",
        "leads to no Parquet file.",
        "is no Parquet file that can be read.",
    ]


def test_verdicts_on_files_elsewhere_are_the_same(lake, texts, now, tmp_path):
    batch = Batch(texts[0], None, now)
    with open_engine("embedded") as engine:
        result = engine.run(Manifest.of([lake.as_uri()]), batch, (tmp_path / "verdicts").as_uri())
    found = pl.read_parquet(tmp_path / "verdicts" / "*.parquet")
    assert found.equals(
        batch.frame(pl.read_parquet(lake / "2026" / "b.parquet").vstack(pl.read_parquet(lake / "2025" / "a.parquet")))
    )
    assert len(result.parts) == 2


def test_no_leads_are_no_parts(tmp_path, leads, texts, now):
    leads[:0].write_parquet(tmp_path / "a.parquet")
    with open_engine("embedded") as engine:
        result = engine.run(Manifest.of([tmp_path / "a.parquet"]), Batch(texts[0], None, now), str(tmp_path / "out"))
    assert (result.leads, result.parts) == (0, ())


@pytest.mark.parametrize("other", [b"PAR1", None])
def test_a_folder_with_others_files_is_not_written_to(other, export, texts, now, tmp_path):
    """A torn part, and one more part than there are pieces."""
    file = tmp_path / ("part-00001.parquet" if other else "part-00006.parquet")
    file.write_bytes(other) if other else pl.DataFrame({"a": [1]}).write_parquet(file)
    with open_engine("embedded") as engine, pytest.raises(ConfigError, match=f"holds other verdicts, in {file.name}"):
        engine.run(export, Batch(texts[0], None, now), str(tmp_path))
    assert [found.name for found in tmp_path.iterdir()] == [file.name]


# -- what a worker is given --------------------------------------------------------------------------------------------


class Odd:
    """A batch in which one lead of each call has no verdict."""

    columns = ("id",)
    schema = pa.schema({"id": pa.large_string(), "error": pa.string()})
    fingerprint = "odd"

    def __call__(self, leads):
        errors = ["it fails", *[None] * leads.num_rows][: leads.num_rows]
        return pa.table({"id": leads["id"], "error": errors}, self.schema)


def test_leads_without_a_verdict_are_counted_and_still_counted_when_gone_on(export, tmp_path):
    with open_engine("embedded") as engine:
        first = engine.run(export, Odd(), str(tmp_path))
        again = engine.run(export, Odd(), str(tmp_path))
    assert (first.failed, again.failed, again.skipped) == (5, 5, 5)


def test_a_worker_with_other_versions_refuses(export):
    assert set(versions()) == {"Python", "leadrelay", "Polars"}
    errand = Errand(str, versions() | {"Polars": "0.1"})
    assert isinstance(found := errand(export.pieces[0]), ConfigError)
    assert "not 0.1. Install the same everywhere." in str(found)


def test_a_file_that_went_away_is_told(export, texts, now, tmp_path):
    piece = replace(export.pieces[0], file=str(tmp_path / "gone.parquet"))
    found = Errand(Verdicts(Batch(texts[0], None, now), str(tmp_path / "out")))(piece)
    assert isinstance(found, LeadrelayError)
    assert "gone.parquet, row group 0: FileNotFoundError" in str(found)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("dusk", {}, "Did you mean 'dask'"),
        ("embedded", {"scheduler": "tcp://127.0.0.1:1"}, "--scheduler: is for engine dask only"),
        ("dask", {"master": "local"}, "--master: is for engine spark only"),
    ],
)
def test_an_engine_is_opened_by_its_name(name, options, told):
    with pytest.raises(ConfigError, match=told):
        open_engine(name, **options)
