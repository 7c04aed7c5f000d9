"""Amounts of money: is it known in which currency they are, and what each is worth?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies
from leadrelay.core.amounts import Currency
from leadrelay.mappings.doctor.values import Finding, listed
from leadrelay.mappings.mapping_currency import FROM_CRM
from leadrelay.mappings.mapping_values import Mapping as FieldMapping

_MONEY = "currency"
"""Salesforce's type of fields that hold amounts in the record's currency."""


def of_money(mapping: FieldMapping, schema: Mapping[str, FieldInfo], known: Currencies) -> Iterator[Finding]:
    """What is counted in which currency, held against what the organisation counts in."""
    yield from _plain(mapping, schema, known)
    currency = mapping.currency
    if currency is None or not known.default:
        return
    place = next((read.place for read in mapping.reads if read.currency), "")
    place = place or next((write.place for write in mapping.writes if write.currency), "[currency]")
    if not known.several and currency.usual and currency.usual != known.default:
        message = f"amounts are taken for {currency.usual}, and this organisation counts in {known.default}."
        yield Finding("warning", place, message, f'In [currency]: from = "{known.default}".')
    elif not known.several and currency.field and currency.field not in schema:
        message = f"this organisation counts in one currency, {known.default}: no record names its own."
        yield Finding("error", place, message, f'In [currency], instead of field: from = "{known.default}".')
    yield from _rates(place, currency, known)


def _plain(mapping: FieldMapping, schema: Mapping[str, FieldInfo], known: Currencies) -> Iterator[Finding]:
    """Amounts of several currencies that pass as if there were one."""
    if not known.several:
        return
    cure = "Say currency = true there, and in [currency] what leads are counted in."
    for read in mapping.reads:
        names = [name for name in read.fields if name in schema and schema[name].type == _MONEY]
        if names and not read.currency:
            message = (
                f"{listed(names)}: each record says its own currency, and lead field '{read.lead}' takes them as one."
            )
            yield Finding("warning", read.place, message, cure)
    for write in mapping.writes:
        if write.field in schema and schema[write.field].type == _MONEY and write.source and not write.currency:
            message = f"'{write.field}' is counted in each record's own currency, and '{write.source}' in one."
            yield Finding("warning", write.place, message, cure)


def _rates(place: str, currency: Currency, known: Currencies) -> Iterator[Finding]:
    if currency.source == FROM_CRM:
        if known.several and not known.rates:
            message = "the CRM tells no exchange rates, or hides them from this user."
            yield Finding("error", place, message, "Grant it, or name the rates in [currency].")
        elif currency.to not in {known.default, *known.rates}:
            message = f"the CRM keeps no rate of {currency.to}, so that amounts of other currencies are not known."
            yield Finding("error", place, message, "Count leads in a currency of its own, or name the rates.")
        return
    told = {currency.to, *(rate.currency for rate in currency.rates)}
    codes = {known.default, *known.rates} if known.several else {currency.usual or known.default}
    if currency.rates and (lacking := sorted(codes - told)):
        message = f"there is no rate for {listed(lacking)}: amounts in it count as not known."
        yield Finding("warning", place, message, "Add it to `rates` of [currency].")
