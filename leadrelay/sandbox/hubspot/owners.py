"""The portal's owners: `id` is what `hubspot_owner_id` wants, `userId` is another number; one left, one is a queue."""

from __future__ import annotations

from typing import Any

_TEAMS = {
    "12001": "Sales development",
    "12002": "Account executives EMEA",
    "12003": "Account executives Americas",
}


def _owner(key: str, user: int | None, first: str, last: str, team: str, *, archived: bool = False) -> dict[str, Any]:
    owner: dict[str, Any] = {
        "id": key,
        "email": f"{first}.{last}@sandbox.example".lower() if last else "inbound@sandbox.example",
        "type": "PERSON" if user else "QUEUE",
        "firstName": first,
        "lastName": last,
        "createdAt": "2024-02-05T09:00:00.114Z",
        "updatedAt": "2025-11-17T16:21:40.902Z",
        "archived": archived,
        "teams": [{"id": team, "name": _TEAMS[team], "primary": True}],
    }
    if user:
        owner["userIdIncludingInactive" if archived else "userId"] = user
    return owner


OWNERS = (
    _owner("41629779", 9586504, "Ada", "Byrne", "12001"),
    _owner("41629780", 9586511, "Ravi", "Menon", "12001"),
    _owner("41630112", 9590237, "Lena", "Vogt", "12002"),
    _owner("41630113", 9590240, "Marc", "Dupont", "12002"),
    _owner("41633870", 9601772, "Grace", "Okafor", "12003"),
    _owner("41633871", 9601790, "Diego", "Salas", "12003"),
    _owner("41635001", 9604418, "Paul", "Former", "12002", archived=True),
    _owner("41640500", None, "Inbound queue", "", "12001"),
)
"""Published fiction. The first one is the person behind an edit in the user interface."""

ACTIVE_IDS: tuple[str, ...] = tuple(owner["id"] for owner in OWNERS if not owner["archived"])
LEFT_ID: str = next(owner["id"] for owner in OWNERS if owner["archived"])


def user_of(actor: str) -> int:
    """The user of an owner who is named by id or e-mail; any other person is the first one."""
    named = [owner for owner in OWNERS if actor in {owner["id"], owner["email"]} and owner["type"] == "PERSON"]
    owner = (named or OWNERS)[0]
    found: int = owner.get("userId") or owner["userIdIncludingInactive"]
    return found
