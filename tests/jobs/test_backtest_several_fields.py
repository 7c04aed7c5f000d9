"""A back-test over a file whose mapping makes a lead field of several columns, or of none."""

import pytest

from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.trial.trial import Trial
from leadrelay.errors import ConfigError
from leadrelay.jobs.backtest import prepared
from leadrelay.jobs.backtest_csv import CsvFile
from leadrelay.jobs.reading import Nobody
from leadrelay.mappings.mapping import load as load_mapping
from tests.jobs.conftest import PLAYBOOK, Clock

MAPPING = """
object = "Lead"
[currency]
to = "EUR"
field = "Iso"
rates = { USD = 0.5 }
[read]
employees = { first = ["Staff", "Size__c"] }
budget_amount = { field = "Budget", currency = true }
budget_status = { constant = "approved" }
"""
LEADS = """Id,Staff,Size,Budget,Iso,Won
1,2000,,20000,USD,true
2,,2000,20000,USD,false
3,5,2000,20000,EUR,true
4,2000,,20000,XXX,true
"""


def trial(mapping=MAPPING):
    playbook = load_playbook(PLAYBOOK, "p.toml")
    return Trial(playbook, None, Clock().moment), load_mapping(mapping, "m.toml", playbook)


def prepare(folder, text, *, allow_missing=False):
    (folder / "leads.csv").write_text(text)
    return prepared(*trial(), CsvFile.open(folder / "leads.csv"), "Won = 'true'", allow_missing=allow_missing)


def leads(backtest):
    (batch,) = backtest.source.batches(backtest.work.columns, Nobody())
    return backtest.work.reader()(batch)


def test_every_column_feeds_its_lead_field(tmp_path):
    backtest = prepare(tmp_path, LEADS)
    assert backtest.work.columns.items() >= {"Staff": "Staff", "Size__c": "Size", "Iso": "Iso"}.items()
    found = leads(backtest)
    assert found["employees"].to_list() == [2000, 2000, 5, 2000]
    assert found["budget_amount"].to_list() == [10_000, 10_000, 20_000, None]
    assert set(found["budget_status"]) == {"approved"}


def test_one_of_several_columns_may_be_missing_but_not_that_of_the_currency(tmp_path):
    backtest = prepare(tmp_path, LEADS.replace("Staff", "Stuff"))
    assert "Staff" not in backtest.work.columns
    assert leads(backtest)["employees"].to_list() == [None, 2000, 2000, None]
    with pytest.raises(ConfigError, match="there is no column 'Iso', which the mapping reads into 'budget_amount'"):
        prepare(tmp_path, LEADS.replace("Iso", "Code"))
    blind = prepare(tmp_path, LEADS.replace("Iso", "Code"), allow_missing=True)
    assert "Not in these leads: budget_amount." in blind.notes[0]
    assert set(leads(blind)["budget_amount"]) == {None}
