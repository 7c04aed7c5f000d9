"""What decides who gets a lead, what is asked about one lead, and what the answer is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from leadrelay.core.playbook.condition import Condition

HANDOFF_TEAM = "handoff"
"""The team that stands for `[handoff] owners = [...]`."""


class Via(StrEnum):
    """The step that found the owner. `EXPERTISE`: the fair choice among those who know the lead's trade best."""

    PRESENT = "present"
    ACCOUNT_OWNER = "account-owner"
    OWN_HISTORY = "own-history"
    EXPERTISE = "expertise"
    FAIR = "fair"
    QUEUE = "queue"
    FALLBACK = "fallback"
    NOBODY = "nobody"


LONGEST_WHY = 255
"""Characters of the line that says why; a field of the CRM has to hold them."""

STEPS = (Via.ACCOUNT_OWNER, Via.OWN_HISTORY, Via.EXPERTISE, Via.FAIR)
"""The steps that a playbook may order, as they stand when it does not."""

COUNTS = ("leads", "value")
"""What the fair choice may even out."""


@dataclass(frozen=True, slots=True)
class Territory:
    """A rule: which leads it speaks for, and the team or queue that gets them. Without `when`: all that are left."""

    name: str
    when: Condition | None = None
    team: str = ""
    queue: str = ""
    place: str = field(default="", compare=False)

    @property
    def goal(self) -> str:
        """The team or queue that it names."""
        return self.team or self.queue


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """Who gets a lead. `when`: which leads are given to somebody at all; None for those that are handed off.

    The first of `territories` that holds speaks; without any, `usual` is the team. `value`: the lead field that holds
    what a lead is worth. `fallback`: the e-mail address of a user, or the name of a queue, that gets what nobody can be
    found for; it stands at `place`. `asks`: the lead fields that the choice itself looks at.
    """

    territories: tuple[Territory, ...] = ()
    when: Condition | None = None
    order: tuple[str, ...] = STEPS
    not_back_to: int = 2
    count: str = "leads"
    value: str = ""
    fallback: str = ""
    usual: str = ""
    asks: tuple[str, ...] = ()
    place: str = field(default="", compare=False)

    @property
    def queues(self) -> frozenset[str]:
        """Every queue that a rule names."""
        return frozenset(rule.queue for rule in self.territories if rule.queue)

    @property
    def goals(self) -> tuple[str, ...]:
        """Every team and queue that a lead may be given to."""
        goals = [rule.goal for rule in self.territories] or [self.usual]
        return tuple(dict.fromkeys(filter(None, goals)))

    def conditions(self) -> Iterator[Condition]:
        """Every predicate that is asked of a lead."""
        yield from [self.when] if self.when else []
        yield from (rule.when for rule in self.territories if rule.when)


@dataclass(frozen=True, slots=True)
class FormerOwner:
    """Somebody who had the lead before. `gave_up`: it was rejected, returned, or taken away by an escalation."""

    owner: str
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """A lead that counts for somebody (`leads` 1), or does not any more (-1), as the ledger is told of it.

    `pool`: the candidates who shared in it. `chosen`: by the fair choice, so that it was this owner's turn.
    """

    team: str
    owner: str
    pool: tuple[str, ...]
    value: float
    leads: int = 1
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A lead that needs an owner. Owners are ids of the CRM.

    `team`: the team or queue that output `team` says; `territory`: the rule that named it. `present`: who has it now.
    `account_owner`: who owns its company in the CRM. `past`: who had it, the last one last. `taken_from`: who has to
    lose it now, whatever else is said.
    """

    lead: str
    team: str
    territory: str = ""
    present: str = ""
    language: str | None = None
    industry: str | None = None
    value: float = 0.0
    account_owner: str = ""
    past: tuple[FormerOwner, ...] = ()
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a lead. `owner`: an id of the CRM, "" where not even the fallback is known there.

    `why`: one line of at most LONGEST_WHY characters, for a field of the CRM. `considered`: by owner why somebody else
    was not chosen; an empty owner stands for several who are counted.
    """

    lead: str
    owner: str
    team: str
    territory: str
    via: Via
    why: str
    considered: tuple[tuple[str, str], ...] = ()

    def trace(self) -> dict[str, Any]:
        """As it is kept, in JSON's types."""
        told: Mapping[str, str] = {"team": self.team, "territory": self.territory, "via": self.via, "why": self.why}
        return {**told, "considered": [list(pair) for pair in self.considered]}
