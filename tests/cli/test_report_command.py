"""`report` on both CRMs: what was done in them is told, nothing is written, and the page is whole."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from leadrelay.sandbox.server import Sandbox
from leadrelay.state.store import Store
from tests.cli.conftest import SAMPLE

JSON = ("--json",)
ONE = pytest.mark.parametrize("crm", ["salesforce"], indirect=True)


@pytest.fixture(scope="module")
def sandbox():
    """CRMs whose clocks no other test has moved: an answer to come is none."""
    with Sandbox(SAMPLE) as running:
        yield running


@pytest.fixture
def worked(crm, tell):
    """A CRM in which a run handed leads off, and what the leads are."""
    assert tell("run", crm.name, "--json", "--no-brake").code in (0, 1)
    return crm


def test_a_report_reads_once_and_then_what_changed_and_writes_nothing(worked, tell):
    before = worked.effects()
    first = tell("report", worked.name, *JSON)
    assert first.code == 0, first.err
    assert first.json["read"] == 40
    assert first.json["job"] == worked.name
    assert {target["name"] for target in first.json["targets"]} == {"response", "conversion", "accuracy", "meetings"}
    again = tell("report", worked.name, *JSON).json
    offline = tell("report", worked.name, "--offline", *JSON).json
    assert (offline["read"], offline["api_calls"], offline["offline"]) == (0, 0, True)
    for found in (again, offline):
        assert found["figures"]["response"]["turns"] == first.json["figures"]["response"]["turns"] == worked.due
        assert found["leads"] == first.json["leads"]
        assert found["stages"] == first.json["stages"]
    assert worked.effects() == before


@ONE
def test_screens_and_page_hold_no_lead_and_no_script(worked, tell, desk):
    page = desk.folder / "report.html"
    told = tell("report", worked.name, "--html", str(page), "--weeks", "200")
    assert told.code == 0, told.err
    assert told.out.index("Goals") < told.out.index("By week")
    html = page.read_text()
    for value in worked.secrets_and_people():
        assert value not in told.out
        assert value not in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#)', html)
    assert html.count("<svg") >= 2
    assert "@page" in html


@ONE
def test_what_cannot_be_asked_is_told(tell, crm):
    wrong = {
        ("--by", "sauce"): "Did you mean 'source'?",
        ("--since", "yesterday"): "is no day",
        ("--since", "2026-02-30"): "is no day",
        ("--since", "2030-01-01", "--until", "2029-01-01"): "ends before it begins",
        ("--since", "1969-12-31"): "beyond the reach",
        ("--html", "nowhere/at/all.html"): "there is no folder",
    }
    for options, message in wrong.items():
        told = tell("report", crm.name, *options)
        assert told.code == 2
        assert message in " ".join(told.err.split())
    assert tell("report", "nonsense").code == 2


@ONE
def test_one_breakdown_alone(worked, tell):
    found = tell("report", worked.name, "--by", "source", "--weeks", "500", *JSON).json
    assert list(found["by"]) == ["source"]
    assert sum(group["conversion"]["all"]["of"] for group in found["by"]["source"]) == found["leads"] == 40


@ONE
def test_a_period_is_made_of_whole_days(worked, tell):
    today = datetime.now(UTC).date()
    found = tell("report", worked.name, "--since", f"{today - timedelta(days=9)}", "--until", f"{today}", *JSON).json
    assert found["since"] == f"{today - timedelta(days=9)}T00:00:00+00:00"
    assert found["until"] <= datetime.now(UTC).isoformat()
    assert json.dumps(found)


def handed(desk, crm):
    """The leads that were handed off, by their ids."""
    store = Store.open(f"sqlite:///{desk.folder / 'state.db'}")
    try:
        return sorted(store.journeys.handed(crm.name))
    finally:
        store.close()


def judge(crm, lead, verdict, **reason):
    action, name = ("sales_verdict", "lead") if crm.name == "salesforce" else ("verdict", "contact")
    crm.act(action, **{name: lead, "verdict": verdict, **reason})


def call(crm, lead):
    if crm.name == "salesforce":
        crm.act("log_call", lead=lead)
    else:
        crm.act("log", kind="call", contact=lead)


def test_what_sales_and_reps_do_is_told(worked, tell, desk):
    """Sales accepts one lead and turns another down; a rep calls the first one."""
    tell("report", worked.name, *JSON)
    first, second, *_ = handed(desk, worked)
    judge(worked, first, "accepted")
    judge(worked, second, "rejected", reason="No budget")
    call(worked, first)
    worked.post("clock", advance=3_600)
    found = tell("report", worked.name, *JSON)
    assert found.code == 0, found.err
    figures = found.json["figures"]
    assert (figures["accuracy"]["part"], figures["accuracy"]["of"]) == (1, 2)
    assert figures["accuracy"]["unjudged"] == worked.due - 2
    assert sum(reason["leads"] for reason in figures["accuracy"]["reasons"]) == 1
    assert figures["response"]["answered"] >= 1
    if worked.name == "hubspot":
        worked.act("open_deal", contact=first)
        worked.post("clock", advance=3_600)
        assert tell("report", worked.name, "--weeks", "520", *JSON).json["figures"]["conversion"]["all"]["part"] >= 1
