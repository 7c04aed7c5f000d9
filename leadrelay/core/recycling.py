"""Who goes back to nurture, why, and until when: as columns, and for one lead.

What a lead was recycled for stands in the CRM, with the day on which it comes back. While that day is ahead and the
cause lasts, both stay. From that day on the cause has served its time: the lead is back, and goes again only for
another cause, or for the same one when it went away in between, or when sales said it once more. A cause that served
its time and still lasts is kept as the reason; further ones of that kind, which only a lead with several causes has,
stand in `recycled_before`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import PLACE, first_place, gather
from leadrelay.core.outputs import RECYCLING
from leadrelay.core.playbook.values import Recycling
from leadrelay.core.reasons import BETWEEN

REASON, DATE, BEFORE = "current_recycle_reason", "current_reengage_on", "current_recycled_before"
"""The lead fields that hold what was decided last."""

SAID_AT = "sales_verdict_at"
_HELD, _SPEAKS, _TOLD, _ANEW = "~recycle held", "~recycle speaks", "~recycle told", "~recycle anew"


@dataclass(frozen=True, slots=True)
class Recycled:
    """What became of one lead. `speaks`, `told`: places among the rules, of the one that recycles and the one kept."""

    speaks: int | None
    told: int | None
    served: tuple[int, ...]
    until: date | None


def recycled(rules: Recycling, holds: Sequence[bool], lead: Mapping[str, Any], now: datetime) -> Recycled:
    """Decide about one lead; `holds`: what the predicate of each rule says."""
    names, due = rules.names, lead[DATE] is not None and lead[DATE] <= now.date()
    before = (lead[BEFORE] or "").split(BETWEEN) if len(names) > 1 else []
    held = names.index(lead[REASON]) if lead[REASON] in names and holds[names.index(lead[REASON])] else None
    anew = due and held in rules.of_sales and _is_anew(lead, now)
    due = due and not anew
    served = tuple(
        place for place, name in enumerate(names) if holds[place] and (due if place == held else name in before)
    )
    free = (place for place in range(len(names)) if holds[place] and place not in served)
    speaks = held if held is not None and not due else next(free, None)
    told = held if speaks is None else speaks
    until = lead[DATE] if told is not None and told == held and not anew else None
    if told is not None and until is None:
        until = rules.rules[told].until(now.date())
    return Recycled(speaks, told, served, until)


def _is_anew(lead: Mapping[str, Any], now: datetime) -> bool:
    """Whether sales spoke on the lead's day or later: its verdict is another one than that which served its time."""
    said = lead[SAID_AT]
    return said is not None and said <= now and said.astimezone(UTC).date() >= lead[DATE]


def lay_recycling(layers: Layers, rules: Recycling, now: datetime, holds: Holds, *, asked: bool) -> None:
    """The outputs of `RECYCLING`, and with `asked` what else has served its time."""
    if not rules.rules:
        layers.add("recycled", pl.lit(value=False))
        layers.add("recycle_reason", pl.lit(None, pl.String()))
        layers.add("reengage_on", pl.lit(None, RECYCLING["reengage_on"].type.dtype))
        if asked:
            layers.add_last("recycled_before", pl.lit(None, pl.String()))
        return
    served = _lay_who_speaks(layers, rules, holds)
    _lay_what_is_told(layers, rules, now.date())
    if asked:
        others = [
            pl.when(has & (pl.col(_TOLD) != place)).then(pl.lit(name))
            for place, (name, has) in enumerate(zip(rules.names, served, strict=True))
        ]
        before = pl.concat_str(others, separator=BETWEEN, ignore_nulls=True)
        layers.add_last("recycled_before", pl.when(before != "").then(before))


def _lay_who_speaks(layers: Layers, rules: Recycling, holds: Holds) -> list[pl.Expr]:
    """The rule that the CRM names, where its cause lasts; the one that speaks; which of them have served their time."""
    none = pl.lit(len(rules.names), PLACE)
    last = [holds(rule.when).fill_null(value=False) for rule in rules.rules]
    named_now = [(pl.col(REASON) == name) & lasts for name, lasts in zip(rules.names, last, strict=True)]
    held = layers.add(_HELD, first_place(named_now, otherwise=none))
    said = holds(rules.anew).fill_null(value=False) & held.is_in(rules.of_sales) if rules.anew else pl.lit(value=False)
    anew = layers.add(_ANEW, said)
    due = layers.add("~recycle due", holds(rules.due).fill_null(value=False) & ~anew)
    named = _named_before(layers, rules.names)
    served = [
        layers.add(f"~served {name}", last[place] & pl.when(held == place).then(due).otherwise(named[place]))
        for place, name in enumerate(rules.names)
    ]
    speaks = first_place([lasts & ~done for lasts, done in zip(last, served, strict=True)], otherwise=none)
    speaks = layers.add(_SPEAKS, pl.when((held != none) & ~due).then(held).otherwise(speaks))
    layers.add("recycled", speaks != none)
    layers.add(_TOLD, pl.when(speaks != none).then(speaks).otherwise(held))
    return served


def _named_before(layers: Layers, names: Sequence[str]) -> list[pl.Expr]:
    """Which rules the CRM names besides; where there is but one, there is none besides."""
    if len(names) == 1:
        return [pl.lit(value=False)]
    before = layers.add("~recycle before", pl.lit(BETWEEN) + pl.col(BEFORE) + pl.lit(BETWEEN))
    return [before.str.contains(BETWEEN + name + BETWEEN, literal=True).fill_null(value=False) for name in names]


def _lay_what_is_told(layers: Layers, rules: Recycling, today: date) -> None:
    told, kind = pl.col(_TOLD), RECYCLING["reengage_on"].type.dtype
    layers.add("recycle_reason", gather([*rules.names, None], told, pl.String()))
    new = gather([*(rule.until(today) for rule in rules.rules), None], told, kind)
    kept = (told == pl.col(_HELD)) & (told != len(rules.names)) & pl.col(DATE).is_not_null() & ~pl.col(_ANEW)
    layers.add("reengage_on", pl.when(kept).then(pl.col(DATE)).otherwise(new))
