"""HubSpot's lifecycle stage over the command line: it goes back where the mapping says so, and else is withheld."""

import pytest

from leadrelay.core.changes import FORWARD
from torture.kills import born

PLAYBOOK = """
name = "Small"
[qualification]
when = "employees >= 100"
[[stages]]
name = "opportunity"
side = "sales"
when = "employees >= 1000"
[[stages]]
name = "sql"
side = "sales"
when = "employees >= 100"
[[stages]]
name = "mql"
side = "lead-generation"
"""
MAPPING = """
object = "contacts"
[read]
employees = "numemployees"
[write]
leadrelay_stage = "stage"
[write.lifecyclestage]
from = "stage"
policy = "unless-edited"
initial = ["subscriber", "lead"]
backward = true
[write.lifecyclestage.values]
mql = "marketingqualifiedlead"
sql = "salesqualifiedlead"
opportunity = "opportunity"
"""
ONLY_FORWARD = MAPPING.replace("backward = true\n", "")
OWN = MAPPING.replace('"unless-edited"', '"own"').replace('initial = ["subscriber", "lead"]\n', "")


pytestmark = pytest.mark.parametrize("crm", ["hubspot"], indirect=True)


@pytest.fixture
def lead(crm, desk, tell):
    """A lead that is sql by our own writing, and whose size says mql since then."""

    def prepared(mapping):
        (desk.folder / "small.toml").write_text(PLAYBOOK)
        (desk.folder / "mapping.toml").write_text(mapping)
        files = {"hubspot-contact": "mapping.toml", "it-discovery": "small.toml"}
        head, job = desk.config.read_text().split("[jobs.hubspot]")
        for name, file in files.items():
            job = job.replace(f'"{name}"', f'"{file}"')
        desk.config.write_text(f"{head}[jobs.hubspot]{job}max_changes = '100%'\n")
        chosen = next(one for one, row in crm.rows("contacts").items() if row["lifecyclestage"] == "lead")
        sized(crm, chosen, 200)
        told = tell("run", "hubspot", "--json")
        assert told.code in (0, 1), told.err
        assert stage(crm, chosen) == "salesqualifiedlead"
        sized(crm, chosen, 5)
        return chosen

    return prepared


def sized(crm, lead, employees):
    crm.post("clock", advance=2)
    crm.edit(lead, numemployees=str(employees))
    crm.post("clock", advance=2)


def stage(crm, lead):
    return crm.rows("contacts")[lead]["lifecyclestage"] or None


def changes(tell, lead):
    """What the audit knows of the stage of a lead."""
    runs = [entry["id"] for entry in tell("runs", "hubspot", "--json").json["runs"]]
    effects = [one for run in runs for one in tell("audit", run, "--lead", lead, "--json").json["effects"]]
    found = [effect["fields"]["lifecyclestage"] for effect in effects if "lifecyclestage" in effect["fields"]]
    return sorted(map(tuple, found))


@pytest.mark.parametrize("mapping", [MAPPING, OWN], ids=["unless-edited", "own"])
def test_a_stage_goes_back_as_one_change(crm, tell, lead, mapping):
    one = lead(mapping)
    told = tell("run", "hubspot", "--json").json
    assert (told["done"], told["ignored"], stage(crm, one)) == (1, 0, "marketingqualifiedlead")
    assert changes(tell, one) == [
        ("lead", "salesqualifiedlead"),
        ("salesqualifiedlead", "marketingqualifiedlead"),
    ]
    sized(crm, one, 2000)
    tell("run", "hubspot")
    assert stage(crm, one) == "opportunity"


def test_what_only_goes_forward_is_withheld_and_not_written(crm, tell, lead):
    one = lead(ONLY_FORWARD)
    told = tell("plan", "hubspot", "--json")
    assert (told.code, FORWARD in told.out) == (0, True)
    before = crm.effects()
    run = tell("run", "hubspot", "--json")
    assert (run.code, run.json["ignored"], run.json["withheld"]) == (1, 0, 1)
    assert not [row for row in crm.effects()[len(before) :] if "lifecyclestage" in str(row)]
    assert crm.rows("contacts")[one]["leadrelay_stage"] == "mql"
    assert stage(crm, one) == "salesqualifiedlead"


def test_a_stage_that_did_not_go_back_is_not_taken_for_edited(crm, tell, lead):
    one = lead(ONLY_FORWARD)
    tell("run", "hubspot")
    sized(crm, one, 2000)
    run = tell("run", "hubspot", "--json").json
    assert (run["withheld"], run["changed"], stage(crm, one)) == (0, 1, "opportunity")


def test_a_person_who_moved_the_stage_keeps_it(crm, tell, lead):
    one = lead(MAPPING)
    crm.edit(one, lifecyclestage="customer")
    crm.post("clock", advance=2)
    run = tell("run", "hubspot", "--json").json
    assert (run["withheld"], stage(crm, one)) == (1, "customer")


@pytest.mark.parametrize(("number", "side"), [(2, "before"), (3, "before"), (3, "after")])
def test_a_run_that_is_killed_at_any_step_of_it_is_finished_by_the_next(crm, desk, tell, lead, start, number, side):
    one = lead(MAPPING)
    writes, running = [], []

    def at(request, when):
        if request.path.endswith("contacts/batch/update") and when == side:
            writes.append(request)
            if len(writes) == number:
                born(running).kill()

    crm.line.interceptors.append(at)
    killed = start(desk, "run", "hubspot")
    running.append(killed.child)
    assert killed.end()[0] == -9
    crm.line.interceptors.remove(at)
    crm.post("clock", advance=120)
    told = tell("run", "hubspot", "--json").json
    assert (told["withheld"], stage(crm, one)) == (0, "marketingqualifiedlead")
    assert changes(tell, one) == [
        ("lead", "salesqualifiedlead"),
        ("salesqualifiedlead", "marketingqualifiedlead"),
    ]
    assert tell("run", "hubspot", "--json").json["changed"] == 0
