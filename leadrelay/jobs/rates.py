"""Rates of exchange that a mapping takes from the CRM: asked for once, when a job begins."""

from __future__ import annotations

from leadrelay.connectors.inspection import Currencies, Inspectable
from leadrelay.core.amounts import Rate
from leadrelay.mappings.mapping_currency import FROM_CRM
from leadrelay.mappings.mapping_values import Mapping


def with_rates_of(mapping: Mapping, connector: object) -> Mapping:
    """The mapping with the rates that the CRM keeps, where it asks for them."""
    if mapping.currency is None or mapping.currency.source != FROM_CRM or not isinstance(connector, Inspectable):
        return mapping
    return mapping.with_rates(rates_in(connector.inspect({"currencies"}).currencies, mapping.currency.to))


def rates_in(currencies: Currencies, to: str) -> tuple[Rate, ...]:
    """What one unit of each is worth in `to`; none where the CRM does not know what `to` is worth."""
    worth = {currencies.default: 1.0, **currencies.rates}
    if not worth.get(to):
        return ()
    return tuple(Rate(code, value / worth[to]) for code, value in worth.items() if code and value > 0)
