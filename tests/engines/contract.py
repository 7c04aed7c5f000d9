"""What every engine owes: the verdicts of one batch, row for row, in parts that can be gone on with."""

import os
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl
import pytest

from leadrelay.batch import Batch
from leadrelay.core.outputs import TEXTS
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.trial.trial import Trial
from leadrelay.engines import Manifest
from leadrelay.errors import ConfigError
from leadrelay.jobs.backtest import prepared
from leadrelay.jobs.backtest_parquet import ParquetFiles, counted
from leadrelay.jobs.reading import Nobody
from leadrelay.mappings.mapping import load as load_mapping

PIECES = 5


def verdicts(result):
    """What stands in the parts, in their order."""
    return pl.concat([pl.read_parquet(Path(result.folder) / part.part) for part in result.parts])


def names(folder):
    return sorted(file.name for file in folder.iterdir())


@dataclass(frozen=True)
class Counted:
    """Something to add up: the order is seen in `ids`."""

    leads: int
    ids: tuple[tuple[int, str], ...]

    def __add__(self, other):
        return Counted(self.leads + other.leads, (*self.ids, *other.ids))

    def __radd__(self, _):
        return self


@dataclass(frozen=True)
class Counting:
    """Counts; kills its worker once, where a file to note that in is named."""

    note: str = ""

    def __call__(self, leads, start):
        if self.note and not Path(self.note).exists():
            Path(self.note).touch()
            os._exit(1)
        return Counted(leads.num_rows, ((start, leads["id"][0].as_py()),))


class EngineContract:
    def test_verdicts_are_row_for_row_those_of_one_batch(self, engine, records_export, records, texts, now, tmp_path):
        batch = Batch(*texts, now, list(TEXTS))
        done = []
        result = engine.run(records_export, batch, str(tmp_path / "verdicts"), done.append)
        assert verdicts(result).equals(batch.frame(records))
        assert (result.leads, result.failed, result.skipped) == (records.height, 0, 0)
        assert sum(done) == records.height
        listed = orjson.loads((tmp_path / "verdicts" / "_leadrelay.json").read_bytes())
        assert [part["leads"] for part in listed["parts"]] == [piece.leads for piece in records_export.pieces]
        assert names(tmp_path / "verdicts") == [
            "_leadrelay.json",
            *(f"part-0000{n + 1}.parquet" for n in range(PIECES)),
        ]

    def test_a_run_goes_on_where_another_stopped(self, engine, export, leads, texts, now, tmp_path):
        batch = Batch(texts[0], None, now, ["reasons"])
        first = engine.run(export, batch, str(tmp_path))
        (tmp_path / "part-00002.parquet").unlink()
        (tmp_path / f".part-00002.parquet.{'a' * 32}").write_bytes(b"PAR1")
        kept = (tmp_path / "part-00001.parquet").stat().st_mtime_ns
        again = engine.run(export, batch, str(tmp_path))
        assert (again.skipped, again.parts) == (PIECES - 1, first.parts)
        assert (tmp_path / "part-00001.parquet").stat().st_mtime_ns == kept
        assert verdicts(again).equals(batch.frame(leads))
        assert names(tmp_path)[0] == "_leadrelay.json"
        with pytest.raises(ConfigError, match="holds other verdicts, in part-00001"):
            engine.run(export, Batch(texts[0], None, now, []), str(tmp_path))

    def test_counts_add_up_in_the_order_of_the_leads(self, engine, export, leads):
        found = engine.tally(export, ["id"], Counting())
        firsts = [0, 700, 1400, 2000, 2700]
        assert found == Counted(leads.height, tuple(zip(firsts, leads["id"].gather(firsts), strict=True)))

    def test_what_is_wrong_with_one_file_is_told_whole(self, engine, export, texts, now, tmp_path):
        odd = Path(export.pieces[-1].file).parent.parent / "odd.parquet"
        pl.DataFrame({"id": ["1"]}).write_parquet(odd)
        both = Manifest.of([export.pieces[0].file, odd])
        with pytest.raises(ConfigError) as found:
            engine.run(both, Batch(texts[0], None, now), str(tmp_path / "verdicts"))
        assert {problem.place.split(",")[0] for problem in found.value.problems} == {str(odd)}
        assert len(found.value.problems) > 10

    def test_a_back_test_counts_the_same(self, engine, export, texts, shipped, now):
        candidate = load_playbook(texts[0].replace("bant_met >= 3", "bant_met >= 2"), "candidate.toml")
        mapping = load_mapping(texts[1], "salesforce-lead.toml", shipped)
        files = ParquetFiles.open(str(Path(export.files[0]).parent))
        backtest = prepared(Trial(shipped, candidate, now), mapping, files, "converted", allow_missing=False)
        found = counted(backtest, engine, Nobody())
        assert found == backtest.tally(Nobody())
        assert (found.leads, len(found.moved)) == (3_000, 10)


class ClusterContract(EngineContract):
    def test_the_piece_of_a_worker_that_dies_is_given_to_another(self, engine, export, leads, tmp_path):
        found = engine.tally(export, ["id"], Counting(str(tmp_path / "died")))
        assert (tmp_path / "died").exists()
        assert found.leads == leads.height
