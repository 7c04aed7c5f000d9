"""From what a client sends to typed values: JSON and CSV in, values as the store keeps them out.

A value of the wrong JSON type is refused while the body is read, so it takes the whole request with it; in a bulk job
it takes its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, json_error
from leadrelay.sandbox.store import stamp

Parse = Callable[[Any], Any]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YES, _NO = {"true", "1", "yes", "y"}, {"false", "0", "no", "n"}
_XSD = {"datetime": "dateTime", "currency": "double", "percent": "double"}


class WrongType(Exception):
    """A value that is not of the field's type."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongType
    return value


def _boolean(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return int(value.lower() == "true")
    raise WrongType


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,400}", value, re.ASCII):
        return int(value)
    raise WrongType


def _real(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    raise WrongType


def _date(value: Any) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise WrongType
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise WrongType from None


def _datetime(value: Any) -> str:
    """Salesforce keeps whole seconds; what has no zone is UTC."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise WrongType
    try:
        moment = datetime.fromisoformat(value)
        return stamp((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0))
    except (ValueError, OverflowError):
        raise WrongType from None


_PARSERS: dict[str, Parse] = {
    "boolean": _boolean,
    "int": _integer,
    "double": _real,
    "currency": _real,
    "percent": _real,
    "date": _date,
    "datetime": _datetime,
}


def parser_of(type_: str) -> Parse:
    """What reads JSON values of a field type; raises WrongType."""
    return _PARSERS.get(type_, _text)


def count_of(text: str) -> int | None:
    """A number of things, as an address or a header holds it; None where it is none, or beyond all counting."""
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else None


def wrong_json_type(type_: str, name: str, value: Any, body: bytes) -> SalesforceError:
    """https://github.com/restforce/restforce/issues/619 shows the real text."""
    token, shown = _token(value)
    place = max(body.find(f'"{name}"'.encode()), 0)
    line, column = body.count(b"\n", 0, place) + 1, place - body.rfind(b"\n", 0, place)
    return json_error(
        f"Cannot deserialize instance of {type_} from {token} value {shown} "
        f"or request may be missing a required field at [line:{line}, column:{column}]"
    )


def _token(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return ("VALUE_TRUE", "true") if value else ("VALUE_FALSE", "false")
    if isinstance(value, dict | list):
        return ("START_OBJECT", "{") if isinstance(value, dict) else ("START_ARRAY", "[")
    if isinstance(value, str):
        return "VALUE_STRING", value
    return ("VALUE_NUMBER_INT" if isinstance(value, int) else "VALUE_NUMBER_FLOAT"), value


def from_csv(type_: str, name: str, text: str, place: int) -> Any:
    """A cell that is not empty. https://github.com/SFDO-Tooling/Snowfakery/issues/793 shows the real refusal."""
    if type_ == "boolean":
        if (word := text.lower()) in _YES | _NO:
            return int(word in _YES)
    elif type_ == "int" and re.fullmatch(r"[+-]?\d+\.\d*", text, re.ASCII):
        raise bad("INVALID_TYPE_ON_FIELD_IN_RECORD", f"value not of required type: {text}", [name])
    else:
        try:
            return parser_of(type_)(text)
        except WrongType:
            pass
    xsd = f"xsd:{_XSD.get(type_, type_)}"
    raise bad(
        "INVALID_FIELD",
        f"Failed to deserialize field at col {place}. Due to, '{text}' is not a valid value for the type {xsd}",
        [name],
    )
