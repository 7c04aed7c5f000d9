"""A function of the rule language, and a call of it: its arguments checked together become a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from leadrelay.core.lead import Type
from leadrelay.core.predicates import patterns
from leadrelay.core.predicates import titles as job_titles
from leadrelay.core.predicates.agree import NUMERIC, TIMES, WORDS, agreed, as_day, as_moment, joint_type
from leadrelay.core.predicates.ir import Node, Op, Span
from leadrelay.core.predicates.source import PredicateError, Source


@dataclass(frozen=True, slots=True)
class Doc:
    """One line of the language's reference. The example holds for the lead beside it."""

    usage: str
    meaning: str
    example: str
    lead: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FunctionDoc(Doc):
    """A function, and what turns a call of it into a node."""

    build: Callable[[Call], Node]


@dataclass(frozen=True, slots=True)
class Call:
    """A function as it was called, its arguments checked one by one but not yet together."""

    source: Source
    name: str
    usage: str
    span: Span
    args: tuple[Node, ...]

    def error(self, message: str) -> PredicateError:
        """What is wrong with this call, and how the function is called."""
        return self.source.error(self.span, f"{self.name}() {message}.", f"Write {self.usage}.")

    def node(self, op: Op, kind: Type, args: tuple[Node, ...], value: Any = None) -> Node:
        """The node that stands for this call."""
        return Node(op, kind, args, value, self.span)

    def only(self, *kinds: Type) -> Node:
        """The single argument, of one of these types."""
        if len(self.args) != 1:
            raise self.error(f"takes one argument, not {len(self.args)}")
        if kinds and self.args[0].type not in kinds:
            wanted = " or ".join(dict.fromkeys(WORDS[kind] for kind in kinds))
            raise self.error(f"takes {wanted}; {self.shown(self.args[0])} is {WORDS[self.args[0].type]}")
        return self.args[0]

    def several(self) -> tuple[Node, ...]:
        """The arguments, two at least, brought to one type."""
        if len(self.args) < 2:
            raise self.error("takes at least two arguments")
        return agreed(self.source, self.args)

    def text(self, node: Node) -> str:
        """The text in quotes that an argument has to be."""
        if node.op is not Op.VALUE or node.type is not Type.TEXT:
            raise self.error(f"looks for texts in quotes, not for {self.shown(node)}")
        found: str = node.value
        return found

    def shown(self, node: Node) -> str:
        """An argument as it was written."""
        return self.source.snippet(node.span)


Build = Callable[[Call], Node]


def clock(op: Op, kind: Type) -> Build:
    """`now()`, `today()`."""

    def build(call: Call) -> Node:
        if call.args:
            raise call.error("takes nothing between its brackets")
        return call.node(op, kind, (), ())

    return build


def letters(call: Call) -> Node:
    """`lower()`, of a text or of each member."""
    arg = call.only(Type.TEXT, Type.LIST)
    return call.node(Op.LOWER, arg.type, (arg,))


def of_one(op: Op, kind: Type, *kinds: Type) -> Build:
    """A function of one argument of these types."""
    return lambda call: call.node(op, kind, (call.only(*kinds),))


def of_a_number(op: Op) -> Build:
    """A function from number to number, in float64 as all arithmetic is."""
    return of_one(op, Type.NUMBER, *sorted(NUMERIC))


def coalesce(call: Call) -> Node:
    """`coalesce(a, b)`."""
    args = call.several()
    return call.node(Op.COALESCE, joint_type(args), args)


def extreme(op: Op) -> Build:
    """`least(a, b)`, `greatest(a, b)`."""

    def build(call: Call) -> Node:
        args = call.several()
        kind = joint_type(args)
        if kind not in NUMERIC | TIMES:
            raise call.error(f"takes numbers or dates; {call.shown(args[0])} is {WORDS[kind]}")
        return call.node(op, kind, args)

    return build


def days(call: Call) -> Node:
    """`days_since()`, `days_until()`: from moment to moment."""
    now = Node(Op.NOW, Type.DATETIME, value=(), span=call.span)
    return _distance(call, Op.DAYS, now, as_moment(call.source, call.only()))


def business_days(call: Call) -> Node:
    """`business_days_since()`, `business_days_until()`: from day to day."""
    today = Node(Op.TODAY, Type.DATE, value=(), span=call.span)
    return _distance(call, Op.BUSINESS_DAYS, today, as_day(call.source, call.only()))


def _distance(call: Call, op: Op, now: Node, time: Node) -> Node:
    ends = (now, time) if call.name.endswith("since") else (time, now)
    return call.node(op, Type.NUMBER if op is Op.DAYS else Type.INTEGER, ends, call.name)


def of_a_day(op: Op) -> Build:
    """A part of a date, in UTC."""
    return lambda call: call.node(op, Type.INTEGER, (as_day(call.source, call.only()),))


def members(op: Op) -> Build:
    """`any_of(list, 'a')`, `all_of(list, 'a')`."""

    def build(call: Call) -> Node:
        if len(call.args) < 2 or call.args[0].type is not Type.LIST:
            raise call.error("takes a list and the members to look for")
        return call.node(op, Type.BOOLEAN, call.args[:1], tuple(map(call.text, call.args[1:])))

    return build


def none_of(call: Call) -> Node:
    """`none_of(list, 'a')`, which is `not any_of(list, 'a')`."""
    return call.node(Op.NOT, Type.BOOLEAN, (members(Op.ANY_OF)(call),))


def contains(call: Call) -> Node:
    """`contains(list, 'a')` as `any_of()`, `contains(text, 'part')` as `ilike '%part%'`."""
    if len(call.args) != 2:
        raise call.error(f"takes two arguments, not {len(call.args)}")
    if call.args[0].type is Type.LIST:
        return members(Op.ANY_OF)(call)
    if call.args[0].type is not Type.TEXT:
        raise call.error(f"looks into a text or a list; {call.shown(call.args[0])} is {WORDS[call.args[0].type]}")
    return call.node(Op.ILIKE, Type.BOOLEAN, call.args[:1], patterns.containing(call.text(call.args[1])))


def holds_title(call: Call) -> Node:
    """`holds_title(title, 'director', 'cio')`."""
    if len(call.args) < 2 or call.args[0].type is not Type.TEXT:
        raise call.error("takes a text and the titles to look for")
    for arg in call.args[1:]:
        if reason := job_titles.why_not(call.text(arg)):
            raise call.source.error(arg.span, f"{call.shown(arg)} is no title: {reason}.", "Write it as people do.")
    try:
        asked = job_titles.titles(map(call.text, call.args[1:]))
    except pl.exceptions.ComputeError:
        raise call.error("looks for too many titles at once") from None
    return call.node(Op.HOLDS_TITLE, Type.BOOLEAN, call.args[:1], asked)
