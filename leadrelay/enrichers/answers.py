"""What came back -> an answer: the fields that are asked for, of the company or person that was asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson

from leadrelay.core.casts import LARGEST, Target, fits, spelled
from leadrelay.core.enrich.values import MICRO, STEERING
from leadrelay.core.lead import Type
from leadrelay.enrichers.base import Answer, Found, Price
from leadrelay.enrichers.description import Description, Sure, Wanted
from leadrelay.enrichers.paths import Path, Shape
from leadrelay.enrichers.wire import Reply

ANOTHER = "another: the answer is about somebody else than was asked"
"""A miss that was paid: asked again it would be paid again."""

_PARTS = 100_000
"""So many values may one answer hold; 1 MB of `[],[],...` would take 20 MB to read."""
_LONGEST = 10_000
_STEERING = re.compile(STEERING)
_MOST_COST = 1_000_000 * MICRO


def answer(description: Description, price: Price, rate: float, asked: Mapping[str, str], reply: Reply) -> Answer:
    """The answer in a reply of status 200. `Shape` where it is not what the description says it is.

    `rate`: what a unit of the description is worth in the unit that is counted in.
    """
    found = parsed(reply.body, reply.headers.get("content-type", ""), description.limits.depth)
    if _of_another_shape(description, found):
        raise Shape
    told = _told(description, rate, found, reply)
    if any(bool(path(found)) for path in description.miss_when):
        return Answer(Found.MISS, cost=price.miss if told is None else told, why="not found")
    cost = price.hit if told is None else told
    for name, path in description.match.items():
        if name in asked and not same(name, asked[name], path(found)):
            return Answer(Found.MISS, cost=cost, why=ANOTHER)
    return _hit(description, found, cost)


def missed(description: Description, price: Price, rate: float, reply: Reply) -> Answer:
    """The answer in a status that says "not found"; its body may tell what that cost."""
    found = None
    if description.cost and description.cost.path:
        with suppress(Shape):
            found = parsed(reply.body, reply.headers.get("content-type", ""), description.limits.depth)
    told = _told(description, rate, found, reply)
    return Answer(Found.MISS, cost=price.miss if told is None else told, why="not found")


def _of_another_shape(description: Description, found: Any) -> bool:
    """Whether the whole of it is no record: to take it for "not found" would be to believe that for half a year."""
    if isinstance(found, list) and found:
        paths = [*(wanted.path for wanted in description.fields.values()), *description.match.values()]
        return all(_nothing(path, found) for path in paths)
    return isinstance(found, str | int | float)  # a bool is an int


def _nothing(path: Path, found: Any) -> bool:
    try:
        return path(found) in (None, [])
    except Shape:
        return True


def _hit(description: Description, found: Any, cost: int) -> Answer:
    fields: dict[str, str] = {}
    odd = []
    for name, wanted in description.fields.items():
        try:
            value = text(wanted, wanted.path(found))
        except Shape:
            odd.append(name)
            continue
        if value is not None:
            fields[name] = value
    why = f"not as described: {', '.join(odd)}" if odd else ""
    if not fields:
        if odd:
            raise Shape
        return Answer(Found.MISS, cost=cost, why="found, but nothing that is asked for")
    sure = {said: sureness(said, found) for said in {description.fields[name].sure for name in fields}}
    confidence = {name: sure[description.fields[name].sure] for name in fields}
    return Answer(Found.HIT, fields, confidence, cost, why)


def parsed(body: bytes, content_type: str, depth: int) -> Any:
    """The JSON of a body; `Shape` where it is none, or too deep, or of too many parts."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and not (kind.endswith(("/json", "+json")) or kind == "text/plain"):
        raise Shape
    opened = body.count(b"[") + body.count(b"{")
    if opened + body.count(b",") > _PARTS:
        raise Shape
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Shape from None
    if opened > depth and _deeper(found, depth):
        raise Shape
    return found


def _deeper(found: Any, depth: int) -> bool:
    level = [found]
    for _ in range(depth + 1):
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def text(wanted: Wanted, value: Any) -> str | None:
    """A value as CRMs spell it, None where there is none; `Shape` where it does not fit the lead field."""
    if isinstance(value, list) and wanted.type is Type.LIST:
        entries = dict.fromkeys(entry.replace(";", ",") for part in value if (entry := _one(wanted, part)))
        return ";".join(entries) or None
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    told = _one(wanted, value)
    if told is None or wanted.type in {Type.TEXT, Type.LIST} or _plainly(wanted.type, value, told):
        return told
    if not fits(told, Target(wanted.type)):
        raise Shape
    return told


def _one(wanted: Wanted, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict | list) or (isinstance(value, float) and not math.isfinite(value)):
        raise Shape
    if isinstance(value, bool) and wanted.type is not Type.BOOLEAN:
        raise Shape  # People Data Labs says true for what is there but not in one's plan
    whole = isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST
    told = _STEERING.sub("", spelled(int(value) if whole else value)).strip()
    if len(told) > _LONGEST:
        raise Shape
    return wanted.values.get(told.lower(), told) or None


def _plainly(kind: Type, value: Any, told: str) -> bool:
    """What needs no cast to see that it fits: most of what comes."""
    if isinstance(value, bool) or told != str(value):
        return kind is Type.BOOLEAN and isinstance(value, bool)
    return kind in {Type.INTEGER, Type.NUMBER} and isinstance(value, int) and abs(value) <= LARGEST


def sureness(sure: Sure, found: Any) -> float:
    """Between 0 and 1; 0 where the answer does not tell what it should."""
    if sure.path is None:
        return sure.number
    try:
        number = float(sure.path(found)) / sure.scale
    except (Shape, TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(number, 0.0), 1.0) if math.isfinite(number) else 0.0


def _told(description: Description, rate: float, found: Any, reply: Reply) -> int | None:
    """What the provider says it cost, in millionths; None where it does not say, or nothing sensible."""
    if description.cost is None:
        return None
    try:
        path = description.cost.path
        value: Any = path(found) if path else reply.headers.get(description.cost.header)
        cost = float(value) * rate * MICRO
    except (Shape, TypeError, ValueError, OverflowError):
        return None
    return round(cost) if 0 <= cost <= _MOST_COST else None


def same(field: str, asked: str, told: Any) -> bool:
    """Whether what came back is what was asked for, however each spells it; nothing told is not the same."""
    fold = _FOLDS.get(field, _folded)
    answers = told if isinstance(told, list) else [told]
    return any(_agree(field, fold(asked), fold(one)) for one in answers if isinstance(one, str | int))


def _agree(field: str, asked: str, told: str) -> bool:
    return bool(asked) and (asked == told or (field in _DOMAINS and told.endswith(f".{asked}")))


def _domain(value: object) -> str:
    raw = str(value).strip().lower().rpartition("@")[2]
    with suppress(ValueError):
        host = urlsplit(raw if "//" in raw else f"//{raw}").hostname or ""
        return host.removeprefix("www.").rstrip(".")
    return ""


def _email(value: object) -> str:
    return str(value).strip().lower()


def _folded(value: object) -> str:
    return "".join(letter for letter in str(value).casefold() if letter.isalnum())


_DOMAINS = frozenset({"domain", "website"})
_FOLDS: Mapping[str, Callable[[object], str]] = {
    "domain": _domain,
    "website": _domain,
    "email": _email,
    "email_clean": _email,
}
