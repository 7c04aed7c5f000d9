"""Answers that no service gives in good faith: far too large, packed far too small, far too deep, or elsewhere."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from leadrelay.sandbox.wire import Response

KINDS = ("redirect", "flood", "bomb", "deep")

_PIECE = 1 << 16
_BEGIN, _END = b'{"name": "', b'"}'


class _Values(Protocol):
    def __getitem__(self, name: str) -> Any: ...


def answer(kind: str, values: _Values) -> Response:
    """The answer of a fault of one of these kinds."""
    if kind == "redirect":
        return Response(values["status"], headers={"Location": values["location"]})
    if kind == "flood":
        return Response(200, stream=partial(_flood, values["bytes"]))
    if kind == "bomb":
        return Response(200, headers={"Content-Encoding": "gzip"}, stream=partial(_bomb, values["bytes"]))
    return Response(200, b"[" * values["levels"] + b"]" * values["levels"])


def _flood(size: int) -> Iterator[bytes]:
    yield _BEGIN
    left = size - len(_BEGIN) - len(_END)
    piece = b"a" * _PIECE
    while left > 0:
        yield piece[:left]
        left -= len(piece)
    yield _END


def _bomb(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for piece in _flood(size):
        yield packer.compress(piece)
    yield packer.flush()
