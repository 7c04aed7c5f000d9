"""`[targets]`: the goals of a playbook, which the report and the back-test judge by."""

from datetime import timedelta

import pytest

from leadrelay import playbooks
from leadrelay.core.playbook.loading import load
from leadrelay.core.targets import GOALS, RESPONSE, Targets
from leadrelay.core.trial.measures import Share
from leadrelay.errors import ConfigError


def playbook(text=""):
    return load(playbooks.text("it-discovery") + text, "playbook.toml")


def test_without_the_table_the_goals_are_those_of_the_process():
    assert playbook().targets == Targets()
    assert {name: getattr(Targets(), name) for name in GOALS} == GOALS
    assert Targets().within == RESPONSE


def test_a_playbook_names_its_own():
    found = playbook('\n[targets]\nwithin = "4 hours"\nresponse = 0.8\nmeetings = 0.6\n')
    assert found.targets == Targets(within=timedelta(hours=4), response=0.8, meetings=0.6)
    assert found.fingerprint == playbook().fingerprint  # goals decide about no lead


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('within = "2 months"', "is no interval of business time"),
        ('within = "0 hours"', "is no interval of business time"),
        ('within = "1 day"', "is a number of business days, which differ in length"),
        ("conversion = 30", "must lie between 0 and 1"),
        ("speed = 0.3", "unknown key 'speed'"),
    ],
)
def test_what_is_wrong_is_told(line, message):
    with pytest.raises(ConfigError) as told:
        playbook(f"\n[targets]\n{line}\n")
    (problem,) = told.value.problems
    assert message in problem.message
    assert problem.place.startswith("playbook.toml:")


def test_a_goal_is_met_above_it_and_sure_where_the_interval_says_so():
    few, many, none = Targets().judged(
        {"conversion": Share(4, 10), "meetings": Share(900, 1000), "accuracy": Share(0, 0)}
    )
    assert (few.met, few.sure) == (True, False)
    assert (many.met, many.sure) == (True, True)
    assert none.met is None
