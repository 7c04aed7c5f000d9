"""What is said of a provider's JSON API: how it is asked, what of its answer is which lead field, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadrelay.core.lead import Type
from leadrelay.enrichers.base import Price
from leadrelay.enrichers.paths import Path
from leadrelay.enrichers.templates import Template, holes

_FREE = Price()
MISS = frozenset({404})
BUSY = frozenset({429, 503})
DOWN = frozenset({401, 402, 403})
"""What statuses mean where a description does not say: not found; come again; nothing more for you."""


@dataclass(frozen=True, slots=True)
class Url:
    """Where it is asked: the host stands fast, lead fields may be segments of the path."""

    scheme: str
    host: str
    port: int
    path: Template


@dataclass(frozen=True, slots=True)
class Auth:
    """Who asks. `kind`: header, query, basic, bearer. `name`: of the header or query parameter."""

    kind: str
    value: Template
    name: str = ""
    password: Template | None = None


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure an answer is: always the same, or what a path finds, divided by `scale`."""

    number: float = 1.0
    path: Path | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One lead field of the answer. `values`: the provider's word, in small letters, and ours for it."""

    name: str
    type: Type
    path: Path
    sure: Sure
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """Where the answer says what it cost, in the description's unit."""

    path: Path | None = None
    header: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take. `size`: bytes, packed and unpacked; `seconds`: from the first byte sent to the last."""

    size: int = 1_000_000
    depth: int = 50
    seconds: float = 20.0
    connect_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Description:
    """A provider as its TOML describes it. `busy`: statuses that mean "come again"; `down`: "nothing more of you"."""

    name: str
    place: str
    url: Url
    asks: tuple[tuple[str, ...], ...]
    fields: Mapping[str, Wanted]
    method: str = "GET"
    query: Mapping[str, Template] = field(default_factory=dict)
    headers: Mapping[str, Template] = field(default_factory=dict)
    body: Any = None
    auth: Auth | None = None
    match: Mapping[str, Path] = field(default_factory=dict)
    miss: frozenset[int] = MISS
    miss_when: tuple[Path, ...] = ()
    busy: frozenset[int] = BUSY
    down: frozenset[int] = DOWN
    price: Price = _FREE
    unit: str = ""
    cost: Told | None = None
    per_second: float | None = None
    retry_after: float = 30.0
    limits: Limits = Limits()

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that it needs."""
        templates = [self.url.path, *self.query.values(), *self.headers.values(), *holes(self.body)]
        if self.auth:
            templates += [self.auth.value, *([self.auth.password] if self.auth.password else [])]
        return frozenset(name for template in templates for name in template.secrets)
