"""The promise of a first response: its clock, its steps, who an escalation is for, what is too old; and its reading."""

from collections import Counter
from datetime import UTC, date, datetime, time

import pytest

from leadrelay.connectors.base import Owner
from leadrelay.core.hours import ALWAYS, Calendar
from leadrelay.core.playbook.loading import load
from leadrelay.core.roster import NO_ROSTER, Member, Rep, bound
from leadrelay.core.sla import addressee, due_step, next_at, timers
from leadrelay.core.topics import drawn
from leadrelay.errors import ConfigError
from tests.core.small import PLAYBOOK

WEEK = ((time(9), time(17)),)
OFFICE = Calendar("office", "UTC", (*(WEEK,) * 5, (), ()), closed=frozenset({date(2026, 12, 24)}))
FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)

SLA = """
[sla]
first_response = "1 hour"
when = "side = 'sales'"
[[sla.steps]]
after = "1 hour"
do = "remind"
[[sla.steps]]
after = "4 hours"
do = "escalate"
[[sla.steps]]
after = "2 days"
do = "escalate"
[escalation]
path = ["manager", "mo@acme.example", "vp@acme.example"]
"""


def playbook(more=SLA):
    return load(PLAYBOOK + more, "playbook.toml")


def problems(more):
    with pytest.raises(ConfigError) as caught:
        playbook(more)
    return [str(problem) for problem in caught.value.problems]


def staff(*active, away=()):
    users = [Owner(str(number), "", email, email not in away) for number, email in enumerate([*active, *away], 1)]
    return bound(NO_ROSTER, users)


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_weekends_and_nights_do_not_count():
    rules = playbook().sla
    assert timers(rules, FRIDAY, OFFICE).due_at == at(23, 9, 30)
    assert timers(rules, FRIDAY, OFFICE).next_at == at(23, 9, 30)
    assert timers(rules, FRIDAY, ALWAYS).due_at == at(20, 17, 30)


def test_holidays_do_not_count():
    eve = datetime(2026, 12, 23, 16, 30, tzinfo=UTC)
    assert timers(playbook().sla, eve, OFFICE).due_at == datetime(2026, 12, 25, 9, 30, tzinfo=UTC)


def test_steps_fall_due_one_by_one():
    rules = playbook().sla
    assert due_step(rules, FRIDAY, OFFICE, 0, at(23, 9, 29)) is None
    assert due_step(rules, FRIDAY, OFFICE, 0, at(23, 12, 31)).do == "remind"
    assert due_step(rules, FRIDAY, OFFICE, 1, at(23, 12, 31)).do == "escalate"
    assert due_step(rules, FRIDAY, OFFICE, 2, at(23, 12, 31)) is None
    assert next_at(rules, FRIDAY, OFFICE, 2, at(23, 12, 31)) == at(24, 16, 30)
    assert due_step(rules, FRIDAY, OFFICE, 3, at(30, 12)) is None
    assert next_at(rules, FRIDAY, OFFICE, 3, at(30, 12)) is None


def test_the_deadline_is_looked_at_before_the_first_step():
    rules = playbook(SLA.replace('first_response = "1 hour"', 'first_response = "30 minutes"')).sla
    assert timers(rules, FRIDAY, OFFICE).next_at == at(20, 17)
    assert next_at(rules, FRIDAY, OFFICE, 0, at(20, 17)) == at(23, 9, 30)


def test_an_escalation_climbs_past_who_is_not_there():
    rules = playbook().sla
    users = staff("vera@acme.example", "mo@acme.example", "vp@acme.example")
    assert addressee(rules, 1, "Vera@acme.example", "9", users).owner == "1"
    assert addressee(rules, 2, "vera@acme.example", "9", users).owner == "2"
    left = staff("vp@acme.example", away=["mo@acme.example"])
    found = addressee(rules, 1, "", "9", left)
    assert (found.owner, found.place) == ("1", 3)
    assert found.skipped == (
        "number 1 of the path is the manager, and the team names none",
        "number 2 of the path is not active in the CRM",
    )
    assert addressee(rules, 2, "", "9", left).owner == ""


def test_nobody_is_told_about_a_lead_of_their_own():
    users = staff("vera@acme.example", "mo@acme.example")
    assert addressee(playbook().sla, 1, "vera@acme.example", "1", users).owner == "2"


def test_a_stage_has_its_limit_in_business_days():
    ageing = playbook("[ageing]\nsal = 2").ageing
    assert ageing.days_over("sal", FRIDAY, at(24, 12), OFFICE) == 0
    assert ageing.days_over("sal", FRIDAY, at(26, 12), OFFICE) == 2
    assert ageing.days_over("name", FRIDAY, at(26, 12), OFFICE) == 0


def test_everything_wrong_is_told_at_once():
    found = problems("""
[sla]
first_response = "soon"
[[sla.steps]]
after = "4 hours"
do = "remind"
[[sla.steps]]
after = "1 hour"
do = "escalat"
[[sla.steps]]
after = "1 hour"
do = "escalate"
[[sla.steps]]
after = "1 hour"
do = "escalate"
[escalation]
path = []
[ageing]
sla = 2
name = 0
""")
    assert len(found) == 8
    assert "'soon' is no interval of business time" in found[0]
    assert "unknown do 'escalat'. Did you mean 'escalate'?" in found[1]
    assert "which waits 4 hours" in found[2]
    assert "stands there already" in found[3]
    assert "no path to escalate along" in found[4]
    assert "Did you mean 'sal'?" in found[6]


def test_a_path_names_managers_and_addresses():
    found = problems('[sla]\nfirst_response = "1 hour"\n[escalation]\npath = ["managr", "a@b.example", "A@b.example"]')
    assert "Did you mean 'manager'?" in found[0]
    assert "stands there already" in found[1]
    assert "there is no [sla]" in problems('[escalation]\npath = ["manager"]')[0]


def test_topics_are_read():
    topic = '[[topics]]\nname = "Pricing"\nwhen = "industry = \'Banking\'"\nto = "ops@acme.example"\n'
    assert playbook(topic).topics[0].subject == "{topic}: {first_name} {last_name}, {company}"
    found = problems(topic + topic + 'within = "later"\nsubject = "{compan}"')
    assert "a topic 'Pricing' is there already" in found[0]
    assert "'later' is no interval" in found[1]
    assert "Did you mean 'company'" in found[2]
    assert "compan" in problems(topic + 'text = "{{ lead.compan }}"')[0]


def test_a_team_shares_its_topics_by_weight():
    reps = [Rep(name, "pre", Member(name, weight=weight)) for name, weight in (("a", 1), ("b", 3))]
    got = Counter(drawn(reps, f"L{number}").owner for number in range(4_000))
    assert 900 < got["a"] < 1_100
    assert drawn(reps[:1], "L1").owner == "a"
    assert drawn([], "L1") is None
