"""Looks at the CRMs of jobs: once for each connection, object and key of tasks, or into saved files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from leadrelay import config
from leadrelay.checkup.people import names_people
from leadrelay.checkup.values import COMPANIES, Sight, Subject
from leadrelay.connectors.base import Connector
from leadrelay.connectors.inspection import Inspectable, Inspection
from leadrelay.connectors.saved import Saved, from_text
from leadrelay.connectors.transport import Rejection
from leadrelay.core.toml_text import nearest
from leadrelay.errors import ConfigError, CrmError, Problem, Refused
from leadrelay.findings import Finding, Level
from leadrelay.jobs import drift
from leadrelay.jobs.rates import with_rates_of
from leadrelay.state.store import Store
from leadrelay.wiring import House

Seen = tuple[str, str, str]
"""Connection, object, and the key of its tasks."""

_ALWAYS = frozenset({"fields", "granted", "rules", "usage", "records", "zone", "currencies"})


@dataclass
class Sights:
    """What was seen, and what was in the way. `unseen`: connections about which nothing is known."""

    seen: dict[Seen, Sight] = field(default_factory=dict)
    troubles: dict[str, list[Finding]] = field(default_factory=dict)

    def of(self, subject: Subject) -> Sight | None:
        """What is known of a job's CRM."""
        return self.seen.get(key(subject))

    def of_connection(self, name: str) -> Sight | None:
        """The first that was seen of a connection."""
        return next((sight for (connection, *_), sight in self.seen.items() if connection == name), None)


def key(subject: Subject) -> Seen:
    """What the jobs that share an inspection have in common."""
    return subject.job.connection, subject.mapping.object, subject.task_key


# -- live --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Looker:
    """Asks every CRM once. `store`: tells which jobs worked before. `pause`: sits out what a CRM asks for."""

    house: House
    store: Store | None
    pause: Callable[[float], None]

    def __call__(self, subjects: Sequence[Subject], names: Sequence[str]) -> Sights:
        """`names`: the connections; where the rules of no job can be read, only the sign-in is tried."""
        found = Sights()
        for name in names:
            problems = self.house.secret_problems(name)
            found.troubles[name] = [Finding.of(f"{name}: connection", problem) for problem in problems]
        groups: dict[Seen, list[Subject]] = {}
        for subject in subjects:
            groups.setdefault(key(subject), []).append(subject)
        for name in names:
            if not any(connection == name for connection, *_ in groups):
                groups[name, self.house.lead_object(name), ""] = []
        for seen, some in groups.items():
            if not found.troubles[seen[0]]:
                self._look(seen, some, found)
        return found

    def _look(self, seen: Seen, subjects: Sequence[Subject], found: Sights) -> None:
        name, kind, _ = seen
        try:
            found.seen[seen] = self._seen(seen, subjects)
        except _Undescribed as no:
            found.seen[seen] = Sight(
                name, Inspection(self.house.settings.connections[name].kind, kind, no.organisation)
            )
            told = _undescribed(self.house, subjects[0], no.why)
            found.troubles.setdefault(f"{name}: {kind}", []).append(told)
        except CrmError as error:
            place = self.house.document.place(f"connections.{name}")
            found.troubles[name].append(Finding(f"{name}: sign-in", Level.ERROR, str(error), place))
        except ConfigError as error:
            found.troubles[name] += [Finding.of(f"{name}: connection", problem) for problem in error.problems]

    def _seen(self, seen: Seen, subjects: Sequence[Subject]) -> Sight:
        (name, kind, task_key), crm = seen, self.house.settings.connections[seen[0]].kind
        with self.house.connector(name, kind, task_key, self.pause) as connector:
            organisation = connector.organisation()
            if not subjects:
                return Sight(name, Inspection(crm, kind, organisation))
            inspection = _inspected(connector, crm, subjects, organisation)
            worked = frozenset(one.name for one in subjects if self._worked(one, connector))
            return Sight(name, inspection, "", task_key, worked)

    def _worked(self, subject: Subject, connector: Connector) -> bool:
        """Whether these very rules were carried out before."""
        if self.store is None:
            return False
        with closing(self.house.sources(subject.playbook, connector)) as sources:
            mapping = with_rates_of(subject.mapping, connector)  # other rates decide anew, as another mapping does
            job = self.house.made(subject.name, mapping, subject.playbook, connector, sources)
            return drift.worked_before(job, self.store)


class _Undescribed(Exception):
    """Whoever signed in may not see the object, or there is none of this name."""

    def __init__(self, why: str, organisation: str) -> None:
        self.why = why
        self.organisation = organisation
        super().__init__(why)


def _undescribed(house: House, subject: Subject, why: str) -> Finding:
    message = f"the CRM does not describe '{subject.mapping.object}'. {why}"
    cure = f"Is 'object' of the mapping {subject.job.mapping} spelled as in the CRM, and may the API user see it?"
    return Finding("", Level.ERROR, message, house.document.place(f"jobs.{subject.name}.mapping"), cure)


_NO_API = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"})
"""It is not this object that is refused, but every call."""


def _inspected(connector: Inspectable, kind: str, subjects: Sequence[Subject], organisation: str) -> Inspection:
    related = [COMPANIES[kind]] if any(one.asks_crm for one in subjects) else []
    try:
        return connector.inspect(parts(subjects), related)
    except Refused as no:
        if isinstance(no, Rejection) and no.code in _NO_API:
            raise
        raise _Undescribed(str(no), organisation) from None


def parts(subjects: Iterable[Subject]) -> frozenset[str]:
    """What has to be asked for these jobs."""
    wanted = set(_ALWAYS)
    for one in subjects:
        wanted |= {"guarantee", "task_fields"} if one.mapping.task else set()
        wanted |= {"owners"} if names_people(one.playbook) else set()
        wanted |= {"lacks"} if one.cares else set()
        wanted |= {"related"} if one.asks_crm else set()
    return frozenset(wanted)


# -- saved -------------------------------------------------------------------------------------------------------------


def read(house: House, files: Sequence[Path], subjects: Sequence[Subject]) -> Sights:
    """From files that `fields --save` made."""
    found = Sights()
    for file in files:
        saved = from_text(config.read_text(file, "a saved schema", "Make it: leadrelay fields ... --save"), str(file))
        _expect_known(house, saved, file)
        sight = Sight(saved.connection, saved.inspection, str(file), saved.task_key)
        found.seen[saved.connection, saved.inspection.object, saved.task_key] = sight
        for subject in subjects:
            if subject.job.connection == saved.connection and subject.mapping.object == saved.inspection.object:
                found.seen[key(subject)] = sight
    return found


def _expect_known(house: House, saved: Saved, file: Path) -> None:
    known = house.settings.connections
    if saved.connection not in known:
        cure = nearest(saved.connection, list(known)) or "Make it anew with a connection of this configuration."
        message = f"was made with the connection '{saved.connection}', which the configuration has not."
        raise ConfigError([Problem(str(file), message, cure)])
    kind = known[saved.connection].kind
    if kind != saved.inspection.kind:
        message = f"is of a {saved.inspection.kind} CRM, and '{saved.connection}' is {kind}."
        raise ConfigError([Problem(str(file), message, "Make it anew.")])
