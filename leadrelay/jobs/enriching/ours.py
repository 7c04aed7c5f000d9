"""Which values that the CRM holds are our own: written from what a provider said, and as we wrote them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from leadrelay.core.casts import Caster, Target
from leadrelay.core.change_rules import as_set
from leadrelay.core.changes import Policy, Write
from leadrelay.core.lead import Type
from leadrelay.mappings.mapping import Mapping
from leadrelay.mappings.record_texts import given


class Ours:
    """For one mapping, and the lead fields that are enriched."""

    def __init__(self, mapping: Mapping, fields: Collection[str]) -> None:
        self._fields = sorted(fields)
        self._writes = dict(_written_back(mapping, frozenset(fields)))
        self._reads = {read.lead: read for read in mapping.reads}
        self._caster = Caster({write.field: Target(write.type) for write in self._writes.values()})

    def __call__(self, records: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
        """`id`, and by field whether the record holds what we wrote last. `seen`: that, as text, of the same leads."""
        names = [write.field for write in self._writes.values()]
        last = records.select("id").join(seen.select("id", *names), on="id", how="left", maintain_order="left")
        now, then = (self._caster.cast(frame.select(names)).frame for frame in (records, last))
        no = pl.repeat(value=False, n=records.height, dtype=pl.Boolean, eager=True)
        columns = [
            (_same(now, then, self._writes[name]) & self._speaks(records, name)).alias(name)
            if name in self._writes
            else no.alias(name)
            for name in self._fields
        ]
        return pl.DataFrame([records["id"], *columns])

    def _speaks(self, records: pl.DataFrame, name: str) -> pl.Series:
        """Whether the field that we write is the one that counts: of several the first that is given does."""
        read, written = self._reads[name], self._writes[name].field.lower()
        before = read.first[: [field.lower() for field in read.first].index(written)] if read.first else ()
        blank = [~given(pl.col(field), read) for field in before]
        return records.select(pl.repeat(value=True, n=pl.len()) & pl.all_horizontal(True, *blank)).to_series()


def _written_back(mapping: Mapping, fields: frozenset[str]) -> Iterator[tuple[str, Write]]:
    """By lead field that is read from where it is written to. Of fields of our own it is not kept what we wrote.

    A list to which entries are added holds those of persons too.
    """
    reads = {read.lead: [name.lower() for name in read.fields] for read in mapping.reads if not read.template}
    for write in mapping.writes:
        shared = write.source in fields and write.policy is not Policy.OWN and not write.append
        if shared and write.field.lower() in reads.get(write.source, ()):
            yield write.source, write


def _same(now: pl.DataFrame, then: pl.DataFrame, write: Write) -> pl.Series:
    pair = pl.DataFrame([now[write.field].alias("now"), then[write.field].alias("then")])
    one, other = (as_set(pl.col(name)) if write.type is Type.LIST else pl.col(name) for name in ("now", "then"))
    return pair.select((one == other).fill_null(value=False)).to_series()
