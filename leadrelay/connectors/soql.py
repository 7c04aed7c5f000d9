"""SOQL as text. Names and ids are checked here, so that nothing else can get into a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote_plus

from leadrelay.connectors.base import Cursor
from leadrelay.errors import ConfigError, Problem, Unexpected

KEY = re.compile(r"[a-z0-9-]{1,40}")
ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")

LONGEST_URI = 16_000
"""Bytes of a query in an address. 16,384 with the headers (https://developer.salesforce.com/docs/
atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/), less room for those."""

_MOST_PIECES = 300
_ESCAPES = {"\\": "\\\\", "'": "\\'"}
_CONDITION = 200
"""Room for the words around the ids or keys."""


def checked(names: Sequence[str], place: str) -> Sequence[str]:
    """The names, if all of them can be names of fields or objects; else raises `ConfigError` about `place`."""
    if bad := [name for name in names if not _NAME.fullmatch(name)]:
        raise ConfigError(
            [Problem(place, f"'{name}' cannot be a Salesforce name.", "Mend the mapping.") for name in bad]
        )
    return names


def select(object_type: str, columns: Iterable[str], where: str = "", order: str = "") -> str:
    """A query. Columns may repeat, in any case; Salesforce wants each but once."""
    unique = {column.lower(): column for column in reversed(list(columns))}
    text = f"SELECT {', '.join(reversed(unique.values()))} FROM {object_type}"
    return text + (f" WHERE {where}" if where else "") + (f" ORDER BY {order}" if order else "")


def since(cursor: Cursor | None) -> str:
    """The condition for what a cursor has not delivered; by (stamp, id), since many records may share a stamp.

    What changed after the walk began is left to the next walk: our own writes move every record that they touch.
    Raises `Unexpected` for a cursor that is not Salesforce's.
    """
    if cursor is None:
        return ""
    _check(cursor)
    if not cursor.after_id:
        return f"SystemModstamp >= {cursor.stamp}"
    tie = f"(SystemModstamp = {cursor.stamp} AND Id > '{cursor.after_id}')"
    left = f"({tie} OR SystemModstamp > {cursor.stamp})"
    return f"{left} AND SystemModstamp <= {cursor.started}" if cursor.started else left


def _check(cursor: Cursor) -> None:
    moments = [cursor.stamp, *([cursor.started] if cursor.started else [])]
    ids = [cursor.after_id] if cursor.after_id else []
    if not (all(map(_STAMP.fullmatch, moments)) and all(map(ID.fullmatch, ids))):
        raise Unexpected("the stored cursor is none of Salesforce's. Run the job over all leads to begin anew.")


def one_of(values: Iterable[str], column: str = "Id") -> str:
    """The condition for these ids or keys, which must have been matched with `ID` or `KEY`."""
    quoted = [f"'{value}'" for value in values]
    return f"{column} IN ({','.join(quoted)})"


def text(value: str) -> str:
    """A text as a literal."""
    escaped = "".join(_ESCAPES.get(character, character) for character in value if character >= " ")
    return f"'{escaped}'"


def like(before: str, value: str, after: str) -> str:
    """A pattern as a literal: `value` as it is, between `before` and `after`, which may hold wildcards."""
    literal = text(value)[1:-1].replace("%", "\\%").replace("_", "\\_")
    return f"'{before}{literal}{after}'"


def packed(pieces: Sequence[str], query_without_them: str, between: str) -> Iterator[Sequence[str]]:
    """Conditions, or literals, in portions that fit into the address of a query, at most 300."""
    room = LONGEST_URI - uri_bytes(query_without_them)
    part: list[str] = []
    taken = 0
    for piece in pieces:
        size = uri_bytes(piece + between)
        if part and (taken + size > room or len(part) == _MOST_PIECES):
            yield part
            part, taken = [], 0
        part.append(piece)
        taken += size
    if part:
        yield part


def parts(values: Sequence[str], query_without_them: str) -> Iterator[Sequence[str]]:
    """Ids or keys in portions that fit into the address of a query, at most 500."""
    longest = max(map(len, values), default=0) + len("%2C%27%27")
    size = max(1, min(500, (LONGEST_URI - uri_bytes(query_without_them) - _CONDITION) // longest))
    for start in range(0, len(values), size):
        yield values[start : start + size]


def uri_bytes(query: str) -> int:
    """How many bytes a query takes in an address."""
    return len(quote_plus(query))
