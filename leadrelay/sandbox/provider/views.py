"""What each vendor knows: another part of the companies and people, some of it years old, some of it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from leadrelay.sandbox.provider.settings import Settings
from leadrelay.sandbox.provider.truth import Contact, Directory, Firm, chance
from leadrelay.sandbox.sample_companies import round_off


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of companies that a vendor knows, has from years ago, and takes for another; of fields it lacks."""

    known: float
    stale: float
    wrong: float
    gaps: float


HABITS: Mapping[str, Habits] = {
    "pdl": Habits(known=0.75, stale=0.15, wrong=0.03, gaps=0.10),
    "apollo": Habits(known=0.80, stale=0.12, wrong=0.05, gaps=0.12),
    "hunter": Habits(known=0.60, stale=0.10, wrong=0.02, gaps=0.20),
    "clearbit": Habits(known=0.70, stale=0.20, wrong=0.02, gaps=0.08),
}
_STRANGER = Contact(
    email="alex.stranger@another-company.example",
    given="Alex",
    family="Stranger",
    title="Marketing Manager",
    department="Marketing",
    rank=1,
    firm=Firm("another-company.example", "Another Company", None, None, None, "United States", None, None, None, ()),
)
"""Whom a vendor takes somebody for."""
_GAPPY = ("industry", "employees", "revenue", "city", "state", "founded")


class View:
    """One vendor's knowledge: a part of the truth, always the same part for a seed."""

    mistaken: bool = False
    """Takes everybody for somebody else."""

    def __init__(self, vendor: str, directory: Directory, settings: Settings) -> None:
        self.vendor = vendor
        self._directory = directory
        self._settings = settings

    def firm(self, domain: str) -> Firm | None:
        """The company of a domain, as this vendor has it."""
        if not self._knows("firm", domain):
            return None
        true = self._directory.firm(domain)
        if true is None and self._settings.invents and domain:
            true = self._directory.invented(domain)
        if true and self.mistaken:
            return self.stranger(domain)
        return self._told(true) if true else None

    def contact(self, email: str) -> Contact | None:
        """The person of an e-mail address."""
        true = self._directory.contact(email)
        if true is None or not self._knows("person", email):
            return None
        firm = self.firm(true.firm.domain) or true.firm
        if self.mistaken:
            return replace(_STRANGER, firm=self.stranger(email))
        if self._is("wrong", email):
            return replace(true, firm=firm, title=_STRANGER.title, rank=_STRANGER.rank)
        title = None if self._draw("title", email) < self._gaps else true.title
        return replace(true, firm=firm, title=title)

    def called(self, given: str, family: str, company: str) -> Contact | None:
        """The person of that name at a company, by its domain or name."""
        email = self._directory.called(given, family, company)
        return self.contact(email) if email else None

    def by_name(self, name: str) -> Firm | None:
        """The company of that name."""
        domain = self._directory.named(name)
        return self.firm(domain) if domain else None

    def stranger(self, domain: str) -> Firm:
        """Somebody else's company."""
        return self._directory.stranger(domain)

    def sure(self, domain: str) -> float:
        """How sure the vendor says it is, from 0 to 1: surer where it is right, but never quite."""
        at = self._draw("sure", domain)
        return 0.2 + 0.35 * at if self._is("wrong", domain) else 0.55 + 0.45 * at

    def _told(self, true: Firm) -> Firm:
        told = true
        if self._is("wrong", true.domain):
            other = self.stranger(true.domain)
            told = replace(other, domain=true.domain, name=true.name)
        elif self._is("stale", true.domain):
            told = _older(true, 0.35 + 0.5 * self._draw("age", true.domain))
        lacking: dict[str, Any] = {name: None for name in _GAPPY if self._draw("gap", name, true.domain) < self._gaps}
        return replace(told, **lacking)

    def _knows(self, kind: str, key: str) -> bool:
        share = self._settings.known
        return self._draw("knows", kind, key) < (HABITS[self.vendor].known if share is None else share)

    def _is(self, habit: str, domain: str) -> bool:
        share: float | None = getattr(self._settings, habit)
        usual: float = getattr(HABITS[self.vendor], habit)
        return self._draw(habit, domain) < (usual if share is None else share)

    @property
    def _gaps(self) -> float:
        share = self._settings.gaps
        return HABITS[self.vendor].gaps if share is None else share

    def _draw(self, *parts: str) -> float:
        return chance(self._directory.seed, self.vendor, *parts)


def _older(firm: Firm, share: float) -> Firm:
    """The company as it was when it was smaller."""
    employees = max(round_off((firm.employees or 1) * share), 1)
    return replace(firm, employees=employees, revenue=round_off((firm.revenue or 0) * share))
