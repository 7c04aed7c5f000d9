"""Lists to which entries are only added, and what becomes of a field when there is nothing to say."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.changes import CLEARED, EDITED, Planner, Policy, Write
from leadrelay.core.lead import Type
from leadrelay.core.writes import Null

TOOLS = Write("Tools", Type.LIST, Policy.UNLESS_EDITED, "technologies", append=True)


def decide(rule, now, want, last=None):
    text = {"id": pl.String, rule.field: pl.String}
    records = pl.DataFrame({"id": ["1"], rule.field: [now]}, schema=text)
    wanted = pl.DataFrame({"id": ["1"], rule.field: [want]}, schema={"id": pl.String, rule.field: rule.type.dtype})
    seen = pl.DataFrame({"id": ["1"], rule.field: [last]}, schema=text)
    return Planner([rule]).plan(records, wanted, seen)


def outcome(rule, now, want, last=None):
    """What is written, and why something is not."""
    found = decide(rule, now, want, last)
    new = [update.fields[rule.field] for update in found.updates]
    return (new[0] if new else "nothing"), [kept.why for kept in found.withheld]


@pytest.mark.parametrize(
    ("now", "want", "last", "new", "why"),
    [
        (None, ["a", "b"], None, "a;b", []),
        ("p", ["a"], None, "p;a", []),
        ("p;a", ["a"], None, "nothing", []),
        ("b;a", ["a", "b"], "a", "nothing", []),
        ("p;a;q", ["b"], "p;a", "p;a;q;b", []),
        ("p;a", None, "p;a", "nothing", []),
        ("p;a", ["b"], "p;a", "p;a;b", []),
        ("p", ["a"], "p;a", "nothing", [EDITED]),
        ("a", ["a", "b"], "p;a", "nothing", [EDITED]),
        (None, ["a"], "a", "nothing", [CLEARED]),
        (None, ["a"], "", "nothing", [CLEARED]),
        ("p", None, "p;a", "nothing", []),
    ],
)
def test_a_list_that_is_added_to(now, want, last, new, why):
    assert outcome(TOOLS, now, want, last) == (new, why)


def test_what_is_added_is_guarded_and_told_with_what_it_held():
    (update,) = decide(TOOLS, "p", ["a"]).updates
    assert update.guarded == {"Tools": "p"}


ENTRIES = st.lists(st.sampled_from("abcdef"), max_size=5, unique=True)


@given(ENTRIES, ENTRIES, st.none() | ENTRIES)
@settings(max_examples=30, deadline=None)
def test_nothing_is_taken_out_and_the_second_time_nothing_is_added(now, want, last):
    before = ";".join(now) or None
    new, _ = outcome(TOOLS, before, want or None, None if last is None else ";".join(last))
    after = before if new == "nothing" else new
    assert (after or "").split(";")[: len(now)] == (now or [""]) or not now
    assert set(now) <= set((after or "").split(";"))
    if new != "nothing":
        assert set(want) <= set(new.split(";"))
        assert outcome(TOOLS, new, want, new) == ("nothing", [])


def kept(policy, null):
    return Write("X", Type.TEXT, policy, "industry", null=null)


@pytest.mark.parametrize(
    ("policy", "null", "now", "last", "new"),
    [
        (Policy.OWN, None, "a", None, None),
        (Policy.OWN, Null.CLEAR, "a", None, None),
        (Policy.OWN, Null.LEAVE, "a", None, "nothing"),
        (Policy.OWN, Null.LEAVE, None, None, "nothing"),
        (Policy.UNLESS_EDITED, None, "a", "a", "nothing"),
        (Policy.UNLESS_EDITED, Null.LEAVE, "a", "a", "nothing"),
        (Policy.UNLESS_EDITED, Null.CLEAR, "a", "a", None),
        (Policy.UNLESS_EDITED, Null.CLEAR, "p", "a", "nothing"),
        (Policy.UNLESS_EDITED, Null.CLEAR, "p", None, "nothing"),
        (Policy.UNLESS_EDITED, Null.CLEAR, None, "a", "nothing"),
        (Policy.FILL, None, "a", "a", "nothing"),
    ],
)
def test_what_becomes_of_a_field_when_there_is_nothing_to_say(policy, null, now, last, new):
    assert outcome(kept(policy, null), now, None, last) == (new, [])


def test_what_was_cleared_by_us_is_filled_again():
    assert outcome(kept(Policy.UNLESS_EDITED, Null.CLEAR), None, "b", None) == ("b", [])


@pytest.mark.parametrize("null", [None, Null.LEAVE, Null.CLEAR])
def test_what_is_told_to_be_there_afterwards_is(null):
    rule = kept(Policy.OWN, null)
    found = decide(rule, "a", None)
    assert found.after["X"].to_list() == ["a" if null is Null.LEAVE else None]
