"""What a job's mapping could read besides, or instead, as its CRM is today. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadrelay.mappings.mapping_values import Mapping as FieldMapping
from leadrelay.mappings.proposing import Candidate, Proposal, propose
from leadrelay.mappings.proposing.proposals import SURE
from leadrelay.starting.looking import look
from leadrelay.wiring import House


@dataclass(frozen=True, slots=True)
class Difference:
    """A lead field that another CRM field may fill. `now`: what does; "" for nothing. `gone`: that it is not there."""

    lead: str
    now: str
    gone: bool
    candidate: Candidate

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        one = self.candidate
        told = {"field": one.field, "label": one.info.label, "score": round(one.score, 3), "reasons": list(one.reasons)}
        return {"lead": self.lead, "now": self.now or None, "gone": self.gone, "proposed": told}


@dataclass(frozen=True, slots=True)
class Compared:
    """All of a job."""

    job: str
    mapping: str
    differences: tuple[Difference, ...]
    agreed: int

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        listed = [one.to_json() for one in self.differences]
        return {"job": self.job, "mapping": self.mapping, "agreed": self.agreed, "differences": listed}


def compared(house: House, job: str) -> Compared:
    """A job's mapping, beside what would be proposed today."""
    settings = house.settings.jobs[job]
    mapping, _ = house.rules(job)
    seen = look(house, settings.connection, mapping.object, "")
    fields = seen.inspection.fields
    proposals = propose(fields, seen.sample, seen.inspection.kind)
    now = _reads(mapping)
    found = tuple(_differences(now, proposals, frozenset(name.lower() for name in fields)))
    agreed = sum(1 for one in proposals if one.best and now.get(one.lead.name, "").lower() == one.best.field.lower())
    return Compared(job, settings.mapping, found, agreed)


def _reads(mapping: FieldMapping) -> dict[str, str]:
    return {read.lead: read.fields[0] if read.fields else "" for read in mapping.reads}


def _differences(now: Mapping[str, str], proposals: Sequence[Proposal], there: frozenset[str]) -> list[Difference]:
    """What nothing fills and a free field surely may; and another field where the one that is read is gone."""
    used = {field.lower() for field in now.values()}
    found = []
    for one in proposals:
        has = now.get(one.lead.name, "")
        gone = bool(has) and "." not in has and has.lower() not in there
        free = [candidate for candidate in one.candidates if candidate.field.lower() not in used]
        if (gone or not has) and free and free[0].score >= SURE:
            used.add(free[0].field.lower())
            found.append(Difference(one.lead.name, has, gone, free[0]))
    return found
