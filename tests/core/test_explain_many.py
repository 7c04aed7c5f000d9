"""Many leads explained at once are explained as each is alone: the same traces, and so the same texts."""

from datetime import UTC, date, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.explain import Tracer
from leadrelay.core.explain_many import AT_ONCE, Together
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from tests.core.test_qualify_laws import CASES, NOW, PLAYBOOKS, frame, leads_of

PEOPLE = load(
    """
name = "Who gets it, who watches, who said no, what they ask about"

[qualification]
when = "employees >= 50"

[[qualification.statuses]]
name = "strong"
when = "employees >= 1000"

[[qualification.statuses]]
name = "weak"

[[gate]]
name = "a budget"
when = "budget_amount > 0"

[[gate]]
name = "a company"
when = "company is not null"

[[recycle]]
name = "rejected"
when = "sales_verdict = 'rejected'"
after = "1 month"

[[recycle]]
name = "poor"
when = "budget_amount < 100"
after = "2 weeks"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"

[[stages]]
name = "sql"
side = "sales"
when = "gate_passed"

[[stages]]
name = "name"
side = "lead-generation"

[teams.north]
[[teams.north.members]]
email = "ana@acme.example"

[assignment]
when = "side = 'sales'"
fallback = "vera@acme.example"

[[assignment.rules]]
name = "large"
when = "employees >= 1000"
team = "north"

[[assignment.rules]]
name = "rest"
team = "north"

[handoff]
when = "qualified"

[sla]
first_response = "1 hour"
when = "employees > 10"

[sales]
accepted = "sales_verdict = 'accepted'"
rejected = "sales_verdict = 'rejected'"

[[topics]]
name = "Large"
when = "employees >= 5000"
to = "Deal desk"
""",
    "people.toml",
)
BOOKS = {**PLAYBOOKS, "people": PEOPLE}
TRACERS = {name: Tracer(playbook, NOW) for name, playbook in BOOKS.items()}
TOGETHER = {name: Together(playbook, NOW) for name, playbook in BOOKS.items()}
TOLD = {name: Together(playbook, NOW, silent=False) for name, playbook in BOOKS.items()}
ASKED = [*OUTPUTS, "employees", "company"]


@settings(max_examples=40, deadline=None)
@given(CASES | st.tuples(st.just("people"), leads_of(PEOPLE)))
def test_many_are_explained_as_each_is_alone(case):
    name, leads = case
    typed = frame(BOOKS[name], leads)
    for row, found, told in zip(typed.iter_rows(named=True), TOGETHER[name](typed), TOLD[name](typed), strict=True):
        alone = TRACERS[name](row)
        assert found == alone
        assert [told.because(asked) for asked in ASKED] == [alone.because(asked) for asked in ASKED]
        assert [told.in_short(asked) for asked in ASKED] == [alone.in_short(asked) for asked in ASKED]


def test_what_is_alike_stays_apart():
    """True is not 1, a lead is not the one before it, nor is the last of a part the first of the next."""
    count = AT_ONCE + 3
    leads = [
        {"employees": number % 1500, "sales_verdict": "rejected" if number % 7 else None} for number in range(count)
    ]
    leads[-1]["current_recycle_reason"], leads[-1]["current_reengage_on"] = "rejected", date(2026, 5, 1)
    leads[-1]["sales_verdict_at"] = datetime(2026, 5, 2, tzinfo=UTC)
    typed = frame(PEOPLE, [{name: lead.get(name) for name in PEOPLE.fields_used} for lead in leads])
    found = list(TOGETHER["people"](typed))
    rows = [0, 1, 999, 1000, AT_ONCE - 1, AT_ONCE, count - 1]
    assert len(found) == count
    assert [found[row] for row in rows] == [TRACERS["people"](typed.row(row, named=True)) for row in rows]


def test_nobody_is_explained():
    assert list(TOGETHER["default"](pl.DataFrame(schema={"id": pl.String}))) == []
