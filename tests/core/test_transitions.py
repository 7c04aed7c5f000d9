"""No transition that the playbook does not list, whatever the playbook, the lead and its stage are."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.explain import Tracer
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEAD = "name = 'Test'\n[qualification]\nwhen = 'bant_met > 0'\n"
STAGES = """
[[stages]]
name = "gone"
label = "Gone for good"
side = "sales"
when = "converted"
[[stages]]
name = "sql"
label = "Sales qualified"
side = "sales"
when = "visits >= 3"
[[stages]]
name = "mql"
side = "lead-generation"
when = "visits >= 2"
[[stages]]
name = "engaged"
side = "lead-generation"
when = "visits >= 1"
[[stages]]
name = "name"
side = "lead-generation"
"""
WAYS = """
[transitions]
name = ["engaged"]
engaged = ["mql", "name"]
mql = ["*"]
"*" = ["gone"]
"""
TOLD = ("stage", "stage_label", "side", "stage_held")


def verdicts(playbook, leads, outputs=OUTPUTS):
    """What both say."""
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in sorted(playbook.fields_used)}}
    rows = [{"id": str(number), **lead} for number, lead in enumerate(leads)]
    found = Decider(playbook, NOW, frozenset(outputs))(pl.DataFrame(rows, schema=schema)).to_dicts()
    traces = [Tracer(playbook, NOW)(lead) for lead in leads]
    assert [{name: row[name] for name in OUTPUTS} for row in found] == [trace.outputs for trace in traces]
    return traces


def stage(here, visits, text=HEAD + STAGES + WAYS, **more):
    [trace] = verdicts(load(text, "my.toml"), [{"current_stage": here, "visits": visits, **more}])
    return trace


@pytest.mark.parametrize(
    ("here", "visits", "taken", "held"),
    [
        (None, 3, "sql", None),
        ("unheard of", 3, "sql", None),
        ("name", 3, "engaged", "sql"),
        ("engaged", 3, "mql", "sql"),
        ("engaged", 2, "mql", None),
        ("engaged", 1, "engaged", None),
        ("engaged", 0, "name", None),
        ("mql", 3, "sql", None),
        ("mql", 0, "name", None),
        ("sql", 2, "sql", "mql"),
        ("sql", None, "sql", "name"),
        ("gone", 1, "gone", "engaged"),
    ],
)
def test_a_lead_takes_the_first_stage_that_holds_and_that_it_may_go_to(here, visits, taken, held):
    outputs = stage(here, visits).outputs
    assert (outputs["stage"], outputs["stage_held"]) == (taken, held)


def test_what_leads_from_every_stage_does_so():
    for here in (None, "name", "engaged", "mql", "sql", "gone"):
        assert stage(here, 3, converted=True).outputs["stage"] == "gone"


def test_a_stage_tells_its_label_and_its_side():
    assert [stage("mql", 3).outputs[name] for name in TOLD] == ["sql", "Sales qualified", "sales", None]
    assert [stage("engaged", 3).outputs[name] for name in TOLD] == ["mql", "mql", "lead-generation", "sql"]


def test_without_transitions_every_move_is_allowed():
    assert [stage("name", 3, HEAD + STAGES).outputs[name] for name in TOLD] == ["sql", "Sales qualified", "sales", None]


def test_what_was_not_allowed_is_told_in_words():
    found = stage("engaged", 3)
    assert found.because("stage") == [
        "mql: visits >= 2 [visits 3]",
        "sql holds, but the playbook lists no way from engaged to sql: visits >= 3 [visits 3]",
        "not gone, which is unknown: converted [converted unknown]",
    ]
    assert found.because("stage_held") == found.because("side") == found.because("stage")
    assert found.in_short("stage") == "no way from engaged to sql, visits 3"


def test_who_stays_for_want_of_a_way_is_told_so():
    found = stage("sql", 0)
    assert found.because("stage")[:2] == [
        "sql: it stays there, since no stage takes it that it may go to",
        "name holds, but the playbook lists no way from sql to name",
    ]
    assert found.in_short("stage") == "no way from sql to name"


def test_the_hand_off_may_ask_for_the_side():
    text = HEAD + STAGES + WAYS + "[handoff]\nwhen = \"side = 'sales' and stage_held is null\"\n"
    playbook = load(text, "my.toml")
    schema = {"id": pl.String, "current_stage": pl.String, "visits": pl.Int64, "converted": pl.Boolean}
    schema |= {name: playbook.schema[name].type.dtype for name in playbook.fields_used}
    leads = [{"id": "1", "current_stage": "mql", "visits": 3}, {"id": "2", "current_stage": "engaged", "visits": 3}]
    assert Decider(playbook, NOW, frozenset())(pl.DataFrame(leads, schema=schema))["handoff"].to_list() == [True, False]


def test_the_fields_that_count_are_asked_for():
    assert "current_stage" in load(HEAD + STAGES + WAYS, "my.toml").fields_used
    assert "current_stage" not in load(HEAD + STAGES, "my.toml").fields_used


WRONG = {
    "a stage unheard of": ("mql = [", "mlq = [", "transitions.mlq: there is no stage 'mlq'.", "'mql'"),
    "a target unheard of": ('"engaged"]\nengaged', '"engage"]\nengaged', "there is no stage 'engage'.", "'engaged'"),
    "no list": ('mql = ["*"]', "mql = 3", "transitions.mql: must be a list, not a whole number."),
    "no ways": (WAYS, "[transitions]\n", "transitions: lists no way from stage to stage."),
    "a side unheard of": (WAYS, "[handoff]\nwhen = \"side = 'seles'\"\n", "'seles' is never among", "'sales'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(case):
    old, new, *expected = case
    text = HEAD + STAGES + WAYS
    assert text.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        load(text.replace(old, new), "my.toml")
    told = [str(problem) for problem in caught.value.problems]
    assert any(all(words in problem for words in expected) for problem in told), told


NAMES = ["a", "b", "c", "d", "e"]


@st.composite
def books(draw):
    """Random stages, and what is listed between them."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    stages = [f"[[stages]]\nname = '{name}'\nside = 'sales'\nwhen = 'visits {draw(WHEN)}'\n" for name in names[:-1]]
    stages.append(f"[[stages]]\nname = '{names[-1]}'\nside = 'sales'\n")
    listed = draw(
        st.dictionaries(
            st.sampled_from([*names, "*"]), st.lists(st.sampled_from([*names, "*"]), max_size=3), min_size=1
        )
    )
    ways = "".join(f"'{here}' = {there}\n" for here, there in listed.items())
    return names, listed, load(f"{HEAD}{''.join(stages)}[transitions]\n{ways}", "my.toml")


WHEN = st.tuples(st.sampled_from(["=", "<>", ">", "<"]), st.integers(0, 3)).map(lambda pair: f"{pair[0]} {pair[1]}")
LEADS = st.lists(
    st.fixed_dictionaries(
        {"current_stage": st.none() | st.sampled_from([*NAMES, "x"]), "visits": st.none() | st.integers(0, 3)}
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=80, deadline=None)
@given(books(), LEADS)
def test_no_transition_that_is_not_listed(book, leads):
    names, listed, playbook = book
    for lead, trace in zip(leads, verdicts(playbook, leads), strict=True):
        here, there = lead["current_stage"], trace.outputs["stage"]
        ways = {*listed.get(here, ()), *listed.get("*", ())}
        assert there in names
        assert here not in names or here == there or there in ways or "*" in ways
        holding = [one.name for one in trace.stages if one.finding is None or one.finding.holds]
        reached = [name for name in holding if here not in names or name == here or name in ways or "*" in ways]
        assert there == (reached or [here])[0]
        assert trace.outputs["stage_held"] == (None if holding[0] == there else holding[0])
