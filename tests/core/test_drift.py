"""What is lost with a field, and that nothing else changes whether the field is gone or empty."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay import playbooks
from leadrelay.core.drift import affected
from leadrelay.core.outputs import OUTPUTS, TEXTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import HANDOFF, Decider

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SHIPPED = load(playbooks.text("it-discovery"), "it-discovery")
BANT = {"bant_met", "bant_unmet", "bant_unknown", "bant_contradicted", "bant", "bant_evidence", "question", "questions"}
SMALL = """
name = "Small"

[bant.need]
met = "pains is not null"
evidence = ["need_summary"]

[[score.fit]]
name = "Reachable"
about = "contact"
when = "email is not null"
points = 5

[[score.engagement]]
name = "Visited"
when = "visits > 3"
points = 5
since = "last_activity_at"
half_life_days = 30

[[score.bant]]
name = "Need"
when = "bant_need = 'met'"
points = 5

[[disqualify]]
name = "Rival"
when = "website = 'rival.example'"

[qualification]
when = "score >= 5"

[[stages]]
name = "ready"
side = "sales"
when = "qualified"

[[stages]]
name = "known"
side = "lead-generation"
when = "city is not null"

[[stages]]
name = "new"
side = "lead-generation"

[handoff]
when = "stage = 'ready' and country = 'US'"
"""


STAGE = ("stage", "stage_label", "side")


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ((), set()),
        (("employees", "language"), set()),
        (("need_summary",), {"bant_evidence"}),
        (("country",), {"handoff"}),
        (("city",), {*STAGE, "handoff"}),
        (("website",), {"disqualified", "qualified", "gate_passed", *STAGE, "handoff", "reasons"}),
        (("email",), {"contact_fit", "fit", "score", "qualified", "gate_passed", *STAGE, "handoff", "reasons"}),
        (("last_activity_at",), {"engagement", "score", "qualified", "gate_passed", *STAGE, "handoff", "reasons"}),
        (("visits",), {"engagement", "score", "qualified", "gate_passed", *STAGE, "handoff", "reasons"}),
        (
            ("pains",),
            {"bant_need", "bant_score", "score", "qualified", "gate_passed", *STAGE, "handoff", "reasons", *BANT},
        ),
    ],
)
def test_what_goes_with_a_field(missing, lost):
    assert affected(load(SMALL, "small.toml"), missing) == lost


def test_without_a_hand_off_there_is_none_to_lose():
    playbook = load(SMALL.partition("[handoff]")[0], "small.toml")
    assert affected(playbook, ["city"]) == {*STAGE}


GATED = SMALL.replace(
    "[[stages]]",
    """
[[qualification.statuses]]
name = "good"
when = "qualified and department is not null"

[[qualification.statuses]]
name = "open"

[[gate]]
name = "Meeting"
when = "meeting_at is not null"

[[gate]]
name = "Good"
when = "qualification = 'good'"

[[stages]]""",
    1,
)


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ("meeting_at", {"gate_passed", "gate_missing"}),
        ("department", {"qualification", "gate_passed", "gate_missing"}),
        ("city", {*STAGE, "handoff"}),
        ("stakeholders", set()),
    ],
)
def test_what_goes_with_a_field_of_the_gate(missing, lost):
    assert affected(load(GATED, "small.toml"), [missing]) == lost


def test_a_stage_that_asks_for_the_gate_goes_with_it():
    playbook = load(GATED.replace('when = "qualified"\n', 'when = "gate_passed"\n'), "small.toml")
    assert affected(playbook, ["meeting_at"]) == {"gate_passed", "gate_missing", *STAGE, "handoff"}


def test_a_grade_hangs_on_fit_and_interest():
    playbook = load(
        SMALL + "[grade]\nfit = { A = 3, B = 2, C = 1 }\ninterest = { 1 = 3, 2 = 2, 3 = 1 }\n", "small.toml"
    )
    assert "grade" in affected(playbook, ["email"])
    assert "grade" in affected(playbook, ["visits"])
    assert "grade" not in affected(playbook, ["pains"])


WAYS = """
[[recycle]]
name = "Elsewhere"
when = "city = 'Paris'"
after = "90 days"

[bands]
hot = 5

[transitions]
new = ["known"]
"""


def test_what_goes_with_the_fields_that_keep_what_was_decided():
    playbook = load(SMALL + WAYS, "small.toml")
    recycling = {"recycled", "recycle_reason", "reengage_on", "recycled_before", "handoff"}
    moves = {*STAGE, "stage_held", "handoff"}
    assert affected(playbook, ["current_stage"]) == moves
    assert affected(playbook, ["current_recycled_before"]) == set()
    other = "[[recycle]]\nname = 'Far'\nwhen = \"city = 'Rome'\"\nafter = '9 days'\n"
    playbook = load(SMALL + WAYS + other, "small.toml")
    for name in ("current_recycle_reason", "current_reengage_on", "current_recycled_before"):
        assert affected(playbook, [name]) == recycling
        assert affected(load(SMALL, "small.toml"), [name]) == set()
    assert affected(playbook, ["city"]) == recycling | moves
    assert "band" in affected(playbook, ["email"])


def test_the_shipped_playbook_keeps_what_a_field_has_no_part_in():
    lost = affected(SHIPPED, ["intent_score"])
    assert {"intent", "score", "grade", "reasons", "stage"} <= lost
    assert not lost & {"fit", "engagement", "bant_score", "qualified", "handoff", "disqualified", *BANT}


VALUES = {
    "text": st.sampled_from(["Banking", "CIO", "a@b.example", "approved", "none", "inbound", "budget holder", "x"]),
    "integer": st.sampled_from([0, 3, 60, 1_200, 9_000]),
    "number": st.sampled_from([0.0, 70.0, 20_000.0, 6e8]),
    "boolean": st.booleans(),
    "date": st.sampled_from([date(2026, 12, 1), date(2029, 1, 1)]),
    "datetime": st.sampled_from([NOW, datetime(2026, 5, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]),
    "list": st.sampled_from([["compliance"], ["ServiceNow", "Excel"], ["too busy"], ["CMDB"], ["NIS2", "DORA", "SOX"]]),
}


@st.composite
def leads(draw):
    return {name: draw(st.none() | VALUES[SHIPPED.schema[name].type.value]) for name in sorted(SHIPPED.fields_used)}


@st.composite
def books(draw):
    """The shipped playbook with some of its parts left out."""
    last = len(SHIPPED.stages) - 1
    rules = draw(st.sets(st.integers(0, len(SHIPPED.rules) - 1)))
    stages = draw(st.sets(st.integers(0, last - 1))) | {last}
    return replace(
        SHIPPED,
        rules=tuple(rule for place, rule in enumerate(SHIPPED.rules) if place in rules),
        stages=tuple(stage for place, stage in enumerate(SHIPPED.stages) if place in stages),
        disqualifiers=SHIPPED.disqualifiers[: draw(st.integers(0, len(SHIPPED.disqualifiers)))],
        grades=draw(st.sampled_from([None, SHIPPED.grades])),
    )


@given(books(), leads(), st.sets(st.sampled_from(sorted(SHIPPED.fields_used)), min_size=1, max_size=4), leads())
@settings(deadline=None, max_examples=25)
def test_what_is_not_affected_is_the_same_whatever_the_missing_field_holds(playbook, lead, missing, other):
    """Whether it is empty, or holds anything else: then it cannot matter that it is gone."""
    schema = {"id": pl.String, **{name: SHIPPED.schema[name].type.dtype for name in sorted(SHIPPED.fields_used)}}
    nulls, others = dict.fromkeys(missing), {name: other[name] for name in missing}
    rows = [{"id": str(number), **lead, **change} for number, change in enumerate(({}, nulls, others))]
    outputs = [name for name in (*OUTPUTS, HANDOFF) if name not in affected(playbook, missing)]
    verdicts = Decider(playbook, NOW, frozenset(TEXTS))(pl.DataFrame(rows, schema=schema)).select(outputs)
    assert verdicts.n_unique() <= 1


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ("employees", {*STAGE, "handoff"}),  # tells the role of one who knows a whole group
        ("phone", {*STAGE, "handoff"}),  # one person counts once in a group
        ("first_name", {*STAGE, "handoff"}),
        ("title", set()),
    ],
)
def test_what_goes_with_a_field_that_tells_a_role_or_a_person(missing, lost):
    text = SMALL.replace("city is not null", "group_size > 3") + "\n[decision_group]\nuser = 'employees > 10'\n"
    playbook = load(text, "small.toml")
    assert affected(playbook, [missing]) == lost


@pytest.mark.parametrize("missing", ["website", "phone", "country", "last_name"])
def test_what_goes_with_a_field_that_tells_who_is_one_person(missing):
    playbook = load(SMALL.replace("city is not null", "duplicates > 0").replace("website", "city"), "small.toml")
    assert {*STAGE} <= affected(playbook, [missing])
    assert affected(playbook, ["employees"]) == set()
