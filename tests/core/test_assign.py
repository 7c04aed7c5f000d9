from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.assign.rota import Rota

owners = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=7, unique=True)
turns = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9))


def test_turns_are_taken_in_the_order_given():
    rota = Rota(["b", "a", "c"], {})
    assert [rota.next() for _ in range(4)] == ["b", "a", "c", "b"]
    assert rota.turns == {"b": 2, "a": 1, "c": 1}


def test_who_had_fewer_turns_goes_first():
    rota = Rota(["a", "b", "c"], {"a": 2, "b": 1, "gone": 0})
    assert [rota.next() for _ in range(5)] == ["c", "b", "c", "a", "b"]
    assert rota.turns == {"c": 2, "b": 2, "a": 1}


def test_nobody_is_no_rota():
    with pytest.raises(ValueError, match="at least one"):
        Rota([], {})


@given(owners, st.integers(0, 40))
@settings(deadline=None)
def test_nobody_is_ever_two_turns_ahead(team, count):
    rota = Rota(team, {})
    had = Counter(dict.fromkeys(team, 0))
    for _ in range(count):
        had[rota.next()] += 1
        assert max(had.values()) - min(had.values()) <= 1
    assert had.total() == count


@given(owners, turns, st.integers(0, 40))
@settings(deadline=None)
def test_a_difference_from_before_only_shrinks(team, given_before, count):
    rota = Rota(team, given_before)
    had = {owner: given_before.get(owner, 0) for owner in team}
    before = max(had.values()) - min(had.values())
    for _ in range(count):
        had[rota.next()] += 1
    assert max(had.values()) - min(had.values()) <= max(before, 1)


@given(owners, turns, st.lists(st.integers(0, 9), max_size=5))
@settings(deadline=None)
def test_many_runs_give_the_same_as_one(team, given_before, sizes):
    """What a run hands out and the store adds up is all that the next run has to know."""
    whole = Rota(team, given_before)
    had, found = Counter(given_before), []
    for size in sizes:
        rota = Rota(team, had)
        found += [rota.next() for _ in range(size)]
        had.update(rota.turns)
    assert found == [whole.next() for _ in range(sum(sizes))]
