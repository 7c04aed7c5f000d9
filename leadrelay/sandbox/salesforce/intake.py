"""What a request goes through before anyone looks at what it asks: its size, its compression, its real method."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from leadrelay.sandbox.salesforce.errors import SalesforceError, bad
from leadrelay.sandbox.wire import Request, Response

LONGEST = 16_384
"""Bytes of address and headers; https://help.salesforce.com/s/articleView?id=000386264 ."""


def too_long(request: Request) -> Response | None:
    """The refusal of an address, or of headers, that the servers before the API do not let through."""
    if request.address_bytes > LONGEST:
        return _bad_message(414, "URI Too Long")
    headers = sum(len(name) + len(value) for name, value in request.headers.items())
    return _bad_message(431, "Request Header Fields Too Large") if request.address_bytes + headers > LONGEST else None


def received(request: Request) -> Request:
    """The request with its body unpacked, and with the method that `_HttpMethod` says a POST stands for.

    https://developer.salesforce.com/docs/platform/api-rest/guide/intro-rest-compression.html and
    https://developer.salesforce.com/docs/platform/api-rest/guide/dome-update-fields.html
    """
    method = request.query.get("_HttpMethod", "").upper()
    if request.method == "POST" and method in {"PATCH", "PUT", "DELETE"}:
        request = replace(request, method=method)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" or not request.body:
        return request
    unpack = _UNPACK.get(encoding)
    if unpack is None:
        raise SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content-Encoding {encoding} is not supported")
    try:
        return replace(request, body=unpack(request.body))
    except (EOFError, OSError, zlib.error):
        raise bad("INVALID_INPUT", f"the body is not {encoding}, as Content-Encoding says") from None


def _bad_message(status: int, reason: str) -> Response:
    body = f"<h1>Bad Message {status}</h1><pre>reason: {reason}</pre>"
    return Response(status, body.encode(), content_type="text/html;charset=iso-8859-1")


def _inflate(body: bytes) -> bytes:
    """Deflate comes with a zlib header, or bare."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": _inflate}
