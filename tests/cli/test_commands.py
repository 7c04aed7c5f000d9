"""The public commands on a sandbox: results, exit codes, JSON."""

import json
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from leadrelay import demo_files

LEADS = 40


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_check_plan_run_and_again(desk, crm):
    report = desk.json("check", crm, exits=(0,))
    assert {finding["level"] for finding in report["findings"]} <= {"ok", "hint"}
    plan = desk.json("plan", crm, "--all", exits=(0,))
    run = desk.json("run", crm, "--all")
    assert run["read"] == run["unchanged"] + run["done"] + run["pending"] + run["parked"]
    assert plan["changed"] == run["changed"] == run["done"]
    handed = [bool(lead["task"]) for lead in plan["leads"]]
    assert handed == sorted(handed, reverse=True)  # what matters most is seen first
    assert run["api_calls"] > 0
    again = desk.json("run", crm)
    assert (again["changed"], again["done"]) == (0, 0)
    status = {row["job"]: row for row in desk.json("status", exits=(0,))["jobs"]}
    assert status[crm]["last"]["summary"]["read"] == again["read"]


def test_a_plan_says_what_and_why(desk):
    desk.write(lambda text: text.replace('mapping = "salesforce-lead"', 'mapping = "small.toml"'))
    (desk.folder / "small.toml").write_text(
        'object = "Lead"\n[read]\nemployees = "NumberOfEmployees"\n[write]\nCity = { from = "grade", policy = "own" }\n'
    )
    plan = desk.json("plan", "salesforce", exits=(0,))
    assert plan["read"] == LEADS
    change = plan["leads"][0]["changes"][0]
    assert change["field"] == "City"
    assert change["because"]
    shown = desk.run("plan", "salesforce", "--limit", "1")
    assert "Nothing was written." in shown.stdout
    assert shown.stdout.count("/lightning/") <= 1


def test_explain_shows_one_lead(desk):
    desk.write(lambda text: text.replace('mapping = "hubspot-contact"', 'mapping = "small.toml"'))
    (desk.folder / "small.toml").write_text(
        'object = "contacts"\n[read]\nemployees = "numemployees"\n[write]\ncity = { from = "grade", policy = "own" }\n'
    )
    lead = desk.json("plan", "hubspot", exits=(0,))["leads"][0]["lead"]
    found = desk.json("explain", "hubspot", lead, exits=(0,))
    assert found["trace"]["outputs"]["stage"]
    assert {c["criterion"] for c in found["trace"]["criteria"]} == {"budget", "authority", "need", "timeline"}
    assert [change["field"] for change in found["changes"]] == ["city"]
    screen = desk.run("explain", "hubspot", lead).stdout
    assert "BANT" in screen
    assert "What a run would write" in screen


def test_explain_shows_the_task_of_a_lead_before_there_is_one(desk):
    lead = desk.json("plan", "salesforce", exits=(0,))["leads"][0]["lead"]
    found = desk.json("explain", "salesforce", lead, "--task", exits=(0,))
    assert found["text"].startswith("■ Qualification\n- Verdict: ")
    assert found["html"].startswith("<p><strong>Qualification</strong></p><ul><li>")
    assert [one["kind"] for one in found["follow_ups"]] == ["email", "call", "linkedin"]
    screen = desk.run("explain", "salesforce", lead, "--task").stdout
    assert "■ Qualification" in screen
    assert "A note on the record says the same as the task." in screen
    short = desk.json("explain", "salesforce", lead[:15], exits=(0,))  # as the address bar of older pages has it
    assert short["lead"] == lead


def test_fields_are_listed(desk):
    found = {field["name"]: field for field in desk.json("fields", "salesforce", exits=(0,))["fields"]}
    assert found["Leadrelay_Score__c"]["updateable"]
    assert "Open - Not Contacted" in found["Status"]["picklist"]
    screen = desk.run("fields", "hubspot", "--search", "leadrelay_score").stdout
    assert "leadrelay_score" in screen
    assert "firstname" not in screen


def test_nothing_parked_and_nothing_to_retry(desk):
    assert desk.json("parked", "hubspot", exits=(0,)) == {"job": "hubspot", "waiting": []}
    assert desk.json("retry", "hubspot", exits=(0,)) == {"job": "hubspot", "released": 0}


def test_a_value_that_does_not_fit_is_parked_with_its_field(desk):
    desk.write(lambda text: text.replace('mapping = "salesforce-lead"', 'mapping = "long.toml"'))
    (desk.folder / "long.toml").write_text(
        'object = "Lead"\n[read]\nemployees = "NumberOfEmployees"\n'
        f'[write]\nLeadrelay_Grade__c = {{ constant = "far too long {"x" * 40}", policy = "own" }}\n'
    )
    run = desk.json("run", "salesforce", exits=(1,))
    assert run["parked"] == run["read"] == LEADS
    waiting = desk.json("parked", "salesforce", exits=(1,))["waiting"]
    assert {lead["code"] for lead in waiting} <= {"STRING_TOO_LONG", "CANNOT_UPDATE_CONVERTED_LEAD"}
    assert any("Leadrelay_Grade__c" in lead["message"] for lead in waiting)
    assert not any("far too long" in lead["message"] for lead in waiting)
    assert desk.json("retry", "salesforce", exits=(0,))["released"] == LEADS


def test_serve_runs_what_is_due_and_stops_when_asked(desk, free_port):
    process = subprocess.Popen(
        desk.command("serve", "--metrics-port", str(free_port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=desk.environment(),
    )
    events = []
    deadline = time.monotonic() + 30
    for line in process.stderr:
        events.append(json.loads(line))
        if events[-1]["event"] == "run ended" or time.monotonic() > deadline:
            metrics = urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=5).read().decode()
            process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0
    process.stdout.close()
    process.stderr.close()
    assert [event["event"] for event in events] == ["serving", "run ended", "stopped"]
    assert events[1]["job"] == "salesforce"
    assert events[1]["complete"]
    assert 'leadrelay_runs_total{job="salesforce",outcome="done"} 1.0' in metrics


def test_the_demo_ends_by_itself(tmp_path):
    command = [
        sys.executable,
        "-m",
        "leadrelay",
        "demo",
        "--folder",
        str(tmp_path / "demo"),
        "--leads",
        "200",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    first, hubspot, second, _, third, last = runs
    assert [run["job"] for run in runs] == [*2 * ["salesforce", "hubspot"], *2 * ["salesforce"]]
    bought, kept = first["enrichment"]["pdl"], hubspot["enrichment"]["pdl"]
    assert (bought["asked"] > 10, bought["spent"] > 0, bought["saved_calls"] > 0) == (True, True, True)
    assert (kept["kept"] > 10, kept["asked"] < 3) == (True, True)
    assert 0 < first["enrichment"]["apollo"]["spent"] <= 5
    assert (first["tasks_created"] >= 5, first["assigned"] > 0, first["answered"]) == (True, True, 0)
    assert (second["answered"] >= 3, second["returned"], second["reminded"], second["withheld"]) == (True, 1, 1, 1)
    assert (third["escalated"], third["reminded"]) == (1, 0)
    assert [last[name] for name in ("done", "tasks_created", "escalated", "answered")] == [0, 0, 0, 0]
    assert {path.name for path in (tmp_path / "demo").iterdir()} <= demo_files.WRITTEN
    assert "Dmitri Sokolov" in (tmp_path / "demo" / "report.html").read_text()


def test_the_demo_leaves_a_strangers_folder_alone(tmp_path, call):
    (tmp_path / "precious.txt").write_text("mine")
    done = call(["demo", "--folder", str(tmp_path)], {})
    assert done.returncode == 2
    assert "precious.txt" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_the_version():
    assert json.loads(
        subprocess.run(
            [sys.executable, "-m", "leadrelay", "version", "--json"], capture_output=True, text=True, check=True
        ).stdout
    )["version"]
