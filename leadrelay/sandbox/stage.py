"""Puts scenarios on: checks them against both CRMs, sets the lines, and has their acts happen when they are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadrelay.sandbox.actors import Person, read_actors
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.faults import Fault, read_faults
from leadrelay.sandbox.keys import LONGEST, Findings, checked, nearest, number
from leadrelay.sandbox.line import Line
from leadrelay.sandbox.scenario import ACT, Part, Scenario
from leadrelay.sandbox.wire import Request, Response

ENDPOINTS = ("edit", "clock", "settings", "faults", "actors")
"""What an act may call beside the actions of the CRM."""


@dataclass(slots=True)
class Act:
    """Something that happens once."""

    told: Mapping[str, Any]
    action: str
    arguments: Mapping[str, Any]
    at_request: int | None
    after: timedelta
    answer: Response | None = None

    def due(self, request: int, since: timedelta) -> bool:
        return request >= self.at_request if self.at_request else since >= self.after

    def happen(self, line: Line) -> None:
        if self.action in ENDPOINTS:
            self.answer = line.post(self.action, self.arguments)
        else:
            self.answer = line.post("act", {"action": self.action, **self.arguments})

    def shown(self) -> dict[str, Any]:
        done = {"status": self.answer.status, "answer": self.answer.body} if self.answer else {}
        return {**self.told, "done": self.answer is not None, **done}


class Acts:
    """The acts of one CRM; called before each of its requests while some are to come."""

    def __init__(self, line: Line, acts: Sequence[Act]) -> None:
        self.all = acts
        self._line = line
        self._start: datetime = line.store.clock.now()
        self._requests = 0

    def __call__(self) -> None:
        self._requests += 1
        since = self._line.store.clock.now() - self._start
        waiting = [act for act in self.all if act.answer is None]
        for act in waiting:
            if act.due(self._requests, since):
                act.happen(self._line)
        if all(act.answer for act in waiting):
            self._line.watch = None


class Stage:
    """The scenarios of a sandbox, in the order in which they were named; SandboxError tells all that is wrong."""

    def __init__(self, scenarios: Sequence[Scenario], lines: Mapping[str, Line]) -> None:
        self._scenarios = scenarios
        self._shows = [_Show(crm, line, scenarios) for crm, line in lines.items()]
        problems = []
        for scenario in scenarios:
            findings = Findings(scenario.findings)
            for show in self._shows:
                show.check(scenario, findings)
            problems += _named(scenario, findings)
        _refuse(problems)

    def set(self) -> None:
        """Set both lines, as each reset does with its own."""
        _refuse([problem for show in self._shows for problem in show.play()])


class _Show:
    """The scenarios in one CRM."""

    def __init__(self, crm: str, line: Line, scenarios: Sequence[Scenario]) -> None:
        self._crm = crm
        self._line = line
        self._scenarios = scenarios
        self._acts = Acts(line, [])
        line.control.renew = lambda: _refuse(self.play())
        line.control.extend([("GET", "scenario", self._tell)])

    def check(self, scenario: Scenario, findings: Findings) -> None:
        """What can be known before anyone is in the CRM."""
        part = scenario.parts.get(self._crm, Part())
        for name in part.settings:
            if name not in (known := self._line.control.settings()):
                findings.add(f"{self._crm}.settings.{name}", f"there is no such setting; {nearest(name, known)}")
        read_faults(part.faults, 0, f"{self._crm}.faults", findings)
        self._read_acts(part, findings)

    def play(self) -> list[str]:
        """Set the line anew: all that was set before is gone. What could not be is told."""
        faults: list[Fault] = []
        actors: list[Person] = []
        acts: list[Act] = []
        problems: list[str] = []
        for scenario in self._scenarios:
            part, seed, findings = scenario.parts[self._crm], scenario.seed, Findings()
            self._turn(part, findings)
            faults += read_faults(part.faults, seed, f"{self._crm}.faults", findings, len(faults))
            actors += read_actors(part.actors, seed, f"{self._crm}.actors", self._line.store, findings, len(actors))
            acts += self._read_acts(part, findings)
            problems += _named(scenario, findings)
        self._line.faults, self._line.actors = faults, actors
        self._acts = Acts(self._line, acts)
        self._line.watch = self._acts if acts else None
        return problems

    def _turn(self, part: Part, findings: Findings) -> None:
        for name, value in part.settings.items():
            answer = self._line.post("settings", {name: value})
            if answer.status >= 400:
                why = answer.body["error"] if answer.status == 400 else f"the CRM failed with {answer.status}"
                findings.add(f"{self._crm}.settings.{name}", why)

    def _read_acts(self, part: Part, findings: Findings) -> list[Act]:
        return [self._read_act(table, f"{self._crm}.acts[{n}]", findings) for n, table in enumerate(part.acts)]

    def _read_act(self, table: Mapping[str, Any], where: str, findings: Findings) -> Act:
        own = {key.name: table[key.name] for key in ACT if key.name in table}
        arguments = {name: value for name, value in table.items() if name not in own}
        values = checked(own, ACT, where, findings)
        if (values["at_request"] is None) == (values["after_seconds"] is None):
            findings.add(where, "say when: at_request or after_seconds, one of them")
        action, known = values["action"], {*self._line.control.actions, *ENDPOINTS}
        if isinstance(action, str) and action not in known:
            findings.add(f"{where}.action", f"there is no such action; {nearest(action, known)}")
        after = table["after_seconds"] if number(0, LONGEST).accepts(table.get("after_seconds")) else 0
        return Act(table, str(action), arguments, values["at_request"], timedelta(seconds=after))

    def _tell(self, _: Request) -> Response:
        scenarios = [{"name": scenario.name, "about": scenario.about} for scenario in self._scenarios]
        return Response(200, {"scenarios": scenarios, "acts": [act.shown() for act in self._acts.all]})


def _named(scenario: Scenario, findings: Findings) -> list[str]:
    return [f"{scenario.name}: {finding}" for finding in findings]


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise SandboxError("\n".join(problems))
