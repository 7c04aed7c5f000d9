"""The sandbox's own figures, so that it never is what a benchmark measures: start, load, one page.

`python -m bench.house [--leads 100000]`
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

from bench.sandbox import running
from leadrelay import mappings, playbooks
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings.mapping import load as load_mapping

FIELDS = 40
PAGES = 10


def main(leads: int) -> dict[str, float]:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = _seconds_to_start(0, folder)
        began = time.perf_counter()
        with running(leads, folder) as urls:
            loaded = time.perf_counter() - began
            pages = _page_seconds(urls["salesforce"])
    print("the sandbox itself, wall clock")
    print(f"  start, no leads                    {started:6.2f} s   (target 1)")
    print(f"  start with {leads:,} leads in each {loaded:6.1f} s   (target 20 for 100,000)")
    print(f"  first /query page, 2,000 x {FIELDS}      {pages[0] * 1000:6.0f} ms  (target 60)")
    print(f"  further pages, median              {statistics.median(pages[1:]) * 1000:6.0f} ms  (target 60)")
    return {"start": started, "load": loaded, "first_page": pages[0], "page": statistics.median(pages[1:])}


def _seconds_to_start(leads: int, folder: Path) -> float:
    began = time.perf_counter()
    with running(leads, folder):
        return time.perf_counter() - began


def _page_seconds(url: str) -> list[float]:
    """How long each page takes until its last byte is here; of the first page, which finds all ids, the median of 5."""
    login = b"grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret"

    token = json.load(urlopen(Request(f"{url}/services/oauth2/token", login)))["access_token"]  # noqa: S310 - ours
    start = f"/services/data/v66.0/query/?q={quote_plus(f'SELECT {_fields()} FROM Lead ORDER BY SystemModstamp, Id')}"
    firsts = [_page(url, start, token) for _ in range(5)]
    seconds, path = [statistics.median(first for first, _ in firsts)], firsts[-1][1]
    while path and len(seconds) < PAGES:
        spent, path = _page(url, path, token)
        seconds.append(spent)
    return seconds


def _page(url: str, path: str, token: str) -> tuple[float, str]:
    """Seconds, and where the next page is."""
    began = time.perf_counter()
    body = urlopen(Request(url + path, headers={"Authorization": f"Bearer {token}"})).read()  # noqa: S310 - ours
    return time.perf_counter() - began, json.loads(body).get("nextRecordsUrl", "")


def _fields() -> str:
    playbook = load_playbook(playbooks.text("it-discovery"), "it-discovery")
    mapped = load_mapping(mappings.text("salesforce-lead"), "salesforce-lead", playbook).crm_fields()
    return ", ".join(["Id", "SystemModstamp", *mapped][:FIELDS])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=100_000)
    main(parser.parse_args().leads)
