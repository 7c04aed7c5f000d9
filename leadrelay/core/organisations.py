"""Which organisation (Salesforce) or portal (HubSpot) is meant: its id, as people copy it from either CRM."""

from __future__ import annotations

import re

SALESFORCE = re.compile(r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
HUBSPOT = re.compile(r"[1-9][0-9]{0,19}")
_TELLING = 15
"""Salesforce ids come with 15 characters, or with three more that only tell the case of these."""


def same(one: str, other: str) -> bool:
    """Whether two ids stand for the same organisation."""
    if SALESFORCE.fullmatch(one) and SALESFORCE.fullmatch(other):
        return one[:_TELLING] == other[:_TELLING]
    return one == other
