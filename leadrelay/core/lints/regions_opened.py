"""Predicates with what cannot be enumerated replaced: a free answer, or a number of its own, for each such part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from leadrelay.core.lead import Type
from leadrelay.core.predicates import Node, Op, fields, to_closure

_LOGIC = frozenset({Op.AND, Op.OR, Op.NOT, Op.TRUE, Op.FALSE})
_COMPARED = frozenset({Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN, Op.IN})
_ORDERED = frozenset({Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN})
_PATTERNS = frozenset({Op.LIKE, Op.ILIKE, Op.MATCHES})
_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})

Interval = tuple[float, float]


class Opened:
    """Opens predicates one after the other; what is equal in two of them gets one stand-in.

    `owner`: by stand-in of a pattern, the text field that it searches. `parts`: by stand-in, what it stands for.
    `enumerated`: outputs whose every value is known, so that arithmetic with them is carried out.
    """

    def __init__(self, enumerated: Collection[str], ranges: Mapping[str, Interval]) -> None:
        self.owner: dict[str, str] = {}
        self.parts: dict[str, Node] = {}
        self.intervals: dict[str, Interval] = dict(ranges)
        self._enumerated = enumerated
        self._names: dict[Node, str] = {}

    def node(self, node: Node) -> Node:
        """The predicate, opened."""
        if not fields(node):
            return replace(node, op=Op.VALUE, args=(), value=to_closure(node)({}))
        if node.op is Op.FIELD:
            return node
        if node.op in _LOGIC or (node.op is Op.COALESCE and node.type is Type.BOOLEAN):
            return replace(node, args=tuple(map(self.node, node.args)))
        if node.op in _COMPARED:
            return self._comparison(node)
        if node.op is Op.NULL:
            (subject,) = node.args
            return replace(node, args=(self.node(subject) if subject.type is Type.BOOLEAN else self._subject(subject),))
        if node.op in {Op.ANY_OF, Op.ALL_OF} and _bare(node.args[0]):
            return node
        return self._free(node)

    def type_of(self, name: str, nodes: Collection[Node]) -> Type:
        """The type of a column: that of the field, of the part that it stands for, of a free answer."""
        part = self.parts.get(name)
        if part is not None:
            return part.type if part.type not in _NUMBERS else Type.NUMBER
        return next(found for node in nodes if (found := _type_in(name, node)))

    def _comparison(self, node: Node) -> Node:
        args = tuple(map(_folded, node.args))
        if args[0].type is Type.BOOLEAN:
            return replace(node, args=tuple(map(self.node, args)))
        subjects = [arg for arg in args if arg.op is not Op.VALUE]
        texts = any(arg.type is Type.TEXT for arg in args)
        if len(subjects) != 1 or (texts and node.op in _ORDERED):
            return self._free(node)
        opened = self._subject(subjects[0])
        return replace(node, args=tuple(opened if arg is subjects[0] else arg for arg in args))

    def _subject(self, node: Node) -> Node:
        """What is compared: as it is where its values can be enumerated, else a stand-in."""
        if self._transparent(node):
            return node
        return self._stand_in(node)

    def _transparent(self, node: Node) -> bool:
        if fields(node) <= set(self._enumerated):
            return True
        match node.op:
            case Op.FIELD | Op.VALUE:
                return True
            case Op.MOMENT | Op.TRIM | Op.COALESCE:
                return all(map(self._transparent, node.args))
            case Op.LOWER:
                return node.type is Type.TEXT and self._transparent(node.args[0])
            case Op.LENGTH:
                return node.args[0].type is Type.LIST and node.args[0].op is Op.FIELD
        return False

    def _stand_in(self, node: Node) -> Node:
        name = self._names.setdefault(node, f"~{len(self._names)}")
        self.parts[name] = node
        interval = self._interval(node)
        if interval:
            self.intervals[name] = interval
        return Node(Op.FIELD, Type.NUMBER if node.type in _NUMBERS else node.type, value=name, span=node.span)

    def _free(self, node: Node) -> Node:
        found = self._stand_in(node)
        if node.op in _PATTERNS and _bare(node.args[0]):
            (self.owner[found.value],) = fields(node)
        return found

    def _interval(self, node: Node) -> Interval | None:
        """Between what a sum of scores can lie."""
        if node.op is Op.FIELD:
            return self.intervals.get(node.value)
        if node.op is Op.VALUE and isinstance(node.value, int | float):
            return float(node.value), float(node.value)
        parts = [part for arg in node.args if (part := self._interval(arg)) is not None]
        known = bool(parts) and len(parts) == len(node.args)
        return _BOUNDS[node.op](*parts) if known and node.op in _BOUNDS else None


_BOUNDS: Mapping[Op, Callable[..., Interval]] = {
    Op.ADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    Op.SUB: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    Op.NEG: lambda a: (-a[1], -a[0]),
    Op.FINITE: lambda a: a,
}


def _bare(node: Node) -> bool:
    """A field, as it is, trimmed, or in small letters."""
    return node.op is Op.FIELD or (node.op in {Op.LOWER, Op.TRIM} and _bare(node.args[0]))


def _folded(node: Node) -> Node:
    if fields(node) or node.op is Op.VALUE:
        return node
    return replace(node, op=Op.VALUE, args=(), value=to_closure(node)({}))


def _type_in(name: str, node: Node) -> Type | None:
    if node.op is Op.FIELD and node.value == name:
        return node.type
    return next((found for arg in node.args if (found := _type_in(name, arg))), None)
