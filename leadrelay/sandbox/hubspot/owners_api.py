"""`/crm/v3/owners`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.conduct import Conduct
from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.owners import OWNERS
from leadrelay.sandbox.hubspot.query import at_most, flag, page
from leadrelay.sandbox.wire import Request, Response


class OwnersApi:
    """Owners, to read; who has left meanwhile is archived."""

    def __init__(self, conduct: Conduct) -> None:
        self.conduct = conduct

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        return (
            ("GET", "/crm/v3/owners", self.index),
            ("GET", "/crm/v3/owners/{id}", self.get),
        )

    def index(self, request: Request) -> Response:
        archived = flag(request, "archived")
        email = request.query.get("email", "").lower()
        found = [o for o in self._owners() if o["archived"] == archived and (not email or o["email"] == email)]
        return Response(200, page(found, request, limit=at_most(request, "limit", 100, 500), key="id"))

    def get(self, request: Request) -> Response:
        by_user = request.query.get("idProperty") == "userId"
        archived = flag(request, "archived")
        for owner in self._owners():
            key = owner.get("userId", owner.get("userIdIncludingInactive")) if by_user else owner["id"]
            if str(key) == request.parts["id"] and owner["archived"] == archived:
                return Response(200, owner)
        raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")

    def _owners(self) -> list[dict[str, Any]]:
        """All, those archived too who have left meanwhile."""
        gone = self.conduct.facts("owner")
        return [_left(owner, gone[owner["id"]]) if owner["id"] in gone else owner for owner in OWNERS]


def _left(owner: dict[str, Any], at: str) -> dict[str, Any]:
    rest = {name: value for name, value in owner.items() if name != "userId"}
    user = {"userIdIncludingInactive": owner["userId"]} if "userId" in owner else {}
    return {**rest, **user, "archived": True, "updatedAt": at}
