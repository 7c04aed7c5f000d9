"""What a trial's counts say: who moves, how the scores spread, and how well each playbook tells won leads from lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

from leadrelay.core.lead import Type
from leadrelay.core.outputs import SCORES
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import Op, walk
from leadrelay.core.qualify import HANDOFF
from leadrelay.core.targets import Target, Targets
from leadrelay.core.trial import measures
from leadrelay.core.trial.measures import Band, Confusion, Cut, Decile, Estimate, Histogram, Share
from leadrelay.core.trial.trial import COUNTED, SIDES, Moved, Tally, Trial, Value

AXES = tuple(name for name, field_ in SCORES.items() if field_.type is Type.INTEGER)
"""The scores whose spread is told."""
WORDS = tuple(name for name in ("stage", "grade", "band", "qualification") if name in COUNTED)
FLAGS = tuple(name for name in ("qualified", HANDOFF, "disqualified", "gate_passed", "recycled") if name in COUNTED)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

TOO_GOOD = 0.97
"""An area from which on it is likelier that a rule knows the outcome than that it foretells it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the leads spread over the values of a score."""

    histogram: Mapping[int, int]
    mean: float
    least: int
    most: int
    quantiles: tuple[int, ...]


@dataclass(frozen=True)
class Quality:
    """How well one playbook tells won leads from lost ones."""

    scores: Histogram
    area: Estimate | None
    qualified: Confusion
    handed_off: Confusion
    best: Cut | None
    own: Cut | None
    curve: Sequence[Cut]
    deciles: Sequence[Decile]
    bands: Sequence[Band]
    goals: Targets

    @property
    def targets(self) -> tuple[Target, ...]:
        """The goals, and whether they are met: of the leads passed on those won, of all leads those judged rightly."""
        return self.goals.judged({"conversion": self.qualified.precision, "accuracy": self.qualified.accuracy})


@dataclass(frozen=True)
class Side:
    """What one playbook makes of the leads. `words`: by output, how many leads have each word, in order."""

    name: str
    words: Mapping[str, Mapping[str | None, int]]
    flags: Mapping[str, int]
    spreads: Mapping[str, Spread]
    quality: Quality | None


@dataclass(frozen=True, slots=True)
class Group:
    """Some leads; `won`: of those whose outcome is known."""

    leads: int
    won: Share


@dataclass(frozen=True, slots=True)
class Agreement:
    """A yes or no of both playbooks: the leads that get it from both, from one alone, from none."""

    both: Group
    live_only: Group
    new_only: Group
    neither: Group

    @property
    def gained(self) -> Estimate | None:
        """How much more often the new one is right: of the leads whose outcome is known, a yes to won, a no to lost."""
        come, gone = self.new_only.won, self.live_only.won
        better, worse = come.part + gone.whole - gone.part, come.whole - come.part + gone.part
        return measures.paired(better, worse, self.both.won.whole + self.neither.won.whole + come.whole + gone.whole)


@dataclass(frozen=True)
class Changes:
    """What the new playbook does otherwise. `moves`: leads by (stage now, stage then), those that stay included."""

    moves: Mapping[tuple[str, str], int]
    qualified: Agreement
    handed_off: Agreement
    leads: Sequence[Moved]
    difference: Estimate | None

    @property
    def moved(self) -> int:
        """Leads that another stage takes."""
        return sum(count for (old, new), count in self.moves.items() if old != new)


@dataclass(frozen=True)
class Report:
    """A back-test. `won`, `lost`, `unknown`: what became of the leads; all unknown without an outcome."""

    leads: int
    won: int
    lost: int
    live: Side
    new: Side | None
    changes: Changes | None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def unknown(self) -> int:
        """Leads of which it is not known what became of them: left out where a playbook is judged."""
        return self.leads - self.won - self.lost

    @property
    def sides(self) -> tuple[Side, ...]:
        """The live playbook, and the new one where there is one."""
        return (self.live, self.new) if self.new else (self.live,)


def report(trial: Trial, tally: Tally) -> Report:
    """What the counts say."""
    won, lost = measures.totals(_histogram(tally, "live"))
    sides = {side: _side(playbook, side, tally, judged=trial.judged) for side, playbook in trial.playbooks.items()}
    new = sides.get("new")
    changes = _changes(trial, tally) if new else None
    found = Report(tally.leads, won, lost, sides["live"], new, changes)
    return replace(found, notes=tuple(_notes(found, judged=trial.judged)))


def threshold(playbook: Playbook) -> int | None:
    """From how many points on the playbook qualifies, or else puts into its first stage that asks for a score."""
    asked = [playbook.qualification, *(stage.when for stage in playbook.stages if stage.when)]
    parts = (part for condition in asked for part in walk(condition.node) if part.op in {Op.GE, Op.GT})
    for part in parts:
        name, number = part.args
        if name.value == "score" and name.op is Op.FIELD and number.op is Op.VALUE:
            points = float(number.value)
            return floor(points) + 1 if part.op is Op.GT else ceil(points)
    return None


def _side(playbook: Playbook, side: str, tally: Tally, *, judged: bool) -> Side:
    def counted(output: str) -> Counter[Value]:
        return _values(tally.counts.get((side, output), {}))

    order = {"stage": [stage.name for stage in playbook.stages]}
    return Side(
        name=playbook.name,
        words={output: _ordered(counted(output), order.get(output, [])) for output in WORDS},
        flags={output: counted(output)[True] for output in FLAGS},
        spreads={output: _spread(counted(output)) for output in AXES},
        quality=_quality(playbook, side, tally) if judged else None,
    )


def _values(counts: Mapping[tuple[Value, bool | None], int]) -> Counter[Value]:
    found: Counter[Value] = Counter()
    for (value, _), count in counts.items():
        found[value] += count
    return found


def _ordered(counts: Counter[Value], order: Sequence[str]) -> dict[str | None, int]:
    """First as the playbook has them, the rest by the alphabet, what has no word last."""
    rest = sorted(str(word) for word in counts if word is not None and word not in order)
    found: dict[str | None, int] = {word: counts[word] for word in (*order, *rest)}
    return found | ({None: counts[None]} if counts[None] else {})


def _spread(counts: Counter[Value]) -> Spread:
    values = {int(value): counts[value] for value in counts if value is not None}
    histogram = dict(sorted(values.items())) or {0: 0}
    leads = sum(histogram.values())
    mean = sum(value * count for value, count in histogram.items()) / max(leads, 1)
    return Spread(histogram, mean, min(histogram), max(histogram), tuple(_quantiles(histogram, leads)))


def _quantiles(histogram: Mapping[int, int], leads: int) -> Iterator[int]:
    """The least value that so large a share of the leads does not exceed."""
    for share in QUANTILES:
        below = 0
        for value, count in histogram.items():
            below += count
            if below >= share * leads:
                yield value
                break


def _quality(playbook: Playbook, side: str, tally: Tally) -> Quality:
    scores, own = _histogram(tally, side), threshold(playbook)
    return Quality(
        scores=scores,
        area=measures.area(scores),
        qualified=_confusion(tally, side, "qualified"),
        handed_off=_confusion(tally, side, HANDOFF),
        best=measures.best(scores),
        own=None if own is None else measures.at(scores, own),
        curve=measures.cuts(scores),
        deciles=measures.deciles(scores),
        bands=measures.bands(scores),
        goals=playbook.targets,
    )


def _histogram(tally: Tally, side: str) -> Histogram:
    found: dict[int, tuple[int, int]] = {}
    for (value, won), count in tally.counts.get((side, "score"), {}).items():
        if won is not None and value is not None:
            before = found.get(int(value), (0, 0))
            found[int(value)] = (before[0] + count, before[1]) if won else (before[0], before[1] + count)
    return found


def _confusion(tally: Tally, side: str, output: str) -> Confusion:
    counts = tally.counts.get((side, output), Counter())
    return Confusion(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _changes(trial: Trial, tally: Tally) -> Changes:
    moves: Counter[tuple[str, str]] = Counter()
    for (old, new, _), count in tally.pairs.get("stage", {}).items():
        moves[str(old), str(new)] += count
    ranks = {stage.name: rank for book in trial.playbooks.values() for rank, stage in enumerate(book.stages)}
    ordered = sorted(moves, key=lambda pair: (ranks.get(pair[0], 0), ranks.get(pair[1], 0)))
    return Changes(
        moves={pair: moves[pair] for pair in ordered},
        qualified=_agreement(tally, "qualified"),
        handed_off=_agreement(tally, HANDOFF),
        leads=tally.moved,
        difference=measures.difference(_joint(tally)),
    )


def _agreement(tally: Tally, output: str) -> Agreement:
    pairs = tally.pairs.get(output, Counter())

    def group(old: bool, new: bool) -> Group:
        won, lost = pairs[old, new, True], pairs[old, new, False]
        return Group(won + lost + pairs[old, new, None], Share(won, won + lost))

    return Agreement(group(True, True), group(True, False), group(False, True), group(False, False))


def _joint(tally: Tally) -> measures.Joint:
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for (old, new, won), count in tally.pairs.get("score", {}).items():
        if old is not None and new is not None and won is not None:
            key = int(old), int(new)
            before = found.get(key, (0, 0))
            found[key] = (before[0] + count, before[1]) if won else (before[0], before[1] + count)
    return found


def _notes(found: Report, *, judged: bool) -> Iterator[str]:
    if not judged:
        return
    known = found.won + found.lost
    if not found.won or not found.lost:
        kind = "won" if found.lost else "lost" if found.won else "known to be won or lost"
        yield f"No lead is {kind}: nothing can be said about which playbook is better."
        return
    if min(found.won, found.lost) < measures.FEW:
        yield f"Only {found.won:,} leads are won and {found.lost:,} lost: every figure below may turn with a few more."
    if found.unknown > known:
        yield f"The outcome of {found.unknown:,} of {found.leads:,} leads is unknown: these are not judged."
    for name, side in zip(SIDES, found.sides, strict=False):
        if side.quality:
            yield from _quality_notes(name, side.quality)


def _quality_notes(name: str, quality: Quality) -> Iterator[str]:
    if quality.area and quality.area.value >= TOO_GOOD:
        yield (
            f"{name} playbook: an area of {quality.area.value:.3f} is too good to be foresight. "
            "Look for a rule on a field that is filled in after the outcome."
        )
    for lower, higher in zip(quality.bands, quality.bands[1:], strict=False):
        if _clearly_fewer(higher.won, lower.won):
            yield (
                f"{name} playbook: leads with {higher.least} points or more are won less often "
                f"than those with {lower.least}: the score does not rise with the chance there."
            )


def _clearly_fewer(one: Share, other: Share) -> bool:
    return one.interval[1] < other.interval[0]
