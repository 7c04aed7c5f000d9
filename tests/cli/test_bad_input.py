"""Whatever is wrong: what, where, and the way out; no traceback, no secret, nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leadrelay.sandbox import credentials
from leadrelay.terminal import plain

SECRETS = (credentials.SF_CLIENT_SECRET, credentials.HS_TOKEN)


def refused(done, code, *said):
    assert done.returncode == code, done.stdout + done.stderr
    for words in said:
        assert words in done.stderr.replace("\n  ", " ").replace("\n", " "), done.stderr
    assert "Traceback" not in done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)


def replaced(old, new):
    return lambda text: text.replace(old, new)


def test_no_configuration(desk):
    desk.config.unlink()
    refused(desk.run("run", "salesforce"), 2, "there is no such file", "leadrelay init")


def test_unknown_key(desk):
    desk.write(replaced("schedule =", "shedule ="))
    refused(desk.run("run", "salesforce"), 2, "config.toml:16 jobs.salesforce.shedule", "Did you mean 'schedule'?")


def test_unknown_job_and_connection(desk):
    refused(desk.run("run", "salesforse"), 2, "there is no job 'salesforse'", "Did you mean 'salesforce'?")
    refused(desk.run("fields", "hubspat"), 2, "there is no connection 'hubspat'")


def test_missing_secret_and_bad_rules_at_once(desk):
    desk.write(replaced('playbook = "it-discovery"\nschedule', 'playbook = "mine.toml"\nschedule'))
    (desk.folder / "mine.toml").write_text(
        'name = "x"\n[qualification]\nwhen = "emial is not null"\n[[stages]]\nname = "a"\nlabel = "A"\nside = "sales"\n'
    )
    done = desk.run("run", "salesforce", SECRET="")
    refused(done, 2, "the environment variable SECRET is not set", "mine.toml:3", "emial", "Did you mean 'email'", "^")


def test_playbook_and_mapping_are_both_told(desk):
    desk.write(lambda text: text.replace('"it-discovery"', '"absent.toml"').replace('"salesforce-lead"', '"bad.toml"'))
    (desk.folder / "bad.toml").write_text("object = Lead")
    refused(desk.run("run", "salesforce"), 2, "absent.toml: there is no such file", "bad.toml:1:10: not valid TOML")


@pytest.mark.parametrize(("crm", "name"), [("salesforce", "Leed"), ("hubspot", "contakts")])
def test_an_object_that_the_crm_does_not_have(desk, crm, name):
    (desk.folder / "wrong.toml").write_text(
        f'object = "{name}"\n[read]\nemail = "Email"\n[write]\nLeadrelay_Score__c = "score"\n'
    )
    shipped = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}
    desk.write(replaced(f'mapping = "{shipped[crm]}"', 'mapping = "wrong.toml"'))
    findings = desk.json("check", crm, exits=(2,))["findings"]
    (error,) = [finding for finding in findings if finding["level"] == "error"]
    assert f"'{name}'" in error["message"]
    assert "wrong.toml" in error["cure"]
    refused(desk.run("run", crm), 3, "The CRM refused", "leadrelay check")


def test_a_wrong_connection_does_not_hide_the_other_job(desk, sandbox):
    desk.write(replaced(sandbox.salesforce_url, "http://crm.example"))
    findings = desk.json("check", exits=(2,))["findings"]
    assert any("plain HTTP" in f["message"] for f in findings if f["section"].startswith("salesforce: "))
    assert any(f["section"] == "hubspot: fields" for f in findings)


def test_unreadable_mapping(desk):
    desk.write(replaced('mapping = "salesforce-lead"', 'mapping = "absent.toml"'))
    refused(desk.run("check", "salesforce", "--json"), 2)
    report = json.loads(desk.run("check", "salesforce", "--json").stdout)
    assert any("absent.toml" in finding["place"] for finding in report["findings"])


def test_a_field_that_the_crm_does_not_have(desk):
    desk.write(replaced('mapping = "salesforce-lead"', 'mapping = "wrong.toml"'))
    (desk.folder / "wrong.toml").write_text(
        'object = "Lead"\n[read]\nemployees = "NumberOfEmploees"\n[write]\nLeadrelay_Scor__c = "score"\n'
    )
    report = json.loads(desk.run("check", "salesforce", "--json").stdout)
    errors = [finding for finding in report["findings"] if finding["level"] == "error"]
    assert {"NumberOfEmploees", "Leadrelay_Scor__c"} <= {
        word for e in errors for word in e["message"].replace("'", " ").split()
    }
    assert any("NumberOfEmployees" in error["cure"] for error in errors)
    done = desk.run("run", "salesforce")
    refused(done, 3, "NumberOfEmploees")


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_wrong_credentials(desk, crm):
    done = desk.run("run", crm, SECRET="wrong-secret-value", TOKEN="wrong-token-value")
    refused(done, 3, "refused")
    assert "wrong-" not in done.stderr


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_crm_that_is_not_there(desk, sandbox, free_port, crm):
    nobody = f"http://127.0.0.1:{free_port}"
    urls = {"salesforce": sandbox.salesforce_url, "hubspot": sandbox.hubspot_url}
    desk.write(replaced(urls[crm], nobody))
    refused(desk.run("fields", crm), 3, "cannot be reached")


def test_a_lead_that_is_not_there(desk):
    refused(desk.run("explain", "hubspot", "999999999"), 2, "no record with this id")


def test_errors_are_json_for_programs(desk):
    desk.write(replaced("schedule =", "shedule ="))
    done = desk.run("status", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"][0]["place"].endswith("config.toml:16 jobs.salesforce.shedule")


def test_a_wrong_command_line(desk):
    assert desk.run("run").returncode == 2
    assert desk.run("plan", "salesforce", "--limit", "-1").returncode == 2


@pytest.mark.parametrize("words", [["run"], ["rnu"], ["status", "--colour"], ["plan", "salesforce", "--limit", "x"]])
def test_a_wrong_command_line_is_json_for_programs(words, call):
    done = call([*words, "--json"], {})
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"][0]["place"] == "command line"


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_standard_output_that_takes_nothing(json_too):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "leadrelay", "version", *json_too]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0
    assert "standard output: No space left on device." in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr.partition("Exception ignored")[0]


def test_what_a_web_form_brings_does_not_steer_the_terminal():
    assert plain("[red]\x1b]0;owned\x07 \u202egnp") == "\\[red]\N{REPLACEMENT CHARACTER}]0;owned\ufffd \ufffdgnp"
    assert plain("two\n\tlines") == "two\n\tlines"


BOOK = """
name = "x"
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "new"
side = "sales"
[[examples]]
name = "Nobody"
expect = {{ stage = "new", qualified = {qualified} }}
"""


def test_a_job_whose_examples_fail_is_not_run_but_planned(desk):
    desk.write(lambda text: text.replace('"it-discovery"', '"mine.toml"').replace('"salesforce-lead"', '"small.toml"'))
    (desk.folder / "small.toml").write_text(
        'object = "Lead"\n[read]\nbudget_amount = "AnnualRevenue"\n[write]\nLeadrelay_Stage__c = "stage"\n'
    )
    (desk.folder / "mine.toml").write_text(BOOK.format(qualified="true"))
    findings = desk.json("check", "salesforce", exits=(2,))["findings"]
    told = [(f["level"], f["place"], f["message"]) for f in findings if f["section"] == "salesforce: examples"]
    wrong = "example 'Nobody': qualified is false, not true: does not hold: bant_met >= 1 [bant_met 0]."
    assert told == [("error", "mine.toml:10 examples[0].expect.qualified", wrong)]
    refused(desk.run("run", "salesforce"), 2, "example 'Nobody' comes out otherwise", "leadrelay check says how")
    refused(desk.run("serve"), 2, "example 'Nobody'")
    desk.json("plan", "salesforce", exits=(0,))
    (desk.folder / "mine.toml").write_text(BOOK.format(qualified="false"))
    findings = desk.json("check", "salesforce", exits=(0,))["findings"]
    assert [f["message"] for f in findings if f["section"] == "salesforce: examples"] == [
        "all 1 come out as the playbook says"
    ]
