"""Who the leads of a page are, and who else is concerned, as a decision and a hand-off need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leadrelay.core.decision_group import Group
from leadrelay.core.identity import Person
from leadrelay.state.people import Acquaintance


@dataclass(frozen=True)
class Circle:
    """`persons`: by lead of the page, the person that it is, with all its leads. `groups`: by lead, its account's.

    `new`: what is to be kept of it, with the promise.
    """

    persons: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    new: Acquaintance = field(default_factory=Acquaintance)

    def is_duplicate(self, lead: str) -> bool:
        """Whether it is the same person as an older lead."""
        return lead in self.persons and self.persons[lead].oldest != lead

    def others(self, lead: str) -> tuple[str, ...]:
        """The other leads that are the same person, the oldest first."""
        person = self.persons.get(lead)
        return tuple(member.lead for member in person.members if member.lead != lead) if person else ()
