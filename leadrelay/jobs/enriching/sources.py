"""The providers of a job, and the terms on which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from leadrelay.core.enrich.values import MICRO
from leadrelay.enrichers.base import Provider, Remote
from leadrelay.state.budgets import Caps


@dataclass(frozen=True, slots=True)
class Terms:
    """What a provider may cost. `unit`: of money, only shown. `always`: asked whether or not it can change anything.

    `always` is None where that depends on whether a look-up costs something.
    """

    caps: Caps = field(default_factory=Caps)
    unit: str = ""
    always: bool | None = None

    def heeds_relevance(self, provider: Remote) -> bool:
        """Whether a look-up that can change nothing is not made."""
        return provider.price.most > 0 if self.always is None else not self.always


class Sources(Mapping[str, Provider]):
    """Providers by name, each opened when it is first asked for.

    `versions`: of those whose knowledge lies here, what changes with it.
    """

    def __init__(
        self,
        makers: Mapping[str, Callable[[], Provider]] | None = None,
        terms: Mapping[str, Terms] | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self._makers = dict(makers or {})
        self._terms = dict(terms or {})
        self._versions = dict(versions or {})
        self._open: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if name not in self._open:
            self._open[name] = self._makers[name]()
        return self._open[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def terms(self, name: str) -> Terms:
        """Those of a provider."""
        return self._terms.get(name, Terms())

    def version(self, names: Iterable[str]) -> str:
        """Changes when any of these knows other things than before, as far as can be told without asking."""
        return " ".join(f"{name} {self._versions[name]}" for name in sorted(names) if name in self._versions)

    def close(self) -> None:
        """Let go of all that are open."""
        for provider in self._open.values():
            if isinstance(provider, Remote):
                provider.close()
        self._open.clear()


def money(amount: int) -> int | float:
    """Millionths as people and programs read them."""
    whole, rest = divmod(amount, MICRO)
    return amount / MICRO if rest else whole
