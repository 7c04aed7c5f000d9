"""The configuration as a file, and as a house to try it in before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leadrelay import config
from leadrelay.core.toml_text import parse
from leadrelay.mappings.proposing.text import quoted
from leadrelay.starting.signing import SignIn
from leadrelay.wiring import House

CONFIG, MAPPING, PLAYBOOK = "config.toml", "mapping.toml", "playbook.toml"
_TYPED = "LEADRELAY-INIT"
"""No name that a shell could set."""
_TEXT = """\
# leadrelay's configuration, written by `leadrelay init`. docs/configuration.md has every key.

[state]
# Where runs, cursors and promised writes are kept. A relative file lies beside this one.
url = "sqlite:///leadrelay.db"

# The CRM, and how to sign in to it. A secret never stands here, only where it is kept.
[connections.{name}]
{settings}
"""
_JOB = """\

# What to do: whose leads, by which mapping and which rules.
[jobs.{job}]
connection = {name}
mapping = "mapping.toml"                  # which CRM field is which, and what is written
playbook = "playbook.toml"                # the rules: points, stages, who takes leads
# schedule = "every 5 minutes"            # for `leadrelay serve`; without it: leadrelay run {job}
# max_changes = "20%"                     # the brake: a run that would change more leads stops before it writes
"""


def config_text(found: SignIn, job: str, organisation: str = "") -> str:
    """The file. `organisation`: the only one that the connection may turn out to be."""
    lines = [f"{key} = {quoted(value)}" for key, value in found.settings.items()]
    lines.append(f"{found.secret_key} = {_place(found.secret)}{_hint(found)}")
    if organisation:
        lines.append(f"organisation = {quoted(organisation)}  # any other is refused")
    head = _TEXT.format(name=found.name, settings="\n".join(lines))
    return head + _JOB.format(job=job, name=quoted(found.name))


def house(found: SignIn, job: str, folder: Path, environment: Mapping[str, str]) -> House:
    """Where the configuration is as good as written; raises `ConfigError` with what is wrong with it."""
    known = replace(found, secret={"env": _TYPED}) if found.value else found
    settings, document = config.loaded(parse(config_text(known, job), CONFIG))
    return House(settings, document, folder.resolve(), {**environment, _TYPED: found.value})


def _place(secret: Mapping[str, str | list[str]]) -> str:
    return "{ " + ", ".join(f"{key} = {quoted(value)}" for key, value in secret.items()) + " }"


def _hint(found: SignIn) -> str:
    env = found.secret.get("env")
    return f"  # export {env}=... before leadrelay runs" if env else ""
