"""Amounts of money: is it known in which currency they are, and what each is worth?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies
from leadrelay.core.amounts import Currency, places_of
from leadrelay.mappings.doctor.values import Finding, listed
from leadrelay.mappings.mapping_currency import FROM_CRM
from leadrelay.mappings.mapping_values import Mapping as FieldMapping

_MONEY = "currency"
"""Salesforce's type of fields that hold amounts in the record's currency."""


def of_money(mapping: FieldMapping, schema: Mapping[str, FieldInfo], known: Currencies, kind: str) -> Iterator[Finding]:
    """What is counted in which currency, held against what the organisation counts in."""
    yield from _plain(mapping, schema, known)
    yield from _coarse(mapping, schema, known)
    currency = mapping.currency
    if currency is None or not known.default:
        return
    place = next((read.place for read in mapping.reads if read.currency), "")
    place = place or next((write.place for write in mapping.writes if write.currency), "[currency]")
    alone = not known.several or (kind == "hubspot" and not currency.field)
    if alone and currency.usual and currency.usual != known.default:
        message = f"amounts are taken for {currency.usual}, and this organisation counts in {known.default}."
        if known.several:
            message = f"amounts are taken for {currency.usual}, and HubSpot shows them in {known.default}."
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
    for read in (read for read in mapping.reads if not read.currency):
        names = [name for name in read.fields if name in schema and schema[name].type == _MONEY]
        for name in read.fields:
            if name in schema and schema[name].extra.get("amount"):
                yield _unmarked(read.place, schema[name], known)
        if names:
            message = (
                f"{listed(names)}: each record says its own currency, and lead field '{read.lead}' takes them as one."
            )
            yield Finding("warning", read.place, message, cure)
    for write in (write for write in mapping.writes if write.source and not write.currency):
        if write.field in schema and schema[write.field].extra.get("amount"):
            yield _unmarked(write.place, schema[write.field], known)
        if write.field in schema and schema[write.field].type == _MONEY:
            message = f"'{write.field}' is counted in each record's own currency, and '{write.source}' in one."
            yield Finding("warning", write.place, message, cure)


def _unmarked(place: str, info: FieldInfo, known: Currencies) -> Finding:
    """HubSpot's amounts: of the property that another one names, else all of the portal's own currency."""
    said = info.extra.get("currency_property")
    message = (
        f"'{info.name}' is an amount, and this portal has several currencies: HubSpot shows it in {known.default},"
        " whatever currency was meant."
    )
    if said:
        message = f"'{info.name}' is an amount in the currency that '{said}' names, and is taken as one for all."
    way = f'field = "{said}"' if said else f'from = "{known.default}", or field = a property that holds the code'
    return Finding("warning", place, message, f"Say currency = true there, and in [currency]: {way}.")


def _coarse(mapping: FieldMapping, schema: Mapping[str, FieldInfo], known: Currencies) -> Iterator[Finding]:
    """Amounts that the field rounds: they come back as others, and would be written in every run."""
    codes = {known.default, *known.rates} if known.several else {known.default}
    for write in (write for write in mapping.writes if write.currency and write.field in schema):
        scale = schema[write.field].extra.get("scale")
        if schema[write.field].type == _MONEY and isinstance(scale, int) and scale > 0:
            cut = sorted(code for code in codes if code and places_of(code) > scale)
            if cut:
                message = f"'{write.field}' has {scale} decimal places, too few for {listed(cut)}: it would round them."
                yield Finding("warning", write.place, message, f"Give it {max(map(places_of, cut))} decimal places.")


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
