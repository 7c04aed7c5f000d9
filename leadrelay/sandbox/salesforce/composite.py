"""Several requests in one: `composite`, one call towards the limit, and `composite/batch`, where each counts.

https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from leadrelay.sandbox.salesforce import conditions
from leadrelay.sandbox.salesforce.attempt import attempt
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, json_error, limit_exceeded
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.references import bad_name, filled, is_name
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.sobjects import json_object
from leadrelay.sandbox.wire import Handler, Request, Response, Router, path_of, query_of

_BASE = "/services/data/v{version}/composite"
_MOST = 25
_MOST_HEAVY = 5
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
_OWN_HEADERS = {"accept", "authorization", "content-type"}
_TAKEN = re.compile(r"/services/data/v\d+\.\d/(sobjects(/|$)|query(All)?/?$|composite/sobjects(/|$))", re.IGNORECASE)
_HEAVY = re.compile(r"/services/data/v\d+\.\d/(query(All)?/?$|composite/sobjects(/|$))", re.IGNORECASE)
_ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."

Answer = dict[str, Any]


class Composite:
    """`dispatch` answers one request, without login, limits and counting; `take` counts one, and says if it may be."""

    def __init__(self, org: Org, dispatch: Handler, take: Callable[[], bool]) -> None:
        self._store = org.store
        self._take = take
        self._dispatch = without_conditions(org, dispatch)

    def add_routes(self, router: Router) -> None:
        router.add("GET", _BASE, _resources)
        router.add("POST", _BASE, self._composite)
        router.add("POST", _BASE + "/batch", self._batch)

    # -- composite --------------------------------------------------------------------------------------------------

    def _composite(self, request: Request) -> Response:
        body = json_object(request)
        parts = subrequests(body.get("compositeRequest"), "compositeRequest")
        _check_composite(parts)
        together = body.get("allOrNone") is True
        with attempt(self._store) as tried:
            answers = self._each(parts, request, together=together)
            tried.failed = together and any(failed(answer) for answer in answers)
        if tried.failed:
            answers = rolled_back(answers)
        return Response(200, {"compositeResponse": answers})

    def _each(self, parts: Sequence[Mapping[str, Any]], outer: Request, *, together: bool) -> list[Answer]:
        bodies: dict[str, Any] = {}
        answers: list[Answer] = []
        for part in parts:
            answer = run(part, outer, bodies, self._dispatch)
            if answer["httpStatusCode"] < 400:
                bodies[part["referenceId"]] = answer["body"]
            answers.append(answer)
            if together and failed(answer):
                return answers + [_halted(rest) for rest in parts[len(answers) :]]
        return answers

    # -- batch ------------------------------------------------------------------------------------------------------

    def _batch(self, request: Request) -> Response:
        body = json_object(request)
        parts = subrequests(body.get("batchRequests"), "batchRequests")
        if len(parts) > _MOST:
            raise bad("LIMIT_EXCEEDED", f"The maximum number of subrequests in a batch is {_MOST}")
        results: list[dict[str, Any]] = []
        for part in parts:
            if results and body.get("haltOnError") is True and results[-1]["statusCode"] >= 400:
                error = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}
                results.append({"statusCode": 412, "result": [error]})
                continue
            path = "/services/data/" + str(part.get("url", "")).lstrip("/").removeprefix("services/data/")
            if results and not self._take():  # the first one is the call itself
                refused = limit_exceeded().response()
                results.append({"statusCode": refused.status, "result": refused.body})
                continue
            answer = self._dispatch(subrequest(request, str(part.get("method", "")), path, part.get("richInput"), {}))
            results.append({"statusCode": answer.status, "result": answer.body})
        return Response(200, {"hasErrors": any(one["statusCode"] >= 400 for one in results), "results": results})


def without_conditions(org: Org, dispatch: Handler) -> Handler:
    """Answers subrequests, without their preconditions where the setting `graph_conditions` is off."""

    def answer(request: Request) -> Response:
        kept = {name: value for name, value in request.headers.items() if name not in conditions.NAMES}
        ignored = len(kept) < len(request.headers) and not setting(org, "graph_conditions")
        return dispatch(replace(request, headers=kept) if ignored else request)

    return answer


def run(part: Mapping[str, Any], outer: Request, bodies: Mapping[str, Any], dispatch: Handler) -> Answer:
    """Answer one subrequest, its references filled from the bodies of those before it."""
    try:
        url, body = filled(part["url"], bodies), filled(part.get("body"), bodies)
        if not _TAKEN.match(urlsplit(url).path):
            raise bad("INVALID_INPUT", f"The resource {urlsplit(url).path} cannot be part of a composite request")
        response = dispatch(subrequest(outer, part["method"], url, body, part.get("httpHeaders") or {}))
    except SalesforceError as error:
        response = error.response()
    return {
        "body": response.body,
        "httpHeaders": response.headers,
        "httpStatusCode": response.status,
        "referenceId": part["referenceId"],
    }


def subrequest(outer: Request, method: str, url: str, body: Any, headers: Mapping[str, Any]) -> Request:
    """A request within a request. It inherits who asks, and none of the `Sforce-` headers."""
    split = urlsplit(url)
    kept = {name: value for name, value in outer.headers.items() if name in _OWN_HEADERS}
    return Request(
        method=method,
        path=path_of(split.path),
        query=query_of(split.query),
        headers={**kept, **{name.lower(): str(value) for name, value in headers.items()}},
        body=b"" if body is None else orjson.dumps(body),
        actor=outer.actor,
    )


def subrequests(parts: object, name: str) -> list[Mapping[str, Any]]:
    """The list of subrequests in a body."""
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise json_error(f"{name} must be a list of subrequests at [line:1, column:1]")
    return parts


def check_nodes(parts: Sequence[Mapping[str, Any]]) -> None:
    """Refuse subrequests without method, URL or a reference id of their own."""
    seen: set[str] = set()
    for part in parts:
        name = part.get("referenceId")
        if not is_name(name):
            raise bad_name(name)
        if name in seen:
            raise bad("JSON_PARSER_ERROR", f"Duplicate referenceId provided ({name}). Provide a unique referenceId.")
        seen.add(str(name))
        if str(part.get("method")) not in _METHODS:
            raise bad("JSON_PARSER_ERROR", f"Invalid HTTP method for subrequest {name}: {part.get('method')}")
        if not str(part.get("url", "")).startswith("/services/data/v"):
            raise bad("JSON_PARSER_ERROR", f"The URL of subrequest {name} must start with /services/data/vXX.X/")
        headers = part.get("httpHeaders") or {}
        if not isinstance(headers, dict) or {header.lower() for header in headers} & _OWN_HEADERS:
            message = f"Subrequest {name} must not set Accept, Authorization or Content-Type"
            raise bad("JSON_PARSER_ERROR", message)


def _check_composite(parts: Sequence[Mapping[str, Any]]) -> None:
    if not parts:
        raise bad("JSON_PARSER_ERROR", "compositeRequest must hold at least one subrequest")
    if len(parts) > _MOST:
        raise bad("LIMIT_EXCEEDED", f"The maximum number of subrequests in a composite request is {_MOST}")
    check_nodes(parts)
    if sum(1 for part in parts if _HEAVY.match(urlsplit(part["url"]).path)) > _MOST_HEAVY:
        message = f"A composite request can hold up to {_MOST_HEAVY} query or sObject Collections subrequests"
        raise bad("LIMIT_EXCEEDED", message)


def failed(answer: Answer) -> bool:
    """Whether a subrequest failed; a collection fails with any of its records."""
    if answer["httpStatusCode"] >= 400:
        return True
    body = answer["body"]
    return isinstance(body, list) and any(isinstance(one, dict) and one.get("success") is False for one in body)


def rolled_back(answers: Sequence[Answer]) -> list[Answer]:
    """The answers of a transaction that failed: its causes as they were, all others halted."""
    return [answer if failed(answer) else _halted(answer) for answer in answers]


def _halted(part: Mapping[str, Any]) -> Answer:
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": _ROLLED_BACK}],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": part["referenceId"],
    }


def _resources(request: Request) -> Response:
    base = f"/services/data/v{request.parts['version']}/composite"
    return Response(200, {name: f"{base}/{name}" for name in ("tree", "batch", "sobjects", "graph")})
