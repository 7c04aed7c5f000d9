"""Faults between a client and a CRM: which request is hit by which, the same for a seed and a sequence of requests."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from leadrelay.sandbox import hostile
from leadrelay.sandbox.control import BadRequest, pattern_of
from leadrelay.sandbox.dialects import Dialect
from leadrelay.sandbox.fault_kinds import COMMON, KINDS
from leadrelay.sandbox.keys import TABLES, Findings, checked, nearest, whole
from leadrelay.sandbox.wire import Delivery, Request, Response


class HangUp(Exception):
    """The connection is to be closed without an answer; with `reset` torn down."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__("the connection is closed without an answer")
        self.reset = reset


class Fault:
    """One fault of the list, and how often a request fitted and was hit."""

    def __init__(self, told: Mapping[str, Any], values: Mapping[str, Any], seed: str) -> None:
        self.kind: str = values["kind"]
        self._told = dict(told)
        self._values = values
        self._methods = frozenset((values["method"] or "").upper().split())
        self._path = _pattern(values["path"]) if values["path"] else None
        self._random = random.Random(seed)
        self._until: datetime | None = None
        self.matched = 0
        self.fired = 0

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def hits(self, request: Request, now: datetime, signs_in: re.Pattern[str]) -> bool:
        """Whether the request is hit. `signs_in`: the paths that a fault without a path leaves alone."""
        if not self._fits(request, signs_in):
            return False
        self.matched += 1
        hit = self._due() and self._lasts(now)
        self.fired += hit
        return hit

    def shown(self) -> dict[str, Any]:
        """As it was told, with the counts."""
        return {**self._told, "matched": self.matched, "fired": self.fired}

    def _fits(self, request: Request, signs_in: re.Pattern[str]) -> bool:
        if self._methods and request.method not in self._methods:
            return False
        if self._path is None:
            return not signs_in.match(request.path)
        return bool(self._path.fullmatch(pattern_of(request.path)) or self._path.fullmatch(request.path))

    def _due(self) -> bool:
        turn = self.matched - self["after"]
        if turn <= 0 or turn % self["every"] or (self["times"] is not None and self.fired >= self["times"]):
            return False
        return self["probability"] == 1 or self._random.random() < float(self["probability"])

    def _lasts(self, now: datetime) -> bool:
        """Only a storm has an end of its own."""
        if self.kind != "storm":
            return True
        self._until = self._until or now + timedelta(seconds=self["seconds"])
        return now < self._until


class Hit:
    """The faults that hit one request, taken together."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults

    def first(self, *kinds: str) -> Fault | None:
        """The first fault of these kinds."""
        return next((fault for fault in self._faults if fault.kind in kinds), None)

    def seconds(self, kind: str) -> float:
        """What the faults of a kind come to."""
        return sum(float(fault["seconds"]) for fault in self._faults if fault.kind == kind)

    def end(self, *, applied: bool) -> None:
        """HangUp where a fault closes the connection before the request is carried out, or after it (`applied`)."""
        if self.first("drop-reply" if applied else "drop-request"):
            raise HangUp
        torn = self.first("reset")
        if torn and torn["applied"] == applied:
            raise HangUp(reset=True)

    @property
    def applied(self) -> bool:
        """Whether the request is carried out although another answer goes out."""
        fault = self.first(*_INSTEAD)
        return fault is not None and fault.kind != "quota" and bool(fault["applied"])

    def instead(self, dialect: Dialect) -> Response | None:
        """The answer that goes out in place of the CRM's."""
        fault = self.first(*_INSTEAD)
        if fault is None:
            return None
        if fault.kind == "quota":
            return dialect.quota()
        if fault.kind in hostile.KINDS:
            return hostile.answer(fault.kind, fault)
        if fault.kind == "garbage":
            return Response(fault["status"], fault["body"].encode(), content_type=fault["content_type"])
        answer = _refusal(fault, dialect)
        if fault["retry_after"] is not None:
            answer.headers["Retry-After"] = str(fault["retry_after"])
        return answer

    def spoil(self, answer: Response, wait: Callable[[float], Awaitable[None]]) -> Delivery:
        """How the answer goes out."""
        cut, slow = self.first("cut"), self.first("slow")
        delivery = Delivery(answer, skew=self.seconds("clock-skew"), wait=wait)
        if cut:
            delivery.cut = cut["bytes"]
        if slow:
            delivery.slice, delivery.pause = slow["slice"], slow["pause"]
        return delivery


_INSTEAD = ("status", "quota", "storm", "garbage", *hostile.KINDS)


def _refusal(fault: Fault, dialect: Dialect) -> Response:
    if fault.kind == "storm":
        return dialect.refusal(fault["status"], None, None, "")
    body = fault["body"]
    if isinstance(body, str):
        return Response(fault["status"], body.encode(), content_type="text/html; charset=utf-8")
    if body is not None:
        return Response(fault["status"], body)
    return dialect.refusal(fault["status"], fault["code"], fault["message"], fault["policy"])


def read_faults(
    tables: Sequence[Mapping[str, Any]], seed: int, where: str, findings: Findings, first: int = 0
) -> list[Fault]:
    """The faults of a list that come after `first` others; what is wrong with it goes to the findings."""
    faults = []
    for index, table in enumerate(tables):
        place = f"{where}[{index}]"
        name = table.get("kind")
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            findings.add(f"{place}.kind", f"there is no such kind of fault; {nearest(name, KINDS)}")
            continue
        known = len(findings)
        values = checked(table, (*COMMON, *kind.keys), place, findings)
        if known == len(findings):
            faults.append(Fault(table, values, f"{seed}:{first + index}"))
    return faults


def read_list(body: Mapping[str, Any], name: str) -> tuple[list[dict[str, Any]], int]:
    """The list and the seed of a body `{name: [...], "seed": 7}`; BadRequest where it is none."""
    tables, seed, least = body.get(name), body.get("seed", 0), whole(0)
    if not TABLES.accepts(tables) or not least.accepts(seed) or body.keys() - {name, "seed"}:
        raise BadRequest(f'say {{"{name}": [{{...}}, ...], "seed": {least.words} (or leave it out)}}')
    return list(body[name]), int(seed)


def _pattern(path: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in path.rstrip("/").split("*"))
    return re.compile(".*".join(parts) + "/?", re.IGNORECASE)
