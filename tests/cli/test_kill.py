"""Killed in the middle of writing, again and again: the next run makes everything good."""

import json
import signal
import sqlite3
import time
from urllib.request import urlopen

import pytest

from leadrelay.sandbox.server import Options, Sandbox

LEADS = 600


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Options(leads=LEADS)) as running:
        yield running


def requests(desk, crm):
    url = desk.sandbox.salesforce_url if crm == "salesforce" else desk.sandbox.hubspot_url
    with urlopen(f"{url}/_sandbox/requests", timeout=5) as answer:  # noqa: S310 - the sandbox on this machine
        return json.load(answer)["total"]


def promised(desk):
    """Whether the run under way has promised writes by now."""
    try:
        with sqlite3.connect(f"file:{desk.folder / 'state.db'}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM intents").fetchone()[0] > 0
    except sqlite3.Error:
        return False


def kill_while_it_writes(start, desk, crm, answers):
    """Kill a run once the CRM has answered so many writes; whether it came to that."""
    process = start(desk, "run", crm, "--all")
    while process.runs() and not promised(desk):
        time.sleep(0.01)
    before = requests(desk, crm)
    while process.runs() and requests(desk, crm) < before + answers:
        time.sleep(0.01)
    return process.kill() == -signal.SIGKILL


@pytest.mark.parametrize(("crm", "answers"), [("salesforce", [0, 2]), ("hubspot", [1, 3])])
def test_a_run_that_is_killed_is_made_good_by_the_next(desk, crm, answers, start):
    killed = [kill_while_it_writes(start, desk, crm, count) for count in answers]
    assert any(killed)
    run = desk.json("run", crm)
    assert run["read"] == run["unchanged"] + run["done"] + run["pending"] + run["parked"]
    assert (run["pending"], run["parked"], run["withheld"]) == (0, 0, 0)
    assert desk.json("parked", crm, exits=(0,))["waiting"] == []
    plan = desk.json("plan", crm, "--all", exits=(0,))
    assert (plan["read"], plan["changed"], plan["withheld"]) == (LEADS, 0, 0)
