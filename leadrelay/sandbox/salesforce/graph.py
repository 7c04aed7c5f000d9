"""Composite graphs: up to 75 graphs of 500 nodes altogether, each of them all or nothing.

https://developer.salesforce.com/docs/platform/api-rest/guide/using-resources-composite-graph.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from leadrelay.sandbox.salesforce.attempt import attempt
from leadrelay.sandbox.salesforce.composite import (
    Answer,
    check_nodes,
    failed,
    rolled_back,
    run,
    subrequests,
    without_conditions,
)
from leadrelay.sandbox.salesforce.errors import bad
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.references import names_in
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.salesforce.sobjects import json_object
from leadrelay.sandbox.wire import Handler, Request, Response, Router

_MOST_GRAPHS = 75
_MOST_NODES = 500
_MOST_KINDS = 15
_NODE = re.compile(r"/services/data/v\d+\.\d/sobjects/\w+(/[^/]+){0,2}/?$", re.IGNORECASE)
_GRAPH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class CompositeGraph:
    """`dispatch` answers one node."""

    def __init__(self, org: Org, dispatch: Handler) -> None:
        self._org = org
        self._dispatch = without_conditions(org, dispatch)

    def add_routes(self, router: Router) -> None:
        router.add("POST", "/services/data/v{version}/composite/graph", self._graphs)

    def _graphs(self, request: Request) -> Response:
        graphs = subrequests(json_object(request).get("graphs"), "graphs")
        _check(graphs)
        answers: list[dict[str, Any]] = []
        failures, most = 0, setting(self._org, "graph_failures")
        for graph in graphs:
            if failures >= most:
                answers.append(_answer(graph, _unprocessed(graph["compositeRequest"], most)))
                continue
            nodes = self._graph(graph["compositeRequest"], request)
            answers.append(_answer(graph, nodes))
            failures += any(failed(node) for node in nodes)
        return Response(200, {"graphs": answers})

    def _graph(self, nodes: Sequence[Mapping[str, Any]], request: Request) -> list[Answer]:
        bodies: dict[str, Any] = {}
        answers: dict[str, Answer] = {}
        with attempt(self._org.store) as tried:
            for node in _in_order(nodes):
                answer = answers[node["referenceId"]] = run(node, request, bodies, self._dispatch)
                bodies[node["referenceId"]] = answer["body"]
                tried.failed = failed(answer)
                if tried.failed:
                    break
        if tried.failed:
            told = [answers.get(node["referenceId"], _untried(node)) for node in nodes]
            return _all_alike(told) if setting(self._org, "graph_duplicate_code") == "all" else rolled_back(told)
        return [answers[node["referenceId"]] for node in nodes]


def _all_alike(answers: Sequence[Answer]) -> list[Answer]:
    """The answers of a graph in which a value was not unique, where every node tells it."""
    cause = next(answer for answer in answers if failed(answer))
    if not any(one.get("errorCode") == "DUPLICATE_VALUE" for one in cause["body"] or ()):
        return rolled_back(answers)
    return [{**cause, "referenceId": answer["referenceId"]} for answer in answers]


def _check(graphs: Sequence[Mapping[str, Any]]) -> None:
    if not 0 < len(graphs) <= _MOST_GRAPHS:
        raise bad("LIMIT_EXCEEDED", f"A request takes 1 to {_MOST_GRAPHS} graphs")
    names = [graph.get("graphId") for graph in graphs]
    if len(set(map(str, names))) < len(names) or not all(_GRAPH_ID.fullmatch(str(name)) for name in names):
        raise bad(
            "JSON_PARSER_ERROR", "Each graphId must be unique, begin with a letter or number and be at most 40 long"
        )
    parts = [subrequests(graph.get("compositeRequest"), "compositeRequest") for graph in graphs]
    if sum(map(len, parts)) > _MOST_NODES:
        raise bad("LIMIT_EXCEEDED", f"A request takes up to {_MOST_NODES} nodes over all graphs")
    kinds = {_kind(node) for nodes in parts for node in nodes}
    if len(kinds) > _MOST_KINDS:
        raise bad(
            "LIMIT_EXCEEDED", f"A request takes up to {_MOST_KINDS} different nodes by version, method and object"
        )
    for nodes in parts:
        check_nodes(nodes)
        for node in nodes:
            if not _NODE.match(urlsplit(node["url"]).path):
                raise bad("INVALID_INPUT", f"The resource of node {node['referenceId']} cannot be part of a graph")


def _kind(node: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a node different from others.

    https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-graph-limits.html
    """
    return (str(node.get("method")), *urlsplit(str(node.get("url"))).path.lower().split("/")[3:6])


def _in_order(nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Nodes after those they refer to, else as given; a circle is refused."""
    names = {node["referenceId"] for node in nodes}
    needs = {node["referenceId"]: {*names_in(node["url"]), *names_in(node.get("body"))} & names for node in nodes}
    ordered: list[Mapping[str, Any]] = []
    waiting = list(nodes)
    while waiting:
        done = {node["referenceId"] for node in ordered}
        ready = next((node for node in waiting if needs[node["referenceId"]] <= done), None)
        if ready is None:
            raise bad("INVALID_INPUT", "The nodes of a graph must not refer to each other in a circle")
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _answer(graph: Mapping[str, Any], nodes: Sequence[Answer]) -> dict[str, Any]:
    return {
        "graphId": str(graph["graphId"]),
        "graphResponse": {"compositeResponse": list(nodes)},
        "isSuccessful": not any(failed(node) for node in nodes),
    }


def _untried(node: Mapping[str, Any]) -> Answer:
    return {"body": None, "httpHeaders": {}, "httpStatusCode": 0, "referenceId": node["referenceId"]}


def _unprocessed(nodes: Sequence[Mapping[str, Any]], failures: int) -> list[Answer]:
    error = bad("PROCESSING_HALTED", f"Not processed: {failures} graphs of the request failed")
    return [
        {"body": error.body(), "httpHeaders": {}, "httpStatusCode": 400, "referenceId": node["referenceId"]}
        for node in nodes
    ]
