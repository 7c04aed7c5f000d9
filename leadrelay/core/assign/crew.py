"""One team while leads are given: who may have one now, who knows its trade best, and whose turn it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leadrelay.core.assign.fair import MOST_KEPT, Turns
from leadrelay.core.assign.ledger import Entry
from leadrelay.core.assign.line import Pool
from leadrelay.core.assign.values import Case
from leadrelay.core.roster import Rep

MOST_NAMED = 12
"""So many are named for each reason; more are counted."""

STRANGER = "is not a member of the team"
INACTIVE = "is not active in the CRM"
ABSENT = "is absent"
FULL = "has as many open leads as the capacity allows"
GAVE_UP = "gave the lead up before"
_IN_SHORT = {INACTIVE: "inactive", ABSENT: "absent", FULL: "at capacity", GAVE_UP: "gave it up"}
LESS = "knows less of the lead's language and industry"

Told = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may have a lead. `pool`: None for nobody. `tongue`, `trade`: some know its language, or its industry.

    `left_out`: why not the other members. `troubles`: the same in numbers, such as `2 absent`, where nobody is left.
    """

    pool: Pool | None
    tongue: bool
    trade: bool
    left_out: Told
    troubles: str

    def knows(self, case: Case) -> str:
        """What they know of its trade, such as `Banking and de`; "" where nobody knows anything of it."""
        words = (case.industry if self.trade else None, case.language if self.tongue else None)
        return " and ".join(word.strip() for word in words if word)


class Crew:
    """The members of one team, `reps` in roster order. `load`: open leads by owner, kept up to date by the caller."""

    def __init__(
        self,
        reps: Sequence[Rep],
        entries: Mapping[str, Entry],
        load: Mapping[str, int],
        now: datetime,
        *,
        by_value: bool,
    ) -> None:
        self.reps = {rep.owner: rep for rep in reps}
        self.turns = Turns({owner: rep.member.weight for owner, rep in self.reps.items()}, entries, by_value=by_value)
        self._load = load
        self._away = {owner: trouble for owner, rep in self.reps.items() if (trouble := _away(rep, now))}
        self._languages = frozenset(word for rep in reps for word in rep.member.languages)
        self._industries = frozenset(word for rep in reps for word in rep.member.industries)
        self._found: dict[tuple[str, str, frozenset[str]], Candidates] = {}

    def why_not(self, owner: str, barred: frozenset[str], *, room: bool = True) -> str:
        """Why that owner may not have the lead; "" for one who may. `room`: whether there has to be room for it."""
        if owner not in self.reps:
            return STRANGER
        if trouble := self._away.get(owner):
            return trouble
        if owner in barred:
            return GAVE_UP
        return FULL if room and self.full(owner) else ""

    def candidates(self, language: str | None, industry: str | None, barred: frozenset[str]) -> Candidates:
        """Those who may have a lead, and of these who know most of its language and industry."""
        key = (_known(language, self._languages), _known(industry, self._industries), barred)
        if len(self._found) >= MOST_KEPT:
            self._found.clear()
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def changed(self) -> None:
        """Somebody has no more room."""
        self._found.clear()

    def present(self) -> Pool | None:
        """All who take part in the fair choice now."""
        return self.candidates(None, None, frozenset()).pool

    def _find(self, language: str, industry: str, barred: frozenset[str]) -> Candidates:
        troubles = {owner: self.why_not(owner, barred) for owner in self.reps}
        matches = {
            owner: (language in rep.member.languages, industry in rep.member.industries)
            for owner, rep in self.reps.items()
            if not troubles[owner]
        }
        most = max(map(sum, matches.values()), default=0)
        best = {owner: found for owner, found in matches.items() if sum(found) == most}
        left = [(owner, trouble or LESS) for owner, trouble in troubles.items() if owner not in best]
        return Candidates(
            pool=self.turns.pool([self.turns.place[owner] for owner in best]) if best else None,
            tongue=any(tongue for tongue, _ in best.values()),
            trade=any(trade for _, trade in best.values()),
            left_out=tuple(grouped(left)),
            troubles="" if best else ", ".join(_counted(troubles.values())),
        )

    def full(self, owner: str) -> bool:
        """Whether there is no room for another lead."""
        capacity = self.reps[owner].member.capacity
        return capacity is not None and self._load.get(owner, 0) >= capacity


def grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """By reason: each by name where they are few, else their number."""
    reasons: dict[str, list[str]] = {}
    for owner, reason in pairs:
        reasons.setdefault(reason, []).append(owner)
    for reason, owners in reasons.items():
        if len(owners) <= MOST_NAMED:
            yield from ((owner, reason) for owner in owners)
        else:
            yield "", f"{len(owners)} others: {reason}"


def _counted(troubles: Iterable[str]) -> Iterator[str]:
    return (f"{count} {_IN_SHORT[trouble]}" for trouble, count in Counter(troubles).items())


def _away(rep: Rep, now: datetime) -> str:
    if not rep.active:
        return INACTIVE
    return "" if rep.member.present(now) else ABSENT


def _known(word: str | None, known: frozenset[str]) -> str:
    """The word in small letters where anybody knows it."""
    small = (word or "").strip().lower()
    return small if small in known else ""
