"""`connect/organization`: what the org is to the running user, with its currency, which no object tells.

https://developer.salesforce.com/docs/atlas.en-us.chatterapi.meta/chatterapi/connect_responses_organization.htm
"""

from __future__ import annotations

from leadrelay.sandbox.salesforce import setup_state
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.wire import Response, Router


def add_routes(router: Router, org: Org) -> None:
    """The one resource of Connect REST API that the sandbox plays."""
    router.add("GET HEAD", "/services/data/v{version}/connect/organization", lambda _: Response(200, _told(org)))


def _told(org: Org) -> dict[str, object]:
    row = org.store.select('SELECT "Id", "Name", "TimeZoneSidKey" FROM "Organization"')[0]
    several = bool(org.setting(setup_state.SEVERAL, False))
    return {
        "accessTimeout": 120,
        "features": {
            "chatter": True,
            "defaultCurrencyIsoCode": org.setting(setup_state.CURRENCY, "USD"),
            "multiCurrency": several,
        },
        "name": row["Name"],
        "orgId": row["Id"],
        "userSettings": {
            "canFollow": True,
            "currencySymbol": None if several else "$",
            "timeZone": {"gmtOffset": None, "name": row["TimeZoneSidKey"]},
            "userId": org.user_id(),
        },
    }
