"""The examination behind `check`: configuration, rules, sign-in, every mapped field. Finds all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from leadrelay.checkup import people, providers
from leadrelay.connectors.base import Connector, Once
from leadrelay.connectors.people import Lacking
from leadrelay.core.examples import judge
from leadrelay.core.lints.lint import Lint, lint
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.sla import REASSIGN
from leadrelay.errors import ConfigError, CrmError, Refused
from leadrelay.findings import Finding, Level, worst
from leadrelay.mappings import doctor, vocabulary
from leadrelay.mappings.mapping import Mapping
from leadrelay.screens_tables import counted
from leadrelay.wiring import House


def examine(house: House, now: datetime, only: str | None = None) -> list[Finding]:
    """Every finding, for one job or for all. `now`: the moment of examples that name none."""
    names = [house.job_name(only)] if only else list(house.settings.jobs)
    findings = [_ok("configuration", _counted(house))]
    findings += _state(house)
    for name in names:
        findings += _job(house, name, now)
    return findings


def exit_code(findings: Sequence[Finding]) -> int:
    """0 when nothing is wrong, 3 when only the CRM is, else 2."""
    if worst(findings) is not Level.ERROR:
        return 0
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    return 3 if all(finding.section.endswith("sign-in") for finding in errors) else 2


def _counted(house: House) -> str:
    return f"{counted(len(house.settings.connections), 'connection')}, {counted(len(house.settings.jobs), 'job')}"


def _state(house: House) -> Iterator[Finding]:
    try:
        house.store().close()
    except ConfigError as error:
        yield from (Finding.of("state store", problem) for problem in error.problems)
    else:
        yield _ok("state store", "opens, and is up to date")


def _job(house: House, name: str, now: datetime) -> Iterator[Finding]:
    try:
        mapping, playbook = house.rules(name)
    except ConfigError as error:
        yield from (Finding.of(f"{name}: rules", problem) for problem in error.problems)
        return
    rules = f"{len(playbook.rules)} scoring rules, {len(mapping.reads)} fields read, {len(mapping.writes)} written"
    yield _ok(f"{name}: rules", rules)
    yield from _looked_at(name, mapping, playbook, now)
    yield from _examples(name, playbook, now)
    yield from providers.examine(f"{name}: providers", house, house.settings.jobs[name], playbook, mapping)
    yield _schedule(house, name)
    yield from _live(house, name, mapping, playbook, now)


def _looked_at(name: str, mapping: Mapping, playbook: Playbook, now: datetime) -> Iterator[Finding]:
    """What is not wrong, but hardly meant so."""
    yield from _lints(f"{name}: rules", lint(playbook, now))
    yield from _lints(f"{name}: rules", vocabulary.unfilled(playbook, mapping, now))
    yield from _lints(f"{name}: rules", vocabulary.unsaid_words(playbook, mapping))
    yield from (Finding(f"{name}: rules", Level.WARNING, *told) for told in idle_care(mapping, playbook))


def idle_care(mapping: Mapping, playbook: Playbook) -> Iterator[tuple[str, str, str]]:
    """What [sla] and [[topics]] say, and nothing comes of: a message, its place and the way out each."""
    if mapping.task is None and (playbook.sla or playbook.topics):
        part = "sla" if playbook.sla else "topics"
        cure = "Add [task] to the mapping, or remove [sla] and [[topics]]."
        yield "nobody is reminded or told of a topic: the mapping has no [task].", playbook.place(part), cure
    steps = playbook.sla.steps if playbook.sla else ()
    for number, step in enumerate(steps):
        if step.do == REASSIGN and not playbook.assignment.goals:
            cure = "Add [assignment] with a rule that names a team."
            yield "there is no team to choose somebody else from.", playbook.place(f"sla.steps[{number}].do"), cure


def _lints(section: str, found: Iterable[Lint]) -> Iterator[Finding]:
    yield from (providers.of_lint(section, one) for one in found)


def _examples(name: str, playbook: Playbook, now: datetime) -> Iterator[Finding]:
    """What the playbook says of itself, put to the proof."""
    section, judged = f"{name}: examples", judge(playbook, now)
    yield from (Finding.of(section, problem) for found in judged for problem in found.problems())
    passed = sum(found.passed for found in judged)
    if passed == len(judged):
        yield _ok(section, f"all {passed} come out as the playbook says" if judged else "the playbook has none")
    elif passed:
        yield _ok(section, f"{passed} of {len(judged)} come out as the playbook says")


def _schedule(house: House, name: str) -> Finding:
    schedule = house.settings.jobs[name].schedule
    return _ok(f"{name}: schedule", f"{schedule} (UTC)" if schedule else "started by hand: leadrelay run " + name)


def _live(house: House, name: str, mapping: Mapping, playbook: Playbook, now: datetime) -> Iterator[Finding]:
    connection = house.settings.jobs[name].connection
    try:
        task_key = mapping.task.key if mapping.task else ""
        with house.connector(connection, mapping.object, task_key) as connector:
            yield _ok(f"{name}: sign-in", f"{connection} is organisation {connector.organisation()}")
            yield from _fields(house, name, mapping, playbook, connector)
            yield _tasks(house, name, mapping, connector)
            yield from people.examine(f"{name}: people", playbook, connector, now)
            yield from _people(house, name, playbook, connector)
            yield from providers.of_the_crm(f"{name}: providers", house, playbook, connector)
    except CrmError as error:
        yield Finding(f"{name}: sign-in", Level.ERROR, str(error), house.document.place(f"connections.{connection}"))
    except ConfigError as error:
        yield from (Finding.of(f"{name}: connection", problem) for problem in error.problems)


def _fields(house: House, name: str, mapping: Mapping, playbook: Playbook, connector: Connector) -> Iterator[Finding]:
    section, job = f"{name}: fields", house.settings.jobs[name]
    try:
        schema = connector.describe()
    except Refused as error:
        message = f"the CRM does not describe '{mapping.object}'. {error}"
        cure = f"Is 'object' of the mapping {job.mapping} spelled as in the CRM, and may the API user see it?"
        yield Finding(section, Level.ERROR, message, house.document.place(f"jobs.{name}.mapping"), cure)
        return
    found = doctor.examine(mapping, schema, house.settings.connections[job.connection].kind)
    for finding in found:
        yield Finding(section, Level(finding.level), finding.message, finding.place, finding.cure)
    if not any(finding.level == "error" for finding in found):
        yield from _lints(section, vocabulary.unknown_words(playbook, mapping, schema))
        yield _ok(section, f"all {len(mapping.crm_fields())} mapped fields of {mapping.object} are there and fit")


def _tasks(house: House, name: str, mapping: Mapping, connector: Connector) -> Finding:
    """Which guarantee is in force that no lead is handed off twice."""
    section = f"{name}: tasks"
    if mapping.task is None:
        return _ok(section, "none are created: the mapping has no [task]")
    found = connector.guarantee()
    where = house.document.place(f"jobs.{name}.mapping")
    return Finding(section, _LEVELS[found.once], found.message, where if found.cure else "", found.cure)


def _people(house: House, name: str, playbook: Playbook, connector: Connector) -> Iterator[Finding]:
    """What the CRM hides, or does not take, of what a playbook with hand-offs, a roster or an SLA needs."""
    wanted = playbook.handoff or playbook.sla or playbook.roster.teams
    if not wanted or not isinstance(connector, Lacking):
        return
    section, found = f"{name}: people", connector.lacks()
    where = house.document.place(f"connections.{house.settings.jobs[name].connection}")
    yield from (Finding(section, Level.WARNING, lack.message, where, lack.cure) for lack in found)
    if not found:
        yield _ok(section, "notes, activities, accounts and colleagues are in sight")


_LEVELS = {
    Once.ATOMIC: Level.OK,
    Once.CLAIM: Level.OK,
    Once.MARKER: Level.WARNING,
    Once.NEVER: Level.ERROR,
}


def _ok(section: str, message: str) -> Finding:
    return Finding(section, Level.OK, message)
