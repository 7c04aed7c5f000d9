"""One runner: two commands on one job, from the words to the take-over, and how each ends when it is asked to."""

import json
import signal
import time

import pytest

LATE = {"kind": "late", "times": 1}
WRITES = {"salesforce": "*composite*", "hubspot": "*contacts/batch/update"}


@pytest.fixture
def busy(crm, desk, start):
    """A run that is held up in its first write."""
    crm.faults({**LATE, "path": WRITES[crm.name], "seconds": 1})
    process = start(desk, "run", crm.name, "--json")
    crm.wait_for_fault()
    return process


@pytest.fixture
def stopped(busy):
    """The same, stopped there until it is told to go on."""
    busy.send(signal.SIGSTOP)
    return busy


def test_a_second_run_is_told_who_runs_and_may_wait(stopped, crm, tell):
    refused = tell("run", crm.name)
    assert refused.code == 4
    assert f"held by process {stopped.pid} on " in refused.err
    assert "Wait until that has ended, or end it" in refused.err
    assert tell("run", crm.name, "--json").json["error"] == "Stopped"
    status = {row["job"]: row for row in tell("status", "--json").json["jobs"]}[crm.name]
    assert status["last"]["outcome"] == "running"
    unfinished = tell("runs", crm.name, "--json").json["runs"][0]["id"]
    assert tell("rollback", unfinished).code == 4
    stopped.send(signal.SIGCONT)
    assert tell("run", crm.name, "--wait", "30").code == 0
    assert stopped.end()[0] == 0
    assert len(crm.tasks()) == crm.due * crm.touches


def test_who_is_asked_to_end_ends_what_is_in_flight(busy, crm, tell):
    busy.send(signal.SIGTERM)
    asked = time.monotonic()
    code, out, err = busy.end()
    assert time.monotonic() - asked < 10
    assert (code, err) == (1, "")
    summary = json.loads(out)
    assert not summary["complete"]
    assert summary["read"] == sum(summary[name] for name in ("unchanged", "done", "pending", "parked"))
    waiting = tell("parked", crm.name, "--json").json["waiting"]
    assert {entry["state"] for entry in waiting} <= {"planned"}
    assert tell("run", crm.name).code == 0
    assert len(crm.tasks()) == crm.due * crm.touches


def test_who_is_asked_to_end_does_not_sit_out_the_crms_wait(crm, desk, tell, start):
    crm.faults({"kind": "status", "status": 503, "retry_after": 45, "after": 4})
    process = start(desk, "run", crm.name)
    crm.wait_for_fault()
    process.send(signal.SIGINT)
    asked = time.monotonic()
    code, _, err = process.end()
    assert time.monotonic() - asked < 10
    assert (code, "Asked to end while the CRM had us wait" in err) == (3, True)
    crm.faults()
    assert tell("run", crm.name).code == 0


@pytest.mark.usefixtures("stopped")
def test_who_waits_for_another_ends_when_asked(crm, desk, start):
    waiting = start(desk, "run", crm.name, "--wait", "600")
    time.sleep(1)
    waiting.send(signal.SIGTERM)
    assert waiting.end(10)[0] in {4, -signal.SIGTERM}


def test_a_zombie_writes_nothing_more(stopped, crm, desk, tell):
    """Stopped in the middle; its lock is taken from it by force, as a machine that hangs loses it; then it goes on."""
    for lock in desk.folder.glob("state.db*lock"):
        lock.unlink()
    crm.faults()
    assert tell("run", crm.name).code == 0
    done = len(crm.effects())
    stopped.send(signal.SIGCONT)
    code, out, _ = stopped.end()
    assert (code, json.loads(out)["error"]) == (4, "Stopped")
    assert "another process has taken over" in json.loads(out)["message"]
    assert len(crm.effects()) == done
    assert len(crm.tasks()) == crm.due * crm.touches
