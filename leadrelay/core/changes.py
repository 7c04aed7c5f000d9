"""What a record has, what we wrote last and what we want now become a plan: what to write, what to leave, and why.

A person wins over us in every field that is not ours alone. Nothing is written that is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as slot
from typing import NamedTuple

import polars as pl

from leadrelay.core import casts
from leadrelay.core.casts import Caster, Target
from leadrelay.core.change_rules import appended, is_empty, rule_of
from leadrelay.core.fitting import Refusing, Rooms
from leadrelay.core.lead import Type
from leadrelay.core.lookup import pack
from leadrelay.core.writes import MOST_WRITES, JsonValue, Policy, Write

__all__ = [
    "CLEARED",
    "EDITED",
    "FORWARD",
    "FOUGHT",
    "MOST_WRITES",
    "ODD",
    "Change",
    "JsonValue",
    "PagePlan",
    "Planner",
    "Policy",
    "Update",
    "Withheld",
    "Write",
    "plan",
]

_EQUAL_ONLY = frozenset({Type.LIST, Type.NUMBER})


@dataclass(frozen=True, slots=True)
class Update:
    """New values for one record, by CRM field. None clears the field.

    `modified`: the record's stamp when it was decided. `guarded`: those of the fields that a person may edit too, with
    the text that each held then. `back`: those that go back also where the CRM itself only lets them go forward.
    `again`: whether it was sent before, and perhaps carried out.
    """

    id: str
    fields: Mapping[str, JsonValue]
    modified: str = ""
    guarded: Mapping[str, str | None] = slot(default_factory=dict)
    back: frozenset[str] = frozenset()
    again: bool = False


class Change(NamedTuple):
    """One field of one record: what it holds, as the CRM spells it, and what it is to hold."""

    id: str
    field: str
    old: str | None
    new: JsonValue


class Withheld(NamedTuple):
    """A change that is not made, and why."""

    id: str
    field: str
    why: str


@dataclass(frozen=True)
class PagePlan:
    """What is to be done about a page of records. `unchanged`: the records that need no update.

    `present`: the updated records as they are now, one row per update, the written fields as text. `after`: what
    `Planner.typed` will give for the decided records once the plan is done.
    """

    updates: list[Update]
    withheld: list[Withheld]
    unchanged: int
    present: pl.DataFrame
    after: pl.DataFrame

    def changes(self, leads: Collection[str] | None = None) -> Iterator[Change]:
        """Every change by itself, for screens and files; of these leads, where they are named."""
        for update, row in zip(self.updates, self.present.iter_rows(named=True), strict=True):
            if leads is None or update.id in leads:
                for name, new in update.fields.items():
                    yield Change(update.id, name, row[name], new)


def plan(records: pl.DataFrame, wanted: pl.DataFrame, seen: pl.DataFrame, writes: Sequence[Write]) -> PagePlan:
    """Compare and decide. See `Planner`, which is worth keeping when there is more than one page."""
    return Planner(writes).plan(records, wanted, seen)


EDITED = "edited by a person"
CLEARED = "cleared by a person"
FOUGHT = "changed by something else within a day of our writing it"
FORWARD = "HubSpot only moves this field forward"
"""Why a change is withheld."""

ODD = "~odd"
"""The column of `Planner.typed` with the texts that are not of their field's type, which typed columns cannot hold."""


class Planner:
    """Decides for page after page under the same writes. `fields`: the CRM fields that they write.

    `one_way`: CRM fields that only go forward, each with what gives the order of its values, once it is needed.
    `rooms`: of the CRM fields into which others' words come, or ids of something else.
    """

    def __init__(
        self,
        writes: Sequence[Write],
        one_way: Mapping[str, Callable[[], Sequence[str]]] | None = None,
        rooms: Mapping[str, Refusing] | None = None,
    ) -> None:
        self._writes = writes
        self._rooms = Rooms(rooms or {}, {write.field: write.type for write in writes})
        targets = {write.field: Target(write.type) for write in writes}
        self.fields = tuple(targets)
        self._now = Caster(targets)
        self._shared = [write.field for write in writes if write.policy is not Policy.OWN]
        self._last = Caster({name: targets[name] for name in self._shared})
        self._guarded = [write.field for write in writes if write.guarded]
        self._backward = frozenset(write.field for write in writes if write.backward)
        orders = one_way or {}
        self._one_way = [(bit, name, orders[name]) for bit, name in enumerate(self.fields) if name in orders]
        self._own = sum(1 << bit for bit, write in enumerate(writes) if write.policy is Policy.OWN)
        # What is ours is as wanted where it is not written, and the same value: lists and numbers may only be equal.
        cleared = [write for write in writes if write.policy is Policy.OWN and write.clears]
        self._exact = {write.field for write in cleared if write.type not in _EQUAL_ONLY}
        self._adds = [write.field for write in writes if write.append]
        self._appended = [appended(write) for write in writes if write.append]
        rules = [rule_of(write) for write in writes]
        self._masks = {
            "write": pack([rule.write for rule in rules], pl.Int64()),
            "keep": pack([rule.keep for rule in rules], pl.Int64()),
        }

    def plan(
        self, records: pl.DataFrame, wanted: pl.DataFrame, seen: pl.DataFrame, calm: pl.Series | None = None
    ) -> PagePlan:
        """`records`: text, as the CRM has it. `wanted`: typed. `seen`: by shared field the text that we wrote last.

        The leads of `wanted` are decided; all of them are in `records`. `calm`: ids of leads whose fields of our own
        are left alone, since something else changes them as often as we write them.
        """
        records = _aligned(records, wanted["id"])
        now = self._now.cast(records.select(self.fields))
        compared = self._compared(records, now.frame, wanted, seen)
        if self._appended:
            compared = compared.with_columns(self._appended)
            wanted = wanted.with_columns(compared[f"want.{name}"].alias(name) for name in self._adds)
        masks = compared.select(**self._masks)
        write, fought = self._parted(masks["write"], wanted["id"], calm)
        behind = self._behind(compared, write)
        unfit, refused = self._rooms.unfit(wanted, write - behind)
        write, left = write - behind - unfit, (fought | behind | unfit) != 0
        rows = (write != 0).arg_true()
        present = records.select("id", pl.col("^modified$"), *self.fields)[rows]
        return PagePlan(
            updates=self._updates(wanted[rows], present, write.gather(rows)),
            withheld=[
                *self._withheld(compared, masks["keep"] | fought, wanted["id"]),
                *self._back(behind, wanted["id"]),
                *(Withheld(*kept) for kept in refused),
            ],
            unchanged=wanted.height - len(rows),
            present=present.select(self.fields),
            after=self._after(compared, now.misfits, wanted["id"], write, () if left.any() else self._exact),
        )

    def typed(self, records: pl.DataFrame) -> pl.DataFrame:
        """The written fields as values: `id`, a column a field, and what is not of its field's type."""
        raw = records.select(self.fields)
        now = self._now.cast(raw)
        return pl.DataFrame([records["id"], *now.frame, _odd(raw, now.misfits, records.height)])

    def _compared(
        self, records: pl.DataFrame, now: pl.DataFrame, wanted: pl.DataFrame, seen: pl.DataFrame
    ) -> pl.DataFrame:
        """Side by side: the raw text, the value it stands for, the value wanted, and what was written last."""
        past = _last_written(seen, wanted["id"], self._shared)
        frames = {
            "raw": records.select(self.fields),
            "now": now,
            "want": wanted.select(self.fields),
            "past": past,
            "last": self._last.cast(past).frame,
        }
        return pl.DataFrame(
            [column.alias(f"{part}.{column.name}") for part, frame in frames.items() for column in frame]
        )

    def _parted(self, write: pl.Series, ids: pl.Series, calm: pl.Series | None) -> tuple[pl.Series, pl.Series]:
        """What is written, and what is not because the lead is to be left alone, as masks."""
        if calm is None or calm.is_empty():
            return write, pl.repeat(0, len(ids), dtype=pl.Int64, eager=True)
        fought = pl.select(pl.when(ids.is_in(calm.implode())).then(write & self._own).otherwise(0)).to_series()
        return write - fought, fought

    def _behind(self, compared: pl.DataFrame, write: pl.Series) -> pl.Series:
        """What the CRM would only seem to take, since it would go back, as masks."""
        behind = pl.repeat(0, len(write), dtype=pl.Int64, eager=True)
        for bit, name, order in self._one_way:
            given = (write & 1 << bit) != 0
            if not (given & compared[f"now.{name}"].is_not_null()).any():
                continue
            values = pl.Series(order(), dtype=pl.String)
            now, want = (_place_of(compared[f"{part}.{name}"], values) for part in ("now", "want"))
            goes_back = given & (want < now).fill_null(value=False)
            behind = behind + goes_back.cast(pl.Int64) * (1 << bit)
        return behind

    def _back(self, behind: pl.Series, ids: pl.Series) -> Iterator[Withheld]:
        for bit, name, _ in self._one_way:
            for lead in ids.filter((behind & 1 << bit) != 0):
                yield Withheld(lead, name, FORWARD)

    def _updates(self, wanted: pl.DataFrame, present: pl.DataFrame, masks: pl.Series) -> list[Update]:
        """Python objects only for what changes."""
        columns = [(write.field, _payload(wanted[write.field], write.type)) for write in self._writes]
        held = {name: present[name].to_list() for name in self._guarded}
        picks = {mask: [column for bit, column in enumerate(columns) if mask >> bit & 1] for mask in masks.unique()}
        guards = {mask: [(name, held[name]) for name, _ in pick if name in held] for mask, pick in picks.items()}
        stamps = present["modified"].fill_null("").to_list() if "modified" in present.columns else [""] * len(masks)
        updates = []
        for row, (lead, stamp, mask) in enumerate(zip(wanted["id"].to_list(), stamps, masks.to_list(), strict=True)):
            fields = {name: values[row] for name, values in picks[mask]}
            guarded = {name: values[row] for name, values in guards[mask]} if guards[mask] else {}
            updates.append(Update(lead, fields, stamp, guarded, self._backward & fields.keys()))
        return updates

    def _withheld(self, compared: pl.DataFrame, masks: pl.Series, ids: pl.Series) -> Iterator[Withheld]:
        rows = (masks != 0).arg_true()
        if not len(rows):
            return
        empty = [is_empty(pl.col(f"raw.{name}")).alias(name) for name in self._shared]
        cleared = compared[rows].select(pl.int_range(pl.len()).alias("~row"), *empty)
        for lead, mask, row in zip(ids[rows], masks[rows], cleared.iter_rows(named=True), strict=True):
            for bit, write in enumerate(self._writes):
                if mask >> bit & 1:
                    yield Withheld(lead, write.field, _why(row.get(write.field)))

    def _after(
        self,
        compared: pl.DataFrame,
        misfits: Mapping[str, pl.Series],
        ids: pl.Series,
        write: pl.Series,
        as_wanted: Collection[str],
    ) -> pl.DataFrame:
        """As it is where nothing is written, else as it is wanted. `as_wanted`: fields that are both throughout."""
        touched = {name: (write & 1 << bit) != 0 for bit, name in enumerate(self.fields)}
        columns = [
            compared[f"want.{name}"].alias(name)
            if name in as_wanted
            else _either(touched[name], compared[f"want.{name}"], compared[f"now.{name}"]).alias(name)
            for name in touched
        ]
        kept = {name: rows.filter(~touched[name].gather(rows)) for name, rows in misfits.items()}
        raw = compared.select(pl.col(f"raw.{name}").alias(name) for name in kept)
        return pl.DataFrame([ids, *columns, _odd(raw, kept, len(ids))])


def _place_of(texts: pl.Series, order: pl.Series) -> pl.Series:
    places = pl.int_range(len(order), dtype=pl.Int64, eager=True)
    return texts.replace_strict(order, places, default=None, return_dtype=pl.Int64)


def _why(cleared: bool | None) -> str:
    """`cleared`: whether a shared field is empty; None for a field of our own."""
    if cleared is None:
        return FOUGHT
    return CLEARED if cleared else EDITED


def _either(touched: pl.Series, want: pl.Series, now: pl.Series) -> pl.Series:
    return want.zip_with(touched, now) if touched.any() else now


def _odd(raw: pl.DataFrame, misfits: Mapping[str, pl.Series], height: int) -> pl.Series:
    """The texts at these rows, each with its field's name; null where there is none."""
    found = [_at(rows, pl.lit(f"{name}=") + pl.col(name)) for name, rows in misfits.items() if len(rows)]
    if not found:
        return pl.repeat(None, height, dtype=pl.String, eager=True).alias(ODD)
    joined = pl.concat_str(found, separator="\x1e", ignore_nulls=True)
    return raw.select(pl.when(joined != "").then(joined).alias(ODD)).to_series()


def _at(rows: pl.Series, text: pl.Expr) -> pl.Expr:
    return pl.when(pl.int_range(pl.len()).is_in(rows.implode())).then(text)


def _aligned(records: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    if records["id"].equals(ids):
        return records
    last = records.unique("id", keep="last")
    return ids.to_frame().join(last, on="id", how="left", maintain_order="left")


def _last_written(seen: pl.DataFrame, ids: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
    known = [name for name in fields if name in seen.columns]
    if not known or seen.is_empty():
        return pl.DataFrame({name: pl.repeat(None, len(ids), dtype=pl.String, eager=True) for name in fields})
    aligned = seen["id"].equals(ids)
    found = (
        seen if aligned else ids.to_frame().join(seen.select("id", *known), on="id", how="left", maintain_order="left")
    )
    return found.select(pl.col(name) if name in known else pl.lit(None, pl.String).alias(name) for name in fields)


def _payload(values: pl.Series, kind: Type) -> list[JsonValue]:
    """The values as both CRMs take them in JSON. A number that is whole goes without a point."""
    texts = values.to_frame().select(casts.to_text(pl.col(values.name), kind)).to_series().to_list()
    return [_plain_number(value) for value in texts] if kind is Type.NUMBER else texts


def _plain_number(value: float | None) -> float | int | None:
    if value is not None and value.is_integer() and abs(value) <= casts.LARGEST:
        return int(value)
    return value
