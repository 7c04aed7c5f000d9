"""Who is in the CRMs when they start: sample leads, the rows of a file, or whom a state folder kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from leadrelay.sandbox.control import Control
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.samples import people
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.tables import read_table
from leadrelay.sandbox.wire import Request, Response

CHUNK = 2000
KEPT_AS = "sandbox.population"

Progress = Callable[[int, int], None]
"""progress(done, all), in sample leads; called now and then while they are put in."""


class App(Protocol):
    """One CRM. `faults` are asked before it is; the first that answers, answers.

    `bare`: what `prepare` creates is a CRM as a company has it before leadrelay came, without any field of leadrelay's.
    """

    bare: bool
    control: Control
    faults: list[Callable[[Request], Response | None]]

    def prepare(self) -> None: ...
    def load(self, people: Iterable[dict[str, Any]]) -> None: ...
    def load_table(self, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None: ...
    def handle(self, request: Request) -> Response: ...


class OrgApp(App, Protocol):
    """A Salesforce: it also has a file with the private key whose certificate its org trusts."""

    @property
    def jwt_private_key(self) -> Path: ...


class Population:
    """So many sample leads, and the rows of a file if one is given. The file is read at once, to fail at once.

    `name` says which; `settled` which ones are in the CRMs, and may have been put in by an earlier process.
    """

    def __init__(self, leads: int, seed: int, load: Path | None, *, bare: bool = False) -> None:
        self._leads = leads
        self._seed = seed
        self._table = read_table(load) if load else None
        self.name: dict[str, Any] = {"leads": leads, "seed": seed, "load": str(load.resolve()) if load else None}
        # Only where it is so: a state folder of an older version is known by its name too.
        self.name |= {"bare": True} if bare else {}
        self.settled = self.name

    def settle(self, crms: Sequence[tuple[App, Store]], progress: Progress) -> bool:
        """Prepare the CRMs, and fill those that are new: all or nothing. Whether a kept state was found."""
        kept = [store.recall(KEPT_AS) for _, store in crms]
        known = [name for name in kept if name is not None]
        for (app, store), name in zip(crms, kept, strict=True):
            self._agree(name)
            app.bare = (name or self.name).get("bare", False)
            app.control.refill = partial(self._refill, (app, store), name or self.name)
        fresh = [crm for crm, name in zip(crms, kept, strict=True) if name is None]
        with ExitStack() as stack:
            for app, store in crms:
                stack.enter_context(store.transaction())
                app.prepare()
            self.fill(fresh, progress)
        self.settled = known[0] if known else self.name
        return bool(known)

    def _refill(self, crm: tuple[App, Store], name: dict[str, Any]) -> None:
        """Put in again what was there at the start, though an earlier process may have put it in."""
        load = Path(name["load"]) if name["load"] else None
        population = (
            self if name == self.name else Population(name["leads"], name["seed"], load, bare=name.get("bare", False))
        )
        population.fill([crm], _silent)

    def _agree(self, kept: dict[str, Any] | None) -> None:
        asked = self._leads or self._table or self.name.get("bare")
        if asked and kept is not None and kept != self.name:
            told = ", ".join(f"{name} {value}" for name, value in kept.items() if value is not None)
            raise SandboxError(
                f"the state folder already holds other records ({told}); take another folder, or ask for no leads"
            )

    def fill(self, crms: Sequence[tuple[App, Store]], progress: Progress) -> None:
        """Put the samples and the rows of the file in."""
        if not crms:
            return
        done = 0
        for chunk in _chunks(people(self._leads, self._seed, _now(crms))):
            for app, _ in crms:
                app.load(chunk)
            done += len(chunk)
            progress(done, self._leads)
        for app, store in crms:
            if self._table:
                app.load_table(self._table.columns, self._table.rows)
            store.remember(KEPT_AS, self.name)


def _now(crms: Sequence[tuple[App, Store]]) -> datetime:
    return crms[0][1].clock.now()


def _chunks(everyone: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(everyone, CHUNK)):
        yield chunk


def _silent(_done: int, _all: int) -> None:
    return None
