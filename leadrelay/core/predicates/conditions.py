"""What is true or false: connectives, comparisons, patterns, membership."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from leadrelay.core.lead import Type
from leadrelay.core.predicates import patterns
from leadrelay.core.predicates.agree import WORDS, agreed
from leadrelay.core.predicates.checker import Checker, cover, span_of
from leadrelay.core.predicates.ir import Node, Op
from leadrelay.core.predicates.values import NULL_CURE

_IN_CURE = "Write industry in ('Banking', 'Insurance')."
COMPARISONS: Mapping[type[exp.Expr], Op] = {
    exp.EQ: Op.EQ,
    exp.NEQ: Op.NE,
    exp.LT: Op.LT,
    exp.LTE: Op.LE,
    exp.GT: Op.GT,
    exp.GTE: Op.GE,
}


_MISSING = ("empty", "blank", "missing", "unknown", "set", "known", "present", "filled")


def junction(check: Checker, tree: exp.Connector) -> Node:
    """`and`, `or`: as many operands as stand in a row."""
    op = Op.AND if isinstance(tree, exp.And) else Op.OR
    parts = check.each(_chain(tree), check.condition)
    args = [arg for part in parts for arg in (part.args if part.op is op else (part,))]
    return Node(op, Type.BOOLEAN, tuple(args), span=cover(args))


def _chain(tree: exp.Expr) -> list[exp.Expr]:
    """The operands of `a or b or c ...`, which sqlglot nests to the left without end."""
    kind, found = type(tree), []
    while type(tree) is kind:
        found.append(tree.expression)
        tree = tree.this
    return [tree, *reversed(found)]


def negation(check: Checker, tree: exp.Not) -> Node:
    """`not`."""
    return _negated(check.condition(tree.this))


def _negated(node: Node) -> Node:
    return Node(Op.NOT, Type.BOOLEAN, (node,), span=node.span)


def comparison(check: Checker, tree: exp.Binary) -> Node:
    """`=`, `<>`, `<`, `<=`, `>`, `>=`."""
    sides = (tree.this, tree.expression)
    if any(isinstance(side, exp.Null) for side in sides):
        raise check.error(tree, "a comparison with null is never true.", NULL_CURE)
    if any(isinstance(side, exp.Tuple) for side in sides):
        raise check.error(tree, f"several values do not stand beside {COMPARISONS[type(tree)]}.", _IN_CURE)
    if any(isinstance(side, exp.Any) for side in sides):
        return _membership(check, tree)
    args = agreed(check.source, check.nodes(sides))
    op = COMPARISONS[type(tree)]
    if args[0].type is Type.LIST:
        raise check.error(tree, "lists are not compared with each other.", "Write any_of(list, 'a', 'b').")
    if args[0].type is Type.BOOLEAN and op not in (Op.EQ, Op.NE):
        raise check.error(tree, f"true and false have no order for {op}.", "Write =, <>, and, or.")
    return Node(op, Type.BOOLEAN, args, span=cover(args))


def _membership(check: Checker, tree: exp.Binary) -> Node:
    wholes = [side for side in (tree.this, tree.expression) if isinstance(side, exp.Any)]
    if not isinstance(tree, exp.EQ) or len(wholes) == 2:
        cure = "Write 'a' = any(list), with not before it for the opposite."
        raise check.error(tree, "any(list) is compared by = with one member.", cure)
    wanted = tree.this if wholes[0] is tree.expression else tree.expression
    member, members = check.node(wanted), check.node(wholes[0].this)
    if members.type is not Type.LIST:
        raise check.error(tree, f"any() takes a list; {check.shown(members)}.", "Write = without any().")
    if member.op is not Op.VALUE or member.type is not Type.TEXT:
        raise check.error(wanted, "a list is searched for a text in quotes.", "Write 'a' = any(list).")
    return Node(Op.ANY_OF, Type.BOOLEAN, (members,), (member.value,), span_of(tree))


def any_alone(check: Checker, tree: exp.Any) -> Node:
    """`any(list)` where it says nothing."""
    raise check.error(tree, "any(list) stands beside = only.", "Write 'a' = any(list), or any_of(list, 'a', 'b').")


def between(check: Checker, tree: exp.Between) -> Node:
    """`x between a and b`, limits included."""
    parts = (tree.this, tree.args["low"], tree.args["high"])
    args = agreed(check.source, check.nodes(parts))
    _check_ordered(check, tree, args[0])
    if "and" not in check.source.text[args[1].span.end : args[2].span.start].lower():
        raise check.error(tree, "between takes two limits with and.", "Write x between 1 and 9.")
    return Node(Op.BETWEEN, Type.BOOLEAN, args, span=cover(args))


def is_in(check: Checker, tree: exp.In) -> Node:
    """`x in ('a', 'b')`."""
    members = tree.expressions
    if not members:
        cure = "Write x in ('a', 'b'), or 'a' = any(list) to look into a list field."
        raise check.error(tree, "in takes values in brackets.", cure)
    if any(isinstance(member, exp.Null) for member in members):
        raise check.error(tree, "null among values is never matched.", "Write 'or x is null' beside it.")
    subject, *values = agreed(check.source, check.nodes((tree.this, *members)))
    _check_ordered(check, tree, subject)
    for value in values:
        if value.op is not Op.VALUE:
            raise check.source.error(value.span, "in takes constant values.", "Compare fields with = and or.")
    constants = tuple(value.value for value in values)
    return Node(Op.IN, Type.BOOLEAN, (subject,), constants, cover((subject, *values)))


def _check_ordered(check: Checker, tree: exp.Expr, subject: Node) -> None:
    if subject.type in (Type.LIST, Type.BOOLEAN):
        message = f"in and between are for numbers, dates and text; {check.shown(subject)}."
        raise check.error(tree, message, "Write any_of(list, 'a', 'b')." if subject.type is Type.LIST else "")


def identity(check: Checker, tree: exp.Is) -> Node:
    """`is null`, `is true`, `is false`: never unknown."""
    wanted = tree.expression
    if isinstance(wanted, exp.Column) and wanted.name.lower() in _MISSING:
        raise check.error(tree, f"'is {wanted.name}' is not part of the rule language.", NULL_CURE)
    subject = check.node(tree.this)
    if isinstance(wanted, exp.Null):
        return Node(Op.NULL, Type.BOOLEAN, (subject,), span=span_of(tree))
    if not isinstance(wanted, exp.Boolean):
        raise check.error(tree, "is takes null, true or false.", "Write = or <> to compare with a value.")
    if subject.type is not Type.BOOLEAN:
        raise check.error(tree, f"{check.shown(subject)}, neither true nor false.", "Write = to compare.")
    return Node(Op.TRUE if wanted.this else Op.FALSE, Type.BOOLEAN, (subject,), span=span_of(tree))


def like(check: Checker, tree: exp.Like | exp.ILike) -> Node:
    """`like`, `ilike` without an escape sign."""
    return _liked(check, tree, "")


def escape(check: Checker, tree: exp.Escape) -> Node:
    """`like ... escape '!'`."""
    sign = tree.expression
    if not isinstance(tree.this, (exp.Like, exp.ILike)) or not isinstance(sign, exp.Literal) or len(sign.name) != 1:
        raise check.error(tree, "escape takes one character after like or ilike.", "Write like '100!%' escape '!'.")
    return _liked(check, tree.this, sign.name)


def _liked(check: Checker, tree: exp.Like | exp.ILike, sign: str) -> Node:
    subject, written = _text_and_pattern(check, tree)
    pattern = patterns.canonical(written, sign)
    if pattern is None:
        message = f"{sign} stands before something that needs no escape."
        raise check.error(tree.expression, message, f"It goes before %, _ or {sign}.")
    op = Op.LIKE if isinstance(tree, exp.Like) else Op.ILIKE
    node = Node(op, Type.BOOLEAN, (subject,), pattern, span_of(tree))
    return _negated(node) if tree.args.get("negate") else node


def matches(check: Checker, tree: exp.RegexpLike) -> Node:
    """`matches 'regex'`, anywhere in the text, ignoring case."""
    subject, pattern = _text_and_pattern(check, tree)
    reason = patterns.why_not(pattern)
    if reason:
        raise check.error(tree.expression, f"the pattern does not work: {reason}.", "Mend the regular expression.")
    return Node(Op.MATCHES, Type.BOOLEAN, (subject,), pattern, span_of(tree))


def _text_and_pattern(check: Checker, tree: exp.Binary) -> tuple[Node, str]:
    subject, pattern = check.node(tree.this), tree.expression
    if subject.type is not Type.TEXT:
        cure = f"Write any_of({check.source.snippet(subject.span)}, 'a')." if subject.type is Type.LIST else ""
        raise check.error(tree, f"a pattern is for {WORDS[Type.TEXT]}; {check.shown(subject)}.", cure)
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise check.error(tree, "the pattern has to be a text in quotes.", "Compare fields with =.")
    return subject, pattern.name
