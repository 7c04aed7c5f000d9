"""For each lead field the CRM fields that may fill it, best first, and which is taken unless somebody objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.customising import is_ours
from leadrelay.core.lead import LEAD, Field
from leadrelay.mappings import crm_types
from leadrelay.mappings.proposing.scoring import Column, score
from leadrelay.mappings.proposing.shapes import Shape, shape_of
from leadrelay.mappings.proposing.words import system

SURE = 0.72
"""From here on a candidate is taken where nobody says otherwise."""
WORTH = 0.3
"""Below it is not worth a line."""
SHOWN = 5
_APART = 0.02
_FEW = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CRM field that may fill a lead field. `score`: how sure, from 0 to 1; `shape`: of its values, in words.

    `dotted`: of numbers in its texts, that dots part thousands. `other`: the CRM field that steps in where it is empty.
    """

    info: FieldInfo
    score: float
    reasons: tuple[str, ...]
    shape: str = ""
    texts: tuple[str, ...] = ()
    dotted: bool = False
    other: str = ""

    @property
    def field(self) -> str:
        return self.info.name


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lead field with its candidates, best first. `best`: the one to take; None where nothing is sure enough."""

    lead: Field
    candidates: tuple[Candidate, ...] = ()
    best: Candidate | None = None


def propose(
    schema: Mapping[str, FieldInfo], sample: pl.DataFrame, kind: str, leads: Iterable[Field] = tuple(LEAD.values())
) -> tuple[Proposal, ...]:
    """A proposal for each lead field that a CRM may fill. `sample`: records as connectors give them, all text."""
    columns = [column for info in schema.values() if (column := _column(info, sample, kind))]
    found = [_candidates(lead, columns, kind) for lead in leads if not lead.name.startswith("current_")]
    taken = _taken(found)
    return tuple(_ordered(one, taken.get(one.lead.name)) for one in found)


def fields_to_sample(schema: Mapping[str, FieldInfo], kind: str) -> list[str]:
    """The fields whose values tell something about what they are."""
    return [info.name for info in schema.values() if _eligible(info, kind)]


def _eligible(info: FieldInfo, kind: str) -> bool:
    return not is_ours(info.name) and info.name.lower() not in system(kind) and crm_types.held(info, kind) is not None


def _column(info: FieldInfo, sample: pl.DataFrame, kind: str) -> Column | None:
    held = crm_types.held(info, kind)
    if held is None or not _eligible(info, kind):
        return None
    shape = shape_of(sample[info.name]) if info.name in sample.columns else Shape()
    said = tuple(info.words.get(option, option) for option in _options(info))
    return Column(info, held, shape, said or _few(sample, info.name, shape))


def _options(info: FieldInfo) -> tuple[str, ...]:
    return () if info.extra.get("external_options") else info.picklist


def _few(sample: pl.DataFrame, name: str, shape: Shape) -> tuple[str, ...]:
    """The texts of a column without options, where they are so few that they may as well be options."""
    if not 0 < shape.distinct <= min(_FEW, shape.given // 2):
        return ()
    return tuple(sample[name].drop_nulls().unique().sort().to_list())


def _candidates(lead: Field, columns: Sequence[Column], kind: str) -> Proposal:
    rated = [(score(lead, column, kind), column) for column in columns]
    worth = [
        Candidate(column.info, min(points, 1.0), reasons, column.shape.told, _options(column.info), column.shape.dotted)
        for (points, reasons), column in rated
        if points >= WORTH
    ]
    return Proposal(lead, tuple(sorted(worth, key=lambda one: (-one.score, one.field))))


def _taken(proposals: Sequence[Proposal]) -> dict[str, Candidate]:
    """One CRM field for each lead field, and none twice: by turns, each lead field bids by how much it would lose.

    The auction of Bertsekas, which ends with the best total but for the least bid.
    """
    bids: dict[str, tuple[float, str]] = {}
    sure = {one.lead.name: [c for c in one.candidates if c.score >= SURE] for one in proposals}
    waiting = [name for name, candidates in sure.items() if candidates]
    while waiting:
        name = waiting.pop()
        worth = sorted(((c.score - bids.get(c.field, (0.0, ""))[0], c.field) for c in sure[name]), reverse=True)
        gain, field = worth[0]
        if gain < 0:
            continue
        second = max(worth[1][0], 0.0) if len(worth) > 1 else 0.0
        price, loser = bids.get(field, (0.0, ""))
        bids[field] = (price + gain - second + _BID, name)
        if loser:
            waiting.append(loser)
    return {name: _named(sure[name], field) for field, (_, name) in bids.items()}


_BID = 0.001


def _named(candidates: Sequence[Candidate], field: str) -> Candidate:
    return next(one for one in candidates if one.field == field)


def _ordered(proposal: Proposal, best: Candidate | None) -> Proposal:
    others = [one for one in proposal.candidates if one is not best]
    return replace(proposal, candidates=tuple([best, *others] if best else others), best=best)
