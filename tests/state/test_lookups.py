"""The journal of look-ups: each question is asked once, and no more is spent than was allowed."""

import threading
from datetime import timedelta

import pytest

from leadrelay.errors import Stopped
from leadrelay.state.budgets import Caps, Spending
from leadrelay.state.lookups import FAILED, HIT, MISS, Asker, Kept, Want
from leadrelay.state.store import Store

NO_CAPS = Caps()


@pytest.fixture
def ask(store, make):
    """ask(keys, ...): claim these."""

    def claim(keys, run="run", job="job", most=10, caps=NO_CAPS, now=make.now, since=None, lead=""):
        wants = [Want(key, lead, since) for key in keys]
        return store.lookups.claim("pdl", wants, Asker(job, run, most, caps), now)

    return claim


def hit(key, cost=10, **fields):
    return Kept(key, HIT, None, cost=cost, fields={name: (text, 0.9) for name, text in fields.items()})


def test_what_was_answered_is_not_asked_again(store, ask, make):
    assert ask(["a", "b"]).granted == {"a", "b"}
    assert store.lookups.answers("pdl", ["a", "b"]) == {}
    answers = [hit("a", employees="120"), Kept("b", MISS, None, why="not found")]
    assert store.lookups.answer("pdl", "run", answers, make.now) == {"a", "b"}
    found = store.lookups.answers("pdl", ["a", "b", "c"])
    assert found["a"] == Kept("a", HIT, make.now, cost=10, fields={"employees": ("120", 0.9)})
    assert (found["b"].state, found["b"].why, found["b"].cost) == (MISS, "not found", 0)
    claims = ask(["a", "b", "c"], run="run2")
    assert (claims.granted, claims.kept.keys(), claims.refused) == ({"c"}, {"a", "b"}, set())
    assert store.lookups.answers("apollo", ["a"]) == {}


def test_many_at_once(store, ask, make):
    keys = [f"{number:05}" for number in range(1_300)]
    assert ask(keys).granted == set(keys)
    assert len(store.lookups.answer("pdl", "run", [hit(key) for key in keys], make.now)) == 1_300
    assert len(ask(keys, run="run2").kept) == len(store.lookups.answers("pdl", keys)) == 1_300


def test_an_answer_that_is_stale_is_asked_for_again(store, ask, make):
    ask(["a"])
    store.lookups.answer("pdl", "run", [hit("a")], make.now)
    later = make.now + timedelta(days=10)
    assert ask(["a"], run="two", now=later, since=make.now).granted == set()
    assert ask(["a"], run="two", now=later, since=make.now + timedelta(days=1)).granted == {"a"}
    store.lookups.answer("pdl", "two", [hit("a", cost=7)], later)
    assert store.lookups.answers("pdl", ["a"])["a"].cost == 17  # what the question cost in all
    assert store.lookups.answers("pdl", ["a"])["a"].asked_at == later


def test_a_failure_is_asked_again_once_its_time_has_come(store, ask, make):
    ask(["a", "b"])
    soon = make.now + timedelta(hours=1)
    failed = [Kept("a", FAILED, None, again_at=soon, why="timed out"), Kept("b", FAILED, None)]
    store.lookups.answer("pdl", "run", failed, make.now)
    assert ask(["a", "b"], run="two").granted == {"b"}
    assert ask(["a"], run="two", now=soon).granted == {"a"}


def test_what_is_spent_is_what_was_answered(store, ask, make):
    ask(["a", "b", "c"])
    assert store.lookups.spending("pdl", make.now, "run") == Spending(30, 30, 30, 30)
    store.lookups.answer("pdl", "run", [hit("a"), hit("b", cost=4)], make.now)
    assert store.lookups.spending("pdl", make.now, "run") == Spending(24, 24, 24, 24)
    tomorrow = make.now + timedelta(days=1)
    assert store.lookups.spending("pdl", tomorrow, "two") == Spending(0, 0, 24, 24)
    store.lookups.answer("pdl", "run", [Kept("c", MISS, None)], tomorrow)  # belongs to the day on which it was asked
    assert store.lookups.spending("pdl", make.now, "run") == Spending(14, 14, 14, 14)
    assert store.lookups.spending("pdl", tomorrow, "run") == Spending(14, 0, 14, 14)


@pytest.mark.parametrize("caps", [Caps(run=25), Caps(day=25), Caps(month=25), Caps(29, 28, 27)])
def test_no_more_is_claimed_than_fits(ask, caps):
    first = ask(["a", "b", "c"], caps=caps)
    assert (first.granted, first.refused) == ({"a", "b"}, {"c"})
    assert ask(["d"], caps=caps).refused == {"d"}


def test_a_cap_that_fits_exactly_is_used_up(ask):
    assert ask(["a", "b", "c"], caps=Caps(run=20)).granted == {"a", "b"}
    assert ask(["a"], run="two", caps=Caps(run=0)).granted == set()


@pytest.mark.parametrize(
    ("caps", "until"),
    [
        (Caps(run=5), "2026-11-22T12:00"),
        (Caps(day=5), "2026-11-23T00:00"),
        (Caps(month=5), "2026-12-01T00:00"),
        (Caps(5, 5, 5), "2026-12-01T00:00"),
    ],
)
def test_when_there_is_budget_again(ask, caps, until):
    assert f"{ask(['a'], caps=caps).free_at:%Y-%m-%dT%H:%M}" == until


def test_a_new_day_has_its_own_budget(ask, make):
    caps = Caps(day=10)
    assert ask(["a", "b"], caps=caps).granted == {"a"}
    assert ask(["b", "c"], run="two", caps=caps, now=make.now + timedelta(days=1)).granted == {"b"}


def test_what_costs_nothing_needs_no_budget(ask):
    assert ask(["a", "b"], most=0, caps=Caps(0, 0, 0)).granted == {"a", "b"}


def test_what_a_dead_run_was_asking_is_asked_again_and_its_money_counts_as_lost(store, ask, make):
    ask(["a"])
    caps = Caps(day=25)
    again = ask(["a", "b"], run="two", caps=caps)
    assert (again.granted, again.refused) == ({"a"}, {"b"})
    assert store.lookups.answer("pdl", "run", [hit("a")], make.now) == set()  # it comes too late
    store.lookups.answer("pdl", "two", [hit("a")], make.now)
    standing = store.lookups.standing("pdl")
    assert (standing.paid, standing.lost, standing.answers) == (10, 10, {HIT: 1})
    assert store.lookups.spending("pdl", make.now).day == 20


def test_what_another_job_is_asking_is_left_to_it(store, ask, make):
    store.runs.begin("run", "job", make.now)
    ask(["a"])
    claims = ask(["a"], run="two", job="other")
    assert (claims.granted, claims.left) == (set(), {"a"})
    store.lookups.answer("pdl", "run", [hit("a")], make.now)
    assert ask(["a"], run="two", job="other").kept["a"].state == HIT


def test_what_another_job_was_asking_when_it_ended_is_asked(store, ask, make):
    store.runs.begin("run", "job", make.now)
    ask(["a", "b"])
    late = make.now + timedelta(hours=2)
    assert ask(["a"], run="two", job="other", now=late).granted == {"a"}  # nobody waits so long for an answer
    store.runs.end("run", make.now, "stopped", {})
    assert ask(["b"], run="two", job="other").granted == {"b"}


def test_who_was_overtaken_claims_nothing(store, make, store_url):
    with store.lease("job", "the first") as lease:
        mine = store.under(lease)
        other = Store.open(store_url)
        with other._database.transaction() as connection:
            connection.exec_driver_sql("UPDATE leases SET fence = fence + 1")
        for effect in (
            lambda: mine.lookups.claim("pdl", [Want("a")], Asker("job", "run"), make.now),
            lambda: mine.lookups.answer("pdl", "run", [hit("a")], make.now),
        ):
            with pytest.raises(Stopped, match="another process has taken over"):
                effect()
        other.close()


def test_two_schedulers_together_stay_below_the_cap(store_url, make):
    granted = []

    def work(name):
        store = Store.open(store_url)
        store.runs.begin(name, name, make.now)
        for number in range(40):
            wants = [Want(f"{number * 3 + more:03}") for more in range(5)]
            claims = store.lookups.claim("pdl", wants, Asker(name, name, 10, Caps(month=700)), make.now)
            granted.extend(claims.granted)
            store.lookups.answer("pdl", name, [hit(key) for key in claims.granted], make.now)
        store.close()

    threads = [threading.Thread(target=work, args=[name]) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store.open(store_url)
    assert len(granted) == len(set(granted)) == 70
    assert store.lookups.spending("pdl", make.now, "one").month == 700
    store.close()


def test_a_lead_that_is_gone_takes_along_what_was_asked_by_its_name(store, ask, make):
    for key, lead in (("a", "L1"), ("b", "L2"), ("c", "")):
        ask([key], lead=lead)
        store.lookups.answer("pdl", "run", [hit(key)], make.now)
    store.outbox.forget("job", ["L1", ""], make.now)
    assert store.lookups.answers("pdl", ["a", "b", "c"]).keys() == {"b", "c"}
    assert store.lookups.spending("pdl", make.now).day == 30


def test_answers_are_kept_for_so_long(store, ask, make):
    ask(["a"])
    store.lookups.answer("pdl", "run", [hit("a")], make.now)
    ask(["b"], now=make.now + timedelta(days=1))
    store.lookups.forget(make.now + timedelta(days=2))
    assert store.lookups.answers("pdl", ["a"]) == {}
    assert store.lookups.last_run("pdl") == "run"  # what is under way is not dropped
    store.lookups.forget(make.now + timedelta(days=2))


def test_how_a_provider_stands(store, ask, make):
    assert store.lookups.standing("pdl").answers == {}
    assert store.lookups.last_run("pdl") == ""
    ask(["a", "b", "c"])
    failed = Kept("c", FAILED, None, why="timed out\0")
    store.lookups.answer("pdl", "run", [hit("a"), Kept("b", MISS, None, cost=3), failed], make.now)
    found = store.lookups.standing("pdl")
    assert found.answers == {HIT: 1, MISS: 1, FAILED: 1}
    assert (found.paid, found.lost, found.failed_at, found.why) == (13, 0, make.now, "timed out")
