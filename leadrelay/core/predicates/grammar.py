"""Text to a syntax tree: sqlglot's tokenizer and parser, with their tables cut down to the rule language.

What is not in these tables is a syntax error: no statement, sub-query, cast, window or lambda can be spelled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, cast

from sqlglot import exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from leadrelay.core.lead import Schema
from leadrelay.core.predicates import hints
from leadrelay.core.predicates.ir import Span
from leadrelay.core.predicates.source import MOST_PROBLEMS, PredicateError, Source
from leadrelay.errors import Problem

MAX_BYTES = 4096
TOO_DEEP = ("the predicate is nested too deeply.", "Split it into several rules.")
MAX_BRACKETS = 24  # sqlglot takes some 20 stack frames a bracket, and Python has 1,000

_WORDS = {
    "AND": TokenType.AND,
    "OR": TokenType.OR,
    "NOT": TokenType.NOT,
    "IN": TokenType.IN,
    "IS": TokenType.IS,
    "NULL": TokenType.NULL,
    "TRUE": TokenType.TRUE,
    "FALSE": TokenType.FALSE,
    "LIKE": TokenType.LIKE,
    "ILIKE": TokenType.ILIKE,
    "MATCHES": TokenType.RLIKE,
    "BETWEEN": TokenType.BETWEEN,
    "ANY": TokenType.ANY,
    "ESCAPE": TokenType.ESCAPE,
    "CASE": TokenType.CASE,
    "WHEN": TokenType.WHEN,
    "THEN": TokenType.THEN,
    "ELSE": TokenType.ELSE,
    "END": TokenType.END,
}
RESERVED = frozenset({*(word.lower() for word in _WORDS), "interval"})
_CASE_WORDS = {TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.END}
_SIGNS = {"<=": TokenType.LTE, ">=": TokenType.GTE, "<>": TokenType.NEQ, "!=": TokenType.NEQ}
_FOREIGN_SIGNS = {
    "==": TokenType.UNKNOWN,
    "||": TokenType.DPIPE,
    "&&": TokenType.DAMP,
    "::": TokenType.DCOLON,
    "->": TokenType.ARROW,
    "=>": TokenType.FARROW,
}
_KNOWN = frozenset(
    {
        *_WORDS.values(),
        *_SIGNS.values(),
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.L_PAREN,
        TokenType.R_PAREN,
        TokenType.COMMA,
        TokenType.EQ,
        TokenType.LT,
        TokenType.GT,
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.STAR,
        TokenType.SLASH,
    }
)
_OPERANDS = frozenset(
    {
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.R_PAREN,
        TokenType.NULL,
        TokenType.TRUE,
        TokenType.FALSE,
        TokenType.END,
        TokenType.CASE,
    }
)
"""What stands before a word of the language: the end of an operand, or a case that began. Elsewhere a field may."""

_OPENERS = (TokenType.L_PAREN, TokenType.COMMA)
_CLOSERS = (TokenType.R_PAREN, TokenType.COMMA)
_NO_AMOUNT = "interval takes its amount in quotes."
_NO_WHEN = "case needs a condition."
_NO_THEN = "when needs a then."
_NO_END = "this case is not closed."
_CASE_CURE = "Write case when employees > 500 then 'large' else 'small' end."
_OURS = {_NO_AMOUNT: "Write interval '30 days'.", _NO_WHEN: _CASE_CURE, _NO_THEN: _CASE_CURE, _NO_END: _CASE_CURE}
"""What we say ourselves while sqlglot parses, and the way out."""

_QUOTE_SIGNS = ("Pi", "Pf", "Ps")


def _interval(this: parser.Parser) -> exp.Interval:
    amount = this._parse_string()  # noqa: SLF001 - sqlglot's own tables call it so; it has no public name
    if amount is None:
        this.raise_error(_NO_AMOUNT)
    return this.expression(exp.Interval(this=amount))


def _case(this: parser.Parser, token: Token) -> exp.Case:
    """`case when a then x else y end`; sqlglot's own takes a missing `then` or value for granted."""
    branches: list[exp.If] = []
    while this._match(TokenType.WHEN):  # noqa: SLF001 - as above
        condition = _operand(this)
        if not this._match(TokenType.THEN):  # noqa: SLF001 - as above
            this.raise_error(_NO_THEN)
        branches.append(this.expression(exp.If(this=condition, true=_operand(this))))
    if not branches:
        this.raise_error(_NO_WHEN)
    default = _operand(this) if this._match(TokenType.ELSE) else None  # noqa: SLF001 - as above
    if not this._match(TokenType.END):  # noqa: SLF001 - as above
        this.raise_error(_NO_END)
    end = this._prev.end  # noqa: SLF001 - as above
    tree = this.expression(exp.Case(ifs=branches, default=default), token)
    tree.meta.update(start=token.start, end=end)
    return tree


def _operand(this: parser.Parser) -> exp.Expr:
    found: exp.Expr | None = this._parse_disjunction()  # noqa: SLF001 - as above
    if found is None:
        this.raise_error("Required value")
    return cast("exp.Expr", found)


class _Grammar(Dialect):
    """SQL's expressions, and of those only ours."""

    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar[dict[str, TokenType]] = {**_WORDS, **_SIGNS, **_FOREIGN_SIGNS}
        SINGLE_TOKENS: ClassVar[dict[str, TokenType]] = {
            **tokens.Tokenizer.SINGLE_TOKENS,
            "!": TokenType.UNKNOWN,
        }

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Expr]]] = {}
        ID_VAR_TOKENS: ClassVar[set[TokenType]] = parser.Parser.ID_VAR_TOKENS - _CASE_WORDS
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            "ANY": parser.Parser.NO_PAREN_FUNCTION_PARSERS["ANY"],
            "INTERVAL": _interval,
        }
        PRIMARY_PARSERS: ClassVar = {
            TokenType.STRING: parser.Parser.PRIMARY_PARSERS[TokenType.STRING],
            TokenType.NUMBER: parser.Parser.PRIMARY_PARSERS[TokenType.NUMBER],
            TokenType.NULL: lambda this, token: this.expression(exp.Null(), token),
            TokenType.TRUE: lambda this, token: this.expression(exp.Boolean(this=True), token),
            TokenType.FALSE: lambda this, token: this.expression(exp.Boolean(this=False), token),
            TokenType.CASE: _case,
        }
        RANGE_PARSERS: ClassVar = {
            kind: parser.Parser.RANGE_PARSERS[kind]
            for kind in (
                TokenType.BETWEEN,
                TokenType.IN,
                TokenType.IS,
                TokenType.LIKE,
                TokenType.ILIKE,
                TokenType.RLIKE,
            )
        }


def tree(source: Source, schema: Schema) -> exp.Expr:
    """The syntax tree of a predicate; raises `PredicateError` with the place of what cannot be read."""
    _check_text(source)
    found = _named(_tokens(source), schema)
    _check_tokens(source, found, schema)
    _check_brackets(source, found)
    _check_commas(source, found)
    grammar = _Grammar()
    try:
        parsed = grammar.parser(error_level=ErrorLevel.IMMEDIATE).parse_into(exp.Condition, found, source.text)
    except ParseError as error:
        problems = [problem for token in found for problem in _foreign_word(source, token, schema)]
        raise (PredicateError(problems) if problems else _syntax_error(source, found, error)) from None
    if len(parsed) != 1 or parsed[0] is None:
        raise source.error(Span(0, len(source.text)), "this is not a condition.")
    return parsed[0]


def _check_text(source: Source) -> None:
    if not source.text.strip():
        raise source.error(Span(0, 0), "the predicate is empty.", "Write a condition such as employees >= 500.")
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = f"the predicate has {size:,} bytes; the limit is {MAX_BYTES:,}."
        raise source.error(Span(0, 1), message, "Split it into several rules.")
    for at, char in enumerate(source.text):
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t":
            raise source.error(Span(at, at + 1), f"a control character (U+{ord(char):04X}) stands here.", "Remove it.")


def _tokens(source: Source) -> list[Token]:
    try:
        return _Grammar().tokenize(source.text)
    except TokenError:
        at = _open_quote(source.text)
        cure = "Close it; a quote within a text is doubled: 'it''s'."
        raise source.error(Span(at, at + 1), "this quote is not closed.", cure) from None


def _named(found: Sequence[Token], schema: Schema) -> list[Token]:
    """The words of `case` are fields where a lead has such a field and an operand is due."""
    named: list[Token] = []
    for at, token in enumerate(found):
        due = not named or named[-1].token_type not in _OPERANDS
        begins = found[at + 1 : at + 2] and found[at + 1].token_type is TokenType.WHEN
        if due and not begins and token.token_type in _CASE_WORDS and token.text.lower() in schema:
            named.append(Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end))
        else:
            named.append(token)
    return named


def _open_quote(text: str) -> int:
    rest = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", lambda found: " " * len(found[0]), text)
    return next((at for at, char in enumerate(rest) if char in "'\""), 0)


def _check_tokens(source: Source, found: Sequence[Token], schema: Schema) -> None:
    end = 0
    told: dict[int, Sequence[Problem]] = {}
    for token in found:
        _check_gap(source, Span(end, token.start))
        end = token.end + 1
        told[end] = _token_problems(source, token, schema)
    _check_gap(source, Span(end, len(source.text)))
    called = {left.end + 1 for left, right in pairwise(found) if right.token_type is TokenType.L_PAREN}
    if any(problems for at, problems in told.items() if at not in called):  # functions alone: judged with the rest
        raise PredicateError([problem for problems in told.values() for problem in problems][:MOST_PROBLEMS])


def _check_gap(source: Source, gap: Span) -> None:
    comment = source.text[gap.start : gap.end].strip()
    if comment:
        start = source.text.index(comment, gap.start)
        cure = "Write it behind a # in the TOML file."
        raise source.error(Span(start, start + len(comment)), "a predicate holds no comments.", cure)


def _token_problems(source: Source, token: Token, schema: Schema) -> Sequence[Problem]:
    """What is wrong with a token, wherever it stands."""
    if token.token_type not in _KNOWN:
        cure = hints.SIGNS.get(token.text, "")
        return source.error(_span(token), f"{_shown(token)} is not part of the rule language.", cure).problems
    if token.token_type is TokenType.VAR and any(unicodedata.category(char) in _QUOTE_SIGNS for char in token.text):
        cure = "Put text in straight quotes: 'Banking'."
        return source.error(_span(token), "these are typographic quotes.", cure).problems
    return _foreign_word(source, token, schema)


def _foreign_word(source: Source, token: Token, schema: Schema) -> Sequence[Problem]:
    word = token.text.lower()
    if token.token_type is not TokenType.VAR or word in schema or word not in hints.WORDS:
        return ()
    return source.error(_span(token), f"'{word}' is not part of the rule language.", hints.WORDS[word]).problems


def _check_brackets(source: Source, found: Sequence[Token]) -> None:
    """Refuse what would exhaust the stack, and name the very bracket that has no partner."""
    opened: list[Token] = []
    prefixes = 0
    for token in found:
        prefixes = prefixes + 1 if token.token_type in (TokenType.NOT, TokenType.DASH) else 0
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE):
            opened.append(token)
        elif token.token_type is TokenType.END and opened and opened[-1].token_type is TokenType.CASE:
            opened.pop()
        elif token.token_type is TokenType.R_PAREN:
            if not opened:
                raise source.error(_span(token), "this bracket closes nothing.", "Remove it, or open one before.")
            if opened.pop().token_type is TokenType.CASE:
                raise source.error(_span(token), "a case before this bracket is not closed.", _CASE_CURE)
        if len(opened) + prefixes > MAX_BRACKETS:
            raise source.error(_span(token), *TOO_DEEP)
    if opened and opened[-1].token_type is TokenType.CASE:
        raise source.error(_span(opened[-1]), _NO_END, _CASE_CURE)
    if opened:
        raise source.error(_span(opened[-1]), "this bracket is not closed.", "Close it with ).")


def _check_commas(source: Source, found: Sequence[Token]) -> None:
    """Refuse the commas that sqlglot overlooks: `(, 1)`, `(1, )`, `(1,, 2)`."""
    for left, right in pairwise(found):
        kinds = (left.token_type, right.token_type)
        if TokenType.COMMA in kinds and kinds[0] in _OPENERS and kinds[1] in _CLOSERS:
            comma = left if kinds[0] is TokenType.COMMA else right
            raise source.error(_span(comma), "something is missing beside ','.", "It needs a value there.")


def _syntax_error(source: Source, found: Sequence[Token], error: ParseError) -> Exception:
    about = error.errors[0]
    token = next((one for one in found if (one.line, one.col) == (about["line"], about["col"])), found[-1])
    if about["description"] in _OURS:
        return source.error(_span(token), about["description"], _OURS[about["description"]])
    if str(about["description"]).startswith("Required"):
        return source.error(_span(token), f"something is missing beside {_shown(token)}.", "It needs a value there.")
    return source.error(_span(token), f"{_shown(token)} is not expected here.", _cure(token))


def _cure(token: Token) -> str:
    if token.token_type in (TokenType.VAR, TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER):
        return "Put an operator such as =, and, or before it; text stands in single quotes."
    return ""


def _shown(token: Token) -> str:
    return f"'{token.text}'" if token.token_type is not TokenType.STRING else "a text in quotes"


def _span(token: Token) -> Span:
    return Span(token.start, token.end + 1)
