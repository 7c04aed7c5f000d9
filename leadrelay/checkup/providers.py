"""Whether the providers of a playbook are there, tell what they are asked for, and cost no more than was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from leadrelay.checkup.values import Sight, Subject
from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.enrichment import unknown_providers
from leadrelay.core.playbook.loading import Playbook
from leadrelay.enrichers.base import Provider, Remote
from leadrelay.enrichers.crm import CrmProvider
from leadrelay.enrichers.guard import Barred
from leadrelay.errors import ConfigError, Problem
from leadrelay.findings import Finding, Level
from leadrelay.jobs.enriching.counters import unfillable
from leadrelay.jobs.enriching.sources import Sources
from leadrelay.mappings import enriched
from leadrelay.wiring import House


def examine(section: str, house: House, subject: Subject, *, offline: bool = False) -> Iterator[Finding]:
    """Every finding; none where the playbook asks nobody. `offline`: no address is looked up, and no secret needed."""
    names = subject.playbook.enrichment.providers
    if not names:
        return
    if offline:
        yield from _errors(section, unknown_providers(subject.playbook, list(house.settings.providers)))
        yield Finding(section, Level.HINT, f"not looked at: whether {', '.join(names)} can be asked")
        return
    found = list(_examined(section, house, subject))
    yield from found
    if not any(finding.level is Level.ERROR for finding in found):
        yield Finding(section, Level.OK, f"{', '.join(names)} can be asked")


def asks_crm(house: House, playbook: Playbook) -> bool:
    """Whether the CRM's own companies are asked."""
    known = house.settings.providers
    return any(name in known and known[name].kind == "crm" for name in playbook.enrichment.providers)


def of_the_crm(section: str, house: House, subject: Subject, sight: Sight) -> Iterator[Finding]:
    """Fields that the CRM's own companies are asked for, and have not."""
    if not subject.asks_crm or not sight.companies:
        return
    with closing(house.sources(subject.playbook, _Known(sight))) as sources:
        for name in subject.playbook.enrichment.providers:
            if name in sources and house.settings.providers[name].kind == "crm":
                provider = sources[name]
                yield from _errors(section, provider.problems() if isinstance(provider, CrmProvider) else ())


@dataclass(frozen=True)
class _Known:
    """The CRM's companies as they were seen, for who asks about their fields."""

    sight: Sight

    def organisation(self) -> str:
        return self.sight.inspection.organisation

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, str]]:  # noqa: ARG002 - as `Companies` has it; their values are of no interest here
        return {}

    def company_fields(self) -> Mapping[str, FieldInfo]:
        return self.sight.companies


def _examined(section: str, house: House, subject: Subject) -> Iterator[Finding]:
    playbook, mapping, holds = subject.playbook, subject.mapping, subject.job.hold_duplicates
    with closing(house.sources(playbook)) as sources:
        yield from _errors(section, unknown_providers(playbook, list(sources)))
        live: dict[str, Provider] = {}
        for name in playbook.enrichment.providers:
            if name in sources:
                try:
                    live[name] = sources[name]
                except ConfigError as error:
                    yield from _errors(section, error.problems)
        yield from _errors(section, unfillable(playbook, {name: one.fields for name, one in live.items()}))
        found = [
            *enriched.idle(playbook, mapping, _asked_with(live.values()), holds=holds),
            *enriched.steady(playbook),
            *enriched.kept(playbook, mapping),
        ]
        yield from (of_lint(section, lint) for lint in found)
        for name, one in live.items():
            yield from _one(section, house.document.place(f"providers.{name}"), sources, name, one)


def of_lint(section: str, lint: Lint) -> Finding:
    """What is hardly meant so, as a warning or a hint."""
    return Finding(section, Level.HINT if lint.hint else Level.WARNING, lint.message, lint.place, lint.cure)


def _asked_with(providers: Iterable[Provider]) -> frozenset[str]:
    """The lead fields that questions are made of."""
    asks = [one.asks if isinstance(one, Remote) else (one.needs,) for one in providers]
    return frozenset(name for ways in asks for names in ways for name in names)


def _one(section: str, place: str, sources: Sources, name: str, provider: Provider) -> Iterator[Finding]:
    """What is wrong with what a provider stands on, as far as it can tell, and with what it may cost."""
    look = getattr(provider, "problems", None)
    yield from _errors(section, look() if callable(look) else ())
    yield from _address(section, place, name, provider)
    caps = sources.terms(name).caps
    if isinstance(provider, Remote) and provider.price.most and all(cap is None for cap in caps):
        message = f"{name} costs money, and there is no limit to what may be spent."
        yield Finding(section, Level.WARNING, message, place, "Add per_run, per_day or per_month.")


def _address(section: str, place: str, name: str, provider: Provider) -> Iterator[Finding]:
    """Whether a provider that resolves its host finds one that may be connected to."""
    resolve = getattr(provider, "resolve", None)
    try:
        if callable(resolve):
            resolve()
    except Barred as error:
        cure = "Mend the host; private = true says that such an address is meant."
        yield Finding(section, Level.ERROR, f"{name} is not asked: {error}.", place, cure)
    except OSError as error:
        message = f"the address of {name} cannot be found out ({type(error).__name__})."
        yield Finding(section, Level.WARNING, message, place, "Can this machine resolve names, and is the host right?")


def _errors(section: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    yield from (Finding.of(section, problem) for problem in problems)
