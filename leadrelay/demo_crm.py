"""The sandbox as the demo uses it: two CRMs whose clocks it moves, and the people who work in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from leadrelay.demo_files import ZONE
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.server import Options, Sandbox

PORTS = (8701, 8702, 8703, 8704)
_FRIDAY = 4
_DAY = timedelta(days=1)


@contextmanager
def sandbox(options: Options) -> Iterator[Sandbox]:
    """On the ports that `leadrelay sandbox` takes, if they are free: then it is started again without naming any."""
    try:
        salesforce, hubspot, vendors, names = PORTS
        doors = replace(
            options, salesforce_port=salesforce, hubspot_port=hubspot, provider_port=vendors, dns_port=names
        )
        running = Sandbox(doors).__enter__()
    except SandboxError:
        running = Sandbox(options).__enter__()
    try:
        yield running
    finally:
        running.__exit__(None, None, None)


def last_working_day(now: datetime) -> datetime:
    """Half past nine in the morning of the last working day before today."""
    day = now.astimezone(ZoneInfo(ZONE)).replace(hour=9, minute=30, second=0, microsecond=0) - _DAY
    while day.weekday() > _FRIDAY:
        day -= _DAY
    return day


@dataclass
class Crms:
    """Both CRMs, at the time that their clocks show. `behind`: so far behind the machine's."""

    sandbox: Sandbox
    behind: timedelta

    @property
    def urls(self) -> Mapping[str, str]:
        return {"salesforce": self.sandbox.salesforce_url, "hubspot": self.sandbox.hubspot_url}

    @property
    def doors(self) -> Mapping[str, str]:
        """What a configuration has to name."""
        return {**self.urls, "vendors": self.sandbox.provider_url.partition("//")[2], "dns": self.sandbox.dns_address}

    @property
    def ports(self) -> Sequence[int]:
        """Where all of it is."""
        return [int(door.rpartition(":")[2]) for door in self.doors.values()]

    def now(self) -> datetime:
        """What both clocks show."""
        return datetime.now(UTC) - self.behind

    def wait(self, until: datetime) -> None:
        """Let time pass in both."""
        seconds = (until - self.now()).total_seconds()
        self.behind -= timedelta(seconds=seconds)
        for job in self.urls:
            self._post(job, "clock", {"advance": seconds})

    def catch_up(self) -> None:
        """To the machine's own time."""
        self.wait(datetime.now(UTC))
        self.behind = timedelta()

    def act(self, job: str, action: str, **arguments: Any) -> None:
        """Something that people do, through the sandbox's own endpoint."""
        self._post(job, "act", {"action": action, **arguments})

    def edit(self, record: str, fields: Mapping[str, Any], actor: str, kind: str = "Lead") -> None:
        """A person's edit in Salesforce goes the same way as everybody's."""
        self._post("salesforce", "edit", {"object": kind, "id": record, "fields": fields, "actor": actor})

    def written(self, job: str, record: str) -> Mapping[str, Any]:
        """What was written into a record, by field: the last value of each."""
        with urlopen(f"{self.urls[job]}/_sandbox/history?record={record}", timeout=10) as answer:  # noqa: S310 - local
            history = json.load(answer)["history"]
        return {one["field"]: one["new"] for one in history if one["field"]}

    def _post(self, job: str, name: str, body: Mapping[str, Any]) -> None:
        url, headers = f"{self.urls[job]}/_sandbox/{name}", {"Content-Type": "application/json"}
        urlopen(Request(url, json.dumps(body).encode(), headers), timeout=10).close()  # noqa: S310 - local
