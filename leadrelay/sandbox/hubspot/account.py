"""The account: its details and its usage of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from leadrelay.sandbox.hubspot.errors import PORTAL_ID
from leadrelay.sandbox.hubspot.portal import FOUNDED, Portal
from leadrelay.sandbox.hubspot.rate import Limits
from leadrelay.sandbox.hubspot.settings import CURRENCIES, ZONES
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Request, Response


class AccountApi:
    """`/account-info`, and exchange rates."""

    def __init__(self, portal: Portal, limits: Limits) -> None:
        self.portal = portal
        self.limits = limits

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("GET", "/account-info/v3/details", self.details),
            ("GET", "/settings/v3/currencies/exchange-rates/current", self.rates),
            ("GET", "/account-info/v3/api-usage/daily/private-apps", self.usage),
            ("GET", "/account-info/v3/api-usage/daily", self.usage),
        )

    def details(self, _: Request) -> Response:
        settings = self.limits.settings
        hours = ZONES[settings.time_zone]
        return Response(
            200,
            {
                "portalId": PORTAL_ID,
                "accountType": settings.account_type,
                "timeZone": settings.time_zone,
                "companyCurrency": settings.currency,
                "additionalCurrencies": list(self._further()),
                "utcOffset": f"{hours:+03d}:00",
                "utcOffsetMilliseconds": hours * 3_600_000,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            },
        )

    def rates(self, _: Request) -> Response:
        """What further currencies are worth in the company's.

        https://developers.hubspot.com/docs/api-reference/latest/account/settings/multicurrency/guide
        """
        company = self.limits.settings.currency
        rates = [
            {
                "id": str(number),
                "fromCurrencyCode": code,
                "toCurrencyCode": company,
                "conversionRate": round(CURRENCIES[code] / CURRENCIES[company], 6),
                "visibleInUI": True,
                "effectiveAt": FOUNDED,
                "createdAt": FOUNDED,
                "updatedAt": FOUNDED,
            }
            for number, code in enumerate(self._further(), 1)
        ]
        return Response(200, {"results": rates})

    def _further(self) -> Iterator[str]:
        settings = self.limits.settings
        return (code for code in CURRENCIES if settings.several_currencies and code != settings.currency)

    def usage(self, _: Request) -> Response:
        usage = {
            "name": "private-apps-api-calls-daily",
            "usageLimit": self.limits.settings.per_day,
            "currentUsage": self.limits.used_today(),
            "collectedAt": self.portal.store.clock.stamp(),
            "fetchStatus": "SUCCESS",
            "resetsAt": stamp(self.limits.resets_at()),
        }
        return Response(200, {"results": [usage]})
