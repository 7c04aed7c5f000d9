"""What a vendor is made of: how it lets one in, what can be asked, how it answers, refuses and bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import orjson

from leadrelay.sandbox.provider.truth import Contact
from leadrelay.sandbox.provider.views import View
from leadrelay.sandbox.wire import Request, Response


class No(Enum):
    """Why a vendor refuses."""

    KEY = "key"
    RATE = "rate"
    CREDITS = "credits"
    QUESTION = "question"
    NOBODY = "nobody"
    ADDRESS = "address"


class Unanswerable(Exception):
    """The question lacks what it needs, or is none."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing to ask. `read`: the question in one spelling; `answer`: None where the vendor knows nobody.

    `price`: credits by whether somebody was found. `once`: the same question is billed once only. `miss`: the answer
    where nobody was found, if it is no refusal.
    """

    methods: str
    path: str
    name: str
    read: Callable[[Request], dict[str, str]]
    answer: Callable[[View, Mapping[str, str], Request], Any]
    price: Callable[[bool], int] = int
    once: bool = False
    miss: Callable[[], Response] | None = None


def _untold(_credits: int) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Vendor:
    """`key`: the key of a request. `refuse`: the answer that says no; the text is for people.

    `spent`: the headers that tell what a look-up cost.
    """

    name: str
    key: Callable[[Request], str | None]
    refuse: Callable[[No, str], Response]
    endpoints: tuple[Endpoint, ...]
    spent: Callable[[int], dict[str, str]] = _untold


def told(request: Request) -> dict[str, str]:
    """Query parameters, and those of a JSON body, which win; numbers and switches as text."""
    values = dict(request.query)
    if request.body:
        try:
            body = orjson.loads(request.body)
        except ValueError:
            raise Unanswerable("the body is no JSON") from None
        if not isinstance(body, dict):
            raise Unanswerable("the body is no JSON object")
        values |= {name: str(value) for name, value in body.items() if value is not None}
    return values


def whom(values: Mapping[str, str], company: str, what: str) -> dict[str, str]:
    """A person by e-mail address, or by names and the company, which this vendor calls so."""
    names = ("first_name", "last_name", company)
    for wanted in (("email",), names):
        if all(values.get(name, "").strip() for name in wanted):
            return {name: values[name].strip().lower() for name in wanted}
    raise Unanswerable(f"{what}: email, or {', '.join(names)}")


def found_of(view: View, asked: Mapping[str, str], company: str) -> Contact | None:
    """Whom a vendor knows by what `whom` read."""
    if "email" in asked:
        return view.contact(asked["email"])
    return view.called(asked["first_name"], asked["last_name"], asked[company])


def domain_of(text: str) -> str:
    """The host of a domain or an address, without `www.`."""
    text = text.strip().lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def bands(number: int | None, edges: Mapping[int, str]) -> str | None:
    """The band of a number: that of the first edge that it does not exceed."""
    if number is None:
        return None
    return next((name for edge, name in edges.items() if number <= edge), list(edges.values())[-1])
