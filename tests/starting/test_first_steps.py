"""docs/start.md from beginning to end: six commands, no edit by hand, on CRMs that never saw leadrelay."""

from __future__ import annotations

import shlex

import pytest

from leadrelay.sandbox.server import Options, Sandbox
from tests.pages import commands, page

COMMANDS = [shlex.split(words) for words in commands(page("start.md"))[:6]]
LEAD = {"salesforce": ("Lead", "Leadrelay_Stage__c"), "hubspot": ("contacts", "leadrelay_stage")}


@pytest.fixture(scope="module")
def fresh():
    with Sandbox(Options(leads=40, seed=5, bare=True)) as running:
        yield running


def spoken(crm, sandbox, folder):
    """The commands of the page for a CRM, in a folder: what the page tells to say otherwise, and nothing else."""
    url = sandbox.salesforce_url if crm == "salesforce" else sandbox.hubspot_url
    names = {
        "salesforce": crm,
        "acme": "portal" if crm == "hubspot" else "acme",
        "plan.json": str(folder / "plan.json"),
    }
    for words in COMMANDS:
        said = [names.get(word, word) for word in words]
        if said[0] == "init":
            yield [*said, "--sandbox", "--instance-url", url, "--folder", str(folder)]
        else:
            yield said if said[0] == "show" else [*said, "--config", str(folder / "config.toml")]


@pytest.mark.parametrize("crm", LEAD)
def test_six_commands_lead_from_nothing_to_the_first_leads(crm, call, fresh, tmp_path):
    said = [*spoken(crm, fresh, tmp_path)]
    assert [words[0] for words in said] == ["init", "setup", "check", "plan", "show", "apply"]
    for words in said:
        done = call(words, {"COLUMNS": "160"})
        assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"
        assert "✗" not in done.stdout
    line = fresh.salesforce_line if crm == "salesforce" else fresh.hubspot_line
    table, field = LEAD[crm]
    written = line.store.db.execute(f'SELECT count(*) FROM "{table}" WHERE "{field}" IS NOT NULL').fetchone()
    assert written[0] > 30
