"""The functions of the rule language: how each is called, what it means, an example that holds, and its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leadrelay.core.lead import Type
from leadrelay.core.predicates.agree import WORDS, agreed, as_moment
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
    span: Span
    args: tuple[Node, ...]

    def error(self, message: str) -> PredicateError:
        """What is wrong with this call, and how the function is called."""
        return self.source.error(self.span, f"{self.name}() {message}.", f"Write {FUNCTIONS[self.name].usage}.")

    def node(self, op: Op, kind: Type, args: tuple[Node, ...], value: Any = None) -> Node:
        """The node that stands for this call."""
        return Node(op, kind, args, value, self.span)

    def only(self, *kinds: Type) -> Node:
        """The single argument, of one of these types."""
        if len(self.args) != 1:
            raise self.error(f"takes one argument, not {len(self.args)}")
        if kinds and self.args[0].type not in kinds:
            wanted = " or ".join(WORDS[kind] for kind in kinds)
            raise self.error(f"takes {wanted}; {self.source.snippet(self.args[0].span)} is {WORDS[self.args[0].type]}")
        return self.args[0]


def _clock(op: Op, kind: Type) -> Callable[[Call], Node]:
    def build(call: Call) -> Node:
        if call.args:
            raise call.error("takes nothing between its brackets")
        return call.node(op, kind, (), ())

    return build


def _letters(call: Call) -> Node:
    arg = call.only(Type.TEXT, Type.LIST)
    return call.node(Op.LOWER, arg.type, (arg,))


def _trim(call: Call) -> Node:
    return call.node(Op.TRIM, Type.TEXT, (call.only(Type.TEXT),))


def _length(call: Call) -> Node:
    return call.node(Op.LENGTH, Type.INTEGER, (call.only(Type.TEXT, Type.LIST),))


def _coalesce(call: Call) -> Node:
    if len(call.args) < 2:
        raise call.error("takes at least two arguments")
    args = agreed(call.source, call.args)
    kind = Type.NUMBER if Type.NUMBER in {arg.type for arg in args} else args[0].type
    return call.node(Op.COALESCE, kind, args)


def _days(call: Call) -> Node:
    time = as_moment(call.source, call.only())
    now = Node(Op.NOW, Type.DATETIME, value=(), span=call.span)
    ends = (now, time) if call.name == "days_since" else (time, now)
    return call.node(Op.DAYS, Type.NUMBER, ends, call.name)


def _members(op: Op) -> Callable[[Call], Node]:
    def build(call: Call) -> Node:
        if len(call.args) < 2 or call.args[0].type is not Type.LIST:
            raise call.error("takes a list and the members to look for")
        for member in call.args[1:]:
            if member.op is not Op.VALUE or member.type is not Type.TEXT:
                raise call.error(f"looks for texts in quotes, not for {call.source.snippet(member.span)}")
        return call.node(op, Type.BOOLEAN, call.args[:1], tuple(member.value for member in call.args[1:]))

    return build


_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

FUNCTIONS: Mapping[str, FunctionDoc] = {
    "now": FunctionDoc(
        "now()",
        "The moment of the run, the same for all leads. Takes `+` and `-` with intervals of hours, days, weeks, months "
        "and years; a day that a month does not have becomes its last day.",
        "last_activity_at >= now() - interval '1 month'",
        {"last_activity_at": _NEW_YEAR},
        _clock(Op.NOW, Type.DATETIME),
    ),
    "today": FunctionDoc(
        "today()",
        "The day of the run in UTC. Takes the intervals of now(), but hours.",
        "project_start between today() and today() + interval '6 months'",
        {"project_start": datetime(2026, 5, 1, tzinfo=UTC).date()},
        _clock(Op.TODAY, Type.DATE),
    ),
    "days_since": FunctionDoc(
        "days_since(date)",
        "Days from a date or moment to the run, with fractions; negative when it lies ahead.",
        "days_since(created_at) <= 31",
        {"created_at": _NEW_YEAR},
        _days,
    ),
    "days_until": FunctionDoc(
        "days_until(date)",
        "Days from the run to a date or moment, with fractions; negative when it is past.",
        "days_until(project_start) < 180",
        {"project_start": datetime(2026, 5, 1, tzinfo=UTC).date()},
        _days,
    ),
    "any_of": FunctionDoc(
        "any_of(list, 'a', 'b')",
        "Whether the list has at least one of the members, letter case included. An empty list has none.",
        "any_of(technologies, 'ServiceNow', 'BMC Helix')",
        {"technologies": ["SAP", "BMC Helix"]},
        _members(Op.ANY_OF),
    ),
    "all_of": FunctionDoc(
        "all_of(list, 'a', 'b')",
        "Whether the list has each of the members, letter case included.",
        "all_of(compliance, 'ISO 27001', 'SOX')",
        {"compliance": ["SOX", "PCI DSS", "ISO 27001"]},
        _members(Op.ALL_OF),
    ),
    "length": FunctionDoc(
        "length(text or list)",
        "The number of characters of a text, or of members of a list.",
        "length(pains) >= 2",
        {"pains": ["asset visibility", "compliance"]},
        _length,
    ),
    "lower": FunctionDoc(
        "lower(text or list)",
        "The text, or each member of the list, in small letters.",
        "'servicenow' = any(lower(technologies))",
        {"technologies": ["ServiceNOW"]},
        _letters,
    ),
    "trim": FunctionDoc(
        "trim(text)",
        "The text without white space at its ends.",
        "trim(need_summary) <> ''",
        {"need_summary": " we lose track of servers "},
        _trim,
    ),
    "coalesce": FunctionDoc(
        "coalesce(a, b)",
        "The first of its arguments that is not missing; all of one type.",
        "coalesce(last_activity_at, created_at) >= '2026-01-01'",
        {"last_activity_at": None, "created_at": _NEW_YEAR},
        _coalesce,
    ),
}
