"""How well a score or a decision tells won leads from lost ones: exact, from counts alone, however many leads.

A histogram holds, by score, how many leads with it were won and how many were lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import sqrt

Histogram = Mapping[int, tuple[int, int]]
Joint = Mapping[tuple[int, int], tuple[int, int]]
"""The same for two scores of each lead, the old and the new."""

Z_95 = 1.959963984540054
BAND = 10
"""Points in a band of calibration."""
FEW = 30
"""Fewer leads than this say little: their interval is wide, and the next hundred may turn it round."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with its 95 % interval by Wilson: it stays between 0 and 1, for few leads too.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """From where to where it lies, most likely."""
        if not self.whole:
            return 0.0, 1.0
        share, spread = self.part / self.whole, Z_95**2 / self.whole
        middle = (share + spread / 2) / (1 + spread)
        reach = Z_95 * sqrt(share * (1 - share) / self.whole + spread / (4 * self.whole)) / (1 + spread)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; None where there are too few leads for one."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """A yes or no beside the outcome: said yes and won, yes and lost, no and won, no and lost."""

    hits: int
    false_alarms: int
    misses: int
    rejections: int

    @property
    def accuracy(self) -> Share:
        """The leads of which it was right."""
        right = self.hits + self.rejections
        return Share(right, right + self.false_alarms + self.misses)

    @property
    def precision(self) -> Share:
        """Of those it said yes to, the won: the conversion of what is passed on."""
        return Share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> Share:
        """Of the won, those it said yes to."""
        return Share(self.hits, self.hits + self.misses)

    @property
    def fallout(self) -> Share:
        """Of the lost, those it said yes to."""
        return Share(self.false_alarms, self.false_alarms + self.rejections)


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the leads, the first by score. Leads of one score that a border parts are split evenly."""

    number: int
    leads: float
    won: float
    share: float
    lift: float
    gain: float


@dataclass(frozen=True, slots=True)
class Band:
    """Scores from `least` up to, not including, `least + BAND`: how many of their leads were won."""

    least: int
    won: Share


@dataclass(frozen=True, slots=True)
class Cut:
    """Yes from `threshold` points on, or to nobody (None)."""

    threshold: int | None
    confusion: Confusion


def totals(histogram: Histogram) -> tuple[int, int]:
    """All that were won, all that were lost."""
    return sum(won for won, _ in histogram.values()), sum(lost for _, lost in histogram.values())


def cuts(histogram: Histogram) -> list[Cut]:
    """Every threshold, from "nobody" down to the lowest score: the points of the ROC curve."""
    won, lost = totals(histogram)
    falling = sorted(histogram, reverse=True)
    hits = accumulate((histogram[score][0] for score in falling), initial=0)
    alarms = accumulate((histogram[score][1] for score in falling), initial=0)
    named = zip([None, *falling], hits, alarms, strict=True)
    return [Cut(score, Confusion(hit, alarm, won - hit, lost - alarm)) for score, hit, alarm in named]


def at(histogram: Histogram, threshold: int) -> Cut:
    """Yes from so many points on."""
    won, lost = totals(histogram)
    over = [counts for score, counts in histogram.items() if score >= threshold]
    hits, alarms = sum(counts[0] for counts in over), sum(counts[1] for counts in over)
    return Cut(threshold, Confusion(hits, alarms, won - hits, lost - alarms))


def best(histogram: Histogram) -> Cut | None:
    """The threshold that parts best (Youden's J: recall less fallout); None without both kinds."""
    if not all(totals(histogram)):
        return None
    return max(cuts(histogram), key=lambda cut: (cut.confusion.recall.value or 0) - (cut.confusion.fallout.value or 0))


def area(histogram: Histogram) -> Estimate | None:
    """The area under the ROC curve: how often a won lead scores above a lost one, ties counting half.

    Its interval is DeLong's, which counts give exactly: https://doi.org/10.2307/2531595. None without both kinds.
    """
    won, lost = totals(histogram)
    if not won or not lost:
        return None
    places = _places(histogram)
    value = sum(histogram[score][0] * above for score, (above, _) in places.items()) / won
    spread = _spread(((above - value, histogram[score][0]) for score, (above, _) in places.items()), won)
    spread += _spread(((below - value, histogram[score][1]) for score, (_, below) in places.items()), lost)
    return _estimate(value, spread, won, lost, 0.0)


def difference(joint: Joint) -> Estimate | None:
    """How much larger the area of the new score is, of the same leads (DeLong's test for correlated curves)."""
    olds, news = _of_side(joint, 0), _of_side(joint, 1)
    won, lost = totals(olds)
    if not won or not lost:
        return None
    old, new = _places(olds), _places(news)
    above = [(new[after][0] - old[before][0], counts[0]) for (before, after), counts in joint.items()]
    below = [(new[after][1] - old[before][1], counts[1]) for (before, after), counts in joint.items()]
    value = sum(gained * count for gained, count in above) / won
    spread = _spread(((gained - value, count) for gained, count in above), won)
    spread += _spread(((gained - value, count) for gained, count in below), lost)
    return _estimate(value, spread, won, lost, -1.0)


def paired(better: int, worse: int, whole: int) -> Estimate | None:
    """How much larger a share is of the same leads, where so many came to it and so many fell out of it."""
    if not whole:
        return None
    value = (better - worse) / whole
    reach = Z_95 * sqrt(max(0.0, better + worse - (better - worse) ** 2 / whole)) / whole
    return Estimate(value, (max(-1.0, value - reach), min(1.0, value + reach)))


def deciles(histogram: Histogram) -> list[Decile]:
    """The leads by falling score in ten equal parts; nothing without outcomes."""
    won, lost = totals(histogram)
    size, falling = (won + lost) / 10, sorted(histogram, reverse=True)
    ends = list(accumulate((sum(histogram[score]) for score in falling), initial=0))
    gained = list(accumulate((histogram[score][0] for score in falling), initial=0))
    reached = [_between(ends, gained, size * number) for number in range(11)] if won else []
    return [
        Decile(
            number=number,
            leads=size,
            won=after - before,
            share=(after - before) / size,
            lift=(after - before) / size / (won / (won + lost)),
            gain=after / won,
        )
        for number, (before, after) in enumerate(pairwise(reached), start=1)
    ]


def bands(histogram: Histogram) -> list[Band]:
    """Calibration: the share that was won, per band of scores, from the lowest on."""
    found = _merged((score // BAND * BAND, counts) for score, counts in histogram.items())
    return [Band(least, Share(won, won + lost)) for least, (won, lost) in sorted(found.items())]


def _places(histogram: Histogram) -> dict[int, tuple[float, float]]:
    """By score: the share of the lost that lie below it, and of the won that lie above it, ties counting half."""
    won, lost = totals(histogram)
    found, lost_below, won_below = {}, 0, 0
    for score in sorted(histogram):
        here_won, here_lost = histogram[score]
        won_above = won - won_below - here_won
        found[score] = ((lost_below + here_lost / 2) / lost, (won_above + here_won / 2) / won)
        lost_below, won_below = lost_below + here_lost, won_below + here_won
    return found


def _spread(deviations: Iterator[tuple[float, int]], count: int) -> float:
    """The variance of a mean: squares with how often each occurs."""
    return sum(part * part * times for part, times in deviations) / max(count - 1, 1) / count


def _estimate(value: float, variance: float, won: int, lost: int, least: float) -> Estimate:
    if min(won, lost) < 2:
        return Estimate(value, None)
    reach = Z_95 * sqrt(variance)
    return Estimate(value, (max(least, value - reach), min(1.0, value + reach)))


def _of_side(joint: Joint, side: int) -> Histogram:
    return _merged((pair[side], counts) for pair, counts in joint.items())


def _merged(counted: Iterable[tuple[int, tuple[int, int]]]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for key, (won, lost) in counted:
        before = found.get(key, (0, 0))
        found[key] = (before[0] + won, before[1] + lost)
    return found


def _between(ends: list[int], values: list[int], place: float) -> float:
    """The value at a place between two ends, in proportion."""
    for number in range(1, len(ends)):
        if place <= ends[number]:
            inside = (place - ends[number - 1]) / (ends[number] - ends[number - 1])
            return values[number - 1] + inside * (values[number] - values[number - 1])
    return float(values[-1])
