"""The measures, against textbook values and scikit-learn."""

from collections import defaultdict
from math import inf, isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from leadrelay.core.trial import measures
from leadrelay.core.trial.measures import Confusion, Share

LEADS = st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 120), st.booleans()), min_size=4, max_size=120)
BOTH = LEADS.filter(lambda leads: 1 < sum(won for *_, won in leads) < len(leads) - 1)


def histogram(scores, outcomes):
    found = defaultdict(lambda: (0, 0))
    for score, won in zip(scores, outcomes, strict=True):
        before = found[score]
        found[score] = (before[0] + won, before[1] + (not won))
    return dict(found)


def delong(outcomes, *scores):
    """DeLong's areas and their covariance, from every pair of leads: the definition, not the fast way."""
    won = np.array(outcomes)
    placed = []
    for score in map(np.array, scores):
        kernel = (score[won][:, None] > score[~won][None, :]) + 0.5 * (score[won][:, None] == score[~won][None, :])
        placed.append((kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)))
    first = np.atleast_2d(np.cov([above for _, above, _ in placed])) / won.sum()
    second = np.atleast_2d(np.cov([below for *_, below in placed])) / (~won).sum()
    return [value for value, *_ in placed], first + second


@given(BOTH)
@settings(max_examples=40, deadline=None)
def test_areas_and_intervals_are_those_of_scikit_learn_and_of_delong(leads):
    old, new, outcomes = zip(*leads, strict=True)
    found = measures.area(histogram(old, outcomes))
    (value, other), covariance = delong(outcomes, old, new)
    assert isclose(found.value, metrics.roc_auc_score(outcomes, old), abs_tol=1e-12)
    assert isclose(found.value, value, abs_tol=1e-12)
    reach = measures.Z_95 * np.sqrt(covariance[0, 0])
    assert np.allclose(found.interval, (max(0, value - reach), min(1, value + reach)))

    joint = histogram(zip(old, new, strict=True), outcomes)
    gained = measures.difference(joint)
    reach = measures.Z_95 * np.sqrt(max(0.0, covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
    assert isclose(gained.value, other - value, abs_tol=1e-12)
    assert np.allclose(gained.interval, (max(-1, other - value - reach), min(1, other - value + reach)), atol=1e-7)


@given(BOTH)
@settings(max_examples=20, deadline=None)
def test_the_curve_and_every_cut_are_those_of_scikit_learn(leads):
    scores, _, outcomes = zip(*leads, strict=True)
    found = measures.cuts(histogram(scores, outcomes))
    alarms, hits, thresholds = metrics.roc_curve(outcomes, scores, drop_intermediate=False)
    assert np.allclose([cut.confusion.fallout.value for cut in found], alarms)
    assert np.allclose([cut.confusion.recall.value for cut in found], hits)
    assert [inf if cut.threshold is None else cut.threshold for cut in found] == list(thresholds)
    for cut in found[1:]:
        said = [score >= cut.threshold for score in scores]
        assert isclose(cut.confusion.accuracy.value, metrics.accuracy_score(outcomes, said))
        assert isclose(cut.confusion.precision.value, metrics.precision_score(outcomes, said))
        assert isclose(cut.confusion.recall.value, metrics.recall_score(outcomes, said))
        assert measures.at(histogram(scores, outcomes), cut.threshold) == cut
    best = measures.best(histogram(scores, outcomes)).confusion
    assert isclose(best.recall.value - best.fallout.value, max(hits - alarms), abs_tol=1e-12)


@given(BOTH)
@settings(max_examples=40, deadline=None)
def test_bands_are_those_of_scikit_learn(leads):
    scores, outcomes = zip(*[(min(max(score, 0), 99), won) for score, _, won in leads], strict=True)
    found = measures.bands(histogram(scores, outcomes))
    # Its bins are open below, ours above: a score of 10 belongs to the band of 10 to 19.
    shares, _ = calibration_curve(outcomes, (np.array(scores) + 0.5) / 100, n_bins=10)
    assert np.allclose([band.won.value for band in found], shares)


@given(BOTH)
@settings(max_examples=40, deadline=None)
def test_deciles_share_out_all_leads_and_all_wins(leads):
    scores, _, outcomes = zip(*leads, strict=True)
    found = measures.deciles(histogram(scores, outcomes))
    assert isclose(sum(part.leads for part in found), len(leads))
    assert isclose(sum(part.won for part in found), sum(outcomes))
    assert isclose(found[-1].gain, 1.0)
    assert isclose(sum(part.lift for part in found) / 10, 1.0)


def test_deciles_of_the_textbook():
    # 100 leads, one a score; the ten best are all won, then every tenth.
    outcomes = [score > 90 or score % 10 == 0 for score in range(1, 101)]
    found = measures.deciles(histogram(range(1, 101), outcomes))
    assert [round(part.won, 9) for part in found] == [10.0, *[1.0] * 9]
    assert isclose(found[0].lift, 10 / 10 / 0.19)
    assert isclose(found[0].gain, 10 / 19)


def test_one_score_for_all_is_parted_evenly():
    found = measures.deciles({50: (7, 13)})
    assert all(isclose(part.won, 0.7) and isclose(part.lift, 1.0) for part in found)
    assert measures.area({50: (7, 13)}).value == 0.5


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe 1998, table I, method 3 (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E)
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_of_shares_are_those_of_the_textbook(part, whole, low, high):
    assert tuple(round(end, 4) for end in Share(part, whole).interval) == (low, high)


def test_a_confusion_says_what_the_textbook_says():
    found = Confusion(hits=30, false_alarms=10, misses=20, rejections=140)
    assert (found.accuracy.value, found.precision.value, found.recall.value) == (0.85, 0.75, 0.6)
    assert round(found.fallout.value, 4) == 0.0667


def test_without_both_kinds_there_is_nothing_to_tell():
    assert measures.area({}) is measures.area({10: (3, 0)}) is measures.area({10: (0, 3)}) is None
    assert measures.best({10: (3, 0)}) is None
    assert measures.difference({(1, 2): (3, 0)}) is None
    assert measures.deciles({}) == measures.deciles({10: (0, 3)}) == []
    assert Share(0, 0).value is None


def test_one_of_a_kind_has_an_area_but_no_interval():
    found = measures.area({10: (1, 0), 5: (0, 4)})
    assert (found.value, found.interval) == (1.0, None)
