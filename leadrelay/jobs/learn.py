"""Leads of a CRM or of an export, with what became of them, for a lesson about the points of a playbook's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from leadrelay.core.learn import Lesson, learn
from leadrelay.core.trial.trial import OUTCOME
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.backtest import Backtest
from leadrelay.jobs.reading import Watch
from leadrelay.optional import needs

MOST = 200_000
"""Leads that a lesson looks at; of more, a share that their ids decide: the same leads every time."""

_SEED = 29
_ALL = 1 << 64


@dataclass(frozen=True)
class Learned:
    """A lesson, and of how many leads: `read` there are, `unknown` of which nobody can say what became of them."""

    lesson: Lesson
    read: int
    unknown: int
    notes: tuple[str, ...] = ()


def learned(prepared: Backtest, watch: Watch) -> Learned:
    """Read the leads, and learn from those whose outcome is known. Raises `ConfigError` where they are too few."""
    with needs("analysis", "learn"):
        import sklearn  # noqa: F401 - asked for before the leads are read
    pool = _Pool()
    for leads in _leads(prepared, watch):
        pool.add(leads)
    trial = prepared.work.trial
    if not pool.read:
        raise ConfigError([Problem("learn", "there is not one lead to learn from.", "Export some, or read the CRM.")])
    known = pool.leads().filter(pl.col(OUTCOME).is_not_null())
    lesson = learn(known.drop(OUTCOME), known[OUTCOME], trial.live, trial.now)
    taken = (f"{pool.taken:,} of them are looked at, chosen by their ids.",) if pool.taken < pool.read else ()
    return Learned(lesson, pool.read, pool.taken - known.height, (*prepared.notes, *taken))


def _leads(prepared: Backtest, watch: Watch) -> Iterator[pl.DataFrame]:
    work = prepared.work
    read, wanted = work.reader(), ["id", OUTCOME, *sorted(work.trial.fields_used)]
    for frame in prepared.source.batches(work.columns, watch):
        yield read(frame).select(wanted)


class _Pool:
    """Keeps leads up to a number: those whose id has the smallest hash."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self._limit = _ALL
        self.read = self.taken = 0

    def add(self, leads: pl.DataFrame) -> None:
        self.read += leads.height
        self._frames.append(self._under_the_limit(leads))
        while (taken := sum(frame.height for frame in self._frames)) > MOST:
            self._limit //= 2
            self._frames = [self._under_the_limit(frame) for frame in self._frames]
        self.taken = taken

    def leads(self) -> pl.DataFrame:
        """All that were kept, by id: a CRM lists them in the order of their last change, and the folds go by theirs."""
        return pl.concat(self._frames).sort("id", maintain_order=True)

    def _under_the_limit(self, leads: pl.DataFrame) -> pl.DataFrame:
        return leads if self._limit == _ALL else leads.filter(pl.col("id").hash(_SEED) < self._limit)
