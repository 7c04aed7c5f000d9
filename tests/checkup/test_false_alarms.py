"""What is shipped, on CRMs that are set up: each line of the report that is not ✓ is listed here, and why."""

import json

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

SECRETS = {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN, "COLUMNS": "160"}
CRMS = pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
TRUE = {
    "needed for `leadrelay setup` only": "the sandbox's user may customise, which setup takes and no run does",
    "granted, and not needed": "the sandbox's token has every scope, so that each feature can be rehearsed",
    "does not run when leadrelay writes": "the sandbox's assignment rule is on, for what its people create",
    "status is never": "the playbook names the statuses of both CRMs, so that it goes with either",
}
"""Hints; a test organisation has no warnings for what its user may do too much."""


def alarms(done):
    """By level: what is neither in order nor listed as true."""
    found = [one for one in json.loads(done.stdout)["findings"] if one["level"] != "ok"]
    return [one for one in found if one["level"] != "hint" or not any(words in one["message"] for words in TRUE)]


@pytest.fixture(scope="module")
def sandboxes():
    with Sandbox(Options(leads=40, seed=5)) as whole, Sandbox(Options(leads=40, seed=5, bare=True)) as bare:
        yield whole, bare


@CRMS
def test_what_is_shipped_raises_no_false_alarm(crm, sandboxes, make_desk, call, tmp_path):
    desk = make_desk(tmp_path, sandboxes[0]).write()
    done = call(["check", crm, "--json", "--config", str(desk.config)], SECRETS)
    assert (done.returncode, alarms(done)) == (0, [])


@CRMS
def test_neither_does_what_init_and_setup_make(crm, sandboxes, call, tmp_path):
    url = sandboxes[1].salesforce_url if crm == "salesforce" else sandboxes[1].hubspot_url
    begin = ["init", "--crm", crm, "--folder", str(tmp_path), "--instance-url", url, "--sandbox"]
    config = ["--config", str(tmp_path / "config.toml")]
    create = ["setup", "acme" if crm == "salesforce" else "portal", "--apply", *config]
    for words in (begin, create):
        done = call(words, {"COLUMNS": "160"})
        assert done.returncode == 0, done.stdout + done.stderr
    done = call(["check", "--json", *config], {})
    assert (done.returncode, alarms(done)) == (0, [])
