"""The kinds of faults and their keys: what the sandbox takes, and what its documentation tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadrelay.sandbox.keys import (
    ANYTHING,
    HEADER,
    LONGEST,
    NAME,
    SWITCH,
    TEXT,
    Key,
    Takes,
    choice,
    either,
    number,
    whole,
)
from leadrelay.sandbox.wire import METHODS

DAY = 86_400
MOST_BYTES = 10_000_000_000
_NOTHING = "nothing is carried out"

_SECONDS = Key("seconds", number(0, DAY), "how long, on the machine's clock")
_STATUS = Key("status", whole(400, 599), "the HTTP status")
_RETRY_AFTER = Key("retry_after", either(number(0), HEADER), "the header Retry-After; absent: no header", optional=True)
_METHODS = Takes(
    "HTTP methods, as in `POST PATCH`",
    lambda value: isinstance(value, str) and bool(value.split()) and set(value.upper().split()) <= set(METHODS),
)
_PATH = Takes("a path that begins with / or *", lambda value: isinstance(value, str) and value[:1] in {"/", "*"})


def _applied(default: str) -> Key:
    meaning = f"whether the request is carried out though; false: {default}"
    return Key("applied", SWITCH, meaning, default=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does, and its own keys."""

    meaning: str
    keys: tuple[Key, ...] = ()


KINDS: Mapping[str, Kind] = {
    "drop-request": Kind("The connection is closed without an answer; nothing is carried out."),
    "drop-reply": Kind("The request is carried out, then the connection is closed without an answer."),
    "late": Kind("The request is carried out at once, and answered late. Others are not held up.", (_SECONDS,)),
    "late-request": Kind("The request is carried out late, even if the client has gone by then.", (_SECONDS,)),
    "twice": Kind("The request is carried out twice; the second answer goes out."),
    "cut": Kind(
        "The body ends too early and the connection is closed; Content-Length is that of the whole.",
        (Key("bytes", whole(), "so many bytes are sent; negative: so many are left out"),),
    ),
    "garbage": Kind(
        "An answer that is not of the CRM, as a proxy or a maintenance page gives it.",
        (
            Key("status", whole(200, 599), "the HTTP status", default=200),
            Key("content_type", HEADER, "the header Content-Type", default="text/html; charset=utf-8"),
            Key("body", TEXT, "the body", default="<!DOCTYPE html><html><body>We are setting things up.</body></html>"),
            _applied("it never reaches the CRM"),
        ),
    ),
    "status": Kind(
        "A refusal or a failure in the form of the CRM.",
        (
            _STATUS,
            Key("code", NAME, "Salesforce's errorCode, HubSpot's category; absent: fits the status", optional=True),
            Key("message", TEXT, "the message; absent: fits the status", optional=True),
            Key(
                "policy", choice(["SECONDLY", "TEN_SECONDLY_ROLLING", "DAILY"]), "of HubSpot's 429", default="SECONDLY"
            ),
            Key("body", ANYTHING, "the body as a whole: a text is sent as HTML, else as JSON", optional=True),
            _RETRY_AFTER,
            _applied(_NOTHING),
        ),
    ),
    "quota": Kind("The daily quota is gone: Salesforce 403 REQUEST_LIMIT_EXCEEDED, HubSpot 429 DAILY."),
    "expire": Kind("The access token of the request is no longer good: Salesforce for ever, HubSpot for this request."),
    "storm": Kind(
        "From the first request on it fails for some time.",
        (
            Key("seconds", number(0, LONGEST), "how long, on the CRM's clock"),
            Key("status", whole(500, 599), _STATUS.meaning, default=503),
            _RETRY_AFTER,
            _applied(_NOTHING),
        ),
    ),
    "slow": Kind(
        "The body comes in slices.",
        (
            Key("slice", whole(1), "bytes of a slice"),
            Key("pause", number(0, DAY), "seconds between two"),
        ),
    ),
    "reset": Kind("The connection is torn down (TCP RST) without an answer.", (_applied(_NOTHING),)),
    "stranger": Kind("Of a provider: the answer is about somebody else. CRMs take no notice."),
    "redirect": Kind(
        "The answer sends the client to another address.",
        (
            Key("location", HEADER, "the header Location"),
            Key("status", whole(300, 399), "the HTTP status", default=302),
            _applied(_NOTHING),
        ),
    ),
    "flood": Kind(
        "A JSON body of any size, which is one long text; without Content-Length.",
        (Key("bytes", whole(1, MOST_BYTES), "so many", default=100_000_000), _applied(_NOTHING)),
    ),
    "bomb": Kind(
        "The same, compressed with gzip to a thousandth.",
        (Key("bytes", whole(1, MOST_BYTES), "so many, unpacked", default=100_000_000), _applied(_NOTHING)),
    ),
    "deep": Kind(
        "A JSON body of lists within lists.",
        (Key("levels", whole(1, 10_000_000), "so many", default=100_000), _applied(_NOTHING)),
    ),
    "clock-skew": Kind(
        "The Date header is wrong; everything else is right.",
        (Key("seconds", number(-LONGEST, LONGEST), "so much is it ahead; negative: behind"),),
    ),
}

COMMON = (
    Key("kind", choice(KINDS), "what happens; the table above"),
    Key("method", _METHODS, "only these methods; absent: all", optional=True),
    Key(
        "path",
        _PATH,
        "only these paths, as `GET /_sandbox/requests` shows them; `*` stands for anything. "
        "Absent: all but those where one signs in",
        optional=True,
    ),
    Key("probability", number(0, 1), "how likely a request that fits is hit", default=1),
    Key("after", whole(0), "so many requests that fit pass first", default=0),
    Key("every", whole(1), "then only every n-th of them is hit", default=1),
    Key("times", whole(0), "at most so many are hit; absent: no end", optional=True),
)
"""What every fault takes beside the keys of its kind."""
