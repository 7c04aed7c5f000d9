"""What the chapters of the demo are told with: the house, both CRMs, and the screen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from leadrelay import demo_files, screens, screens_demo
from leadrelay.demo_crm import Crms
from leadrelay.jobs.desk import Job
from leadrelay.jobs.qualify import Run, Summary, Surroundings
from leadrelay.state.store import Store
from leadrelay.terminal import Terminal, plain
from leadrelay.wiring import House

_SHOWN = screens_demo.FIELDS


@dataclass
class Stage:
    """What happened so far: `runs`; `names`: of people by id, by job."""

    folder: Path
    crms: Crms
    terminal: Terminal
    morning: datetime
    runs: list[Summary] = field(default_factory=list)
    names: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The configuration of both jobs."""
        return self.folder / "config.toml"

    def people(self, job: str) -> Mapping[str, str]:
        """Names by id, asked for once."""
        if job not in self.names:
            with self.ready(job) as (ready, _):
                self.names[job] = {owner.id: owner.name for owner in ready.connector.owners()}
        return self.names[job]

    def house(self) -> House:
        return House.open(self.config, os.environ)

    @contextmanager
    def ready(self, job: str) -> Iterator[tuple[Job, Store]]:
        house = self.house()
        store = house.store()
        try:
            with house.job(job) as ready:
                yield ready, store
        finally:
            store.close()

    def leads(self) -> Mapping[str, Mapping[str, Any]]:
        with self.house().connector("salesforce", "Lead") as connector:
            pages = [page.records for page in connector.changes(_SHOWN, None)]
        return {row["id"]: row for page in pages for row in page.iter_rows(named=True)}

    def record(self, lead: str) -> Mapping[str, Any]:
        """The lead as the CRM has it now."""
        with self.house().connector("salesforce", "Lead") as connector:
            return connector.fetch([lead], _SHOWN).records.row(0, named=True)

    def named(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**record, "OwnerId": self.people("salesforce").get(record["OwnerId"], record["OwnerId"])}

    def shares(self) -> RenderableType:
        with self.ready("salesforce") as (job, store):
            ledger = store.assignments.ledger("salesforce")
            return screens_demo.shares(job.playbook.roster, job.connector.owners(), ledger, self.crms.now().date())

    def run(self, job: str) -> None:
        house = self.house()
        store = house.store()
        self.command(f"run {job}")
        with house.job(job) as ready, self.terminal.watching(job) as watch:
            summary = Run(ready, store, house.run_id(), Surroundings(self.crms.now, watch=watch))()
        store.close()
        self.runs.append(summary)
        self.print(*screens.summary(summary))

    # -- telling ------------------------------------------------------------------------------------------------------

    def time(self) -> str:
        return f"{self.crms.now().astimezone(ZoneInfo(demo_files.ZONE)):%H:%M}"

    def name(self, kind: str) -> str:
        return plain(str(self.folder / f"salesforce.{kind}"))

    def command(self, words: str) -> None:
        self.print(f"\n[cyan]$ leadrelay {words} -c {plain(str(self.config))}[/]")

    def say(self, title: str, text: str) -> None:
        self.print(f"\n[bold]{title}[/]", f"  {text}")

    def print(self, *several: RenderableType) -> None:
        self.terminal.tell(*several)
