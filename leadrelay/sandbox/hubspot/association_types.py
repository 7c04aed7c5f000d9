"""Which objects may be associated, and by which type ids.

Ids: `hubspot/crm/association_type.py` of the official client; those of leads and communications:
https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.objecttypes import ALL, ObjectType, object_type
from leadrelay.sandbox.store import Store

CATEGORY, OWN = "HUBSPOT_DEFINED", "USER_DEFINED"
_FIRST_OWN = 16
"""Ids of the portal's own types count up from here; HubSpot's go by others."""


@dataclass(frozen=True, slots=True)
class AssociationType:
    """A kind of link from one object type to another; `inverse` is its id seen from the other side."""

    source: str
    target: str
    type_id: int
    inverse: int
    label: str | None = None
    category: str = CATEGORY

    @property
    def turned(self) -> AssociationType:
        """The same seen from the other side."""
        return AssociationType(self.target, self.source, self.inverse, self.type_id, self.label, self.category)

    @property
    def single(self) -> bool:
        """Whether a record has one at most: the company that is its primary one."""
        return self.category == CATEGORY and self.type_id in _SINGLE

    def to_json(self) -> dict[str, object]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


_SINGLE = {1, 5, 578}  # of a contact and a deal, the primary company; of a lead, the primary contact

# source, target, id, id from the other side, label; the first of a pair is its default.
_ROWS = (
    ("contacts", "contacts", 449, 449, None),
    ("companies", "companies", 450, 450, None),
    ("contacts", "companies", 279, 280, None),
    ("contacts", "companies", 1, 2, "Primary"),
    ("contacts", "deals", 4, 3, None),
    ("contacts", "notes", 201, 202, None),
    ("contacts", "tasks", 203, 204, None),
    ("contacts", "calls", 193, 194, None),
    ("contacts", "emails", 197, 198, None),
    ("contacts", "meetings", 199, 200, None),
    ("contacts", "communications", 82, 81, None),
    ("contacts", "leads", 607, 608, None),
    ("contacts", "leads", 577, 578, "Primary"),
    ("companies", "deals", 342, 341, None),
    ("companies", "deals", 6, 5, "Primary"),
    ("companies", "notes", 189, 190, None),
    ("companies", "tasks", 191, 192, None),
    ("companies", "calls", 181, 182, None),
    ("companies", "emails", 185, 186, None),
    ("companies", "meetings", 187, 188, None),
    ("companies", "communications", 88, 87, None),
    ("companies", "leads", 609, 610, None),
    ("deals", "notes", 213, 214, None),
    ("deals", "tasks", 215, 216, None),
    ("deals", "calls", 205, 206, None),
    ("deals", "emails", 209, 210, None),
    ("deals", "meetings", 211, 212, None),
    ("deals", "communications", 86, 85, None),
    ("leads", "tasks", 646, 647, None),
    ("leads", "notes", 854, 855, None),
)

TYPES = [AssociationType(*row) for row in _ROWS]
TYPES += [found.turned for found in TYPES if found.source != found.target]

_CUSTOM = "custom associations"


_BY_ID = {(t.source, t.target, t.type_id): t for t in TYPES}


def every(store: Store) -> list[AssociationType]:
    """All types of the portal, those of its own objects too."""
    return [*TYPES, *(AssociationType(**known) for known in store.recall(_CUSTOM, []))]


def add(store: Store, source: str, targets: Sequence[str]) -> None:
    """Let an object of the portal's own be associated with others, without a label: two ids each."""
    known = store.recall(_CUSTOM, [])
    first = _FIRST_OWN + len(known)
    pairs = zip(range(first, first + 2 * len(targets), 2), targets, strict=True)
    made = [AssociationType(source, target, number, number + 1, None, OWN) for number, target in pairs]
    store.remember(_CUSTOM, [*known, *(asdict(one) for found in made for one in (found, found.turned))])


def forget(store: Store, name: str) -> None:
    """An object of the portal's own is no more."""
    store.remember(
        _CUSTOM, [known for known in store.recall(_CUSTOM, []) if name not in (known["source"], known["target"])]
    )


_SINGULAR = {kind.name: kind.singular for kind in ALL}


def types_between(store: Store, source: ObjectType, target: ObjectType) -> list[AssociationType]:
    """The types from one object type to another, the default first."""
    known = TYPES if source.name in _SINGULAR and target.name in _SINGULAR else every(store)
    found = [t for t in known if (t.source, t.target) == (source.name, target.name)]
    if not found:
        why = f"No association types exist between {source.type_id} and {target.type_id}"
        raise Refusal(400, why)
    return found


def by_id(store: Store, source: ObjectType, target: ObjectType, type_id: int, category: str = "") -> AssociationType:
    """The type of an id, which must lead from the one to the other, and be of the category that is named."""
    wanted = (source.name, target.name, type_id)
    found = _BY_ID.get(wanted) or next((t for t in every(store) if (t.source, t.target, t.type_id) == wanted), None)
    if found is None or category not in {"", found.category}:
        why = f"{type_id} is not a valid association type between {source.type_id} and {target.type_id}"
        raise Refusal(400, why, context={"type": [str(type_id)]})
    return found


def of_source(store: Store, source: ObjectType, type_id: int, category: str = "") -> AssociationType:
    """The type of an id among all that start at an object type; an inline association names no target type."""
    known = [found for found in every(store) if found.type_id == type_id and category in {"", found.category}]
    for found in known:
        if found.source == source.name:
            return found
    if known:
        expected = object_type(store, known[0].source).type_id
        why = f"invalid from object type {source.type_id} for associations to be created. expected: {expected}"
        raise Refusal(400, why)
    raise Refusal(400, f"{type_id} is not a valid association type", context={"type": [str(type_id)]})


def by_name(store: Store, source: ObjectType, target: ObjectType, word: str) -> AssociationType:
    """The type that a v3 call names: by id, or as inside a record (`contact_to_company`)."""
    for found in types_between(store, source, target):
        if word in {str(found.type_id), inline_name(found)}:
            return found
    raise Refusal(400, f"{word} is not a valid association type between {source.type_id} and {target.type_id}")


def inline_name(found: AssociationType) -> str:
    """What the association is called inside a record: `task_to_contact`."""
    name = "_to_".join(_SINGULAR.get(side, side) for side in (found.source, found.target))
    paired = sum((t.source, t.target) == (found.source, found.target) for t in TYPES) > 1
    return f"{name}_unlabeled" if paired and not found.label else name
