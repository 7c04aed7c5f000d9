"""What a query string or a body asks for, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from leadrelay.sandbox.hubspot.errors import Refusal, bad_input
from leadrelay.sandbox.wire import Request


def words(request: Request, name: str) -> list[str]:
    """A list in the query: comma-separated, repeated, or both."""
    return [word.strip() for word in request.query.get(name, "").split(",") if word.strip()]


def flag(request: Request, name: str) -> bool:
    return request.query.get(name, "false").lower() == "true"


def at_most(request: Request, name: str, default: int, most: int) -> int:
    """A positive whole number in the query that may not be greater than `most`."""
    text = request.query.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Refusal(400, f"Invalid value for query parameter '{name}': {text}. It must be from 1 to {most}.")
    return int(text)


def page(items: Sequence[dict[str, Any]], request: Request, limit: int, key: str) -> dict[str, Any]:
    """A page of a short list that is kept in order of `key`; `after` is the last key seen."""
    after = request.query.get("after", "")
    rest = [item for item in items if not after or (len(item[key]), item[key]) > (len(after), after)]
    answer: dict[str, Any] = {"results": rest[:limit]}
    if len(rest) > limit:
        answer["paging"] = paging(rest[limit - 1][key], request)
    return answer


def paging(after: str, request: Request) -> dict[str, Any]:
    """The pointer to the next page, and its whole address."""
    address = f"{request.scheme}://{request.headers.get('host', 'api.hubapi.com')}{request.path}"
    return {"next": {"after": after, "link": f"{address}?{urlencode({**request.query, 'after': after})}"}}


def body(request: Request) -> dict[str, Any]:
    """The body as an object."""
    found = any_body(request)
    if not isinstance(found, dict):
        raise bad_input("expected an object")
    return found


def any_body(request: Request) -> Any:
    """The body as whatever JSON it is."""
    if not request.body:
        # https://github.com/HubSpot/hubspot-api-ruby/issues/187
        raise Refusal(400, "Invalid JSON input: a request body was expected, but none found")
    try:
        return request.json()
    except orjson.JSONDecodeError as error:
        raise bad_input(error.msg, error.lineno, error.colno) from None


def record_id(key: object) -> int | None:
    """A record's id as the store keeps it; None for what cannot be one."""
    text = str(key) if isinstance(key, str | int) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def text(value: object, name: str) -> str:
    """A text in a body, empty where it is left out."""
    if value is not None and not isinstance(value, str):
        raise bad_input(f"{name} must be a string")
    return value or ""


def strings(value: object, name: str) -> list[str]:
    """A list of texts in a body, empty where it is left out."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_input(f"{name} must be a list of strings")
    return value
