"""Who answers: a person at a terminal, or flags alone. What neither says is told all at once, by its flag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rich.console import Console
from rich.prompt import Prompt

from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import plain


class Asker(Protocol):
    """Somebody to ask. `flag`: what answers it on the command line."""

    @property
    def present(self) -> bool:
        """Whether a person is there."""
        ...

    def text(self, flag: str, question: str, default: str = "", *, hidden: bool = False) -> str:
        """A text; the default for an empty answer."""
        ...

    def choice(self, flag: str, question: str, options: Mapping[str, str], default: str = "") -> str:
        """One of the options; what each means is its value."""
        ...

    def finish(self) -> None:
        """Raises `ConfigError` with everything that nobody said."""
        ...


class Person:
    """At a terminal."""

    present = True

    def __init__(self, console: Console) -> None:
        self._console = console

    def text(self, flag: str, question: str, default: str = "", *, hidden: bool = False) -> str:  # noqa: ARG002 - for who is not there
        """Asked again until there is an answer."""
        while True:
            told = f"[bold]{plain(question)}[/]"
            answer = Prompt.ask(told, console=self._console, default=default or None, password=hidden)
            if answer and answer.strip():
                return answer.strip()

    def choice(self, flag: str, question: str, options: Mapping[str, str], default: str = "") -> str:  # noqa: ARG002 - as above
        """By number or by name."""
        self._console.print(f"[bold]{plain(question)}[/]")
        for number, (name, meaning) in enumerate(options.items(), start=1):
            usual = " [dim](enter)[/]" if name == default else ""
            self._console.print(f"  [cyan]{number}[/] {plain(name)}{usual}  [dim]{plain(meaning)}[/]")
        numbered = {str(number): name for number, name in enumerate(options, start=1)}
        while True:
            answer = Prompt.ask("  ", console=self._console, default=default or None, show_default=False) or ""
            if (found := numbered.get(answer.strip(), answer.strip())) in options:
                return found
            self._console.print(f"  [red]A number from 1 to {len(options)}.[/]")

    def finish(self) -> None:
        """Everything was asked."""


class Nobody:
    """Flags alone."""

    present = False

    def __init__(self) -> None:
        self._missing: list[Problem] = []

    def text(self, flag: str, question: str, default: str = "", *, hidden: bool = False) -> str:  # noqa: ARG002 - for a person
        """The default, or a problem."""
        if not default:
            self._missing.append(Problem(flag, "is missing.", f"It says: {question}"))
        return default

    def choice(self, flag: str, question: str, options: Mapping[str, str], default: str = "") -> str:  # noqa: ARG002 - as above
        """The default, or a problem."""
        if not default:
            self._missing.append(Problem(flag, "is missing.", f"Say {' or '.join(options)}."))
        return default

    def finish(self) -> None:
        """All that is missing."""
        if self._missing:
            raise ConfigError(self._missing)
