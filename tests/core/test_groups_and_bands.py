"""Groups of score rules with caps of their own, and the bands of the total."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.examples import judge
from leadrelay.core.explain import Tracer
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.playbook.values import Cap
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAST = """
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "name"
side = "lead-generation"
"""


def rule(axis, name, when, points, *more):
    return "\n".join([f"[[score.{axis}]]", f"name = '{name}'", f'when = "{when}"', f"points = {points}", *more, ""])


def playbook(text):
    return load(f"name = 'Test'\n{text}\n{LAST}", "my.toml")


def verdicts(plays, *leads):
    """The verdicts of the frame, which the tracer has to share."""
    schema = {"id": pl.String, **{name: plays.schema[name].type.dtype for name in sorted(plays.fields_used)}}
    frame = pl.DataFrame([{"id": str(number), **lead} for number, lead in enumerate(leads)], schema=schema)
    found = Decider(plays, NOW, frozenset(OUTPUTS))(frame).to_dicts()
    traces = [Tracer(plays, NOW)(lead) for lead in leads]
    assert [{name: row[name] for name in OUTPUTS} for row in found] == [trace.outputs for trace in traces]
    return found, traces


WEB = "group = 'Web'"
VISITS = (
    rule("engagement", "Opens mail", "emails_opened > 0", 3)
    + rule("engagement", "Visits", "visits > 0", 6, WEB)
    + rule("engagement", "Reads", "pages_viewed > 9", 5, WEB)
    + rule("engagement", "Bounces", "visits = 1", -9, WEB)
)
CAPPED = VISITS + "[caps]\nengagement = { max = 10 }\n[caps.groups]\nWeb = { min = -2, max = 8 }\n"


def test_a_group_is_capped_before_its_axis_and_says_so():
    (much, little, none), (trace, *_) = verdicts(
        playbook(CAPPED), {"visits": 2, "pages_viewed": 10, "emails_opened": 1}, {"visits": 1}, {}
    )
    assert much["engagement"] == 10
    assert much["reasons"] == "Opens mail +3 · Visits +6 · Reads +5 · Web cap -3 · engagement cap -1"
    assert (little["engagement"], little["reasons"]) == (-2, "Visits +6 · Bounces -9 · Web floor +1")
    assert (none["engagement"], none["reasons"]) == (0, "")
    assert trace.because("engagement")[1:] == [
        "Visits +6: visits > 0 [visits 2]",
        "Reads +5: pages_viewed > 9 [pages_viewed 10]",
        "Web cap -3",
        "engagement cap -1",
    ]
    assert trace.in_short("engagement") == "Opens mail +3, Visits +6, Reads +5, Web cap -3, engagement cap -1"


def test_a_group_of_many_rules_or_with_fading_ones_is_capped_alike():
    many = "".join(rule("intent", f"Topic {size}", f"visits >= {size}", 1, WEB) for size in range(1, 12))
    fading = rule("intent", "Fresh", "visits > 0", 8, WEB, "half_life_days = 10", "since = 'last_activity_at'")
    cap = "[caps.groups]\nWeb = { max = 5 }\n"
    [found], _ = verdicts(playbook(many + cap), {"visits": 20})
    assert (found["intent"], found["reasons"].split(" · ")[-1]) == (5, "Web cap -6")
    [found], _ = verdicts(playbook(fading + cap), {"visits": 1, "last_activity_at": NOW - timedelta(days=1)})
    assert found["reasons"] == "Fresh +7 (fading from +8) · Web cap -2"


def test_a_group_without_a_cap_only_stands_together():
    text = rule("intent", "A", "visits > 0", 1, WEB) + rule("intent", "B", "visits > 0", 2)
    [found], _ = verdicts(playbook(text), {"visits": 1})
    assert found["reasons"] == "B +2 · A +1"


def test_an_example_that_fails_tells_what_the_cap_of_a_group_took():
    expected = "[[examples]]\nname = 'E'\nlead = { visits = 2, pages_viewed = 10 }\nexpect = { engagement = 11 }\n"
    [verdict] = judge(playbook(CAPPED + expected), NOW)
    [difference] = verdict.differences
    assert "Visits +6 · Reads +5 · Web cap -3" in difference.message


def test_the_values_of_groups():
    plays = playbook(CAPPED)
    assert [found.group for found in plays.rules] == ["", "Web", "Web", "Web"]
    assert plays.caps.of_group("Web") == Cap(-2, 8)
    assert plays.caps.of_group("Mail") == Cap()


BANDS = "[bands]\nwarm = 40\nhot = 70\ncold = -3\n"


@pytest.mark.parametrize(
    ("points", "band"), [(70, "hot"), (69, "warm"), (40, "warm"), (39, "cold"), (-3, "cold"), (-4, None)]
)
def test_a_band_is_the_highest_that_the_score_reaches(points, band):
    [found], [trace] = verdicts(playbook(rule("intent", "A", "visits > 0", points) + BANDS), {"visits": 1})
    assert found["band"] == band
    assert trace.because("band") == [f"score {points}"]


def test_without_bands_there_is_none():
    [found], _ = verdicts(playbook(""), {})
    assert found["band"] is None


def test_what_comes_later_may_ask_for_the_band():
    text = rule("intent", "A", "visits > 0", 50) + BANDS + "[[disqualify]]\nname = 'No'\nwhen = \"band = 'warm'\"\n"
    [found], _ = verdicts(playbook(text), {"visits": 1})
    assert found["disqualified"] is True


WRONG = {
    "a cap for nothing": (CAPPED.replace("Web = {", "Wbe = {"), "caps.groups.Wbe: no score rule names", "'Web'"),
    "a cap without groups": ("[caps.groups]\nWeb = { max = 1 }", "no score rule names the group 'Web'", "group = ..."),
    "a group cap upside down": (CAPPED.replace("min = -2", "min = 9"), "caps.groups.Web: the least, 9,", "Exchange"),
    "a group of two axes": (
        VISITS + rule("intent", "X", "visits > 0", 1, WEB),
        "score.intent[0].group: group 'Web' belongs to engagement, by my.toml:",
        "groups of its own",
    ),
    "a group of both fits": (
        rule("fit", "X", "visits > 0", 1, "about = 'contact'", WEB)
        + rule("fit", "Y", "visits > 0", 1, "about = 'organisation'", WEB),
        "group 'Web' belongs to contact fit",
    ),
    "a group like an axis": (VISITS.replace("'Web'", "'Engagement'"), "'Engagement' is an axis, with a cap of its own"),
    "bands that begin together": ("[bands]\nhot = 40\nwarm = 40", "bands.warm: begins where 'hot' does, at 40."),
    "a band of half a point": ("[bands]\nhot = 40.5", "bands.hot: must be a whole number"),
    "a band beyond counting": (f"[bands]\nhot = {10**30}", "bands.hot: must be between -9,007,199,254,740,991 and"),
    "a band too long": (f"[bands]\n{'hot' * 20} = 4", "one line of at most 40 characters"),
    "a band unheard of": (
        f"{BANDS}[[disqualify]]\nname = 'No'\nwhen = \"band = 'hit'\"", "'hit' is never among the words", "'hot'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(case):
    text, *expected = case
    with pytest.raises(ConfigError) as caught:
        playbook(text)
    told = [str(problem) for problem in caught.value.problems]
    assert any(all(words in problem for words in expected) for problem in told), told


AXES = (("contact", "fit"), ("organisation", "fit"), (None, "engagement"), (None, "intent"), (None, "bant"))
LIMITS = st.tuples(st.none() | st.integers(-8, 0), st.none() | st.integers(0, 8))


@st.composite
def grouped(draw):
    """A playbook of random rules in random groups under random caps."""
    rules, groups = [], set()
    for number in range(draw(st.integers(1, 24))):
        about, axis = draw(st.sampled_from(AXES))
        group = draw(st.sampled_from(["", "", f"{about or axis} 1", f"{about or axis} 2"]))
        groups |= {group} - {""}
        more = [f"about = '{about}'"] if about else []
        more += [f"group = '{group}'"] if group else []
        more += ["half_life_days = 5", "since = 'last_activity_at'"] if draw(st.integers(0, 5)) == 0 else []
        when, points = f"visits <> {number}", draw(st.sampled_from([-7, -2, 1, 5]))
        rules.append(rule(axis, f"Rule {number}", when, points, *more))
    limits = {group: draw(LIMITS) for group in sorted(groups)}
    caps = "".join(f"'{group}' = {{ {_cap(*limit)} }}\n" for group, limit in limits.items())
    return playbook("".join(rules) + f"[caps]\nscore = {{ {_cap(*draw(LIMITS))} }}\n[caps.groups]\n{caps}")


def _cap(least, most):
    return ", ".join(f"{key} = {value}" for key, value in (("min", least), ("max", most)) if value is not None)


LEADS = st.lists(
    st.fixed_dictionaries(
        {
            "visits": st.none() | st.integers(0, 24),
            "last_activity_at": st.none() | st.integers(0, 30).map(lambda days: NOW - timedelta(days=days)),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=30, deadline=None)
@given(grouped(), LEADS)
def test_a_score_is_the_sum_of_its_reasons_and_groups_keep_their_caps(plays, leads):
    found, traces = verdicts(plays, *leads)
    for row, trace in zip(found, traces, strict=True):
        reasons = [text.partition(" (fading")[0] for text in row["reasons"].split(" · ") if text]
        assert sum(int(text.rpartition(" ")[2]) for text in reasons) == row["score"]
        for group, cap in plays.caps.groups.items():
            points = sum(one.points for one in trace.rules if one.group == group)
            took = trace.group_caps.get(group, " +0")
            assert cap(points) == points + int(took.rpartition(" ")[2])
