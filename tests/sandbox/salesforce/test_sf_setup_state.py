"""What an org tells of how it is set up, in a state that an older sandbox kept too."""

from leadrelay.sandbox.salesforce import org, setup_state
from leadrelay.sandbox.store import Store


def test_an_older_state_gets_the_fields_that_it_has_not():
    store = Store()
    org.prepare(store)
    store.drop_column("Organization", "DefaultLeadAccess")
    store.drop_column("Lead", "CurrencyIsoCode")
    org.prepare(store)
    setup_state.follow(store, setup_state.ACCESS, "None")
    setup_state.follow(store, setup_state.SEVERAL, True)
    assert store.select("SELECT DefaultLeadAccess FROM Organization")[0]["DefaultLeadAccess"] == "None"
    assert store.columns("Lead")["currencyisocode"].meta["granted"]


def test_another_corporate_currency_moves_all_rates():
    store = Store()
    org.prepare(store)
    setup_state.follow(store, setup_state.CURRENCY, "EUR")
    rates = {row["IsoCode"]: row["ConversionRate"] for row in store.select("SELECT * FROM CurrencyType")}
    assert rates["EUR"] == 1
    assert round(rates["USD"], 4) == 1.087
    assert [row["IsoCode"] for row in store.select("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = 1")] == ["EUR"]
