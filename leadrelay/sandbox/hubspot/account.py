"""The account: its details, its usage of the API, and the schemas of its objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.association_types import CATEGORY, TYPES, AssociationType
from leadrelay.sandbox.hubspot.errors import PORTAL_ID
from leadrelay.sandbox.hubspot.objecttypes import ALL, ObjectType, object_type
from leadrelay.sandbox.hubspot.portal import FOUNDED, Portal
from leadrelay.sandbox.hubspot.rate import ZONE_NAME, Limits
from leadrelay.sandbox.store import stamp
from leadrelay.sandbox.wire import Request, Response


class AccountApi:
    """`/account-info` and `/crm-object-schemas`, to read."""

    def __init__(self, portal: Portal, limits: Limits) -> None:
        self.portal = portal
        self.limits = limits

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("GET", "/account-info/v3/details", self.details),
            ("GET", "/account-info/v3/api-usage/daily/private-apps", self.usage),
            ("GET", "/account-info/v3/api-usage/daily", self.usage),
            ("GET", "/crm-object-schemas/v3/schemas", self.schemas),
            ("GET", "/crm-object-schemas/v3/schemas/{type}", self.schema),
            ("GET", "/crm/v3/schemas", self.schemas),
            ("GET", "/crm/v3/schemas/{type}", self.schema),
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

    def schemas(self, _: Request) -> Response:
        """Custom objects only, and the portal has none."""
        return Response(200, {"results": []})

    def schema(self, request: Request) -> Response:
        return Response(200, self._schema(object_type(request.parts["type"])))

    def _schema(self, kind: ObjectType) -> dict[str, Any]:
        return {
            "id": kind.type_id,
            "objectTypeId": kind.type_id,
            "name": kind.singular.upper(),
            "fullyQualifiedName": kind.singular.upper(),
            "labels": {"singular": kind.singular.capitalize(), "plural": kind.name.capitalize()},
            "requiredProperties": list(kind.required),
            "searchableProperties": list(kind.searchable),
            "secondaryDisplayProperties": [],
            "primaryDisplayProperty": kind.display,
            "properties": [prop.to_json() for prop in self.portal.properties(kind).values()],
            "associations": [_definition(found) for found in TYPES if found.source == kind.name],
            "archived": False,
            "createdAt": FOUNDED,
            "updatedAt": FOUNDED,
        }


def _definition(found: AssociationType) -> dict[str, Any]:
    ids = {kind.name: kind.type_id for kind in ALL}
    return {
        "id": str(found.type_id),
        "fromObjectTypeId": ids[found.source],
        "toObjectTypeId": ids[found.target],
        "name": f"{found.source}_to_{found.target}".upper(),
        "category": CATEGORY,
    }
