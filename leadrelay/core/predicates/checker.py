"""The walk from syntax tree to IR: an allow-list of node classes and a limit of depth.

What each class becomes is in `conditions.py` and `values.py`; `load.py` lists the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any, NamedTuple

from sqlglot import exp

from leadrelay.core.lead import Schema, Type
from leadrelay.core.predicates.agree import WORDS
from leadrelay.core.predicates.grammar import TOO_DEEP
from leadrelay.core.predicates.ir import Node, Op, Span
from leadrelay.core.predicates.source import MOST_PROBLEMS, PredicateError, Source
from leadrelay.errors import Problem

MAX_DEPTH = 64
_FOREIGN: Mapping[type[exp.Expr], str] = {
    exp.Concat: "Put a comma between the two texts, or an operator.",
    exp.Tuple: "Several values stand behind in: industry in ('Banking', 'Insurance').",
    exp.BitwiseRightShift: "Write >.",
    exp.BitwiseLeftShift: "Write <.",
}
"""What sqlglot reads of its own accord, and the way out."""


class Rule(NamedTuple):
    """What an allowed class of the syntax tree becomes, and which of its arguments may be set."""

    read: Callable[[Checker, Any], Node]
    args: frozenset[str]


class Checker:
    """Checks one predicate against the fields that a lead has."""

    def __init__(self, source: Source, schema: Schema, rules: Mapping[type[exp.Expr], Rule]) -> None:
        self.source = source
        self.schema = schema
        self._rules = rules
        self._depth = 0

    def condition(self, tree: exp.Expr) -> Node:
        """The IR of a part that has to be true or false."""
        node = self.node(tree)
        if node.type is not Type.BOOLEAN:
            shown = self.source.snippet(node.span)
            message = f"{shown} is {WORDS[node.type]}, not a condition."
            cure = "Compare it with something, as in employees >= 500."
            if node.type is Type.TEXT and node.op is Op.VALUE:
                cure = f"Name the field again, as in industry = {shown}, or write industry in ('a', 'b')."
            raise self.source.error(node.span, message, cure)
        return node

    def node(self, tree: exp.Expr) -> Node:
        """The IR of any part."""
        rule = self._rules.get(type(tree))
        if rule is None or any(value for name, value in tree.args.items() if name not in rule.args):
            shown = self.source.snippet(span_of(tree))
            raise self.error(
                tree, f"'{shown}' is not part of the rule language.", _FOREIGN.get(type(tree), "See docs/rules.md.")
            )
        with self.deeper(tree):
            return rule.read(self, tree)

    def nodes(self, trees: Iterable[exp.Expr]) -> list[Node]:
        """The IR of parts that stand side by side."""
        return self.each(trees, self.node)

    def each(self, trees: Iterable[exp.Expr], read: Callable[[exp.Expr], Node]) -> list[Node]:
        """Parts read side by side, so that what is wrong with several of them is told at once."""
        nodes: list[Node] = []
        problems: list[Problem] = []
        for tree in trees:
            try:
                nodes.append(read(tree))
            except PredicateError as error:
                problems.extend(error.problems)
            if len(problems) >= MOST_PROBLEMS:
                break
        if problems:
            raise PredicateError(problems)
        return nodes

    @contextmanager
    def deeper(self, tree: exp.Expr) -> Iterator[None]:
        """Count one level of the tree, and refuse what no printer could follow."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise self.error(tree, *TOO_DEEP)
            yield
        finally:
            self._depth -= 1

    def error(self, tree: exp.Expr, message: str, cure: str = "") -> PredicateError:
        """The error about a part of the syntax tree."""
        return self.source.error(span_of(tree), message, cure)

    def shown(self, node: Node) -> str:
        """How the text names a node, and what that is."""
        return f"{self.source.snippet(node.span)} is {WORDS[node.type]}"


def span_of(tree: exp.Expr) -> Span:
    """Operators have no place of their own in sqlglot: theirs is what their operands cover."""
    metas = [part.meta for part in tree.walk() if "start" in part.meta]
    if not metas:
        return Span(0, 1)
    return Span(min(meta["start"] for meta in metas), max(meta["end"] for meta in metas) + 1)


def cover(nodes: Iterable[Node]) -> Span:
    """The stretch of text from the first node to the last."""
    return reduce(Span.union, (node.span for node in nodes))
