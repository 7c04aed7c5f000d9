"""Points for a playbook's own rules, learned from what became of past leads: a proposal that a person reads and edits.

A regularised logistic regression weighs which rules spoke against the outcome; its weights become whole points within
the caps. No model ever scores a lead: the playbook does. scikit-learn does the fitting (extra `analysis`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from leadrelay.core.decay import half_away
from leadrelay.core.features import features
from leadrelay.core.playbook.scores import MOST_POINTS
from leadrelay.core.playbook.values import SCORE_OF, Playbook, Rule
from leadrelay.core.snapshot import Snapshot
from leadrelay.errors import ConfigError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5
FEWEST_SPOKEN = 10
"""Leads for which a rule has to speak, and leads of each outcome that a fold needs, before anything is learned."""

_STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Inverse strengths of the regularisation that are tried."""

_LARGEST = (5, 8, 10, 12, 15, 20, 25, 30, 40)
"""How many points the weightiest rule may get."""

_AS_GOOD = 0.001
"""Areas under the curve this close are the same."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule's points, now and as learned; 0: it tells nothing that the others do not.

    `spoke`: leads for which it spoke; `won`: how many of them were won. `least`, `most`: what the folds learned, each
    for itself. `why_kept`: why nothing was learned, or "".
    """

    rule: str
    output: str
    now: int
    learned: int
    spoke: int
    won: int
    least: int
    most: int
    why_kept: str = ""

    @property
    def turned(self) -> bool:
        """Whether history says the opposite of the playbook, in every fold."""
        return self.now * self.learned < 0 and not self.unsure

    @property
    def unsure(self) -> bool:
        """Whether the folds disagree on the sign."""
        return self.least < 0 < self.most


@dataclass(frozen=True)
class Lesson:
    """What was learned, and how well it orders leads that it was not learned from: areas under the ROC curve a fold.

    `now`: of the playbook's present points; `learned`: of the proposed kind of points; `unrounded`: of the regression
    itself, without whole points and caps.
    """

    leads: int
    won: int
    now: tuple[float, ...]
    learned: tuple[float, ...]
    unrounded: tuple[float, ...]
    proposals: tuple[Proposal, ...]
    medians: tuple[int, int]

    @property
    def points(self) -> Mapping[str, int]:
        """The proposed points of the rules about which something was learned."""
        return {found.rule: found.learned for found in self.proposals if not found.why_kept}


def learn(leads: pl.DataFrame, won: pl.Series, playbook: Playbook, now: datetime) -> Lesson:
    """Learn from typed leads and whether each was won. Raises `ConfigError` where there is too little to learn from."""
    _expect_enough(won)
    with one_thread():
        return _Classroom(leads, won, playbook, now).lesson()


@contextmanager
def one_thread() -> Iterator[None]:
    """For matrices as small as these, threads cost more than they bring."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def _expect_enough(won: pl.Series) -> None:
    good, needed = int(won.sum()), FOLDS * FEWEST_SPOKEN
    if min(good, won.len() - good) < needed:
        told = f"{good:,} leads were won and {won.len() - good:,} were not; at least {needed} of each are needed."
        raise ConfigError([Problem("learn", told, "Take more leads, or a predicate that tells them apart.")])


@dataclass(frozen=True, slots=True)
class _Fold:
    """What all leads but a fifth teach, and the areas of that fifth."""

    points: Mapping[str, int]
    now: float
    learned: float
    unrounded: float


class _Classroom:
    """The leads of one lesson. Folds hold the same share of won leads each; the same leads give the same folds."""

    def __init__(self, leads: pl.DataFrame, won: pl.Series, playbook: Playbook, now: datetime) -> None:
        self._playbook = playbook
        self._snapshot = Snapshot(leads, now)
        spoke = features(leads, playbook, now)
        self._spoke = {name: int((spoke[name] != 0).sum()) for name in spoke.columns}
        self._won_of = {name: int((won & (spoke[name] != 0)).sum()) for name in spoke.columns}
        self._rules = [rule for rule in playbook.rules if self._spoke[rule.name] >= FEWEST_SPOKEN]
        self._table = spoke.select(rule.name for rule in self._rules).to_numpy()
        self._won = won.to_numpy()
        self._present = self._scores({})

    def lesson(self) -> Lesson:
        """Learn from every fold but one, try on that one; then learn from all."""
        if not self._rules:
            told = f"no score rule of the playbook speaks for {FEWEST_SPOKEN} of these leads."
            raise ConfigError([Problem("learn", told, "Are the fields that it asks for mapped and filled?")])
        folds = [self._fold(train, test) for train, test in self._split()]
        points = self._learned(self._fitted(slice(None)), slice(None))
        return Lesson(
            leads=len(self._won),
            won=int(self._won.sum()),
            now=tuple(fold.now for fold in folds),
            learned=tuple(fold.learned for fold in folds),
            unrounded=tuple(fold.unrounded for fold in folds),
            proposals=tuple(self._proposals(points, [fold.points for fold in folds])),
            medians=(_median(self._present), _median(self._scores(points))),
        )

    def _fold(self, train: Any, test: Any) -> _Fold:
        """Learn from some of the leads, try on the others."""
        model = self._fitted(train)
        points = self._learned(model, train)
        won = self._won[test]
        return _Fold(
            points=points,
            now=_area(won, self._present[test]),
            learned=_area(won, self._scores(points)[test]),
            unrounded=_area(won, model.decision_function(self._table[test])),
        )

    def _split(self) -> Iterator[tuple[Any, Any]]:
        from sklearn.model_selection import StratifiedKFold

        found: Iterator[tuple[Any, Any]] = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(
            self._table, self._won
        )
        return found

    def _fitted(self, rows: Any) -> Any:
        """The regression of the strength that does best in folds of these leads."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV

        plain = LogisticRegression(solver="newton-cholesky", max_iter=1_000)  # few rules, many leads
        search = GridSearchCV(plain, {"C": list(_STRENGTHS)}, scoring="neg_log_loss", cv=3)
        return search.fit(self._table[rows], self._won[rows]).best_estimator_

    def _learned(self, model: Any, rows: Any) -> dict[str, int]:
        """Whole points within the caps: of those that order the leads well, those that score them most like now."""
        tried = [self._scaled(model.coef_[0], largest) for largest in _LARGEST]
        scores = [self._scores(points)[rows] for points in tried]
        areas = [_area(self._won[rows], found) for found in scores]
        good = [place for place, area in enumerate(areas) if area >= max(areas) - _AS_GOOD]
        usual = self._present[rows].std()
        return tried[min(good, key=lambda place: abs(float(scores[place].std() - usual)))]

    def _scaled(self, weights: NDArray[Any], largest: int) -> dict[str, int]:
        heaviest = float(abs(weights).max()) or 1.0
        return {
            rule.name: self._within_caps(rule, half_away(float(weight) / heaviest * largest))
            for rule, weight in zip(self._rules, weights, strict=True)
        }

    def _within_caps(self, rule: Rule, points: int) -> int:
        """No rule alone may give more than its sums may hold, nor take more."""
        known = self._playbook.caps
        caps = [known.of_group(rule.group), known[SCORE_OF[rule.axis]], known["score"]]
        most = min([MOST_POINTS, *(cap.most for cap in caps if cap.most is not None)])
        least = max([-most, *(cap.least for cap in caps if cap.least is not None and cap.least < 0)])
        return min(max(points, least), most)

    def _scores(self, points: Mapping[str, int]) -> NDArray[Any]:
        """As the playbook itself gives them."""
        return self._snapshot.verdicts(with_points(self._playbook, points), ["score"])["score"].to_numpy()

    def _proposals(self, points: Mapping[str, int], folds: Sequence[Mapping[str, int]]) -> Iterator[Proposal]:
        for rule in self._playbook.rules:
            learned = points.get(rule.name, rule.points)
            each = [found.get(rule.name, rule.points) for found in folds]
            kept = "" if rule.name in points else f"speaks for only {self._spoke[rule.name]}"
            counts = self._spoke[rule.name], self._won_of[rule.name]
            output = SCORE_OF[rule.axis]
            yield Proposal(rule.name, output, rule.points, learned, *counts, min(each), max(each), kept)


def with_points(playbook: Playbook, points: Mapping[str, int]) -> Playbook:
    """The playbook with other points for these rules; a rule of 0 points is left out."""
    rules = (replace(rule, points=points.get(rule.name, rule.points)) for rule in playbook.rules)
    return replace(playbook, rules=tuple(rule for rule in rules if rule.points))


def _area(won: NDArray[Any], scores: NDArray[Any]) -> float:
    """The chance that a lead that was won scores above one that was not, ties counted half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(won, scores))


def _median(scores: NDArray[Any]) -> int:
    return int(sorted(scores)[len(scores) // 2])
