"""The fair choice: nobody far from the entitlement, the same answer wherever the stream is cut."""

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.assign.fair import MOST_KEPT, WORTH_A_LINE, Turns
from leadrelay.core.assign.ledger import Entry, Ledger

LEADS = 10_000


def weights_of(rng, count):
    return {f"r{number}": rng.choice([0.5, 1, 1, 2, 3, 10, rng.uniform(0.01, 5)]) for number in range(count)}


def reloaded(turns, weights, *, by_value=False):
    """As the next page, or the next run, finds the account."""
    kept = json.loads(json.dumps({owner: list(vars_of(entry)) for owner, entry in turns.entries()}))
    return Turns(weights, {owner: Entry(*values) for owner, values in kept.items()}, by_value=by_value)


def vars_of(entry):
    return entry.entitled, entry.received, entry.entitled_value, entry.received_value, entry.last


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 7])
def test_with_the_same_candidates_nobody_is_ever_further_away_than_tijdeman_promises(seed, count):
    rng = random.Random(seed)
    weights = weights_of(rng, count)
    turns, whole = Turns(weights, {}), sum(weights.values())
    pool = turns.pool(range(count))
    received, worst = [0] * count, 0.0
    for lead in range(1, LEADS // 5 + 1):
        received[turns.choose(pool, 1.0)] += 1
        ideal = [lead * weight / whole for weight in weights.values()]
        worst = max(worst, *(abs(due - got) for due, got in zip(ideal, received, strict=True)))
    assert worst <= 1 - 1 / (2 * count - 2) + 1e-5


def test_ten_thousand_leads_in_runs_of_random_size_over_seven_reps_of_unequal_weight_stay_within_one():
    rng = random.Random(5)
    weights = {f"r{number}": weight for number, weight in enumerate([1, 1, 2, 2.5, 3, 0.7, 5])}
    turns, received, whole = Turns(weights, {}), [0] * 7, sum(weights.values())
    left, lead = 0, 0
    while lead < LEADS:
        if not left:
            turns, left = reloaded(turns, weights), rng.randint(1, 400)
        received[turns.choose(turns.pool(range(7)), 1.0)] += 1
        left, lead = left - 1, lead + 1
        assert all(abs(lead * w / whole - got) < 1 for w, got in zip(weights.values(), received, strict=True))


def stream(rng, leads, count, trouble):
    """Leads with their candidates: colleagues are away for a while, or each lead has candidates of its own."""
    away = set()
    for _ in range(leads):
        if trouble == "any":
            yield tuple(sorted(rng.sample(range(count), rng.randint(1, count)))), rng.lognormvariate(0, 1)
        else:
            if rng.random() < 0.01:
                away ^= {rng.randrange(count)}
            yield tuple(set(range(count)) - away) or tuple(range(count)), rng.lognormvariate(0, 1)


@pytest.mark.parametrize("trouble", ["absence", "any"])
@pytest.mark.parametrize("by_value", [False, True], ids=["count", "value"])
def test_pages_of_any_size_give_the_same_owners(trouble, by_value):
    weights = weights_of(random.Random(1), 7)
    leads = list(stream(random.Random(2), 2_500, 7, trouble))
    answers = set()
    for page in (1, 7, 200, 2_000):
        turns, owners = Turns(weights, {}, by_value=by_value), []
        for start in range(0, len(leads), page):
            turns = reloaded(turns, weights, by_value=by_value)
            owners += [turns.choose(turns.pool(places), value) for places, value in leads[start : start + page]]
        answers.add(tuple(owners))
    assert len(answers) == 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trouble", ["absence", "any"])
def test_absence_and_candidates_that_change_keep_everyone_within_two(seed, trouble):
    rng = random.Random(seed)
    turns = Turns(weights_of(rng, 7), {})
    for places, value in stream(rng, 2_000, 7, trouble):
        turns.choose(turns.pool(places), value)
        assert max(abs(entry.balance) for _, entry in turns.entries()) < 2


@pytest.mark.parametrize("trouble", ["absence", "any"])
def test_by_value_everyone_stays_within_two_of_the_largest_leads(trouble):
    rng = random.Random(3)
    turns, largest = Turns(weights_of(rng, 7), {}, by_value=True), 0.0
    for places, value in stream(rng, 2_000, 7, trouble):
        turns.choose(turns.pool(places), value)
        largest = max(largest, value)
        behind = [entry.balance_value for _, entry in turns.entries()]
        assert max(map(abs, behind)) < 2 * largest


def test_by_value_leads_of_unknown_value_go_round_by_number():
    turns = Turns({"a": 1, "b": 1}, {}, by_value=True)
    pool = turns.pool([0, 1])
    turns.choose(pool, 1_000.0)
    owners = [turns.choose(pool, 0.0) for _ in range(10)]
    assert sorted(owners) != [owners[0]] * 10
    assert abs(owners.count(0) - owners.count(1)) <= 2


def test_who_comes_back_gets_no_flood():
    turns = Turns({"a": 1, "b": 1, "c": 1}, {})
    for _ in range(300):
        turns.choose(turns.pool([0, 1]), 1.0)
    back = [turns.choose(turns.pool([0, 1, 2]), 1.0) for _ in range(30)]
    assert 9 <= back.count(2) <= 11


def test_leads_that_were_returned_during_an_absence_are_made_up_for_without_a_flood():
    turns = Turns({f"r{number}": 1 for number in range(7)}, {})
    for _ in range(210):
        turns.choose(turns.pool(range(7)), 1.0)
    present = turns.pool(range(1, 7))
    for _ in range(20):  # the leads of the one who is away
        turns.give_back(present, 0, 1.0)
        turns.choose(present, 1.0)
    back = [turns.choose(turns.pool(range(7)), 1.0) for _ in range(120)]
    assert [pair for pair in pairwise(back[:40]) if pair == (0, 0)] == []
    assert back[:40].count(0) == 20
    assert back.count(0) == 20 + 120 // 7
    assert max(abs(entry.balance) for _, entry in turns.entries()) < 1


def test_who_has_most_of_the_leads_anyway_catches_up_at_once():
    turns = Turns({"a": 5, "b": 1, "c": 1}, {"a": Entry(10.0, 0), "b": Entry(0.0, 5), "c": Entry(0.0, 5)})
    assert [turns.choose(turns.pool([0, 1, 2]), 1.0) for _ in range(20)] == [0] * 20


def test_returns_are_worked_off_and_keep_the_sums_equal():
    rng = random.Random(4)
    turns, given = Turns(weights_of(rng, 7), {}), []
    pool = turns.pool(range(7))
    for _ in range(2_000):
        given.append(turns.choose(pool, 3.0))
        if rng.random() < 0.1:
            turns.give_back(pool, given.pop(rng.randrange(len(given))), 3.0)
    for place in range(7):  # six leads at once: a bad day
        turns.give_back(pool, place, 3.0) if place % 2 else turns.enter(pool, place, 3.0)
    for _ in range(60):
        turns.choose(pool, 3.0)
    entries = [entry for _, entry in turns.entries()]
    assert max(abs(entry.balance) for entry in entries) < 1
    assert sum(entry.entitled for entry in entries) == sum(entry.received for entry in entries)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.lists(st.integers(1, 63), max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_all_are_entitled_to_is_what_all_received(weights, masks):
    turns = Turns({f"r{number}": weight for number, weight in enumerate(weights)}, {})
    for mask in masks:
        places = [place for place in range(len(weights)) if mask >> place & 1]
        if places:
            turns.choose(turns.pool(places), 1.0)
    entries = [entry for _, entry in turns.entries()]
    assert sum(entry.entitled for entry in entries) == sum(entry.received for entry in entries)


@given(st.lists(st.sampled_from([3, 7, 7, 7, 5]), min_size=WORTH_A_LINE, max_size=80), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_line_says_what_looking_at_everyone_says(masks, seed):
    weights = weights_of(random.Random(seed), 3)
    whole, cut = Turns(weights, {}), Turns(weights, {})
    for mask in masks:
        places = [place for place in range(3) if mask >> place & 1]
        cut = Turns(weights, dict(cut.entries()))  # never forms a line
        pool, other = whole.pool(places), cut.pool(places)
        chosen = whole.choose(pool, 1.0)
        assert cut.choose(other, 1.0) == chosen
        assert whole.nearest(pool, chosen, 3) == cut.nearest(other, chosen, 3)
        assert whole.balances(places) == cut.balances(places)


def test_a_set_of_candidates_outlives_being_forgotten():
    turns = Turns({f"r{number}": 1 for number in range(12)}, {})
    kept = turns.pool([0, 1])
    for mask in range(1, MOST_KEPT + 10):
        turns.pool([place for place in range(12) if mask >> place & 1])
    turns.choose(kept, 6.0)
    assert [entry.entitled_value for _, entry in turns.entries()][:3] == [3.0, 3.0, 0.0]


def test_ties_go_to_who_received_longest_ago_then_by_roster():
    turns = Turns({"a": 1, "b": 1, "c": 1}, {"a": Entry(last=2), "b": Entry(last=1)})
    pool = turns.pool([0, 1, 2])
    assert [turns.owners[turns.choose(pool, 0.0)] for _ in range(3)] == ["c", "b", "a"]


def test_what_a_member_who_left_was_owed_is_shared_by_those_who_are_left():
    turns = Turns({"a": 1, "b": 3}, {"a": Entry(5.0, 5), "gone": Entry(4.5, 5, 8.0, 4.0), "b": Entry(5.5, 5)})
    entries = dict(turns.entries())
    assert entries["gone"] == Entry(5.0, 5, 4.0, 4.0)
    assert (entries["a"].balance_value, entries["b"].balance_value) == (1.0, 3.0)
    assert (entries["a"].balance, entries["b"].balance) == (-0.125, 0.125)
    turns.give_back(turns.pool([0, 1]), 2, 7.0)
    after = dict(turns.entries())
    assert after["gone"] == Entry(4.0, 4, -3.0, -3.0)
    assert after["a"] == entries["a"]


def test_a_team_of_which_members_come_and_go_stays_fair():
    rng = random.Random(6)
    entries, weights = {}, {"r0": 1.0, "r1": 2.0, "r2": 0.5}
    for number in range(3, 60):
        turns = Turns(weights, entries)
        for _ in range(rng.randint(1, 50)):
            turns.choose(turns.pool(range(3)), 1.0)
        entries = dict(turns.entries())
        assert max(abs(entries[owner].balance) for owner in weights) < 1.5
        assert sum(entry.entitled for entry in entries.values()) == sum(entry.received for entry in entries.values())
        del weights[rng.choice(list(weights))]
        weights[f"r{number}"] = rng.choice([0.5, 1, 2, 4])


def test_a_ledger_tells_what_changed():
    before = Ledger({("t", "a"): Entry(1, 1), ("t", "b"): Entry(2, 2)})
    after = Ledger({("t", "a"): Entry(1, 1), ("t", "b"): Entry(2.5, 2), ("u", "c"): Entry(1, 1)})
    assert list(after.changed(before)) == [("t", "b", Entry(2.5, 2)), ("u", "c", Entry(1, 1))]
    assert before.entry("t", "nobody") == Entry()
    assert before.of("t")["b"].balance == 0
