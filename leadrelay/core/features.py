"""Which rules speak for which leads, as numbers: 1, 0, or what is left of a rule that fades."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from leadrelay.core.outputs import VERDICTS
from leadrelay.core.playbook.values import Decay, Playbook, Rule
from leadrelay.core.predicates import bind, to_polars
from leadrelay.core.qualify import qualify
from leadrelay.core.scores import days_passed


def features(leads: pl.DataFrame, playbook: Playbook, now: datetime) -> pl.DataFrame:
    """A column a score rule, by its name, between 0 and 1; rows as in `leads`, a typed lead frame."""
    verdicts = qualify(leads, playbook, now, frozenset()).select(list(VERDICTS))
    return leads.hstack(verdicts).select(_said(rule, playbook, now) for rule in playbook.rules)


def _said(rule: Rule, playbook: Playbook, now: datetime) -> pl.Expr:
    holds = to_polars(bind(rule.when.node, now)).fill_null(value=False).cast(pl.Float32)
    return (holds * _left(rule.decay, playbook, now) if rule.decay else holds).alias(rule.name)


def _left(decay: Decay, playbook: Playbook, now: datetime) -> pl.Expr:
    """The share that is left after whole days; nothing without a date."""
    days = days_passed(playbook.schema[decay.since], now).clip(0)
    return (0.5 ** (days / decay.half_life_days)).fill_null(0.0).cast(pl.Float32)
