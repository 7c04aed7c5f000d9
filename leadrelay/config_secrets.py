"""Where secrets of the configuration are kept, and what all of its tables have in common."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from leadrelay.errors import ConfigError, Problem

_KEPT_IN = 'Use { env = "NAME" }, { file = "PATH" } or { command = ["program", "argument"] }.'


class Strict(BaseModel):
    """A table that takes no key it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Strict):
    """Where a secret is kept. The secret itself never stands in the configuration."""

    env: str | None = None
    """Environment variable that holds it."""
    file: Path | None = None
    """File that holds it, beside the configuration."""
    command: list[str] | None = None
    """Program that prints it, with its arguments."""

    @model_validator(mode="before")
    @classmethod
    def _not_in_clear(cls, value: Any) -> Any:
        if isinstance(value, str):
            message = "a secret must not stand in the configuration."
            raise ValueError(f"{message} {_KEPT_IN}")  # noqa: TRY004 - pydantic turns only ValueError into a problem
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if sum(place is not None for place in (self.env, self.file, self.command)) != 1:
            raise ValueError(f"name one place. {_KEPT_IN}")
        return self

    def reveal(self, place: str, folder: Path, environment: Mapping[str, str]) -> str:
        """Fetch the secret; raises `ConfigError` that says where it was looked for."""
        if self.env is not None:
            value, missing = environment.get(self.env, "").strip(), f"the environment variable {self.env} is not set."
        elif self.file is not None:
            value, missing = (
                _secret_file(place, folder / self.file),
                f"the secret's file {folder / self.file} is empty.",
            )
        else:
            command = self.command or []
            value, missing = _secret_command(place, command), f"the command {''.join(command[:1])} printed nothing."
        if not value:
            raise ConfigError([Problem(place, missing, "Set it, or name another place.")])
        if not value.isascii() or not (value.isprintable() or value.startswith("-----BEGIN ")):
            message = "the secret that was found holds line breaks, or characters beyond ASCII, as no CRM gives out."
            raise ConfigError([Problem(place, message, "Copy it again.")])
        return value


def _secret_file(place: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        message = f"the secret's file {str(path)!r} cannot be read ({type(error).__name__})."
        raise ConfigError([Problem(place, message, "Mend the path or its permissions.")]) from None


def _secret_command(place: str, command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - the admin's own command
    except (OSError, subprocess.SubprocessError, IndexError, ValueError) as error:
        message = f"the command {''.join(command[:1])} gave no secret ({_why(error)})."
        raise ConfigError([Problem(place, message, "Run it by hand, as the user that runs leadrelay.")]) from None
    return done.stdout.strip()


def _why(error: Exception) -> str:
    """Never what the command printed: it may be the secret."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"exit code {error.returncode}"
    return "it is empty" if isinstance(error, IndexError) else type(error).__name__
