"""Which questions a page's leads come to, and what the journal's answers say of each of them, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.lead import Axis
from leadrelay.enrichers.base import Question, Remote
from leadrelay.state.lookups import Kept

ASKED = {"id": pl.String(), "key": pl.String(), "rank": pl.UInt8()}
"""Every question that could be asked about a lead, the best first."""


class Questions:
    """The questions of one provider, kept by their keys."""

    def __init__(self, provider: Remote) -> None:
        self.provider = provider
        self._source = getattr(provider, "source", provider.name)
        self._known: dict[str, Question] = {}

    def __getitem__(self, key: str) -> Question:
        return self._known[key]

    def of(self, leads: pl.DataFrame) -> pl.DataFrame:
        """Rows of `ASKED`. `leads`: with the columns that are asked with, as far as they are known."""
        parts = [self._with(leads, names, rank) for rank, names in enumerate(self.provider.asks)]
        return pl.concat([pl.DataFrame(schema=ASKED), *parts])

    def _with(self, leads: pl.DataFrame, names: tuple[str, ...], rank: int) -> pl.DataFrame:
        if not set(names) <= set(leads.columns):
            return pl.DataFrame(schema=ASKED)
        texts = leads.select("id", *(pl.col(name).cast(pl.String).alias(name) for name in names))
        told = texts.filter(pl.all_horizontal((pl.col(name) != "").fill_null(value=False) for name in names))
        distinct = told.select(names).unique(maintain_order=True)
        keys = [self._key(dict(zip(names, row, strict=True))) for row in distinct.iter_rows()]
        known = distinct.with_columns(key=pl.Series(keys, dtype=pl.String), rank=pl.lit(rank, pl.UInt8))
        return told.join(known, on=list(names), how="left", maintain_order="left").select(*ASKED)

    def _key(self, asked: Mapping[str, str]) -> str:
        question = Question(self._source, asked)
        key = question.key
        self._known.setdefault(key, question)
        return key


def personal(question: Question) -> bool:
    """Whether it names a person, and not only a company."""
    return any(name not in SCHEMA or SCHEMA[name].axis is Axis.CONTACT for name in question.asked)


def told(provider: Remote, asked: pl.DataFrame, kept: Iterable[Kept]) -> pl.DataFrame:
    """Rows of the core's `ANSWERS`: of each lead the best of its questions that was answered, a hit before a miss."""
    answers = [answer for answer in kept if answer.answered]
    order = {"key": [one.key for one in answers], "miss": [not one.fields for one in answers]}
    found = asked.join(pl.DataFrame(order, schema={"key": pl.String, "miss": pl.Boolean}), on="key", how="inner")
    best = found.sort("miss", "rank").unique("id", keep="first", maintain_order=True).select("id", "key")
    rows = [row for answer in answers for row in _rows(answer, provider)]
    frame = pl.DataFrame(
        rows, schema={"key": pl.String, **{k: v for k, v in ANSWERS.items() if k != "id"}}, orient="row"
    )
    return best.join(frame, on="key", how="inner").select(*ANSWERS)


def _rows(answer: Kept, provider: Remote) -> Iterable[tuple[object, ...]]:
    """One a field; the first carries the cost. Nothing found is a row without a field."""
    fields = [(name, text, sure) for name, (text, sure) in answer.fields.items() if name in provider.fields]
    for number, (name, text, sure) in enumerate(fields or [(None, None, None)]):
        cost = 0 if number else answer.cost
        yield answer.key, provider.name, name, text, sure, answer.asked_at, cost
