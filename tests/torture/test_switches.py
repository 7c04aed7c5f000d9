"""The switches are those of the sandbox, all of them; what is promised without a unique key, and what is not."""

import pytest

from torture import people, switches
from torture.arena import Arena

_LIMITS = {"session_seconds", "daily_requests", "bulk_seconds", "bulk_rows", "settings"}
_RATES = {"per_ten_seconds", "per_day", "searches_per_second"}
_ORGANISATIONS = {"account_type", "currency", "custom_properties", "lead_access", "several_currencies", "tells_scopes"}
_ORGANISATIONS |= {"time_zone"}
"""What organisations differ in, and `check` asks for: no answer that nobody could confirm."""


@pytest.fixture(scope="module")
def arena():
    with Arena(6) as arena:
        yield arena


@pytest.mark.parametrize("crm", switches.SWITCHES)
def test_every_switch_of_the_sandbox_is_turned_both_ways(arena, crm):
    case = arena.case(crm)
    assert set(case.door.ask("settings")) - _LIMITS - _RATES - _ORGANISATIONS == set(switches.SWITCHES[crm])
    for settings in switches.positions(crm):
        case.door.settings(**settings)
    assert all(len(values) > 1 for values in switches.SWITCHES[crm].values())


@pytest.fixture
def weak(arena):
    case = arena.case("hubspot")
    case.door.settings(**switches.WEAK)
    case.settle()
    return case


def test_without_a_unique_key_check_says_so(weak):
    told = weak.run("check").out.read_text()
    assert "is not unique" in told
    assert "two installations" in told


def test_without_a_unique_key_a_lost_state_makes_no_second_task(weak):
    made = people.handed_off(weak)
    people.complete(weak, min(made.values()))
    people.lose_state(weak)
    weak.settle()
    assert people.handed_off(weak) == made
    assert weak.verdict().ok, str(weak.verdict())


def test_without_a_unique_key_a_deleted_task_stays_away_while_the_state_lives(weak):
    made = people.handed_off(weak)
    people.delete(weak, min(made.values()))
    weak.run("run", "job", "--all")
    assert people.handed_off(weak) == made


def test_without_a_unique_key_a_deleted_task_comes_again_where_the_state_is_lost(weak):
    """What is not promised: the documentation says it, and a check that fails here may say more than it does."""
    people.delete(weak, min(people.handed_off(weak).values()))
    people.lose_state(weak)
    weak.settle()
    assert weak.verdict().laws() == {"L2": 1}
