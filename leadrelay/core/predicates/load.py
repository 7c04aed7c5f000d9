"""A predicate's text to checked IR, and the list of what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from leadrelay.core.lead import Schema
from leadrelay.core.predicates import conditions, grammar, values
from leadrelay.core.predicates.checker import Checker, Rule
from leadrelay.core.predicates.ir import Node, Span
from leadrelay.core.predicates.source import Source
from leadrelay.core.toml_text import Written

_TWO = frozenset({"this", "expression"})
_ONE = frozenset({"this"})
_RULES: Mapping[type[exp.Expr], Rule] = {
    exp.And: Rule(conditions.junction, _TWO),
    exp.Or: Rule(conditions.junction, _TWO),
    exp.Not: Rule(conditions.negation, _ONE),
    **{kind: Rule(conditions.comparison, _TWO) for kind in conditions.COMPARISONS},
    exp.Between: Rule(conditions.between, frozenset({"this", "low", "high"})),
    exp.In: Rule(conditions.is_in, frozenset({"this", "expressions", "field"})),
    exp.Is: Rule(conditions.identity, _TWO),
    exp.Like: Rule(conditions.like, _TWO | {"negate"}),
    exp.ILike: Rule(conditions.like, _TWO | {"negate"}),
    exp.Escape: Rule(conditions.escape, _TWO),
    exp.RegexpLike: Rule(conditions.matches, _TWO),
    exp.Any: Rule(conditions.any_alone, _ONE),
    exp.Paren: Rule(values.bracket, _ONE),
    exp.Column: Rule(values.field, _ONE),
    exp.Literal: Rule(values.literal, frozenset({"this", "is_string"})),
    exp.Boolean: Rule(values.boolean, _ONE),
    exp.Null: Rule(values.null, frozenset()),
    exp.Anonymous: Rule(values.call, frozenset({"this", "expressions"})),
    **{kind: Rule(values.arithmetic, _TWO) for kind in values.ARITHMETIC},
    exp.Case: Rule(values.case, frozenset({"ifs", "default"})),
    exp.Interval: Rule(values.interval, _ONE),
}


def parse(text: str, schema: Schema, place: str | Written) -> Node:
    """The checked IR of a predicate; raises `PredicateError` with all that is wrong, each with place and caret."""
    source = Source(text, place)
    try:
        return Checker(source, schema, _RULES).condition(grammar.tree(source, schema))
    except RecursionError:  # a caller may have used up most of the stack already
        raise source.error(Span(0, len(text)), *grammar.TOO_DEEP) from None
