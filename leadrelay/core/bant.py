"""BANT: a verdict on each criterion, in words, with evidence, and what is left to ask.

Two bits a criterion (does `met` hold, does `unmet` hold) make one byte a lead. All that is said of BANT, the evidence
apart, follows from that byte, so it is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from leadrelay.core.layers import Layers
from leadrelay.core.lookup import gather, pack
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook_values import VERDICT_WORDS, Condition, Criterion, Playbook
from leadrelay.core.reasons import BETWEEN
from leadrelay.core.shown import shown_expr, text_expr

UNKNOWN, MET, UNMET, CONTRADICTED = range(4)
_CODE = "~bant"


def verdict(*, met: bool, unmet: bool) -> int:
    """The place of the verdict in `VERDICT_WORDS`."""
    return MET * met + UNMET * unmet


def summary(criteria: Sequence[Criterion], verdicts: Sequence[int]) -> str:
    """Such as `Budget met · Authority unknown · Need met · Timeline unmet`."""
    return BETWEEN.join(heading(*pair) for pair in zip(criteria, verdicts, strict=True))


def heading(criterion: Criterion, found: int) -> str:
    """Such as `Budget met`."""
    return f"{criterion.label} {VERDICT_WORDS[found]}"


def questions(criteria: Sequence[Criterion], asking: Sequence[str], verdicts: Sequence[int]) -> list[str]:
    """What is left to ask, in the order of `asking`: first what is unknown, then what contradicts itself."""
    ordered = sorted(zip(criteria, verdicts, strict=True), key=lambda pair: asking.index(pair[0].name))
    return [
        question
        for wanted in (UNKNOWN, CONTRADICTED)
        for criterion, found in ordered
        if found == wanted
        for question in criterion.questions
    ]


def evidence(criteria: Sequence[Criterion], verdicts: Sequence[int], facts: Callable[[str], str | None]) -> str:
    """Such as `Budget met: budget_amount 50000, budget_status approved; Authority unknown`."""
    parts = []
    for criterion, found in zip(criteria, verdicts, strict=True):
        known = [f"{name} {fact}" for name in criterion.evidence if (fact := facts(name)) is not None]
        parts.append(": ".join([heading(criterion, found), *([", ".join(known)] if known else [])]))
    return "; ".join(parts)


def lay_verdicts(layers: Layers, criteria: Sequence[Criterion], holds: Callable[[Condition | None], pl.Expr]) -> None:
    """The byte, and the verdicts and counts that follow from it."""
    layers.add(_CODE, pack([holds(side) for criterion in criteria for side in (criterion.met, criterion.unmet)]))
    table = _verdicts(criteria)
    for place, criterion in enumerate(criteria):
        _lay(layers, criterion.output, [VERDICT_WORDS[verdicts[place]] for verdicts in table])
    for found, word in enumerate(VERDICT_WORDS):
        _lay(layers, f"bant_{word}", [verdicts.count(found) for verdicts in table])


def lay_texts(layers: Layers, playbook: Playbook, wanted: frozenset[str]) -> None:
    """The texts among the wanted outputs."""
    criteria = playbook.criteria
    table = _verdicts(criteria)
    asking = {"question", "questions"} & wanted
    asked = [questions(criteria, playbook.asking, verdicts) for verdicts in table] if asking else []
    if "bant" in wanted:
        _lay(layers, "bant", [summary(criteria, verdicts) for verdicts in table])
    if "question" in wanted:
        _lay(layers, "question", [first[0] if first else None for first in asked])
    if "questions" in wanted:
        _lay(layers, "questions", ["\n".join(all_of) or None for all_of in asked])
    if "bant_evidence" in wanted:
        _lay_evidence(layers, playbook)


def _verdicts(criteria: Sequence[Criterion]) -> list[list[int]]:
    """What each value of the byte says of each criterion."""
    return [[code >> 2 * place & 3 for place in range(len(criteria))] for code in range(4 ** len(criteria))]


def _lay(layers: Layers, name: str, table: Sequence[object]) -> None:
    layers.add(name, gather(table, pl.col(_CODE), OUTPUTS[name].type.dtype))


def _lay_evidence(layers: Layers, playbook: Playbook) -> None:
    parts = [part for place in range(len(playbook.criteria)) for part in _told(layers, playbook, place)]
    layers.add_last("bant_evidence", pl.concat_str(parts, ignore_nulls=True))


def _told(layers: Layers, playbook: Playbook, place: int) -> Iterator[pl.Expr]:
    """The verdict on a criterion and its facts, each with what stands between it and the one before."""
    criterion = playbook.criteria[place]
    headings = [heading(criterion, verdicts[place]) for verdicts in _verdicts(playbook.criteria)]
    yield gather([f"{'; ' if place else ''}{words}" for words in headings], pl.col(_CODE), pl.String())
    first = pl.lit(value=True)
    for name in criterion.evidence:
        text = layers.add(f"~text {name}", text_expr(playbook.schema[name]))
        fact = layers.add(f"~shown {name}", shown_expr(text))
        yield pl.concat_str(pl.when(first).then(pl.lit(f": {name} ")).otherwise(pl.lit(f", {name} ")), fact)
        first = first & fact.is_null()
