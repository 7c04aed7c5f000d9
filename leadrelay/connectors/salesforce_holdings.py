"""How many records hold a value in a field, before anybody thinks of removing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_describe import Field
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.transport import Rejection

_LOOKED_AT = 200
"""Records with long texts on a page: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/."""


class Holdings:
    """Counts in one organisation."""

    def __init__(self, account: Account) -> None:
        self._reader = Reader(account)

    def of(self, object_type: str, fields: Sequence[Field]) -> Mapping[str, int]:
        """By name; a field of which nothing certain can be told is left out."""
        texts = [field.name for field in fields if not field.filterable]
        flags = [field.name for field in fields if field.type == "boolean"]
        others = [field.name for field in fields if field.filterable and field.type != "boolean"]
        found = self._counted(object_type, others) if others else {}
        # One field that cannot be counted so has the whole query refused.
        left = {name: f"{name} != null" for name in others if name not in found}
        for name, where in (left | {name: f"{name} = true" for name in flags}).items():
            found |= self._where(object_type, name, where)
        return found | (self._sampled(object_type, texts) if texts else {})

    def _counted(self, object_type: str, names: Sequence[str]) -> dict[str, int]:
        """COUNT of a field leaves out records where it is empty."""
        columns = [f"COUNT({name}) c{at}" for at, name in enumerate(names)]
        row = self._row(soql.select(object_type, columns))
        return {name: count for at, name in enumerate(names) if isinstance(count := row.get(f"c{at}"), int)}

    def _where(self, object_type: str, name: str, where: str) -> dict[str, int]:
        row = self._row(soql.select(object_type, ["COUNT(Id) c0"], where))
        return {name: count} if isinstance(count := row.get("c0"), int) else {}

    def _sampled(self, object_type: str, names: Sequence[str]) -> dict[str, int]:
        """No query filters by long texts or counts them: the records that changed last are looked at.

        One that is found there is enough to know that values would be lost; none of some proves nothing of the others.
        """
        query = f"{soql.select(object_type, names, order='SystemModstamp DESC')} LIMIT {_LOOKED_AT + 1}"
        try:
            rows = [msgspec.json.decode(row, type=dict[str, object]) for row in self._reader.rows(query)]
        except Rejection:
            return {}
        held = {name: sum(row.get(name) is not None for row in rows) for name in names}
        return held if len(rows) <= _LOOKED_AT else {name: count for name, count in held.items() if count}

    def _row(self, query: str) -> Mapping[str, object]:
        try:
            rows = [msgspec.json.decode(row, type=dict[str, object]) for row in self._reader.rows(query)]
        except Rejection:
            return {}
        return rows[0] if rows else {}
