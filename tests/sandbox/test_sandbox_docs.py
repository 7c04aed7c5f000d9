"""docs/sandbox.md says what is so: its tables are the code's, its examples are carried out."""

import importlib.util
import json
import re

import pytest

from leadrelay.sandbox.faults import read_faults
from leadrelay.sandbox.hubspot.owners import OWNERS
from leadrelay.sandbox.keys import Findings
from leadrelay.sandbox.scenario import shipped
from leadrelay.sandbox.server import Options, Sandbox
from tests.pages import DOCS, boxes, page

PAGE = page("sandbox.md")


def test_the_tables_are_current():
    spec = importlib.util.spec_from_file_location("sandbox_reference", DOCS / "sandbox_reference.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.current(PAGE) == PAGE, "run: python docs/sandbox_reference.py"
    with script.controls() as (salesforce, hubspot):
        assert set(script.SALESFORCE_ACTS) == set(salesforce.actions)
        assert set(script.HUBSPOT_ACTS) == set(hubspot.actions)


def test_the_scenario_of_the_page_is_put_on_and_its_acts_are_those_of_the_crm(tmp_path):
    path = tmp_path / "evening.toml"
    [text] = [box for box in boxes(PAGE, "toml") if "acts" in box]
    path.write_text(text)
    with Sandbox(Options(leads=3, scenario=(path,))) as sandbox:
        common, own = (
            {tuple(row) for row in re.findall(r"^\| `(GET|POST|DELETE) (/_sandbox/[a-z/]+)` \|", part, re.MULTILINE)}
            for part in PAGE.split("## Data providers")
        )
        for app, told in ((sandbox.salesforce, common), (sandbox.hubspot, common), (sandbox.provider, common | own)):
            routes = app.control._router._routes
            assert {(method, regex.pattern[:-3]) for methods, regex, _ in routes for method in methods} == told
        sandbox.salesforce_line.watch()
        for act in sandbox.salesforce_line.watch.all:
            act.happen(sandbox.salesforce_line)
            assert act.answer.status == 200


def test_the_faults_of_the_page_are_faults():
    [example] = [block for block in boxes(PAGE, "sh") if "faults" in block]
    body = json.loads(example.split("-d '")[1].rsplit("'", 1)[0])
    findings = Findings()
    assert len(read_faults(body["faults"], body["seed"], "faults", findings)) == 2
    assert findings == []


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_named(name):
    assert f"\n- `{name}`: " in PAGE


def test_the_people_of_the_page_work_in_the_crms():
    with Sandbox(Options()) as sandbox:
        users = sandbox.salesforce_line.store.select(
            "SELECT Email, IsActive FROM User WHERE Email LIKE '%sandbox.example'"
        )
    people = {row["Email"].partition("@")[0]: bool(row["IsActive"]) for row in users if "admin" not in row["Email"]}
    people |= {one["email"].partition("@")[0]: not one["archived"] for one in OWNERS if one["type"] == "PERSON"}
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith(("| Salesforce |", "| HubSpot |"))]
    told = {name: at == 1 for row in rows for at in (1, 2) for name in re.findall(r"`([a-z.]+)`", row[at])}
    assert told == people
