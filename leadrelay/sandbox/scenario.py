"""A scenario: faults, settings, people at work and acts for the CRMs and the providers, from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.keys import LONGEST, NAME, TABLE, TABLES, TEXT, Findings, Key, checked, number, whole

SHIPPED = Path(__file__).with_name("scenarios")
CRMS = ("salesforce", "hubspot", "provider")

_TOP = (
    Key("about", TEXT, "what the scenario is for", default=""),
    Key("seed", whole(0), "for what is left to chance", default=0),
    *(Key(crm, TABLE, f"what happens in {crm}", default={}) for crm in CRMS),
)
_PART = (
    Key("settings", TABLE, "as `POST /_sandbox/settings` takes them", default={}),
    Key("faults", TABLES, "as `POST /_sandbox/faults` takes them", default=[]),
    Key("actors", TABLES, "as `POST /_sandbox/actors` takes them", default=[]),
    Key("acts", TABLES, "what happens once, and when", default=[]),
)
ACT = (
    Key("at_request", whole(1), "before this request to the CRM, counted from the start or a reset", optional=True),
    Key(
        "after_seconds",
        number(0, LONGEST),
        "before the first request that comes so long after, on the CRM's clock",
        optional=True,
    ),
    Key("action", NAME, "an action of the CRM, or edit, clock, settings, faults, actors"),
)
"""Of `at_request` and `after_seconds` one is there; what else an act holds, the action gets."""


@dataclass(slots=True)
class Part:
    """What a scenario says of one CRM."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    actors: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Scenario:
    """A file that was read. `findings` is what is wrong with its form."""

    name: str
    about: str
    seed: int
    parts: Mapping[str, Part]
    findings: Findings

    @classmethod
    def read(cls, named: Path) -> Scenario:
        """Of a file, or the one of that name that comes with the sandbox."""
        path = _path(named)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            orjson.dumps(table)  # what cannot be sent to /_sandbox/ cannot be carried out
        except OSError as error:
            raise SandboxError(f"{path} cannot be read: {error.strerror}; {_ways()}") from None
        except ValueError as error:
            raise SandboxError(f"{path} is no TOML: {error}") from None
        except TypeError as error:
            raise SandboxError(f"{path} holds what JSON does not: {error}") from None
        findings = Findings()
        top = checked(table, _TOP, "", findings)
        if findings:
            return cls(path.name, "", 0, {}, findings)
        parts = {crm: checked(top[crm], _PART, crm, findings) for crm in CRMS}
        if findings:
            return cls(path.name, "", 0, {}, findings)
        named_parts = {crm: Part(**part) for crm, part in parts.items()}
        return cls(path.name, top["about"], top["seed"], named_parts, findings)


def shipped() -> list[str]:
    """The names of the scenarios that come with the sandbox."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def _path(named: Path) -> Path:
    return SHIPPED / f"{named}.toml" if str(named) in shipped() else named


def _ways() -> str:
    return f"name a file, or one of {', '.join(shipped())}"
