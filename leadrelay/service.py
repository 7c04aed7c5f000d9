"""`serve`: the scheduled jobs as a service, with one line of JSON per event on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import datetime

import structlog

from leadrelay import config
from leadrelay.errors import ConfigError, LeadrelayError, Problem
from leadrelay.jobs.qualify import Run, Surroundings
from leadrelay.jobs.schedule import Bell, serve
from leadrelay.state.store import Store
from leadrelay.terminal import Terminal
from leadrelay.wiring import House

Log = structlog.typing.FilteringBoundLogger


def run(house: House, now: Callable[[], datetime], terminal: Terminal) -> None:
    """Serve until SIGTERM or Ctrl-C; then end the runs under way between two pages, and return."""
    schedules = {name: job.schedule for name, job in house.settings.jobs.items() if job.schedule is not None}
    _refuse_unready(house, list(schedules))
    log, bell, store = _log(), Bell(), house.store()
    bell.listen()
    log.info("serving", jobs=schedules)
    try:
        triggers = {name: config.trigger(schedule) for name, schedule in schedules.items()}
        serve(triggers, lambda name: _work(house, store, name, now, bell, log), bell)
    finally:
        store.close()
    log.info("stopped")
    terminal.show({"stopped": True, "jobs": list(schedules)}, "Stopped.")


def _refuse_unready(house: House, jobs: list[str]) -> None:
    """A job with a wrong configuration does not start; all problems of all jobs are told."""
    problems: list[Problem] = []
    if not jobs:
        problems.append(Problem(house.document.file, "no job has a schedule.", 'Add schedule = "*/5 * * * *" to one.'))
    for name in jobs:
        try:
            house.rules(name)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))


def _work(house: House, store: Store, name: str, now: Callable[[], datetime], bell: Bell, log: Log) -> None:
    log = log.bind(job=name)
    try:
        with house.job(name) as job:
            summary = Run(job, store, house.run_id(), Surroundings(now, bell.rung))()
    except LeadrelayError as error:
        log.error("run failed", kind=type(error).__name__, message=str(error))  # noqa: TRY400 - told in words, without a traceback
    except Exception as error:  # noqa: BLE001 - one run's fault must not end the service; its text may hold record values
        log.error("run failed", kind=type(error).__name__, message="a fault in leadrelay")  # noqa: TRY400 - the same
    else:
        log.info("run ended", **summary.to_json())


def _log() -> Log:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
    )
    return log
