"""The rule language: SQL predicates over the lead schema, checked when they load, the same on every engine.

`parse` turns text into IR, `bind` pins the time of a run, the printers give expressions, functions and SQL.
The language itself is documented by the tables `OPERATORS` and `FUNCTIONS`; each example in them is a test.
"""

from __future__ import annotations

from leadrelay.core.predicates.calls import Doc, FunctionDoc
from leadrelay.core.predicates.doubts import doubts
from leadrelay.core.predicates.flips import Flips
from leadrelay.core.predicates.functions import FUNCTIONS
from leadrelay.core.predicates.ir import Node, Op, Span, bind, evidence, fields, is_timed, walk
from leadrelay.core.predicates.load import parse
from leadrelay.core.predicates.operators import OPERATORS
from leadrelay.core.predicates.source import PredicateError
from leadrelay.core.predicates.to_closure import to_closure
from leadrelay.core.predicates.to_duckdb import to_duckdb
from leadrelay.core.predicates.to_polars import to_polars
from leadrelay.core.predicates.to_text import text

__all__ = [
    "FUNCTIONS",
    "OPERATORS",
    "Doc",
    "Flips",
    "FunctionDoc",
    "Node",
    "Op",
    "PredicateError",
    "Span",
    "bind",
    "doubts",
    "evidence",
    "fields",
    "is_timed",
    "parse",
    "text",
    "to_closure",
    "to_duckdb",
    "to_polars",
    "walk",
]
