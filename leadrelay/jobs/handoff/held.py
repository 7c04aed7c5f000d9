"""One person, one hand-off: which leads have to wait, as another lead of the same person was handed off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadrelay.core.identity import KINDS, WORDS, Person
from leadrelay.jobs.circle import Circle
from leadrelay.jobs.desk import Job
from leadrelay.state.store import Store

OVER = frozenset({"void", "undone"})
"""States of hand-offs that nobody has to wait for."""


def held(job: Job, store: Store, circle: Circle, leads: Sequence[str]) -> dict[str, str]:
    """By lead of these, which are due, why it has to wait: for one that was handed off, or goes first on this page."""
    if not job.hold_duplicates:
        return {}
    handed = _handed(job, store, circle, leads)
    by_address = addresses(job, circle, leads)
    before = store.outbox.handed_people(job.name, set(by_address.values()))
    first: dict[str, str] = {}
    waiting: dict[str, str] = {}
    for lead in leads:
        person = circle.persons.get(lead)
        other = next((one for one in circle.others(lead) if one in handed), "")
        if person and not other:
            other = first.setdefault(person.oldest, lead)
        if other in ("", lead):
            other = before.get(by_address.get(lead, ""), "")
        if other not in ("", lead):
            waiting[lead] = _why(person, other)
            if person and first.get(person.oldest) == lead:
                first[person.oldest] = other
    return waiting


def addresses(job: Job, circle: Circle, leads: Sequence[str]) -> dict[str, str]:
    """By lead that has one, the key of its e-mail address: its hand-off keeps it, even once the lead is gone."""
    if not job.hold_duplicates:
        return {}
    place = KINDS.index("email")
    known = {member.lead: member.keys[place] for person in circle.persons.values() for member in person.members}
    return {lead: key for lead in leads if (key := known.get(lead))}


def _handed(job: Job, store: Store, circle: Circle, leads: Sequence[str]) -> Mapping[str, object]:
    """The other leads of these people that were handed off, or are about to be, by whichever job."""
    others = sorted({other for lead in leads for other in circle.others(lead)})
    found = store.outbox.handed(job.organisation, job.mapping.object, others) if others else {}
    return {lead: intent for lead, intent in found.items() if intent.state not in OVER}


def _why(person: Person | None, other: str) -> str:
    same = person is not None and any(member.lead == other for member in person.members)
    words = ", ".join(person.agreeing()) if person and same else WORDS["email"]
    return f"{other} is the same person ({words}) and was handed off"
