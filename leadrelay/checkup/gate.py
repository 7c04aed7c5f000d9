"""Before its first run under `serve`, and again when its rules change, a job is examined: with an error it waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadrelay.checkup.examine import examine, exit_code
from leadrelay.errors import ConfigError, Stopped
from leadrelay.findings import Finding, Level
from leadrelay.screens_tables import counted
from leadrelay.state.store import Store
from leadrelay.wiring import House

AGAIN = timedelta(minutes=5)
"""A job that is held back is not examined again before that, unless its mapping or playbook changed: it costs calls."""

_CRM = 3


class HeldBack(Stopped):
    """A job with errors. `findings`: what has to be mended, and what is worth a look."""

    def __init__(self, job: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(one for one in findings if one.level in {Level.ERROR, Level.WARNING})
        count = sum(one.level is Level.ERROR for one in findings)
        super().__init__(f"{job} does not start: {counted(count, 'error')}. To see and mend: leadrelay check {job}")


@dataclass
class _Tried:
    """What was said of these rules, and when. `held`: None where the job may run."""

    rules: str
    at: datetime
    held: HeldBack | None


@dataclass
class Gate:
    """What the service knows of its jobs. A field that vanishes later is the run's own affair."""

    house: House
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    _tried: dict[str, _Tried] = field(default_factory=dict)

    def expect_open(self, job: str, store: Store) -> None:
        """Raise `HeldBack` for a job with errors. A CRM that cannot be reached is told by the run, not here."""
        rules, last, now = self._rules(job), self._tried.get(job), self.now()
        if last is not None and last.rules == rules and (last.held is None or now < last.at + AGAIN):
            if last.held:
                raise last.held
            return
        findings = [one for one in examine(self.house, now, job, (), store, self.pause) if not one.endured]
        code = exit_code(findings)
        if code == _CRM:
            return
        held = HeldBack(job, findings) if code else None
        self._tried[job] = _Tried(rules, now, held)
        if held:
            raise held

    def _rules(self, job: str) -> str:
        """Differs when mapping or playbook do; what is wrong with them while they cannot be read."""
        try:
            mapping, playbook = self.house.rules(job, offline=True)
        except ConfigError as error:
            return str(error)
        return f"{mapping.fingerprint} {playbook.fingerprint}"
