"""The examination behind `check`: configuration, sign-in, every mapped field, rules. Finds all problems at once.

It is a judgement of values: of the configuration, and of what was seen of the CRMs, just now or when a file was saved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leadrelay.checkup import access, automation, fields, people, providers, rules, state, timing
from leadrelay.checkup.looking import Looker, Sights, read
from leadrelay.checkup.values import Sight, Subject
from leadrelay.errors import ConfigError
from leadrelay.findings import Finding, Level, worst
from leadrelay.screens_tables import counted
from leadrelay.state.store import Store
from leadrelay.wiring import House


def examine(
    house: House,
    now: datetime,
    only: str | None = None,
    schemas: Sequence[Path] = (),
    store: Store | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Every finding, for one job or for all. `now`: the moment of examples that name none.

    `schemas`: files of `fields --save`; then nobody signs in, no secret is needed, and the state store stays closed.
    `store`: that of who has it open already. `pause`: sits out what a CRM asks for.
    """
    jobs = _Jobs.read(house, [house.job_name(only)] if only else list(house.settings.jobs))
    told = [_ok("configuration", _counted(house))]
    if schemas:
        sights = read(house, schemas, jobs.subjects)
        return [*told, *_judged(house, jobs, sights, now, offline=True), _unopened()]
    opened, troubles = (store, []) if store else state.opened(house)
    try:
        sights = Looker(house, opened, pause)(jobs.subjects, jobs.connections(house))
        told += _judged(house, jobs, sights, now, offline=False)
        return [*told, *troubles, *(state.examine(house, opened, sights.seen.values()) if opened else ())]
    finally:
        if opened is not None and store is None:
            opened.close()


def exit_code(findings: Sequence[Finding]) -> int:
    """0 when nothing is wrong, 3 when only the CRM is, else 2."""
    if worst(findings) is not Level.ERROR:
        return 0
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    return 3 if all(finding.section.endswith("sign-in") for finding in errors) else 2


@dataclass
class _Jobs:
    """The jobs to be examined: their rules, or what is wrong with these."""

    names: list[str]
    subjects: list[Subject] = field(default_factory=list)
    troubles: dict[str, list[Finding]] = field(default_factory=dict)

    @classmethod
    def read(cls, house: House, names: list[str]) -> _Jobs:
        found = cls(names)
        for name in names:
            job = house.settings.jobs[name]
            try:
                mapping, playbook = house.rules(name, offline=True)
            except ConfigError as error:
                found.troubles[name] = [Finding.of(f"{name}: rules", problem) for problem in error.problems]
                continue
            kind, asks = house.settings.connections[job.connection].kind, providers.asks_crm(house, playbook)
            found.subjects.append(Subject(name, job, kind, mapping, playbook, house.document.place, asks))
        return found

    def connections(self, house: House) -> list[str]:
        """Those of these jobs."""
        return list(dict.fromkeys(house.settings.jobs[name].connection for name in self.names))

    def of(self, house: House, connection: str) -> list[Subject]:
        """Those of a connection."""
        return [one for one in self.subjects if house.settings.jobs[one.name].connection == connection]


def _judged(house: House, jobs: _Jobs, sights: Sights, now: datetime, *, offline: bool) -> Iterator[Finding]:
    """Connection by connection, and job by job."""
    for name in jobs.connections(house):
        yield from _connection(house, name, jobs.of(house, name), sights, offline=offline)
        for job in (one for one in jobs.names if house.settings.jobs[one].connection == name):
            yield from jobs.troubles.get(job, ())
            for subject in (one for one in jobs.subjects if one.name == job):
                yield from _job(house, subject, sights, now, offline=offline)


def _connection(
    house: House, name: str, subjects: Sequence[Subject], sights: Sights, *, offline: bool
) -> Iterator[Finding]:
    settings, place = house.settings.connections[name], house.document.place(f"connections.{name}")
    yield from sights.troubles.get(name, ())
    sight = sights.of_connection(name)
    if sight is None:
        if offline:
            cure = f"Save its schema: leadrelay fields {name} --save FILE"
            yield Finding(f"{name}: sign-in", Level.HINT, "not tried, and no --schema is of this connection", "", cure)
        return
    yield access.signed_in(f"{name}: sign-in", sight)
    yield access.organisation(f"{name}: access", sight, settings.organisation, place)
    if subjects:
        yield from access.grants(f"{name}: access", sight, [one.uses for one in subjects], place)


def _job(house: House, subject: Subject, sights: Sights, now: datetime, *, offline: bool) -> Iterator[Finding]:
    name, sight = subject.name, sights.of(subject)
    if sight is not None:
        yield from _seen(house, subject, sight, sights, now)
    elif offline:
        message = f"not looked at: no --schema is of {subject.mapping.object} over {subject.job.connection}"
        yield Finding(f"{name}: fields", Level.HINT, message)
    yield from rules.examine(name, subject, now)
    yield from providers.examine(f"{name}: providers", house, subject, offline=offline)
    if sight is not None:
        yield from providers.of_the_crm(f"{name}: providers", house, subject, sight)
    yield timing.schedule(f"{name}: schedule", subject, now)
    yield from timing.pace(f"{name}: schedule", subject, now)
    if sight is not None:
        quota = house.settings.connections[subject.job.connection].quota
        yield from timing.calls(f"{name}: API calls", subject, sight, quota, now)


def _seen(house: House, subject: Subject, sight: Sight, sights: Sights, now: datetime) -> Iterator[Finding]:
    """What can be told only by what is known of the CRM."""
    name, found = subject.name, sight.inspection
    hidden = sights.troubles.get(f"{sight.connection}: {subject.mapping.object}", ())
    yield from (Finding(f"{name}: fields", one.level, one.message, one.place, one.cure) for one in hidden)
    if hidden:
        return
    yield from fields.examine(f"{name}: fields", subject, sight)
    yield from fields.tasks(f"{name}: tasks", subject, sight)
    yield from people.examine(f"{name}: people", subject.playbook, found.owners, now)
    yield from people.ownable(f"{name}: people", subject.playbook, subject.mapping, found.fields)
    place = house.document.place(f"connections.{sight.connection}")
    yield from access.lacks(f"{name}: people", subject, sight, place)
    yield from automation.examine(f"{name}: rules of the CRM", subject, sight)


def _counted(house: House) -> str:
    return f"{counted(len(house.settings.connections), 'connection')}, {counted(len(house.settings.jobs), 'job')}"


def _unopened() -> Finding:
    return Finding(state.SECTION, Level.HINT, "not opened: a saved schema is judged where no job runs")


def _ok(section: str, message: str) -> Finding:
    return Finding(section, Level.OK, message)
