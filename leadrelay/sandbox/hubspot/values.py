"""Property values: from what a client sends to what the store keeps, and back to the text that HubSpot answers.

Rules: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide (values), and the changelog entry
"Enhanced validations for non-string properties": blanks around a number, a time or an option are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from leadrelay.sandbox.hubspot.errors import bad_input
from leadrelay.sandbox.hubspot.owners import ACTIVE_IDS
from leadrelay.sandbox.hubspot.pipelines import PIPELINE_IDS, STAGE_IDS
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.store import stamp

Stored = str | float | int | None

LONGEST = 65_536
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EXTERNAL = {
    "owners": ACTIVE_IDS,
    **{f"{kind} pipelines": ids for kind, ids in PIPELINE_IDS.items()},
    **{f"{kind} stages": ids for kind, ids in STAGE_IDS.items()},
}


class Invalid(Exception):
    """A value that does not fit its property: HubSpot's code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def text_of(value: object) -> str:
    """A JSON value as text; HubSpot takes numbers and booleans for their texts, and nothing else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return show_number(value)
    raise bad_input("Cannot deserialize value of type `java.lang.String` from Object value")


def parse(prop: Property, text: str) -> Stored:
    """What the store keeps for a text that is not empty."""
    if len(text) > LONGEST:
        raise Invalid("INVALID_LENGTH", f"Property values may hold at most {LONGEST} characters.")
    return _PARSERS[prop.type](prop, text)


def shower(prop: Property) -> Callable[[Stored], str] | None:
    """How a stored value of this property is answered; None where it is the text itself."""
    return _SHOWERS.get(prop.type)


def show(prop: Property, value: Stored) -> str | None:
    """The text that HubSpot answers for a stored value."""
    how = shower(prop)
    return how(value) if how and value is not None else value  # type: ignore[return-value]


def show_number(value: Stored) -> str:
    """A number without an empty fraction, and never with an exponent."""
    number = float(value or 0)
    return str(int(number)) if number.is_integer() else format(Decimal(repr(number)), "f")


def show_time(value: Stored) -> str:
    """A moment as Java's Instant prints it: without a fraction that is zero."""
    text = str(value)
    return f"{text[:-5]}Z" if text.endswith(".000Z") else text


def moment(text: str) -> datetime | None:
    """ISO 8601 (UTC where it names no zone) or milliseconds since 1970; None for anything else."""
    try:
        if _MILLISECONDS.fullmatch(text):
            return EPOCH + timedelta(milliseconds=int(text))
        if not _ISO.fullmatch(text):
            return None
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def options_in(text: str) -> list[str]:
    """The options of a checkbox value, each once."""
    return list(dict.fromkeys(part for part in text.split(";") if part))


_MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}")


def _text(prop: Property, text: str) -> Stored:
    if prop.name != "email":
        return text
    address = text.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise Invalid("INVALID_EMAIL", f"Email address {text} is invalid")
    return address


def _number(_: Property, text: str) -> Stored:
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise Invalid("INVALID_NUMBER", f"{text} was not a valid number.")
    return float(text)


def _bool(_: Property, text: str) -> Stored:
    if text not in {"true", "false"}:
        raise Invalid("INVALID_OPTION", f"{text} was not one of the allowed options: [true, false]")
    return int(text == "true")


def _time(_: Property, text: str) -> Stored:
    found = moment(text)
    if found is None:
        raise Invalid("INVALID_LONG", f"{text} was not a valid long.")
    return stamp(found)


def _date(_: Property, text: str) -> Stored:
    found = moment(text)
    if found is None:
        raise Invalid("INVALID_DATE", f"{text} was not a valid date.")
    if (found.hour, found.minute, found.second, found.microsecond) != (0, 0, 0, 0):
        clock = f"{found.hour}:{found.minute}:{found.second}.{found.microsecond // 1000}"
        raise Invalid("INVALID_DATE", f"{text} is at {clock} UTC, not midnight!")
    return found.date().isoformat()


def _option(prop: Property, text: str) -> Stored:
    allowed = EXTERNAL.get(prop.external, prop.values)
    chosen = options_in(text) if prop.several else [text]
    for option in chosen:
        if option not in allowed:
            raise Invalid("INVALID_OPTION", f"{option} was not one of the allowed options: [{', '.join(allowed)}]")
    return ";".join(chosen) or None


_PARSERS: dict[str, Callable[[Property, str], Stored]] = {
    "string": _text,
    "phone_number": _text,
    "number": _number,
    "bool": _bool,
    "datetime": _time,
    "date": _date,
    "enumeration": _option,
}
_SHOWERS: dict[str, Callable[[Stored], str]] = {
    "number": show_number,
    "bool": lambda value: "true" if value else "false",
    "datetime": show_time,
}
