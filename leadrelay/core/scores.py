"""Rules -> points per group and axis -> sums after caps, with their reasons, as columns.

Eight rules make one byte a lead; the points and the words of a byte are looked up in a table of its 256 values.
`bench/decide.py` measures what that saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import polars as pl

from leadrelay.core.decay import fading
from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lead import Axis, Field, Type
from leadrelay.core.lookup import EIGHT, Words, gather, in_eights, pack, subsets
from leadrelay.core.playbook.values import NO_CAP, SCORE_OF, Cap, Decay, Playbook, Rule
from leadrelay.core.reasons import cap_reason, in_words, joined, rule_reason

_WHOLE = pl.Int64()
_INDEX = pl.UInt32()


@dataclass(frozen=True, slots=True)
class Sum:
    """Points, between what they can lie, and the reasons for them, as expressions."""

    points: pl.Expr
    least: int
    most: int
    reasons: tuple[Words, ...] = ()

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.points + other.points,
            self.least + other.least,
            self.most + other.most,
            (*self.reasons, *other.reasons),
        )


NOTHING = Sum(pl.lit(0, _WHOLE), 0, 0)


class Scores:
    """Lays the scores of a playbook. `holds` gives the column of a condition."""

    def __init__(self, layers: Layers, playbook: Playbook, now: datetime, holds: Holds) -> None:
        self._layers = layers
        self._playbook = playbook
        self._now = now
        self._holds = holds
        self._longest: dict[str, int] = {}
        for rule in playbook.rules:
            if rule.decay:
                since = rule.decay.since
                self._longest[since] = max(self._longest.get(since, 0), len(fading(rule)))

    def lay(self) -> tuple[Words, ...]:
        """Lay every score output, and give the reasons in the order in which they are told."""
        for since, longest in self._longest.items():
            self._layers.add(age_column(since), self._age_of(since, longest))
        contact, organisation, engagement, intent, bant = map(self._axis, SCORE_OF)
        fit = self._capped("fit", contact + organisation)
        return self._capped("score", fit + engagement + intent + bant).reasons

    def _axis(self, axis: Axis) -> Sum:
        groups = groupby(self._playbook.rules_of(axis), key=lambda rule: rule.group)
        return self._capped(
            SCORE_OF[axis], _total(part for name, found in groups for part in self._group(name, list(found)))
        )

    def _group(self, name: str, rules: Sequence[Rule]) -> Iterator[Sum]:
        """The parts of a group: one where it has a cap of its own."""
        cap = self._playbook.caps.of_group(name)
        if cap == NO_CAP:
            yield from self._parts(rules)
        elif len(rules) <= EIGHT and not any(rule.decay for rule in rules):
            yield self._lasting(rules, cap, name)
        else:
            yield self._limited(f"~group {name}", name, cap, _total(self._parts(rules)))

    def _parts(self, rules: Sequence[Rule]) -> Iterator[Sum]:
        lasting = [rule for rule in rules if not rule.decay]
        yield from map(self._lasting, in_eights(lasting))
        for rule in rules:
            if rule.decay:
                yield self._fading(rule, rule.decay)

    def _lasting(self, rules: Sequence[Rule], cap: Cap = NO_CAP, group: str = "") -> Sum:
        """At most eight rules whose points do not fade. What the cap of their group takes stands in the same table."""
        code = self._layers.add(f"~of {rules[0].name}", pack([self._holds(rule.when) for rule in rules]))
        said = subsets(rules)
        raw = [sum(rule.points for rule in spoke) for spoke in said]
        points = [cap(sum_) for sum_ in raw]
        words = tuple(
            joined([*(rule_reason(rule, rule.points) for rule in spoke), cap_reason(group, after - before)])
            for spoke, before, after in zip(said, raw, points, strict=True)
        )
        return Sum(gather(points, code, _WHOLE), min(points), max(points), (Words(code, words),))

    def _fading(self, rule: Rule, decay: Decay) -> Sum:
        worth = fading(rule)
        table = [*worth, *[0] * (self._longest[decay.since] + 1 - len(worth))]
        left = pl.when(self._holds(rule.when)).then(gather(table, pl.col(age_column(decay.since)), _WHOLE)).otherwise(0)
        points = self._layers.add(points_column(rule), left)
        least, most = min(0, rule.points), max(0, rule.points)
        words = tuple(rule_reason(rule, value) for value in range(least, most + 1))
        return Sum(points, least, most, (Words(points - least, words),))

    def _age_of(self, since: str, longest: int) -> pl.Expr:
        """Whole days since the field's date; a missing date counts as too long ago for any points."""
        return days_passed(self._playbook.schema[since], self._now).clip(0, longest).fill_null(longest).cast(_INDEX)

    def _capped(self, output: str, total: Sum) -> Sum:
        return self._limited(output, in_words(output), self._playbook.caps[output], total)

    def _limited(self, column: str, capped: str, cap: Cap, total: Sum) -> Sum:
        least, most = cap(total.least), cap(total.most)
        if (least, most) == (total.least, total.most):
            return Sum(self._layers.add(column, total.points), least, most, total.reasons)
        raw = self._layers.add(f"~raw {column}", total.points)
        points = self._layers.add(column, raw.clip(cap.least, cap.most))
        lowest, highest = most - total.most, least - total.least
        words = tuple(cap_reason(capped, change) for change in range(lowest, highest + 1))
        return Sum(points, least, most, (*total.reasons, Words(points - raw - lowest, words)))


def _total(parts: Iterable[Sum]) -> Sum:
    first, *rest = [*parts] or [NOTHING]
    for part in rest:
        first += part
    return first


def days_passed(since: Field, now: datetime) -> pl.Expr:
    """Whole days from a field's date to `now`, negative for a date to come, null without one."""
    moment = pl.lit(now.date(), pl.Date()) if since.type is Type.DATE else pl.lit(now, pl.Datetime("ms", "UTC"))
    return (moment - pl.col(since.name)).dt.total_days()


def age_column(since: str) -> str:
    """Where the whole days since a field's date are laid."""
    return f"~age {since}"


def points_column(rule: Rule) -> str:
    """Where the points of a rule that fades are laid."""
    return f"~of {rule.name}"
