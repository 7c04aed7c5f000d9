"""The scopes that leadrelay needs in a HubSpot portal, and what each serves for.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from leadrelay.connectors.needs import Excess, Need, Uses, needed

_HOW = "HubSpot: Development, Keys, Service keys (or the private app's Scopes): add {}."
_OWN = {"contacts", "companies", "deals", "leads"}


def _need(scope: str, features: str, what: str, without: str, *, vital: bool = True, of: str = "") -> Need:
    return Need(scope, tuple(features.split()), what, without, _HOW.format(scope), vital, of)


NEEDS: tuple[Need, ...] = (
    _need("crm.objects.{object}.read", "reads", "reading leads and their properties", "no lead can be read"),
    _need("crm.objects.{object}.write", "writes owners", "writing leads", "nothing can be written"),
    _need(
        "crm.schemas.custom.read",
        "reads",
        "the addresses of records",
        "links to leads lead nowhere",
        vital=False,
        of="custom",
    ),
    _need("crm.objects.contacts.read", "tasks notes", "finding tasks and notes again", "no task can be found again"),
    _need("crm.objects.contacts.write", "tasks notes", "creating tasks and notes", "no lead can be handed off"),
    _need("crm.objects.owners.read", "roster tasks owners sla", "finding owners", "no owner is known"),
    _need(
        "crm.objects.contacts.read",
        "sla people report",
        "seeing calls, meetings and colleagues",
        "a call, a meeting or a message does not count as a first response",
    ),
    _need("sales-email-read", "sla", "seeing e-mails", "an e-mail does not count as a first response", vital=False),
    _need(
        "crm.objects.companies.read",
        "accounts people",
        "finding the companies of leads",
        "a lead's account and its owner are not known",
        vital=False,
    ),
    _need(
        "crm.objects.deals.read",
        "report",
        "seeing what became of leads",
        "what became an opportunity is told by the lifecycle stage alone",
        vital=False,
    ),
    _need("settings.currencies.read", "rates", "the portal's exchange rates", "amounts cannot be converted"),
    _need("crm.schemas.{object}.write", "setup", "creating properties of leads", "no property can be created"),
    _need("crm.schemas.contacts.write", "setup", "creating the key of tasks and notes", "no key can be created"),
)

_HARMLESS = frozenset({"oauth", "crm.schemas.contacts.read", "crm.schemas.custom.read"})
"""What every token has, whatever was chosen, and what shows no more than which properties there are."""


def scopes_needed(uses: Uses) -> tuple[Need, ...]:
    """The scopes for these uses. Objects that a portal defines itself stand under `custom`."""
    kind = uses.object if uses.object in _OWN else "custom"
    return needed(NEEDS, replace(uses, object=kind))


def surplus(granted: Collection[str], uses: Uses) -> Iterator[Excess]:
    """What the token may do beyond these uses."""
    wanted = {need.grant for need in scopes_needed(uses)} | _HARMLESS
    for scope in sorted(set(granted) - wanted):
        cure = "Take the scope from the service key (or private app); its token stays the same."
        yield Excess(scope, "nothing that is done takes it", cure)
