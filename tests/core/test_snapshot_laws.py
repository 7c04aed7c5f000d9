"""A snapshot answers as a fresh decider does, whatever was asked of it before, and computes only what differs."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from leadrelay import playbooks
from leadrelay.core.lead import LEAD
from leadrelay.core.lookup import SAMPLE, WORTH_COUNTING, coded
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import ALWAYS, Decider
from leadrelay.core.snapshot import COMPARED, Snapshot, moves
from leadrelay.errors import ConfigError
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHIPPED = playbooks.text("it-discovery")
PLAYBOOK = load(SHIPPED, "it-discovery.toml")
EVERYTHING = (*ALWAYS, "mask_0", "mask_1", "reasons", "bant", "bant_evidence", "question", "questions")
NUMBERS = [found.span(1) for found in re.finditer(r"^(?:points|max|min|[ABC123]) = (-?\d+)$", SHIPPED, re.MULTILINE)]
CONSTANTS = [found.span(1) for found in re.finditer(r"(?:>=|>|<|<=) (\d+)\b", SHIPPED)]


def frame(leads):
    names = sorted(PLAYBOOK.fields_used)
    rows = [{"id": str(number), **{name: lead.get(name) for name in names}} for number, lead in enumerate(leads)]
    schema = {"id": pl.String, **{name: LEAD[name].type.dtype for name in names}}
    return pl.DataFrame(rows, schema=schema)


LEADS = frame(people(150, 3, NOW))
quick = settings(max_examples=10, deadline=None)


@st.composite
def edited(draw):
    """The shipped playbook with some of its numbers replaced, and some rules left out or renamed."""
    text = SHIPPED
    spots = draw(st.lists(st.sampled_from(NUMBERS + CONSTANTS), max_size=4, unique=True))
    for start, end in sorted(spots, reverse=True):
        least = 1 if (start, end) in NUMBERS else 0
        text = f"{text[:start]}{draw(st.integers(least, 60))}{text[end:]}"
    try:
        playbook = load(text, "edited.toml")
    except ConfigError:  # steps of a grade that no longer descend, a cap whose ends cross
        return PLAYBOOK
    gone = draw(st.sets(st.integers(0, len(playbook.rules) - 1), max_size=2))
    rules = [rule for place, rule in enumerate(playbook.rules) if place not in gone]
    if draw(st.booleans()):
        rules[0] = replace(rules[0], name="Another name")
    return replace(playbook, rules=tuple(rules))


def fresh(playbook, leads=LEADS, outputs=EVERYTHING):
    return Decider(playbook, NOW, frozenset(OUTPUTS))(leads).select("id", *outputs)


@quick
@given(st.lists(st.tuples(edited(), st.sets(st.sampled_from(EVERYTHING), min_size=1)), min_size=1, max_size=3))
def test_whatever_was_asked_before_the_answers_are_those_of_a_fresh_decider(questions):
    snapshot = Snapshot(LEADS, NOW)
    for playbook, outputs in questions:
        names = sorted(outputs)
        assert_frame_equal(snapshot.verdicts(playbook, names), fresh(playbook, outputs=names))


@quick
@given(edited(), edited())
def test_moves_count_every_lead_once(one, other):
    old, new = (fresh(playbook, outputs=COMPARED) for playbook in (one, other))
    found = moves(old, new)
    rows = list(zip(old.iter_rows(named=True), new.iter_rows(named=True), strict=True))
    assert found.stages == Counter((was["stage"], now["stage"]) for was, now in rows)
    assert found.handoffs == Counter((was["handoff"], now["handoff"]) for was, now in rows)
    assert found.scores == sum(was["score"] != now["score"] for was, now in rows)
    assert found.moved == sum(was["stage"] != now["stage"] for was, now in rows)
    assert sum(found.stages.values()) == sum(found.handoffs.values()) == found.leads == LEADS.height


def test_verdicts_on_other_leads_are_not_compared():
    verdicts = fresh(PLAYBOOK, outputs=COMPARED)
    with pytest.raises(ValueError, match="same leads"):
        moves(verdicts, verdicts.reverse())


def test_another_point_computes_no_predicate_anew():
    snapshot = Snapshot(LEADS, NOW)
    snapshot.verdicts(PLAYBOOK, COMPARED)
    before = set(snapshot.computed)
    rules = (replace(PLAYBOOK.rules[0], points=PLAYBOOK.rules[0].points + 1), *PLAYBOOK.rules[1:])
    snapshot.verdicts(replace(PLAYBOOK, rules=rules), COMPARED)
    added = snapshot.computed - before
    assert 0 < len(added) < 25


def test_the_columns_of_playbooks_asked_long_ago_are_let_go():
    snapshot = Snapshot(LEADS, NOW, kept=2)
    sizes = []
    for points in range(1, 8):
        rules = (replace(PLAYBOOK.rules[0], points=points), *PLAYBOOK.rules[1:])
        snapshot.verdicts(replace(PLAYBOOK, rules=rules), COMPARED)
        sizes.append(snapshot.estimated_size)
    assert max(sizes[1:]) < 1.5 * sizes[0]
    assert snapshot.estimated_size > 0


def test_the_same_playbook_under_other_texts_is_known_by_its_columns():
    snapshot = Snapshot(LEADS, NOW)
    snapshot.verdicts(PLAYBOOK, COMPARED)
    before = snapshot.computed
    snapshot.verdicts(load("\n" + SHIPPED.replace('name = "IT discovery"', 'name = "Other"', 1), "b.toml"), COMPARED)
    assert snapshot.computed == before


@quick
@given(st.lists(st.sampled_from(["a", "b", "", "ä", " a", None]), min_size=1, max_size=30))
def test_coded_texts_give_every_row_its_own_text(words):
    column = pl.Series("word", words * (WORTH_COUNTING // len(words) + 1), dtype=pl.String)
    found = coded(column.to_frame(), ["word"])["word"]
    assert found.rows(found.texts)[0].equals(column)
    assert found.texts.height == len(set(words) | {None})


def test_texts_that_hardly_repeat_are_not_coded():
    assert not coded(pl.DataFrame({"word": [str(number) for number in range(WORTH_COUNTING)]}), ["word"])
    assert not coded(pl.DataFrame({"word": ["same"] * (WORTH_COUNTING - 1)}), ["word"])
    assert WORTH_COUNTING > SAMPLE


def test_many_leads_are_decided_as_few():
    many = pl.concat([LEADS] * (WORTH_COUNTING // LEADS.height + 1)).with_columns(
        pl.int_range(pl.len()).cast(str).alias("id")
    )
    few = fresh(PLAYBOOK).drop("id")
    again = pl.concat([few] * (many.height // few.height))
    assert_frame_equal(fresh(PLAYBOOK, many).drop("id"), again)
    assert_frame_equal(Snapshot(many, NOW).verdicts(PLAYBOOK, EVERYTHING).drop("id"), again)
