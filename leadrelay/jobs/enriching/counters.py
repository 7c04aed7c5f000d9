"""Who is asked in a run: the remote providers of a playbook, each with its terms and what was asked of it so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime

from leadrelay.core.playbook.enrichment import unknown_providers
from leadrelay.core.playbook.values import Playbook
from leadrelay.enrichers.base import Local, Remote
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.enriching.sources import Sources, Terms
from leadrelay.jobs.enriching.tally import Tally


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A question without an answer: why, and when it may be asked (None: not before something changes)."""

    why: str
    again_at: datetime | None = None


@dataclass
class Counter:
    """Where a provider is asked throughout a run. `down`: nothing more is asked of it, and why.

    `saved`: the keys of questions that were not worth asking.
    """

    provider: Remote
    terms: Terms
    tally: Tally
    down: NotAsked | None = None
    saved: set[str] = field(default_factory=set)

    def save(self, keys: Iterable[str]) -> None:
        """These are not worth asking; each counts once a run."""
        self._count(new := set(keys) - self.saved)
        self.saved |= new

    def need(self, keys: Iterable[str]) -> None:
        """These are asked after all, for another lead."""
        self._count(after_all := self.saved & set(keys), -1)
        self.saved -= after_all

    def _count(self, keys: set[str], sign: int = 1) -> None:
        self.tally.saved_calls += sign * len(keys)
        self.tally.saved += sign * len(keys) * self.provider.price.most


@dataclass(frozen=True, slots=True)
class Providers:
    """Those that a playbook names. `local`: free and on this machine."""

    remote: Mapping[str, Counter]
    local: tuple[Local, ...]

    @classmethod
    def of(cls, playbook: Playbook, sources: Sources, tallies: MutableMapping[str, Tally]) -> Providers:
        """Raises `ConfigError` for a provider that there is not, or that cannot fill what it is asked for."""
        if problems := unknown_providers(playbook, list(sources)):
            raise ConfigError(problems)
        live = {name: sources[name] for name in playbook.enrichment.providers}
        if problems := unfillable(playbook, {name: one.fields for name, one in live.items()}):
            raise ConfigError(problems)
        remote = {name: one for name, one in live.items() if isinstance(one, Remote)}
        counters = {name: _counter(one, sources.terms(name), tallies) for name, one in remote.items()}
        return cls(counters, tuple(one for one in live.values() if not isinstance(one, Remote)))

    @property
    def asked_with(self) -> frozenset[str]:
        """The lead fields that questions are made of."""
        remote = (fields for one in self.remote.values() for fields in one.provider.asks)
        return frozenset().union(*remote, *(one.needs for one in self.local))


def _counter(provider: Remote, terms: Terms, tallies: MutableMapping[str, Tally]) -> Counter:
    return Counter(provider, terms, tallies.setdefault(provider.name, Tally(unit_of(provider, terms))))


def unit_of(provider: Remote, terms: Terms) -> str:
    """What its money is counted in: as the configuration says, else its description."""
    return terms.unit or str(getattr(provider, "unit", ""))


def unfillable(playbook: Playbook, fields: Mapping[str, frozenset[str]]) -> list[Problem]:
    """A problem for each provider that is asked for a field that it knows nothing of. `fields`: by provider."""
    return [
        Problem(
            playbook.place(f"enrichment.fields.{plan.field}.from"),
            f"the provider '{name}' does not tell '{plan.field}'.",
            f"It tells {', '.join(sorted(fields[name])) or 'nothing'}: remove it here, or have it say this too.",
        )
        for plan in playbook.enrichment.fields
        for name in plan.providers
        if name in fields and plan.field not in fields[name]
    ]
