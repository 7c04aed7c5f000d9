"""When two notes of a value mean the same: a history keeps 1 where an audit says "true", 5.0 where it says "5"."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_WORDS = {"true": "1", "false": "0"}


def same(one: Any, other: Any) -> bool:
    """Whether both mean the same value of a field."""
    return plain(one) == plain(other)


def plain(value: Any) -> str:
    """One spelling of a value; what is empty is ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ";".join(plain(part) for part in value)
    return _plain(str(value))


@lru_cache(maxsize=200_000)
def _plain(text: str) -> str:
    text = text.strip().replace("\r\n", "\n")
    if _NUMBER.fullmatch(text):
        return _number(text)
    if _MOMENT.fullmatch(text):
        return _moment(text)
    return _WORDS.get(text.lower(), text)


def _number(text: str) -> str:
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text


def _moment(text: str) -> str:
    """In UTC, to the millisecond. Midnight is the day: dates are kept either way."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    shown = at.isoformat(timespec="milliseconds")[:23]
    return shown.removesuffix("T00:00:00.000")


def short(key: Any) -> str:
    """An id; Salesforce writes the same one with 15 and with 18 characters."""
    text = str(key or "")
    return text[:15] if len(text) == 18 and not text.isdigit() else text
