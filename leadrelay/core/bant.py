"""BANT: what is said of each criterion, in words, with evidence, and what is left to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadrelay.core.playbook.values import VERDICT_WORDS, Criterion
from leadrelay.core.reasons import BETWEEN

UNKNOWN, MET, UNMET, CONTRADICTED = range(4)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a lead says of a criterion: the verdict, the named predicates that speak for it, and whether too long ago.

    What has expired is unknown, and nothing speaks for it any more.
    """

    verdict: int
    by: tuple[str, ...] = ()
    expired: bool = False

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return VERDICT_WORDS[self.verdict]

    @property
    def known(self) -> bool:
        """Whether anything counts as said."""
        return self.verdict != UNKNOWN


def heard(criterion: Criterion, holds: Sequence[bool], *, fresh: bool) -> Heard:
    """`holds`: for each predicate of `criterion.sayings` whether it does."""
    first_unmet = len(criterion.met_by)
    found = verdict(met=any(holds[:first_unmet]), unmet=any(holds[first_unmet:]))
    if found and not fresh:
        return Heard(UNKNOWN, expired=True)
    speaking = (saying.name for saying, spoke in zip(criterion.sayings, holds, strict=True) if spoke)
    return Heard(found, tuple(filter(None, speaking)))


def decoded(criterion: Criterion, code: int) -> Heard:
    """The same from a number: a bit for each predicate, and above them one for whether the answers are fresh."""
    count = len(criterion.sayings)
    return heard(criterion, [bool(code >> place & 1) for place in range(count)], fresh=bool(code >> count & 1))


def said(criterion: Criterion) -> str:
    """The column of verdicts that holds this number, where more can be told of a criterion than its verdict."""
    return f"said_{criterion.name}"


def verdict(*, met: bool, unmet: bool) -> int:
    """The place of the verdict in `VERDICT_WORDS`."""
    return MET * met + UNMET * unmet


def day_of(moment: Any) -> date | None:
    """The day of a date field; None where it has none."""
    return moment.date() if isinstance(moment, datetime) else moment if isinstance(moment, date) else None


def summary(criteria: Sequence[Criterion], verdicts: Sequence[int]) -> str:
    """Such as `Budget met · Authority unknown · Need met · Timeline unmet`."""
    return BETWEEN.join(heading(*pair) for pair in zip(criteria, verdicts, strict=True))


def heading(criterion: Criterion, found: int) -> str:
    """Such as `Budget met`."""
    return f"{criterion.label} {VERDICT_WORDS[found]}"


def spoken(criterion: Criterion, found: Heard) -> str:
    """Such as `Budget met by Amount named`, or `Timeline unknown, expired`."""
    by = f" by {', '.join(found.by)}" if found.by else ""
    return f"{heading(criterion, found.verdict)}{by}{', expired' if found.expired else ''}"


def told(criterion: Criterion, found: Heard, facts: Sequence[str], asked: date | None) -> str:
    """With what speaks for it, and when: `Budget met by Amount named: budget_amount 50000 (asked 2026-05-01)`.

    `Timeline unknown, expired 2026-03-01: timeline_months 6` names the day from which on the answer counts no more.
    """
    until = criterion.expiry.until(asked) if found.expired and criterion.expiry and asked else None
    words = f"{spoken(criterion, found)} {until}" if until else spoken(criterion, found)
    given = f" (asked {asked})" if found.known and criterion.expiry and asked else ""
    return f"{words}: {', '.join(facts)}{given}" if facts else f"{words}{given}"


def still_open(criteria: Sequence[Criterion], asking: Sequence[str], verdicts: Sequence[int]) -> list[Criterion]:
    """What is left to ask about, in the order of `asking`: first what is unknown, then what contradicts itself."""
    ordered = sorted(zip(criteria, verdicts, strict=True), key=lambda pair: asking.index(pair[0].name))
    return [criterion for wanted in (UNKNOWN, CONTRADICTED) for criterion, found in ordered if found == wanted]


def questions(criteria: Sequence[Criterion], asking: Sequence[str], verdicts: Sequence[int]) -> list[str]:
    """Every question that is left, in that order."""
    return [question for criterion in still_open(criteria, asking, verdicts) for question in criterion.questions]
