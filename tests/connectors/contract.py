"""What every connector must do. A CRM gives a fixture `crm` of its own and inherits the rest.

`crm` has: connector(**settings), fill(count) -> ids, edit(id, values), value(id, field), restamp(moment),
tick(seconds), clock(), delete(id), merge(survivor, loser) -> the survivor's id, new_field(), drop_field(name),
tasks() (live ones, as `Task`), work_on(task), delete_task(task); the names of fields: text (40 characters or more),
number, flag, owner; `owners`: two that are active; `nothing`: what clears a field.

What its CRM does in its own way is data. never_was: the standing of an update to an id that never existed. once: how it
makes sure that a task is created once. fresh: what a guarded update becomes in the second of the last change.
"""

import re
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from leadrelay.connectors.base import (
    CHANGED_MEANWHILE,
    Cursor,
    HandOff,
    Once,
    Standing,
    Update,
)
from leadrelay.errors import ConfigError, FieldsGone, Refused, Unavailable
from leadrelay.sandbox.line import HangUp

STAMP = "2026-03-01T10:00:00.000Z"
ODD_TEXTS = [
    "Größe & Söhne",
    "株式会社 資産",
    "שלום",
    "😀 half 👩‍👩‍👧",
    'say "no", twice',
    "a\nb\tc\\",
    "<b>&amp;</b>",
    "=1+1",
    "null",
]


def walk(connector, fields, since=None):
    """All pages of a walk; each as a dict of rows by id, and the cursor at its end."""
    pages = list(connector.changes(fields, since))
    assert pages, "a walk yields at least one page"
    return pages


def ids_of(pages):
    return [record_id for page in pages for record_id in page.records["id"]]


def stored(cursor):
    """A cursor that has been through the state store."""
    return Cursor.from_json(cursor.to_json())


def decided(connector, crm, ids, value):
    """The page as it was read, and guarded updates of the text that were decided on it, in the order of the ids."""
    page = connector.fetch(ids, [crm.text])
    rows = {row["id"]: row for row in page.records.to_dicts()}
    updates = [Update(one, {crm.text: value}, rows[one]["modified"], {crm.text: rows[one][crm.text]}) for one in ids]
    return page, updates


def handed(connector, crm, ids, owner=None):
    """Hand-offs of these leads, under keys that are always the same."""
    owner = owner or crm.owners[0]
    updates = decided(connector, crm, ids, "handed off")[1]
    body = "5 < 6 & more\nsecond line"
    return [
        HandOff(
            f"lsx1-{update.id.lower()}",
            replace(update, fields={**update.fields, crm.owner: owner}),
            "Call <them> & tell",
            body,
            "2026-12-01T09:00:00.000Z",
            owner,
            crm.owner,
        )
        for update in updates
    ]


def left_after_losses(crm, ids, hand_offs, *, lost, seed, tries):
    """Leads that are not handed off although it was tried so often, each time with that share of the replies lost."""
    left, chance = list(ids), Random(seed)

    def lose(_request, side):
        if side == "after" and chance.random() < lost:
            raise HangUp

    crm.line.interceptors.append(lose)
    for _ in range(tries):
        with suppress(Unavailable), crm.connector() as connector:
            for outcome in connector.hand_off(hand_offs(connector, crm, left)):
                if outcome.standing is Standing.DONE:
                    left.remove(outcome.id)
        if not left:
            break
    crm.line.interceptors.clear()
    return left


class ConnectorContract:
    # -- reading ------------------------------------------------------------------------------------------------------

    def test_a_first_walk_gives_every_record_once(self, crm):
        ids = crm.fill(crm.page * 2 + 3)
        with crm.connector() as connector:
            pages = walk(connector, [crm.text, crm.number])
        assert sorted(ids_of(pages)) == sorted(ids)
        assert len(pages) > 1
        for page in pages:
            assert page.records.columns == ["id", "modified", crm.text, crm.number]
            assert {str(kind) for kind in page.records.dtypes} == {"String"}
            assert page.records["modified"].str.contains(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$").all()

    def test_an_empty_crm_gives_one_empty_page_with_a_cursor(self, crm):
        with crm.connector() as connector:
            [page] = walk(connector, [crm.text])
        assert page.records.height == 0
        assert page.records.columns == ["id", "modified", crm.text]
        assert page.cursor is not None

    def test_a_page_exactly_full_is_not_the_loss_of_the_next(self, crm):
        ids = crm.fill(crm.page * 2)
        with crm.connector() as connector:
            assert sorted(ids_of(walk(connector, [crm.text]))) == sorted(ids)

    def test_values_come_as_text_and_unset_as_null(self, crm):
        one, two = crm.fill(2)
        crm.edit(one, {crm.text: "Ada", crm.number: 7, crm.flag: True})
        with crm.connector() as connector:
            rows = {row["id"]: row for row in walk(connector, [crm.text, crm.number, crm.flag])[-1].records.to_dicts()}
        assert rows[one][crm.text] == "Ada"
        assert float(rows[one][crm.number]) == 7
        assert rows[one][crm.flag] == "true"
        assert rows[two][crm.number] is None

    @pytest.mark.parametrize("value", ODD_TEXTS)
    def test_odd_texts_come_and_go_unchanged(self, crm, value):
        [one] = crm.fill(1)
        with crm.connector() as connector:
            [outcome] = connector.write([Update(one, {crm.text: value})])
            assert outcome.standing is Standing.DONE
            assert crm.value(one, crm.text) == value
            assert walk(connector, [crm.text])[0].records[crm.text].to_list() == [value]
            assert connector.fetch([one], [crm.text]).records[crm.text].to_list() == [value]

    def test_the_next_walk_gives_only_what_changed(self, crm):
        ids = crm.fill(5)
        crm.restamp(STAMP)
        with crm.connector(overlap_seconds=0) as connector:
            cursor = stored(walk(connector, [crm.text])[-1].cursor)
            assert ids_of(walk(connector, [crm.text], cursor)) == []
            crm.edit(ids[3], {crm.text: "changed"})
            pages = walk(connector, [crm.text], cursor)
        assert ids_of(pages) == [ids[3]]
        assert pages[0].records[crm.text].to_list() == ["changed"]

    def test_many_records_with_one_stamp_are_all_given(self, crm):
        ids = crm.fill(crm.page * 3 + 1)
        crm.restamp(STAMP)
        with crm.connector() as connector:
            pages = walk(connector, [crm.text], Cursor(STAMP))
        assert sorted(ids_of(pages)) == sorted(ids)

    def test_a_record_at_the_very_stamp_of_the_cursor_is_given(self, crm):
        ids = crm.fill(2)
        crm.restamp(STAMP)
        with crm.connector() as connector:
            assert sorted(ids_of(walk(connector, [crm.text], Cursor(STAMP)))) == sorted(ids)
            assert ids_of(walk(connector, [crm.text], Cursor("2026-03-01T10:00:01.000Z"))) == []

    @pytest.mark.parametrize("since", [None, Cursor("2026-01-01T00:00:00.000Z")], ids=["all", "changes"])
    def test_a_walk_that_was_broken_off_goes_on_at_its_cursor(self, crm, since):
        ids = crm.fill(crm.page * 3 + 1)
        crm.restamp(STAMP)
        with crm.connector() as connector:
            pages = connector.changes([crm.text], since)
            first = next(pages)
            pages.close()
        with crm.connector() as connector:
            rest = walk(connector, [crm.text], stored(first.cursor))
        assert sorted(ids_of([first, *rest])) == sorted(ids)

    def test_a_walk_that_is_resumed_ends_where_its_beginning_says(self, crm):
        crm.fill(crm.page * 2 + 1)
        crm.restamp(STAMP)
        with crm.connector(overlap_seconds=60) as connector:
            cursor = next(connector.changes([crm.text], None)).cursor
            begun = Cursor(cursor.stamp, cursor.after_id, "2026-05-05T05:05:05.000Z")
            end = walk(connector, [crm.text], begun)[-1].cursor
        assert end == Cursor("2026-05-05T05:04:05.000Z")

    def test_records_that_change_during_a_walk_come_in_it_or_in_the_next(self, crm):
        ids = crm.fill(crm.page * 4)
        crm.restamp(STAMP)
        with crm.connector() as connector:
            pages = connector.changes([crm.text], None)
            seen = list(next(pages).records.select("id", crm.text).rows())
            for record_id in ids[:: crm.page // 2 or 1]:
                crm.edit(record_id, {crm.text: "moved"})
            rest = list(pages)
            following = walk(connector, [crm.text], stored(rest[-1].cursor))
        for page in [*rest, *following]:
            seen += page.records.select("id", crm.text).rows()
        last = dict(seen)
        assert set(last) == set(ids)
        assert {last[record_id] for record_id in ids[:: crm.page // 2 or 1]} == {"moved"}

    def test_a_late_commit_within_the_overlap_is_not_lost(self, crm):
        late = crm.fill(2)[1]
        crm.restamp(STAMP)
        with crm.connector(overlap_seconds=600) as connector:
            cursor = stored(walk(connector, [crm.text])[-1].cursor)
            crm.edit(late, {crm.text: "late"})
            crm.restamp(cursor.stamp, late)
            assert ids_of(walk(connector, [crm.text], cursor)) == [late]

    def test_a_cursor_ahead_of_the_crms_clock_begins_at_the_clock(self, crm):
        old, new = crm.fill(2)
        crm.restamp(STAMP, old)
        crm.edit(new, {crm.text: "new"})
        with crm.connector() as connector:
            pages = walk(connector, [crm.text], Cursor("2100-01-01T00:00:00.000Z"))
            assert ids_of(pages) == [new]
            assert STAMP < pages[-1].cursor.stamp < "2099"
            resumed = Cursor("2100-01-01T00:00:00.000Z", new, "2100-01-01T00:00:00.000Z")
            assert ids_of(walk(connector, [crm.text], resumed)) == [new]

    def test_a_walk_that_began_ahead_of_the_crms_clock_loses_nothing(self, crm):
        ids = crm.fill(crm.page * 3)
        crm.restamp(STAMP)
        with crm.connector() as connector:
            first = next(connector.changes([crm.text], None))
            begun = replace(first.cursor, started="2100-01-01T00:00:00.000Z")
            crm.edit(ids[-1], {crm.text: "new"})
            rest = walk(connector, [crm.text], stored(begun))
        assert set(ids_of([first, *rest])) == set(ids)
        assert rest[-1].cursor.stamp < "2099"

    def test_a_field_that_does_not_exist_is_refused_by_name(self, crm):
        ids = crm.fill(1)
        with crm.connector() as connector:
            with pytest.raises(FieldsGone, match=crm.unknown) as gone:
                walk(connector, [crm.text, crm.unknown])
            assert gone.value.fields == (crm.unknown,)
            with pytest.raises(FieldsGone, match=crm.unknown):
                connector.fetch(ids, [crm.text, crm.unknown])

    def test_a_field_that_goes_away_during_a_walk_never_passes_for_empty(self, crm):
        last = crm.fill(crm.page * 3)[-1]
        field = crm.new_field()
        crm.edit(last, {field: "here"})
        with crm.connector() as connector:
            pages = connector.changes([crm.text, field], None)
            next(pages)
            crm.drop_field(field)
            values = {last: "here"}  # a page that was made before may still be given
            with suppress(FieldsGone):
                values |= {row["id"]: row[field] for page in pages for row in page.records.to_dicts()}
            assert values[last] == "here"
            with pytest.raises(FieldsGone, match=field) as gone:
                walk(connector, [crm.text, field])
        assert gone.value.fields == (field,)

    def test_a_page_tells_a_moment_that_is_not_after_its_reading(self, crm):
        ids = crm.fill(3)
        with crm.connector() as connector:
            pages = [*walk(connector, [crm.text]), connector.fetch(ids, [crm.text])]
        for page in pages:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.000)?Z", page.as_of)
            assert page.as_of <= crm.clock()

    # -- fetching -----------------------------------------------------------------------------------------------------

    def test_fetch_gives_records_by_id_and_leaves_out_what_is_gone(self, crm):
        ids = crm.fill(5)
        crm.edit(ids[1], {crm.text: "Ada"})
        with crm.connector() as connector:
            page = connector.fetch([ids[1], crm.absent, ids[4], ids[1], "x' OR Name LIKE '%", ""], [crm.text])
        frame = page.records
        assert sorted(frame["id"]) == sorted([ids[1], ids[4]])
        assert dict(frame.select("id", crm.text).rows())[ids[1]] == "Ada"
        assert frame.columns == ["id", "modified", crm.text]
        assert page.cursor is None

    def test_fetch_of_nothing_is_an_empty_frame(self, crm):
        with crm.connector() as connector:
            assert connector.fetch([], [crm.text]).records.columns == ["id", "modified", crm.text]

    def test_fetch_takes_more_ids_than_fit_into_one_call(self, crm):
        ids = crm.fill(crm.batch * 3 + 1)
        with crm.connector() as connector:
            assert sorted(connector.fetch(ids, [crm.text]).records["id"]) == sorted(ids)

    # -- writing ------------------------------------------------------------------------------------------------------

    def test_writes_give_one_outcome_each_in_order(self, crm):
        ids = crm.fill(crm.batch * 2 + 5)
        updates = [Update(record_id, {crm.number: at}) for at, record_id in enumerate(reversed(ids))]
        with crm.connector() as connector:
            outcomes = list(connector.write(updates))
        assert [outcome.id for outcome in outcomes] == [update.id for update in updates]
        assert {outcome.standing for outcome in outcomes} == {Standing.DONE}
        assert float(crm.value(ids[0], crm.number)) == len(ids) - 1

    def test_writing_nothing_gives_nothing(self, crm):
        with crm.connector() as connector:
            assert list(connector.write([])) == []

    def test_one_bad_record_never_fails_the_others(self, crm):
        ids = crm.fill(crm.batch)
        updates = [Update(record_id, {crm.text: "fits"}) for record_id in ids]
        updates[7] = Update(ids[7], {crm.text: "fits", **crm.bad})
        updates[11] = Update(crm.absent, {crm.text: "fits"})
        with crm.connector() as connector:
            outcomes = list(connector.write(updates))
        parked = [outcome for outcome in outcomes if outcome.standing is not Standing.DONE]
        assert [outcome.id for outcome in parked] == [ids[7], crm.absent]
        assert [outcome.standing for outcome in parked] == [Standing.PARKED, crm.never_was]
        assert next(iter(crm.bad)) in parked[0].message
        assert all(outcome.code for outcome in parked)
        assert crm.value(ids[6], crm.text) == crm.value(ids[8], crm.text) == "fits"

    def test_an_outcome_names_fields_and_never_their_values(self, crm):
        [one] = crm.fill(1)
        [value] = crm.bad.values()
        with crm.connector() as connector:
            [outcome] = connector.write([Update(one, {crm.text: "Canary Industries", **crm.bad})])
        assert outcome.standing is Standing.PARKED
        assert str(value) not in outcome.message
        assert "Canary" not in outcome.message
        assert re.fullmatch(r"[\w]+", outcome.code)

    def test_none_clears_a_field(self, crm):
        [one] = crm.fill(1)
        crm.edit(one, {crm.text: "Ada", crm.number: 3})
        with crm.connector() as connector:
            [outcome] = connector.write([Update(one, {crm.number: None, crm.flag: True})])
            assert outcome.standing is Standing.DONE
            frame = connector.fetch([one], [crm.text, crm.number, crm.flag]).records
        assert frame.drop("modified").rows() == [(one, "Ada", None, "true")]

    def test_a_record_may_come_twice(self, crm):
        [one] = crm.fill(1)
        with crm.connector() as connector:
            outcomes = list(connector.write([Update(one, {crm.number: 1}), Update(one, {crm.number: 2})]))
        assert [outcome.standing for outcome in outcomes] == [Standing.DONE, Standing.DONE]
        assert float(crm.value(one, crm.number)) == 2

    def test_a_field_that_does_not_exist_parks_those_who_have_it_in_few_calls(self, crm):
        ids = crm.fill(crm.batch)
        updates = [Update(record_id, {crm.text: "x", crm.unknown: "y"}) for record_id in ids]
        with crm.connector() as connector:
            outcomes = list(connector.write(updates))
            assert connector.calls <= 3
        assert {outcome.standing for outcome in outcomes} == {Standing.PARKED}
        assert all(crm.unknown.lower() in outcome.message.lower() for outcome in outcomes)

    # -- never over a person ------------------------------------------------------------------------------------------

    def test_a_guarded_update_is_written_while_nobody_changed_the_record(self, crm):
        ids = crm.fill(3)
        crm.tick(10)
        with crm.connector() as connector:
            page, updates = decided(connector, crm, ids, "ours")
            outcomes = list(connector.write(updates, page.as_of))
        assert [(o.id, o.standing, dict(o.kept)) for o in outcomes] == [(one, Standing.DONE, {}) for one in ids]
        assert {crm.value(one, crm.text) for one in ids} == {"ours"}

    def test_a_guarded_update_yields_to_a_person(self, crm):
        ids = crm.fill(4)
        crm.tick(10)
        with crm.connector() as connector:
            page, updates = decided(connector, crm, ids, "ours")
            crm.tick(10)
            crm.edit(ids[2], {crm.text: "a person's"})
            outcomes = list(connector.write(updates, page.as_of))
        assert [o.standing for o in outcomes] == [Standing.DONE, Standing.DONE, Standing.PENDING, Standing.DONE]
        assert outcomes[2].code == CHANGED_MEANWHILE
        assert [crm.value(one, crm.text) for one in ids] == ["ours", "ours", "a person's", "ours"]

    def test_what_a_person_cleared_stays_cleared(self, crm):
        [one] = crm.fill(1)
        crm.edit(one, {crm.number: 7})
        crm.tick(10)
        with crm.connector() as connector:
            page = connector.fetch([one], [crm.number])
            [row] = page.records.to_dicts()
            crm.tick(10)
            crm.edit(one, {crm.number: crm.nothing})
            update = Update(one, {crm.number: 9}, row["modified"], {crm.number: row[crm.number]})
            [outcome] = connector.write([update], page.as_of)
        assert outcome.code == CHANGED_MEANWHILE
        assert crm.value(one, crm.number) is None

    def test_an_update_without_guard_is_written_whatever_happened(self, crm):
        [one] = crm.fill(1)
        crm.tick(10)
        with crm.connector() as connector:
            page, [update] = decided(connector, crm, [one], "ours")
            crm.edit(one, {crm.text: "a person's"})
            [outcome] = connector.write([replace(update, guarded={})], page.as_of)
        assert outcome.standing is Standing.DONE
        assert crm.value(one, crm.text) == "ours"

    def test_a_record_read_in_the_second_of_its_change(self, crm):
        [one] = crm.fill(1)
        with crm.connector() as connector:
            crm.edit(one, {crm.text: "fresh"})
            page, [update] = decided(connector, crm, [one], "ours")
            [outcome] = connector.write([update], page.as_of)
        assert (outcome.standing, outcome.code) == crm.fresh
        assert crm.value(one, crm.text) == ("ours" if outcome.standing is Standing.DONE else "fresh")

    def test_a_write_that_is_repeated_is_no_conflict(self, crm):
        [one] = crm.fill(1)
        crm.tick(10)
        with crm.connector() as connector:
            page, [update] = decided(connector, crm, [one], "ours")
            for _ in range(2):
                list(connector.write([update], page.as_of))
        assert crm.value(one, crm.text) == "ours"

    def test_a_deleted_record_is_void(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            page, updates = decided(connector, crm, ids, "ours")
            crm.delete(ids[0])
            for batch in (updates, [replace(update, guarded={}) for update in updates]):
                outcomes = list(connector.write(batch, page.as_of))
                assert outcomes[0].standing is Standing.VOID

    def test_a_record_that_was_merged_away_is_void_and_its_survivor_is_not_written(self, crm):
        ids = crm.fill(2)
        crm.edit(ids[0], {crm.text: "survivor"})
        crm.tick(10)
        with crm.connector() as connector:
            page, [_, update] = decided(connector, crm, ids, "ours")
            survivor = crm.merge(ids[0], ids[1])
            [outcome] = connector.write([update], page.as_of)
            assert connector.fetch([ids[1]], [crm.text]).records.height == 0
        assert outcome.standing is Standing.VOID
        assert outcome.code
        assert crm.value(survivor, crm.text) == "survivor"

    # -- hand-offs ----------------------------------------------------------------------------------------------------

    def test_the_guarantee_is_told_in_words(self, crm):
        with crm.connector() as connector:
            found = connector.guarantee()
            calls = connector.calls
            assert connector.guarantee() == found
            assert connector.calls == calls
        assert found.once is crm.once
        assert found.message

    def test_without_a_key_no_task_is_created(self, crm):
        ids = crm.fill(1)
        with crm.connector(task_key="") as connector:
            found = connector.guarantee()
            assert found.once is Once.NEVER
            assert found.cure
            with pytest.raises(Refused):
                list(connector.hand_off(handed(connector, crm, ids)))
        assert crm.tasks() == []

    def test_handing_nothing_off_gives_nothing(self, crm):
        with crm.connector() as connector:
            assert list(connector.hand_off([])) == []

    def test_a_hand_off_creates_a_task_and_writes_the_lead(self, crm):
        ids = crm.fill(3)
        crm.tick(10)
        with crm.connector() as connector:
            hand_offs = handed(connector, crm, ids)
            outcomes = list(connector.hand_off(hand_offs, crm.clock()))
        assert [(o.id, o.standing, o.owner, o.adopted) for o in outcomes] == [
            (one, Standing.DONE, crm.owners[0], False) for one in ids
        ]
        tasks = {task.id: task for task in crm.tasks()}
        assert [tasks[o.task].lead for o in outcomes] == ids
        assert [tasks[o.task].key for o in outcomes] == [one.key for one in hand_offs]
        assert {task.owner for task in tasks.values()} == {crm.owners[0]}
        assert {task.subject for task in tasks.values()} == {"Call <them> & tell"}
        assert all("5 < 6" in task.body and "second line" in task.body for task in tasks.values())
        assert {crm.value(one, crm.text) for one in ids} == {"handed off"}
        assert {str(crm.value(one, crm.owner)) for one in ids} == {crm.owners[0]}

    def test_the_same_hand_off_again_adopts_and_creates_none(self, crm):
        ids = crm.fill(3)
        crm.tick(10)
        with crm.connector() as connector:
            first = list(connector.hand_off(handed(connector, crm, ids), crm.clock()))
        crm.tick(10)
        with crm.connector() as connector:
            again = list(connector.hand_off(handed(connector, crm, ids), crm.clock()))
        assert [(o.standing, o.task, o.adopted) for o in again] == [(Standing.DONE, o.task, True) for o in first]
        assert len(crm.tasks()) == 3

    def test_the_owner_of_the_task_that_was_there_wins(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            list(connector.hand_off(handed(connector, crm, ids[:1]), crm.clock()))
        crm.tick(10)
        with crm.connector() as connector:
            outcomes = list(connector.hand_off(handed(connector, crm, ids, owner=crm.owners[1]), crm.clock()))
        assert tuple(o.owner for o in outcomes) == crm.owners
        assert [o.adopted for o in outcomes] == [True, False]
        assert tuple(str(crm.value(one, crm.owner)) for one in ids) == crm.owners
        assert {task.lead: task.owner for task in crm.tasks()} == dict(zip(ids, crm.owners, strict=True))

    def test_a_hand_off_yields_to_a_person(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            as_of, hand_offs = crm.clock(), handed(connector, crm, ids)
            crm.tick(10)
            crm.edit(ids[0], {crm.text: "a person's"})
            outcomes = list(connector.hand_off(hand_offs, as_of))
        assert [(o.standing, o.code) for o in outcomes] == [
            (Standing.PENDING, CHANGED_MEANWHILE),
            (Standing.DONE, ""),
        ]
        assert crm.value(ids[0], crm.text) == "a person's"
        assert [task.lead for task in crm.tasks()] == [ids[1]]

    def test_a_hand_off_of_a_lead_that_is_gone_is_void_and_leaves_no_task(self, crm):
        ids = crm.fill(2)
        crm.tick(10)
        with crm.connector() as connector:
            as_of, hand_offs = crm.clock(), handed(connector, crm, ids)
            crm.delete(ids[0])
            outcomes = list(connector.hand_off(hand_offs, as_of))
        assert [o.standing for o in outcomes] == [Standing.VOID, Standing.DONE]
        assert [task.lead for task in crm.tasks()] == [ids[1]]

    def test_more_hand_offs_than_fit_into_one_call(self, crm):
        ids = crm.fill(crm.batch + 1)
        crm.tick(10)
        with crm.connector() as connector:
            outcomes = list(connector.hand_off(handed(connector, crm, ids), crm.clock()))
        assert [(o.id, o.standing) for o in outcomes] == [(one, Standing.DONE) for one in ids]
        assert sorted(task.lead for task in crm.tasks()) == sorted(ids)

    def test_claims_are_found_by_key(self, crm):
        ids = crm.fill(3)
        crm.tick(10)
        with crm.connector() as connector:
            hand_offs = handed(connector, crm, ids)
            tasks = [o.task for o in connector.hand_off(hand_offs, crm.clock())]
            crm.tick(10)
            crm.work_on(tasks[1])
            crm.delete_task(tasks[2])
            keys = [one.key for one in hand_offs]
            claims = connector.claims([*keys, "lsx1-nobody"])
        assert set(claims) == set(keys)
        assert [(claims[key].task, claims[key].owner) for key in keys] == [(task, crm.owners[0]) for task in tasks]
        assert [claims[key].deleted for key in keys] == [False, False, True]
        assert [claims[key].touched for key in keys[:2]] == [False, True]

    def test_a_task_that_was_deleted_stays_deleted(self, crm):
        ids = crm.fill(1)
        crm.tick(10)
        with crm.connector() as connector:
            [first] = connector.hand_off(handed(connector, crm, ids), crm.clock())
            crm.delete_task(first.task)
            crm.tick(10)
            [again] = connector.hand_off(handed(connector, crm, ids), crm.clock())
        assert (again.standing, again.task, again.adopted) == (Standing.DONE, first.task, True)
        assert crm.tasks() == []

    def test_withdrawing_leaves_what_a_person_touched(self, crm):
        ids = crm.fill(3)
        crm.tick(10)
        with crm.connector() as connector:
            hand_offs = handed(connector, crm, ids)
            tasks = [o.task for o in connector.hand_off(hand_offs, crm.clock())]
            claims = connector.claims([one.key for one in hand_offs])
            crm.tick(10)
            crm.work_on(tasks[1])
            crm.delete_task(tasks[2])
            outcomes = list(connector.withdraw([claims[one.key] for one in hand_offs]))
        assert [o.id for o in outcomes] == [one.key for one in hand_offs]
        assert [o.standing for o in outcomes] == [Standing.DONE, Standing.PARKED, Standing.VOID]
        assert outcomes[1].code == "TOUCHED"
        assert [task.id for task in crm.tasks()] == [tasks[1]]

    def test_families_are_those_who_were_merged_in(self, crm):
        ids = crm.fill(4)
        crm.tick(10)
        survivor = crm.merge(ids[0], ids[1])
        survivor = crm.merge(ids[2], survivor)
        with crm.connector() as connector:
            families = connector.families([survivor, ids[3]])
        assert set(families) == {survivor}
        assert {ids[0], ids[1], ids[2]} - {survivor} <= set(families[survivor])
        assert survivor not in families[survivor]
        assert ids[3] not in families[survivor]

    # -- the rest -----------------------------------------------------------------------------------------------------

    def test_describe_tells_what_the_fields_take(self, crm):
        with crm.connector() as connector:
            fields = connector.describe()
        assert fields[crm.text].updateable
        assert fields[crm.text].name == crm.text
        assert fields[crm.number].type != fields[crm.text].type
        assert crm.unknown not in fields

    def test_owners_are_people_and_queues_of_both_kinds(self, crm):
        with crm.connector() as connector:
            owners = connector.owners()
        assert len({owner.id for owner in owners}) == len(owners)
        assert any(owner.active for owner in owners)
        assert any(not owner.active for owner in owners)

    def test_the_organisation_has_an_id_and_records_have_an_address(self, crm):
        [one] = crm.fill(1)
        with crm.connector() as connector:
            assert connector.organisation()
            assert one in connector.link(one)

    def test_calls_are_counted_as_the_crm_counts_them(self, crm):
        crm.fill(3)
        with crm.connector() as connector:
            walk(connector, [crm.text])
            assert connector.calls == crm.calls() > 0


class WireContract(ConnectorContract):
    """What a connector must do besides when its CRM is asked over the network."""

    def test_a_name_that_can_be_no_field_is_never_sent(self, crm):
        with crm.connector() as connector:
            with pytest.raises(ConfigError, match="cannot be a"):
                walk(connector, ["Id FROM User--"])
            assert connector.calls == 0

    def test_writing_nothing_calls_nobody(self, crm):
        with crm.connector() as connector:
            assert list(connector.write([])) == []
            assert connector.calls == 0
