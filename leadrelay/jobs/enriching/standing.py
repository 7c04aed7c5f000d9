"""How providers stand: what is spent, what is kept, what failed last; and one look-up, to try one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.recipes import RECIPES
from leadrelay.core.lead import Schema
from leadrelay.enrichers.base import Local, Question, Remote
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.enriching.asking import Asking, Wish
from leadrelay.jobs.enriching.counters import Counter, unit_of
from leadrelay.jobs.enriching.questions import Questions
from leadrelay.jobs.enriching.sources import Terms, money
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.budgets import Caps, Spending
from leadrelay.state.lookups import FAILED, HIT, MISS, Standing
from leadrelay.state.store import Store

_LEAD = "tried"


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """One provider. `spent`: in the last run that asked it, today, and this month; `unit`: of money."""

    name: str
    kind: str
    unit: str
    caps: Caps
    spent: Spending
    standing: Standing

    @property
    def hit_rate(self) -> float | None:
        """The share of the answers kept that told something; None without any."""
        return self.standing.hits / self.standing.kept if self.standing.kept else None

    def to_json(self) -> dict[str, Any]:
        """As `providers --json` prints it."""
        spent = {"last_run": self.spent.run, "day": self.spent.day, "month": self.spent.month, "ever": self.spent.ever}
        caps = {"run": self.caps.run, "day": self.caps.day, "month": self.caps.month}
        failed_at = self.standing.failed_at
        return {
            "provider": self.name,
            "kind": self.kind,
            "unit": self.unit,
            "spent": {name: money(amount) for name, amount in spent.items()},
            "caps": {name: None if cap is None else money(cap) for name, cap in caps.items()},
            "lost": money(self.standing.lost),
            "answers": dict(self.standing.answers),
            "hit_rate": self.hit_rate,
            "failed_at": failed_at.isoformat() if failed_at else None,
            "why": self.standing.why,
        }


def status(name: str, kind: str, terms: Terms, store: Store, now: datetime) -> ProviderStatus:
    """How one stands."""
    last = store.lookups.last_run(name)
    spent = store.lookups.spending(name, now, last)
    return ProviderStatus(name, kind, terms.unit, terms.caps, spent, store.lookups.standing(name))


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one look-up. `state`: hit, miss, failed, or why it was not made. `kept`: since when it is known."""

    asked: Mapping[str, str]
    state: str
    fields: Mapping[str, tuple[str, float | None]]
    why: str = ""
    cost: int = 0
    seconds: float = 0.0
    kept: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether the provider told something, or that it knows nothing."""
        return self.state in {HIT, MISS}

    def to_json(self) -> dict[str, Any]:
        """As `providers try --json` prints it."""
        fields = {name: {"value": text, "confidence": sure} for name, (text, sure) in self.fields.items()}
        return {
            "asked": dict(self.asked),
            "state": self.state,
            "fields": fields,
            "why": self.why,
            "cost": money(self.cost),
            "seconds": round(self.seconds, 3),
            "kept": self.kept.isoformat() if self.kept else None,
        }


class Trial:
    """One look-up of one provider, from what is `given`: by lead field, its text."""

    def __init__(self, provider: Remote | Local, terms: Terms, given: Mapping[str, str], schema: Schema) -> None:
        self._provider = provider
        self._counter = (
            Counter(provider, terms, Tally(unit_of(provider, terms))) if isinstance(provider, Remote) else None
        )
        self._leads = _leads(provider, given, schema)

    @property
    def question(self) -> Question | None:
        """What a remote provider is asked; None of a local one. `ConfigError` where too little is given."""
        if self._counter is None or not isinstance(self._provider, Remote):
            return None
        texts = Questions(self._provider)
        asked = texts.of(self._leads).sort("rank")
        if asked.is_empty():
            ways = " or ".join(" and ".join(names) for names in self._provider.asks)
            message = f"{self._provider.name} is asked by {ways}."
            raise ConfigError([Problem("providers try", message, "Give what it is asked by; see --help.")])
        return texts[asked["key"][0]]

    @property
    def most(self) -> int:
        """What it may cost."""
        return self._provider.price.most if isinstance(self._provider, Remote) else 0

    @property
    def unit(self) -> str:
        """Of its money."""
        return self._counter.tally.unit if self._counter else ""

    def known(self, store: Store) -> Tried | None:
        """The answer that is kept."""
        question = self.question
        kept = store.lookups.answers(self._provider.name, [question.key]).get(question.key) if question else None
        if question is None or kept is None or not kept.answered:
            return None
        return Tried(question.asked, kept.state, kept.fields, kept.why, kept=kept.asked_at)

    def ask(self, store: Store, around: Surroundings, run: str) -> Tried:
        """Ask once, through the journal and the budget."""
        began, question = time.monotonic(), self.question
        if question is None or self._counter is None:
            found = self._provider.look_up(self._leads) if isinstance(self._provider, Local) else pl.DataFrame()
            told = {name: (text, sure) for name, text, sure in found.select("field", "value", "confidence").iter_rows()}
            row = self._leads.drop("id").row(0, named=True)
            asked = {name: str(value) for name, value in row.items() if value is not None}
            return Tried(asked, HIT if told else MISS, told, seconds=time.monotonic() - began)
        wish = Wish(question.key, question, "", datetime.min.replace(tzinfo=UTC))
        counters = {self._provider.name: self._counter}
        [outcome] = Asking(store, around, "", run)(counters, {self._provider.name: [wish]})
        seconds, cost = time.monotonic() - began, self._counter.tally.spent
        if kept := outcome.kept.get(question.key):
            return Tried(question.asked, kept.state, kept.fields, kept.why, cost, seconds)
        return Tried(question.asked, FAILED, {}, outcome.unasked[question.key].why, cost, seconds)


def _leads(provider: Remote | Local, given: Mapping[str, str], schema: Schema) -> pl.DataFrame:
    """One lead with what is given, and all that follows from it and is asked by."""
    for name in given:
        if name not in schema:
            raise ConfigError([Problem("providers try", f"unknown lead field '{name}'.", "See docs/fields.md.")])
    lead = pl.DataFrame({"id": [_LEAD], **{name: [text] for name, text in given.items()}})
    asks = {name for names in provider.asks for name in names} if isinstance(provider, Remote) else set(provider.needs)
    made = Cleaner(asks & RECIPES.keys())(lead)
    return made.select(
        "id", *(pl.col(name) if name in made.columns else pl.lit(None, pl.String).alias(name) for name in sorted(asks))
    )
