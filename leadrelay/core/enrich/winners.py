"""Who is right about one field: a person, the lead's own form, or the first provider that is sure enough.

Rows of leads go by their number here, since texts are slow to join by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from leadrelay.core.casts import Caster, Target, to_text
from leadrelay.core.enrich.alike import alike
from leadrelay.core.enrich.values import FORM, KEPT, STEERING, FieldPlan
from leadrelay.core.lead import Field
from leadrelay.core.lookup import gather
from leadrelay.core.predicates.hands import NEVER, milliseconds

ROW = pl.UInt32()
NUMBER = pl.UInt16()
"""Of a provider or a field."""
MOMENT = pl.Datetime("ms", "UTC")
_FACT = ("row", "provider", "value", "confidence", "left", "at", "cost", "won", "conflict", "fits")
FACTS = ("id", "field", *_FACT[1:])
"""The columns of `Merged.facts`."""


@dataclass(frozen=True, slots=True)
class Found:
    """One field of every lead, row by row.

    `free`: whether neither a person nor the lead's form says it. `settled`: whether nobody needs to be asked. `stale`:
    when the answer that is used has to be asked for again; `fades`: when it is not sure enough any more, in
    milliseconds. `facts`: everything said of it, by row and then in the order of the providers.
    """

    values: pl.Series
    free: pl.Series
    settled: pl.Series
    stale: pl.Series
    fades: pl.Series
    facts: pl.DataFrame


class Judge:
    """Decides about one field, with one `now`."""

    def __init__(self, plan: FieldPlan, field: Field, now: datetime, names: Sequence[str]) -> None:
        """`names`: of the providers, as `who` counts them in answers."""
        self._plan = plan
        self._names = names
        self._ranks = [plan.providers.index(name) if name in plan.providers else None for name in names]
        self._field = field
        self._now = milliseconds(now)
        self._caster = Caster({"typed": Target(field.type)})

    def __call__(self, given: pl.Series, ours: pl.Series, form: pl.Series | None, said: pl.DataFrame) -> Found:
        """`given`: what the CRM holds; `ours`: whether we wrote that; `said`: rows of answers, in any order."""
        person = given.is_not_null() & ~ours
        formed = form.is_not_null() & ~person if form is not None else _none(len(given))
        told = self._told(said)
        free = ~(person | formed)
        best = told.filter(pl.col("good") & free.gather(told["row"])).unique("row", keep="first", maintain_order=True)
        won = placed(best["row"], best["typed"], len(given))
        right = _first(won, given) if form is None else _first(form, won, given)
        values = _where(person, given, right)
        fresh = placed(best["row"], best["fresh"], len(given)).fill_null(value=False)
        stands = given.is_not_null() & ours & free & placed(best["row"], best["good"], len(given)).is_null()
        return Found(
            values=values.alias(self._field.name),
            free=free,
            settled=~free | fresh,
            stale=placed(best["row"], best["stale"], len(given)).fill_null(NEVER),
            fades=placed(best["row"], best["fades"], len(given)).fill_null(NEVER),
            facts=self._facts(told, best, values, formed, stands),
        )

    def _told(self, said: pl.DataFrame) -> pl.DataFrame:
        """The latest answer of each provider that counts here, typed and weighed, in the order of the providers."""
        rank = gather(self._ranks, pl.col("who"), NUMBER)
        kept = said.with_columns(rank=rank, value=_plain(pl.col("value"))).drop_nulls("rank")
        place = pl.col("row").cast(pl.UInt64) * len(self._ranks) + pl.col("rank")
        latest = _latest(kept.with_columns(place=place).sort("place"))
        heard = latest.filter(pl.col("value") != "").with_columns(typed="value")
        return self._weighed(self._caster.cast(heard).frame)

    def _weighed(self, told: pl.DataFrame) -> pl.DataFrame:
        """`left`: how sure the provider's word still is. `fades`: when that is too little."""
        plan, now, at = self._plan, self._now, pl.col("at").to_physical()
        sure = pl.col("confidence").fill_nan(None).fill_null(0.0).clip(0.0, 1.0)
        left, fades, stale = sure, pl.lit(NEVER), at + milliseconds_of(plan.fresh) + 1
        if plan.half_life:
            half, least = milliseconds_of(plan.half_life), plan.min_confidence
            left = sure * (0.5 ** ((now - at).clip(lower_bound=0) / half))
            if least > 0:
                lasts = (sure / least).log(2) * half
                fades = pl.max_horizontal(at + lasts.ceil().cast(pl.Int64, strict=False) + 1, now + 1)
        weighed = told.with_columns(confidence=sure, left=left, fits=pl.col("typed").is_not_null())
        return weighed.with_row_index("number").with_columns(
            good=pl.col("fits") & (pl.col("left") >= plan.min_confidence),
            fresh=stale > now,
            stale=pl.when(stale > now).then(stale).otherwise(NEVER),
            fades=fades,
        )

    def _facts(
        self, told: pl.DataFrame, best: pl.DataFrame, values: pl.Series, formed: pl.Series, stands: pl.Series
    ) -> pl.DataFrame:
        """`stands`: a value of ours that nobody is sure of any more; whoever said it first has said it."""
        source = self._source(told, values, stands)
        won = marked(_none(told.height), [best["number"], source["number"]])
        decided = formed | marked(_none(len(values)), [best["row"]])
        differs = self._differs(told.with_columns(won=won), values, decided)
        torn = marked(_none(len(values)), [told["row"].filter(differs)])
        conflict = differs | (won & torn.gather(told["row"]))
        provider = gather(self._names, pl.col("who"), pl.String())
        shown = told.with_columns(won=won, conflict=conflict, provider=provider)
        alone = stands & ~marked(_none(len(stands)), [source["row"]])
        own = [self._own(FORM, formed, values, torn), self._own(KEPT, alone, values, torn)]
        if all(frame.is_empty() for frame in own):
            return shown.select(_FACT)
        return pl.concat([*own, shown.select(*_FACT, "rank")]).sort("row", "rank", nulls_last=False).select(_FACT)

    def _source(self, told: pl.DataFrame, values: pl.Series, stands: pl.Series) -> pl.DataFrame:
        there = told.filter(pl.col("fits") & stands.gather(told["row"]))
        same = alike(self._field, there["typed"], values.gather(there["row"]))
        return there.filter(same).unique("row", keep="first", maintain_order=True)

    def _differs(self, told: pl.DataFrame, values: pl.Series, decided: pl.Series) -> pl.Series:
        """Which usable answers say otherwise than the one that is used, or than the form."""
        rivals = told.select(pl.col("good") & ~pl.col("won") & decided.gather(told["row"])).to_series()
        places = rivals.arg_true()
        same = alike(self._field, told["typed"].gather(places), values.gather(told["row"].gather(places)))
        return marked(_none(told.height), [places.filter(~same)])

    def _own(self, who: str, where: pl.Series, values: pl.Series, torn: pl.Series) -> pl.DataFrame:
        """Facts that no provider told."""
        rows = where.arg_true().cast(ROW)
        text = to_text(pl.col("value"), self._field.type).cast(pl.String)
        sure = pl.lit(1.0 if who == FORM else None, pl.Float64)
        return pl.DataFrame({"row": rows, "value": values.gather(rows)}).select(
            "row",
            pl.lit(who).alias("provider"),
            text.alias("value"),
            sure.alias("confidence"),
            sure.alias("left"),
            pl.lit(None, MOMENT).alias("at"),
            pl.lit(0, pl.Int64).alias("cost"),
            pl.lit(value=True).alias("won"),
            torn.gather(rows).alias("conflict"),
            pl.lit(value=True).alias("fits"),
            pl.lit(None, NUMBER).alias("rank"),
        )


def _plain(text: pl.Expr) -> pl.Expr:
    """Without what steers a screen or turns the direction of writing: what is shown is then what is written."""
    return text.str.replace_all(STEERING, "").str.strip_chars()


def _latest(kept: pl.DataFrame) -> pl.DataFrame:
    """One answer for each place, whatever their order was. Several are rare, and texts slow to sort by."""
    if kept.select((pl.col("place") != pl.col("place").shift()).all()).item():
        return kept
    order = ["place", "at", "confidence", "value", "cost"]
    falling = [False, True, True, False, False]
    return kept.sort(order, descending=falling, nulls_last=True).unique("place", keep="first", maintain_order=True)


def placed(rows: pl.Series, values: pl.Series, height: int) -> pl.Series:
    """Values at their rows, null at all others. Each row stands once."""
    places = pl.repeat(None, height, dtype=ROW, eager=True)
    return values.gather(places.scatter(rows, pl.int_range(len(rows), dtype=ROW, eager=True)))


def milliseconds_of(time: timedelta) -> int:
    """Of a time, what is finer cut off."""
    return time // timedelta(milliseconds=1)


def marked(flags: pl.Series, rows: Iterable[pl.Series]) -> pl.Series:
    """The flags, and true in these rows."""
    for more in rows:
        flags = flags.clone().scatter(more, pl.repeat(value=True, n=len(more), eager=True))
    return flags


def nothing_told() -> pl.DataFrame:
    """What `Found.facts` is where there are none."""
    texts, numbers, flags = ("provider", "value"), ("confidence", "left"), ("won", "conflict", "fits")
    kinds: dict[str, pl.DataType] = {
        **dict.fromkeys(texts, pl.String()),
        **dict.fromkeys(numbers, pl.Float64()),
        **dict.fromkeys(flags, pl.Boolean()),
    }
    return pl.DataFrame(schema={"row": ROW, **kinds, "at": MOMENT, "cost": pl.Int64()})


def _none(height: int) -> pl.Series:
    return pl.repeat(value=False, n=height, eager=True)


def _first(*columns: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(*columns)).to_series()


def _where(condition: pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(yes).otherwise(no)).to_series()
