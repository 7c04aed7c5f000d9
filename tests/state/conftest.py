"""A store on each database, and other processes that use it."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadrelay.core import effects
from leadrelay.state.store import Intent, Promise, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORKERS = Path(__file__).with_name("workers.py")


@dataclass
class Making:
    """Promises and intents with the dull parts filled in."""

    now: datetime = NOW
    leads: tuple[str, ...] = tuple(f"00Q{number:015}" for number in range(1_200))

    def patch(self, lead, after=None, **more):
        return self._intent(lead, "fields", effects.digest("stamp", after or {"Rating": "Hot"}), after, **more)

    def handoff(self, lead, epoch="1", **more):
        return self._intent(lead, "handoff", epoch, **{"task": {"subject": "Call", "owner_field": ""}, **more})

    def _intent(self, lead, kind, epoch, after=None, **more):
        after = {"Rating": "Hot"} if after is None else after
        given = {"modified": "stamp", "before": dict.fromkeys(after), "after": after, "task": {}, "why": "Hot +20"}
        key = effects.key("org", "Lead", lead, kind, epoch)
        common = {"key": key, "job": "job", "lead": lead, "kind": kind, "epoch": epoch, "run": "run"}
        return Intent(**{**common, "state": "planned", **given, **more})

    def promise(self, *intents, **more):
        return Promise("job", "run", "org", "Lead", "rules", list(intents), **more)


@pytest.fixture
def make():
    return Making()


@pytest.fixture
def store(store_url):
    opened = Store.open(store_url)
    yield opened
    opened.close()


@dataclass
class Worker:
    """Another process with the store; it says a line when it got somewhere."""

    pid: int
    hears: object
    speaks: object

    def says(self):
        return self.speaks.readline().strip()

    def tell(self, line):
        self.hears.write(f"{line}\n")
        self.hears.flush()

    def send(self, number):
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self):
        self.send(signal.SIGKILL)
        self.hears.close()
        self.speaks.close()


@pytest.fixture(scope="session")
def _orders():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen([sys.executable, str(WORKERS), str(theirs.fileno())], pass_fds=[theirs.fileno()])
        theirs.close()
        yield ours
        ours.close()
        process.wait(30)


@pytest.fixture
def worker(_orders):
    """worker(task, *words): starts one of tests/state/workers.py; what still runs at the end is killed."""
    started = []

    def start(*words):
        (reads, hears), (speaks, writes) = os.pipe(), os.pipe()
        socket.send_fds(_orders, [json.dumps([str(word) for word in words]).encode()], [reads, writes])
        os.close(reads)
        os.close(writes)
        pid = int(_orders.recv(100))
        started.append(Worker(pid, os.fdopen(hears, "w"), os.fdopen(speaks)))
        return started[-1]

    yield start
    for process in started:
        process.end()
