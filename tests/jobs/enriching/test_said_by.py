"""What a plan says of a value that a provider brought, and what is written beside it."""

from leadrelay.connectors.base import FieldInfo
from leadrelay.jobs.preview import Preview, explanation
from leadrelay.jobs.reading import Nobody


def planned(house):
    house.bench.extras["sources"] = house.providers.sources()
    preview = Preview(house.bench.job(), house.store, house.bench.clock(), Nobody(), None)
    preview.gather()
    return {lead.lead: {field.field: field for field in lead.changes} for lead in preview.leads}


def test_a_plan_says_who_said_what_it_would_write(house):
    house.providers.table.knows["acme.com"] = "70"
    house.add("L1", "acme.com")
    field = planned(house)["L1"]["Employees"]
    day = house.now.date().isoformat()
    assert (field.new, field.in_short) == (70, f"table, 95 %, {day}")
    assert field.because == ["the lead's employees is 70", f"said by table, 95 %, {day}"]


def test_where_values_come_from_is_written_and_does_not_change_from_run_to_run(house):
    house.bench.mapping += '[write.Told]\nfrom = "provenance"\npolicy = "unless-edited"\n'
    house.bench.crm.add_field(FieldInfo("Told", "Told", "string"))
    house.providers.pdl.knows["acme.com"] = {"employees": "1200"}
    house.add("L1", "acme.com")
    day = house.now.date().isoformat()
    house.run()
    assert house.bench.crm.records["L1"]["Told"] == f"employees 1200 (pdl, 90 %, {day})"
    house.bench.clock.pass_by(days=9)
    assert house.run(everything=True).changed == 0
    [told] = explanation(house.bench.job(), house.store, "L1", house.bench.clock()).enriched
    assert (told.by, told.winner.at.date().isoformat(), told.winner.cost) == ("pdl", day, 100_000)
