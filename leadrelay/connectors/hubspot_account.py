"""A HubSpot portal's details, and what its currencies are worth."""

from __future__ import annotations

import msgspec

from leadrelay.connectors.hubspot_wire import Portal
from leadrelay.connectors.transport import Answer

_DETAILS = "/account-info/v3/details"
_RATES = "/settings/v3/currencies/exchange-rates/current"
"""https://developers.hubspot.com/docs/api-reference/legacy/account/settings/multicurrency/guide"""


class Account(msgspec.Struct, rename="camel"):
    """The portal. `portal_name`: only newer versions of HubSpot's API tell it."""

    portal_id: int
    ui_domain: str = "app.hubspot.com"
    account_type: str = ""
    time_zone: str | None = None
    company_currency: str | None = None
    additional_currencies: list[str] = []
    portal_name: str | None = None


class _Rate(msgspec.Struct, rename="camel"):
    from_currency_code: str
    to_currency_code: str
    conversion_rate: float


class _Rates(msgspec.Struct):
    results: list[_Rate]


def account(portal: Portal) -> Account:
    """Who this portal is; every token may ask."""
    return portal.get(_DETAILS, _account)


def rates(portal: Portal, company: str) -> dict[str, float]:
    """What one unit of each further currency is worth in the company's."""
    found = portal.get(_RATES, _rates)
    return {rate.from_currency_code: rate.conversion_rate for rate in found if rate.to_currency_code == company}


def _account(answer: Answer) -> Account:
    return msgspec.json.decode(answer.body, type=Account)


def _rates(answer: Answer) -> list[_Rate]:
    return msgspec.json.decode(answer.body, type=_Rates).results
