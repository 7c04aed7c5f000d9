"""The table between a CRM record and a lead, at work: records become leads, verdicts become wanted values.

What is precomputed here is worth keeping: one `Reader` and one `Writer` per run.
"""

from __future__ import annotations

from collections import abc

import polars as pl

from leadrelay.core import casts
from leadrelay.core.casts import Caster, Target
from leadrelay.core.changes import Write
from leadrelay.core.enrich.provenance import is_line
from leadrelay.core.lead import Type
from leadrelay.core.lookup import once_per_text
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import Playbook
from leadrelay.mappings.mapping_text import load
from leadrelay.mappings.mapping_values import Mapping, Read

__all__ = ["Mapping", "Read", "Reader", "Writer", "load", "read", "wanted"]


def read(records: pl.DataFrame, mapping: Mapping, playbook: Playbook) -> pl.DataFrame:
    """Records as typed leads; see `Reader`."""
    return Reader(mapping, playbook).read(records)


def wanted(leads: pl.DataFrame, verdicts: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """What the CRM fields are to hold; see `Writer`."""
    return Writer(mapping).wanted(leads, verdicts)


class Reader:
    """Records -> leads: trim, map, cast, fill in. Fields that the playbook asks for and nothing maps are null."""

    def __init__(self, mapping: Mapping, playbook: Playbook) -> None:
        self._mapping = mapping
        looked_up = [read for read in mapping.reads if _is_looked_up(read)]
        others = [read for read in mapping.reads if not _is_looked_up(read)]
        self._texts = [pl.col("id"), *(_clean(read).alias(read.lead) for read in others)]
        self._looked_up: dict[str, list[pl.Expr]] = {read.field: [] for read in looked_up}
        for read in looked_up:
            self._looked_up[read.field].append(_clean(read).alias(read.lead))
        targets = {read.lead: Target(read.type, read.separator) for read in mapping.reads}
        self._caster = Caster(targets)
        self._bits = {read.lead: 1 << bit for bit, read in enumerate(mapping.may_misfit())}
        self._entries = [_mapped_entries(read) for read in mapping.reads if _has_mapped_entries(read)]
        self._defaults = {read.lead: _default(read) for read in mapping.reads if read.default is not None}
        unread = sorted(playbook.fields_used - targets.keys())
        self._unread = [pl.lit(None, playbook.schema[name].type.dtype).alias(name) for name in unread]

    def read(self, records: pl.DataFrame) -> pl.DataFrame:
        """`records`: every column text. `bad_values` marks what was given but is not of its field's type."""
        found = self._caster.cast(self._cleaned(records))
        leads = found.frame.with_columns(self._entries) if self._entries else found.frame
        if self._defaults:
            leads = leads.with_columns(self._filled(found.misfits))
        return leads.with_columns(*self._unread, bad_values=self._mask(records.height, found.misfits))

    def _cleaned(self, records: pl.DataFrame) -> pl.DataFrame:
        """The texts to cast. Those that are looked up repeat: each is looked up once."""
        plain, once = once_per_text(records, self._looked_up)
        return records.select(*self._texts, *plain).hstack(once)

    def _filled(self, misfits: abc.Mapping[str, pl.Series]) -> abc.Iterator[pl.Expr]:
        """Defaults, but none where something was given that did not fit."""
        for name, default in self._defaults.items():
            given = pl.int_range(pl.len()).is_in(misfits[name].to_list()) if name in misfits else pl.lit(value=False)
            yield pl.when(given).then(pl.col(name)).otherwise(pl.col(name).fill_null(default)).alias(name)

    def _mask(self, height: int, misfits: abc.Mapping[str, pl.Series]) -> pl.Series:
        mask = pl.repeat(0, height, dtype=pl.Int64, eager=True)
        for name, rows in misfits.items():
            mask = mask.scatter(rows, mask.gather(rows) + self._bits[name])
        return mask


class Writer:
    """Leads and verdicts -> what each written CRM field is to hold, typed, one column per CRM field."""

    def __init__(self, mapping: Mapping) -> None:
        self._verdict = [_wanted(write) for write in mapping.writes if write.source in OUTPUTS]
        self._lead = [_wanted(write) for write in mapping.writes if write.source not in OUTPUTS]
        self._lines = {write.source for write in mapping.writes if is_line(write.source)}
        self._cuts = [write for write in mapping.writes if write.cut]

    def wanted(self, leads: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
        """Row by row; both frames hold the same leads in the same order.

        Where nothing was enriched, nothing is known of where values come from.
        """
        if not leads["id"].equals(verdicts["id"]):
            raise ValueError("leads and verdicts are not in the same order")
        untold = [name for name in self._lines if name not in leads.columns]
        known = leads.with_columns(pl.lit(None, pl.String).alias(name) for name in untold) if untold else leads
        found = known.select("id", *self._lead).hstack(verdicts.select(self._verdict))
        lengths = found.select(pl.col(write.field).str.len_bytes().max() for write in self._cuts)
        cut = [write for write in self._cuts if (lengths[write.field][0] or 0) > (write.cut or 0)]
        return found.with_columns(_cut(write) for write in cut) if cut else found


def _clean(read: Read) -> pl.Expr:
    """The text to cast. Types have their own way with blanks, so that only free text and mapped text is trimmed."""
    raw = pl.col(read.field)
    if read.type is Type.LIST or (read.may_misfit and not (read.values or read.empty or read.other)):
        return raw
    text = raw.str.strip_chars()
    table = {**read.values, **dict.fromkeys(read.empty)}
    if read.other is not None:
        return pl.when(text != "").then(_replaced(text, table, pl.lit(read.other)))
    return _replaced(text, table, text) if table else text


def _is_looked_up(read: Read) -> bool:
    return read.type is not Type.LIST and bool(read.values or read.empty or read.other)


def _has_mapped_entries(read: Read) -> bool:
    return read.type is Type.LIST and bool(read.values or read.empty or read.other)


def _mapped_entries(read: Read) -> pl.Expr:
    """A list whose every entry is looked up; two that mean the same become one."""
    part = pl.element()
    table = {**read.values, **dict.fromkeys(read.empty)}
    other = part if read.other is None else pl.lit(read.other)
    mapped = _replaced(part, table, other).drop_nulls().unique(maintain_order=True)
    entries = pl.col(read.lead).list.eval(mapped)
    return pl.when(entries.list.len() > 0).then(entries).alias(read.lead)


def _replaced(text: pl.Expr, table: abc.Mapping[str, str | None], other: pl.Expr) -> pl.Expr:
    keys = pl.Series(list(table), dtype=pl.String)
    values = pl.Series(list(table.values()), dtype=pl.String)
    return text.str.to_lowercase().replace_strict(keys, values, default=other, return_dtype=pl.String)


def _default(read: Read) -> pl.Expr:
    text = pl.DataFrame({"value": [read.default]})
    return pl.lit(casts.cast(text, {"value": Target(read.type, read.separator)}).frame["value"][0], read.type.dtype)


def _wanted(write: Write) -> pl.Expr:
    if not write.source:
        return pl.lit(write.constant, write.type.dtype).alias(write.field)
    value = pl.col(write.source)
    if write.values:
        keys, texts = pl.Series(list(write.values)), pl.Series(list(write.values.values()))
        value = value.cast(pl.String).replace_strict(keys, texts, default=None, return_dtype=pl.String)
    elif write.type is Type.TEXT:
        value = pl.when(value != "").then(value)
    return value.alias(write.field)


def _cut(write: Write) -> pl.Expr:
    """Shortened, and seen to be."""
    text, most = pl.col(write.field), write.cut or 0
    return pl.when(text.str.len_chars() > most).then(text.str.head(most - 1) + "…").otherwise(text).alias(write.field)
