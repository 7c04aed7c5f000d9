"""Who of a company decides with whom: the role of each lead, and which roles of the group are known and missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import polars as pl

from leadrelay.core.identity import Member, persons
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.predicates import bind, fields, to_polars

OF_THE_PROCESS = ("budget holder", "decision maker", "influencer", "user")
"""The roles of every group."""

GIVEN = "decision_role"
"""The lead field in which a person says the role; it wins over every predicate."""

_ALSO = {
    "economic buyer": "budget holder",
    "economic decision maker": "budget holder",
    "technical buyer": "influencer",
    "evaluator": "influencer",
    "business user": "user",
    "end user": "user",
}
"""What the CRMs call the same: the roles of Salesforce's contact roles and of HubSpot's `hs_buying_role`."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role, and who has it where nobody said so; without a predicate only whom somebody named."""

    name: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class DecisionGroup:
    """The roles that count, in the order in which they are told; of several that hold, a lead has the first."""

    roles: tuple[Role, ...] = tuple(map(Role, OF_THE_PROCESS))

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(role.name for role in self.roles)

    @property
    def asks(self) -> frozenset[str]:
        """The lead fields that tell a role."""
        return frozenset({GIVEN}.union(*(fields(role.when.node) for role in self.roles if role.when)))


class Roles:
    """Tells the role of each lead. Made once for a run."""

    def __init__(self, group: DecisionGroup, now: datetime) -> None:
        self._words = {**{word: name for word, name in _ALSO.items() if name in group.names}}
        self._words |= {name.lower(): name for name in group.names}
        self._rules = [(role.name, to_polars(bind(role.when.node, now))) for role in group.roles if role.when]
        self.asks = group.asks

    def __call__(self, leads: pl.DataFrame) -> dict[str, str]:
        """By lead that has one, its role. A word for a role that the group has not is none of it."""
        said = pl.col(GIVEN).str.strip_chars().str.to_lowercase().str.replace_all("_", " ", literal=True)
        word = pl.when(said != "").then(said)
        keys, names = list(self._words), list(self._words.values())
        told = word.replace_strict(keys, names, default=None, return_dtype=pl.String)
        ruled = pl.lit(None, pl.String)
        for name, holds in reversed(self._rules):
            ruled = pl.when(holds.fill_null(value=False)).then(pl.lit(name)).otherwise(ruled)
        role = pl.when(word.is_not_null()).then(told).otherwise(ruled)
        return dict(leads.select("id", role=role).drop_nulls("role").iter_rows())


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of the decision group of one account. `size`: how many people have a role."""

    known: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    size: int = 0
    people: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, Any]:
        """As `explain --json` prints it."""
        people = [{"id": lead, "role": role} for lead, role in self.people]
        return {"known": list(self.known), "missing": list(self.missing), "size": self.size, "people": people}

    def digest(self) -> str:
        """Differs where the leads of the account have to be told something else."""
        return sha256(f"{self.known} {self.missing} {self.size}".encode()).hexdigest()[:16]


def group_of(names: Sequence[str], members: Iterable[Member]) -> Group:
    """The group of one account, of those of its people who have a role in it. One person counts once."""
    found = sorted((member for member in members if member.role in names), key=lambda member: member.age)
    there = {member.role for member in found}
    size = len({person.oldest for person in persons(found).values()})
    known = tuple(name for name in names if name in there)
    missing = tuple(name for name in names if name not in there)
    return Group(known, missing, size, tuple((member.lead, member.role) for member in found))
