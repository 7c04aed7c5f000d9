"""Leads -> verdicts, scores, stage and reasons, a frame at a time: the same for one lead and for a million.

A predicate that is unknown counts as not holding. Every score is a whole number and the sum of its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from leadrelay.core.assign.columns import lay_assignment
from leadrelay.core.bant_columns import lay_said, lay_texts, lay_verdicts
from leadrelay.core.gate import lay_gate, lay_qualification
from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lead import Schema
from leadrelay.core.lookup import LARGEST_FOR_MANY, LARGEST_TABLE, Words, merged, pack
from leadrelay.core.outputs import (
    ASSIGNMENT,
    GATE,
    QUALIFICATION,
    RECYCLING,
    SALES,
    SCORES,
    STAGE,
    TEXTS,
    VERDICTS,
)
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook, Rule
from leadrelay.core.predicates import Node, fields
from leadrelay.core.predicates.dates import to_the_millisecond
from leadrelay.core.reasons import BETWEEN
from leadrelay.core.recheck import RECHECK, lay_recheck
from leadrelay.core.recycling import lay_recycling
from leadrelay.core.scores import Scores, points_column
from leadrelay.core.stages import lay_band, lay_grade, lay_sales, lay_stage
from leadrelay.core.topics import lay_topics

HANDOFF = "handoff"
"""The column that says whether a lead is to be handed off."""

ALWAYS = (*VERDICTS, *SCORES, *QUALIFICATION, *GATE, *RECYCLING, *STAGE, *ASSIGNMENT, *SALES, HANDOFF)
"""What every verdict holds. The outputs of `TEXTS` are made when asked for."""

WORD = 63
"""Rules per mask: bit b of column `mask_w` is rule 63 * w + b of `Playbook.rules`."""


class Decider:
    """A playbook made ready for one `now` and one set of outputs; call it with frame after frame.

    `also`: predicates beside the playbook's that `recheck_at`, where it is among the outputs, has to look at.
    """

    def __init__(self, playbook: Playbook, now: datetime, outputs: frozenset[str], also: Sequence[Node] = ()) -> None:
        self.playbook = playbook
        self.now = to_the_millisecond(now)
        self._layers = Layers()
        self._holds = Holds(self._layers, playbook, self.now)
        texts = [name for name in TEXTS if name in outputs]
        self._lay(frozenset(texts))
        times = [RECHECK] if RECHECK in outputs else []
        if times:
            lay_recheck(self._layers, playbook, self.now, also)
        self._names = ["id", *ALWAYS, *self._lay_masks(), *self._lay_said(), *self._told, *texts, *times]

    def __call__(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The verdicts on a typed lead frame, in its order."""
        return self._layers(leads, self._names)

    def tried(self, leads: pl.DataFrame, conditions: Sequence[Condition]) -> tuple[pl.DataFrame, list[pl.Series]]:
        """The verdicts, and for each of these predicates whether it holds."""
        columns = [self._holds(condition).meta.output_name() for condition in conditions]
        found = self._layers(leads, [*self._names, *dict.fromkeys(columns)])
        return found.select(self._names), [found[name] for name in columns]

    @property
    def layers(self) -> Layers:
        """What is computed, for whoever computes only a part of it."""
        return self._layers

    def _lay(self, texts: frozenset[str]) -> None:
        layers, playbook = self._layers, self.playbook
        lay_verdicts(layers, playbook.criteria, self._holds)
        reasons = Scores(layers, playbook, self.now, self._holds).lay()
        lay_grade(layers, playbook.grades)
        lay_band(layers, playbook.bands)
        shut_out = lay_qualification(layers, playbook, self._holds)
        lay_gate(layers, playbook.gate, self._holds, told="gate_missing" in texts)
        lay_recycling(layers, playbook.recycling, self.now, self._holds, asked="recycled_before" in texts)
        handoff = playbook.handoff.when if playbook.handoff else None
        last = [handoff, playbook.sla.when if playbook.sla else None, *playbook.sales.conditions()]
        last += [topic.when for topic in playbook.topics]
        lay_stage(layers, playbook, self._holds, asked=_ask([*last, *playbook.assignment.conditions()], STAGE))
        self._told = list(lay_assignment(layers, playbook, self._holds, asked=_ask(last, ASSIGNMENT)))
        layers.add_last(HANDOFF, self._holds(handoff).fill_null(value=False))
        lay_sales(layers, playbook.sales, self._holds)
        self._told += lay_topics(layers, playbook, self._holds)
        lay_texts(layers, playbook, texts, self._holds)
        if "reasons" in texts:
            words = [*shut_out, *reasons]
            layers.add_last("reasons", joined_words(words), many=lambda: joined_words(words, LARGEST_FOR_MANY))

    def _lay_masks(self) -> list[str]:
        rules = self.playbook.rules
        words = [rules[start : start + WORD] for start in range(0, len(rules), WORD)]
        for number, word in enumerate(words):
            self._layers.add(f"mask_{number}", pack([self._spoke(rule) for rule in word], pl.Int64()))
        return [f"mask_{number}" for number in range(len(words))]

    def _lay_said(self) -> list[str]:
        """What a hand-off tells of the criteria."""
        return lay_said(self._layers, self.playbook.criteria, self._holds) if self.playbook.handoff else []

    def _spoke(self, rule: Rule) -> pl.Expr:
        return pl.col(points_column(rule)) != 0 if rule.decay else self._holds(rule.when)


def _ask(conditions: Iterable[Condition | None], schema: Schema) -> bool:
    return any(condition and not fields(condition.node).isdisjoint(schema) for condition in conditions)


def joined_words(words: Sequence[Words], largest: int = LARGEST_TABLE) -> pl.Expr:
    """All that they say of a lead, in one line."""
    parts = [part.look_up() for part in merged(words, BETWEEN, largest)]
    return pl.concat_str(parts, separator=BETWEEN, ignore_nulls=True) if parts else pl.lit("")


def qualify(leads: pl.DataFrame, playbook: Playbook, now: datetime, outputs: frozenset[str]) -> pl.DataFrame:
    """The verdicts on a typed lead frame: `id`, every output of `ALWAYS`, masks, and the texts among `outputs`."""
    return Decider(playbook, now, outputs)(leads)
