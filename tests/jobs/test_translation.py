"""A mapping that says everything, in whole runs: what is written, what is left, and what `mapping test` tells of it."""

import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies, Inspection
from leadrelay.errors import ConfigError
from leadrelay.jobs.rates import rates_in, with_rates_of
from leadrelay.jobs.translation import translation
from tests.stores import new_store

MAPPING = """
object = "Lead"
zone = "Europe/Berlin"
[currency]
to = "EUR"
field = "Iso"
rates = { USD = 0.92 }
[read]
employees = { field = "Size", number = "text", decimal = ",", range = "high" }
budget_amount = { field = "Budget", currency = true }
phone = { first = ["Mobile", "Phone"], empty = ["n/a"] }
last_name = { template = "{First} {Last}" }
source = { constant = "inbound" }
project_start = "Starts"
technologies = { field = "Tools", values = { SNOW = "ServiceNow" } }
opted_out = { field = "Out", false = ["nein"], default = true }
[write]
Leadrelay_Stage = "stage"
Copy = { from = "budget_amount", policy = "own", currency = true }
Starts_At = { from = "project_start", policy = "own", zone = true }
Summary = { template = "{stage}: {last_name}", policy = "own" }
Tags = { from = "technologies", policy = "unless-edited", entries = "append" }
Phone_2 = { from = "phone", policy = "fill" }
"""
ROW = {
    "Size": "50-1.200 MA",
    "Budget": "12000",
    "Iso": "usd",
    "Mobile": "n/a",
    "Phone": "030 1",
    "Last": "Lee",
    "Starts": "2026-07-01T22:30:00Z",
    "Tools": "snow;x",
    "Out": "nein",
}


@pytest.fixture
def store_url(tmp_path):
    """One kind of database is enough: what is kept is no other than for any mapping."""
    return new_store(tmp_path / "state.db")


@pytest.fixture
def world(bench):
    bench.mapping = MAPPING
    bench.crm.seen = Inspection("memory", "Lead", "", currencies=Currencies("USD", several=True, rates={"EUR": 1.25}))
    known = {field.name for field in bench.crm.describe().values()}
    names = {*ROW, "First", "Copy", "Starts_At", "Summary", "Tags", "Phone_2"}
    for name in sorted(names - known):
        bench.crm.add_field(FieldInfo(name, name, "string"))
    return bench


def record(world):
    (found,) = world.crm.records.values()
    return found


def told(world):
    (lead,) = world.crm.records
    found = translation(world.job(), world.store, lead, world.clock.moment)
    return {one.lead: one for one in found.inward}, {one.field: one for one in found.outward}


def test_a_run_writes_what_the_mapping_says_and_the_next_finds_nothing_to_do(world):
    world.add(1, **ROW, Tags="p")
    world.run()
    found = record(world)
    assert found["Copy"] == "12000"
    assert found["Starts_At"] == "2026-07-01T22:00:00.000Z"
    assert found["Summary"] == "sal: Lee"
    assert found["Tags"] == "p;ServiceNow;x"
    assert found["Phone_2"] == "030 1"
    lead = len(world.crm.written)
    world.clock.pass_by(days=1)
    world.run(everything=True)
    assert (record(world), len(world.crm.written)) == (found, lead)


def test_what_was_read_is_told_step_by_step(world):
    world.add(1, **ROW)
    inward, _ = told(world)
    assert {name: (one.value, one.steps) for name, one in inward.items()} | {"project_start": None} == {
        "employees": (1200, ("number in the text: 1,200, high of a range",)),
        "budget_amount": (11_040.0, ("12,000 USD → 11040 EUR at 0.92",)),
        "phone": ("030 1", ("first of Mobile, Phone: Phone",)),
        "last_name": ("Lee", ("template, without First",)),
        "source": ("inbound", ("constant",)),
        "project_start": None,
        "technologies": (["ServiceNow", "x"], ("2 entries, parted by ';'", "'snow' stands for ServiceNow")),
        "opted_out": (False, ("'nein' stands for false",)),
    }
    assert (str(inward["project_start"].value), inward["project_start"].steps) == (
        "2026-07-02",
        ("the day in Europe/Berlin",),
    )
    assert inward["budget_amount"].texts == {"Budget": "12000", "Iso": "usd"}


def test_what_would_go_back_is_told_with_what_is_there_and_why_not(world):
    world.add(1, **ROW, Tags="p", Phone_2="1")
    _, outward = told(world)
    assert {name: (one.wanted, one.held, one.does, one.why) for name, one in outward.items()} == {
        "Leadrelay_Stage": ("sal", None, "write", ""),
        "Copy": (12_000, None, "write", ""),
        "Starts_At": ("2026-07-01T22:00:00.000Z", None, "write", ""),
        "Summary": ("sal: Lee", None, "write", ""),
        "Tags": ("p;ServiceNow;x", "p", "write", ""),
        "Phone_2": ("030 1", "1", "same", "it is filled already"),
    }
    assert outward["Copy"].steps == ("11040 EUR → 12000 USD at 0.92",)
    assert outward["Starts_At"].steps == ("midnight in Europe/Berlin",)
    assert outward["Tags"].steps == ("added to what is there",)
    assert outward["Summary"].values == {"stage": "sal", "last_name": "Lee"}


def test_an_amount_without_a_rate_is_not_known_and_clears_nothing(world):
    world.add(1, **{**ROW, "Iso": "XXX"}, Copy="7")
    inward, outward = told(world)
    assert (inward["budget_amount"].value, inward["budget_amount"].fits) == (None, False)
    assert inward["budget_amount"].steps == ("12,000 XXX: no rate of XXX is known", "not a number: counts as not given")
    assert (outward["Copy"].does, outward["Copy"].steps) == ("nothing", ("nothing to say: it keeps what it has",))
    world.run()
    assert record(world)["Copy"] == "7"


def test_who_takes_an_entry_out_has_edited_the_list(world):
    world.add(1, **ROW)
    world.run()
    assert record(world)["Tags"] == "ServiceNow;x"
    (lead,) = world.crm.records
    world.crm.put(lead, {"Tags": "x;mine"})
    _, outward = told(world)
    assert (outward["Tags"].does, outward["Tags"].why) == ("withheld", "edited by a person")
    world.run()
    assert record(world)["Tags"] == "x;mine"


def test_one_of_several_fields_may_vanish_and_a_currency_takes_its_amounts_along(world):
    world.add(1, **ROW)
    world.run()
    (lead,) = world.crm.records
    world.crm.drop_field("Mobile")
    world.crm.put(lead, {"Phone": "030 2", "Phone_2": ""})
    world.add(1, **{name: text for name, text in ROW.items() if name != "Mobile"})
    assert world.run().missing == ["Mobile"]
    first, second = world.crm.records.values()
    assert (first["Phone_2"], second["Phone_2"]) == (None, "030 1")
    world.crm.drop_field("Iso")
    world.crm.put(lead, {"Budget": "1", "Last": "Mo"})
    assert sorted(world.run().missing) == ["Iso", "Mobile"]
    assert (first["Copy"], first["Leadrelay_Stage"], first["Summary"]) == ("12000", "sal", "sal: Lee")


def test_what_is_undone_is_as_it_was_spelled(world):
    world.add(1, **ROW, Copy="12.5", Tags="p", Starts_At="2026-01-01T00:00:00.000Z")
    world.roll_back(world.run().run)
    found = record(world)
    assert (found["Copy"], found["Tags"], found["Starts_At"]) == ("12.5", "p", "2026-01-01T00:00:00.000Z")


BACK = ', values = { Banking = "Financial Services" }'


@pytest.mark.parametrize(
    ("policy", "back", "does"),
    [
        ("unless-edited", "", ("Banking", "withheld", "edited by a person")),
        ("fill", "", ("Banking", "same", "it is filled already")),
        ("own", "", ("Banking", "write", "")),
        ("unless-edited", BACK, ("Financial Services", "same", "")),
        ("own", BACK, ("Financial Services", "same", "")),
    ],
)
def test_a_translated_field_needs_the_way_back(world, policy, back, does):
    world.crm.add_field(FieldInfo("Industry", "Industry", "string"))
    world.mapping = f"""
object = "Lead"
[read]
industry = {{ field = "Industry", values = {{ "Financial Services" = "Banking" }} }}
[write]
Industry = {{ from = "industry", policy = "{policy}"{back} }}
"""
    world.add(1, Industry="Financial Services")
    one = told(world)[1]["Industry"]
    assert (one.wanted, one.does, one.why) == does


def test_the_rates_of_the_crm_are_those_of_its_own_currency(world):
    world.mapping = MAPPING.replace("rates = { USD = 0.92 }", 'rates = "crm"')
    mapping = with_rates_of(world.job().mapping, world.crm)
    assert {rate.currency: rate.worth for rate in mapping.currency.rates} == {"USD": 0.8, "EUR": 1.0}
    assert mapping.fingerprint != world.job().mapping.fingerprint
    assert rates_in(Currencies("USD"), "EUR") == ()


def test_a_record_that_is_not_there(world):
    with pytest.raises(ConfigError, match=r"mapping test .*: Lead has no record with this id"):
        translation(world.job(), world.store, "nope", world.clock.moment)
