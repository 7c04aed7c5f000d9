"""Answers that want to do harm: none takes more memory or time than an answer may."""

import gzip
import itertools
import time
import zlib

import psutil
import pytest

from leadrelay.enrichers.base import Found
from tests.enrichers.conftest import COMPANY, reply

_MB = 1_000_000
_MOST_GROWTH = 64 * _MB
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_PIECE = b"x" * 65_536


def packed(size):
    pack = zlib.compressobj(9, wbits=31)
    pieces = [pack.compress(bytes(_MB)) for _ in range(size // _MB)]
    return b"".join([*pieces, pack.flush()])


def endless(head):
    yield head
    yield from itertools.repeat(_PIECE, 100 * _MB // len(_PIECE))


def chunked():
    yield _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from itertools.repeat(b"10000\r\n" + _PIECE + b"\r\n", 1600)


BOMBS = {
    "100 MB": lambda: endless(_HEAD + b"Content-Length: 104857600\r\n\r\n"),
    "without an end": lambda: endless(_HEAD + b"\r\n"),
    "in pieces without an end": chunked,
    "a header without an end": lambda: endless(b"HTTP/1.1 200 OK\r\nX: "),
    "headers without an end": lambda: itertools.chain([_HEAD], itertools.repeat(b"X: y\r\n", 200_000)),
    "100 continue without an end": lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 200_000),
    "gzip, 100 MB": lambda: reply(packed(100 * _MB), content_encoding="gzip"),
    "gzip of gzip": lambda: reply(gzip.compress(packed(100 * _MB)), content_encoding="gzip, gzip"),
    "gzip that is none": lambda: reply(b"{}", content_encoding="gzip"),
    "a packing not asked for": lambda: reply(b"{}", content_encoding="br"),
    "deep lists": lambda: reply(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": lambda: reply(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep enough for the parser": lambda: reply(b"[" * 900 + b"]" * 900),
    "many parts": lambda: reply(b"[" + b"[]," * 300_000 + b"[]]"),
    "a long number": lambda: reply(b'{"website":"acme.com","size":{"people":' + b"9" * 900_000 + b"}}"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_a_failure_of_bounded_memory(one, server, bomb):
    said = BOMBS[bomb]()
    server.answer = lambda _: said
    process = psutil.Process()
    before = process.memory_info().rss
    answer = one()
    assert process.memory_info().rss - before <= _MOST_GROWTH
    assert answer.found is Found.FAILED
    assert answer.cost == 100_000


@pytest.mark.parametrize(
    "slow", [_HEAD + b"Content-Length: 600\r\n\r\n" + b" " * 600, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90]
)
def test_a_provider_that_trickles_has_no_more_time_than_others(one, server, slow):
    sent = []

    def trickle(_):
        for byte in slow:
            time.sleep(0.005)
            sent.append(byte)
            yield bytes([byte])

    server.answer = trickle
    answer = one(toml=COMPANY + "[limits]\nseconds = 0.2\n")
    assert (answer.found, answer.cost) == (Found.FAILED, 100_000)
    assert "in time" in answer.why
    assert len(sent) < len(slow) / 2


def test_limits_are_those_of_the_description(one, server):
    padded = b'{"website":"acme.com","score":9,"industry":"A"' + b" " * 2_000 + b"}"
    server.answer = lambda _: reply(padded)
    assert one().found is Found.HIT
    assert one(toml=COMPANY + "[limits]\nsize = 1000\n").found is Found.FAILED
    assert one(toml=COMPANY + "[limits]\ndepth = 1\n").found is Found.HIT
    server.answer = lambda _: reply(b'{"website":"acme.com","score":9,"industry":"A","size":{"people":{"a":[]}}}')
    assert one(toml=COMPANY + "[limits]\ndepth = 2\n").found is Found.FAILED
