"""One record there and back: what the mapping makes of it, step by step, and what of that would be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core import casts
from leadrelay.core.lead import Type
from leadrelay.core.references import is_untold
from leadrelay.core.writes import Policy, Write
from leadrelay.jobs import drift
from leadrelay.jobs.deciding import Deciding
from leadrelay.jobs.desk import Decision, Desk, Job
from leadrelay.jobs.preview import decided
from leadrelay.jobs.reading import one_record
from leadrelay.mappings.mapping_values import Read
from leadrelay.mappings.told import Steps
from leadrelay.state.store import Store


@dataclass(frozen=True, slots=True)
class Inward:
    """A lead field: the CRM fields with their texts, the steps, and the value. `given`: whether anything is known."""

    lead: str
    type: Type
    texts: Mapping[str, str | None]
    steps: tuple[str, ...]
    value: Any
    given: bool
    fits: bool

    def to_json(self) -> dict[str, Any]:
        """As `mapping test --json` prints it."""
        texts = [{"field": name, "text": text} for name, text in self.texts.items()]
        rest = {"steps": list(self.steps), "value": _plain(self.value), "given": self.given, "fits": self.fits}
        return {"lead": self.lead, "type": self.type.value, "from": texts, **rest}


@dataclass(frozen=True, slots=True)
class Outward:
    """A CRM field: what goes into it, the steps, the wanted value, what is there, and whether it would be written.

    `does`: "write", "same", "withheld", "left" (the mapping leaves this lead alone) or "nothing" to say.
    """

    field: str
    policy: Policy
    values: Mapping[str, Any]
    steps: tuple[str, ...]
    wanted: Any
    held: str | None
    does: str
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """As `mapping test --json` prints it."""
        values = [{"name": name, "value": _plain(value)} for name, value in self.values.items()]
        told = {"field": self.field, "policy": self.policy.value, "from": values, "steps": list(self.steps)}
        return {**told, "wanted": self.wanted, "has": self.held, "does": self.does, "why": self.why}


@dataclass(frozen=True, slots=True)
class Translation:
    """One record there and back. `missing`: CRM fields that vanished, and what they fed with them."""

    lead: str
    link: str
    object: str
    inward: tuple[Inward, ...]
    outward: tuple[Outward, ...]
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As `mapping test --json` prints it."""
        head = {"lead": self.lead, "link": self.link, "object": self.object, "missing": list(self.missing)}
        return {
            **head,
            "read": [one.to_json() for one in self.inward],
            "write": [one.to_json() for one in self.outward],
        }


def translation(job: Job, store: Store, lead: str, now: datetime) -> Translation:
    """Of one record; one that the CRM does not have is a `ConfigError`. Nothing is written, nobody is asked."""
    missing: list[str] = []
    found = drift.endured(job, store, missing, lambda left: _translation(left, store, lead, now))
    return replace(found, missing=tuple(missing))


def _translation(job: Job, store: Store, lead: str, now: datetime) -> Translation:
    records, desk = one_record(job, lead, "mapping test"), Desk(job, now)
    said = desk.read(records)
    _, decision = decided(Deciding.ahead(desk, store), store, records)
    mapping, currency = desk.readable, job.mapping.currency
    rated = currency.rated(records) if currency else records
    own = records["id"][0]
    back = Steps(mapping, rated, decision.leads, decision.verdicts)
    there = Steps(mapping, rated, said, decision.verdicts)
    inward = tuple(_inward(read, there, records) for read in mapping.reads)
    outward = tuple(_Outwards(desk, decision, records, back).all())
    return Translation(own, job.connector.link(own), job.mapping.object, inward, outward)


def _inward(read: Read, steps: Steps, records: pl.DataFrame) -> Inward:
    value = steps.leads[read.lead].to_list()[0]
    texts = {name: records[name][0] for name in read.asked}
    given = value not in (None, [])
    return Inward(read.lead, read.type, texts, tuple(steps.of_read(read)), value, given, steps.fits(read))


class _Outwards:
    def __init__(self, desk: Desk, decision: Decision, records: pl.DataFrame, steps: Steps) -> None:
        self._writes = desk.job.mapping.writes
        self._records, self._steps = records, steps
        nobody = pl.repeat(value=False, n=records.height, eager=True)
        self._wanted = desk.wanted(decision.leads, decision.verdicts, nobody)
        self._changes = decision.plan.updates[0].fields if decision.plan.updates else {}
        self._kept = {one.field: one.why for one in decision.plan.withheld}
        self._left = bool(decision.left)

    def all(self) -> Iterator[Outward]:
        for write in self._writes:
            wanted, held = self._payload(write), self._records[write.field][0]
            values = {name: self._steps.value(name) for name in write.sources}
            does, why = self._does(write, wanted)
            steps = tuple(self._steps.of_write(write))
            yield Outward(write.field, write.policy, values, steps, wanted, held, does, why)

    def _payload(self, write: Write) -> Any:
        """What is sent, where it is; else what is wanted, in the same spelling."""
        if write.field in self._changes:
            return self._changes[write.field]
        text = self._wanted.select(casts.to_text(pl.col(write.field), write.type)).item()
        return None if write.reference and is_untold(text) else text

    def _does(self, write: Write, wanted: Any) -> tuple[str, str]:
        if self._left:
            return "left", "'leave' holds for this lead"
        if write.field in self._changes:
            return "write", self._kept.get(write.field, "")
        if write.field in self._kept:
            return "withheld", self._kept[write.field]
        if wanted is None:
            return "nothing", ""
        held = (self._records[write.field][0] or "").strip()
        if write.policy is Policy.FILL and held:
            return "same", "it is filled already"
        return "same", ""


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value if value is None or isinstance(value, bool | int | float | str | list) else casts.spelled(value)
