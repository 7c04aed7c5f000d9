"""A predicate's text to checked IR, and the list of what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlglot import exp

from leadrelay.core.lead import Schema
from leadrelay.core.predicates import conditions, grammar, habits, values
from leadrelay.core.predicates.checker import Checker, Rule
from leadrelay.core.predicates.ir import Node, Span
from leadrelay.core.predicates.source import MOST_PROBLEMS, PredicateError, Source
from leadrelay.core.toml_text import Written
from leadrelay.errors import Problem

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
        return _checked(source, schema, _tree(source, schema))
    except RecursionError:  # a caller may have used up most of the stack already
        raise source.error(Span(0, len(text)), *grammar.TOO_DEEP) from None


def _tree(source: Source, schema: Schema) -> exp.Expr:
    """The syntax tree; where there is none, what people wrote from habit, and what is wrong without it."""
    try:
        return grammar.tree(source, schema)
    except PredicateError as error:
        findings, plain = habits.found(source.text, schema) if len(source.text) <= grammar.MAX_BYTES else ([], None)
        if not findings:
            raise
        problems = [problem for found in findings for problem in source.error(*found).problems]
        problems += _besides(source, schema, plain)
        raise PredicateError(problems[:MOST_PROBLEMS]) from error


def _besides(source: Source, schema: Schema, plain: str | None) -> Sequence[Problem]:
    if plain is None:
        return ()
    mended = replace(source, text=plain, original=source.text)
    with suppress(PredicateError):
        tree = grammar.tree(mended, schema)
        try:
            _checked(mended, schema, tree)
        except PredicateError as error:
            return error.problems
    return ()


def _checked(source: Source, schema: Schema, tree: exp.Expr) -> Node:
    return Checker(source, schema, _RULES).condition(tree)
