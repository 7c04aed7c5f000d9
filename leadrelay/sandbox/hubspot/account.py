"""The account: its details and its usage of the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import PORTAL_ID
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.rate import ZONE_NAME, Limits
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Request, Response


class AccountApi:
    """`/account-info`."""

    def __init__(self, portal: Portal, limits: Limits) -> None:
        self.portal = portal
        self.limits = limits

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("GET", "/account-info/v3/details", self.details),
            ("GET", "/account-info/v3/api-usage/daily/private-apps", self.usage),
            ("GET", "/account-info/v3/api-usage/daily", self.usage),
        )

    def details(self, _: Request) -> Response:
        return Response(
            200,
            {
                "portalId": PORTAL_ID,
                "accountType": "STANDARD",
                "timeZone": ZONE_NAME,
                "companyCurrency": "USD",
                "additionalCurrencies": [],
                "utcOffset": "-05:00",
                "utcOffsetMilliseconds": -18_000_000,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            },
        )

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
