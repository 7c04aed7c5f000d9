"""From what predicates on the lead answer, and the points that they give, to the outcome: a program over columns.

It is laid by the same functions as a verdict, so that it cannot say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby

import polars as pl

from leadrelay.core.assign.columns import lay_assignment
from leadrelay.core.bant_columns import lay_verdicts
from leadrelay.core.enrich.reach_atoms import Ages, answered, with_answers
from leadrelay.core.gate import lay_gate, lay_qualification
from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lead import Axis, Type
from leadrelay.core.lookup import gather
from leadrelay.core.playbook.values import NO_CAP, SCORE_OF, Cap, Playbook, Rule
from leadrelay.core.predicates import Node, Op, bind, fields, to_polars
from leadrelay.core.qualify import HANDOFF
from leadrelay.core.recycling import lay_recycling
from leadrelay.core.stages import lay_band, lay_grade, lay_stage

OUTCOME = ("stage", "stage_held", "band", "grade", "territory", "team", HANDOFF)
"""What enrichment is bought for."""

POINTS = pl.Int64()


class Parts(Holds):
    """Conditions whose parts on the lead alone are columns of answers that the frame brings.

    `parts`: those columns, by the predicate. `raw`: lead fields that are mixed with outputs and stay as they are.
    """

    def __init__(self, layers: Layers, playbook: Playbook, now: datetime) -> None:
        super().__init__(layers, playbook, now)
        self.parts: dict[Node, str] = {}
        self.raw: set[str] = set()

    def _lay(self, node: Node, name: str) -> str:
        known = name if name not in self._columns.values() else f"{name} {len(self._columns)}"
        self._layers.add(known, to_polars(self._answered(bind(node, self._now))))
        return known

    def _answered(self, node: Node) -> Node:
        asked = fields(node)
        if asked.isdisjoint(self._schema):
            return node
        if asked <= self._schema.keys() and node.type is Type.BOOLEAN:
            column = self.parts.setdefault(node, f"~part {len(self.parts)}")
            return Node(Op.FIELD, Type.BOOLEAN, value=answered(column))
        if node.op is Op.FIELD:
            self.raw.add(node.value)
            return node
        return Node(node.op, node.type, tuple(map(self._answered, node.args)), node.value)


def unit_of(playbook: Playbook, rule: Rule) -> str:
    """The sum to which a rule's points are added first: that of its group where it has a cap, else of its axis."""
    capped = playbook.caps.of_group(rule.group) != NO_CAP
    return f"~unit {rule.axis} {rule.group if capped else ''}"


class Tail:
    """The program. `rules`: those that ask for verdicts; the points of all others stand in columns named by `units`."""

    def __init__(self, playbook: Playbook, now: datetime, ages: Mapping[str, Ages]) -> None:
        self._playbook, self._ages = playbook, ages
        self._layers = Layers()
        self._holds = Parts(self._layers, playbook, now)
        self.rules = tuple(rule for rule in playbook.rules if not fields(rule.when.node) <= playbook.schema.keys())
        lay_verdicts(self._layers, playbook.criteria, self._holds)
        self._lay_scores()
        lay_grade(self._layers, playbook.grades)
        lay_band(self._layers, playbook.bands)
        lay_qualification(self._layers, playbook, self._holds)
        lay_gate(self._layers, playbook.gate, self._holds, told=False)
        lay_recycling(self._layers, playbook.recycling, now, self._holds, asked=False)
        lay_stage(self._layers, playbook, self._holds, asked=True)
        self.outcome = (*OUTCOME, *lay_assignment(self._layers, playbook, self._holds, asked=True))
        when = playbook.handoff.when if playbook.handoff else None
        self._layers.add_last(HANDOFF, self._holds(when).fill_null(value=False))

    @property
    def parts(self) -> Mapping[Node, str]:
        """Predicates on the lead, and the columns of codes in which their answers are asked for."""
        return self._holds.parts

    @property
    def raw(self) -> frozenset[str]:
        """Lead fields that have to be there as they are."""
        return frozenset(self._holds.raw)

    @property
    def ages(self) -> frozenset[str]:
        """The date fields whose age is asked for."""
        return frozenset(rule.decay.since for rule in self.rules if rule.decay)

    @property
    def units(self) -> tuple[str, ...]:
        """The sums that the frame brings."""
        return tuple(dict.fromkeys(unit_of(self._playbook, rule) for rule in self._playbook.rules))

    def __call__(self, states: pl.DataFrame) -> pl.DataFrame:
        """The outcome and the score of each state, in their order."""
        return self._layers(with_answers(states, self.parts.values()), [*self.outcome, "score"])

    def _lay_scores(self) -> None:
        axes = {axis: self._capped(output, self._axis(axis)) for axis, output in SCORE_OF.items()}
        fit = self._capped("fit", axes[Axis.CONTACT] + axes[Axis.ORGANISATION])
        self._capped("score", fit + axes[Axis.ENGAGEMENT] + axes[Axis.INTENT] + axes[Axis.BANT])

    def _axis(self, axis: Axis) -> pl.Expr:
        units = groupby(self._playbook.rules_of(axis), key=lambda rule: rule.group)
        total = pl.lit(0, POINTS)
        for unit, found in _joined((unit_of(self._playbook, rule), rule) for _, rules in units for rule in rules):
            points = pl.col(unit) + pl.sum_horizontal(pl.lit(0, POINTS), *map(self._points, found))
            cap = self._playbook.caps.of_group(found[0].group)
            total += clipped(points, cap)
        return total

    def _points(self, rule: Rule) -> pl.Expr:
        if rule not in self.rules:
            return pl.lit(0, POINTS)
        return points_of(rule, self._holds(rule.when), self._ages)

    def _capped(self, output: str, points: pl.Expr) -> pl.Expr:
        return self._layers.add(output, clipped(points, self._playbook.caps[output]))


def _joined(pairs: Iterator[tuple[str, Rule]]) -> Iterator[tuple[str, list[Rule]]]:
    found: dict[str, list[Rule]] = {}
    for unit, rule in pairs:
        found.setdefault(unit, []).append(rule)
    yield from found.items()


def points_of(rule: Rule, holds: pl.Expr, ages: Mapping[str, Ages]) -> pl.Expr:
    """What a rule gives where it holds; one that fades, by the code of its age."""
    worth = pl.lit(rule.points, POINTS)
    if rule.decay:
        age = ages[rule.decay.since]
        worth = gather(age.points(rule), pl.col(age.column).cast(pl.UInt32), POINTS)
    return pl.when(holds).then(worth).otherwise(pl.lit(0, POINTS))


def clipped(points: pl.Expr, cap: Cap) -> pl.Expr:
    """The points, after the cap."""
    return points if cap == NO_CAP else points.clip(cap.least, cap.most)
