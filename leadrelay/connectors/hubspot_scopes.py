"""What a HubSpot token may do: as HubSpot tells it, else by trying."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote

import msgspec

from leadrelay.connectors.hubspot_wire import Forbidden, Portal
from leadrelay.connectors.people import Lack
from leadrelay.connectors.transport import Answer, Rejection

SEEN: Mapping[str, tuple[str, str]] = {
    "companies": ("crm.objects.companies.read", "a lead's account and its owner are not known."),
    "contacts": ("crm.objects.contacts.read", "a lead's colleagues are not known."),
    "deals": ("crm.objects.deals.read", "what became an opportunity is told by the lifecycle stage alone."),
    "calls": ("crm.objects.contacts.read", "a call, a meeting or a message does not count as a first response."),
    "emails": ("sales-email-read", "an e-mail does not count as a first response."),
}
"""What is read beside the leads: the scope that opens it, and what follows where it may not be read."""

_STATIC = "pat-"
"""How tokens of private apps and of service keys begin; all others are OAuth's."""
_ABOUT_IT = "/oauth/v2/private-apps/get/access-token-info"
"""It answers for service keys too, and with 404 for tokens that it does not know:
https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview
"""
_OAUTH = "/oauth/v1/access-tokens/{}"
"""https://developers.hubspot.com/docs/api-reference/legacy/authentication/oauth-tokens/v1/get-oauth-token-metadata"""


class _Token(msgspec.Struct):
    scopes: list[str]


def granted(portal: Portal) -> frozenset[str] | None:
    """The token's scopes, in one call; None where HubSpot does not tell them."""
    token = portal.settings.access_token
    try:
        if token.startswith(_STATIC):
            return portal.post(_ABOUT_IT, {"tokenKey": token}, _scopes)
        return portal.get(_OAUTH.format(quote(token, safe="")), _scopes)
    except (Rejection, Forbidden):
        return None


def lacking(scopes: Collection[str]) -> Iterator[Lack]:
    """What follows from the scopes that are missing."""
    for kind, (scope, consequence) in SEEN.items():
        if scope not in scopes:
            yield _lack(kind, consequence, f"Give its token the scope {scope}.")


def tried(portal: Portal, kinds: Mapping[str, tuple[str, str]]) -> Iterator[Lack]:
    """The same, where the token does not tell its scopes: a call for each kind of record."""
    for kind, (_, consequence) in kinds.items():
        try:
            portal.call(portal.basic.get_page, _nothing, kind, limit=1, archived="false")
        except Forbidden as no:
            yield _lack(kind, consequence, no.cure)


def _lack(kind: str, consequence: str, cure: str) -> Lack:
    return Lack(f"the token may not read {kind}: {consequence}", cure)


def _scopes(answer: Answer) -> frozenset[str]:
    return frozenset(msgspec.json.decode(answer.body, type=_Token).scopes)


def _nothing(_: Answer) -> None:
    return None
