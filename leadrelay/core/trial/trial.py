"""Two playbooks on the same leads at the same moment, reduced to counts that add up.

A `Trial` says what is compared (values: send it to a worker), a `Judge` is a trial made ready (call it with frame after
frame of typed leads), a `Tally` is what it counts: `sum` those of all batches, wherever they were made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.qualify import ALWAYS, HANDOFF, Decider
from leadrelay.core.reasons import BETWEEN

OUTCOME = "~outcome"
"""The column of a lead frame that says what became of the lead: true won, false lost, null unknown."""

SIDES = ("live", "new")
PAIRED = ("stage", "qualified", HANDOFF, "score")
"""Outputs of which it is counted how they change, lead by lead."""

COUNTED = tuple(
    name for name in ALWAYS if name == HANDOFF or OUTPUTS[name].type in {Type.TEXT, Type.INTEGER, Type.BOOLEAN}
)
"""Outputs of which it is counted how many leads have each value."""

_UNTOLD = {"stage", "stage_label", "stage_held", "side", "gate_passed"}
_TOLD = tuple(
    name for name in COUNTED if name != HANDOFF and OUTPUTS[name].type is not Type.INTEGER and name not in _UNTOLD
)
"""Outputs whose change is told as a reason of a move, besides the rules that spoke."""

Value = str | int | bool | None


@dataclass(frozen=True)
class Trial:
    """The live playbook and a new one, or the live one alone. `shown`: how many leads that move are told of each batch.

    `judged`: whether the leads bring an outcome.
    """

    live: Playbook
    new: Playbook | None
    now: datetime
    judged: bool = False
    shown: int = 10

    @property
    def playbooks(self) -> dict[str, Playbook]:
        """By side."""
        return {"live": self.live} | ({"new": self.new} if self.new else {})

    @property
    def fields_used(self) -> frozenset[str]:
        """The lead fields that a frame has to hold."""
        return frozenset().union(*(playbook.fields_used for playbook in self.playbooks.values()))


@dataclass(frozen=True, slots=True)
class Moved:
    """A lead that another stage takes. `why`: the rules and verdicts that differ; no value of the lead."""

    id: str
    stages: tuple[str, str]
    scores: tuple[int, int]
    won: bool | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """What was counted; `+` adds the counts of other leads.

    `counts`: by side and output, how many leads have each (value, won). `pairs`: by output, how many have each (value
    under the live playbook, value under the new one, won); of `score` only where the outcome is known.
    `moved`: the first leads that another stage takes.
    """

    shown: int = 10
    leads: int = 0
    counts: Mapping[tuple[str, str], Counter[tuple[Value, bool | None]]] = field(default_factory=dict)
    pairs: Mapping[str, Counter[tuple[Value, Value, bool | None]]] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            shown=max(self.shown, other.shown),
            leads=self.leads + other.leads,
            counts=_added(self.counts, other.counts),
            pairs=_added(self.pairs, other.pairs),
            moved=(*self.moved, *other.moved)[: max(self.shown, other.shown)],
        )

    def __radd__(self, other: int) -> Tally:
        """So that `sum` begins with nothing."""
        return self if other == 0 else NotImplemented


def _added(one: Mapping[Any, Counter[Any]], other: Mapping[Any, Counter[Any]]) -> dict[Any, Counter[Any]]:
    return {key: one.get(key, Counter()) + other.get(key, Counter()) for key in {**one, **other}}


class Judge:
    """A trial made ready: call it with frame after frame of typed leads."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._deciders = {side: Decider(book, trial.now, frozenset()) for side, book in trial.playbooks.items()}
        self._tellers = {side: Decider(book, trial.now, _REASONS) for side, book in trial.playbooks.items()}
        self._counted = [pl.col(f"{side}.{output}") for side in self._deciders for output in COUNTED]

    def __call__(self, leads: pl.DataFrame) -> Tally:
        """The counts of these leads."""
        decided = self._decided(leads, self._deciders)
        lazy = decided.lazy()
        singles = [lazy.group_by(column, OUTCOME).len() for column in self._counted]
        doubles = [self._paired(lazy, output) for output in self._pairs]
        found = pl.collect_all([*singles, *doubles])
        names = [(side, output) for side in self._deciders for output in COUNTED]
        return Tally(
            shown=self.trial.shown,
            leads=leads.height,
            counts={name: _counter(frame) for name, frame in zip(names, found, strict=False)},
            pairs={output: _counter(frame) for output, frame in zip(self._pairs, found[len(names) :], strict=True)},
            moved=tuple(self._moved(leads, decided)) if self.trial.new and self.trial.shown else (),
        )

    @property
    def _pairs(self) -> tuple[str, ...]:
        return PAIRED if self.trial.new else ()

    def _paired(self, decided: pl.LazyFrame, output: str) -> pl.LazyFrame:
        known = decided.filter(pl.col(OUTCOME).is_not_null()) if output == "score" else decided
        return known.group_by(f"live.{output}", f"new.{output}", OUTCOME).len()

    def _decided(self, leads: pl.DataFrame, deciders: Mapping[str, Decider]) -> pl.DataFrame:
        """What each side says, and the outcome: the columns `live.score`, `new.score`, ..."""
        won = pl.col(OUTCOME) if self.trial.judged else pl.lit(None, pl.Boolean).alias(OUTCOME)
        frame = leads.select(pl.col("id"), won)
        for side, decide in deciders.items():
            verdicts = decide(leads)
            frame = frame.hstack([column.alias(f"{side}.{column.name}") for column in verdicts.drop("id")])
        return frame

    def _moved(self, leads: pl.DataFrame, decided: pl.DataFrame) -> Iterator[Moved]:
        rows = (decided["live.stage"] != decided["new.stage"]).arg_true().head(self.trial.shown)
        told = self._decided(leads[rows], self._tellers) if len(rows) else decided.clear()
        for row in told.iter_rows(named=True):
            stages, scores = ((row[f"live.{name}"], row[f"new.{name}"]) for name in ("stage", "score"))
            yield Moved(row["id"], stages, scores, row[OUTCOME], tuple(_why(row)))


_REASONS = frozenset({"reasons"})


def _why(row: Mapping[str, Any]) -> Iterator[str]:
    """The rules that spoke on one side only, and the verdicts that differ."""
    live, new = (_points(row[f"{side}.reasons"]) for side in SIDES)
    for rule in {**live, **new}:
        before, after = live.get(rule), new.get(rule)
        if before != after:
            yield f"{rule} {before or 'nothing'} → {after or 'nothing'}".strip()
    for output in _TOLD:
        before, after = (row[f"{side}.{output}"] for side in SIDES)
        if before != after:
            yield f"{output.replace('_', ' ')} {_said(before)} → {_said(after)}"


def _points(reasons: str | None) -> dict[str, str]:
    """What each rule gave, and what caps took: `Enterprise +20` is {"Enterprise": "+20"}."""
    found = (_REASON.fullmatch(reason) for reason in (reasons or "").split(BETWEEN))
    return {match[1]: match[2] or "yes" for match in found if match and match[1]}


_REASON = re.compile(r"(.*?)(?: ([+-]\d+(?: \(.*\))?))?")


def _said(value: Value) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _counter(counted: pl.DataFrame) -> Counter[Any]:
    return Counter({tuple(key): count for *key, count in counted.iter_rows()})
