"""config.toml and environment -> settings. Every problem at once, each with its line and the way out.

Environment variables override the file: `LEADRELAY_STATE__URL` is `[state] url`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from leadrelay.config_providers import KINDS, Provider, model_of, provider_name
from leadrelay.config_secrets import Secret, Strict
from leadrelay.core import organisations
from leadrelay.core.limits import Brake, Limit, Quota, parse_share
from leadrelay.core.toml_text import Document, nearest, parse
from leadrelay.errors import ConfigError, Problem

_PREFIX, _DELIMITER = "LEADRELAY_", "__"
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_INTERVAL = re.compile(r"every\s+(\d+)\s*(seconds?|minutes?|hours?|days?)", re.IGNORECASE)


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError('is not an address such as "https://acme.my.salesforce.com".')
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value) or value.endswith(".salesforce.com"):
        raise ValueError('is not a domain such as "acme.my" (of acme.my.salesforce.com).')
    return value


def _organisation(value: str) -> str:
    if not organisations.SALESFORCE.fullmatch(value):
        raise ValueError('is no id of an organisation, such as "00D5g000004YABC": Setup, Company Information.')
    return value


def _portal(value: object) -> object:
    text = str(value)
    if isinstance(value, bool) or not organisations.HUBSPOT.fullmatch(text):
        raise ValueError('is no id of a portal, such as "12345678": Settings, Account Setup, Account Defaults.')
    return text


Organisation = Annotated[str, AfterValidator(_organisation)]
Portal = Annotated[str, BeforeValidator(_portal)]
Address = Annotated[str, AfterValidator(_address)]
Share = Annotated[Fraction, PlainValidator(lambda value: parse_share(str(value)))]
LeadLimit = Annotated[Limit, PlainValidator(Limit.parse)]


class State(Strict):
    """Where runs, cursors and promised writes are kept, and for how many days the audit and providers' answers are."""

    url: str = "sqlite:///leadrelay.db"
    """SQLAlchemy address of the state store; a relative SQLite file lies beside the configuration."""
    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    """How many days old and new value of every write are kept, for undoing."""
    answer_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    """How many days the answers of providers are kept."""


class _Metered(Strict):
    """What leadrelay may take of the CRM's daily quota of API calls."""

    quota_per_run: Share = Fraction(1, 4)
    """Share of the day's API calls that one run may take; then it stops until later."""
    quota_per_day: Share = Fraction(4, 5)
    """Once everybody together used this share, no run begins or reads on."""
    quota_reserve: Share = Fraction(1, 5)
    """Share beyond both, for writes that are promised already."""

    @property
    def quota(self) -> Quota:
        """The three shares together."""
        return Quota(self.quota_per_run, self.quota_per_day, self.quota_reserve)


class SalesforceConnection(_Metered):
    """A Salesforce organisation and how to sign in to it."""

    kind: Literal["salesforce"]
    """Says that this is a Salesforce."""
    auth: Literal["client-credentials", "jwt", "token"] = "client-credentials"
    """How to sign in."""
    domain: Annotated[str, AfterValidator(_domain)] | None = None
    """My Domain: `acme.my` of acme.my.salesforce.com; of a sandbox `acme--dev.sandbox.my`."""
    instance_url: Address | None = None
    """Address of the organisation, where it is not that of `domain`; needed with `auth = "token"`."""
    client_id: str | None = None
    """Consumer key of the External Client App."""
    client_secret: Secret | None = None
    """Consumer secret of the app; for `client-credentials`."""
    username: str | None = None
    """User name of the integration user; for `jwt`."""
    private_key: Secret | None = None
    """Private key (PEM) whose certificate the app knows; for `jwt`."""
    access_token: Secret | None = None
    """Access token that something else renews; for `token`."""
    organisation: Organisation | None = None
    """Id of the only organisation that the connection may lead to; check and every run refuse another."""
    api_version: str = "66.0"
    """Version of the REST API."""
    ca_file: Path | None = None
    """Certificate authority of the company, beside the configuration."""
    overlap_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    """How far each read reaches back, for records that were committed late."""
    bulk_threshold: Annotated[int, Field(ge=1)] = 20_000
    """More changed records than this are read through Bulk API 2.0."""

    @model_validator(mode="after")
    def _complete(self) -> SalesforceConnection:
        if missing := [name for name in _NEEDED[self.auth] if getattr(self, name) is None]:
            raise ValueError(f'auth = "{self.auth}" needs {" and ".join(missing)}.')
        if self.domain is None and self.instance_url is None:
            raise ValueError('name the organisation: domain = "acme.my" (of acme.my.salesforce.com).')
        return self


_NEEDED: Mapping[str, tuple[str, ...]] = {
    "client-credentials": ("client_id", "client_secret"),
    "jwt": ("client_id", "username", "private_key"),
    "token": ("access_token", "instance_url"),
}


class HubSpotConnection(_Metered):
    """A HubSpot portal and how to sign in to it: a service key, or the token of an existing private app."""

    kind: Literal["hubspot"]
    """Says that this is a HubSpot."""
    access_token: Secret
    """A service key, or the token of an existing private app."""
    organisation: Portal | None = None
    """Hub ID of the only portal that the connection may lead to; check and every run refuse another."""
    base_url: Address = "https://api.hubapi.com"
    """Address of the API."""
    ca_file: Path | None = None
    """Certificate authority of the company, beside the configuration."""
    overlap_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    """How far each read reaches back, for records that search shows late."""


Connection = Annotated[SalesforceConnection | HubSpotConnection, Field(discriminator="kind")]


class Job(Strict):
    """Connection + mapping + playbook + schedule."""

    connection: str
    """Name of the connection."""
    mapping: str
    """A shipped mapping by its name, or a file beside the configuration."""
    playbook: str
    """A shipped playbook by its name, or a file beside the configuration."""
    schedule: str | None = None
    """Cron in UTC, or `every 5 minutes`; without it the job is started by hand."""
    max_changes: LeadLimit | None = None
    """A run that would change more leads stops before it writes anything: a share of the job's leads, or a number."""
    max_owners: LeadLimit | None = None
    """The same for leads that get another owner."""
    max_cleared: LeadLimit | None = None
    """The same for leads that lose a value."""
    hold_duplicates: bool = False
    """Of the leads of one person only one is handed off."""
    approval: bool = False
    """Whether runs leave plans in a folder instead of writing, and write only what was approved."""
    plans: str = "plans"
    """Folder of these plans, beside the configuration."""

    @property
    def brake(self) -> Brake:
        """How many leads a run may change, give to another owner, and clear a field of."""
        return Brake(self.max_changes, self.max_owners, self.max_cleared)

    @field_validator("schedule")
    @classmethod
    def _understood(cls, value: str | None) -> str | None:
        if value is not None:
            trigger(value)
        return value


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=_PREFIX,
        env_nested_delimiter=_DELIMITER,
        nested_model_default_partial_update=True,
    )

    state: State = State()
    """The state store."""
    connections: dict[str, Connection] = {}
    """CRM accounts by name."""
    jobs: dict[str, Job] = {}
    """Jobs by name."""
    providers: dict[Annotated[str, AfterValidator(provider_name)], Provider] = {}
    """Providers by name."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library passes it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library passes it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library passes it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file; nothing else is read."""
        return env_settings, init_settings


def trigger(schedule: str) -> BaseTrigger:
    """An APScheduler trigger of "every 5 minutes" or of a cron expression with five fields (UTC)."""
    if found := _INTERVAL.fullmatch(schedule.strip()):
        return _interval(int(found[1][:_DIGITS]), found[2].lower().rstrip("s") + "s")
    try:
        return CronTrigger.from_crontab(_named_weekdays(schedule), timezone="UTC")
    except ValueError as error:
        raise ValueError(f'"{schedule}" is no schedule ({error}). Use "*/5 * * * *" or "every 5 minutes".') from None


_DIGITS = 9
_LONGEST_DAYS = 366


def _interval(count: int, unit: str) -> IntervalTrigger:
    if not timedelta() < timedelta(**{unit: count}) <= timedelta(days=_LONGEST_DAYS):
        raise ValueError(f"an interval lies between 1 second and {_LONGEST_DAYS} days.")
    return IntervalTrigger(**{unit: count}, timezone="UTC")


def _named_weekdays(schedule: str) -> str:
    """APScheduler counts weekdays from Monday, cron from Sunday; names mean the same to both.

    https://apscheduler.readthedocs.io/en/3.x/modules/triggers/cron.html
    """
    *others, weekdays = schedule.split() or [""]
    named = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda digit: _WEEKDAYS[int(digit[0])], weekdays)
    return " ".join([*others, named])


def load(path: Path) -> tuple[Settings, Document]:
    """Read and check a configuration file; raises `ConfigError` with every problem."""
    return loaded(
        parse(read_text(path, "the configuration", "Name it with --config, or see: leadrelay init."), str(path))
    )


def loaded(document: Document) -> tuple[Settings, Document]:
    """The same of a text that was read."""
    problems = _unknown_tables(document)
    known: dict[str, Any] = {key: value for key, value in document.data.items() if key in Settings.model_fields}
    try:
        settings = Settings(**known)
    except ValidationError as error:
        raise ConfigError([*problems, *(_problem(document, found) for found in error.errors())]) from None
    except SettingsError as error:
        raise ConfigError([*problems, _unreadable_variable(str(error))]) from None
    if problems := [*problems, *_dangling(settings, document)]:
        raise ConfigError(problems)
    return settings, document


def _unknown_tables(document: Document) -> list[Problem]:
    """Told here: pydantic-settings would take some names (`_env_file`) for options of its own."""
    known = list(Settings.model_fields)
    return [
        Problem(document.place(key), f"unknown key '{key}'.", nearest(key, known))
        for key in document.data
        if key not in known
    ]


def place(document: Document, path: str, environment: Mapping[str, str]) -> str:
    """Where a setting stands: in the file, or in the environment, which beats it."""
    variable = _PREFIX + path.replace(".", _DELIMITER).upper()
    return next((name for name in environment if name.upper() == variable), document.place(path))


def _unreadable_variable(message: str) -> Problem:
    found = re.search(r'"(\w+)" from source', message)
    variable = _PREFIX + found[1].upper() if found else f"{_PREFIX}..."
    cure = f"Name one key: {variable}{_DELIMITER}KEY, or unset it."
    return Problem(variable, "this environment variable must hold a JSON object.", cure)


def read_text(path: Path, what: str, cure: str) -> str:
    """A text file of the admin's; a `ConfigError` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([Problem(str(path), f"there is no such file ({what}).", cure)]) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            [Problem(str(path), f"is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.")]
        ) from None
    except OSError as error:
        raise ConfigError(
            [Problem(str(path), f"cannot be read ({error.strerror}).", "Mend the path or its permissions.")]
        ) from None
    except ValueError:
        raise ConfigError([Problem(repr(str(path)), "is no name of a file (a zero byte).", cure)]) from None


def _dangling(settings: Settings, document: Document) -> list[Problem]:
    known = list(settings.connections)
    return [
        Problem(
            place(document, f"jobs.{name}.connection", os.environ),
            f"there is no connection '{job.connection}'.",
            nearest(job.connection, known) or f"Add [connections.{job.connection}].",
        )
        for name, job in settings.jobs.items()
        if job.connection not in settings.connections
    ]


def _problem(document: Document, found: Any) -> Problem:
    path = [str(part) for depth, part in enumerate(found["loc"]) if not _is_tag(found["loc"], depth)]
    where = place(document, ".".join(path), os.environ)
    if found["type"] == "extra_forbidden":
        return Problem(where, f"unknown key '{path[-1]}'.", nearest(path[-1], _known_keys(path[:-1], found["loc"])))
    if found["type"] == "missing":
        return Problem(where, "is missing.", "Add this key.")
    if found["type"] == "union_tag_not_found" and path[0] == "providers":
        return Problem(where, "needs kind.", f"Say kind = {', '.join(map(repr, KINDS))}, or that of an extension.")
    if found["type"].startswith("union_tag"):
        return Problem(where, "needs kind.", 'Say kind = "salesforce" or kind = "hubspot".')
    message = found["msg"].removeprefix("Value error, ")
    return Problem(where, message if message.endswith(".") else f"{message}.")


def _is_tag(loc: tuple[Any, ...], depth: int) -> bool:
    """Pydantic names the kind of a connection or provider below its name."""
    if depth != 2 or loc[0] not in {"connections", "providers"}:
        return False
    return loc[0] == "providers" or loc[depth] in {"salesforce", "hubspot"}


def _known_keys(parents: list[str], loc: tuple[Any, ...]) -> list[str]:
    """The keys that the table at `parents` takes."""
    model: Any = Settings
    if parents:
        model = {
            "state": State,
            "jobs": Job,
            "connections": HubSpotConnection if loc[2:3] == ("hubspot",) else SalesforceConnection,
            "providers": model_of(str(loc[2]) if len(loc) > 2 else ""),
        }[parents[0]]
    for name in parents[2:] if parents[:1] != ["state"] else parents[1:]:
        if name not in model.model_fields:  # a name of the admin's own, below secrets
            continue
        options = [model.model_fields[name].annotation, *get_args(model.model_fields[name].annotation)]
        model = next(option for option in options if isinstance(option, type) and issubclass(option, BaseModel))
    return list(model.model_fields)
