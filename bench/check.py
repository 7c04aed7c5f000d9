"""API calls and seconds of `check`, and of `fields --save`, on both CRMs.

`python -m bench.check [--leads 500]`
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.sandbox import SHIPPED, ask, configure, running


def main(leads: int) -> list[dict[str, Any]]:
    """Measure and print both CRMs. `calls`: as the sandbox counted them, sign-in included."""
    print(f"check on {leads:,} leads: API calls as the sandbox counted them, seconds of a process of its own")
    print(f"{'':30}{'calls':>8}{'allowed':>9}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as name, running(leads, Path(name)) as urls:
        config = configure(Path(name), urls, SHIPPED)
        found = [_measured(crm, urls[crm], config, "check", crm) for crm in SHIPPED]
        for crm in SHIPPED:
            file = str(Path(name) / f"{crm}.json")
            found.append(_measured(crm, urls[crm], config, "fields", crm, "--sample", "100", "--save", file))
            found.append(_measured(crm, urls[crm], config, "check", crm, "--schema", file))
    return found


def _measured(crm: str, url: str, config: Path, *words: str) -> dict[str, Any]:
    ask(url, "/_sandbox/requests/reset", {})
    began = time.perf_counter()
    command = [sys.executable, "-m", "leadrelay", *words, "--json", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    calls = ask(url, "/_sandbox/requests")["total"]
    told = " ".join(word for word in words if not word.startswith("/"))
    print(f"{told:30}{calls:>8,}{12:>9}{seconds:>9.1f}")
    return {"crm": crm, "what": told, "calls": calls, "seconds": seconds}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=500)
    main(parser.parse_args().leads)
