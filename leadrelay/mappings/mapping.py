"""The table between a CRM record and a lead, at work: records become leads, verdicts become wanted values.

What is precomputed here is worth keeping: one `Reader` and one `Writer` per run.
"""

from __future__ import annotations

from collections import abc

import polars as pl

from leadrelay.core import casts
from leadrelay.core.amounts import PLACES, RATE
from leadrelay.core.casts import Caster, Target
from leadrelay.core.enrich.provenance import is_line
from leadrelay.core.lookup import once_per_text
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import Playbook
from leadrelay.mappings.mapping_text import load
from leadrelay.mappings.mapping_values import Mapping, Read
from leadrelay.mappings.record_texts import has_mapped_entries, is_looked_up, mapped_entries, to_cast
from leadrelay.mappings.wanted_values import shortened, template_of, value_of

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
        reads = [read for read in mapping.reads if read.constant is None]
        others = [read for read in reads if not is_looked_up(read)]
        self._texts = [pl.col("id"), *(to_cast(read).alias(read.lead) for read in others)]
        self._looked_up: dict[str, list[pl.Expr]] = {}
        for read in filter(is_looked_up, reads):
            self._looked_up.setdefault(read.field, []).append(to_cast(read).alias(read.lead))
        targets = {read.lead: Target(read.type, read.separator, read.zone) for read in reads}
        self._caster = Caster(targets)
        self._bits = {read.lead: 1 << bit for bit, read in enumerate(mapping.may_misfit())}
        self._entries = [mapped_entries(read) for read in reads if has_mapped_entries(read)]
        self._defaults = {read.lead: _value(read, read.default) for read in reads if read.default is not None}
        constant = [read for read in mapping.reads if read.constant is not None]
        unread = sorted(playbook.fields_used - {read.lead for read in mapping.reads})
        self._last = [
            *(_value(read, read.constant).alias(read.lead) for read in constant),
            *(pl.lit(None, playbook.schema[name].type.dtype).alias(name) for name in unread),
        ]
        self._keeps_rate = any(write.currency for write in mapping.writes)
        self._rated = self._keeps_rate or any(read.currency for read in mapping.reads)

    def read(self, records: pl.DataFrame) -> pl.DataFrame:
        """`records`: every column text. `bad_values` marks what was given but is not of its field's type."""
        records = self._with_rates(records)
        found = self._caster.cast(self._cleaned(records))
        leads = found.frame.with_columns(self._entries) if self._entries else found.frame
        if self._defaults:
            leads = leads.with_columns(self._filled(found.misfits))
        rate = [records[RATE], records[PLACES]] if self._keeps_rate else []
        return leads.with_columns(*self._last, *rate, bad_values=self._mask(records.height, found.misfits))

    def _with_rates(self, records: pl.DataFrame) -> pl.DataFrame:
        """With what one unit of each record's currency is worth, where that is asked."""
        currency = self._mapping.currency
        return currency.rated(records) if self._rated and currency else records

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
        plain = [write for write in mapping.writes if not write.template]
        self._verdict = [value_of(write) for write in plain if write.source in OUTPUTS]
        self._lead = [value_of(write) for write in plain if write.source not in OUTPUTS]
        self._templates = [write for write in mapping.writes if write.template]
        self._parts = tuple(dict.fromkeys(name for write in self._templates for name in write.sources))
        self._untold = dict.fromkeys(filter(is_line, (name for write in mapping.writes for name in write.sources)))
        self._rated = any(write.currency for write in mapping.writes)
        self._cuts = [write for write in mapping.writes if write.cut]

    def wanted(self, leads: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
        """Row by row; both frames hold the same leads in the same order.

        Where nothing was enriched, nothing is known of where values come from; where no rate was looked up, of none.
        """
        if not leads["id"].equals(verdicts["id"]):
            raise ValueError("leads and verdicts are not in the same order")
        known = self._completed(leads)
        found = known.select("id", *self._lead).hstack(verdicts.select(self._verdict))
        if self._templates:
            found = found.hstack(self._told(known, verdicts))
        lengths = found.select(pl.col(write.field).str.len_bytes().max() for write in self._cuts)
        cut = [write for write in self._cuts if (lengths[write.field][0] or 0) > (write.cut or 0)]
        return found.with_columns(shortened(write) for write in cut) if cut else found

    def _completed(self, leads: pl.DataFrame) -> pl.DataFrame:
        kinds = {
            **dict.fromkeys(self._untold, pl.String()),
            **({RATE: pl.Float64(), PLACES: pl.Int64()} if self._rated else {}),
        }
        lacking = [pl.lit(None, kind).alias(name) for name, kind in kinds.items() if name not in leads.columns]
        return leads.with_columns(lacking) if lacking else leads

    def _told(self, leads: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
        """Templates may name lead fields and outputs side by side."""
        parts = pl.DataFrame([(verdicts if name in OUTPUTS else leads)[name] for name in self._parts])
        return parts.select(template_of(write, parts.schema) for write in self._templates)


def _value(read: Read, text: str | None) -> pl.Expr:
    """A value of the mapping, typed."""
    frame = pl.DataFrame({"value": [text]})
    target = Target(read.type, read.separator, read.zone)
    return pl.lit(casts.cast(frame, {"value": target}).frame["value"].first(), read.type.dtype)
