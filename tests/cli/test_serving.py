"""`serve` as operators know it: who stands by, who takes over, what a paused job says, what no log line holds."""

import json
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest


@contextmanager
def serving(desk, *words):
    process = subprocess.Popen(
        desk.command("serve", *words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=desk.environment(),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def until(process, *wanted):
    """The events up to the first of these."""
    events = []
    for line in process.stderr:
        events.append(json.loads(line))
        if events[-1]["event"] in wanted:
            return events
    raise AssertionError(events)


def scheduled(crm, url=None):
    def change(text):
        text = text.replace('schedule = "every 1 hours"\n', "")
        text = text.replace(f"[jobs.{crm.name}]", f'[jobs.{crm.name}]\nschedule = "every 1 hours"')
        return text.replace("sqlite:///state.db", url) if url else text

    return change


@pytest.fixture
def salesforce(crm):
    if crm.name != "salesforce":
        pytest.skip("one CRM is enough")
    return crm


def test_who_stands_by_takes_over_within_two_seconds_of_a_kill(salesforce, desk, database_url):
    desk.write(scheduled(salesforce, database_url))
    with serving(desk) as first:
        until(first, "run ended")
        with serving(desk) as second:
            standing_by = until(second, "standing by")[-1]
            assert f"process {first.pid} on " in standing_by["why"]
            first.kill()
            killed = time.monotonic()
            until(second, "serving")
            assert time.monotonic() - killed < 2
            until(second, "run ended")
            second.send_signal(signal.SIGTERM)
            assert second.wait(10) == 0
    assert len(salesforce.tasks()) == salesforce.due * salesforce.touches


def test_a_run_by_hand_and_the_service_do_not_meet(salesforce, desk, tell):
    desk.write(scheduled(salesforce))
    salesforce.faults({"kind": "late", "seconds": 3, "times": 1, "path": "*composite*"})
    with serving(desk) as service:
        salesforce.wait_for_fault()
        refused = tell("run", "salesforce")
        assert (refused.code, f"process {service.pid} on " in refused.err) == (4, True)
        assert tell("run", "salesforce", "--wait", "20").code == 0
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
    assert len(salesforce.tasks()) == salesforce.due * salesforce.touches


def test_a_paused_job_is_skipped_and_the_log_says_so(crm, desk, tell):
    desk.write(scheduled(crm))
    crm.faults({"kind": "quota"})
    assert tell("run", crm.name).code == 4
    crm.faults()
    with serving(desk) as service:
        paused = until(service, "paused")[-1]
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
    assert (paused["job"], "until" in paused) == (crm.name, True)
    assert crm.tasks() == {}


def test_no_log_line_holds_a_secret_or_a_person(crm, desk):
    desk.write(scheduled(crm))
    canaries = crm.secrets_and_people()
    crm.faults(
        {"kind": "status", "status": 500, "after": 7, "times": 1}, {"kind": "drop-reply", "after": 5, "times": 1}
    )
    with serving(desk) as service:
        lines = until(service, "run ended")
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
    said = json.dumps(lines, ensure_ascii=False)
    assert not [value for value in canaries if value in said]
    assert lines[-1]["complete"]
