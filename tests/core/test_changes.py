from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadrelay.core.changes import Change, Planner, Policy, Update, Withheld, Write, plan
from leadrelay.core.lead import Type

EDITED, CLEARED = "edited by a person", "cleared by a person"


def write(kind=Type.TEXT, policy=Policy.OWN, **more):
    return Write("X", kind, policy, "source", **more)


def decide(rule, now, want, last=None):
    records = pl.DataFrame({"id": ["1"], "X": [now]}, schema={"id": pl.String, "X": pl.String})
    wanted = pl.DataFrame({"id": ["1"], "X": [want]}, schema={"id": pl.String, "X": rule.type.dtype})
    seen = pl.DataFrame({"id": ["1"], "X": [last]}, schema={"id": pl.String, "X": pl.String})
    return plan(records, wanted, seen, [rule])


def payload(rule, now, want, last=None):
    found = decide(rule, now, want, last)
    return found.updates[0].fields["X"] if found.updates else "nothing"


@pytest.mark.parametrize(
    ("kind", "now", "want"),
    [
        (Type.INTEGER, "20.0", 20),
        (Type.INTEGER, "2.0E1", 20),
        (Type.NUMBER, "20", 20.0),
        (Type.BOOLEAN, "true", True),
        (Type.DATE, "2026-01-31T00:00:00.000Z", date(2026, 1, 31)),
        (Type.DATETIME, "2026-01-31T12:00:00.000+0000", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (Type.DATETIME, "2026-01-31T13:00:00+01:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (Type.LIST, "b; a", ["a", "b"]),
        (Type.LIST, "", None),
        (Type.TEXT, "", None),
        (Type.TEXT, "same", "same"),
        (Type.INTEGER, "", None),
        (Type.INTEGER, None, None),
    ],
)
def test_what_means_the_same_is_not_written(kind, now, want):
    found = decide(write(kind), now, want)
    assert found.updates == []
    assert found.unchanged == 1


@pytest.mark.parametrize(
    ("kind", "now", "want", "new"),
    [
        (Type.INTEGER, "20.5", 20, 20),
        (Type.INTEGER, None, 20, 20),
        (Type.INTEGER, "many", 20, 20),
        (Type.INTEGER, "many", None, None),
        (Type.NUMBER, "1", 20.0, 20),
        (Type.NUMBER, "1", 0.5, 0.5),
        (Type.NUMBER, "1", 1e300, 1e300),
        (Type.BOOLEAN, None, False, False),
        (Type.DATE, None, date(2026, 1, 31), "2026-01-31"),
        (Type.DATETIME, None, datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000Z"),
        (Type.LIST, "a;c", ["b", "a"], "b;a"),
        (Type.LIST, "a", None, None),
        (Type.TEXT, "Same", "same", "same"),
        (Type.TEXT, "old", None, None),
    ],
)
def test_what_differs_is_written_as_the_crm_takes_it(kind, now, want, new):
    written = payload(write(kind), now, want)
    assert written == new
    assert type(written) is type(new)


@pytest.mark.parametrize(
    ("now", "want", "last", "outcome"),
    [
        (None, "Banking", None, "Banking"),
        ("  ", "Banking", None, "Banking"),
        ("Retail", "Banking", None, "nothing"),
        ("Retail", "Banking", "Insurance", "nothing"),
        (None, "Banking", "Insurance", CLEARED),
        (None, None, None, "nothing"),
        ("Retail", None, None, "nothing"),
    ],
)
def test_fill(now, want, last, outcome):
    assert _outcome(write(policy=Policy.FILL), now, want, last) == outcome


@pytest.mark.parametrize(
    ("now", "want", "last", "outcome"),
    [
        (None, "Working", None, "Working"),
        ("Open", "Working", None, "Working"),
        ("Nurture", "Working", None, EDITED),
        ("Working", "Closed", "Working", "Closed"),
        ("Nurture", "Closed", "Working", EDITED),
        ("Open", "Closed", "Working", EDITED),
        (None, "Closed", "Working", CLEARED),
        ("Nurture", "Nurture", "Working", "nothing"),
        ("Nurture", None, "Working", "nothing"),
        ("Working", None, "Working", "nothing"),
    ],
)
def test_unless_edited(now, want, last, outcome):
    assert _outcome(write(policy=Policy.UNLESS_EDITED, initial=("Open",)), now, want, last) == outcome


def _outcome(rule, now, want, last):
    found = decide(rule, now, want, last)
    return found.withheld[0].why if found.withheld else (found.updates[0].fields["X"] if found.updates else "nothing")


def test_our_own_hand_is_known_by_value_not_by_spelling():
    rule = write(Type.NUMBER, Policy.UNLESS_EDITED)
    assert payload(rule, "20.0", 30.0, last="20") == 30


def test_a_plan_names_each_change_with_what_was_there():
    writes = [Write("Score", Type.INTEGER, Policy.OWN, "score"), Write("Stage", Type.TEXT, Policy.OWN, "stage")]
    records = pl.DataFrame({"id": ["1", "2", "3"], "Score": ["1.0", "2.0", None], "Stage": ["a", None, "c"]})
    wanted = pl.DataFrame({"id": ["1", "2", "3"], "Score": [1, 5, 3], "Stage": ["b", "b", "c"]})
    found = plan(records, wanted, _never(), writes)
    assert found.updates == [
        Update("1", {"Stage": "b"}),
        Update("2", {"Score": 5, "Stage": "b"}),
        Update("3", {"Score": 3}),
    ]
    assert list(found.changes()) == [
        Change("1", "Stage", "a", "b"),
        Change("2", "Score", "2.0", 5),
        Change("2", "Stage", None, "b"),
        Change("3", "Score", None, 3),
    ]
    assert found.unchanged == 0


def test_withheld_changes_do_not_stop_the_others_of_a_lead():
    writes = [Write("Status", Type.TEXT, Policy.UNLESS_EDITED, "stage"), Write("Score", Type.INTEGER, Policy.OWN, "s")]
    records = pl.DataFrame({"id": ["1"], "Status": ["Mine"], "Score": ["1"]})
    wanted = pl.DataFrame({"id": ["1"], "Status": ["Theirs"], "Score": [2]})
    found = plan(records, wanted, _never(), writes)
    assert found.updates == [Update("1", {"Score": 2})]
    assert found.withheld == [Withheld("1", "Status", EDITED)]


def test_order_and_number_of_rows_may_differ():
    rule = write(policy=Policy.UNLESS_EDITED)
    records = pl.DataFrame({"id": ["1", "2", "3"], "X": ["a", "b", "c"]})
    wanted = pl.DataFrame({"id": ["3", "1"], "X": ["z", "z"]})
    seen = pl.DataFrame({"id": ["1", "9", "3"], "X": ["a", "a", "other"]})
    found = plan(records, wanted, seen, [rule])
    assert found.updates == [Update("1", {"X": "z"})]
    assert found.withheld == [Withheld("3", "X", EDITED)]
    assert found.unchanged == 1


def test_nothing_to_decide():
    planner = Planner([write(policy=Policy.FILL)])
    records = pl.DataFrame(schema={"id": pl.String, "X": pl.String})
    found = planner.plan(records, records, _never())
    assert (found.updates, found.withheld, found.unchanged, list(found.changes())) == ([], [], 0, [])
    assert plan(records.select("id"), records.select("id"), _never(), []).unchanged == 0


def _never():
    return pl.DataFrame(schema={"id": pl.String})
