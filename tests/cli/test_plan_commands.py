"""plan → show → apply over the command line on both CRMs; approval; and every way to hand in a plan that is none."""

import json
import re
import shlex
import signal
import stat
import time
import tomllib
from pathlib import Path

import pytest

from leadrelay import mappings
from leadrelay.config import Job
from leadrelay.jobs.plans import file as plan_file
from tests.cli.conftest import ENVIRONMENT
from tests.pages import DOCS


@pytest.fixture
def made(crm, tell, desk):
    """made(*words): a plan in its file."""

    def make(*words):
        path = desk.folder / "plan.json"
        done = tell("plan", crm.name, "--all", "--out", str(path), *words)
        assert done.code == 0, done.err
        assert "--json" in words or f"leadrelay apply {path} -c {desk.config}" in done.out
        return path

    return make


def test_applied_it_leaves_the_crm_as_a_run_does_and_a_second_time_nothing_happens(crm, tell, made, make_crm):
    before = crm.business()
    path = made()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (crm.business(), crm.effects(), crm.tasks()) == (before, [], {})
    done = tell("apply", str(path), "--json")
    assert done.code in (0, 1), done.err
    assert (done.json["refused"], done.json["tasks_created"], done.json["pending"]) == ([], 3, 0)
    found, tasks = crm.business(), len(crm.tasks())
    effects = len(crm.effects())
    again = tell("apply", str(path))
    assert ("applied already" in again.out, len(crm.effects())) == (True, effects)
    undone = tell("rollback", done.json["run"])
    assert (undone.code, crm.business()) == (0, before), undone.out
    fresh = make_crm(crm.name)
    (path.parent / "state.db").unlink()
    run = tell("run", crm.name, "--all", "--json")
    assert run.code in (0, 1), run.err
    assert (crm.business(), len(fresh.tasks())) == (found, tasks)


def test_what_somebody_changed_since_is_refused_and_stays(crm, tell, made):
    path = made()
    plan = plan_file.read(path)
    lead = next(row.lead for row in plan.rows if row.sends)
    crm.post("clock", advance=2)
    title = "Title" if crm.name == "salesforce" else "jobtitle"
    crm.edit(lead, **{title: "Somebody else"})
    stood = crm.business()[lead]
    done = tell("apply", str(path), "--json")
    assert (done.code, [one["lead"] for one in done.json["refused"]]) == (1, [lead])
    assert crm.business()[lead] == stood


def _edited(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def _signed_anew(document):
    document["rows"][0]["changes"] = []
    document["sha256"] = plan_file._hash(document)


BAD = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-200]), "is not whole"),
    "no plan": (lambda path: path.write_text("[1, 2]"), "is no plan of leadrelay"),
    "not there": (lambda path: path.unlink(), "there is no such file"),
    "edited": (lambda path: _edited(path, lambda it: it["rows"].pop()), "was edited"),
    "signed anew": (lambda path: _edited(path, _signed_anew), "was edited"),
    "another form": (lambda path: _edited(path, lambda it: it.update(leadrelay_plan=9)), "of another form"),
}


def test_a_file_that_is_not_the_plan_that_was_made_is_refused_and_nothing_is_written(make_crm, tell, desk):
    crm, path = make_crm("hubspot"), desk.folder / "plan.json"
    assert tell("plan", "hubspot", "--out", str(path)).code == 0
    whole = path.read_bytes()
    for what, (spoil, words) in BAD.items():
        path.write_bytes(whole)
        spoil(path)
        done = tell("apply", str(path))
        assert (done.code, words in done.err, str(path) in done.err) == (2, True, True), (what, done.err)
    assert crm.effects() == []


def test_elsewhere_a_plan_is_refused(make_crm, tell, desk):
    crm, path = make_crm("hubspot"), desk.folder / "plan.json"
    assert tell("plan", "hubspot", "--out", str(path)).code == 0
    (desk.folder / "state.db").rename(desk.folder / "other.db")
    assert "another state store" in tell("apply", str(path)).err
    (desk.folder / "state.db").unlink()
    (desk.folder / "other.db").rename(desk.folder / "state.db")
    desk.config.write_text(desk.config.read_text().replace('mapping = "hubspot-contact"', 'mapping = "own.toml"'))
    own = mappings.text("hubspot-contact").replace('leadrelay_stage = "stage"', 'leadrelay_stage = "reasons"')
    (desk.folder / "own.toml").write_text(own)
    done = tell("apply", str(path))
    assert (done.code, "the mapping is another one" in done.err, crm.effects()) == (2, True, []), done.err


def test_an_edited_plan_is_taken_once_it_is_rechecked(make_crm, tell, desk):
    crm, path = make_crm("salesforce"), desk.folder / "plan.json"
    assert tell("plan", "salesforce", "--out", str(path)).code == 0
    plan = plan_file.read(path)
    kept = next(row.lead for row in plan.rows if row.effect and row.effect.kind == "fields")

    def only(document, **new):
        document["rows"] = [row for row in document["rows"] if row["lead"] == kept]
        for change in document["rows"][0]["changes"]:
            change.update(new if change["field"] == "Leadrelay_Score__c" else {})

    _edited(path, lambda document: only(document, new="many"))
    done = tell("apply", str(path), "--recheck")
    assert (done.code, "Leadrelay_Score__c: the value is not of its type" in done.err) == (2, True), done.err
    _edited(path, lambda document: only(document, field="Phone", new="1"))
    assert "Phone is no field that the mapping" in tell("apply", str(path), "--recheck").err
    assert crm.effects() == []
    path.unlink()
    assert tell("plan", "salesforce", "--out", str(path)).code == 0
    _edited(path, lambda document: only(document, new=1))
    done = tell("apply", str(path), "--recheck", "--json")
    assert (done.code, done.json["done"], done.json["refused"]) == (0, 1, []), done.err
    assert crm.business()[kept]["Leadrelay_Score__c"] == 1
    assert tell("plan", "salesforce", "--json").json["changed"] > 1  # those that were taken out are read again


def test_a_job_with_approval_writes_what_was_approved_and_nothing_else(make_crm, tell, desk):
    crm = make_crm("hubspot")
    desk.config.write_text(desk.config.read_text() + "approval = true\n")
    first = tell("run", "hubspot", "--json")
    assert (first.code, first.json["waits"], crm.effects()) == (1, "made", []), first.err
    path = first.json["plan"]
    assert tell("run", "hubspot", "--json").json == {"waits": "same", "plan": path, "applied": []}
    assert tell("status", "--json").json["jobs"][1]["plans"] == 1
    refused = tell("apply", path)
    assert (refused.code, "nobody approved it" in refused.err) == (4, True)
    approved = tell("approve", path, "--by", "Ada", "--note", "as agreed", "--json").json
    assert (approved["state"], approved["by"]) == ("approved", "Ada")
    whole = Path(path).read_bytes()
    _edited(Path(path), lambda document: document["rows"].pop())
    assert (tell("run", "hubspot").code, crm.effects()) == (2, [])
    Path(path).write_bytes(whole)
    done = tell("run", "hubspot", "--json").json
    assert (done["waits"], [one["done"] > 0 for one in done["applied"]]) == ("nothing", [True])
    assert [one["state"] for one in tell("plans", "hubspot", "--json").json["plans"]] == ["applied"]
    assert "Ada" in tell("plans").out


def test_what_was_rejected_is_not_planned_again(make_crm, tell, desk):
    crm = make_crm("hubspot")
    desk.config.write_text(desk.config.read_text() + "approval = true\n")
    path = tell("run", "hubspot", "--json").json["plan"]
    assert tell("reject", path, "--by", "Ada").code == 0
    assert tell("run", "hubspot", "--json").json["waits"] == "rejected"
    done = tell("apply", path)
    assert (done.code, "was rejected by Ada" in done.err, crm.effects()) == (2, True, [])


def test_the_brake_speaks_before_anything_is_sent(make_crm, tell, desk):
    crm, path = make_crm("salesforce"), desk.folder / "plan.json"
    desk.config.write_text(desk.config.read_text().replace("schedule", "max_changes = 3\nschedule"))
    assert "The brake" in tell("plan", "salesforce", "--out", str(path)).out
    done = tell("apply", str(path))
    assert (done.code, "more than max_changes = 3" in done.err, crm.effects()) == (4, True, [])
    assert tell("apply", str(path), "--no-brake").code in (0, 1)
    assert crm.effects()


def test_no_message_about_a_plan_holds_a_value(make_crm, tell, desk):
    crm, path = make_crm("salesforce"), desk.folder / "plan.json"
    assert tell("plan", "salesforce", "--out", str(path)).code == 0
    secrets = crm.secrets_and_people()
    _edited(path, lambda document: [row.update(version=1) for row in document["rows"]])
    told = [tell("apply", str(path)), tell("apply", str(path), "--recheck"), tell("approve", str(path))]
    assert all(one.code == 2 for one in told)
    assert not [secret for secret in secrets for one in told if secret in one.out + one.err]


def test_the_service_leaves_a_plan_and_applies_it_once_it_is_approved(make_crm, tell, desk, start):
    crm = make_crm("salesforce")
    desk.config.write_text(desk.config.read_text().replace("schedule", "approval = true\nschedule"))

    def served(event):
        process, end = start(desk, "serve"), time.monotonic() + 60
        log = process.child.err
        while not log.exists() or f'"event": "{event}"' not in log.read_text():
            assert process.runs(), process.end()
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send(signal.SIGTERM)
        code, _, log = process.end()
        assert code == 0, log
        return log

    log = served("planned")
    assert ('"waits": "made"' in log, crm.effects()) == (True, [])
    assert not [secret for secret in crm.secrets_and_people() if secret in log]
    [plan] = tell("plans", "salesforce", "--json").json["plans"]
    assert tell("approve", plan["file"], "--by", "Ada").code == 0
    log = served("plan applied")
    assert f'"plan": "{plan["run"]}"' in log
    assert [one["state"] for one in tell("plans", "salesforce", "--json").json["plans"]] == ["applied"]
    assert len(crm.tasks()) == crm.touches * crm.due


def test_the_boxes_of_the_guide_can_be_followed(make_crm, desk, call, monkeypatch):
    make_crm("salesforce")
    guide = (DOCS / "plan.md").read_text(encoding="utf-8")
    steps = re.findall(r"```console\n(.*?)```", guide, re.DOTALL)[0].splitlines()
    monkeypatch.chdir(desk.folder)
    for step in steps:
        done = call(shlex.split(step.replace("inbound", "salesforce"))[1:], ENVIRONMENT)
        assert done.returncode in (0, 1), done.stderr
    assert (desk.folder / "plan.html").stat().st_mode & 0o077 == 0
    [job] = tomllib.loads(re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)[0])["jobs"].values()
    assert Job(**job).approval
