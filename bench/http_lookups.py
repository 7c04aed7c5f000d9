"""Look-ups over HTTP, 32 at a time, each answered after 50 ms by the sandbox in a process of its own.

`python -m bench.http_lookups [--lookups 10000] [--latency 50]`
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.sandbox import ask, running
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.describe import load
from leadrelay.enrichers.http import Http, make
from leadrelay.sandbox.credentials import PROVIDER_KEY

AT_ONCE = 32


def main(lookups: int, latency: float = 50) -> float:
    """Measure and print; look-ups a second."""
    print(f"HTTP provider: {lookups:,} look-ups, {AT_ONCE} at a time, {latency:g} ms a reply")
    with tempfile.TemporaryDirectory() as name, running(0, Path(name)) as urls:
        ask(urls["provider"], "/_sandbox/settings", {"latency_ms": latency, "invents": True})
        provider = _provider(urls["provider"], Path(name))
        _measured(provider, [f"warm{number}.com" for number in range(AT_ONCE * 4)])
        begun, worked = time.perf_counter(), time.process_time()
        found = _measured(provider, [f"company{number}.com" for number in range(lookups)])
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
        provider.close()
        billed = ask(urls["provider"], "/_sandbox/paid?after=999999")["lookups"]
    assert not found[Found.FAILED], found
    assert billed == lookups + AT_ONCE * 4, billed
    ceiling = AT_ONCE / latency * 1000 if latency else float("inf")
    print(f"{'look-ups/s':>12}{'at most':>10}{'ms of CPU each':>16}{'hits':>8}{'misses':>8}")
    told = f"{lookups / seconds:>12,.0f}{ceiling:>10,.0f}{cpu / lookups * 1000:>16.2f}"
    print(f"{told}{found[Found.HIT]:>8,}{found[Found.MISS]:>8,}")
    return lookups / seconds


def _provider(url: str, folder: Path) -> Http:
    description = load("people-data-labs-company", folder)
    hosts = [url.removeprefix("http://")]
    secrets = {"key": PROVIDER_KEY}
    return make("pdl", description, secrets, hosts=hosts, private=True, at_once=AT_ONCE, per_second=100_000)


def _measured(provider: Http, domains: Sequence[str]) -> Counter[Found]:
    def one(domain: str) -> Found:
        return provider.ask([Question(provider.name, {"domain": domain})])[0].found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(one, domains))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lookups", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=50)
    options = parser.parse_args()
    main(options.lookups, options.latency)
