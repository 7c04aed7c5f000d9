"""What is not known is asked once, of the first who may know; what was said is kept, and what a person says stands."""

from datetime import timedelta

import pytest

from leadrelay.core.limits import Brake, Limit
from leadrelay.enrichers.base import Answer, Found, Price
from leadrelay.errors import ConfigError, Stopped
from leadrelay.jobs.enriching.sources import Sources
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.reading import Nobody
from leadrelay.state.budgets import Caps
from tests.jobs.enriching.conftest import KilledError


def told(summary, provider, *names):
    return tuple(summary.to_json()["enrichment"][provider][name] for name in names)


def test_what_is_found_is_decided_with_and_written(house):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com")
    summary = house.run()
    assert house.employees("L1") == "1200"
    assert house.bench.crm.records["L1"]["Leadrelay_Score"] == "20"
    assert told(summary, "pdl", "asked", "hits", "spent", "unit") == (1, 1, 0.1, "USD")
    assert house.providers.apollo.asked == []
    assert summary.balanced


def test_nothing_is_asked_twice(house):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com")
    house.add("L2", "nobody.com")
    house.run()
    again = house.run(everything=True)
    assert told(again, "pdl", "asked", "kept", "spent") == (0, 2, 0)
    assert [len(one.asked) for one in (house.providers.pdl, house.providers.apollo)] == [2, 1]
    assert house.employees("L1") == "1200"
    assert told(house.run(), "pdl", "asked", "kept") == (0, 0)  # nothing changed, so that nothing is looked up


def test_leads_of_one_company_are_one_question(house):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    for number in range(25):
        house.add(f"L{number}", "acme.com")
    summary = house.run()
    assert told(summary, "pdl", "asked", "spent") == (1, 0.1)
    assert {house.employees(f"L{number}") for number in range(25)} == {"1200"}


def test_who_is_next_is_asked_where_the_first_does_not_know(house):
    house.providers.table.knows["shelf.com"] = "70"
    house.providers.apollo.knows |= {"acme.com": {"employees": "1300"}, "vague.com": {"employees": "9"}}
    house.providers.pdl.moods["vague.com"] = Answer(Found.HIT, {"employees": "8"}, {"employees": 0.4})
    for lead, site in (("L1", "shelf.com"), ("L2", "acme.com"), ("L3", "vague.com"), ("L4", "")):
        house.add(lead, site)
    summary = house.run()
    assert [house.employees(f"L{number}") for number in range(1, 5)] == ["70", "1300", "9", None]
    assert [one["website"] for one in house.providers.pdl.asked] == ["acme.com", "vague.com"]
    assert told(summary, "apollo", "asked", "hits") == (2, 2)
    assert house.providers.table.calls == 4


def test_what_a_person_says_stands_and_nobody_is_asked(house):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com", Employees="7")
    house.add("L2", "acme.com")
    house.run()
    house.bench.crm.put("L2", {"Employees": "8"})
    house.run()
    assert (house.employees("L1"), house.employees("L2")) == ("7", "8")
    assert len(house.providers.pdl.asked) == 1


def test_an_answer_that_is_stale_is_asked_for_again_by_itself(house):
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com")
    house.run()
    assert told(house.later(days=29), "pdl", "asked", "kept") == (0, 0)
    house.providers.pdl.knows["acme.com"] = {"employees": "1500"}
    assert told(house.later(days=2), "pdl", "asked") == (1,)
    assert house.employees("L1") == "1500"


def test_a_provider_that_raises_has_failed_and_is_asked_again_in_an_hour(house):
    house.providers.pdl.moods["acme.com"] = ValueError("ana@acme.com")
    house.providers.apollo.moods["acme.com"] = Answer(Found.MISS)
    house.add("L1", "acme.com")
    summary = house.run()
    assert told(summary, "pdl", "asked", "failed") == (1, 1)
    assert summary.balanced
    standing = house.store.lookups.standing("pdl")
    assert standing.why == "a fault of the provider (ValueError)"
    del house.providers.pdl.moods["acme.com"]
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    assert told(house.later(minutes=50), "pdl", "asked") == (0,)
    assert told(house.later(minutes=20), "pdl", "asked") == (1,)
    assert house.employees("L1") == "1200"


def test_a_provider_that_answers_too_little_has_failed(house):
    house.providers.pdl.piece = 3
    house.providers.pdl.ask = lambda _questions: [Answer(Found.MISS)]
    for number in range(3):
        house.add(f"L{number}", f"{number}.com")
    assert told(house.run(), "pdl", "asked", "failed") == (3, 3)


def test_a_provider_that_is_down_is_asked_nothing_more_and_its_leads_come_again(house):
    house.providers.pdl.moods["*"] = Answer(Found.FAILED, why="503", again=timedelta(hours=2), down=True)
    house.providers.pdl.at_once = 1
    for number in range(30):
        house.add(f"L{number}", f"{number}.com")
    summary = house.run()
    assert told(summary, "pdl", "asked", "failed", "down") == (1, 1, "503")
    assert told(summary, "apollo", "asked") == (30,)
    assert summary.attention
    assert summary.balanced
    house.providers.pdl.moods.clear()
    assert told(house.later(hours=1), "pdl", "asked") == (0,)
    assert told(house.later(hours=2), "pdl", "asked") == (30,)


def test_no_more_is_spent_than_allowed_and_the_rest_is_asked_another_day(house):
    house.providers.caps = Caps(day=1_000_000)
    house.providers.apollo.moods["*"] = Answer(Found.MISS)
    for number in range(25):
        house.providers.pdl.knows[f"{number}.com"] = {"employees": "1200"}
        house.add(f"L{number:02}", f"{number}.com")
    first = house.run()
    assert told(first, "pdl", "asked", "spent", "over_budget") == (10, 1, 15)
    assert house.store.lookups.spending("pdl", house.now).day == 1_000_000
    assert (first.balanced, first.attention) == (True, False)
    assert told(house.run(), "pdl", "asked") == (0,)
    assert told(house.later(days=1), "pdl", "asked") == (10,)
    assert told(house.later(days=1), "pdl", "asked") == (5,)
    assert {record["Employees"] for record in house.bench.crm.records.values()} == {"1200"}


def test_money_that_misses_give_back_is_spent_in_the_same_run(house):
    house.providers.caps = Caps(run=400_000)
    for number in range(25):
        house.add(f"L{number:02}", f"{number}.com")
    summary = house.run()
    assert told(summary, "pdl", "asked", "spent", "over_budget") == (25, 0.25, 0)


def test_what_the_run_may_spend_is_free_again_in_the_next_run(house):
    house.providers.caps = Caps(run=100_000)
    house.providers.apollo.moods["*"] = Answer(Found.MISS)
    for number in range(3):
        house.providers.pdl.knows[f"{number}.com"] = {"employees": "1200"}
        house.add(f"L{number:02}", f"{number}.com")
    assert [told(house.run(), "pdl", "asked")[0] for _ in range(4)] == [1, 1, 1, 0]


def test_no_more_than_so_many_are_under_way(house):
    house.providers.pdl.at_once, house.providers.pdl.piece, house.providers.pdl.nap = 3, 2, 0.01
    for number in range(40):
        house.add(f"L{number:02}", f"{number}.com")
    assert told(house.run(), "pdl", "asked") == (40,)
    assert 1 < house.providers.pdl.most_at_a_time <= 3


def test_a_run_that_is_killed_loses_what_was_under_way_and_no_more(house):
    house.providers.pdl.moods["7.com"] = KilledError()
    for number in range(40):
        house.add(f"L{number:02}", f"{number}.com")
    with pytest.raises(KilledError):
        house.run()
    asked = len(house.providers.pdl.asked)
    assert asked <= 7 + 2 * house.providers.pdl.at_once
    house.providers.pdl.moods.clear()
    summary = house.run()
    assert summary.balanced
    assert len(house.providers.pdl.asked) <= 40 + house.providers.pdl.at_once
    standing = house.store.lookups.standing("pdl")
    assert standing.answers == {"miss": 40}
    assert 0 < standing.lost <= house.providers.pdl.at_once * house.providers.pdl.price.most


def test_who_is_told_to_stop_asks_nothing_more(house):
    for number in range(40):
        house.add(f"L{number:02}", f"{number}.com")
    house.bench.stopping = lambda: len(house.providers.pdl.asked) >= 10
    summary = house.run()
    assert not summary.complete
    assert 10 <= told(summary, "pdl", "asked")[0] <= 10 + house.providers.pdl.at_once
    house.bench.stopping = lambda: False
    house.run()
    assert len(house.providers.pdl.asked) == 40


def test_about_leads_that_are_never_written_nobody_is_asked(house):
    house.bench.mapping = house.bench.mapping.replace('object = "Lead"', 'object = "Lead"\nleave = "employees is null"')
    house.add("L1", "acme.com")
    assert told(house.run(), "pdl", "asked") == (0,)


@pytest.mark.parametrize(("leave", "asked"), [("domain = 'acme.com'", 0), ("duplicates > 0", 1)])
def test_who_is_never_written_may_hang_on_what_is_derived(house, leave, asked):
    house.bench.mapping = house.bench.mapping.replace('object = "Lead"', f'object = "Lead"\nleave = "{leave}"')
    house.add("L1", "acme.com")
    assert told(house.run(), "pdl", "asked") == (asked,)


def test_a_plan_says_what_would_be_asked_and_asks_nobody(house):
    house.providers.caps = Caps(day=250_000)
    for number in range(4):
        house.add(f"L{number:02}", f"{number % 3}.com")
    house.bench.extras["sources"] = house.providers.sources()
    preview = Preview(house.bench.job(), house.store, house.bench.clock(), Nobody(), None)
    preview.gather()
    found = preview.to_json()["enrichment"]["pdl"]
    assert (found["asked"], found["most"], found["over_budget"], found["unit"]) == (2, 0.2, 1, "USD")
    assert house.providers.pdl.asked == []
    assert house.store.lookups.standing("pdl").answers == {}
    [told_of] = explanation(house.bench.job(), house.store, "L00", house.bench.clock()).enriched
    assert told_of.silent["pdl"] == "not asked: a run would ask"


def test_a_lead_about_which_somebody_is_asked_counts_as_changed_for_the_brake(house):
    for number in range(4):
        house.add(f"L{number:02}", f"{number}.com")
    house.run()
    house.add("L99", "new.com")
    house.bench.clock.pass_by(days=40)
    house.bench.extras["brake"] = Brake(changes=Limit.parse("1"))
    with pytest.raises(Stopped, match="max_changes"):
        house.run()
    assert len(house.providers.pdl.asked) == 4


def test_a_lead_that_is_gone_takes_along_what_was_asked_by_its_address(house):
    house.bench.mapping = house.bench.mapping.replace("[write]", 'email = "Email"\n[write]', 1)
    house.providers.pdl.asks = (("email",),)
    house.providers.pdl.knows["ana@acme.com"] = {"employees": "1200"}
    house.providers.pdl.moods["ben@acme.com"] = Answer(Found.FAILED, again=timedelta(seconds=1))
    house.add("L1", "", Email="ana@acme.com")
    house.add("L2", "", Email="ben@acme.com")
    house.run()
    house.bench.crm.delete("L1")
    house.bench.clock.pass_by(days=40)
    house.run()
    assert house.store.lookups.standing("pdl").answers == {"failed": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sources: {"table": sources["table"]}, "there is no provider 'pdl'"),
        (lambda sources: {**sources, "pdl": sources["shelf"]}, "the provider 'pdl' does not tell 'employees'"),
    ],
)
def test_a_job_whose_providers_do_not_fit_does_not_run(house, change, said):
    makers = {one.name: lambda one=one: one for one in house.providers}
    house.providers.apollo.fields = frozenset()
    house.add("L1", "acme.com")
    house.bench.extras["sources"] = Sources(change({**makers, "shelf": lambda: house.providers.apollo}))
    with pytest.raises(ConfigError, match=said) as caught:
        house.bench.run()
    assert caught.value.problems[0].place.startswith("playbook.toml:")


def test_providers_are_opened_when_they_are_asked_first_and_closed(providers):
    sources = providers.sources()
    sources.close()
    assert not providers.pdl.closed
    assert sources["pdl"] is providers.pdl
    sources.close()
    assert providers.pdl.closed


def test_what_can_change_nothing_is_not_bought(house):
    house.providers.always = None
    large = "bant_met >= 1 or (employees >= 1000 and budget_status = 'open')"
    house.bench.playbook = house.bench.playbook.replace("bant_met >= 1", large)
    house.add("L1", "acme.com")
    house.add("L2", "acme.com", Budget_Status="none")
    house.add("L3", "other.com", Budget_Status="open")
    house.add("L4", "third.com", Budget_Status="none")
    summary = house.run()
    assert [one["website"] for one in house.providers.pdl.asked] == ["other.com"]
    assert told(summary, "pdl", "saved_calls", "saved") == (2, 0.2)
    assert told(summary, "apollo", "asked", "saved_calls") == (1, 0)


def test_what_costs_nothing_is_asked_whether_or_not_it_changes_anything(house):
    house.providers.always = None
    house.providers.pdl.price = Price(0, 0)
    house.bench.playbook = house.bench.playbook.replace('when = "employees >= 1000"', 'when = "budget_amount >= 5"')
    house.add("L1", "acme.com")
    summary = house.run()
    assert [len(one.asked) for one in (house.providers.pdl, house.providers.apollo)] == [1, 0]
    assert told(summary, "apollo", "saved_calls") == (1,)


def test_a_provider_may_be_told_to_be_asked_always(house):
    house.providers.always = True
    house.bench.playbook = house.bench.playbook.replace('when = "employees >= 1000"', 'when = "budget_amount >= 5"')
    house.add("L1", "acme.com")
    assert told(house.run(), "pdl", "asked", "saved_calls") == (1, 0)


def test_an_old_table_does_not_bring_its_leads_back_every_run(house):
    house.providers.table.knows["shelf.com"] = "70"
    house.providers.table.at = house.now - timedelta(days=400)
    house.add("L1", "shelf.com")
    house.add("L2", "none.com")
    house.run()
    assert house.employees("L1") == "70"
    summary = house.later(minutes=5)
    assert (summary.due, summary.unchanged) == (0, 2)
    assert house.providers.table.calls == 2


def test_a_table_that_changed_is_asked_about_every_lead(house):
    house.providers.table.knows["shelf.com"] = "70"
    house.add("L1", "shelf.com")
    house.run()
    house.providers.table.knows["shelf.com"] = "80"
    assert house.run().changed == 0
    house.providers.table.version = "2"
    assert house.run().changed == 1
    assert house.employees("L1") == "80"


def test_explain_says_what_may_still_become_of_a_lead(house):
    large = "bant_met >= 1 or (employees >= 1000 and budget_status = 'open')"
    house.bench.playbook = house.bench.playbook.replace("bant_met >= 1", large)
    house.add("L1", "other.com", Budget_Status="open")
    house.add("L2", "third.com", Budget_Status="none")
    house.add("L3", "typed.com", Employees="7")
    house.bench.extras["sources"] = house.providers.sources()
    found = {
        lead: explanation(house.bench.job(), house.store, lead, house.bench.clock()) for lead in ("L1", "L2", "L3")
    }
    assert list(found["L1"].outlook.lines()) == ["within reach by employees: stage name to sal, score 0 to 20"]
    assert list(found["L2"].outlook.lines()) == ["can change nothing: employees"]
    assert found["L1"].to_json()["outlook"]["deciding"] == ["employees"]
    assert found["L3"].outlook is None
