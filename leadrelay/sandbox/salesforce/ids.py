"""Record ids: 15 case-sensitive characters, and the 3 more that say which of them are capitals.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm (ID)
"""

from __future__ import annotations

import re

from leadrelay.sandbox.store import Store

PREFIXES = {
    "Account": "001",
    "AssignmentRule": "01Q",
    "AsyncApexJob": "750",
    "Contact": "003",
    "CurrencyType": "01L",
    "CustomField": "00N",
    "DuplicateRule": "0Bm",
    "Event": "00U",
    "FieldPermissions": "01k",
    "Group": "00G",
    "Lead": "00Q",
    "LeadHistory": "017",
    "LeadStatus": "01J",
    "Note": "002",
    "ObjectPermissions": "110",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "Organization": "00D",
    "PermissionSet": "0PS",
    "PermissionSetAssignment": "0Pa",
    "Profile": "00e",
    "QueryLocator": "01g",
    "Task": "00T",
    "User": "005",
    "UserPermissionAccess": "0Up",
}

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_INSTANCE = "Hs0"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def make(prefix: str, number: int) -> str:
    """The 18-character id of a running number. Ids of one prefix sort as their numbers do."""
    digits = []
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    short = prefix + _INSTANCE + "".join(reversed(digits))
    return short + checksum(short)


def checksum(short: str) -> str:
    """The last 3 characters: one for every 5, its bits say which of them are capitals."""
    chunks = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(_CHECK[sum(1 << place for place, c in enumerate(chunk) if "A" <= c <= "Z")] for chunk in chunks)


def normalize(text: object) -> str | None:
    """The 18-character form of an id in 15 or 18 characters; None when it is no id. Mends the case of the long form."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        return None
    if len(text) == 15:
        return text + checksum(text)
    return _mended(text)


def _mended(text: str) -> str | None:
    suffix = text[15:].upper()
    if any(mark not in _CHECK for mark in suffix):
        return None
    short = "".join(
        c.upper() if _CHECK.index(suffix[place // 5]) >> place % 5 & 1 else c.lower()
        for place, c in enumerate(text[:15])
    )
    return short + suffix


def object_of(record: str) -> str | None:
    """The object type of an id, if it is none that an admin made."""
    return _OBJECTS.get(record[:3])


def take(store: Store, object_name: str, count: int = 1) -> list[str]:
    """The next ids of an object type."""
    return take_of(store, PREFIXES[object_name], count)


def take_of(store: Store, prefix: str, count: int = 1) -> list[str]:
    """The next ids that begin so."""
    key = f"ids:{prefix}"
    first = int(store.recall(key, 1))
    store.remember(key, first + count)
    return [make(prefix, number) for number in range(first, first + count)]


_OBJECTS = {prefix: name for name, prefix in PREFIXES.items()}
