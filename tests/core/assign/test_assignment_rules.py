"""`[assignment]`: read, checked, and the same rule for a frame of leads and for one lead that is explained."""

import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.assign.columns import ASSIGN
from leadrelay.core.assign.values import HANDOFF_TEAM, STEPS, Via
from leadrelay.core.drift import affected
from leadrelay.core.examples import judge
from leadrelay.core.explain import trace
from leadrelay.core.playbook.assignment import MOST_BACK, NOT_BACK_TO
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import qualify
from leadrelay.errors import ConfigError
from tests.pages import boxes, page

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BASE = """
name = "Small"

[qualification]
when = "email is not null"

[[stages]]
name = "ready"
side = "sales"
when = "qualified"

[[stages]]
name = "new"
side = "lead-generation"
"""
TEAMS = """
[[teams.enterprise.members]]
email = "ann@acme.example"
languages = ["de"]

[[teams.rest.members]]
email = "bob@acme.example"
"""
RULES = """
[assignment]
when = "side = 'sales'"
fallback = "vera@acme.example"
value = "revenue"

[[assignment.rules]]
name = "DACH enterprise"
when = "country in ('DE', 'AT') and employees >= 1000"
team = "enterprise"

[[assignment.rules]]
name = "Ready elsewhere"
when = "stage = 'ready' or employees >= 100"
team = "rest"

[[assignment.rules]]
name = "Small fry"
when = "employees < 10"
queue = "Inbound"

[handoff]
when = "gate_passed and team = 'enterprise'"
"""
WHOLE = BASE + TEAMS + RULES


def problems_of(text):
    with pytest.raises(ConfigError) as caught:
        load(text, "p.toml")
    return [str(problem) for problem in caught.value.problems]


def test_all_of_it_is_read():
    playbook = load(WHOLE, "p.toml")
    rules = playbook.assignment
    goals = [(rule.name, rule.team, rule.queue) for rule in rules.territories]
    assert goals[1:] == [("Ready elsewhere", "rest", ""), ("Small fry", "", "Inbound")]
    assert (rules.order, rules.not_back_to, rules.count, rules.value) == (tuple(Via)[1:5], 2, "leads", "revenue")
    assert rules.asks == ("language", "revenue")
    assert rules.territories[0].place.startswith("p.toml:")
    assert {"country", "employees", "language", "revenue"} <= playbook.fields_used


LEADS = st.lists(
    st.fixed_dictionaries(
        {
            "country": st.sampled_from(["DE", "AT", "US", None]),
            "employees": st.sampled_from([None, 1, 9, 10, 100, 999, 1000]),
            "email": st.sampled_from(["x@y.example", None]),
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("text", [WHOLE, BASE + TEAMS + RULES.replace('when = "employees < 10"\n', "")])
@given(rows=LEADS)
@settings(max_examples=25, deadline=None)
def test_a_frame_and_a_trace_say_the_same(text, rows):
    playbook = load(text, "p.toml")
    columns = {name: field.type.dtype for name, field in playbook.schema.items()}
    frame = pl.DataFrame(rows, schema=columns).with_columns(pl.Series("id", [str(n) for n in range(len(rows))]))
    for verdict, row in zip(qualify(frame, playbook, NOW, frozenset()).iter_rows(named=True), rows, strict=True):
        found = trace(row, playbook, NOW)
        assert {name: found.outputs[name] for name in ("territory", "team")} == {
            name: verdict[name] for name in ("territory", "team")
        }
        assert verdict["handoff"] is bool(found.handoff.holds)
        assert verdict[ASSIGN] is bool(found.assign.holds)


def test_a_trace_tells_which_rule_speaks_and_why_no_other_does():
    playbook = load(WHOLE, "p.toml")
    found = trace({"country": "US", "employees": 200}, playbook, NOW)
    assert found.because("team") == [
        "Ready elsewhere: stage = 'ready' or employees >= 100 [stage new, employees 200]",
        "not DACH enterprise, which does not hold: "
        "country in ('DE', 'AT') and employees >= 1000 [country US, employees 200]",
    ]
    assert found.in_short("territory") == "stage new, employees 200"
    nobody = trace({"employees": 50}, playbook, NOW)
    assert (nobody.outputs["team"], nobody.in_short("team")) == (None, "no rule speaks for the lead")
    assert len(nobody.because("team")) == 3


def test_owners_alone_are_one_team_of_equals():
    playbook = load(BASE + '[handoff]\nowners = ["a@acme.example", "b@acme.example"]\n', "p.toml")
    assert playbook.assignment.usual == HANDOFF_TEAM
    members = playbook.roster.teams[HANDOFF_TEAM].members
    assert [(member.email, member.weight) for member in members] == [("a@acme.example", 1), ("b@acme.example", 1)]
    assert trace({}, playbook, NOW).outputs["team"] == HANDOFF_TEAM


def test_without_any_of_it_nobody_is_assigned():
    playbook = load(BASE, "p.toml")
    assert playbook.assignment.goals == ()
    assert trace({}, playbook, NOW).outputs["team"] is None


def test_one_team_needs_no_rules():
    playbook = load(BASE + TEAMS.partition("[[teams.rest")[0] + "[assignment]\n", "p.toml")
    assert playbook.assignment.usual == "enterprise"


def test_what_goes_with_a_field():
    playbook = load(WHOLE, "p.toml")
    assert affected(playbook, ["country"]) == {"territory", "team", "handoff"}
    stage = {"stage", "stage_label", "side", "qualified", "gate_passed"}
    assert affected(playbook, ["email"]) == {*stage, "territory", "team", "handoff", "assign"}


def test_examples_may_expect_both():
    example = """
[[examples]]
name = "Big in Berlin"
lead = { country = "DE", employees = 5000 }
expect = { territory = "DACH enterprise", team = "rest" }
"""
    (judged,) = judge(load(WHOLE + example, "p.toml"), NOW)
    (difference,) = judged.differences
    assert difference.message.startswith("team is enterprise, not rest: DACH enterprise: country in")
    wrong = problems_of(WHOLE + example.replace('team = "rest"', 'team = "rests"'))
    assert any("'rests' is never the team of a lead" in problem for problem in wrong)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('team = "rest"', 'team = "rset"', ["there is no team 'rset'", "Did you mean 'rest'?"]),
        ('queue = "Inbound"', 'queue = "rest"', ["'rest' is a team", "Write: team = 'rest'"]),
        ('queue = "Inbound"', 'queue = "Inbound"\nteam = "rest"', ["either a team or a queue"]),
        ('queue = "Inbound"\n', "", ["either a team or a queue"]),
        ('name = "Small fry"', 'name = "Ready elsewhere"', ["a rule 'Ready elsewhere' is there already"]),
        (
            "when = \"stage = 'ready' or employees >= 100\"\n",
            "",
            ["'Ready elsewhere' stands before it, and takes every lead"],
        ),
        ("stage = 'ready' or employees >= 100", "true", ["'Ready elsewhere' stands before it"]),
        ('fallback = "vera@acme.example"\n', "", ["nobody can be found for", "fallback ="]),
        ('value = "revenue"', 'value = "country"', ["lead field 'country' is no number"]),
        ('value = "revenue"', 'value = "revenu"', ["lead field 'revenu' is unknown", "revenue"]),
        ('value = "revenue"', 'count = "value"', ["nothing says what a lead is worth"]),
        ('value = "revenue"', 'count = "money"', ["unknown count 'money'", "leads, value"]),
        ('value = "revenue"', 'order = ["expertice", "fair"]', ["unknown step 'expertice'", "expertise"]),
        ('value = "revenue"', 'order = ["fair", "expertise"]', ["the last step is always 'fair'"]),
        ('value = "revenue"', 'order = ["expertise", "expertise", "fair"]', ["'expertise' stands there twice"]),
        ('value = "revenue"', "not_back_to = -1", ["must be between 0 and 20"]),
        ('value = "revenue"', "falback = 1", ["unknown key 'falback'", "fallback"]),
        ("employees < 10", "territory = 'x'", ["territory"]),
        ("team = 'enterprise'", "team = 'enterprize'", ["'enterprize' is never among the words"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(old, new, told):
    assert old in WHOLE
    found = problems_of(WHOLE.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith("p.toml:")
    assert all(words in found[0] for words in told), found[0]


def test_everything_is_told_at_once():
    text = WHOLE.replace('team = "rest"', 'team = "x"').replace('fallback = "vera@acme.example"', "not_back_to = 99")
    assert len(problems_of(text)) == 3


def test_rules_are_missing_where_there_are_several_teams():
    found = problems_of(BASE + TEAMS + "[assignment]\nnot_back_to = 1\n")
    assert "no rule says which team gets a lead" in found[0]


def test_the_page_of_the_assignment_is_a_playbook_that_holds():
    text = page("assignment.md")
    playbook = load(BASE + "".join(boxes(text, "toml")), "p.toml")
    assert [judged.passed for judged in judge(playbook, NOW)] == [True]
    assert all(f"| `{step}` | " in text for step in STEPS)
    keys = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", text, re.MULTILINE)
    assert keys == ["when", "order", "not_back_to", "count", "value", "fallback"]
    assert f"0 to {MOST_BACK} | {NOT_BACK_TO} |" in text
