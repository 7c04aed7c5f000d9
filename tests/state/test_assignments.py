"""Assignments and the ledger: kept with the promise or not at all, and read again as they were."""

from datetime import timedelta

import pytest

from leadrelay.connectors.base import Standing
from leadrelay.core.assign.ledger import Entry
from leadrelay.errors import ConfigError
from leadrelay.state.store import Assignment, Result
from leadrelay.state.values import Promised


@pytest.fixture
def given(make):
    """given(lead, **fields): an assignment with the dull parts filled in."""

    def given(lead, **more):
        base = {"number": 1, "team": "north", "owner": "ann", "via": "fair", "run": "run", "at": make.now}
        return Assignment("job", lead, **{**base, **more})

    return given


def test_they_come_back_as_they_were_kept(store, make, given):
    hour = timedelta(hours=1)
    one = given("a", trace={"considered": [["bo", "full"]]}, value=12.5, due_at=make.now + hour, verdict={"raw": None})
    two = given("a", number=2, owner="bo", former="ann", handed="2", key="lsx1-x", next_at=make.now)
    store.outbox.promise(make.promise(assignments=[two, one, given("b")]), make.now)
    assert store.assignments.of("job", ["b", "a", "c"]) == {"a": [one, two], "b": [given("b")]}
    assert store.assignments.latest("job", ["a"]) == {"a": two}
    assert store.assignments.of("other", ["a"]) == {}
    assert store.assignments.of_run("job", "run") == [one, two, given("b")]


def test_the_load_counts_what_is_open(store, make, given):
    ended = given("a").end("moved", make.now)
    rows = [ended, given("a", number=2, owner="bo"), given("b"), given("c", owner="bo")]
    store.outbox.promise(make.promise(assignments=rows), make.now)
    assert store.assignments.load("job") == {"ann": 1, "bo": 2}


def test_what_is_due_comes_in_order_and_only_while_it_is_open(store, make, given):
    hour = timedelta(hours=1)
    rows = [
        given("later", next_at=make.now + hour),
        given("second", next_at=make.now),
        given("first", next_at=make.now - hour),
        given("ended", next_at=make.now - hour).end("gone", make.now),
        given("never"),
    ]
    store.outbox.promise(make.promise(assignments=rows), make.now)
    assert list(store.assignments.due("job", make.now)) == ["first", "second"]
    asked = ["second", "later", "ended", "never", "unknown"]
    assert store.assignments.due_of("job", asked, make.now) == {"second": rows[1]}


def test_what_is_due_of_leads_out_of_sight_is_put_off(store, make, given):
    hour = timedelta(hours=1)
    rows = [
        given("hidden", next_at=make.now - hour),
        given("seen", next_at=make.now),
        given("late", next_at=make.now + 9 * hour),
        given("ended", next_at=make.now).end("gone", make.now),
    ]
    store.outbox.promise(make.promise(assignments=rows), make.now)
    store.outbox.postpone("job", ["hidden", "late", "ended"], make.now + 2 * hour)
    assert list(store.assignments.due("job", make.now)) == ["seen"]
    assert list(store.assignments.due("job", make.now + 9 * hour)) == ["seen", "hidden", "late"]
    assert store.assignments.latest("job", ["ended"])["ended"].next_at is None


def test_what_is_owed_is_counted(store, make, given):
    hour = timedelta(hours=1)
    rows = [
        given("late", due_at=make.now - hour, next_at=make.now),
        given("late and no more steps", due_at=make.now - hour),
        given("soon", due_at=make.now + hour, next_at=make.now + hour),
        given("later", due_at=make.now + 2 * hour, next_at=make.now + 2 * hour),
        given("answered", due_at=make.now, responded_at=make.now - hour),
        given("ended", due_at=make.now).end("moved", make.now),
        given("never"),
    ]
    assert store.assignments.promised("job", make.now) == Promised(0, 0, None, 0)
    store.outbox.promise(make.promise(assignments=rows), make.now)
    assert store.assignments.promised("job", make.now) == Promised(4, 2, make.now + hour, 1)
    assert store.assignments.promised("other", make.now) == Promised(0, 0, None, 0)


def test_many_that_are_due_come_in_pieces(store, make, given):
    leads = [f"L{number:05}" for number in range(4_100)]
    store.outbox.promise(make.promise(assignments=[given(lead, next_at=make.now) for lead in leads]), make.now)
    assert list(store.assignments.due("job", make.now)) == leads


def test_the_ledger_holds_what_was_kept_last(store, make):
    first = {("north", "ann"): Entry(0.5, 1, 10.0, 20.0, 1), ("north", "bo"): Entry(0.5)}
    store.outbox.promise(make.promise(ledger=first), make.now)
    store.outbox.promise(make.promise(ledger={("north", "bo"): Entry(1.0, 1, last=2)}), make.now)
    assert store.assignments.ledger("job").entries == {**first, ("north", "bo"): Entry(1.0, 1, last=2)}


def test_a_promise_that_fails_leaves_neither(store, make, given):
    ledger = {("north", "ann"): Entry(0.5, 1)}
    bad = given("b", run=None)
    with pytest.raises(ConfigError):
        store.outbox.promise(make.promise(make.patch("a"), assignments=[given("a"), bad], ledger=ledger), make.now)
    assert (store.assignments.of("job", ["a"]), store.assignments.ledger("job").entries) == ({}, {})
    assert store.outbox.counts("job") == {}


def test_who_turns_out_to_have_the_task_has_the_lead(store, make, given):
    intent = make.handoff("a")
    store.outbox.promise(make.promise(intent, assignments=[given("a", key=intent.key)]), make.now)
    store.outbox.sending([intent.key], make.now)
    result = Result(intent.key, Standing.DONE, task="t", owner="bo", adopted=True)
    store.outbox.settle("job", [result], make.now)
    assert store.assignments.latest("job", ["a"])["a"].owner == "bo"


def test_a_record_that_is_gone_ends_its_assignment(store, make, given):
    store.outbox.promise(make.promise(assignments=[given("a", next_at=make.now), given("b")]), make.now)
    store.outbox.forget("job", ["a"], make.now)
    gone, stays = store.assignments.latest("job", ["a", "b"]).values()
    assert (gone.ended, gone.ended_at, gone.next_at, stays.is_open) == ("gone", make.now, None, True)
