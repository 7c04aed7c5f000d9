"""Sample leads as Salesforce spells them, made in a process of their own, which is not the one that is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from leadrelay.core.changes import Write
from leadrelay.core.lead import LEAD, Type
from leadrelay.mappings.mapping import Mapping, Read
from leadrelay.sandbox.sample_words import STATUS
from leadrelay.sandbox.samples import people

BATCH = 100_000


@dataclass(frozen=True)
class Batch:
    """Records as text, and what we wrote last into fields that people may edit too."""

    records: pl.DataFrame
    seen: pl.DataFrame

    def slice(self, at: int, size: int) -> Batch:
        """Some of the leads."""
        return Batch(self.records[at : at + size], self.seen[at : at + size])

    def save(self, folder: Path) -> None:
        """Files lay texts out in the order of their rows, as pages bring them."""
        self.records.write_ipc(folder / "records")
        self.seen.write_ipc(folder / "seen")

    @classmethod
    def load(cls, folder: Path) -> Batch:
        return cls(*(pl.read_ipc((folder / name).read_bytes()) for name in ("records", "seen")))


def batches(leads: int, write: Callable[[Path], None]) -> Iterator[Batch]:
    """Batches of 100,000: the same leads again and again, each time under other ids and in another order.

    `write` makes the first batch; it and the shuffling run elsewhere.
    """
    with TemporaryDirectory() as name, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        folder = Path(name)
        pool.submit(write, folder).result()
        for start in range(0, leads, BATCH):
            pool.submit(_shuffle, folder, start, min(BATCH, leads - start)).result()
            yield Batch.load(folder / "shuffled")


def _shuffle(folder: Path, start: int, leads: int) -> None:
    first = Batch.load(folder)
    rows = pl.int_range(first.records.height, eager=True).shuffle(seed=start).head(leads)
    ids = pl.format("00Q{}", pl.int_range(pl.len()) + start).alias("id")
    target = folder / "shuffled"
    target.mkdir(exist_ok=True)
    Batch(first.records[rows].with_columns(ids), first.seen[rows].with_columns(ids)).save(target)


def first_batch(leads: int, mapping: Mapping, now: datetime) -> pl.DataFrame:
    """Sample leads that nobody scored yet."""
    everyone = people(leads, 7, now)
    chunks = iter(lambda: list(islice(everyone, 2_000)), [])
    raw = pl.concat([_as_text(chunk, mapping.reads) for chunk in chunks])
    unread = [write.field for write in mapping.writes if write.field not in raw.columns]
    ids = pl.format("{}", pl.int_range(pl.len())).alias("id")
    return raw.with_columns(ids, *(pl.lit(None, pl.String).alias(name) for name in unread))


def scored(records: pl.DataFrame, wanted: pl.DataFrame, mapping: Mapping, changed: float) -> Batch:
    """The same leads with what we would write in its place already, all but a share `changed`."""
    kept = pl.int_range(pl.len()).shuffle(seed=1) >= int(records.height * changed)
    known = wanted.select("id", *(pl.when(kept).then(_written(write)) for write in mapping.writes))
    held = known.with_columns(pl.col(name).fill_null(records[name]) for name in mapping.shared_fields)
    return Batch(records.with_columns(held.drop("id")), known.select("id", *mapping.shared_fields))


def _as_text(leads: list[dict[str, Any]], reads: tuple[Read, ...]) -> pl.DataFrame:
    frame = pl.DataFrame(leads, schema={read.lead: LEAD[read.lead].type.dtype for read in reads})
    frame = frame.with_columns(pl.col("status").replace({name: words[0] for name, words in STATUS.items()}))
    return frame.select(_spelled(read.lead, LEAD[read.lead].type).alias(read.field) for read in reads)


def _written(write: Write) -> pl.Expr:
    return _spelled(write.field, write.type)


def _spelled(name: str, kind: Type) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case Type.LIST:
            return column.list.join(";")
        case Type.DATETIME:
            return column.dt.to_string("%Y-%m-%dT%H:%M:%S.000+0000")
        case Type.INTEGER:
            return column.cast(pl.Float64).cast(pl.String)
        case _:
            return column.cast(pl.String)
