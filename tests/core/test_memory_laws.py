"""A record's state as one number: our own write is recognised however the CRM spells it, and nothing else is."""

import subprocess
import sys
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.changes import Planner, Policy, Write
from leadrelay.core.lead import Type
from leadrelay.core.memory import Recogniser

quick = settings(max_examples=25, deadline=None)
INPUTS = ["Email", "Title"]
KINDS = [(kind, policy) for kind in Type for policy in (Policy.OWN, Policy.UNLESS_EDITED)]
WRITES = [
    Write(f"{kind.value}_{policy.value}", kind, policy, "source") for kind, policy in [*KINDS, (Type.TEXT, Policy.FILL)]
]
PLANNER = Planner(WRITES)
RECOGNISER = Recogniser(INPUTS, PLANNER, "rules")
DAY, MOMENT = date(2026, 1, 31), datetime(2026, 1, 31, 12, tzinfo=UTC)
# Each value with the texts that mean it: what the CRMs write, and what else is known to be the same.
SPELLED = {
    Type.TEXT: {"a": ["a"], "A": ["A"], "b": ["b"]},
    Type.INTEGER: {0: ["0", "0.0"], 20: ["20", "20.0", "2.0E1"]},
    Type.NUMBER: {20.0: ["20", "20.0"], 0.5: ["0.5", ".5"]},
    Type.BOOLEAN: {True: ["true"], False: ["false"]},
    Type.DATE: {DAY: ["2026-01-31", "2026-01-31T00:00:00.000Z"]},
    Type.DATETIME: {MOMENT: ["2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000+0000"]},
    Type.LIST: {("a",): ["a"], ("a", "b"): ["a;b", "b;a", "b; a"]},
}
NOTHING = [None, ""]
ODD = {kind: [] if kind in {Type.TEXT, Type.LIST} else ["odd", "even"] for kind in Type}
MEANS = {
    kind: {text: value for value, texts in known.items() for text in texts}
    | dict.fromkeys(NOTHING)
    | {odd: f"? {odd}" for odd in ODD[kind]}
    for kind, known in SPELLED.items()
}


@st.composite
def records(draw, ids=("1", "2")):
    rows = [
        {"id": lead, **{name: draw(st.sampled_from([None, "", "x", "y"])) for name in INPUTS}}
        | {write.field: draw(st.sampled_from(list(MEANS[write.type]))) for write in WRITES}
        for lead in ids
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


@st.composite
def wishes(draw, ids=("1", "2")):
    rows = [{"id": lead} | {write.field: draw(wish(write.type)) for write in WRITES} for lead in ids]
    return pl.DataFrame(rows, schema={"id": pl.String} | {write.field: write.type.dtype for write in WRITES})


def wish(kind):
    values = [list(value) if isinstance(value, tuple) else value for value in SPELLED[kind]]
    return st.sampled_from([None, *values])


@st.composite
def memories(draw, ids=("1", "2")):
    """What we wrote last into the fields that people may edit too."""
    shared = [write for write in WRITES if write.policy is not Policy.OWN]
    texts = {kind: [None, *(first for first, *_ in SPELLED[kind].values())] for kind in Type}
    rows = [{"id": lead} | {write.field: draw(st.sampled_from(texts[write.type])) for write in shared} for lead in ids]
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def applied(draw, frame, plan):
    """The records with the plan carried out, in one of the spellings that mean the same."""
    wanted = {update.id: update.fields for update in plan.updates}
    rows = []
    for row in frame.to_dicts():
        written = wanted.get(row["id"], {})
        row |= {
            write.field: respelled(draw, write.type, written[write.field]) for write in WRITES if write.field in written
        }
        rows.append(row)
    return pl.DataFrame(rows, schema=frame.schema)


def respelled(draw, kind, payload):
    if payload is None:
        return draw(st.sampled_from(NOTHING))
    text = str(payload).lower() if kind is Type.BOOLEAN else str(payload)
    meant = MEANS[kind][text]
    return draw(st.sampled_from(SPELLED[kind][meant]))


def meaning(row):
    """What a state is, without our code: inputs to the letter, written fields by what they mean."""
    return tuple(row[name] for name in INPUTS), tuple(MEANS[write.type][row[write.field]] for write in WRITES)


@given(st.data(), records(), wishes(), memories())
@quick
def test_our_own_write_is_recognised(data, frame, wanted, seen):
    plan = PLANNER.plan(frame, wanted, seen)
    done = applied(data.draw, frame, plan)
    assert RECOGNISER.after(frame, plan).equals(RECOGNISER.of(done))
    assert plan.after.schema == PLANNER.typed(frame).schema


@given(records(("1",) * 4))
@quick
def test_states_are_equal_just_when_they_mean_the_same(frame):
    numbers, states = RECOGNISER.of(frame).to_list(), [meaning(row) for row in frame.to_dicts()]
    for one, first in zip(numbers, states, strict=True):
        for other, second in zip(numbers, states, strict=True):
            assert (one == other) == (first == second)


@given(st.data(), records(("1",)))
@quick
def test_any_edit_makes_another_state(data, frame):
    name = data.draw(st.sampled_from([*INPUTS, *(write.field for write in WRITES)]))
    known = next((MEANS[write.type] for write in WRITES if write.field == name), dict.fromkeys([None, "", "x", "y"]))
    edited = frame.with_columns(pl.lit(data.draw(st.sampled_from(list(known))), pl.String).alias(name))
    same = meaning(frame.row(0, named=True)) == meaning(edited.row(0, named=True))
    assert RECOGNISER.of(frame).equals(RECOGNISER.of(edited)) is same


@given(records(("1", "2", "3")), wishes(("3", "1")), memories(("3", "1")))
@quick
def test_what_a_plan_does_not_decide_stays_as_it_is(frame, wanted, seen):
    plan = PLANNER.plan(frame, wanted, seen)
    after, now = RECOGNISER.after(frame, plan), RECOGNISER.of(frame)
    assert after[1] == now[1]
    alone = frame.filter(pl.col("id") == "3")
    assert after[2] == RECOGNISER.after(alone, PLANNER.plan(alone, wanted[:1], seen))[0]


@given(records())
@quick
def test_other_rules_give_other_numbers(frame):
    other = Recogniser(INPUTS, PLANNER, "other rules").of(frame)
    assert not set(other) & set(RECOGNISER.of(frame))


def test_neither_the_id_nor_the_stamp_is_part_of_a_state():
    frame = pl.DataFrame({"id": ["1", "2"], "modified": ["a", "b"], "Email": ["x", "x"]})
    numbers = Recogniser(["Email"], Planner([])).of(frame)
    assert numbers[0] == numbers[1]
    assert numbers.dtype == pl.Int64


def test_what_is_written_counts_by_value_even_where_it_is_read_too():
    planner = Planner([Write("Size", Type.INTEGER, Policy.OWN, "employees")])
    frame = pl.DataFrame({"id": ["1", "2"], "Size": ["20", "20.0"]})
    numbers = Recogniser(["Size", "Size"], planner).of(frame)
    assert numbers[0] == numbers[1]


def test_an_empty_page():
    frame = pl.DataFrame(schema={"id": pl.String, "Email": pl.String, "Size": pl.String})
    planner = Planner([Write("Size", Type.INTEGER, Policy.OWN, "employees")])
    wanted = pl.DataFrame(schema={"id": pl.String, "Size": pl.Int64})
    plan = planner.plan(frame, wanted, pl.DataFrame(schema={"id": pl.String}))
    assert Recogniser(["Email"], planner).after(frame, plan).is_empty()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_numbers_are_the_same_in_another_process(seed):
    script = (
        "import polars as pl\n"
        "from leadrelay.core.changes import Planner\n"
        "from leadrelay.core.memory import Recogniser\n"
        "frame = pl.DataFrame({'id': ['1', '2'], 'A': ['x', None], 'B': ['y', 'z']})\n"
        "print(*Recogniser(['A', 'B'], Planner([]), 'f').of(frame))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
    )
    frame = pl.DataFrame({"id": ["1", "2"], "A": ["x", None], "B": ["y", "z"]})
    assert done.stdout.split() == [str(number) for number in Recogniser(["A", "B"], Planner([]), "f").of(frame)]
