"""Who answers: a person at a terminal, or flags alone. What neither says is told all at once, by its flag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from rich.console import Console, RenderableType

from leadrelay.errors import ConfigError, Problem
from leadrelay.terminal import plain

Answers = Callable[[str, bool], str]
"""answers(question, hidden): a line; `EOFError` when there are no more."""


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

    def agrees(self, question: str) -> bool:
        """Yes or no; yes for an empty answer, and where nobody is there."""
        ...

    def tell(self, *lines: RenderableType) -> None:
        """Something to look at between two questions; nothing where nobody is there."""
        ...

    def line(self, default: str) -> str:
        """Whatever is typed to what was told."""
        ...

    def finish(self) -> None:
        """Raises `ConfigError` with everything that nobody said."""
        ...


class Person:
    """At a terminal. `answers`: where they come from, the terminal itself without it."""

    present = True

    def __init__(self, console: Console, answers: Answers | None = None) -> None:
        self.console = console
        self._answers = answers or self._typed

    def text(self, flag: str, question: str, default: str = "", *, hidden: bool = False) -> str:  # noqa: ARG002 - for who is not there
        """Asked again until there is an answer."""
        while True:
            if answer := self._answer(f"[bold]{plain(question)}[/]", default, shown=True, hidden=hidden):
                return answer

    def choice(self, flag: str, question: str, options: Mapping[str, str], default: str = "") -> str:  # noqa: ARG002 - as above
        """By number or by name."""
        self.console.print(f"[bold]{plain(question)}[/]")
        for number, (name, meaning) in enumerate(options.items(), start=1):
            usual = " [dim](enter)[/]" if name == default else ""
            self.console.print(f"  [cyan]{number}[/] {plain(name)}{usual}  [dim]{plain(meaning)}[/]")
        numbered = {str(number): name for number, name in enumerate(options, start=1)}
        while True:
            answer = self._answer("  [cyan]>[/]", default)
            if (found := numbered.get(answer, answer)) in options:
                return found
            self.console.print(f"  [red]A number from 1 to {len(options)}.[/]")

    def agrees(self, question: str) -> bool:
        """Yes or no; yes for an empty answer."""
        told = f"[bold]{plain(question)}[/] [dim](enter: yes, n: no)[/]"
        return not self._answer(told, "y").lower().startswith("n")

    def line(self, default: str) -> str:
        """Whatever is typed."""
        return self._answer("  [cyan]>[/]", default, shown=True).lower()

    def tell(self, *lines: RenderableType) -> None:
        """On the same screen."""
        for line in lines:
            self.console.print(line)

    def finish(self) -> None:
        """Everything was asked."""

    def _answer(self, told: str, default: str, *, shown: bool = False, hidden: bool = False) -> str:
        """A line, the default for an empty one."""
        after = f" [dim]({plain(default)})[/]" if shown and default else ""
        try:
            line = self._answers(f"{told}{after} ", hidden)
        except EOFError:
            self.console.print()
            message = "the answers ended; nothing was written."
            raise ConfigError([Problem("terminal", message, "Answer again, or by flags: --help.")]) from None
        return line.strip() or default

    def _typed(self, told: str, hidden: bool) -> str:
        return self.console.input(told, password=hidden)


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

    def agrees(self, question: str) -> bool:  # noqa: ARG002 - for a person
        """Always."""
        return True

    def tell(self, *lines: RenderableType) -> None:
        """To nobody."""

    def line(self, default: str) -> str:
        """The default."""
        return default

    def finish(self) -> None:
        """All that is missing."""
        if self._missing:
            raise ConfigError(self._missing)
