"""Whatever is wrong: what, where, and the way out; no traceback, no secret, nothing half-written."""

import json

import pytest

from leadrelay.sandbox import credentials

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
    refused(desk.run("run", "salesforce"), 2, "there is no such file", "config.example.toml")


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
