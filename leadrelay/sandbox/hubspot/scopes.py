"""What the app was granted. The parts of HubSpot that the sandbox does not play are those it has no scope for.

Form of the 403: https://github.com/HubSpot/hubspot-api-nodejs/issues/268
"""

from __future__ import annotations

import re
from collections.abc import Collection

from leadrelay.sandbox.hubspot.errors import Refusal

GRANTED = (
    "oauth",
    *(
        f"crm.objects.{kind}.{verb}"
        for kind in ("contacts", "companies", "deals", "leads", "custom")
        for verb in ("read", "write")
    ),
    *(
        f"crm.schemas.{kind}.{verb}"
        for kind in ("contacts", "companies", "deals", "custom")
        for verb in ("read", "write")
    ),
    "crm.objects.owners.read",
    "sales-email-read",
    "settings.currencies.read",
)

_DOCS = "https://developers.hubspot.com/scopes"
_ADDRESS = re.compile(
    r"/crm(?:-object-schemas)?/v[34]/(objects|properties|pipelines|associations|schemas|owners)(?:/([^/]+))?(?:/.*)?"
)
_FOREIGN = re.compile(
    "appointments|carts|commerce_payments|courses|discounts|feedback_submissions|fees|goal_targets|invoices|line_items|"
    "listings|orders|postal_mail|products|quotes|services|subscriptions|taxes|tickets|users"
)
_UNDER_CONTACTS = ("contact", "task", "note", "call", "email", "meeting", "communication")
_OWN = {
    **{word: "contacts" for kind in _UNDER_CONTACTS for word in (kind, f"{kind}s")},
    **dict.fromkeys(("company", "companies", "0-2"), "companies"),
    **dict.fromkeys(("deal", "deals", "0-3"), "deals"),
    **dict.fromkeys(("lead", "leads", "0-136"), "leads"),
    **dict.fromkeys(("0-1", "0-18", "0-27", "0-46", "0-47", "0-48", "0-49"), "contacts"),
}
"""Whose scopes an object type stands under: all that is done with contacts stands under theirs.

https://developers.hubspot.com/docs/api-reference/latest/crm/activities/calls/guide
"""
_CUSTOM = "custom"
"""Whose scopes the objects stand under that a portal defines itself."""
_EMAILS = {"email", "emails", "0-49"}
"""What was written in them takes a scope more; the real HubSpot may leave it out instead of refusing.

https://developers.hubspot.com/changelog/announcement-new-scope-required-to-get-the-content-of-email-engagements
"""
_FAMILIES = (
    ("/crm/v3/exports", "crm.export"),
    ("/crm/v3/imports", "crm.import"),
    ("/crm/v3/lists", "crm.lists.read"),
    ("/settings/v3/currencies", "settings.currencies.read"),
    ("/settings/v3/users", "settings.users.read"),
    ("/automation", "automation"),
    ("/cms", "content"),
    ("/communication-preferences", "communication_preferences.read"),
    ("/conversations", "conversations.read"),
    ("/files", "files"),
    ("/marketing", "content"),
)


def expect_granted(method: str, path: str, lost: Collection[str] = ()) -> None:
    """Raise the 403 where an address wants one of some scopes and the app has none of them."""
    wanted = _wanted(method, path)
    if wanted and not any(scope in GRANTED and scope not in lost for scope in wanted):
        raise missing_scopes(wanted)


def missing_scopes(wanted: Collection[str]) -> Refusal:
    """The app may not do this: one of these scopes it would need."""
    text = "This app hasn't been granted all required scopes to make this call."
    why = "One or more of the following scopes are required."
    return Refusal(
        403,
        f"{text} Read more about required scopes here: {_DOCS}.",
        "MISSING_SCOPES",
        errors=[{"message": why, "context": {"requiredGranularScopes": list(wanted)}}],
        links={"scopes": _DOCS},
    )


def _wanted(method: str, path: str) -> tuple[str, ...]:
    """The scopes any of which opens an address; none where it is open to all."""
    found = _ADDRESS.fullmatch(path)
    if not found:
        return tuple(scope for start, scope in _FAMILIES if path == start or path.startswith(start + "/"))
    part, word = found.groups()
    verb = "read" if method == "GET" or path.endswith(("/search", "/batch/read")) else "write"
    if part == "owners":
        return ("crm.objects.owners.read",)
    if word and _FOREIGN.fullmatch(word):
        return (f"crm.objects.{word}.{verb}",)
    kind = _OWN.get(word.lower(), _CUSTOM) if word else {"schemas": _CUSTOM}.get(part)
    if kind is None:
        return ()
    objects, schemas = f"crm.objects.{kind}.{verb}", f"crm.schemas.{kind}.{verb}"
    if part == "objects" and verb == "read" and (word or "").lower() in _EMAILS and "/associations/" not in path:
        return ("sales-email-read",)
    if part in {"objects", "associations"}:
        return (objects,)
    return (objects, schemas) if verb == "read" or kind == "leads" else (schemas,)
