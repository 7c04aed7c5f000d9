"""docs/report.md: its commands run, its keys are those of the document, its goals those of the code."""

import shlex
import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from leadrelay.core.report.facts import frame
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.json import document
from leadrelay.core.report.report import BY, Basis, Period, report
from leadrelay.core.targets import GOALS, RESPONSE
from leadrelay.core.trial.measures import FEW
from leadrelay.jobs.report import PATIENCE
from tests.pages import boxes, commands, keys_named, keys_of, page

PAGE = page("report.md")


@pytest.mark.parametrize("crm", ["salesforce"], indirect=True)
def test_every_command_of_the_page_runs(crm, desk, tell, monkeypatch):  # noqa: ARG001 - the sandbox is reset
    desk.write(lambda text: text.replace("[jobs.salesforce]", "[jobs.inbound]"))
    monkeypatch.chdir(desk.folder)
    for command in commands(PAGE):
        told = tell(*shlex.split(command))
        assert told.code == 0, told.err
    assert (desk.folder / "report.html").exists()
    assert set(told.json) - keys_named(PAGE) == set()


NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_every_key_of_the_document_is_explained():
    day = timedelta(days=1)
    common = {"number": 1, "last": True, "owner": "ann", "created_at": NOW - 9 * day, "assigned_at": NOW - day}
    rows = [
        {"lead": "a", **common, "responded_at": NOW, "stage": "sal", "stage_since": NOW - 9 * day},
        {"lead": "b", **common, "handed_at": NOW - day, "verdict": "rejected", "opportunity_at": NOW},
    ]
    basis = Basis(limits={"sal": 2}, received=[Received("east", "ann", 1, 1)])
    found = document(report(frame(rows), Period(NOW - 30 * day, NOW, NOW), basis))
    assert all((found["overdue"], found["stages"], found["fairness"], found["figures"]["accuracy"]["reasons"]))
    assert set(found["by"]) == set(BY)
    assert set(keys_of(found)) - keys_named(PAGE) == set()


def test_the_page_says_what_the_code_does():
    goals = tomllib.loads(boxes(PAGE, "toml")[0])["targets"]
    assert goals.pop("within") == f"{RESPONSE // timedelta(hours=1)} hours"
    assert goals == GOALS
    assert f"Fewer than {FEW} are marked" in PAGE
    assert f"in the last {PATIENCE.days} days" in PAGE
