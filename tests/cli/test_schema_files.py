"""`fields`, and `check` of what it saved: without the CRM, without secrets, without a word about a person."""

import json
from functools import partial

import pytest

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def elsewhere(tmp_path_factory, crm, tell, make_desk, sandbox, call):
    """A folder where nothing can be signed in to, with the schema of the CRM; `check` in it."""
    folder = tmp_path_factory.mktemp("ci")
    assert tell("fields", crm.name, "--sample", "0", "--save", str(folder / "crm.json")).code == 0
    desk = make_desk(folder, sandbox)
    desk.write(lambda text: text.replace(sandbox.salesforce_url, NOWHERE).replace(sandbox.hubspot_url, NOWHERE))
    desk.check = lambda *words: call(
        ["check", crm.name, "--schema", str(folder / "crm.json"), "--config", str(desk.config), *words], {}
    )
    return desk


def findings(done):
    return json.loads(done.stdout)["findings"]


def test_what_is_shipped_is_sound_without_the_crm_too(elsewhere):
    done = elsewhere.check("--json")
    assert done.returncode == 0, done.stdout
    told = {finding["section"].partition(": ")[2]: finding for finding in findings(done)}
    assert told["sign-in"]["message"].startswith(f"not tried: {elsewhere.folder / 'crm.json'} is judged instead")
    assert {"access", "fields", "tasks", "people", "rules", "examples", "schedule", "API calls"} <= told.keys()
    assert not list(elsewhere.folder.glob("*.db*"))
    assert "Where the CRM can be reached: leadrelay check" in elsewhere.check().stdout


def test_a_fault_is_found_without_the_crm(elsewhere, crm):
    name = "FirstNmae" if crm.name == "salesforce" else "firstnmae"
    (elsewhere.folder / "m.toml").write_text(f'object = "{crm.kind}"\n[read]\nfirst_name = "{name}"\n[write]\n')
    elsewhere.config.write_text(elsewhere.config.read_text().replace(f'"{_shipped(crm)}"', '"m.toml"'))
    done = elsewhere.check("--json")
    assert done.returncode == 2
    (error,) = [finding for finding in findings(done) if finding["level"] == "error"]
    assert error["place"] == "m.toml:3 read.first_name"
    assert "Did you mean" in error["cure"]


def _shipped(crm):
    return "salesforce-lead" if crm.name == "salesforce" else "hubspot-contact"


def test_another_organisation_is_told_from_the_file(elsewhere, crm):
    pin = '"00D000000000001AAA"' if crm.name == "salesforce" else '"1"'
    text = elsewhere.config.read_text()
    elsewhere.config.write_text(
        text.replace(f"[connections.{crm.name}]", f"[connections.{crm.name}]\norganisation = {pin}")
    )
    done = elsewhere.check("--json")
    (error,) = [finding for finding in findings(done) if finding["level"] == "error"]
    assert (done.returncode, error["section"]) == (2, f"{crm.name}: access")
    assert f"but the configuration means {pin.strip(chr(34))}." in error["message"]


def test_the_file_names_nobody(elsewhere, crm):
    text = (elsewhere.folder / "crm.json").read_text()
    assert not [word for word in crm.secrets_and_people() if word in text]
    owners = json.loads(text)["inspection"]["owners"]
    assert owners
    assert not [one for one in owners if "@" in one["email"] or (one["name"] and not one["queue"])]


def test_files_that_are_none_of_this_configuration(elsewhere, crm, call):
    file = elsewhere.folder / "crm.json"
    other = elsewhere.folder / "other.json"
    other.write_text(file.read_text().replace(f'"connection": "{crm.name}"', '"connection": "acme"'))
    run = partial(call, environment={})
    for path, said in ((other, "which the configuration has not"), (elsewhere.folder / "no.json", "no such file")):
        done = run(["check", "--schema", str(path), "--config", str(elsewhere.config)])
        assert (done.returncode, said in done.stderr) == (2, True)


def test_fields_are_searched_and_counted(crm, tell):
    name = "Status" if crm.name == "salesforce" else "hs_lead_status"
    option = "Working" if crm.name == "salesforce" else "IN_PROGRESS"
    found = tell("fields", crm.name, "--search", option, "--json").json
    (field,) = [one for one in found["fields"] if one["name"] == name]
    assert found["sampled"] == 40
    assert 0 <= field["filled"] <= 1
    assert tell("fields", crm.name, "--search", option, "--sample", "0", "--json").json["fields"][0]["filled"] is None
    assert "has this in it" in tell("fields", crm.name, "--search", "no such field").out


def test_the_screen_of_fields_fits_and_tells_no_value(crm, tell):
    lines = tell("fields", crm.name).out.splitlines()
    assert "Filled: share of the 40 records that changed last." in lines
    table = lines[: lines.index("Filled: share of the 40 records that changed last.") - 1]
    assert max(map(len, table)) <= 80
    assert not [word for word in crm.secrets_and_people() if any(word in line for line in lines)]


def test_a_file_is_not_saved_where_there_is_no_folder(crm, tell, tmp_path):
    done = tell("fields", crm.name, "--save", str(tmp_path / "none" / "x.json"))
    assert (done.code, "there is no folder" in done.err) == (2, True)
