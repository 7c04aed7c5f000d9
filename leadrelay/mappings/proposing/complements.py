"""Two CRM fields of one kind, of which mostly one is filled: together they fill a lead field better than either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lead import Type
from leadrelay.mappings import crm_types
from leadrelay.mappings.proposing.proposals import SURE, Candidate, Proposal
from leadrelay.mappings.proposing.words import known

_GAIN, _APART = 0.1, 0.5
_STEAD: Mapping[str, str] = {"phone": "mobile"}
"""Lead fields for which another's CRM field will do where their own is empty."""


def complemented(proposals: Sequence[Proposal], sample: pl.DataFrame, kind: str) -> tuple[Proposal, ...]:
    """The proposals, whose best candidates name the field that steps in where theirs is empty, if any does."""
    best = {one.lead.name: one.best for one in proposals if one.best}
    taken = {candidate.field for candidate in best.values()}
    return tuple(_with_other(one, best.get(_STEAD.get(one.lead.name, "")), taken, sample, kind) for one in proposals)


def _with_other(one: Proposal, stead: Candidate | None, taken: set[str], sample: pl.DataFrame, kind: str) -> Proposal:
    best = one.best
    if best is None or known()[one.lead.name].words or one.lead.type is Type.LIST:
        return one
    for other in _others(one, stead, taken):
        if _alike(best.info, other.info, kind, one.lead.type) and _complements(sample, best.field, other.field):
            found = replace(best, other=other.field)
            return replace(one, best=found, candidates=(found, *one.candidates[1:]))
    return one


def _others(one: Proposal, stead: Candidate | None, taken: set[str]) -> Iterator[Candidate]:
    """That of the other lead field, and those that are as sure and fill nothing."""
    yield from [stead] if stead else []
    yield from (other for other in one.candidates[1:] if other.score >= SURE and other.field not in taken)


def _alike(one: FieldInfo, other: FieldInfo, kind: str, wanted: Type) -> bool:
    held = {crm_types.held(one, kind), crm_types.held(other, kind)}
    return one.type == other.type and held == {wanted} and not (one.picklist or other.picklist)


def _complements(sample: pl.DataFrame, one: str, other: str) -> bool:
    """Whether it tells something of a tenth of the records, and mostly of those where the other is empty."""
    if not {one, other} <= set(sample.columns) or sample.is_empty():
        return False
    ours, theirs = (sample[name].str.strip_chars().fill_null("") != "" for name in (one, other))
    gain = int((theirs & ~ours).sum())
    return gain >= _GAIN * sample.height and gain >= _APART * int(theirs.sum())
