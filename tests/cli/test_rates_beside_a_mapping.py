"""Rates of exchange in a CSV file: found beside the mapping, read with it, told with its line."""

import pytest

from leadrelay.core.amounts import Rate
from leadrelay.errors import ConfigError
from leadrelay.wiring import House

CONFIG = """
[connections.crm]
kind = "hubspot"
access_token = { env = "TOKEN" }
[jobs.money]
connection = "crm"
mapping = "maps/own.toml"
playbook = "it-discovery"
"""
MAPPING = """
object = "contacts"
[currency]
to = "EUR"
field = "deal_currency_code"
rates = "rates.csv"
[read]
budget_amount = { field = "budget_amount", currency = true }
"""


@pytest.fixture
def rules(tmp_path):
    """rules(text): the mapping with such a file of rates beside it; None for no file."""

    def read(rates):
        (tmp_path / "config.toml").write_text(CONFIG)
        (tmp_path / "maps").mkdir()
        (tmp_path / "maps" / "own.toml").write_text(MAPPING)
        if rates is not None:
            (tmp_path / "maps" / "rates.csv").write_text(rates, encoding="utf-8-sig")
        mapping, _ = House.open(tmp_path / "config.toml", {}).rules("money", offline=True)
        return mapping

    return read


def test_rates_stand_beside_the_mapping(rules):
    assert rules("currency,rate\nUSD,0.92\n\n").currency.rates == (Rate("USD", 0.92),)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (None, "there is no such file (rates of maps/own.toml). The path starts at the mapping's folder."),
        ("currency,rate\nUSD,1\nUSD,2\n", "maps/rates.csv:3: USD has a rate from that day on already. Remove one."),
    ],
)
def test_what_is_wrong_with_them_names_the_place(rules, rates, message):
    with pytest.raises(ConfigError) as caught:
        rules(rates)
    assert any(message in str(problem) for problem in caught.value.problems)
