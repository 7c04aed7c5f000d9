"""What a provider is: asked about leads, it answers with lead fields, with how sure it is, and with what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Protocol, runtime_checkable

import polars as pl


@dataclass(frozen=True, slots=True)
class Price:
    """What one look-up costs, in millionths of the provider's unit."""

    hit: int = 0
    miss: int = 0

    @property
    def most(self) -> int:
        """What is set aside before it is known which of the two it will be."""
        return max(self.hit, self.miss)


@dataclass(frozen=True, slots=True)
class Question:
    """One look-up. `asked`: by lead field, its value, such as {"domain": "acme.com"}. Equal ones are asked once.

    `provider`: its name, or its `source`, where one name stands for several who answer.
    """

    provider: str
    asked: Mapping[str, str]

    @property
    def key(self) -> str:
        """Tells the question, and nothing of the person or company that it is about."""
        told = dumps([self.provider, sorted(self.asked.items())], ensure_ascii=False)
        return sha256(told.encode()).hexdigest()[:40]


class Found(StrEnum):
    """How a look-up ended. Only `FAILED` is asked again before the answer is stale."""

    HIT = "hit"
    MISS = "miss"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `fields`: by lead field, text as CRMs spell it, entries of a list parted by `;`.

    `confidence`: by lead field, between 0 and 1; 1 where nothing is said. `cost`: in millionths, as far as the provider
    tells, else its price. `why`: of a miss or failure, for people; without personal data. `again`: not before so long,
    where it failed. `down`: nothing more is to be asked of this provider in this run.
    """

    found: Found
    fields: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    cost: int = 0
    why: str = ""
    again: timedelta | None = None
    down: bool = False


@runtime_checkable
class Remote(Protocol):
    """A provider over the network: its answers are kept, so that nothing is asked, or paid, twice.

    `fields`: the lead fields that it can fill. `asks`: sets of lead fields, the first of which all are known is asked
    with. `price`: of one look-up. `at_once`: so many pieces may be under way at a time; `piece`: so many questions a
    piece.
    """

    name: str
    fields: frozenset[str]
    asks: tuple[tuple[str, ...], ...]
    price: Price
    at_once: int
    piece: int

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """The answers to one piece, in its order. Never raises for what a provider does; several threads call it."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


@runtime_checkable
class Local(Protocol):
    """A provider on this machine, free and quick: asked for whole pages, and nothing of it is kept."""

    @property
    def name(self) -> str:
        """As the configuration has it."""
        ...

    @property
    def fields(self) -> frozenset[str]:
        """The lead fields that it can fill."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The lead fields that it matches by; absent ones are null."""
        ...

    def look_up(self, leads: pl.DataFrame) -> pl.DataFrame:
        """Rows of `core.enrich.values.ANSWERS`; a lead that is not found has none."""
        ...


Provider = Remote | Local
