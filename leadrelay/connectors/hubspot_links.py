"""What is associated with records: read in batches, from the records themselves, which do not lag as search does.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadrelay.connectors.hubspot_wire import Paging, Portal
from leadrelay.connectors.transport import Answer

_MOST = 1_000


def links(portal: Portal, source: str, target: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """By record the ids of the records of the other type; a page per record, each goes on."""
    path = f"/crm/v4/associations/{source}/{target}/batch/read"
    asked: list[dict[str, str]] = [{"id": one} for one in dict.fromkeys(ids)]
    found: dict[str, list[str]] = {}
    while asked:
        now, asked = asked[:_MOST], asked[_MOST:]
        for linked in portal.post(path, {"inputs": now}, _links).results:
            found.setdefault(linked.source.id, []).extend(str(other.to_object_id) for other in linked.to)
            if linked.paging and linked.paging.after:
                asked.append({"id": linked.source.id, "after": linked.paging.after})
    return found


class _Source(msgspec.Struct):
    id: str


class _Target(msgspec.Struct, rename="camel"):
    to_object_id: int | str


class _Linked(msgspec.Struct, rename={"source": "from"}):
    source: _Source
    to: list[_Target] = []
    paging: Paging | None = None


class _Links(msgspec.Struct):
    results: list[_Linked]


def _links(answer: Answer) -> _Links:
    return msgspec.json.decode(answer.body, type=_Links)
