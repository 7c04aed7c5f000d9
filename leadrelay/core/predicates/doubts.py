"""What a predicate says and hardly means: it is right, and still not what its author had in mind."""

from __future__ import annotations

from collections.abc import Iterator

from leadrelay.core.lead import Type
from leadrelay.core.predicates import patterns
from leadrelay.core.predicates.ir import Node, Op, walk
from leadrelay.core.predicates.patterns import Shape

_COMPARED = frozenset({Op.EQ, Op.NE, Op.IN})
_STARRED = ("*", "%")


def doubts(node: Node) -> Iterator[tuple[str, str]]:
    """What is doubtful about a predicate, and what to write instead."""
    for part in walk(node):
        if part.op in _COMPARED and part.args[0].type is Type.TEXT:
            yield from _compared(part)
        elif part.op in (Op.LIKE, Op.ILIKE):
            yield from _liked(part)
        elif part.op is Op.MATCHES and len(part.value) > 2 and part.value[0] == part.value[-1] == "%":
            message = f"'{part.value}' looks for the sign %, which means nothing in a regular expression"
            yield message, f"Write ilike '{part.value}'."


def _compared(part: Node) -> Iterator[tuple[str, str]]:
    """`title = '%director%'`: wildcards are none beside `=` and `in`."""
    written = [arg.value for arg in part.args if arg.op is Op.VALUE]
    for text in written if part.op is not Op.IN else part.value:
        bare = text.strip("*%")
        if len(text) > 1 and bare and (text[0] in _STARRED or text[-1] == "*"):
            yield f"'{text}' is compared letter by letter, with its {text.replace(bare, '')[0]}", _pattern(bare)


def _liked(part: Node) -> Iterator[tuple[str, str]]:
    shape, text = patterns.shape(part.value)
    if shape is Shape.EXACT and text:
        bare = text.strip("*")
        why = "its * is no wildcard" if bare != text else "it has no % to stand for other text"
        yield f"{part.op} '{text}' wants the whole text to be that: {why}", _pattern(bare or text)


def _pattern(bare: str) -> str:
    return f"Write ilike '%{bare}%' to find it anywhere, or = '{bare}' for the whole text."
