"""Leads that are one person, as the store knows them: for `leadrelay duplicates`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leadrelay.core.identity import Person, persons, several
from leadrelay.jobs.desk import Job
from leadrelay.jobs.handoff.held import OVER
from leadrelay.jobs.neighbours import asked_for
from leadrelay.state.store import Store


@dataclass(frozen=True, slots=True)
class Lead:
    """One record of a person. `held`: not handed off, as another one was."""

    id: str
    link: str
    oldest: bool
    handed_off: bool
    held: bool

    def to_json(self) -> dict[str, Any]:
        """As `duplicates --json` prints it."""
        return {name: getattr(self, name) for name in ("id", "link", "oldest", "handed_off", "held")}


@dataclass(frozen=True, slots=True)
class Group:
    """The leads of one person, the oldest first. `agree`: by what they are one person, in words, never the values."""

    leads: tuple[Lead, ...]
    agree: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As `duplicates --json` prints it."""
        return {"leads": [lead.to_json() for lead in self.leads], "agree": list(self.agree)}


@dataclass(frozen=True, slots=True)
class Duplicates:
    """`known`: how many leads the store knows. `asked`: whether the job asks for duplicates at all."""

    job: str
    known: int
    asked: bool
    groups: tuple[Group, ...]

    def to_json(self) -> dict[str, Any]:
        """As `duplicates --json` prints it."""
        groups = [group.to_json() for group in self.groups]
        return {"job": self.job, "known": self.known, "asked": self.asked, "groups": groups}


def duplicates(job: Job, store: Store) -> Duplicates:
    """Who is more than one lead. Nothing is read but the store; the CRM says where its records are seen."""
    found = several(persons(store.people.several(job.name)))
    leads = [member.lead for person in found for member in person.members]
    handed = store.outbox.handed(job.organisation, job.mapping.object, leads) if leads else {}
    done = {lead: intent for lead, intent in handed.items() if intent.state not in OVER}
    groups = tuple(Group(tuple(_leads(job, person, done)), person.agreeing()) for person in found)
    return Duplicates(job.name, store.people.known(job.name), asked_for(job), groups)


def _leads(job: Job, person: Person, handed: Mapping[str, object]) -> Iterator[Lead]:
    somebody = any(member.lead in handed for member in person.members)
    for member in person.members:
        one = member.lead
        held = job.hold_duplicates and somebody and one not in handed
        yield Lead(one, job.connector.link(one), one == person.oldest, one in handed, held)
