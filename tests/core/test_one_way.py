"""Fields that a CRM only moves forward: what is withheld, what is written, and what is asked for to know it."""

from dataclasses import replace

import polars as pl
import pytest

from leadrelay.core.changes import FORWARD, Planner, Policy, Withheld, Write
from leadrelay.core.lead import Type

ORDER = ("lead", "mql", "sql", "customer")
STAGE = Write("Stage", Type.TEXT, Policy.OWN, "stage")
SCORE = Write("Score", Type.INTEGER, Policy.OWN, "score")


def decided(now, want, rule=STAGE, order=ORDER, last=None):
    """The plan, and how often the order was asked for."""
    asked = []

    def told():
        asked.append(order)
        return order

    columns = {"id": pl.String, "Score": pl.String, "Stage": pl.String}
    records = pl.DataFrame([{"id": "1", "Score": "1", "Stage": now}], schema=columns)
    wanted = pl.DataFrame([{"id": "1", "Score": 2, "Stage": want}], schema={**columns, "Score": pl.Int64})
    seen = pl.DataFrame([{"id": "1", "Stage": last}], schema={"id": pl.String, "Stage": pl.String})
    return Planner([SCORE, rule], {"Stage": told}).plan(records, wanted, seen), len(asked)


@pytest.mark.parametrize("rule", [STAGE, replace(STAGE, policy=Policy.UNLESS_EDITED)])
def test_a_move_back_is_withheld_and_the_rest_is_written(rule):
    plan, asked = decided("sql", "mql", rule, last="sql")
    assert [dict(update.fields) for update in plan.updates] == [{"Score": 2}]
    assert plan.withheld == [Withheld("1", "Stage", FORWARD)]
    assert plan.after["Stage"].to_list() == ["sql"]
    assert asked == 1


@pytest.mark.parametrize(
    ("now", "want", "asked"),
    [("mql", "sql", 1), (None, "mql", 0), ("sql", None, 1), ("odd", "lead", 1), ("sql", "odd", 1), ("sql", "sql", 0)],
)
def test_every_other_move_is_made_and_the_order_is_asked_for_only_where_it_counts(now, want, asked):
    plan, times = decided(now, want)
    assert plan.withheld == []
    assert [update.fields.get("Stage", now) for update in plan.updates] == [want]
    assert times == asked


def test_an_order_that_nobody_knows_withholds_nothing():
    plan, _ = decided("sql", "mql", order=())
    assert [update.fields["Stage"] for update in plan.updates] == ["mql"]


def test_what_goes_back_is_guarded_whoever_it_belongs_to():
    rule = replace(STAGE, backward=True)
    plan = Planner([SCORE, rule]).plan(
        pl.DataFrame({"id": ["1"], "Score": ["1"], "Stage": ["sql"]}),
        pl.DataFrame({"id": ["1"], "Score": [2], "Stage": ["mql"]}),
        pl.DataFrame(schema={"id": pl.String}),
    )
    [update] = plan.updates
    assert (update.back, dict(update.guarded)) == ({"Stage"}, {"Stage": "sql"})
