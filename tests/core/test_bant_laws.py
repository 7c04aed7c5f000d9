"""What holds for every playbook whose criteria name their predicates and whose answers expire."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.drift import affected
from leadrelay.core.explain import Tracer
from leadrelay.core.lead import Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.playbook.values import CRITERIA
from leadrelay.core.predicates import bind, to_closure
from leadrelay.core.qualify import HANDOFF, Decider

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
PREDICATES = [
    "budget_amount >= 10",
    "budget_amount < 20",
    "budget_status = 'approved'",
    "not opted_out",
    "timeline_months between 3 and 12 or opted_out",
    "authority is null",
    "bant_checked_at < now() - interval '3 months'",
    "any_of(pains, 'audit', 'cost')",
]
GATE = [
    "qualified",
    "bant_budget = 'met' and bant_need <> 'unmet'",
    "qualification = 'ready'",
    "timeline_months < 6",
    "not disqualified",
]
FIELDS = ["budget_amount", "budget_status", "opted_out", "timeline_months", "authority", "pains"]
PERIODS = ["1 day", "30 days", "2 weeks", "1 month", "6 months", "1 year"]
REST = """
[[disqualify]]
name = "Poor"
when = "budget_amount < 1"

[qualification]
when = "bant_met >= 1"

[[qualification.statuses]]
name = "ready"
when = "qualified and bant_contradicted = 0"

[[qualification.statuses]]
name = "lost"
when = "disqualified or bant_unmet > 1"

[[qualification.statuses]]
name = "open"

[handoff]
when = "gate_passed or stage = 'ready'"

[[stages]]
name = "ready"
side = "sales"
when = "gate_passed and qualification = 'ready'"

[[stages]]
name = "new"
side = "lead-generation"
"""


@st.composite
def sides(draw, side):
    """A predicate, a table of named ones, or nothing."""
    if draw(st.booleans()):
        return f'{side} = "{draw(st.sampled_from(PREDICATES))}"\n'
    named = draw(st.lists(st.sampled_from(PREDICATES), max_size=4))
    pairs = ", ".join(f'"{side.capitalize()} {place}" = "{text}"' for place, text in enumerate(named))
    return f"{side} = {{ {pairs} }}\n" if named else ""


@st.composite
def criteria(draw, name):
    written = draw(sides("met")) + draw(sides("unmet"))
    if not written:
        return ""
    if draw(st.booleans()):
        written += f"evidence = {draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True))}\n"
    if draw(st.booleans()):
        as_of = draw(st.sampled_from(["bant_checked_at", "project_start"]))
        written += f'expires_after = "{draw(st.sampled_from(PERIODS))}"\nas_of = "{as_of}"\n'
    return f'[bant.{name}]\nquestion = "{name}?"\n{written}\n'


@st.composite
def playbooks(draw):
    parts = [draw(criteria(name)) for name in draw(st.permutations(CRITERIA))]
    gate = "".join(f'[[gate]]\nname = "{text}"\nwhen = "{text}"\n' for text in draw(st.sets(st.sampled_from(GATE))))
    return load(f'name = "Drawn"\n{"".join(parts)}{gate}{REST}', "drawn.toml")


DAYS = st.dates(date(2024, 12, 1), date(2026, 5, 1))
VALUES = {
    Type.TEXT: st.sampled_from(["approved", "none", ""]),
    Type.INTEGER: st.integers(0, 14),
    Type.NUMBER: st.sampled_from([0.0, 10.0, 15.5, 20.0]),
    Type.BOOLEAN: st.booleans(),
    Type.DATE: DAYS,
    Type.DATETIME: st.builds(
        lambda day, hours: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours),
        DAYS, st.integers(0, 23),
    ),
    Type.LIST: st.lists(st.sampled_from(["audit", "cost", "x"]), max_size=2),
}  # fmt: skip


@given(playbooks(), st.data())
@settings(max_examples=50, deadline=None)
def test_the_tracer_gives_the_answers_of_the_frame(playbook, data):
    fields = [playbook.schema[name] for name in sorted(playbook.fields_used)]
    lead = st.fixed_dictionaries({field.name: st.none() | VALUES[field.type] for field in fields})
    leads = data.draw(st.lists(lead, min_size=1, max_size=5))
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in fields}}
    frame = pl.DataFrame([{"id": str(number), **lead} for number, lead in enumerate(leads)], schema=schema)
    tracer = Tracer(playbook, NOW)
    for row, lead in zip(Decider(playbook, NOW, frozenset(OUTPUTS))(frame).iter_rows(named=True), leads, strict=True):
        found = tracer(lead)
        assert {name: row[name] for name in OUTPUTS} == found.outputs
        assert row["handoff"] is bool(found.handoff.holds)
        assert all(isinstance(found.because(name), list) for name in OUTPUTS)
        assert all(isinstance(found.in_short(name), str) for name in OUTPUTS)


@given(playbooks(), st.data())
@settings(max_examples=30, deadline=None)
def test_what_is_not_affected_is_the_same_whatever_the_missing_field_holds(playbook, data):
    fields = [playbook.schema[name] for name in sorted(playbook.fields_used)]
    values = {field.name: st.none() | VALUES[field.type] for field in fields}
    lead, other = data.draw(st.tuples(*[st.fixed_dictionaries(values)] * 2))
    missing = data.draw(st.sets(st.sampled_from(sorted(values)), min_size=1, max_size=2))
    changes = ({}, dict.fromkeys(missing), {name: other[name] for name in missing})
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in fields}}
    frame = pl.DataFrame([{"id": str(at), **lead, **change} for at, change in enumerate(changes)], schema=schema)
    outputs = [name for name in (*OUTPUTS, HANDOFF) if name not in affected(playbook, missing)]
    assert Decider(playbook, NOW, frozenset(OUTPUTS))(frame).select(outputs).n_unique() <= 1


EXPIRIES = {
    period: load(
        f'name = "One"\n[bant.need]\nmet = "opted_out"\nexpires_after = "{period}"\nas_of = "bant_checked_at"\n{REST}',
        "one.toml",
    )
    .criteria[2]
    .expiry
    for period in PERIODS
}


@given(st.sampled_from(PERIODS), st.dates(date(2023, 1, 1), date(2029, 1, 1)), st.integers(0, 86_399_999))
@settings(max_examples=60, deadline=None)
def test_an_answer_expires_once_on_the_day_that_is_told(period, asked, millisecond):
    expiry = EXPIRIES[period]
    moment = datetime(asked.year, asked.month, asked.day, tzinfo=UTC) + timedelta(milliseconds=millisecond)
    until = expiry.until(asked)
    days = [asked + timedelta(days=ahead) for ahead in range((until - asked).days + 40)]
    noons = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days)
    fresh = [to_closure(bind(expiry.fresh.node, noon))({"bant_checked_at": moment}) for noon in noons]
    assert all(not later or earlier for earlier, later in pairwise(fresh))
    assert days[fresh.index(False)] == until


@given(st.sampled_from(PERIODS), DAYS)
@settings(max_examples=40, deadline=None)
def test_the_frame_tells_the_same_day(period, asked):
    text = f'[bant.need]\nmet = "not opted_out"\nexpires_after = "{period}"\nas_of = "project_start"\n'
    playbook = load(f'name = "One"\n{text}{REST}', "one.toml")
    schema = {"id": pl.String, "project_start": pl.Date, "opted_out": pl.Boolean, "budget_amount": pl.Float64}
    frame = pl.DataFrame([{"id": "1", "project_start": asked, "opted_out": False}], schema=schema)
    told = Decider(playbook, NOW, frozenset(["bant_evidence"]))(frame)["bant_evidence"].item()
    until = playbook.criteria[2].expiry.until(asked)
    expected = f"Need unknown, expired {until}: " if until <= NOW.date() else f"opted_out no (asked {asked});"
    assert expected in told
