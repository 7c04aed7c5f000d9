"""`@{ref.field[0].name}` in a composite request: what an earlier subrequest answered, put into a later one.

https://developer.salesforce.com/docs/platform/api-rest/guide/requests-composite.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.salesforce.payload import count_of

_REFERENCE = re.compile(r"@\{([^.\[\]{}]+)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_NOTHING = object()


def is_name(text: object) -> bool:
    """Whether a reference id is of the allowed form."""
    return isinstance(text, str) and bool(_NAME.fullmatch(text))


def names_in(value: Any) -> Iterator[str]:
    """The reference ids that a value mentions."""
    if isinstance(value, str):
        yield from (match.group(1) for match in _REFERENCE.finditer(value))
    elif isinstance(value, dict):
        for part in value.values():
            yield from names_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from names_in(part)


def filled(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with its references replaced; a text that is one reference takes over its type."""
    if isinstance(value, dict):
        return {name: filled(part, answers) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, answers) for part in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _resolved(whole, answers)
    return _REFERENCE.sub(lambda match: _text(_resolved(match, answers)), value)


def _resolved(match: re.Match[str], answers: Mapping[str, Any]) -> Any:
    name, path = match.groups()
    found = answers.get(name, _NOTHING)
    for field, index in _STEP.findall(path):
        found = _step(found, field, index)
    if found is _NOTHING or isinstance(found, dict | list):
        raise _no_value(name, path)
    return found


def _step(value: Any, field: str, index: str) -> Any:
    if field:
        return value.get(field, _NOTHING) if isinstance(value, dict) else _NOTHING
    place = count_of(index)
    return value[place] if isinstance(value, list) and place is not None and place < len(value) else _NOTHING


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _no_value(name: str, path: str) -> SalesforceError:
    return bad("PROCESSING_HALTED", f"Invalid reference specified. No value for {name}{path} found in {name}")


def bad_name(name: object) -> SalesforceError:
    """A reference id of the wrong form."""
    message = (
        f"Provided referenceId ('{name}') must start with a letter or a number, "
        "and it can contain only letters, numbers and underscores ('_')."
    )
    return bad("JSON_PARSER_ERROR", message)
