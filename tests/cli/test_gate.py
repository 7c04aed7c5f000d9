"""Under `serve` a job with an error waits, and the others run; what vanishes later holds nobody back."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from leadrelay.checkup.gate import AGAIN, Gate, HeldBack
from leadrelay.wiring import House
from tests.cli.test_serving import serving, until

MAPPING = """\
object = "Lead"
[read]
first_name = "FirstName"
employees = "{employees}"
servers = "Servers__c"
[write]
Leadrelay_Score__c = "score"
"""
PLAYBOOK = """\
name = "small"
[qualification]
when = "servers >= 10"
[[score.fit]]
name = "large"
about = "organisation"
when = "employees >= 1000"
points = 5
[[stages]]
name = "name"
side = "lead-generation"
"""
SECOND = """
[jobs.second]
connection = "salesforce"
mapping = "n.toml"
playbook = "p.toml"
schedule = "every 1 hours"
"""


class Clock:
    moment = datetime(2026, 11, 23, 4, tzinfo=UTC)

    def __call__(self):
        return self.moment


@pytest.fixture
def salesforce(crm):
    if crm.name != "salesforce":
        pytest.skip("one CRM is enough")
    return crm


@pytest.fixture
def held(salesforce, desk, monkeypatch):
    """Says what holds the job back, at a moment; calls are counted by the sandbox."""
    for name, value in desk.environment().items():
        monkeypatch.setenv(name, value)
    desk.write(lambda text: text.replace('"salesforce-lead"', '"m.toml"').replace('"it-discovery"', '"p.toml"'))
    write(desk)
    house, clock = House.open(desk.config, os.environ), Clock()
    store, gate = house.store(), Gate(house, clock, lambda _: None)

    def tried(minutes=0):
        clock.moment += timedelta(minutes=minutes)
        before = requests(salesforce)
        try:
            gate.expect_open("salesforce", store)
        except HeldBack as held:
            errors = tuple(one for one in held.findings if one.level == "error")
            return errors, requests(salesforce) - before
        return (), requests(salesforce) - before

    yield tried
    store.close()


def requests(crm):
    with urlopen(f"{crm.url}/_sandbox/requests", timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
        return json.load(answer)["total"]


def write(desk, employees="NumberOfEmployees"):
    (desk.folder / "p.toml").write_text(PLAYBOOK)
    (desk.folder / "m.toml").write_text(MAPPING.format(employees=employees))


def test_a_job_is_examined_once_and_again_when_its_rules_change(held, desk):
    assert held()[0] == ()
    assert held(minutes=600) == ((), 0)
    write(desk, "Nope__c")
    (finding,), _ = held()
    assert (finding.place, "Nope__c" in finding.message) == ("m.toml:4 read.employees", True)


def test_who_is_held_back_is_examined_again_after_a_while_or_when_mended(held, desk):
    write(desk, "Nope__c")
    (finding,), calls = held()
    assert (finding.level, calls > 0) == ("error", True)
    assert held() == ((finding,), 0)
    assert held(minutes=AGAIN.total_seconds() // 60)[1] > 0
    write(desk)
    assert held()[0] == ()


def test_a_field_that_vanished_from_a_job_that_worked_holds_it_back_no_more_than_a_run(held, desk, salesforce):
    assert desk.run("run", "salesforce").returncode in (0, 1)
    salesforce.act("hide_field", object="Lead", field="Servers__c")
    assert held()[0] == ()
    assert "goes on without" in " ".join(desk.run("check", "salesforce").stdout.split())
    assert desk.run("check", "salesforce").returncode == 2


@pytest.mark.usefixtures("salesforce")
def test_the_others_are_served(desk):
    desk.write(
        lambda text: text.replace('"salesforce-lead"', '"m.toml"').replace('"it-discovery"', '"p.toml"') + SECOND
    )
    write(desk, "Nope__c")
    (desk.folder / "n.toml").write_text(MAPPING.format(employees="NumberOfEmployees"))
    with serving(desk) as service:
        events = [one for _ in range(2) for one in until(service, "run ended", "job held back")]
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
    ended = {event["job"]: event for event in events if "job" in event}
    assert (ended["second"]["event"], ended["salesforce"]["event"]) == ("run ended", "job held back")
    (finding,) = [one for one in ended["salesforce"]["findings"] if one["level"] == "error"]
    assert finding["place"] == "m.toml:4 read.employees"
