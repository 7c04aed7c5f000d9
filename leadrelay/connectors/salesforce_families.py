"""Who was merged into whom: a merged record lies in the bin and names its master.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_lead.htm
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.salesforce_query import Reader

_MERGEABLE = frozenset({"account", "contact", "lead"})
_COLUMNS = ("Id", "MasterRecordId")


class _Merged(msgspec.Struct, rename="pascal"):
    id: str
    master_record_id: str


def families(reader: Reader, object_type: str, ids: Sequence[str]) -> dict[str, Sequence[str]]:
    """All records that were merged into each of these, directly or not; ids without any are absent."""
    if object_type.lower() not in _MERGEABLE:
        return {}
    children: defaultdict[str, list[str]] = defaultdict(list)
    asked: set[str] = set()
    left = {record_id for record_id in ids if soql.ID.fullmatch(record_id)}
    while left:
        asked |= left
        merged = [one for part in soql.parts(sorted(left), _query([])) for one in _merged(reader, object_type, part)]
        for one in merged:
            children[one.master_record_id].append(one.id)
        left = {one.id for one in merged} - asked
    found = {record_id: list(_below(record_id, children, set())) for record_id in dict.fromkeys(ids)}
    return {record_id: below for record_id, below in found.items() if below}


def _merged(reader: Reader, object_type: str, masters: Sequence[str]) -> Iterator[_Merged]:
    query = _query(masters, object_type)
    return (msgspec.json.decode(row, type=_Merged) for row in reader.rows(query, deleted=True))


def _query(masters: Sequence[str], object_type: str = "Contact") -> str:
    condition = f"IsDeleted = true AND {soql.one_of(masters, 'MasterRecordId')}"
    return soql.select(object_type, _COLUMNS, condition, "Id")


def _below(record_id: str, children: Mapping[str, Sequence[str]], seen: set[str]) -> Iterator[str]:
    """A record and those that it took in; none twice, so that a circle ends."""
    for child in children.get(record_id, ()):
        if child not in seen:
            seen.add(child)
            yield child
            yield from _below(child, children, seen)
