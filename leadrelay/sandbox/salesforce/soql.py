"""SOQL text -> Query: recursive descent over the published grammar, with Salesforce's own refusals.

Grammar: @salesforce/soql-parser. AND and OR do not mix without parentheses; NOT opens a group and stands alone in it.
"""

from __future__ import annotations

import re

from leadrelay.sandbox.salesforce.errors import SalesforceError, malformed_query, too_complicated
from leadrelay.sandbox.salesforce.soql_ast import (
    Call,
    Comparison,
    Condition,
    Expression,
    Field,
    Item,
    Literal,
    Logical,
    Not,
    Order,
    Query,
    SemiJoin,
)
from leadrelay.sandbox.salesforce.soql_lexer import Token, located, tokens, unexpected
from leadrelay.sandbox.salesforce.soql_macros import MACROS

LONGEST = 100_000
LARGEST_INTEGER = 2**31 - 1
DEEPEST = 50
_LONGEST_INTEGER = 18
_KEYWORDS = frozenset(
    {"select", "from", "where", "and", "or", "not", "in", "like", "includes", "excludes", "group", "by", "having"}
    | {"order", "limit", "asc", "desc", "nulls", "null", "true", "false", "with", "using", "for", "update"}
)
_MAY_NAME = frozenset({"group", "order"})
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_COMPARISONS = {"=", "!=", "<>", "<", "<=", ">", ">="}


def parse(text: str) -> Query:
    """The query that the text says; raises SalesforceError."""
    if not text.strip():
        raise malformed_query("SOQL statements cannot be empty or null")
    if len(text) > LONGEST:
        raise malformed_query(f"SOQL statements cannot be longer than {LONGEST} characters.")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.place = 0
        self.depth = 0

    # -- tokens -----------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def refusal(self) -> SalesforceError:
        """What to raise when the grammar does not take the next token."""
        return unexpected(self.text, self.token)

    def accept(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if any(self.peek(ahead).word != word or self.peek(ahead).kind == "string" for ahead, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.refusal()

    def name(self) -> Token:
        """A name, not a keyword; `Group` and `Order` are objects too."""
        token = self.token
        if token.kind != "name" or (token.word in _KEYWORDS and token.word not in _MAY_NAME):
            raise self.refusal()
        return self.take()

    def integer(self) -> int:
        text = self.token.text
        if self.token.kind != "number" or not text.isdigit() or len(text) > 10 or int(text) > LARGEST_INTEGER:
            raise self.refusal()
        return int(self.take().text)

    # -- clauses ----------------------------------------------------------------------------------------------------

    def whole(self) -> Query:
        query = self.query()
        if self.token.word == "all" and self.peek().word == "rows":
            raise malformed_query("ALL ROWS not allowed in this context")
        if self.token.word in {"using", "with"}:
            message = f"the leadrelay sandbox does not model {self.token.text.upper()}"
            raise malformed_query(located(self.text, self.token.at, message))
        if self.token.kind != "end":
            raise self.refusal()
        return query

    def query(self) -> Query:
        self.expect("select")
        count_only = self.accept("count", "(", ")")
        items = () if count_only else self.items()
        self.expect("from")
        source, alias = self.name(), self.alias()
        where = self.condition() if self.accept("where") else None
        group, having = self.grouping()
        order = self.ordering()
        limit = self.integer() if self.accept("limit") else None
        offset = self.integer() if self.accept("offset") else 0
        self.tracking()
        return Query(
            self.text, items, source.text, source.at, alias, count_only, where, group, having, order, limit, offset
        )

    def items(self) -> tuple[Item, ...]:
        found = [self.item()]
        while self.accept(","):
            found.append(self.item())
        return tuple(found)

    def item(self) -> Item:
        if self.token.text == "(" or (self.token.word == "typeof" and self.peek().kind == "name"):
            what = "child subqueries" if self.token.text == "(" else "TYPEOF"
            raise malformed_query(located(self.text, self.token.at, f"the leadrelay sandbox does not model {what}"))
        return Item(self.expression(), self.alias())

    def alias(self) -> str | None:
        token = self.token
        if token.kind != "name" or token.word in _KEYWORDS or token.word in {"offset", "all"}:
            return None
        return self.take().text

    def expression(self) -> Expression:
        token = self.name()
        if not self.accept("("):
            return Field(token.text, token.at)
        inner = None if self.token.text == ")" else self.name()
        self.expect(")")
        return Call(token.text.upper(), Field(inner.text, inner.at) if inner else None, token.at)

    def grouping(self) -> tuple[tuple[Expression, ...], Condition | None]:
        if not self.accept("group", "by"):
            return (), None
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        return tuple(found), self.condition() if self.accept("having") else None

    def ordering(self) -> tuple[Order, ...]:
        if not self.accept("order", "by"):
            return ()
        found = [self.order()]
        while self.accept(","):
            found.append(self.order())
        return tuple(found)

    def order(self) -> Order:
        expression = self.expression()
        descending = self.accept("desc")
        if not descending:
            self.accept("asc")
        nulls = None
        if self.accept("nulls"):
            if self.token.word not in {"first", "last"}:
                raise self.refusal()
            nulls = self.take().word
        return Order(expression, descending, nulls)

    def tracking(self) -> None:
        """`FOR VIEW` and `FOR REFERENCE` only mark records as seen by the user, which no answer here shows."""
        if self.accept("for"):
            if self.token.word not in {"view", "reference"}:
                raise self.refusal()
            self.take()

    # -- conditions -------------------------------------------------------------------------------------------------

    def condition(self) -> Condition:
        if self.accept("not"):
            return Not(self.simple())
        items = [self.simple()]
        operator = self.token.word
        if operator not in {"and", "or"}:
            return items[0]
        while self.accept(operator):
            items.append(self.simple())
        return Logical(operator, tuple(items))

    def simple(self) -> Condition:
        if self.accept("("):
            return self.group()
        left = self.expression()
        token = self.take()
        if token.kind == "symbol" and token.text in _COMPARISONS:
            operator = "!=" if token.text == "<>" else token.text
            return Comparison(left, operator, (self.literal(),), left.at)
        if token.word == "like":
            return Comparison(left, "like", (self.literal(like=True),), left.at)
        if token.word in {"includes", "excludes"}:
            return Comparison(left, token.word, self.literals(), left.at)
        if token.word == "in" or (token.word == "not" and self.accept("in")):
            return self.membership(left, negated=token.word == "not")
        self.place -= 1
        raise self.refusal()

    def group(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_complicated()
        inner = self.condition()
        self.expect(")")
        self.depth -= 1
        return inner

    def membership(self, left: Expression, *, negated: bool) -> Condition:
        if self.token.text == "(" and self.peek().word == "select" and isinstance(left, Field):
            self.take()
            query = self.query()
            self.expect(")")
            return SemiJoin(left, negated, query, left.at)
        return Comparison(left, "not in" if negated else "in", self.literals(), left.at)

    def literals(self) -> tuple[Literal, ...]:
        self.expect("(")
        found = [self.literal()]
        while self.accept(","):
            found.append(self.literal())
        self.expect(")")
        return tuple(found)

    def literal(self, *, like: bool = False) -> Literal:
        sign = self.take().text if self.token.text in {"+", "-"} and self.peek().kind == "number" else ""
        token = self.token
        if token.kind == "string":
            return Literal("string", self.unescaped(self.take(), like=like), token.at)
        if token.kind == "number":
            self.take()
            return Literal("number", _number(sign + token.text), token.at)
        if token.kind in {"date", "datetime"}:
            return Literal(token.kind, self.take().text, token.at)
        if token.kind == "name":
            return self.named()
        if token.text == ":":
            raise malformed_query(located(self.text, token.at, "Bind variables only allowed in Apex code", syntax=True))
        raise self.refusal()

    def named(self) -> Literal:
        token = self.token
        if token.word in {"true", "false"}:
            return Literal("boolean", self.take().word == "true", token.at)
        if token.word == "null":
            self.take()
            return Literal("null", None, token.at)
        macro = token.text.upper()
        if macro not in MACROS:
            raise self.refusal()
        self.take()
        counted = MACROS[macro].counted
        if counted:
            self.expect(":")
        return Literal("macro", macro, token.at, self.integer() if counted else None)

    def unescaped(self, token: Token, *, like: bool) -> str:
        """The string without quotes and escapes; a LIKE pattern keeps those of its wildcards."""

        def meant(match: re.Match[str]) -> str:
            mark = match[1]
            if len(mark) == 5:
                return chr(int(mark[1:], 16))
            if mark in _ESCAPES:
                return ("\\\\" if like else "\\") if mark == "\\" else _ESCAPES[mark]
            if like and mark in "%_":
                return match[0]
            message = f"Invalid string literal {token.text}. Illegal character sequence '{match[0]}' in string literal."
            raise malformed_query(message)

        text = _ESCAPE.sub(meant, token.text[1:-1])
        # Pairs of surrogates become one character; a lone one stands for nothing.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(text: str) -> int | float:
    return float(text) if "." in text or len(text) > _LONGEST_INTEGER else int(text)
