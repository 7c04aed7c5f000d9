"""What holds for every playbook and every lead: the frame and the tracer agree, scores are the sum of their reasons."""

import re
from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay import playbooks
from leadrelay.core.explain import Tracer
from leadrelay.core.lead import Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DEFAULT = load(playbooks.text("it-discovery"), "it-discovery.toml")
KNOTTY = load(
    """
name = "Caps that bind on both sides, dates of both kinds, every type as evidence, more than eight rules in a group"

[fields.weight]
type = "number"
meaning = "A number with decimals"
axis = "organisation"

[fields.keen]
type = "boolean"
meaning = "Yes or no"

[fields.renewal]
type = "date"
meaning = "A day"

[fields.seen]
type = "datetime"
meaning = "A moment"

[bant.budget]
met = "weight >= 10"
unmet = "weight < 20"
evidence = ["weight", "keen", "renewal", "seen", "technologies", "need_summary", "employees"]
question = "Weight?"

[bant.need]
unmet = "not keen"
question = ["Keen?", "How keen?"]

[[score.engagement]]
name = "Heavy"
group = "Group 1"
when = "weight > 5"
points = -13
half_life_days = 3.5
since = "seen"

[[score.engagement]]
name = "Renews"
group = "Group 1"
when = "keen or weight < 2"
points = 40
half_life_days = 100
since = "renewal"

[[score.bant]]
name = "Contradiction 1"
when = "bant_contradicted > 0 or bant_budget = 'unknown'"
points = 5
"""
    + "".join(
        f"[[score.fit]]\nname = 'Size {size}'\nabout = 'organisation'\nwhen = 'employees >= {size}'\n"
        f"points = {(-1) ** size * size * 3}\n" + (f"group = 'Size {size % 3}'\n" if size > 9 else "")
        for size in range(1, 20)
    )
    + """
[caps]
organisation = { min = -4, max = 9 }
fit = { max = 7 }
engagement = { min = -10, max = 25 }
score = { min = 2, max = 30 }

[caps.groups]
"Group 1" = { max = 22, min = -9 }
"Size 1" = { min = -5 }
"Size 2" = { max = 12 }

[bands]
warm = 5
hot = 20

[grade]
fit = { A = 6, B = 3, C = -1 }
interest = { 1 = 20, 2 = 5, 3 = -9 }

[[disqualify]]
name = "Old"
when = "seen < now() - interval '3 years'"

[qualification]
when = "bant_budget = 'met' or score > 25"

[[recycle]]
name = "Too light"
when = "weight < 2"
after = "1 month"

[[recycle]]
name = "Not keen"
when = "not keen and band is null"
after = "2 weeks"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"

[[stages]]
name = "sql"
side = "sales"
when = "qualified and grade in ('A1', 'A2', 'B1')"

[[stages]]
name = "mql"
side = "lead-generation"
when = "score >= 10"

[[stages]]
name = "name"
side = "lead-generation"

[transitions]
name = ["mql"]
mql = ["sql", "recycled"]
"*" = ["name"]
""",
    "knotty.toml",
)
WORDS = {
    "title": [
        "CIO",
        "Head of IT",
        "Assistant to the CIO",
        "IT Asset Manager",
        "Werkstudent IT",
        "情報システム部長",
        "n/a",
    ],
    "email": ["a@gmail.com", "a@corp.example", "a@bmc.com"],
    "industry": ["Banking", "retail", "Zoo"],
    "department": ["IT", "Informatik", "Sales"],
    "decision_role": ["budget holder", "influencer", "user"],
    "source": ["inbound", "referral", "event", "mql", "outbound"],
    "status": ["Working - Contacted", "Closed - Not Converted", "new"],
    "budget_status": ["approved", "planned", "none"],
    "authority": ["decides", "influences", "none"],
    "cmdb_status": ["none", "inaccurate", "accurate"],
    "current_stage": ["sql", "mql", "name", "recycled", "gone"],
    "current_recycle_reason": ["Too light", "Not keen", "Whim"],
    "current_recycled_before": ["Too light", "Not keen", "Not keen · Too light", "Whim"],
    "initiatives": ["CMDB rebuild", "Merger integration", "x"],
    "need_summary": ["word " * 15, "word " * 16, "ä" * 80, "ä" * 81, "😅" * 100, ""],
}
LISTS = ["asset visibility", "CMDB accuracy", "ServiceNow", "Excel", "NIS2", "ISO 27001", "CMDB", "too busy", ""]
VALUES = {
    Type.TEXT: st.sampled_from(["Acme", "test", " x "]),
    Type.INTEGER: st.one_of(st.integers(0, 20), st.sampled_from([49, 50, 250, 999, 1000, 5000, 10**9])),
    Type.NUMBER: st.one_of(
        st.sampled_from([0.0, 0.005, 1.005, 59.99, 60.0, 80.0, 1e4, 12345.678, -2.5, 5e8]),
        st.floats(-1e9, 1e9, allow_subnormal=False),
    ),
    Type.BOOLEAN: st.booleans(),
    Type.DATE: st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    Type.DATETIME: st.integers(-900 * 86_400_000, 1600 * 86_400_000).map(lambda ms: NOW - timedelta(milliseconds=ms)),
    Type.LIST: st.lists(st.sampled_from(LISTS), max_size=4),
}


def leads_of(playbook):
    fields = [playbook.schema[name] for name in sorted(playbook.fields_used)]
    values = {
        field.name: st.none() | (st.sampled_from(WORDS[field.name]) if field.name in WORDS else VALUES[field.type])
        for field in fields
    }
    return st.lists(st.fixed_dictionaries(values), min_size=1, max_size=6)


def frame(playbook, leads):
    schema = {"id": pl.String, **{name: playbook.schema[name].type.dtype for name in sorted(playbook.fields_used)}}
    return pl.DataFrame([{"id": str(number), **lead} for number, lead in enumerate(leads)], schema=schema)


PLAYBOOKS = {"default": DEFAULT, "knotty": KNOTTY}
DECIDERS = {name: Decider(playbook, NOW, frozenset(OUTPUTS)) for name, playbook in PLAYBOOKS.items()}
TRACERS = {name: Tracer(playbook, NOW) for name, playbook in PLAYBOOKS.items()}
CASES = st.one_of(st.tuples(st.just(name), leads_of(playbook)) for name, playbook in PLAYBOOKS.items())
quick = settings(max_examples=40, deadline=None)


def verdicts(name, leads):
    return DECIDERS[name](frame(PLAYBOOKS[name], leads))


@quick
@given(CASES)
def test_the_tracer_gives_the_answers_of_the_frame(case):
    name, leads = case
    playbook, tracer = PLAYBOOKS[name], TRACERS[name]
    for row, lead in zip(verdicts(name, leads).iter_rows(named=True), leads, strict=True):
        trace = tracer(lead)
        assert {name: row[name] for name in OUTPUTS} == trace.outputs
        words = [row[f"mask_{number}"] for number in range(-(-len(playbook.rules) // 63))]
        spoke = [bool(words[number // 63] >> number % 63 & 1) for number in range(len(playbook.rules))]
        assert spoke == [found.points != 0 for found in trace.rules]
        assert all(isinstance(trace.because(name), list) for name in OUTPUTS)


@quick
@given(CASES)
def test_a_score_is_the_sum_of_its_reasons(case):
    for row in verdicts(*case).iter_rows(named=True):
        reasons = [text for text in row["reasons"].split(" · ") if text and not text.startswith("Disqualified: ")]
        assert (
            sum(int(re.search(r" ([+-]\d+)(?: \(fading from [+-]\d+\))?$", text)[1]) for text in reasons)
            == row["score"]
        )


@quick
@given(CASES)
def test_scores_stay_within_their_caps(case):
    playbook = PLAYBOOKS[case[0]]
    for row in verdicts(*case).iter_rows(named=True):
        assert all(playbook.caps[name](row[name]) == row[name] for name in playbook.caps.by_output)


@quick
@given(CASES, st.randoms())
def test_a_verdict_depends_on_the_lead_alone(case, random):
    name, leads = case
    whole = verdicts(name, leads).drop("id").rows()
    assert [verdicts(name, [lead]).drop("id").row(0) for lead in leads] == whole
    order = random.sample(range(len(leads)), len(leads))
    assert verdicts(name, [leads[number] for number in order]).drop("id").rows() == [whole[number] for number in order]


@quick
@given(leads_of(DEFAULT), st.data())
def test_forgetting_a_value_makes_no_criterion_met_or_unmet(leads, data):
    dates = {criterion.expiry.as_of for criterion in DEFAULT.criteria if criterion.expiry}  # without it, all counts
    name = data.draw(st.sampled_from(sorted(DEFAULT.fields_used - dates)))
    before, after = verdicts("default", leads), verdicts("default", [{**lead, name: None} for lead in leads])
    for criterion in DEFAULT.criteria:
        for was, now in zip(before[criterion.output], after[criterion.output], strict=True):
            assert now in (was, "unknown") or was == "contradicted"
