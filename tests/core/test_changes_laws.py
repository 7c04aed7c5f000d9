"""What holds for every record, every wish and every history."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.changes import FOUGHT, Planner, Policy, Write, plan
from leadrelay.core.lead import Type

INITIAL = ("Open",)
NEVER = pl.DataFrame(schema={"id": pl.String})
quick = settings(max_examples=25, deadline=None)
WRITES = [
    Write(
        f"{kind.value}_{policy.value}",
        kind,
        policy,
        "source",
        initial=INITIAL if policy is policy.UNLESS_EDITED else (),
    )
    for kind in (Type.TEXT, Type.INTEGER, Type.LIST)
    for policy in Policy
]
TEXTS = {
    Type.TEXT: st.sampled_from([None, "", " ", "Open", "a", "A", "b"]),
    Type.INTEGER: st.sampled_from([None, "", "0", "0.0", "1", "1.0", "1e0", "Open", "x"]),
    Type.LIST: st.sampled_from([None, "", "a", "a;b", "b;a", "b; a;", "Open", ";"]),
}
VALUES = {
    Type.TEXT: st.sampled_from([None, "Open", "a", "b"]),
    Type.INTEGER: st.sampled_from([None, 0, 1]),
    Type.LIST: st.sampled_from([None, ["a"], ["a", "b"], ["b", "a"]]),
}


@st.composite
def pages(draw):
    ids = [str(number) for number in range(draw(st.integers(0, 5)))]
    records, wanted, seen = {"id": ids}, {"id": ids}, {"id": ids}
    for write in WRITES:
        records[write.field] = [draw(TEXTS[write.type]) for _ in ids]
        wanted[write.field] = [draw(VALUES[write.type]) for _ in ids]
        if write.policy is not Policy.OWN:
            seen[write.field] = [draw(st.none() | VALUES[write.type].map(as_text)) for _ in ids]
    return (
        pl.DataFrame(records, schema=dict.fromkeys(records, pl.String)),
        pl.DataFrame(wanted, schema={"id": pl.String} | {write.field: write.type.dtype for write in WRITES}),
        pl.DataFrame(seen, schema=dict.fromkeys(seen, pl.String)),
    )


def as_text(value):
    if isinstance(value, list):
        return ";".join(value)
    return value if value is None else str(value)


def changed(frame, updates):
    """The frame with the updates carried out, in the fields that it has."""
    rows = {row["id"]: row for row in frame.to_dicts()}
    for update in updates:
        rows[update.id] |= {name: as_text(new) for name, new in update.fields.items() if name in frame.columns}
    return pl.DataFrame(list(rows.values()), schema=frame.schema)


def blank(text):
    return not (text or "").strip()


@given(pages())
@quick
def test_what_is_done_is_done(page):
    records, wanted, seen = page
    first = plan(records, wanted, seen, WRITES)
    done = changed(records, first.updates)
    assert plan(done, wanted, changed(seen, first.updates), WRITES).updates == []


@given(pages())
@quick
def test_what_is_done_is_done_without_memory_too(page):
    records, wanted, _ = page
    done = changed(records, plan(records, wanted, NEVER, WRITES).updates)
    assert plan(done, wanted, NEVER, WRITES).updates == []


@given(pages())
@quick
def test_own_fields_end_as_wanted(page):
    records, wanted, seen = page
    done = changed(records, plan(records, wanted, seen, WRITES).updates)
    own = [write for write in WRITES if write.policy is Policy.OWN]
    assert plan(done, wanted, seen, own).updates == []
    for write in own:
        for text, value in zip(done[write.field], wanted[write.field].to_list(), strict=True):
            assert blank(text.replace(";", "") if text else text) if value is None else not blank(text)


@given(pages())
@quick
def test_fill_never_replaces_and_never_clears(page):
    records, wanted, seen = page
    for update, row, past in updated(records, seen, plan(records, wanted, seen, WRITES)):
        for name in (name for name in update.fields if name.endswith("fill")):
            assert blank(row[name])
            assert past[name] is None
            assert update.fields[name] is not None


@given(pages())
@quick
def test_what_a_person_wrote_stays(page):
    records, wanted, seen = page
    for update, row, past in updated(records, seen, plan(records, wanted, seen, WRITES)):
        for name in (name for name in update.fields if name.endswith("unless-edited")):
            assert update.fields[name] is not None
            if past[name] is None:
                assert blank(row[name]) or row[name] in INITIAL
            else:
                assert not blank(row[name])


def updated(records, seen, found):
    rows, past = ({row["id"]: row for row in frame.to_dicts()} for frame in (records, seen))
    return [(update, rows[update.id], past[update.id]) for update in found.updates]


@given(pages(), st.integers(0, 5))
@quick
def test_where_a_page_ends_does_not_matter(page, cut):
    whole = plan(*page, WRITES)
    parts = [plan(*(frame[rows] for frame in page), WRITES) for rows in (slice(None, cut), slice(cut, None))]
    assert whole.updates == [update for part in parts for update in part.updates]
    assert whole.withheld == [withheld for part in parts for withheld in part.withheld]
    assert whole.unchanged == sum(part.unchanged for part in parts)


@given(pages())
@quick
def test_every_lead_is_accounted_for(page):
    records, wanted, seen = page
    found = plan(records, wanted, seen, WRITES)
    assert found.unchanged + len(found.updates) == records.height
    assert [change[:2] for change in found.changes()] == [
        (update.id, name) for update in found.updates for name in update.fields
    ]
    assert all(update.fields for update in found.updates)
    written = {(change.id, change.field) for change in found.changes()}
    assert not written & {(withheld.id, withheld.field) for withheld in found.withheld}


@given(st.data())
@quick
def test_what_a_person_put_there_stays_there_through_any_number_of_runs(data):
    """Runs and edits in any order: from an edit on, the field is the person's, until it holds our value again."""
    shared = [write for write in WRITES if write.policy is not Policy.OWN]
    record = {"id": "1"} | dict.fromkeys((write.field for write in WRITES), None)
    ours: dict[str, str] = {}
    for _ in range(data.draw(st.integers(1, 6))):
        for write in data.draw(st.lists(st.sampled_from(shared), max_size=2)):
            record[write.field] = data.draw(TEXTS[write.type])
        found = plan(frame_of(record), wish(data.draw), frame_of({"id": "1"} | ours), WRITES)
        for update in found.updates:
            for write in shared:
                if write.field in update.fields:
                    assert update.guarded[write.field] == record[write.field]
                    assert was_free(write, record[write.field], ours.get(write.field))
                    ours[write.field] = as_text(update.fields[write.field])
            record |= {name: as_text(value) for name, value in update.fields.items()}
            assert update.guarded.keys() == update.fields.keys() & {write.field for write in shared}
        kept = {withheld.field for withheld in found.withheld}
        assert all(record[name] != ours.get(name, "never") for name in kept)


def was_free(write, text, last):
    """Whether nobody but us chose what the field held."""
    if last is None:
        return blank(text) or (write.policy is Policy.UNLESS_EDITED and text in INITIAL)
    return write.policy is Policy.UNLESS_EDITED and means(write.type, text) == means(write.type, last)


def means(kind, text):
    if blank(text) or (kind is Type.LIST and blank(text.replace(";", ""))):
        return None
    if kind is Type.INTEGER:
        try:
            return float(text)
        except ValueError:
            return text
    return {part.strip() for part in text.split(";") if part.strip()} if kind is Type.LIST else text


def wish(draw):
    values = {write.field: [draw(VALUES[write.type])] for write in WRITES}
    return pl.DataFrame({"id": ["1"], **values}, schema={"id": pl.String} | {w.field: w.type.dtype for w in WRITES})


def frame_of(row):
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))


@given(pages(), st.sets(st.sampled_from("012345")))
@quick
def test_calm_holds_back_our_own_fields_and_nothing_else(page, calm):
    planner = Planner(WRITES)
    free, held = planner.plan(*page), planner.plan(*page, pl.Series(sorted(calm), dtype=pl.String))
    own = {write.field for write in WRITES if write.policy is Policy.OWN}
    every = {(change.id, change.field) for change in free.changes()}
    left_alone = {(lead, name) for lead, name in every if lead in calm and name in own}
    assert {(change.id, change.field) for change in held.changes()} == every - left_alone
    assert {(w.id, w.field) for w in held.withheld if w.why == FOUGHT} == left_alone
    assert [w for w in held.withheld if w.why != FOUGHT] == free.withheld
