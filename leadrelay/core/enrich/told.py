"""Of one lead, each enriched field in full: what is known, who said it, who says otherwise, and why others do not.

It holds a lead's values: for the person who asked about that lead, never for a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core.casts import Target, cast
from leadrelay.core.enrich.alike import alike
from leadrelay.core.enrich.provenance import harmless
from leadrelay.core.enrich.values import FORM, KEPT, MICRO, PERSON, Enrichment, FieldPlan
from leadrelay.core.enrich.waterfall import Merged
from leadrelay.core.lead import LEAD, Schema
from leadrelay.core.shown import shown

_LITTLE_LOST = 0.995


@dataclass(frozen=True, slots=True)
class Fact:
    """What one provider said of a field.

    `confidence`: as it was then, `left`: now; None for what stands though its source is gone. `cost`: of the look-up
    that it came with, in millionths of `unit`. `why`: why it is not used; "" where it is.
    """

    provider: str
    value: str
    confidence: float | None
    left: float | None
    at: datetime | None
    cost: int
    unit: str
    won: bool
    conflict: bool
    why: str

    @property
    def source(self) -> str:
        """Such as `pdl, 92 %, of which 80 % are left, 2026-11-20, 0.1 USD`."""
        return ", ".join(filter(None, [self.provider, *self._sure(), self._day(), self._price()]))

    def _sure(self) -> Iterator[str]:
        if self.confidence is None or self.provider == FORM:
            return
        yield f"{self.confidence:.0%}".replace("%", " %")
        if self.left is not None and self.left < self.confidence * _LITTLE_LOST:
            yield f"{self.left:.0%} now".replace("%", " %")

    def _day(self) -> str:
        return self.at.date().isoformat() if self.at else ""

    def _price(self) -> str:
        return f"{self.cost / MICRO:g} {self.unit}".strip() if self.cost else ""

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        return {
            "provider": self.provider,
            "value": self.value,
            "confidence": self.confidence,
            "left": self.left,
            "at": self.at.isoformat() if self.at else None,
            "cost": self.cost / MICRO,
            "unit": self.unit,
            "won": self.won,
            "conflict": self.conflict,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """One enriched field of one lead. `by`: who said what is used: a person, the form, a provider; "" for nobody.

    `silent`: by provider that said nothing of it, why.
    """

    field: str
    value: str | None
    by: str
    facts: tuple[Fact, ...]
    silent: Mapping[str, str]

    @property
    def winner(self) -> Fact | None:
        """What is used, where a provider or a form said it."""
        return next((fact for fact in self.facts if fact.won), None)

    def lines(self) -> Iterator[str]:
        """What is known and from whom; then what else was said, and why nothing was."""
        winner = self.winner
        if winner:
            yield f"{self.field} {self.value}: {_STANDS if winner.provider == KEPT else winner.source}"
        elif self.value is not None:
            yield f"{self.field} {self.value}: a person's, who has the last word"
        else:
            yield f"{self.field}: not known"
        yield from (f"{fact.source}: {fact.value}, {fact.why}" for fact in self.facts if not fact.won)
        yield from (f"{name}: {why}" for name, why in self.silent.items())

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        facts = [fact.to_json() for fact in self.facts]
        return {"field": self.field, "value": self.value, "by": self.by, "facts": facts, "silent": dict(self.silent)}


_STANDS = "written by leadrelay; the answer that it came from is not kept any more"


class Teller:
    """Tells of one lead after the other. `not_asked`: `id`, `provider`, `why`; `units`: of providers' money."""

    def __init__(
        self, plan: Enrichment, merged: Merged, not_asked: pl.DataFrame, units: Mapping[str, str], schema: Schema = LEAD
    ) -> None:
        self._plan = plan
        self._schema = schema
        self._merged = merged
        self._not_asked = not_asked
        self._units = units

    def __call__(self, lead: str) -> tuple[Told, ...]:
        """Every enriched field, as the playbook lists them."""
        one = _One(self._merged, self._not_asked, self._units, self._schema, lead)
        return tuple(one.told(plan) for plan in self._plan.fields)


class _One:
    """What the frames have of one lead."""

    def __init__(
        self, merged: Merged, not_asked: pl.DataFrame, units: Mapping[str, str], schema: Schema, lead: str
    ) -> None:
        self._schema = schema
        here = pl.col("id") == lead
        self._units = units
        self._values = merged.leads.row(by_predicate=here, named=True)
        self._open = merged.open.row(by_predicate=here, named=True)
        self._runs = merged.runs.row(by_predicate=here, named=True)
        self._asked_at = merged.asked_at.row(by_predicate=here, named=True)
        facts = merged.facts.filter(here).with_columns(value=harmless(pl.col("value")))
        self._facts = facts.partition_by("field", as_dict=True)
        self._costs = {(name, at): cost for name, at, cost in merged.costs.filter(here).drop("id").iter_rows()}
        reasons = not_asked.filter(here)
        self._reasons = {row["provider"]: row["why"] for row in reasons.iter_rows(named=True)}

    def told(self, plan: FieldPlan) -> Told:
        value = _plain(shown(self._values[plan.field]))
        known = self._facts.get((plan.field,))
        rows = [] if known is None else known.to_dicts()
        by = next((row["provider"] for row in rows if row["won"]), PERSON if value is not None else "")
        facts = tuple(self._fact(plan, row, by) for row in rows)
        heard = {fact.provider for fact in facts}
        silent = {name: self._why(plan, name, by) for name in plan.providers if name not in heard}
        return Told(plan.field, value, by, facts, silent)

    def _fact(self, plan: FieldPlan, row: Mapping[str, Any], by: str) -> Fact:
        name = row["provider"]
        return Fact(
            provider=name,
            value=shown(row["value"]) or "",
            confidence=row["confidence"],
            left=row["left"],
            at=row["at"],
            cost=self._costs.get((name, row["at"]), 0),
            unit=self._units.get(name, ""),
            won=row["won"],
            conflict=row["conflict"],
            why=_unused(plan, row, by, says_the_same=by == PERSON and self._agrees(plan.field, row["value"])),
        )

    def _agrees(self, name: str, said: str) -> bool:
        """Whether a provider says what the person says."""
        field = self._schema[name]
        typed = cast(pl.DataFrame({name: [said]}), {name: Target(field.type)}).frame[name]
        given = pl.Series([self._values[name]], dtype=field.type.dtype)
        return typed[0] is not None and bool(alike(field, typed, given)[0])

    def _why(self, plan: FieldPlan, provider: str, by: str) -> str:
        """Why a provider says nothing of a field."""
        if at := self._asked_at[provider]:
            return f"does not know it, {at.date().isoformat()}"
        if why := self._reasons.get(provider):
            return f"not asked: {why}"
        if by and not self._open[plan.field]:
            return "not asked: it is known"
        if plan.run_if and not self._runs[plan.field]:
            return f"not asked: run_if does not hold: {plan.run_if.text}"
        return "not asked yet"


def _unused(plan: FieldPlan, row: Mapping[str, Any], by: str, *, says_the_same: bool) -> str:
    """Why an answer is not the one that is used. `says_the_same`: as a person does."""
    if row["won"]:
        return ""
    if not row["fits"]:
        return "which is no value of this field"
    if row["left"] < plan.min_confidence:
        return f"not sure enough: at least {plan.min_confidence:.0%}".replace("%", " %")
    if says_the_same:
        return "which the person says too"
    if by == PERSON:
        return "which a person's value stands above"
    return "which differs" if row["conflict"] else "which comes after"


def _plain(text: str | None) -> str | None:
    if text is None:
        return None
    return pl.select(harmless(pl.lit(text))).item() or None
