"""Names in the configuration become live objects here and nowhere else."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from leadrelay import absences, config, mappings, playbooks, wiring_providers
from leadrelay.config import HubSpotConnection, SalesforceConnection, Settings
from leadrelay.config_secrets import Secret
from leadrelay.connectors.base import Connector
from leadrelay.connectors.customising import Customisable
from leadrelay.connectors.inspection import InspectableConnector
from leadrelay.connectors.transport import Pace
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.lead import Schema
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.toml_text import Document, nearest, parse
from leadrelay.enrichers.crm import Companies
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.desk import Job
from leadrelay.jobs.enriching import standing
from leadrelay.jobs.enriching.sources import Sources
from leadrelay.jobs.enriching.standing import ProviderStatus, Trial
from leadrelay.jobs.guards import expect_organisation
from leadrelay.jobs.rates import with_rates_of
from leadrelay.jobs.setup import Bench, Needs, Site
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.mapping_currency import read_rates
from leadrelay.mappings.owned import owned, united
from leadrelay.state.store import Store


@dataclass(frozen=True)
class House:
    """The configuration with the place it stands in, and the environment it may look into."""

    settings: Settings
    document: Document
    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def open(cls, path: Path, environment: Mapping[str, str]) -> House:
        """Read the configuration; raises `ConfigError` with every problem."""
        settings, document = config.load(path)
        return cls(settings, document, path.resolve().parent, environment)

    # -- the state store ----------------------------------------------------------------------------------------------

    def state_url(self) -> str:
        """The state store's address; a relative SQLite file lies beside the configuration."""
        return wiring_providers.beside(self.folder, self.settings.state.url)

    def store(self) -> Store:
        """The state store, migrated."""
        return Store.open(self.state_url(), config.place(self.document, "state.url", self.environment))

    # -- connections --------------------------------------------------------------------------------------------------

    def connection_name(self, name: str) -> str:
        """The name itself, if the configuration has such a connection."""
        return self._known("connections", name, list(self.settings.connections))

    @contextmanager
    def connector(
        self, name: str, object_type: str, task_key: str = "", pause: Callable[[float], None] = time.sleep
    ) -> Iterator[InspectableConnector]:
        """A signed-in connector to one object type; closed at the end. `task_key`: the unique field of its tasks."""
        settings = self.settings.connections[name]
        connector = _connect(self, name, settings, object_type, task_key, Pace(sleep=pause))
        try:
            yield connector
        finally:
            connector.close()

    def secret_problems(self, name: str) -> list[Problem]:
        """What is wrong with the secrets of a connection, and with its certificate authority."""
        settings = self.settings.connections[name]
        found: list[Problem] = []
        if settings.ca_file and not (self.folder / settings.ca_file).is_file():
            place, message = self.document.place(f"connections.{name}.ca_file"), f"there is no file {settings.ca_file}."
            found.append(Problem(place, message, "Mend the path; it starts at the configuration's folder."))
        for key, secret in _secrets(settings).items():
            try:
                self.reveal(name, key, secret)
            except ConfigError as error:
                found += error.problems
        return found

    def reveal(self, connection: str, key: str, secret: Secret) -> str:
        """A connection's secret."""
        return secret.reveal(self.document.place(f"connections.{connection}.{key}"), self.folder, self.environment)

    def lead_object(self, name: str) -> str:
        """The object type that holds leads where nothing else is said."""
        return "Lead" if self.settings.connections[name].kind == "salesforce" else "contacts"

    def needs(self, name: str) -> dict[str, Needs]:
        """What the jobs over a connection need in the CRM, by object type; it takes no secret to know."""
        jobs = [job for job, settings in self.settings.jobs.items() if settings.connection == name]
        if not jobs:
            place, message = self.document.place(f"connections.{name}"), "no job goes over this connection"
            why = f"{message}, and what it needs is what its jobs write."
            raise ConfigError([Problem(place, why, f'Add a job, [jobs.NAME] with connection = "{name}".')])
        rules: dict[str, dict[str, tuple[FieldMapping, Playbook]]] = {}
        problems: list[Problem] = []
        for job in jobs:
            try:
                mapping, playbook = self.rules(job, offline=True)
            except ConfigError as error:
                problems += error.problems
            else:
                rules.setdefault(mapping.object, {})[job] = mapping, playbook
        if problems:
            raise ConfigError(problems)
        kind = self.settings.connections[name].kind
        return {object_type: _needs(some, kind) for object_type, some in rules.items()}

    def export(self, name: str, folder: Path) -> list[str]:
        """The same as files that an administrator deploys, written into a folder; their names. Nobody signs in."""
        settings = self.settings.connections[name]
        if not isinstance(settings, SalesforceConnection):
            message = f"{name} is a HubSpot, which has no files to deploy."
            cure = f"leadrelay setup {name} --apply, or create the properties by hand: docs/operations.md, Hand-offs."
            raise ConfigError([Problem("--export", message, cure)])
        from leadrelay.connectors.salesforce_project import Part, project, save

        parts = [Part(kind, need.own, need.others(f"{kind}.", "__c")) for kind, need in self.needs(name).items()]
        files = project(parts, settings.api_version)
        save(folder, files)
        return sorted(files)

    @contextmanager
    def site(self, name: str) -> Iterator[Site]:
        """Where that is to be created, and by whom; raises `Stopped` for another organisation than is meant."""
        needs = self.needs(name)
        if problems := self.secret_problems(name):
            raise ConfigError(problems)
        with ExitStack() as stack:
            settings = self.settings.connections[name]
            connectors = [_connect(self, name, settings, kind, "", Pace()) for kind in needs]
            for connector in connectors:
                stack.callback(connector.close)
            pairs = list(zip(connectors, needs.values(), strict=True))
            organisation = pairs[0][0].organisation()
            if settings.organisation:
                expect_organisation(name, settings.organisation, organisation)
            benches = [Bench(one.customiser(need.reads, need.writes), need.own) for one, need in pairs]
            yield Site(name, organisation, tuple(benches))

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def job_name(self, name: str) -> str:
        """The name itself, if the configuration has such a job."""
        return self._known("jobs", name, list(self.settings.jobs))

    def plans_folder(self, name: str) -> Path:
        """Where a job with approval leaves its plans: beside the configuration."""
        return self.folder / self.settings.jobs[name].plans

    def job_of(self, store: Store, run: str) -> str:
        """The job that a run belongs to."""
        found = store.runs.get(run)
        if found is None:
            raise ConfigError([Problem("command line", f"there is no run '{run}'.", "See: leadrelay runs JOB")])
        return self.job_name(found.job)

    def rules(self, name: str, *, offline: bool = False) -> tuple[FieldMapping, Playbook]:
        """A job's mapping and playbook; raises `ConfigError` with the problems of both and of the secrets.

        `offline`: nobody will sign in, so that no secret is needed.
        """
        job = self.settings.jobs[name]
        problems = [] if offline else self.secret_problems(job.connection)
        playbook, mapping = None, None
        try:
            playbook = self.playbook(name)
        except ConfigError as error:
            problems += error.problems
        try:
            mapping = self.mapping(name, playbook)
        except ConfigError as error:
            problems += error.problems
        if problems or playbook is None or mapping is None:
            raise ConfigError(problems)
        return mapping, playbook

    def playbook(self, job: str) -> Playbook:
        """A job's playbook: a shipped one by name, or a file; its roster knows who is away as of now."""
        playbook = load_playbook(*self.playbook_text(job))
        folder = (self.folder / self.settings.jobs[job].playbook).parent
        return replace(playbook, roster=absences.present(playbook.roster, folder, datetime.now(UTC)))

    def readable_playbook(self, job: str) -> Playbook | None:
        """The same; None where it has a problem, which `check` tells."""
        try:
            return self.playbook(job)
        except ConfigError:
            return None

    def playbook_text(self, job: str) -> tuple[str, str]:
        """The text of a job's playbook, and the name to show in messages."""
        return self._text(f"jobs.{job}.playbook", self.settings.jobs[job].playbook, playbooks.names(), playbooks.text)

    def candidate(self, name: str) -> Playbook:
        """A playbook that no job has yet: a shipped one by name, or a file where the command was given."""
        if name in playbooks.names():
            return load_playbook(playbooks.text(name), name)
        cure = nearest(name, playbooks.names()) or "Name a playbook's file, or a shipped one."
        return load_playbook(config.read_text(Path(name), "the new playbook", cure), name)

    def mapping(self, job: str, playbook: Playbook | None) -> FieldMapping | None:
        """A job's mapping: a shipped one by name, or a file. Without a playbook only its syntax can be checked."""
        text, file = self._text(f"jobs.{job}.mapping", self.settings.jobs[job].mapping, mappings.names(), mappings.text)
        if playbook is None:
            parse(text, file)
            return None
        return self._with_rates(load_mapping(text, file, playbook), file)

    def _with_rates(self, mapping: FieldMapping, file: str) -> FieldMapping:
        """With the rates of a CSV file beside the mapping, where it names one."""
        name = mapping.currency.source if mapping.currency else ""
        if not name.lower().endswith(".csv"):
            return mapping
        place = (Path(file).parent / name).as_posix()
        text = config.read_text(self.folder / place, f"rates of {file}", "The path starts at the mapping's folder.")
        return mapping.with_rates(read_rates(text, place))

    @contextmanager
    def job(self, name: str, pause: Callable[[float], None] = time.sleep) -> Iterator[Job]:
        """A job ready to run, signed in to its CRM. `pause`: sits out what the CRM asks for."""
        mapping, playbook = self.rules(name)
        settings = self.settings.jobs[name]
        task_key = mapping.task.key if mapping.task else ""
        with (
            self.connector(settings.connection, mapping.object, task_key, pause) as connector,
            closing(self.sources(playbook, connector)) as sources,
        ):
            yield self.made(name, with_rates_of(mapping, connector), playbook, connector, sources)

    def made(self, name: str, mapping: FieldMapping, playbook: Playbook, connector: Connector, sources: Sources) -> Job:
        """A job of its parts, with the guards that the configuration sets."""
        settings = self.settings.jobs[name]
        connection = self.settings.connections[settings.connection]
        return Job(
            name=name,
            connector=connector,
            mapping=mapping,
            playbook=playbook,
            connection=settings.connection,
            kind=connection.kind,
            brake=settings.brake,
            quota=connection.quota,
            meant=connection.organisation or "",
            hold_duplicates=settings.hold_duplicates,
            audit_days=self.settings.state.audit_days,
            answer_days=self.settings.state.answer_days,
            sources=sources,
        )

    def sources(self, playbook: Playbook, connector: Companies | None = None) -> Sources:
        """The providers of the configuration, for a job with this playbook; each is opened when it is asked first.

        `connector`: of the job, over which its CRM is asked what it knows of companies.
        """
        return self._sources(playbook.schema, connector)

    def standings(self, store: Store, now: datetime) -> list[ProviderStatus]:
        """How each provider of the configuration stands."""
        kinds = {name: one.kind for name, one in self.settings.providers.items()}
        sources = self._sources(SCHEMA)
        units = wiring_providers.units(self.settings, self.document, self.folder)
        terms = {name: replace(sources.terms(name), unit=unit) for name, unit in units.items()}
        return [standing.status(name, kind, terms[name], store, now) for name, kind in kinds.items()]

    @contextmanager
    def trial(self, name: str, given: Mapping[str, str]) -> Iterator[Trial]:
        """One look-up of one provider; what a playbook adds to lead fields counts where it asks that provider."""
        self._known("providers", name, list(self.settings.providers))
        playbooks_ = filter(None, map(self.readable_playbook, self.settings.jobs))
        schemas = [one.schema for one in playbooks_ if name in one.enrichment.providers]
        schema = schemas[0] if schemas else SCHEMA
        with closing(self._sources(schema)) as sources:
            yield Trial(sources[name], sources.terms(name), given, schema)

    @contextmanager
    def leased(
        self, store: Store, name: str, wait_seconds: float = 0.0, stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[Store]:
        """The store for who alone may run this job meanwhile; raises `Stopped` when another process does."""
        lease = store.lease(f"job {name}", holder())
        if not lease.acquire(wait_seconds, time.sleep, stopping):
            raise lease.refusal()
        try:
            yield store.under(lease)
        finally:
            lease.release()

    def run_id(self) -> str:
        """A new run's id: sorts by time, unique across installations."""
        return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"

    # -- inside -------------------------------------------------------------------------------------------------------

    def _sources(self, schema: Schema, connector: Companies | None = None) -> Sources:
        given = (self.settings, self.document, self.folder, self.environment)
        return wiring_providers.sources(*given, schema, connector)

    def _known(self, table: str, name: str, known: list[str]) -> str:
        if name not in known:
            what = table.removesuffix("s")
            cure = nearest(name, known) or f"Add [{table}.{name}]."
            raise ConfigError([Problem(self.document.file, f"there is no {what} '{name}'.", cure)])
        return name

    def _text(self, key: str, name: str, shipped: Sequence[str], read: Callable[[str], str]) -> tuple[str, str]:
        """A shipped text by its name, or a file's beside the configuration; with the name to show in messages."""
        if name in shipped:
            return read(name), name
        if not name.endswith(".toml"):
            cure = nearest(name, shipped) or "Name a .toml file."
            raise ConfigError([Problem(self.document.place(key), f"'{name}' is neither a file nor shipped.", cure)])
        path = self.folder / name
        return config.read_text(
            path, self.document.place(key), "Mend the path; it starts at the configuration's folder."
        ), name


def _needs(jobs: Mapping[str, tuple[FieldMapping, Playbook]], kind: str) -> Needs:
    tasks = [mapping.task for mapping, _ in jobs.values() if mapping.task]
    written = {write.field for mapping, _ in jobs.values() for write in mapping.writes}
    return Needs(
        united({job: owned(mapping, playbook, kind) for job, (mapping, playbook) in jobs.items()}),
        # Without what is read of another object by way of this one, as in Account.Name.
        frozenset(field for mapping, _ in jobs.values() for field in mapping.crm_fields() if "." not in field),
        frozenset(written | {name for task in tasks for name in (task.owner, task.reason) if name}),
    )


def _secrets(settings: SalesforceConnection | HubSpotConnection) -> dict[str, Secret]:
    return {key: value for key in type(settings).model_fields if isinstance(value := getattr(settings, key), Secret)}


def holder() -> str:
    """Who we are, for people who wonder who holds a lease."""
    return f"process {os.getpid()} on {socket.gethostname()}"


class _Connected(InspectableConnector, Customisable, Protocol):
    """What a connection leads to."""


def _connect(
    house: House,
    name: str,
    settings: SalesforceConnection | HubSpotConnection,
    object_type: str,
    task_key: str,
    pace: Pace,
) -> _Connected:
    kept = {field for field in type(settings).model_fields if field.startswith("quota_")} | {"organisation"}
    given = {key: getattr(settings, key) for key in type(settings).model_fields if key not in kept}
    given = {key: value for key, value in given.items() if value is not None}
    given |= {key: house.reveal(name, key, secret) for key, secret in _secrets(settings).items()}
    given |= {"name": name, "ca_file": house.folder / settings.ca_file if settings.ca_file else ""}
    del given["kind"]
    if isinstance(settings, SalesforceConnection):
        from leadrelay.connectors.salesforce import SalesforceConnector
        from leadrelay.connectors.salesforce_auth import SalesforceSettings

        return SalesforceConnector.connect(SalesforceSettings(**given), object_type, pace, task_key)
    from leadrelay.connectors.hubspot import HubSpotConnector
    from leadrelay.connectors.hubspot_wire import HubSpotSettings

    return HubSpotConnector.connect(HubSpotSettings(**given), object_type, pace, task_key)
