"""Whether the CRM knows everybody whom a playbook names, as somebody who may own leads: members, owners, addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.saved import hashed
from leadrelay.core.assign.values import HANDOFF_TEAM
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.roster import Team, by_email
from leadrelay.core.sla import MANAGER
from leadrelay.core.toml_text import nearest
from leadrelay.errors import ConfigError
from leadrelay.findings import Finding, Level
from leadrelay.mappings.mapping import Mapping as FieldMapping

_QUEUE = "Group"
_UNKNOWN = "the CRM has no user with this e-mail address."
_INACTIVE = "the CRM has deactivated this user."
_INVITE = "Invite her to the CRM under it, or mend the address."
_MEND = "Name a user who is active there."
_SEVERAL = "the CRM has several active users with this e-mail address."
_FIRST = "The first that it tells gets the leads. Give each user an address of their own."


def examine(section: str, playbook: Playbook, owners: Sequence[Owner] | None, now: datetime) -> Iterator[Finding]:
    """A finding for everybody whom the CRM does not know, or has deactivated. `owners`: None where it tells none."""
    yield from _calendars(section, playbook, now)
    if not names_people(playbook):
        return
    if owners is None:
        cure = "Let the API user read users and owners."
        yield Finding(section, Level.ERROR, "the CRM does not tell its users.", "", cure)
        return
    queues = [owner.name for owner in owners if owner.queue]
    people = by_email([replace(owner, email=hashed(owner.email)) for owner in owners])
    counted = Counter(hashed(owner.email) for owner in owners if owner.email and owner.active and not owner.queue)
    several = frozenset(email for email, number in counted.items() if number > 1)
    yield from _Named(section, playbook, people, queues, several).findings()


def names_people(playbook: Playbook) -> bool:
    """Whether somebody of the CRM is named, as a member, as a manager, or as one to whom something is sent."""
    named = _Named("", playbook, {}, [], frozenset())
    return bool(playbook.roster.teams or [*named.addresses()] or [*named.queues()])


def _calendars(section: str, playbook: Playbook, now: datetime) -> Iterator[Finding]:
    """Those that never open, since holidays and closed days take all that there is."""
    for name, calendar in playbook.roster.calendars.items():
        try:
            calendar.opens(now)
        except ConfigError as error:
            message, cure = error.problems[0].message, error.problems[0].cure
            yield Finding(section, Level.ERROR, message, playbook.place(f"calendars.{name}"), cure)


def ownable(
    section: str, playbook: Playbook, mapping: FieldMapping, fields: Mapping[str, FieldInfo]
) -> Iterator[Finding]:
    """Queues to which records of this object cannot belong: Salesforce's contacts belong to users alone."""
    info = fields.get(mapping.task.owner) if mapping.task else None
    holders = str(info.extra.get("reference_to") or "").split(",") if info else [""]
    rules = playbook.assignment
    queues = [(rule.queue, rule.place) for rule in rules.territories if rule.queue]
    queues += [(rules.fallback, rules.place)] if rules.fallback and "@" not in rules.fallback else []
    for name, place in () if holders == [""] or _QUEUE in holders else queues:
        message = f"a record of {mapping.object} belongs to a user, and can be given to no queue such as '{name}'."
        yield Finding(section, Level.ERROR, message, place, "Name a team, or a user by e-mail.")


@dataclass(frozen=True)
class _Named:
    """Whom the playbook names, held against the users and queues of a CRM, by their addresses' hashes.

    `several`: addresses of more than one.
    """

    section: str
    playbook: Playbook
    people: Mapping[str, Owner]
    queue_names: Sequence[str]
    several: frozenset[str]

    def findings(self) -> Iterator[Finding]:
        """What is wrong, or that nothing is."""
        found = [
            *(finding for team in self.playbook.roster.teams.values() for finding in self._team(team)),
            *(finding for email, place in self.addresses() for finding in self._address(email, place)),
            *(finding for name, place in self.queues() for finding in self._queue(name, place)),
        ]
        yield from found
        if not found:
            count = len({member.email.lower() for _, member in self.playbook.roster.members()})
            yield Finding(self.section, Level.OK, f"every member is an active user of the CRM: {count}")

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Every address that stands for one person alone, with its place."""
        playbook = self.playbook
        for team in playbook.roster.teams.values():
            if team.manager:
                yield team.manager, playbook.place(f"teams.{team.name}.manager")
        if "@" in playbook.assignment.fallback:
            yield playbook.assignment.fallback, playbook.assignment.place
        for number, rung in enumerate(playbook.sla.path if playbook.sla else ()):
            if rung != MANAGER:
                yield rung, playbook.place(f"escalation.path[{number}]")
        for number, topic in enumerate(playbook.topics):
            if "@" in topic.to:
                yield topic.to, playbook.place(f"topics[{number}].to")

    def queues(self) -> Iterator[tuple[str, str]]:
        """Every queue, with its place."""
        playbook, rules = self.playbook, self.playbook.assignment
        yield from ((rule.queue, rule.place) for rule in rules.territories if rule.queue)
        if rules.fallback and "@" not in rules.fallback:
            yield rules.fallback, rules.place
        for number, topic in enumerate(playbook.topics):
            if "@" not in topic.to and topic.to not in playbook.roster.teams:
                yield topic.to, playbook.place(f"topics[{number}].to")

    def _team(self, team: Team) -> Iterator[Finding]:
        known = [self.people.get(hashed(member.email)) for member in team.members]
        for number, (member, owner) in enumerate(zip(team.members, known, strict=True)):
            place = member.place or self.playbook.place(f"handoff.owners[{number}]")
            if owner is None:
                yield self._finding(Level.ERROR, _UNKNOWN, place, _INVITE)
            elif not owner.active:
                cure = "She gets no leads. Take her out, or activate her again."
                yield self._finding(Level.WARNING, _INACTIVE, place, cure)
            elif hashed(member.email) in self.several:
                yield self._finding(Level.WARNING, _SEVERAL, place, _FIRST)
        if known and not any(owner and owner.active for owner in known):
            place = team.place or self.playbook.place("handoff.owners")
            what = "[handoff] owners" if team.name == HANDOFF_TEAM else f"team '{team.name}'"
            yield self._finding(Level.ERROR, f"nobody of {what} is an active user of the CRM.", place, _MEND)

    def _address(self, email: str, place: str) -> Iterator[Finding]:
        owner = self.people.get(hashed(email))
        if owner is None or not owner.active:
            yield self._finding(Level.ERROR, _INACTIVE if owner else _UNKNOWN, place, _MEND if owner else _INVITE)

    def _queue(self, name: str, place: str) -> Iterator[Finding]:
        if name.lower() not in map(str.lower, self.queue_names):
            cure = nearest(name, list(self.queue_names)) or "Name a queue that the CRM has, or a user by e-mail."
            yield self._finding(Level.ERROR, f"the CRM has no queue '{name}'.", place, cure)

    def _finding(self, level: Level, message: str, place: str, cure: str) -> Finding:
        return Finding(self.section, level, message, place, cure)
