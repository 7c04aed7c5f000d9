import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.sandbox.store import Clock, Column, Store, stamp


def test_columns_are_found_whatever_their_case(notes):
    assert list(notes.columns("note")) == ["id", "text", "size"]
    assert notes.columns("NOTE")["size"].kind == "integer"
    assert notes.columns("Letter") == {}
    assert notes.objects() == ["Note"]


def test_a_column_can_be_added_changed_and_dropped(notes):
    notes.insert("Note", [{"Id": "1", "Text": "a"}], "ada")
    notes.add_column("Note", Column("Due", "date", {"label": "Due by"}))
    notes.update("Note", "1", {"Due": "2026-01-31"}, "ada")
    notes.change_column("NOTE", Column("due", "date", {"label": "Deadline"}))
    assert notes.columns("Note")["due"].meta == {"label": "Deadline"}
    notes.change_column("Note", Column("Text", meta={"label": "Words"}))
    assert list(notes.columns("Note")) == ["id", "text", "size", "due"]
    assert notes.get("Note", "1") == {"Id": "1", "Text": "a", "Size": None, "Due": "2026-01-31"}
    notes.drop_column("Note", "due")
    assert "due" not in notes.columns("Note")
    assert notes.get("Note", "1") == {"Id": "1", "Text": "a", "Size": None}


def test_who_keeps_the_fields_sees_that_one_was_added(notes):
    before = notes.columns("Note")
    notes.add_column("note", Column("Due", "date", {"targets": ("a", "b")}))
    assert notes.columns("Note") is not before
    assert list(before) == ["id", "text", "size"]
    assert notes.columns("Note")["due"] == Column("Due", "date", {"targets": ["a", "b"]})


def test_records_are_found_by_key(notes):
    notes.insert("Note", [{"Id": key, "Size": size} for size, key in enumerate("abc")], "ada")
    assert notes.get("Note", "z") is None
    assert {key: row["Size"] for key, row in notes.get_many("Note", ["c", "z", "a"]).items()} == {"a": 0, "c": 2}


def test_rows_may_name_different_fields_or_be_none(notes):
    notes.insert("Note", [], "ada")
    notes.insert("Note", [{"Id": "1", "Text": "a"}, {"Size": 2, "Id": "2"}], "ada")
    assert notes.get("Note", "1") == {"Id": "1", "Text": "a", "Size": None}
    assert notes.get("Note", "2") == {"Id": "2", "Text": None, "Size": 2}


def test_a_key_is_taken_once(notes):
    notes.insert("Note", [{"Id": "1"}], "ada")
    with pytest.raises(sqlite3.IntegrityError):
        notes.insert("Note", [{"Id": "1"}], "ada")


def test_only_what_differs_reaches_the_history(notes):
    notes.insert("Note", [{"Id": "1", "Text": "a", "Size": 1}], "ada", silent=True)
    before = notes.update("Note", "1", {"Text": "a", "Size": 2}, "bob")
    assert before == {"Id": "1", "Text": "a", "Size": 1}
    (effect,) = notes.history()
    assert datetime.fromisoformat(effect.pop("at"))
    assert effect == {
        "seq": 1,
        "actor": "bob",
        "action": "update",
        "object": "Note",
        "record": "1",
        "field": "Size",
        "old": 1,
        "new": 2,
    }


def test_a_record_that_is_not_there_is_not_changed(notes):
    with pytest.raises(KeyError, match="9"):
        notes.update("Note", "9", {"Text": "a"}, "ada")
    assert notes.history() == []


def test_the_history_is_read_in_parts_and_by_record(notes):
    notes.insert("Note", [{"Id": key, "Text": "x"} for key in "ab"], "ada")
    notes.note("bob", "delete", "Note", "a")
    assert [(e["seq"], e["action"], e["record"], e["field"]) for e in notes.history("a")] == [
        (1, "create", "a", "Id"),
        (2, "create", "a", "Text"),
        (5, "delete", "a", ""),
    ]
    assert [effect["seq"] for effect in notes.history(after=1, limit=2)] == [2, 3]
    assert [effect["seq"] for effect in notes.history("a", after=2)] == [5]


def test_a_transaction_is_undone_as_a_whole_schema_and_history_too(notes):
    def change_much():
        with notes.transaction():
            notes.insert("Note", [{"Id": "1"}], "ada")
            notes.add_column("Note", Column("Due"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_much()
    assert notes.get("Note", "1") is None
    assert notes.history() == []
    assert "due" not in notes.columns("Note")


def test_an_inner_transaction_can_fail_alone(notes):
    def fail():
        with notes.transaction():
            notes.insert("Note", [{"Id": "2"}], "ada")
            raise ZeroDivisionError

    with notes.transaction():
        notes.insert("Note", [{"Id": "1"}], "ada")
        with pytest.raises(ZeroDivisionError):
            fail()
    assert set(notes.get_many("Note", ["1", "2"])) == {"1"}


def test_a_file_keeps_everything(tmp_path):
    path = str(tmp_path / "crm.db")
    store = Store(path)
    store.create("Note", [Column("Id"), Column("Text", meta={"label": "Text"})], ["Text"])
    store.insert("Note", [{"Id": "1", "Text": "Zoë 🙂"}], "ada")
    store.remember("limit", {"used": 3})
    store.close()
    again = Store(path)
    again.create("Note", [])
    assert again.get("Note", "1") == {"Id": "1", "Text": "Zoë 🙂"}
    assert again.columns("Note")["text"].meta == {"label": "Text"}
    assert again.recall("limit") == {"used": 3}
    assert len(again.history()) == 2
    again.close()


def test_wipe_forgets_everything(notes):
    notes.insert("Note", [{"Id": "1"}], "ada")
    notes.remember("a", 1)
    notes.wipe()
    assert (notes.objects(), notes.columns("Note"), notes.history(), notes.recall("a", "none")) == ([], {}, [], "none")


def test_the_clock_advances_and_has_milliseconds():
    clock = Clock()
    before = clock.now()
    clock.advance(3600)
    assert timedelta(hours=1) <= clock.now() - before < timedelta(hours=1, seconds=5)
    assert clock.now().microsecond % 1000 == 0


ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.builds(
    lambda microseconds, zone: (datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(
        zone
    ),
    st.integers(0, 3 * 10**15),
    ZONES,
)


@settings(deadline=None)
@given(MOMENTS, MOMENTS)
def test_stamps_sort_as_moments_do(one, other):
    def grain(moment):
        moment = moment.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert (stamp(one) < stamp(other)) == (grain(one) < grain(other))
    assert datetime.fromisoformat(stamp(one)) == grain(one)
