"""How values are rounded, aged and spelled, where two engines have to agree."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.core.decay import age_in_days, fading, half_away, points_at
from leadrelay.core.layers import Layers
from leadrelay.core.lead import LEAD, Axis, Field, Type
from leadrelay.core.lookup import Words, merged, pack
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Decay, Rule
from leadrelay.core.predicates import parse
from leadrelay.core.shown import shown, shown_expr, text_expr

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.5, 1),
        (-0.5, -1),
        (0.49999999999999994, 0),
        (7.5, 8),
        (-7.5, -8),
        (2.4, 2),
        (-2.6, -3),
        (0.0, 0),
        (1e15, 10**15),
    ],
)
def test_halves_are_rounded_away_from_zero(value, rounded):
    assert half_away(value) == rounded


@pytest.mark.parametrize(
    ("since", "days"),
    [
        (NOW, 0),
        (NOW - timedelta(hours=23, minutes=59), 0),
        (NOW - timedelta(days=1), 1),
        (NOW + timedelta(days=9), 0),
        (datetime(2026, 6, 1, 0, tzinfo=timezone(timedelta(hours=2))), 0),
        (date(2026, 6, 1), 0),
        (date(2026, 5, 31), 1),
        (date(2027, 1, 1), 0),
        (None, None),
    ],
)
def test_age_is_in_whole_days_and_never_negative(since, days):
    assert age_in_days(NOW, since) == days


@given(st.integers(-1000, 1000).filter(bool), st.floats(0.1, 3650))
def test_points_only_ever_fade(points, half_life):
    condition = Condition("converted", parse("converted", LEAD, "here"))
    rule = Rule("Test", Axis.INTENT, condition, points, Decay("last_intent_at", half_life))
    worth = [abs(value) for value in fading(rule)]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == abs(points)
    assert points_at(rule, len(worth)) == 0
    assert points_at(rule, None) == 0


SPELLED = [
    (Type.TEXT, "Acme", "Acme"),
    (Type.TEXT, "", None),
    (Type.TEXT, "x" * 80, "x" * 80),
    (Type.TEXT, "😅" * 81, "😅" * 79 + "…"),
    (Type.INTEGER, -5, "-5"),
    (Type.NUMBER, 50000.0, "50000"),
    (Type.NUMBER, 0.1 + 0.2, "0.3"),
    (Type.NUMBER, -1.005, "-1"),
    (Type.NUMBER, 1.25, "1.25"),
    (Type.NUMBER, -0.001, "0"),
    (Type.NUMBER, 2.0**53, "9007199254740992"),
    (Type.NUMBER, -9.9e15, "-9900000000000000"),
    (Type.NUMBER, 1e16, "1e+16"),
    (Type.NUMBER, -1.5e62, "-1.5e+62"),
    (Type.BOOLEAN, True, "yes"),
    (Type.BOOLEAN, False, "no"),
    (Type.DATE, date(2026, 6, 1), "2026-06-01"),
    (Type.DATETIME, NOW, "2026-06-01 12:00"),
    (Type.LIST, ["a", "b"], "a + b"),
    (Type.LIST, ["a", None], "a"),
    (Type.LIST, [], None),
    (Type.LIST, None, None),
]


@pytest.mark.parametrize(("kind", "value", "text"), SPELLED)
def test_a_value_is_spelled_alike_alone_and_in_a_column(kind, value, text):
    field = Field("field", kind, Axis.PROCESS, "Test")
    frame = pl.DataFrame({"field": [value, None]}, schema={"field": kind.dtype})
    column = frame.select(text_expr(field)).select(shown_expr(pl.first())).to_series()
    assert [shown(value), *column] == [text, text, None]


@given(st.lists(st.floats(-(2.0**53), 2.0**53), min_size=1, max_size=20))
def test_numbers_are_spelled_alike_alone_and_in_a_column(values):
    frame = pl.DataFrame({"field": values}, schema={"field": pl.Float64})
    column = frame.select(text_expr(Field("field", Type.NUMBER, Axis.PROCESS, "Test"))).to_series()
    assert column.to_list() == [shown(value) for value in values]


def test_an_expression_stands_in_the_first_layer_after_what_it_looks_at():
    layers = Layers()
    one = layers.add("one", pl.col("given") + 1)
    two = layers.add("two", one * 2)
    layers.add("three", pl.col("given") + 2)
    layers.add_last("four", two + one)
    found = layers(pl.DataFrame({"given": [1]}), ["four", "three", "two"])
    assert found.to_dicts() == [{"four": 6, "three": 3, "two": 4}]


def test_unknown_bits_are_not_set():
    frame = pl.DataFrame({"a": [True, False, None], "b": [True, True, True]})
    assert frame.select(pack([pl.col("a"), pl.col("b")])).to_series().to_list() == [3, 2, 2]


@given(st.lists(st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=40), min_size=1, max_size=8), st.data())
def test_merged_tables_say_the_same(tables, data):
    rows = [data.draw(st.integers(0, len(table) - 1)) for table in tables]
    frame = pl.DataFrame({str(number): [row] for number, row in enumerate(rows)})
    parts = [Words(pl.col(str(number)), tuple(table)) for number, table in enumerate(tables)]
    told = pl.concat_str([part.look_up() for part in merged(parts, "-")], separator="-", ignore_nulls=True)
    spoken = [table[row] for table, row in zip(tables, rows, strict=True) if table[row]]
    assert frame.select(told).item() == "-".join(spoken)
