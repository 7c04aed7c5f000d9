"""Laws of the waterfall, against a plain model of one lead: whatever was answered, in whatever order it comes."""

import os
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.enrich.values import FieldPlan
from tests.core.enrich.falls import DAY, NOW, answers, asked, fall, leads, said, when

PROVIDERS = ("crm", "pdl", "apollo", "mine")
VALUES = {"employees": ["50", "52", "1200", "9.5", "many", "", None], "industry": ["Bank", "bank ", "Steel", None]}
TYPED = {
    "employees": {"50": 50, "52": 52, "1200": 1200},
    "industry": {"Bank": "Bank", "bank ": "bank", "Steel": "Steel"},
}
CONDITIONS = [None, when("city = 'Bern'"), when("industry = 'Bank'"), when("employees is null")]


def plan_of(field):
    return st.builds(
        FieldPlan,
        field=st.just(field),
        providers=st.permutations(PROVIDERS)
        .map(tuple)
        .flatmap(lambda names: st.integers(1, 4).map(lambda n: names[:n])),
        min_confidence=st.sampled_from([0.0, 0.4, 0.8]),
        run_if=st.sampled_from(CONDITIONS),
        fresh=st.sampled_from([5 * DAY, 50 * DAY]),
        half_life=st.sampled_from([None, 10 * DAY]),
        form=st.sampled_from(["", "form_employees"]) if field == "employees" else st.just(""),
    )


def answer(lead):
    field = st.sampled_from([*VALUES, None])
    row = field.flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name] if name else [None])))
    return st.builds(
        lambda provider, row, confidence, days: said(provider, *row, confidence, days, lead),
        st.sampled_from(PROVIDERS),
        row,
        st.sampled_from([0.3, 0.5, 0.9, None]),
        st.sampled_from([0, 4, 5, 9, 60]),
    )


PLANS = st.tuples(plan_of("employees"), plan_of("industry"))
LEADS = st.lists(
    st.fixed_dictionaries(
        {
            "employees": st.sampled_from([None, 50, 1200]),
            "industry": st.sampled_from([None, "Bank", "Steel"]),
            "form_employees": st.sampled_from([None, 300]),
            "city": st.sampled_from([None, "Bern"]),
        }
    ),
    min_size=2,
    max_size=6,
)
CASE = LEADS.flatmap(
    lambda rows: st.tuples(
        st.just(leads(*rows)),
        st.lists(st.sampled_from(range(len(rows))).map(str).flatmap(answer), max_size=25),
        st.lists(st.tuples(st.booleans(), st.booleans()), min_size=len(rows), max_size=len(rows)),
    )
)


def merge(plans, case):
    frame, rows, flags = case
    ours = frame.select("id").with_columns(
        employees=pl.Series([flag for flag, _ in flags]), industry=pl.Series([flag for _, flag in flags])
    )
    one = fall(*plans)
    return one, one.merge(frame, ours, answers(*rows))


# -- the model ---------------------------------------------------------------------------------------------------------


def latest(rows, lead, provider, field):
    """The answer of a provider to a field: the latest, of several the surest, then the first by its text."""
    mine = [row for row in rows if (row["id"], row["provider"], row["field"]) == (lead, provider, field)]
    first = min(mine, key=lambda row: (-row["at"].timestamp(), -(row["confidence"] or -1), _last(row)), default=None)
    return first if first and first["value"] and first["value"].strip() else None


def _last(row):
    text = row["value"].strip() if row["value"] is not None else None
    return (text is None, text or "")


def left(plan, row):
    sure = row["confidence"] or 0.0
    return sure * 0.5 ** ((NOW - row["at"]) / plan.half_life) if plan.half_life else sure


def model(plan, lead, ours, rows):
    """What is known of a field, by whom, and whether nobody needs to be asked for it."""
    given = lead[plan.field]
    if given is not None and not ours:
        return given, "", True
    if plan.form and lead[plan.form] is not None:
        return lead[plan.form], "form", True
    for provider in plan.providers:
        row = latest(rows, lead["id"], provider, plan.field)
        typed = TYPED[plan.field].get(row["value"]) if row else None
        if typed is not None and left(plan, row) >= plan.min_confidence:
            return typed, provider, NOW - row["at"] <= plan.fresh
    return given, None, False


def asked_lately(plan, lead, provider, rows):
    moments = [row["at"] for row in rows if (row["id"], row["provider"]) == (lead["id"], provider)]
    return bool(moments) and NOW - max(moments) <= plan.fresh


def holds(plan, known):
    match CONDITIONS.index(plan.run_if):
        case 0:
            return True
        case 1:
            return known["city"] == "Bern"
        case 2:
            return known["industry"] == "Bank"
        case _:
            return known["employees"] is None


# -- the laws ----------------------------------------------------------------------------------------------------------

HUNT = int(os.environ.get("LEADRELAY_HUNT", "0"))


def law(examples):
    """`LEADRELAY_HUNT=1000` looks for longer, among new ones."""
    return settings(max_examples=HUNT or examples, derandomize=not HUNT, deadline=None, database=None)


@law(20)
@given(PLANS, CASE)
def test_values_winners_and_who_may_be_asked_are_those_of_the_model(plans, case):
    frame, rows, flags = case
    _, merged = merge(plans, case)
    won = {(row["id"], row["field"]): row["provider"] for row in merged.facts.filter("won").to_dicts()}
    open_ = {row["id"]: row for row in merged.open.to_dicts()}
    for lead, mine, found in zip(frame.to_dicts(), flags, merged.leads.to_dicts(), strict=True):
        for plan, ours in zip(plans, mine, strict=True):
            value, winner, settled = model(plan, lead, ours, rows)
            assert found[plan.field] == value
            told = won.get((lead["id"], plan.field), "")
            assert told == winner if winner is not None else (value is None) == (told == "")
            somebody = not all(asked_lately(plan, lead, name, rows) for name in plan.providers)
            assert open_[lead["id"]][plan.field] == (not settled and somebody and holds(plan, found))


@law(3)
@given(PLANS, CASE, st.randoms())
def test_the_order_of_rows_does_not_matter(plans, case, random):
    frame, rows, flags = case
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = merge(plans, case)[1], merge(plans, (frame, shuffled, flags))[1]
    for name in ("leads", "open", "facts", "asked_at", "runs"):
        assert getattr(one, name).equals(getattr(other, name))
    assert one.again_at.equals(other.again_at)


@law(5)
@given(PLANS, CASE, st.data())
def test_every_lead_is_done_after_so_many_look_ups_as_there_are_providers(plans, case, data):
    """Nobody is asked twice, nobody for a field that is settled, and each field goes down its own list."""
    frame, rows, flags = case
    heard, barred, rounds = list(rows), [], 0
    while True:
        one, merged = merge(plans, (frame, heard, flags))
        wanted = one.wanted(merged, asked(*barred)).to_dicts()
        if not wanted:
            return
        rounds += 1
        assert rounds <= len(PROVIDERS)
        assert len({row["id"] for row in wanted}) == len(wanted)
        open_ = {row["id"]: row for row in merged.open.to_dicts()}
        for row in wanted:
            assert (row["id"], row["provider"]) not in barred
            assert row["fields"]
            for name in row["fields"]:
                assert open_[row["id"]][name]
                plan = next(plan for plan in plans if plan.field == name)
                free = [
                    provider
                    for provider in plan.providers
                    if (row["id"], provider) not in barred
                    and not asked_lately(plan, {"id": row["id"]}, provider, heard)
                ]
                assert free[0] == row["provider"]
            barred.append((row["id"], row["provider"]))
            field, days = data.draw(st.sampled_from([*VALUES, None])), 0
            value = data.draw(st.sampled_from(VALUES[field])) if field else None
            heard.append(said(row["provider"], field, value, 0.9, days, row["id"]))


@law(4)
@given(PLANS, CASE)
def test_nothing_changes_by_time_before_it_is_said_to(plans, case):
    frame, rows, flags = case
    _, merged = merge(plans, case)
    ours = frame.select("id").with_columns(
        employees=pl.Series([flag for flag, _ in flags]), industry=pl.Series([flag for _, flag in flags])
    )
    for place, moment in enumerate(merged.again_at):
        assert moment is None or moment > NOW
        until = moment - timedelta(milliseconds=2) if moment else NOW + 5000 * DAY
        later = fall(*plans, now=until).merge(frame, ours, answers(*rows))
        assert later.leads.row(place) == merged.leads.row(place)
        assert later.open.row(place) == merged.open.row(place)
