"""What a trial counts: the verdicts of both playbooks, whoever counts them and in however many parts."""

import pickle
import re
from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay.core.qualify import ALWAYS, qualify
from leadrelay.core.trial.trial import COUNTED, OUTCOME, PAIRED, Judge, Tally, Trial

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def trial(live, new):
    return Trial(live, new, NOW, judged=True)


@pytest.fixture(scope="module")
def tally(trial, leads):
    return Judge(trial)(leads)


@pytest.fixture(scope="module")
def verdicts(trial, leads):
    return {side: qualify(leads, book, NOW, frozenset({"reasons"})) for side, book in trial.playbooks.items()}


@pytest.mark.parametrize("output", COUNTED)
def test_every_output_is_counted_by_outcome(tally, verdicts, leads, output):
    for side, found in verdicts.items():
        assert tally.counts[side, output] == Counter(zip(found[output], leads[OUTCOME], strict=True))


@pytest.mark.parametrize("output", PAIRED)
def test_every_change_is_counted(tally, verdicts, leads, output):
    pairs = zip(verdicts["live"][output], verdicts["new"][output], leads[OUTCOME], strict=True)
    expected = Counter(pair for pair in pairs if output != "score" or pair[2] is not None)
    assert tally.pairs[output] == expected


def test_parts_add_up_to_the_whole_in_any_cut(trial, tally, leads):
    judge = Judge(trial)
    for size, few in ((1, leads.head(9)), (7, leads.head(40)), (250, leads), (1000, leads)):
        whole = tally if few is leads else judge(few)
        assert sum(judge(part) for part in few.iter_slices(size)) == whole


def test_a_trial_and_a_tally_travel(trial, tally, leads):
    again = Judge(pickle.loads(pickle.dumps(trial)))  # noqa: S301 - our own values
    assert pickle.loads(pickle.dumps(again(leads))) == tally  # noqa: S301 - our own values


def test_the_first_that_move_are_told_with_what_differs(tally, verdicts):
    old, new = verdicts["live"], verdicts["new"]
    moved = [row for row in range(len(old)) if old["stage"][row] != new["stage"][row]]
    assert len(moved) > tally.shown
    for row, found in zip(moved, tally.moved, strict=False):
        assert found.id == old["id"][row]
        assert found.stages == (old["stage"][row], new["stage"][row])
        assert found.scores == (old["score"][row], new["score"][row])
        assert found.why
        changes = [re.search(r" (nothing|[+-]\d+)[^→]* → (nothing|[+-]\d+)", line) for line in found.why]
        before, after = (sum(int(m[side]) for m in changes if m and m[side] != "nothing") for side in (1, 2))
        assert after - before == new["score"][row] - old["score"][row]


def test_nobody_is_told_of_where_none_is_asked_for(live, new, leads):
    assert Judge(Trial(live, new, NOW, shown=0))(leads.drop(OUTCOME)).moved == ()


def test_the_live_one_alone_is_counted_too(live, leads, tally):
    alone = Judge(Trial(live, None, NOW, judged=True))(leads)
    assert {key for key, _ in alone.counts} == {"live"}
    assert alone.counts["live", "score"] == tally.counts["live", "score"]
    assert (alone.pairs, alone.moved) == ({}, ())


def test_nothing_is_the_sum_of_nothing(trial, leads):
    assert Tally() + Tally() == Tally()
    assert Judge(trial)(leads.clear()).leads == 0
    assert set(COUNTED) <= set(ALWAYS)
    assert leads.schema[OUTCOME] == pl.Boolean
