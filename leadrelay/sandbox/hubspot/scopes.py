"""What the app was granted. The parts of HubSpot that the sandbox does not play are those it has no scope for.

Form of the 403: https://github.com/HubSpot/hubspot-api-nodejs/issues/268
"""

from __future__ import annotations

import re

from leadrelay.sandbox.hubspot.errors import Refusal

GRANTED = (
    "oauth",
    *(
        f"crm.objects.{kind}.{verb}"
        for kind in ("contacts", "companies", "deals", "leads")
        for verb in ("read", "write")
    ),
    *(f"crm.schemas.{kind}.{verb}" for kind in ("contacts", "companies", "deals") for verb in ("read", "write")),
    "crm.objects.owners.read",
)

_DOCS = "https://developers.hubspot.com/scopes"
_OBJECTS = (
    "appointments|calls|carts|commerce_payments|communications|courses|discounts|emails|feedback_submissions|fees|"
    "goal_targets|invoices|line_items|listings|meetings|orders|postal_mail|products|quotes|services|subscriptions|"
    "taxes|tickets|users"
)
_OBJECT = re.compile(rf"/crm/v[34]/(?:objects|properties|pipelines|associations)/({_OBJECTS})(?:/.*)?")
_FAMILIES = (
    ("/crm/v3/exports", "crm.export"),
    ("/crm/v3/imports", "crm.import"),
    ("/crm/v3/lists", "crm.lists.read"),
    ("/settings/v3/users", "settings.users.read"),
    ("/automation", "automation"),
    ("/cms", "content"),
    ("/communication-preferences", "communication_preferences.read"),
    ("/conversations", "conversations.read"),
    ("/files", "files"),
    ("/marketing", "content"),
)


def expect_granted(method: str, path: str) -> None:
    """Raise the 403 where an address wants a scope that the app lacks."""
    scope = _wanted(method, path)
    if scope:
        text = "This app hasn't been granted all required scopes to make this call."
        why = "One or more of the following scopes are required."
        raise Refusal(
            403,
            f"{text} Read more about required scopes here: {_DOCS}.",
            "MISSING_SCOPES",
            errors=[{"message": why, "context": {"requiredGranularScopes": [scope]}}],
            links={"scopes": _DOCS},
        )


def _wanted(method: str, path: str) -> str | None:
    if found := _OBJECT.fullmatch(path):
        reads = method == "GET" or path.endswith(("/search", "/batch/read"))
        return f"crm.objects.{found[1]}.{'read' if reads else 'write'}"
    return next((scope for start, scope in _FAMILIES if path == start or path.startswith(start + "/")), None)
