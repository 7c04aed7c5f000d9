"""What has a value: fields, constants, arithmetic, functions, times."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from leadrelay.core.lead import Type
from leadrelay.core.predicates import dates, hints
from leadrelay.core.predicates.agree import NUMERIC, TIMES, agreed, joint_type
from leadrelay.core.predicates.calls import Call
from leadrelay.core.predicates.checker import Checker, cover, span_of
from leadrelay.core.predicates.functions import FUNCTIONS
from leadrelay.core.predicates.ir import Node, Op, Span
from leadrelay.core.predicates.source import PredicateError
from leadrelay.core.toml_text import nearest

NULL_CURE = "Write 'is null' or 'is not null'."
ARITHMETIC: Mapping[type[exp.Expr], Op] = {
    exp.Add: Op.ADD,
    exp.Sub: Op.SUB,
    exp.Mul: Op.MUL,
    exp.Div: Op.DIV,
    exp.Neg: Op.NEG,
}
_BOUND = 2**53
_INTERVAL_CURE = "Write interval '30 days', with hours, days, weeks, months or years."
_SHIFT_CURE = "Write now() - interval '30 days', or created_at + interval '1 year'."


def bracket(check: Checker, tree: exp.Paren) -> Node:
    """What stands in brackets."""
    return check.node(tree.this)


def field(check: Checker, tree: exp.Column) -> Node:
    """A field of the lead, by its name."""
    identifier = tree.this
    if not isinstance(identifier, exp.Identifier):
        raise check.error(tree, "'*' stands for no field.")
    name = identifier.name if identifier.name in check.schema else identifier.name.lower()
    if name not in check.schema:
        raise check.error(tree, f"unknown field '{identifier.name}'.", _field_cure(check, identifier))
    return Node(Op.FIELD, check.schema[name].type, value=name, span=span_of(tree))


def _field_cure(check: Checker, identifier: exp.Identifier) -> str:
    name = identifier.name
    if name.lower() in FUNCTIONS:
        return f"Write {FUNCTIONS[name.lower()].usage}."
    if money := re.fullmatch(r"[$€£](\d+)", name):
        return f"Write {money[1]}, without a currency."
    offer = nearest(name.lower(), list(check.schema)) if name.isidentifier() or not identifier.quoted else ""
    quotes = "Text goes in single quotes: '" + name.replace("'", "''") + "'."
    return quotes if not offer else f"{offer} {quotes}" if identifier.quoted else offer


def literal(check: Checker, tree: exp.Literal) -> Node:
    """A text in quotes or a number."""
    written, span = tree.name, span_of(tree)
    if tree.is_string:
        return Node(Op.VALUE, Type.TEXT, value=written, span=span)
    if written.isdecimal():
        if len(written) > 16 or int(written) > _BOUND:
            raise check.error(tree, "this whole number is too large.", f"Whole numbers reach to {_BOUND:,}.")
        return Node(Op.VALUE, Type.INTEGER, value=int(written), span=span)
    number = float(written)
    if math.isinf(number):
        raise check.error(tree, "this number is too large.", "Numbers reach to 1e308.")
    return Node(Op.VALUE, Type.NUMBER, value=number, span=span)


def boolean(_: Checker, tree: exp.Boolean) -> Node:
    """`true`, `false`."""
    return Node(Op.VALUE, Type.BOOLEAN, value=bool(tree.this), span=span_of(tree))


def null(check: Checker, tree: exp.Null) -> Node:
    """`null` where it is no answer to `is`."""
    raise check.error(tree, "null is no value to compare or compute with.", NULL_CURE)


def case(check: Checker, tree: exp.Case) -> Node:
    """`case when a then x else y end`: the value behind the first condition that is true."""
    conditions = [branch.this for branch in tree.args["ifs"]]
    values = [branch.args["true"] for branch in tree.args["ifs"]]
    values += [tree.args["default"]] if tree.args.get("default") else []
    known = [one for one in values if not isinstance(one, exp.Null)]
    if not known:
        raise check.error(tree, "a case needs a value that is not null.", "Name one behind then.")
    whens = {id(one) for one in conditions}
    nodes = check.each((*conditions, *known), lambda one: check.condition(one) if id(one) in whens else check.node(one))
    given = agreed(check.source, nodes[len(conditions) :])
    kind, rest = joint_type(given), iter(given)
    thens = [Node(Op.VALUE, kind, span=span_of(one)) if isinstance(one, exp.Null) else next(rest) for one in values]
    pairs = [part for pair in zip(nodes, thens, strict=False) for part in pair]
    return Node(Op.CASE, kind, (*pairs[: 2 * len(conditions)], *thens[len(conditions) :]), span=span_of(tree))


def call(check: Checker, tree: exp.Anonymous) -> Node:
    """A function of the language."""
    name = tree.name.lower()
    if name in hints.WORDS:
        raise check.source.error(_name_span(tree), f"'{name}' is not part of the rule language.", hints.WORDS[name])
    if name not in FUNCTIONS:
        raise _unknown(check, tree, name)
    args = tuple(check.nodes(tree.expressions))
    return FUNCTIONS[name].build(Call(check.source, name, FUNCTIONS[name].usage, _call_span(check, tree), args))


def _unknown(check: Checker, tree: exp.Anonymous, name: str) -> PredicateError:
    """The error about a function that there is not, and about what stands between its brackets."""
    cure = nearest(name, list(FUNCTIONS)) or f"Known: {', '.join(sorted(FUNCTIONS))}."
    problems = check.error(tree, f"unknown function '{tree.name}'.", cure).problems
    try:
        check.nodes(tree.expressions)
    except PredicateError as error:
        problems += error.problems
    return PredicateError(problems)


def _name_span(tree: exp.Anonymous) -> Span:
    start: int = tree.meta["start"]
    return Span(start, start + len(tree.name))


def _call_span(check: Checker, tree: exp.Anonymous) -> Span:
    span = span_of(tree)
    return Span(span.start, max(span.end, check.source.text.index("(", span.start) + 1))


def arithmetic(check: Checker, tree: exp.Expr) -> Node:
    """`+ - * /` on numbers, in float64; what is not a finite number is unknown."""
    if isinstance(tree.args.get("expression"), exp.Interval):
        return _shifted(check, tree)
    return _finite(_computed(check, tree))


def _computed(check: Checker, tree: exp.Expr) -> Node:
    op = ARITHMETIC[type(tree)]
    parts = [part for part in (tree.this, tree.args.get("expression")) if part is not None]
    args = check.each(parts, lambda part: _operand(check, part))
    for arg in args:
        _check_number(check, tree, arg)
    if op is Op.NEG and args[0].op is Op.VALUE:
        return replace(args[0], value=-args[0].value, span=span_of(tree))
    if op is Op.DIV:
        args[1] = _finite(args[1])
    return Node(op, Type.NUMBER, tuple(args), span=cover(args))


def _operand(check: Checker, tree: exp.Expr) -> Node:
    inner = tree.unnest()
    if type(inner) not in ARITHMETIC or isinstance(inner.args.get("expression"), exp.Interval):
        return check.node(inner)
    with check.deeper(inner):
        return _computed(check, inner)


def _finite(node: Node) -> Node:
    """Guard a result once, at the top and below a division line: elsewhere what is not finite stays so up to there."""
    return Node(Op.FINITE, node.type, (node,), span=node.span) if _may_overflow(node) else node


def _may_overflow(node: Node) -> bool:
    return node.op in (Op.ADD, Op.SUB, Op.MUL, Op.DIV) or (node.op is Op.NEG and _may_overflow(node.args[0]))


def _check_number(check: Checker, tree: exp.Expr, arg: Node) -> None:
    if arg.type in TIMES:
        cure = "Write days_since(date), or now() - interval '30 days'."
        raise check.error(tree, f"dates are not computed with + - * /; {check.shown(arg)}.", cure)
    if arg.type not in NUMERIC:
        cure = "Texts are not joined in a rule; ask for each field with and." if arg.type is Type.TEXT else ""
        raise check.error(tree, f"+ - * / are for numbers; {check.shown(arg)}.", cure)


def _shifted(check: Checker, tree: exp.Expr) -> Node:
    start, step = check.node(tree.this), dates.interval(tree.expression.this.name)
    if step is None:
        raise check.error(tree.expression, "this is not an interval.", _INTERVAL_CURE)
    if start.type not in TIMES:
        raise check.error(tree, f"an interval is added to a date; {check.shown(start)}.", _SHIFT_CURE)
    if start.type is Type.DATE and step.hours % 24:
        raise check.error(tree, "a date has no hours.", "Write now(), or an interval of days.")
    step = -step if isinstance(tree, exp.Sub) else step
    if not isinstance(tree, (exp.Add, exp.Sub)) or not dates.within_a_century((*_steps(start), step)):
        raise check.error(tree, "an interval is added with + or -, up to 100 years.", _INTERVAL_CURE)
    if start.op in (Op.NOW, Op.TODAY):
        return replace(start, value=(*start.value, step), span=span_of(tree))
    return Node(Op.SHIFT, start.type, (start,), step, span_of(tree))


def _steps(node: Node) -> tuple[dates.Shift, ...]:
    """The steps that a time is already away from where it began."""
    if node.op in (Op.NOW, Op.TODAY):
        steps: tuple[dates.Shift, ...] = node.value
        return steps
    return (*_steps(node.args[0]), node.value) if node.op is Op.SHIFT else ()


def interval(check: Checker, tree: exp.Interval) -> Node:
    """An interval where it says nothing."""
    raise check.error(tree, "an interval stands behind a date and + or -.", "Write now() - interval '30 days'.")
