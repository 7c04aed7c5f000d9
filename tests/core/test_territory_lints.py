"""Assignment rules that overlap, or that no lead ever reaches."""

from datetime import UTC, datetime

import pytest

from leadrelay.core.lints.lint import lint
from leadrelay.core.playbook.loading import load

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEAD = """name = "p"
[qualification]
when = "employees > 10"
[[stages]]
name = "raw"
side = "lead-generation"
[teams.north]
members = [{ email = "a@x.example" }]
[teams.south]
members = [{ email = "b@x.example" }]
[assignment]
fallback = "a@x.example"
"""


def rules(*pairs):
    text = HEAD
    for number, (when, goal) in enumerate(pairs):
        condition = f'when = "{when}"\n' if when else ""
        text += f'[[assignment.rules]]\nname = "{"ABCDEF"[number]}"\n{condition}{goal}\n'
    return [(one.place, one.message, one.hint) for one in lint(load(text, "p.toml"), NOW)]


NORTH, SOUTH, QUEUE = 'team = "north"', 'team = "south"', 'queue = "Inbound"'


def test_rules_that_share_no_lead_are_fine():
    assert rules(("country = 'Germany'", NORTH), ("country in ('Spain', 'Italy')", SOUTH), ("", QUEUE)) == []


def test_rules_of_the_same_goal_may_share_leads():
    assert rules(("country = 'Germany'", NORTH), ("employees >= 1000", NORTH)) == []


@pytest.mark.parametrize(
    ("first", "second", "lead"),
    [
        ("country in ('Germany', 'Austria')", "country in ('Austria', 'Spain')", "a lead with country Austria"),
        ("country = 'Germany'", "employees >= 1000", "a lead with country Germany, employees 1000"),
        ("employees >= 100", "employees between 50 and 200", "a lead with employees 200"),
        ("any_of(technologies, 'SAP')", "lower(industry) like '%bank%'", ""),
    ],
)
def test_of_rules_that_share_leads_the_first_wins(first, second, lead):
    ((place, message, hint),) = rules((first, NORTH), (second, SOUTH))
    assert place == "p.toml:19 assignment.rules[1].when"
    assert message.startswith("'A' stands before 'B' and wins where both hold, such as for ")
    assert lead in message
    assert not hint


def test_each_rule_is_told_of_once():
    found = rules(("country = 'Germany'", NORTH), ("employees >= 1000", SOUTH), ("industry = 'Banking'", QUEUE))
    assert [message[:20] for _, message, _ in found] == ["'A' stands before 'B", "'A' stands before 'C"]


def test_a_rule_that_gets_no_lead_is_told():
    ((place, message, _),) = rules(("employees >= 100", NORTH), ("employees >= 1000", SOUTH))
    assert place == "p.toml:19 assignment.rules[1].when"
    assert message == "no lead comes to assignment rule 'B': 'A' stands before it, and takes all of its leads."
    two = rules(("employees < 50", NORTH), ("employees >= 50", NORTH), ("employees between 40 and 60", SOUTH))
    assert "no lead comes to assignment rule 'C': 'A' or 'B' stands before it" in two[0][1]


def test_a_rule_that_can_never_hold_is_told():
    ((_, message, _),) = rules(("employees > 10 and employees < 5", NORTH), ("", SOUTH))
    assert message.startswith("assignment rule 'A' can never hold")


def test_what_follows_the_hand_off_is_looked_at_too():
    sales = "[sales]\nrejected = \"sales_verdict = 'no' and sales_verdict = 'yes'\"\n"
    topic = '[[topics]]\nname = "T"\nto = "a@x.example"\nwhen = "employees < 0 and employees > 0"\n'
    found = [one.message for one in lint(load(HEAD.partition("[assignment]")[0] + sales + topic, "p.toml"), NOW)]
    assert [message.partition(" can never")[0] for message in found] == ["topic 'T'", "'rejected' of sales"]
