"""docs/backtest.md: its commands are run, and its keys are those of the document."""

import shlex

import polars as pl
import pytest

from leadrelay import playbooks
from leadrelay.core.targets import GOALS
from leadrelay.core.trial.measures import FEW
from leadrelay.core.trial.report import TOO_GOOD
from tests.pages import commands, keys_named, keys_of, page

PAGE = page("backtest.md")


@pytest.fixture
def folder(desk, sandbox, monkeypatch):
    """Where the page's reader sits: a job `inbound`, a new playbook, and exports."""
    desk.write(lambda text: text.replace("[jobs.salesforce]", "[jobs.inbound]"))
    text = playbooks.text("it-discovery").replace("bant_met >= 3", "bant_met >= 2")
    (desk.folder / "new.toml").write_text(text)
    store = sandbox.salesforce_line.store
    rows = [dict(row) for row in store.select('SELECT * FROM "Lead"')]
    frame = pl.DataFrame(rows, infer_schema_length=None).rename({store.key: "Id"} if store.key != "Id" else {})
    texts = frame.select(pl.col(name).cast(pl.String) for name, kind in frame.schema.items() if kind != pl.Binary)
    texts.write_csv(desk.folder / "export.csv")
    texts.write_parquet(desk.folder / "export.parquet")
    monkeypatch.chdir(desk.folder)
    return desk.folder


@pytest.mark.parametrize("command", commands(PAGE))
def test_every_command_of_the_page_runs(command, folder, tell):
    told = tell(*shlex.split(command))
    assert told.code == 0, told.err
    assert (folder / "report.html").exists() == ("--html" in command)


@pytest.mark.usefixtures("folder")
def test_every_key_of_the_document_is_explained(tell):
    options = ("--playbook", "new.toml", "--outcome", "converted", "--json")
    document = tell("backtest", "inbound", *options).json
    assert set(keys_of(document)) - keys_named(PAGE) == set()
    assert document["live"].keys() == document["new"].keys()


def test_the_limits_of_the_page_are_those_of_the_code():
    assert f"**more than {GOALS['conversion']:.0%}**".replace("%", " %") in PAGE
    assert f"**more than {GOALS['accuracy']:.0%}**".replace("%", " %") in PAGE
    assert f"({TOO_GOOD} and more)" in PAGE
    assert f"Fewer than {FEW} leads" in PAGE
