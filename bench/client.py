"""One measured client in a process of its own: `python -m bench.client CASE CONFIG`. Prints leads, CPU, peak memory.

The clock starts after the imports, so that it tells the cost of leads and not of starting Python.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import bare
from leadrelay.jobs.desk import Job
from leadrelay.jobs.preview import Preview
from leadrelay.jobs.reading import Nobody
from leadrelay.state.store import Store
from leadrelay.wiring import House


def main(case: str, config: Path) -> None:
    """Run one case and print its figures."""
    house = House.open(config, os.environ)
    if case in {"salesforce", "hubspot"}:
        store = house.store()
        with house.job(case) as job:
            _measured(lambda: _ours(job, store))
    else:
        _measured(_bare(house, case))


def _measured(work: Callable[[], int]) -> None:
    before, started = time.process_time(), time.perf_counter()
    leads = work()
    figures = {
        "leads": leads,
        "cpu": time.process_time() - before,
        "wall": time.perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def _ours(job: Job, store: Store) -> int:
    """From signing in to the last planned change; only starting Python is left out."""
    preview = Preview(job, store, datetime.now(UTC), Nobody(), shown=0)
    preview.gather(everything=True)
    return preview.read


def _bare(house: House, case: str) -> Callable[[], int]:
    loop, job = {
        "bare-rest": (bare.salesforce_rest, "salesforce"),
        "bare-bulk": (bare.salesforce_bulk, "salesforce"),
        "bare-hubspot": (bare.hubspot, "hubspot"),
    }[case]
    settings = house.settings.connections[job]
    url = str(settings.instance_url if settings.kind == "salesforce" else settings.base_url)
    mapping, _ = house.rules(job)
    fields = list(mapping.crm_fields())
    if job == "salesforce":
        fields = ["Id", "SystemModstamp", *(name for name in fields if name not in {"Id", "SystemModstamp"})]
    return lambda: loop(url, fields)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
