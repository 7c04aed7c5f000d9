"""What every command shares: where results go, how errors look, who watches long work.

Results go to standard output, as one JSON document where asked; progress and errors go to standard error.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from leadrelay.errors import ConfigError, LeadrelayError, Refused


@dataclass
class Terminal:
    """Standard output and standard error of one command."""

    json: bool = False
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    def show(self, document: Any, *renderables: RenderableType) -> None:
        """Give the result: the JSON document, or the screens for people."""
        if self.json:
            text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str)
            sys.stdout.buffer.write(text)  # JSON is UTF-8, whatever the terminal's character set
            sys.stdout.flush()
            return
        self.tell(*renderables)

    def tell(self, *renderables: RenderableType) -> None:
        """Screens for people, before the result is there; nothing where a program reads."""
        for renderable in renderables if not self.json else ():
            _tell(self.out, renderable)

    def fail(self, error: LeadrelayError) -> int:
        """Say what went wrong and how to mend it; the exit code."""
        if self.json:
            with suppress(OSError):  # standard output may be what is wrong
                self.show(told(error))
        return self.complain(error)

    def complain(self, error: LeadrelayError) -> int:
        """The same for people only, where a document has told it already."""
        problems = error.problems if isinstance(error, ConfigError) else ()
        self._complain(error, [str(problem) for problem in problems] or [str(error)])
        return error.exit_code

    def _complain(self, error: LeadrelayError, lines: Sequence[str]) -> None:
        heading = _HEADINGS[_kind(error)]
        count = f" ({len(lines)} problems)" if len(lines) > 1 else ""
        self.err.print(f"[bold red]✗ {heading}{count}[/]")
        for line in lines:
            _tell(self.err, "\n".join(f"  {part}" for part in plain(line).splitlines()))
        if isinstance(error, Refused):
            self.err.print("  [dim]leadrelay check looks at sign-in, rights and every mapped field.[/]", soft_wrap=True)

    def fault(self, error: BaseException) -> int:
        """A fault of ours: no traceback unless asked for, since it may show a record's values."""
        if os.environ.get("LEADRELAY_DEBUG"):
            traceback.print_exception(error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        if self.json:
            self.show({"error": "Fault", "message": f"{type(error).__name__} at {where}", "problems": []})
        self.err.print(f"[bold red]✗ A fault in leadrelay[/] {type(error).__name__} at {where}")
        self.err.print("  Nothing is half-written: the next run goes on. LEADRELAY_DEBUG=1 shows more.", soft_wrap=True)
        return _FAULT

    @contextmanager
    def watching(self, title: str) -> Iterator[ProgressWatch]:
        """A progress bar on standard error; silent where that is no terminal."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal, transient=True) as progress:
            yield ProgressWatch(progress, title)


def _console(*, stderr: bool) -> Console:
    """Tables need some room; a terminal with less wraps their lines, which loses nothing."""
    console = Console(stderr=stderr, highlight=False)
    console.width = max(_LEAST_WIDTH, console.width)
    return console


_LEAST_WIDTH = 60


def _tell(console: Console, what: RenderableType) -> None:
    """Print; a text is wrapped at its words and its indent on a terminal, and left whole for programs."""
    if not isinstance(what, str) or not console.is_terminal:
        console.print(what, soft_wrap=isinstance(what, str))
        return
    for line in console.render_str(what).split(allow_blank=True):
        indent = len(line) - len(line.plain.lstrip(_BEFORE_WORDS))
        if not indent:
            console.print(line)
            continue
        table = Table.grid()
        table.add_column(width=indent, no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(line[:indent], line[indent:])
        console.print(table)


_BEFORE_WORDS = " ✓✗!·"
"""What stands before a line's first word; what is left of it goes below that word."""


_FAULT = 70
"""EX_SOFTWARE of sysexits.h: not one of the documented outcomes."""

_HEADINGS = {
    "LeadrelayError": "It did not work",
    "CrmError": "The CRM did not do it",
    "ConfigError": "The configuration is wrong",
    "Refused": "The CRM refused",
    "Unavailable": "The CRM cannot be reached",
    "Unexpected": "The CRM's answer is not understood",
    "Stopped": "Stopped by a guard",
}


def told(error: LeadrelayError) -> dict[str, Any]:
    """An error as a document."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    listed = [{"place": p.place, "message": p.message, "cure": p.cure} for p in problems]
    return {"error": _kind(error), "message": str(error), "problems": listed}


def _kind(error: LeadrelayError) -> str:
    """The error as errors.py names it: whoever reads it need not know each connector's own kinds."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _HEADINGS)


def plain(text: str) -> str:
    """A text of somebody else's as Rich and the terminal are to show it: no markup, nothing that steers either."""
    return escape(text.translate(_STEERING))


def pasted(path: Path | str) -> str:
    """A path in a command that people copy: as a shell takes it."""
    return plain(shlex.quote(str(path)))


_STEERING = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    "\N{REPLACEMENT CHARACTER}",
)
"""Control characters but tab and newline (a web form may bring an escape sequence), and marks that turn the line."""


class ProgressWatch:
    """Shows a run's progress."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._task = progress.add_task(title, total=None)

    def expect(self, leads: int) -> None:
        self._progress.update(self._task, total=leads)

    def advance(self, leads: int) -> None:
        self._progress.advance(self._task, leads)

    def look_up(self, under_way: int) -> None:
        told = f", {under_way} look-ups under way" if under_way else ""
        self._progress.update(self._task, description=f"{self._title}{told}")

    def reach(self, done: int, everything: int) -> None:
        """So much of so much is done."""
        self._progress.update(self._task, completed=done, total=everything)

    def finish(self) -> None:
        """Take the bar away."""
        self._progress.stop()
