"""Composite graphs: many groups of requests in one call, each group all or nothing, each request with its headers.

https://developer.salesforce.com/docs/platform/api-rest/guide/using-resources-composite-graph.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_verdict import HALTED, OF_FIELDS, is_overtaken
from leadrelay.connectors.salesforce_wire import Complaint
from leadrelay.connectors.transport import Answer, Broken, Rejection

MOST = 75
"""Graphs in a call. https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-graph-limits.md"""

MOST_NODES = 500
"""Nodes in a call, over all its graphs."""

_TRIES = 3
_LONG_AGO = "Mon, 01 Jan 1990 00:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Node:
    """One request of a graph. `path`: below the version."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class NodeReply:
    """What one request of a graph was answered."""

    status: int
    body: bytes

    @property
    def complaints(self) -> list[Complaint]:
        """Its own; a request that only shared the fate of another has none."""
        try:
            found = msgspec.json.decode(self.body, type=list[Complaint])
        except msgspec.MsgspecError:
            return []
        return [complaint for complaint in found if complaint.code != HALTED]

    def value(self, name: str) -> str:
        """A text of the body."""
        body = msgspec.json.decode(self.body)
        return str(body.get(name) or "") if isinstance(body, dict) else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a graph, or of the part of it that belongs to one record."""

    done: bool
    nodes: Sequence[NodeReply]

    @property
    def causes(self) -> list[tuple[int, NodeReply]]:
        """The nodes that are named as the reason, by place: the culprit, or all of them."""
        return [(at, node) for at, node in enumerate(self.nodes) if node.complaints]

    @property
    def halted(self) -> bool:
        """Nobody is to blame: it was not attempted."""
        return not self.done and not self.causes


class Graphs:
    """The graphs of one organisation, and whether they honour conditions. `available`: as far as is known."""

    def __init__(self, account: Account, object_type: str) -> None:
        self._account = account
        self._type = object_type
        self._base = f"/services/data/v{account.settings.api_version}/"
        self.available = True
        self._honour: bool | None = None
        self._tries = 0

    def send(self, graphs: Sequence[Sequence[Node]]) -> list[Reply]:
        """One call. Raises `Rejection` when it is refused as a whole."""
        body = {"graphs": [{"graphId": f"g{at}", "compositeRequest": self._nodes(g)} for at, g in enumerate(graphs)]}
        return self._account.call(
            lambda client: client.restful("composite/graph", method="POST", json=body),
            lambda answer: _replies(answer, [len(graph) for graph in graphs]),
        )

    def each(self, items: Sequence[Sequence[Node]], together: int = 1) -> list[Reply]:
        """A reply for each item, which is some nodes of its own. `together`: how many items share a graph at first.

        A graph of several items that fails is taken apart; what Salesforce did not attempt, because too many failed
        before it, is sent again.
        """
        round_ = _Round(items, together)
        while batch := round_.next():
            replies = self.send([[node for at in group for node in items[at]] for group in batch])
            for place, (group, reply) in enumerate(zip(batch, replies, strict=True)):
                round_.take(group, reply, first=place == 0)
        return round_.replies()

    def honour_conditions(self, ids: Sequence[str]) -> bool:
        """Whether `If-Unmodified-Since` counts within graphs. Asks with some of these records, without any effect.

        A graph that changes nothing under a condition that cannot hold, and then asks for a record that does not
        exist, is undone in any case. Only where the condition itself is named as a reason, it was looked at.
        """
        for record_id in ids:
            if self._honour is not None:
                break
            self._honour = self._tried(record_id)
            self._tries += 1
            if self._tries == _TRIES:
                self._honour = bool(self._honour)
        return bool(self._honour)

    def _tried(self, record_id: str) -> bool | None:
        headers = {"If-Unmodified-Since": _LONG_AGO, "Sforce-Auto-Assign": "FALSE"}
        change = Node("PATCH", f"sobjects/{self._type}/{record_id}", {}, headers)
        absent = Node("GET", f"sobjects/{self._type}/{record_id[:3]}{'0' * 12}")
        try:
            [reply] = self.send([[change, absent]])
        except Rejection:
            self.available = False  # none for this user, or none in this edition
            return False
        one, other = reply.nodes
        if is_overtaken(one.status, one.complaints):
            return True
        return False if other.complaints and not one.complaints else None

    def _nodes(self, nodes: Sequence[Node]) -> list[dict[str, Any]]:
        return [self._node(node, node.name or f"n{at}") for at, node in enumerate(nodes)]

    def _node(self, node: Node, name: str) -> dict[str, Any]:
        given: dict[str, Any] = {"method": node.method, "url": self._base + node.path, "referenceId": name}
        if node.body is not None:
            given["body"] = node.body
        return given | ({"httpHeaders": node.headers} if node.headers else {})


class _Round:
    """Who is still to be sent, and with whom."""

    def __init__(self, items: Sequence[Sequence[Node]], together: int) -> None:
        self._items = items
        self._found: dict[int, Reply] = {}
        places = range(len(items))
        self._waiting = deque(list(places[start : start + together]) for start in range(0, len(items), together))

    def next(self) -> list[list[int]]:
        """The next call's graphs, by places of their items."""
        batch: list[list[int]] = []
        room = MOST_NODES
        while self._waiting and len(batch) < MOST:
            group = [at for at in self._waiting[0] if at not in self._found]
            nodes = sum(len(self._items[at]) for at in group)
            if batch and nodes > room:
                break
            self._waiting.popleft()
            room -= nodes
            if group:
                batch.append(group)
        return batch

    def take(self, group: list[int], reply: Reply, *, first: bool) -> None:
        """Note the reply, or have the items sent again. The first graph of a call is always attempted."""
        if reply.halted and not first:
            self._waiting.append(group)
        elif reply.done or len(group) == 1:
            self._found |= zip(group, self._split(group, reply), strict=True)
        else:
            self._waiting.extend([at] for at in group)
        for _, node in reply.causes:
            for complaint in node.complaints:
                if complaint.code in OF_FIELDS and complaint.blamed:
                    self._spare(complaint, Reply(done=False, nodes=[node]))

    def replies(self) -> list[Reply]:
        """By item, in order."""
        return [self._found[at] for at in range(len(self._items))]

    def _split(self, group: list[int], reply: Reply) -> Iterator[Reply]:
        nodes = iter(reply.nodes)
        for at in group:
            yield Reply(reply.done, [next(nodes) for _ in self._items[at]])

    def _spare(self, complaint: Complaint, reply: Reply) -> None:
        """A field that does not exist is refused for everybody who has it: no call needs to tell that again."""
        blamed = {name.lower() for name in complaint.blamed}
        for at, nodes in enumerate(self._items):
            named = {name.lower() for node in nodes for name in (node.body or {})}
            if at not in self._found and blamed <= named:
                self._found[at] = reply


class _Node(msgspec.Struct, rename="camel"):
    reference_id: str
    http_status_code: int
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Nodes(msgspec.Struct, rename="camel"):
    composite_response: list[_Node]


class _Graph(msgspec.Struct, rename="camel"):
    graph_id: str
    is_successful: bool
    graph_response: _Nodes


class _Graphs(msgspec.Struct):
    graphs: list[_Graph]


def _replies(answer: Answer, sizes: Sequence[int]) -> list[Reply]:
    found = {graph.graph_id: graph for graph in msgspec.json.decode(answer.body, type=_Graphs).graphs}
    graphs = [found.get(f"g{at}") for at in range(len(sizes))]
    whole = [g for g, size in zip(graphs, sizes, strict=True) if g and len(g.graph_response.composite_response) == size]
    if len(whole) != len(sizes):
        raise Broken("the answers do not fit the graphs")
    return [_reply(graph) for graph in whole]


def _reply(graph: _Graph) -> Reply:
    nodes = graph.graph_response.composite_response
    return Reply(graph.is_successful, [NodeReply(node.http_status_code, bytes(node.body)) for node in nodes])
