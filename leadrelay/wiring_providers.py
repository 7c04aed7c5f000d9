"""Providers of the configuration become live ones, each when it is asked first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from leadrelay.config import Settings
from leadrelay.config_providers import (
    KINDS,
    Asked,
    CrmProvider,
    DnsProvider,
    HttpProvider,
    OtherProvider,
    TableProvider,
)
from leadrelay.config_secrets import Secret
from leadrelay.core.enrich.values import MICRO
from leadrelay.core.lead import Schema
from leadrelay.core.toml_text import Document
from leadrelay.enrichers.base import Provider
from leadrelay.enrichers.crm import Companies
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.enriching.sources import Sources, Terms
from leadrelay.state.budgets import Caps

Settled = HttpProvider | TableProvider | DnsProvider | CrmProvider | OtherProvider


def sources(
    settings: Settings,
    document: Document,
    folder: Path,
    environment: Mapping[str, str],
    schema: Schema,
    companies: Companies | None = None,
) -> Sources:
    """All of them, with their terms. `schema`: of the playbook, which may have fields of its own.

    `companies`: of the job's own CRM; None where no job is connected.
    """
    makers: dict[str, Callable[[], Provider]] = {
        name: partial(_opened, _Maker(name, f"providers.{name}", document, folder, environment, schema, companies), one)
        for name, one in settings.providers.items()
    }
    terms = {name: _terms(one) for name, one in settings.providers.items()}
    return Sources(makers, terms, dict(_versions(settings, folder)))


def _versions(settings: Settings, folder: Path) -> Iterator[tuple[str, str]]:
    """Of every table that is a file. Of databases nothing is known without asking."""
    for name, one in settings.providers.items():
        if isinstance(one, TableProvider) and one.file:
            from leadrelay.enrichers.table_source import version

            yield name, version(folder / one.file)


def _terms(one: Settled) -> Terms:
    if not isinstance(one, Asked):
        return Terms()
    always = None if one.buy is None else one.buy == "always"
    return Terms(Caps(one.per_run, one.per_day, one.per_month), one.unit, always)


def units(settings: Settings, document: Document, folder: Path) -> dict[str, str]:
    """By provider, the unit of its money: as the configuration or its description says. Reveals no secret."""
    return {name: _unit(name, one, document, folder) for name, one in settings.providers.items()}


def _unit(name: str, one: Settled, document: Document, folder: Path) -> str:
    if not isinstance(one, HttpProvider) or one.unit:
        return one.unit if isinstance(one, Asked) else ""
    from leadrelay.enrichers import describe

    try:
        return describe.load(one.description, folder, document.place(f"providers.{name}.description")).unit
    except ConfigError:
        return ""  # what is wrong with it is for `check` to tell


@dataclass(frozen=True)
class _Maker:
    """What it takes to make any of them."""

    name: str
    path: str
    document: Document
    folder: Path
    environment: Mapping[str, str]
    schema: Schema
    companies: Companies | None

    @property
    def place(self) -> str:
        return self.document.place(self.path)

    def revealed(self, secrets: Mapping[str, Secret]) -> dict[str, str]:
        """Every secret; raises `ConfigError` with the problems of all."""
        found: dict[str, str] = {}
        problems: list[Problem] = []
        for key, secret in secrets.items():
            place = self.document.place(f"{self.path}.secrets.{key}")
            try:
                found[key] = secret.reveal(place, self.folder, self.environment)
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)
        return found


def _opened(maker: _Maker, one: Settled) -> Provider:
    if isinstance(one, HttpProvider):
        return _http(maker, one)
    if isinstance(one, TableProvider):
        return _table(maker, one)
    if isinstance(one, DnsProvider):
        from leadrelay.enrichers import dns

        given = {"nameservers": one.nameservers, "at_once": one.at_once, "per_second": one.per_second}
        return dns.make(maker.name, maker.place, **given)  # type: ignore[arg-type]  # as the configuration checked them
    if isinstance(one, OtherProvider):
        from leadrelay.enrichers.registry import third_party

        secrets = maker.revealed(one.secrets)
        return third_party(one.kind, maker.name, one.settings, secrets, place=maker.place, built_in=KINDS)
    return _crm(maker, one)


def _crm(maker: _Maker, one: CrmProvider) -> Provider:
    from leadrelay.enrichers import crm

    where = {name: maker.document.place(f"{maker.path}.fields.{name}") for name in one.fields}
    return crm.CrmProvider(maker.name, maker.companies, one.fields, one.confidence, maker.schema, where)


def _http(maker: _Maker, one: HttpProvider) -> Provider:
    from leadrelay.enrichers import describe, http

    where = maker.document.place(f"{maker.path}.description")
    return http.make(
        maker.name,
        describe.load(one.description, maker.folder, where, maker.schema),
        maker.revealed(one.secrets),
        hosts=one.hosts,
        private=one.private,
        ca_file=maker.folder / one.ca_file if one.ca_file else None,
        at_once=one.at_once,
        per_second=one.per_second,
        cost_per_hit=_units(one.cost_per_hit),
        cost_per_miss=_units(one.cost_per_miss),
        unit=one.unit,
        place=maker.place,
    )


def _table(maker: _Maker, one: TableProvider) -> Provider:
    from leadrelay.enrichers import table

    given: dict[str, Any] = {} if one.fuzzy is None else {"fuzzy": one.fuzzy}
    return table.make(
        maker.name,
        maker.place,
        columns=one.columns,
        fields=one.fields,
        match=one.match,
        confidence=one.confidence,
        file=maker.folder / one.file if one.file else None,
        shown=str(one.file or ""),
        url=beside(maker.folder, one.url),
        table=one.table,
        query=one.query,
        **given,
    )


def beside(folder: Path, url: str) -> str:
    """The address of a database; a relative SQLite file lies beside the configuration."""
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if url.startswith(prefix) and path not in {"", ":memory:"} and not Path(path).is_absolute():
        return f"{prefix}{folder / path}"
    return url


def _units(amount: int | None) -> float | None:
    return None if amount is None else amount / MICRO
