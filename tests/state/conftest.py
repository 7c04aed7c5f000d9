"""A store on each database, and other processes that use it."""

import subprocess
import sys
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

    process: subprocess.Popen

    def says(self):
        return self.process.stdout.readline().strip()

    def tell(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


@pytest.fixture
def worker():
    """worker(task, *words): starts tests/state/workers.py; what still runs at the end is killed."""
    started = []

    def start(*words):
        command = [sys.executable, str(WORKERS), *map(str, words)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return Worker(process)

    yield start
    for process in started:
        process.kill()
        process.communicate()
