"""The whole of `leadrelay init`, one step after the other, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from leadrelay.connectors.inspection import Currencies
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.proposing import Candidate, Proposal, propose
from leadrelay.mappings.proposing.complements import complemented
from leadrelay.mappings.proposing.text import Sketch, mapping_text
from leadrelay.starting import rules
from leadrelay.starting.configuring import CONFIG, MAPPING, PLAYBOOK, config_text, house
from leadrelay.starting.looking import Look, look
from leadrelay.starting.signing import OBJECTS, SignIn
from leadrelay.starting.writing import write_all

FILES = (CONFIG, MAPPING, PLAYBOOK)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was answered. `owners`: e-mail addresses of who takes leads; nobody: they stay with whom they have."""

    sign_in: SignIn
    job: str
    object: str
    owners: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, found: SignIn, job: str, object_: str, owners: Sequence[str], folder: Path) -> Plan:
        return cls(found, job, object_ or OBJECTS[found.kind], tuple(owners), folder)

    def signing_in(self, found: SignIn) -> Plan:
        """The same over another connection."""
        return replace(self, sign_in=found)

    def given_to(self, owners: Sequence[str]) -> Plan:
        """The same for these owners."""
        return replace(self, owners=tuple(owners))


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written, and what it was made from; without a test nothing was looked at or proposed."""

    plan: Plan
    files: tuple[str, ...]
    look: Look | None = None
    proposals: tuple[Proposal, ...] = ()
    picked: Mapping[str, Candidate] | None = None


def looked(plan: Plan, environment: Mapping[str, str]) -> Look:
    """Sign in, and look."""
    signed_in = house(plan.sign_in, plan.job, plan.folder, environment)
    if problems := [] if plan.sign_in.value else signed_in.secret_problems(plan.sign_in.name):
        raise ConfigError(problems)
    return look(signed_in, plan.sign_in.name, plan.object)


def proposed(seen: Look) -> tuple[Proposal, ...]:
    """For every lead field that the CRM may fill."""
    kind = seen.inspection.kind
    return complemented(propose(seen.inspection.fields, seen.sample, kind), seen.sample, kind)


def check_owners(owners: Sequence[str], seen: Look) -> None:
    """Raises `ConfigError` for whom the CRM does not know as somebody active."""
    if wrong := seen.unknown(owners):
        raise ConfigError(wrong)


def write(
    plan: Plan,
    playbook: str,
    seen: Look | None = None,
    proposals: Sequence[Proposal] = (),
    picked: Mapping[str, Candidate] = MappingProxyType({}),
) -> Begun:
    """All files, or none; those that the loaders would refuse are never written. `playbook`: a shipped one."""
    texts = _texts(plan, playbook, seen, proposals, picked)
    secrets = plan.sign_in.files
    write_all(plan.folder, {**texts, **dict.fromkeys(secrets, plan.sign_in.value + "\n")}, secrets)
    return Begun(plan, (*texts, *secrets), seen, tuple(proposals), picked)


def _texts(
    plan: Plan, shipped: str, seen: Look | None, proposals: Sequence[Proposal], picked: Mapping[str, Candidate]
) -> dict[str, str]:
    organisation = seen.inspection.organisation if seen else ""
    playbook = rules.playbook_text(shipped, picked if seen else None, plan.owners)
    stages = tuple(stage.name for stage in rules.loaded(playbook).stages)
    fields, records = (seen.inspection.fields, seen.sample.height) if seen else ({}, 0)
    zone, money = (seen.inspection.zone, seen.inspection.currencies) if seen else ("", Currencies())
    named = plan.sign_in.kind, plan.object, plan.sign_in.name
    mapping = mapping_text(Sketch(*named, fields, tuple(proposals), picked, stages, records, zone, money))
    load_mapping(mapping, MAPPING, rules.loaded(playbook))
    return {CONFIG: config_text(plan.sign_in, plan.job, organisation), MAPPING: mapping, PLAYBOOK: playbook}
