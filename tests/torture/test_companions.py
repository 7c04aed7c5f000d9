"""A hand-off with a note and two follow-ups, from the first run to the rollback: each is there once, whatever fails."""

import json
from collections import Counter

import pytest

from torture.arena import Arena
from torture.kills import Site, killed_at


@pytest.fixture(scope="module")
def arena():
    with Arena(6, 7) as arena:
        yield arena


@pytest.fixture
def case(arena):
    return arena.case("salesforce")


def each_is_there_once(case):
    db = case.store.db
    tasks = db.execute("SELECT WhoId, substr(Subject, 1, 4) FROM Task").fetchall()
    notes = [lead for (lead,) in db.execute("SELECT ParentId FROM Note")]
    leads = {lead for lead, _ in tasks}
    assert leads
    assert set(Counter(tasks).values()) == {1}
    assert len(tasks) == 3 * len(leads)
    assert sorted(notes) == sorted(leads)
    return True


@pytest.mark.parametrize("site", [Site("request", 9, applied=True), Site("commit", 7, applied=True)], ids=str)
def test_after_a_kill(case, site):
    assert killed_at(case, site)
    case.door.advance(2)
    case.settle()
    assert each_is_there_once(case)


def test_with_a_third_of_the_replies_lost(case):
    case.door.faults({"kind": "drop-reply", "probability": 0.3}, seed=7)
    for _ in range(3):
        case.run()
        case.door.advance(2)
    case.door.clear()
    case.settle()
    assert each_is_there_once(case)


def test_a_rollback_takes_all_of_it_back(case):
    case.settle()
    run = json.loads(case.run("runs", "job").out.read_text())["runs"][-1]["id"]
    case.door.advance(5)
    case.run("rollback", run)
    left = [
        case.store.db.execute(f"SELECT count(*) FROM {name} WHERE IsDeleted = 0").fetchone()[0]
        for name in ("Task", "Note")
    ]
    assert left == [0, 0]
