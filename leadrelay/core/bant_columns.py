"""BANT as columns.

Two bits a criterion (is it met, is it unmet) make one byte a lead. All that is said of BANT, the evidence apart,
follows from that byte, so it is looked up. Where a criterion names its predicates or lets answers expire, the words of
its evidence follow from a number of its own: which predicates hold, and whether the answers are fresh.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

import polars as pl

from leadrelay.core import bant
from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lead import Field, Type
from leadrelay.core.lookup import gather, pack
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.values import VERDICT_WORDS, Criterion, Expiry, Playbook
from leadrelay.core.shown import shown_expr, text_expr

_CODE = "~bant"
_NO = pl.lit(value=False)


def lay_verdicts(layers: Layers, criteria: Sequence[Criterion], holds: Holds) -> None:
    """The byte, and the verdicts and counts that follow from it."""
    layers.add(_CODE, pack([side for criterion in criteria for side in _sides(criterion, holds)]))
    table = _verdicts(criteria)
    for place, criterion in enumerate(criteria):
        _lay(layers, criterion.output, [VERDICT_WORDS[verdicts[place]] for verdicts in table])
    for found, word in enumerate(VERDICT_WORDS):
        _lay(layers, f"bant_{word}", [verdicts.count(found) for verdicts in table])


def _sides(criterion: Criterion, holds: Holds) -> Iterator[pl.Expr]:
    """Whether it is met, and whether it is unmet."""
    for sayings in (criterion.met_by, criterion.unmet_by):
        side = reduce(or_, (holds(saying.when) for saying in sayings)) if sayings else _NO
        yield side & holds(criterion.expiry.fresh) if criterion.expiry and sayings else side


def lay_texts(layers: Layers, playbook: Playbook, wanted: frozenset[str], holds: Holds) -> None:
    """The texts among the wanted outputs."""
    criteria = playbook.criteria
    table = _verdicts(criteria)
    asking = {"question", "questions"} & wanted
    asked = [bant.questions(criteria, playbook.asking, verdicts) for verdicts in table] if asking else []
    if "bant" in wanted:
        _lay(layers, "bant", [bant.summary(criteria, verdicts) for verdicts in table])
    if "question" in wanted:
        _lay(layers, "question", [first[0] if first else None for first in asked])
    if "questions" in wanted:
        _lay(layers, "questions", ["\n".join(all_of) or None for all_of in asked])
    if "bant_evidence" in wanted:
        _lay_evidence(layers, playbook, holds)


def lay_said(layers: Layers, criteria: Sequence[Criterion], holds: Holds) -> list[str]:
    """For each criterion of which more can be told than its verdict, the number that `bant.decoded` understands."""
    return [_said(layers, criterion, holds).meta.output_name() for criterion in criteria if speaks(criterion)]


def speaks(criterion: Criterion) -> bool:
    """Whether more can be told of it than its verdict and its facts."""
    return criterion.expiry is not None or any(saying.name for saying in criterion.sayings)


def _said(layers: Layers, criterion: Criterion, holds: Holds) -> pl.Expr:
    fresh = holds(criterion.expiry.fresh) if criterion.expiry else pl.lit(value=True)
    bits = [*(holds(saying.when) for saying in criterion.sayings), fresh]
    return layers.add(bant.said(criterion), pack(bits, pl.UInt16()))


def _verdicts(criteria: Sequence[Criterion]) -> list[list[int]]:
    """What each value of the byte says of each criterion."""
    return [[code >> 2 * place & 3 for place in range(len(criteria))] for code in range(4 ** len(criteria))]


def _lay(layers: Layers, name: str, table: Sequence[object]) -> None:
    layers.add(name, gather(table, pl.col(_CODE), OUTPUTS[name].type.dtype))


def _lay_evidence(layers: Layers, playbook: Playbook, holds: Holds) -> None:
    parts = [part for place in range(len(playbook.criteria)) for part in _told(layers, playbook, place, holds)]
    layers.add_last("bant_evidence", pl.concat_str(parts, ignore_nulls=True))


def _told(layers: Layers, playbook: Playbook, place: int, holds: Holds) -> Iterator[pl.Expr]:
    """What `bant.told` says, in pieces, with what stands between one criterion and the next."""
    criterion, between = playbook.criteria[place], "; " if place else ""
    if not speaks(criterion):
        headings = [bant.heading(criterion, verdicts[place]) for verdicts in _verdicts(playbook.criteria)]
        yield gather([f"{between}{words}" for words in headings], pl.col(_CODE), pl.String())
        yield from _facts(layers, playbook, criterion)
        return
    code = _said(layers, criterion, holds)
    every = [bant.decoded(criterion, value) for value in range(2 << len(criterion.sayings))]
    yield gather([f"{between}{bant.spoken(criterion, found)}" for found in every], code, pl.String())
    if criterion.expiry:
        expired = gather([found.expired for found in every], code, pl.Boolean())
        yield pl.when(expired).then(_until_told(layers, playbook, criterion.expiry, holds))
    yield from _facts(layers, playbook, criterion)
    if criterion.expiry:
        known = gather([found.known for found in every], code, pl.Boolean())
        yield pl.when(known).then(_asked_told(layers, playbook, criterion.expiry))


def _asked_told(layers: Layers, playbook: Playbook, expiry: Expiry) -> pl.Expr:
    """Made once for all criteria that have this date: a day costs more to write than to choose."""
    day = _day(layers, playbook, expiry).cast(pl.String)
    return layers.add(f"~asked {expiry.as_of}", pl.concat_str(pl.lit(" (asked "), day, pl.lit(")")))


def _until_told(layers: Layers, playbook: Playbook, expiry: Expiry, holds: Holds) -> pl.Expr:
    past = pl.when(~holds(expiry.fresh)).then(_day(layers, playbook, expiry))
    text = pl.concat_str(pl.lit(" "), _until(expiry, past).cast(pl.String))
    return layers.add(f"~until {expiry.as_of} {expiry.after}", text)


def _facts(layers: Layers, playbook: Playbook, criterion: Criterion) -> Iterator[pl.Expr]:
    """Each fact with its name and what stands before it: a colon before the first that is known, else a comma."""
    none_yet: pl.Expr | None = None
    for name in criterion.evidence:
        field = playbook.schema[name]
        if none_yet is None:
            fact = _fact(layers, field, ": ")
            none_yet = fact.is_null()
            yield fact
        elif field.type is Type.TEXT:
            fact = _fact(layers, field, ": ")
            yield pl.when(none_yet).then(fact).otherwise(_fact(layers, field, ", "))
            none_yet = none_yet & fact.is_null()
        else:
            shown = layers.add(f"~shown {name}", shown_expr(_as_text(layers, field)))
            yield pl.concat_str(pl.when(none_yet).then(pl.lit(f": {name} ")).otherwise(pl.lit(f", {name} ")), shown)
            none_yet = none_yet & shown.is_null()


def _fact(layers: Layers, field: Field, before: str) -> pl.Expr:
    """Of a text field, made once a text."""
    fact = pl.concat_str(pl.lit(f"{before}{field.name} "), shown_expr(_as_text(layers, field)))
    return layers.add(f"~fact{before}{field.name}", fact, field.name if field.type is Type.TEXT else None)


def _as_text(layers: Layers, field: Field) -> pl.Expr:
    return pl.col(field.name) if field.type is Type.TEXT else layers.add(f"~text {field.name}", text_expr(field))


def _day(layers: Layers, playbook: Playbook, expiry: Expiry) -> pl.Expr:
    """The day on which answers were given."""
    field = playbook.schema[expiry.as_of]
    column = pl.col(field.name)
    return layers.add(f"~day {field.name}", column.dt.date()) if field.type is Type.DATETIME else column


def _until(expiry: Expiry, day: pl.Expr) -> pl.Expr:
    """As `Expiry.until`."""
    if not expiry.shift.months:
        return day.dt.offset_by(f"{expiry.shift.hours // 24 + 1}d")
    next_day = day.dt.offset_by("1d")
    until = next_day.dt.offset_by(f"{expiry.shift.months}mo")
    return pl.when(until.dt.day() == next_day.dt.day()).then(until).otherwise(until.dt.offset_by("1d"))
