"""What a run may do before somebody looks: how many leads it may change, how many API calls it may take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

_LIMIT = re.compile(r"(\d{1,12}|\d{1,3}(?:\.\d{1,4})?\s*%)", re.ASCII)
_ALL = Fraction(1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many, or at most such a share (from 0 to 1) of all."""

    number: int | None = None
    share: Fraction | None = None

    @classmethod
    def parse(cls, text: str | int) -> Limit:
        """From "20%", "500" or 500; raises `ValueError`."""
        found = _LIMIT.fullmatch(str(text).strip()) if isinstance(text, str | int) else None
        if isinstance(text, bool) or not found:
            raise ValueError(f'{text!r} is no limit. Write a share such as "20%", or a number of leads such as 500.')
        if not found[0].endswith("%"):
            return cls(number=int(found[0]))
        return cls(share=parse_share(found[0]))

    def allows(self, count: int, of: int) -> bool:
        """Whether so many, of so many in all, are within it."""
        return count <= (self.share * of if self.share is not None else self.number or 0)

    def __str__(self) -> str:
        return str(self.number) if self.share is None else f"{float(self.share * 100):g}%"


def parse_share(text: str) -> Fraction:
    """A share from "20%"; raises `ValueError`."""
    found = _LIMIT.fullmatch(text.strip())
    if not found or not found[0].endswith("%") or (share := Fraction(found[0].rstrip("% ")) / 100) > 1:
        raise ValueError(f'{text!r} is no share. Write a percentage from 0 to 100, such as "20%".')
    return share


@dataclass(frozen=True, slots=True)
class Counts:
    """How many leads a run would change at all, give to another owner, and clear a field of."""

    changes: int = 0
    owners: int = 0
    cleared: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.changes + other.changes, self.owners + other.owners, self.cleared + other.cleared)


@dataclass(frozen=True, slots=True)
class Brake:
    """The limits of a job. Without any it never brakes, and is false."""

    changes: Limit | None = None
    owners: Limit | None = None
    cleared: Limit | None = None

    def __bool__(self) -> bool:
        return any(limit is not None for limit in (self.changes, self.owners, self.cleared))

    def verdict(self, counts: Counts, known: int, job: str = "JOB") -> str | None:
        """Why the run must not begin; None when it may. `known`: the leads that a share is a share of."""
        broken = self.broken(counts, known)
        if not broken:
            return None
        way_out = f"Look at `leadrelay plan {job}`; to let it through once: leadrelay run {job} --no-brake"
        return f"this run would {broken}. {way_out}"

    def broken(self, counts: Counts, known: int) -> str:
        """What is more than a limit allows, in words; "" for nothing."""
        return ", and ".join(self._broken(counts, known))

    def _broken(self, counts: Counts, known: int) -> Iterator[str]:
        kinds = (
            ("max_changes", "change {}", self.changes, counts.changes),
            ("max_owners", "give {} to another owner", self.owners, counts.owners),
            ("max_cleared", "clear a field of {}", self.cleared, counts.cleared),
        )
        for name, words, limit, count in kinds:
            if limit is not None and not limit.allows(count, known):
                yield f"{words.format(_among(count, known))}, more than {name} = {limit}"


def _among(count: int, known: int) -> str:
    """Such as `812 of 1,000 leads (81 %)`."""
    if known < count:
        return f"{count:,} leads"
    return f"{count:,} of {known:,} leads ({100 * count // known} %)"


class Used(Protocol):
    """How much of the CRM's daily quota of API calls is used up, by everybody."""

    @property
    def used(self) -> int: ...
    @property
    def total(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Quota:
    """Shares of the CRM's daily quota, from 0 to 1: for one run, for the day, and for promised writes beyond these."""

    per_run: Fraction = Fraction(1, 4)
    per_day: Fraction = Fraction(4, 5)
    reserve: Fraction = Fraction(1, 5)

    @classmethod
    def parse(cls, per_run: str, per_day: str, reserve: str) -> Quota:
        """From percentages; raises `ValueError`."""
        return cls(parse_share(per_run), parse_share(per_day), parse_share(reserve))

    def may_read(self, usage: Used | None, calls: int) -> bool:
        """Whether a run that made so many calls may make more. A CRM that tells nothing of its quota allows all."""
        return usage is None or (usage.used < self.per_day * usage.total and calls < self.per_run * usage.total)

    def may_write(self, usage: Used | None, calls: int) -> bool:
        """The same of a write that is promised, which may use the reserve too."""
        return usage is None or (
            usage.used < min(self.per_day + self.reserve, _ALL) * usage.total
            and calls < min(self.per_run + self.reserve, _ALL) * usage.total
        )
