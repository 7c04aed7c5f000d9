"""Look-ups over HTTP, 32 at a time, each answered after 50 ms: by a bare server, and by the sandbox with its books.

Both in processes of their own. `python -m bench.http_lookups [--lookups 10000] [--latency 50]`
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import orjson

from bench.sandbox import ask, running
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.describe import load
from leadrelay.enrichers.http import make
from leadrelay.sandbox.credentials import PROVIDER_KEY

AT_ONCE = 32
_ANSWER = {
    "status": 200,
    "name": "acme",
    "employee_count": 120,
    "industry": "mining",
    "location": {"locality": "berlin", "region": "berlin", "country": "germany", "postal_code": "10115"},
    "likelihood": 9,
}


def main(lookups: int, latency: float = 50) -> float:
    """Measure and print; look-ups a second over the bare server."""
    most = AT_ONCE / latency * 1000 if latency else float("inf")
    print(f"HTTP provider: {lookups:,} look-ups, {AT_ONCE} at a time, {latency:g} ms a reply: {most:,.0f}/s at most")
    print(f"{'':12}{'look-ups/s':>12}{'ms of CPU each':>16}{'hits':>8}{'misses':>8}")
    with _bare(latency) as url:
        rate = _row("bare server", url, lookups)
    with tempfile.TemporaryDirectory() as name, running(0, Path(name)) as urls:
        ask(urls["provider"], "/_sandbox/settings", {"latency_ms": latency, "invents": True})
        _row("sandbox", urls["provider"], lookups)
        asked = ask(urls["provider"], "/_sandbox/paid?after=999999")["lookups"]
        assert asked == lookups + AT_ONCE * 4, asked
    return rate


def _row(server: str, url: str, lookups: int) -> float:
    description = load("people-data-labs-company", Path())
    settings = {"hosts": [url.removeprefix("http://")], "private": True, "at_once": AT_ONCE, "per_second": 100_000}
    provider = make("pdl", description, {"key": PROVIDER_KEY}, **settings)  # type: ignore[arg-type]

    def one(domain: str) -> Found:
        return provider.ask([Question("pdl", {"domain": domain})])[0].found

    def measured(domains: Sequence[str]) -> Counter[Found]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(pool.map(one, domains))

    measured([f"warm{number}.com" for number in range(AT_ONCE * 4)])
    begun, worked = time.perf_counter(), time.process_time()
    found = measured([f"company{number}.com" for number in range(lookups)])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    provider.close()
    assert not found[Found.FAILED], found
    told = f"{lookups / seconds:>12,.0f}{cpu / lookups * 1000:>16.2f}"
    print(f"{server:12}{told}{found[Found.HIT]:>8,}{found[Found.MISS]:>8,}")
    return lookups / seconds


@contextmanager
def _bare(latency: float) -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, latency / 1000), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection, latency: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(latency)
            website = line.split(b"website=")[1].split(b"&")[0].decode()
            body = orjson.dumps({**_ANSWER, "website": website})
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(head + body)

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lookups", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=50)
    options = parser.parse_args()
    main(options.lookups, options.latency)
