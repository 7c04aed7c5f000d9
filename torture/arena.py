"""A sandbox in this process, cases in it, and children of the product at work on them."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from leadrelay.sandbox import credentials
from leadrelay.sandbox.faults import HangUp
from leadrelay.sandbox.line import Line
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.store import Store
from torture import evidence
from torture.door import Door
from torture.judge import Verdict, judge
from torture.nursery_client import Child, Nursery
from torture.places import DOMAIN, PLACES, Place, table
from torture.postgres import Postgres
from torture.states import POSTGRESQL, SQLITE, Files, Schemas, States

SECRETS = {
    "SECRET": credentials.SF_CLIENT_SECRET,
    "TOKEN": credentials.HS_TOKEN,
    "PROVIDER": credentials.PROVIDER_KEY,
}
CANARIES = 200
"""Of so many leads the personal data are looked for."""


class Arena:
    """One sandbox and one nursery for many cases, one case at a time."""

    def __init__(self, leads: int, seed: int = 7, state: str = SQLITE, domain: str = DOMAIN) -> None:
        self.leads, self.random, self._domain = leads, random.Random(seed), domain
        self._on_server = state == POSTGRESQL
        self._server: Postgres | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="torture-", dir=_in_memory())))
            if self._on_server:
                self._server = stack.enter_context(Postgres.running())
            self.nursery = stack.enter_context(Nursery())
            (self.folder / "leads.csv").write_text(table(self.leads, self._domain))
            self.sandbox = stack.enter_context(Sandbox(Options(load=self.folder / "leads.csv")))
            self._open = stack.pop_all()
        self._cases = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def case(self, name: str) -> Case:
        """The CRM as at the beginning, and an empty state."""
        self._cases += 1
        folder = self.folder / f"case{self._cases:05}"
        folder.mkdir()
        hubspot = name == "hubspot"
        url = self.sandbox.hubspot_url if hubspot else self.sandbox.salesforce_url
        line = self.sandbox.hubspot_line if hubspot else self.sandbox.salesforce_line
        stores = Schemas(self._server, folder.name) if self._server else Files(folder)
        patience = 120 + self.leads / 20
        return Case(self.nursery, PLACES[name], Door(url), line, folder, stores, patience).prepare()


@dataclass
class Case:
    """One CRM with a job, from the first run to the verdict. `state`: the name of a state store.

    `patience`: after how many seconds a command hangs. `more`: what else its configuration holds.
    """

    nursery: Nursery
    place: Place
    door: Door
    line: Line
    folder: Path
    stores: States
    patience: float
    children: list[Child] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    begin: dict[str, Any] = field(default_factory=dict)
    more: str = ""

    def prepare(self) -> Self:
        self.line.interceptors.clear()
        self.door.clear()
        self.door.reset()
        self.door.settings(**self.place.settings)
        self.door.advance(3600)
        self.begin = self.records()
        (self.folder / "playbook.toml").write_text(self.place.playbook())
        (self.folder / "mapping.toml").write_text(self.place.mapping())
        return self

    @property
    def store(self) -> Store:
        return self.line.store

    def records(self) -> dict[str, Any]:
        """The leads as they are; only while nobody writes."""
        key = self.store.key
        return {str(row[key]): row for row in self.store.select(f'SELECT * FROM "{self.place.kind}"')}

    # -- children -----------------------------------------------------------------------------------------------------

    def start(self, *words: str, state: str = "state", commit: dict[str, Any] | None = None) -> Child:
        """Start a command on this case's job."""
        config = self.folder / f"{state}.toml"
        if state not in self.states:
            self.states.append(state)
            config.write_text(
                f'[state]\nurl = "{self.stores.url(state)}"\n[connections.crm]\n{self.place.connection(self.door.url)}'
                f'[jobs.job]\nconnection = "crm"\nmapping = "mapping.toml"\nplaybook = "playbook.toml"\n{self.more}'
            )
        command = [*words, "--config", str(config), "--json"]
        child = self.nursery.start(command, self.folder, {**SECRETS, "COLUMNS": "120"}, commit)
        self.children.append(child)
        return child

    def run(self, *words: str, state: str = "state", commit: dict[str, Any] | None = None) -> Child:
        """A command, from its start to its end."""
        child = self.start(*(words or ("run", "job")), state=state, commit=commit)
        self.nursery.wait(child, self.patience)
        return child

    def settle(self, state: str = "state", runs: int = 4) -> Child:
        """Run until a run has nothing left to say; a second passes between two, for what was changed just now."""
        child = self.run(state=state)
        for _ in range(runs - 1):
            if child.code == 0 and not child.summary().get("pending"):
                break
            self.door.advance(2)
            child = self.run(state=state)
        return child

    @contextmanager
    def killing(self, number: int, *, applied: bool, child: Callable[[], Child]) -> Iterator[list[int]]:
        """Kill the child at the n-th request, before it is applied or before it is answered; gives what was counted."""
        seen = [0]

        def at(_request: Any, when: str) -> None:
            seen[0] += when == "before"
            if seen[0] == number and (when == "after") is applied:
                child().kill()
                if not applied:
                    raise HangUp

        self.line.interceptors.append(at)
        try:
            yield seen
        finally:
            self.line.interceptors.remove(at)

    # -- the verdict --------------------------------------------------------------------------------------------------

    def verdict(self, *, settled: bool = True, **policy: Any) -> Verdict:
        """What the judge says of all that happened."""
        return judge(self.evidence(settled=settled, **policy))

    def evidence(self, *, settled: bool = True, **policy: Any) -> evidence.Evidence:
        ended = [child.summary() for child in self.children if child.code in {0, 1}]
        return evidence.Evidence(
            policy=self.place.policy(**policy),
            history=self.door.history(),
            books=[self.stores.books(state) for state in self.states],
            leads=[self.place.lead(row, key) for key, row in self.records().items()],
            begin=self.begin,
            runs=[summary for summary in ended if "read" in summary],
            outputs=dict(self._outputs()),
            canaries=dict(_canaries(self.place, list(self.begin.values())[:CANARIES])),
            settled=settled,
        )

    def _outputs(self) -> Iterator[tuple[str, str]]:
        for child in self.children:
            for path in (child.out, child.err):
                if path.exists():
                    yield path.name, path.read_text(errors="replace")


def _in_memory() -> str | None:
    """A place whose files lie in memory, where it is large enough: a kill leaves them as it leaves those of a disk."""
    try:
        room = shutil.disk_usage(_MEMORY).free
    except OSError:
        return None
    return _MEMORY if room >= _ROOM and os.access(_MEMORY, os.W_OK) else None


_MEMORY = "/dev/shm"  # noqa: S108 - the folder in it has a name that nobody can guess
_ROOM = 2 * 2**30


def _canaries(place: Place, rows: Sequence[Any]) -> Iterator[tuple[str, str]]:
    yield from SECRETS.items()
    for number, row in enumerate(rows):
        yield f"the e-mail of lead {number}", row[place.email]
        yield f"the name of lead {number}", row[place.last_name]
