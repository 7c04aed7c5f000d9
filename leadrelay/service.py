"""`serve`: the scheduled jobs as a service, with one line of JSON per event on standard error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from leadrelay import config
from leadrelay.checkup.gate import Gate, HeldBack
from leadrelay.core.examples import expect_proof
from leadrelay.errors import ConfigError, LeadrelayError, Paused, Problem, Stopped
from leadrelay.jobs.desk import Job
from leadrelay.jobs.plans.approving import ApprovalRun
from leadrelay.jobs.qualify import Run, Surroundings
from leadrelay.jobs.schedule import Bell, serve
from leadrelay.jobs.summary import Summary
from leadrelay.metrics import Metrics
from leadrelay.state.store import Store
from leadrelay.terminal import Terminal
from leadrelay.wiring import House, holder

_FOR_EVER = float("inf")

Log = structlog.typing.FilteringBoundLogger


def run(house: House, now: Callable[[], datetime], terminal: Terminal, metrics_port: int | None) -> None:
    """Serve until SIGTERM or Ctrl-C; then end the runs under way between two pages, and return."""
    schedules = {name: job.schedule for name, job in house.settings.jobs.items() if job.schedule is not None}
    _refuse_unready(house, list(schedules), now())
    bell, store, metrics = Bell(), house.store(), Metrics()
    bell.listen()
    service = _Service(house, store, now, bell, _log(), metrics, Gate(house, now, bell.pause))
    lease = store.lease("serve", holder())
    try:
        if not lease.acquire(0.0, time.sleep, bell.rung):
            service.log.info("standing by", why=str(lease.refusal()))
        if lease.acquire(_FOR_EVER, time.sleep, bell.rung):
            service.log.info("serving", jobs=schedules)
            with metrics.served(metrics_port):
                serve({name: config.trigger(schedule) for name, schedule in schedules.items()}, service.work, bell)
    finally:
        lease.release()
        store.close()
    service.log.info("stopped")
    terminal.show({"stopped": True, "jobs": list(schedules)}, "Stopped.")


def _refuse_unready(house: House, jobs: list[str], now: datetime) -> None:
    """Where no job could start, since none has a schedule or rules that carry, all problems of all jobs are told."""
    if not jobs:
        cure = 'Add schedule = "*/5 * * * *" to one.'
        raise ConfigError([Problem(house.document.file, "no job has a schedule.", cure)])
    problems = {name: _problems(house, name, now) for name in jobs}
    if all(problems.values()):
        raise ConfigError(list(dict.fromkeys(problem for some in problems.values() for problem in some)))


def _problems(house: House, job: str, now: datetime) -> Sequence[Problem]:
    try:
        expect_proof(house.rules(job)[1], now)
    except ConfigError as error:
        return error.problems
    return ()


@dataclass(frozen=True)
class _Service:
    """What every run of the service shares."""

    house: House
    store: Store
    now: Callable[[], datetime]
    bell: Bell
    log: Log
    metrics: Metrics
    gate: Gate

    def work(self, name: str) -> None:
        """One run of one job. Whatever fails is logged; the service goes on."""
        log = self.log.bind(job=name)
        until = self.store.runs.paused_until(name)
        if until is not None and until > self.now():
            log.info("paused", until=until.isoformat(timespec="seconds"))
            return
        try:
            with self.house.leased(self.store, name) as store:
                self.gate.expect_open(name, store)
                with self.house.job(name, self.bell.pause) as job:
                    summaries = self._carried_out(job, store, Surroundings(self.now, self.bell.rung), log)
        except Paused as pause:
            self.metrics.cut_short(name, "paused")
            log.warning("run paused", until=pause.until.isoformat(timespec="seconds"), message=str(pause))
        except HeldBack as held:
            self._held(log, name, held)
        except Stopped as stop:
            self.metrics.cut_short(name, "stopped")
            log.warning("run stopped", message=str(stop))
        except LeadrelayError as error:
            self._failed(log, name, type(error).__name__, str(error))
        except Exception as error:  # noqa: BLE001 - one run's fault must not end the service; its text may hold record values
            self._failed(log, name, type(error).__name__, "a fault in leadrelay")
        else:
            for summary in summaries:
                self.metrics.ended(summary)
                log.info("run ended", **{key: value for key, value in summary.to_json().items() if key != "job"})

    def _carried_out(self, job: Job, store: Store, around: Surroundings, log: Log) -> list[Summary]:
        """A run; or what was approved, and the plan that waits now."""
        if not self.house.settings.jobs[job.name].approval:
            return [Run(job, store, self.house.run_id(), around)()]
        turn = ApprovalRun(job, store, around, self.house.plans_folder(job.name), self.house.run_id)
        ended = turn()
        for applying in ended.applied:
            log.info("plan applied", plan=applying.plan.run, refused=len(applying.refused))
        log.info(
            "planned", waits=ended.waits, file=ended.path, leads=ended.plan.tallied.changed if ended.plan else None
        )
        return ended.summaries

    def _held(self, log: Log, name: str, held: HeldBack) -> None:
        self.metrics.cut_short(name, "held")
        log.error("job held back", message=str(held), findings=[finding.to_json() for finding in held.findings])

    def _failed(self, log: Log, name: str, kind: str, message: str) -> None:
        self.metrics.cut_short(name, "failed")
        log.error("run failed", kind=kind, message=message)


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
