"""Enrichment as values: what a playbook asks of providers, and what they answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from leadrelay.core.playbook.condition import Condition
from leadrelay.core.predicates import fields

PERSON, FORM = "person", "form"
"""Who said what the CRM holds: somebody who typed it, or the lead in a form; both stand above every provider."""

KEPT = "kept"
"""Stands for a provider whose answer is gone, and of which the CRM still holds what we wrote."""

STEERING = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]"
"""What steers a screen, or turns the direction of writing so that a text shows as another than it is.

The characters themselves, since Python and Polars escape them otherwise. Line ends and tabs belong to texts.
"""

MICRO = 1_000_000
"""Money is counted in whole millionths of a provider's unit, so that sums are exact."""

ANSWERS = {
    "id": pl.String(),
    "provider": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "confidence": pl.Float64(),
    "at": pl.Datetime("ms", "UTC"),
    "cost": pl.Int64(),
}
"""What providers said of leads, a row for each lead, provider and field.

`value` is text as CRMs spell it (`casts`), the entries of a list parted by `;`; null: the provider was asked and does
not know that, or, where `field` is null too, does not know the lead. `confidence` lies between 0 and 1, `at`
is when it was asked. `cost`: in millionths, of the whole answer; 0 on all but one of its rows.
"""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one lead field is enriched.

    `providers`: whom to ask, in this order; the earlier one wins where several answered. `run_if`: only for leads for
    which it holds. `fresh`: how long an answer, and a "not found", is not asked for again. `half_life`: after which the
    confidence of an answer is half of what it was. `form`: the lead field that a form of the lead's own fills.
    """

    field: str
    providers: tuple[str, ...]
    min_confidence: float = 0.0
    run_if: Condition | None = None
    fresh: timedelta = timedelta(days=180)
    half_life: timedelta | None = None
    form: str = ""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The part of a playbook that says which fields providers may fill."""

    fields: tuple[FieldPlan, ...] = ()

    @property
    def providers(self) -> tuple[str, ...]:
        """Everybody who may be asked, the first to be asked first."""
        return tuple(dict.fromkeys(name for plan in self.fields for name in plan.providers))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that are enriched, as written."""
        return tuple(plan.field for plan in self.fields)

    @property
    def asks(self) -> frozenset[str]:
        """The lead fields that are enriched, and those that are looked at for it."""
        filled = {name for plan in self.fields for name in (plan.field, plan.form) if name}
        return frozenset(filled.union(*(fields(condition.node) for condition in self.conditions())))

    def conditions(self) -> Iterator[Condition]:
        """Every predicate."""
        yield from (plan.run_if for plan in self.fields if plan.run_if)
