"""The whole of `leadrelay init`, one step after the other, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leadrelay.core.toml_text import nearest
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.proposing import Candidate, Proposal, propose
from leadrelay.mappings.proposing.text import Sketch, mapping_text
from leadrelay.starting import rules
from leadrelay.starting.configuring import CONFIG, MAPPING, PLAYBOOK, config_text, house
from leadrelay.starting.looking import Look, look
from leadrelay.starting.signing import OBJECTS, SignIn
from leadrelay.starting.writing import write_all

FILES = (CONFIG, MAPPING, PLAYBOOK)

Pick = Callable[[Sequence[Proposal]], Mapping[str, Candidate]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was answered. `owners`: e-mail addresses of who takes leads; nobody: they stay with whom they have."""

    sign_in: SignIn
    job: str
    object: str
    playbook: str
    owners: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, found: SignIn, job: str, object_: str, playbook: str, owners: Sequence[str], folder: Path) -> Plan:
        return cls(found, job, object_ or OBJECTS[found.kind], playbook, tuple(owners), folder)


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
    return propose(seen.inspection.fields, seen.sample, seen.inspection.kind)


def check_owners(owners: Sequence[str], seen: Look) -> None:
    """Raises `ConfigError` for whom the CRM does not know as somebody active."""
    known = [user.email for user in seen.users]
    folded = {email.lower() for email in known}
    wrong = [email for email in owners if email.lower() not in folded] if seen.inspection.owners is not None else []
    if wrong:
        message = "is no active user of the CRM."
        cures = {email: nearest(email, known) or "See them in the CRM." for email in wrong}
        raise ConfigError([Problem("--owners", f"'{email}' {message}", cures[email]) for email in wrong])


def write(plan: Plan, seen: Look | None, proposals: Sequence[Proposal], picked: Mapping[str, Candidate]) -> Begun:
    """All files, or none; those that the loaders would refuse are never written."""
    texts = _texts(plan, seen, proposals, picked)
    secret = plan.sign_in.secret.get("file")
    secrets = [str(secret)] if plan.sign_in.kept and secret else []
    write_all(plan.folder, {**texts, **dict.fromkeys(secrets, plan.sign_in.value + "\n")}, secrets)
    return Begun(plan, (*texts, *secrets), seen, tuple(proposals), picked)


def _texts(
    plan: Plan, seen: Look | None, proposals: Sequence[Proposal], picked: Mapping[str, Candidate]
) -> dict[str, str]:
    organisation = seen.inspection.organisation if seen else ""
    playbook = rules.playbook_text(plan.playbook, picked if seen else None, plan.owners)
    stages = tuple(stage.name for stage in rules.loaded(playbook).stages)
    fields, records = (seen.inspection.fields, seen.sample.height) if seen else ({}, 0)
    named = plan.sign_in.kind, plan.object, plan.sign_in.name
    mapping = mapping_text(Sketch(*named, fields, tuple(proposals), picked, stages, records))
    load_mapping(mapping, MAPPING, rules.loaded(playbook))
    return {CONFIG: config_text(plan.sign_in, plan.job, organisation), MAPPING: mapping, PLAYBOOK: playbook}
