"""The clock: starts jobs when they are due, one run of a job at a time, until asked to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from leadrelay.errors import Unavailable

_GLANCE = 0.2


class Bell:
    """Rings once, at SIGTERM or SIGINT; everybody who works asks it between two pages."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def listen(self) -> None:
        """Ring when the process is asked to end. Who asks twice does not want to wait: the second ends it at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ring(self) -> None:
        """Ask everybody to stop."""
        self._rung.set()

    def rung(self) -> bool:
        """Whether it is time to stop."""
        return self._rung.is_set()

    def wait(self) -> None:
        """Sleep until it rings."""
        self._rung.wait()

    def pause(self, seconds: float) -> None:
        """Sit out a time that the CRM asks for; raises `Unavailable` when it rings meanwhile.

        Looks up now and then: a handler that rings an event on which its own thread waits could lock itself out.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.rung():
                raise Unavailable("Asked to end while the CRM had us wait. Nothing is lost: the next run goes on.")
            time.sleep(min(left, _GLANCE))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ring()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def serve(jobs: Mapping[str, BaseTrigger], work: Callable[[str], None], bell: Bell) -> None:
    """Run every job at once and then by its trigger; a run that takes longer than the interval skips the missed turns.

    Returns when the bell has rung and the runs under way have ended.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(max(1, len(jobs)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, trigger in jobs.items():
        scheduler.add_job(work, trigger, args=[name], id=name, next_run_time=datetime.now(UTC))
    scheduler.start()
    try:
        bell.wait()
    finally:
        scheduler.shutdown(wait=True)
