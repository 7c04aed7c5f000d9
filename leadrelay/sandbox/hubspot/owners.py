"""The portal's owners: `id` is what `hubspot_owner_id` wants, `userId` is another number; one left, one is a queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.query import at_most, flag, page
from leadrelay.sandbox.wire import Request, Response

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

ACTIVE_IDS = tuple(owner["id"] for owner in OWNERS if not owner["archived"])


class OwnersApi:
    """`/crm/v3/owners`."""

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("GET", "/crm/v3/owners", self.index),
            ("GET", "/crm/v3/owners/{id}", self.get),
        )

    def index(self, request: Request) -> Response:
        archived = flag(request, "archived")
        email = request.query.get("email", "").lower()
        found = [o for o in OWNERS if o["archived"] == archived and (not email or o["email"] == email)]
        return Response(200, page(found, request, limit=at_most(request, "limit", 100, 500), key="id"))

    def get(self, request: Request) -> Response:
        by_user = request.query.get("idProperty") == "userId"
        archived = flag(request, "archived")
        for owner in OWNERS:
            key = owner.get("userId", owner.get("userIdIncludingInactive")) if by_user else owner["id"]
            if str(key) == request.parts["id"] and owner["archived"] == archived:
                return Response(200, owner)
        raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
