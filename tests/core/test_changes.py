from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadrelay.core.changes import (
    CLEARED,
    EDITED,
    FOUGHT,
    ODD,
    Change,
    Planner,
    Policy,
    Update,
    Withheld,
    Write,
    plan,
)
from leadrelay.core.lead import Type

SCORE = Write("Score", Type.INTEGER, Policy.OWN, "score")
STATUS = Write("Status", Type.TEXT, Policy.UNLESS_EDITED, "stage")
INDUSTRY = Write("Industry", Type.TEXT, Policy.FILL, "industry")


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
    assert found.updates == [Update("1", {"X": "z"}, guarded={"X": "a"})]
    assert found.withheld == [Withheld("3", "X", EDITED)]
    assert found.unchanged == 1


def test_an_update_carries_the_stamp_and_what_a_person_may_edit_too():
    records = pl.DataFrame(
        {
            "id": ["1", "2", "3"],
            "modified": ["2026-01-31T12:00:00.000Z", "2026-02-01T12:00:00.000Z", None],
            "Score": ["1", "1", "1"],
            "Status": ["Open", None, "Mine"],
            "Industry": [None, "Retail", ""],
        }
    )
    wanted = pl.DataFrame(
        {"id": ["1", "2", "3"], "Score": [2, 2, 1], "Status": ["Done"] * 3, "Industry": ["Banking"] * 3}
    )
    seen = pl.DataFrame({"id": ["1"], "Status": ["Open"]})
    found = plan(records, wanted, seen, [SCORE, STATUS, INDUSTRY])
    assert found.updates == [
        Update(
            "1",
            {"Score": 2, "Status": "Done", "Industry": "Banking"},
            "2026-01-31T12:00:00.000Z",
            {"Status": "Open", "Industry": None},
        ),
        Update("2", {"Score": 2, "Status": "Done"}, "2026-02-01T12:00:00.000Z", {"Status": None}),
        Update("3", {"Industry": "Banking"}, "", {"Industry": ""}),
    ]


def test_calm_leaves_our_own_fields_alone_and_says_so():
    records = pl.DataFrame({"id": ["1", "2"], "Score": ["1", "1"], "Status": [None, None]})
    wanted = pl.DataFrame({"id": ["1", "2"], "Score": [2, 2], "Status": ["Done", "Done"]})
    planner = Planner([STATUS, SCORE])
    found = planner.plan(records, wanted, _never(), pl.Series(["1", "elsewhere"]))
    assert [update.fields for update in found.updates] == [{"Status": "Done"}, {"Status": "Done", "Score": 2}]
    assert found.withheld == [Withheld("1", "Score", FOUGHT)]
    assert found.after["Score"].to_list() == [1, 2]
    nobody = planner.plan(records, wanted, _never(), pl.Series([], dtype=pl.String))
    assert len(nobody.updates) == 2
    assert nobody.withheld == []
    alone = Planner([SCORE]).plan(records, wanted, _never(), pl.Series(["1"]))
    assert ([update.id for update in alone.updates], alone.unchanged) == (["2"], 1)


def test_a_plan_tells_how_the_records_will_be():
    records = pl.DataFrame({"id": ["1", "2"], "Score": ["1.0", "many"], "Status": ["Open", "Mine"]})
    wanted = pl.DataFrame({"id": ["2", "1"], "Score": [None, 5], "Status": ["Done", "Done"]})
    planner = Planner([SCORE, STATUS])
    now = planner.typed(records)
    assert now.rows() == [("1", 1, "Open", None), ("2", None, "Mine", "Score=many")]
    found = planner.plan(records, wanted, pl.DataFrame({"id": ["1", "2"], "Status": ["Open", "Open"]}))
    assert found.after.schema == now.schema == {"id": pl.String, "Score": pl.Int64, "Status": pl.String, ODD: pl.String}
    assert found.after.rows() == [("2", None, "Mine", None), ("1", 5, "Done", None)]


def test_text_of_another_type_stays_odd_where_it_is_not_written():
    shared = Write("Size", Type.INTEGER, Policy.UNLESS_EDITED, "employees")
    records = pl.DataFrame({"id": ["1"], "Size": ["many"]})
    wanted = pl.DataFrame({"id": ["1"], "Size": [7]})
    found = Planner([shared]).plan(records, wanted, _never())
    assert found.after.rows() == [("1", None, "Size=many")]


@pytest.mark.parametrize("now", [None, "few"])
def test_what_we_wrote_once_counts_even_where_it_is_of_no_type_any_more(now):
    rule = write(Type.INTEGER, Policy.UNLESS_EDITED)
    assert payload(rule, now, 7, last="many") == "nothing"
    assert payload(write(Type.INTEGER, Policy.FILL), None, 7, last="many") == "nothing"


def test_nothing_to_decide():
    planner = Planner([write(policy=Policy.FILL)])
    records = pl.DataFrame(schema={"id": pl.String, "X": pl.String})
    found = planner.plan(records, records, _never())
    assert (found.updates, found.withheld, found.unchanged, list(found.changes())) == ([], [], 0, [])
    assert plan(records.select("id"), records.select("id"), _never(), []).unchanged == 0


def _never():
    return pl.DataFrame(schema={"id": pl.String})
