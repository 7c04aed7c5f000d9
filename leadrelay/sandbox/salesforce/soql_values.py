"""Literals of a query as values of the store, or the reason why a field cannot be compared with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadrelay.sandbox.salesforce import ids
from leadrelay.sandbox.salesforce.soql_ast import Literal
from leadrelay.sandbox.salesforce.soql_macros import MACROS
from leadrelay.sandbox.store import Column, stamp

_IDS = {"id", "reference"}
_NUMBERS = {"currency", "double", "int", "percent"}
_SPELLED = {"datetime": "dateTime", "id": "ID", "reference": "ID"}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, and without, `end`: what a date literal such as LAST_WEEK stands for."""

    start: str
    end: str


class Mismatch(Exception):
    """A value that does not fit the field; `code` is the errorCode."""

    def __init__(self, message: str, code: str = "INVALID_FIELD") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def convert(column: Column, literal: Literal, today: date) -> Any:
    """The value to compare with: as the store keeps it, None for null, a Span for a date literal."""
    type_ = column.meta["type"]
    if literal.kind == "null":
        return 0 if type_ == "boolean" else None
    if type_ in {"date", "datetime"}:
        return _moment(column, literal, today)
    if type_ == "boolean":
        return int(bool(_of_kind(column, literal, "boolean")))
    if type_ in _NUMBERS:
        number = _of_kind(column, literal, "number")
        return number if abs(number) < 2**63 else float(number)
    text = _of_kind(column, literal, "string")
    return _id(text) if type_ in _IDS else text or None


def is_text(column: Column) -> bool:
    """Whether comparison ignores case."""
    return column.kind == "text" and column.meta["type"] not in _IDS


def _of_kind(column: Column, literal: Literal, kind: str) -> Any:
    if literal.kind != kind:
        raise _wrong(column)
    return literal.value


def _wrong(column: Column) -> Mismatch:
    type_ = column.meta["type"]
    quoted = "should be" if column.kind == "text" else "should not be"
    spelled = _SPELLED.get(type_, "string" if column.kind == "text" else type_)
    return Mismatch(
        f"value of filter criterion for field '{column.name}' must be of type {spelled} and {quoted} enclosed in quotes"
    )


def _moment(column: Column, literal: Literal, today: date) -> str | Span:
    type_ = column.meta["type"]
    if literal.kind not in {"macro", type_}:
        raise _wrong(column)
    text = str(literal.value)
    try:
        if literal.kind == "macro":
            first, after = MACROS[text].span(literal.count, today)
            suffix = "T00:00:00.000Z" if type_ == "datetime" else ""
            return Span(f"{first}{suffix}", f"{after}{suffix}")
        if type_ == "date":
            return date.fromisoformat(text).isoformat()
        return stamp(datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.upper())))
    except (ValueError, OverflowError):
        raise Mismatch(f"Invalid {type_}: {text}", "MALFORMED_QUERY") from None


def _id(text: str) -> str | None:
    if not text:
        return None
    found = ids.normalize(text)
    if found is None:
        raise Mismatch(f"invalid ID field: {text}", "INVALID_QUERY_FILTER_OPERATOR")
    return found
