"""A plan as a file: how long it takes to plan, to write the JSON and the page, and how large they are.

`python -m bench.plan_file [--leads 10000] [--crm salesforce] [--keep DIR]`
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.sandbox import SHIPPED, configure, running
from leadrelay import plan_html
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.making import Planning
from leadrelay.jobs.plans.values import Plan
from leadrelay.jobs.reading import Nobody
from leadrelay.wiring import House

MOST_SECONDS, MOST_BYTES = 5.0, 5_000_000


def main(leads: int, crm: str, keep: Path | None = None) -> dict[str, Any]:
    """Measure and print; both files stay in `keep`."""
    with tempfile.TemporaryDirectory() as name, running(leads, Path(name)) as urls:
        folder = Path(name)
        house = House.open(configure(folder, urls, SHIPPED), os.environ)
        store = house.store()
        with house.job(crm) as job:
            began, worked = time.perf_counter(), time.process_time()
            plan = Planning(job, store, house.run_id(), _now(), Nobody())(everything=True)
            planned, work = time.perf_counter() - began, time.process_time() - worked
        store.close()
        found = {"crm": crm, "planned": planned, "work": work, **_files(plan, folder)}
        for path in folder.glob("plan.*") if keep else ():
            shutil.copy(path, keep or folder)
    _tell(plan, found)
    return found


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _files(plan: Plan, folder: Path) -> dict[str, Any]:
    """What it takes after deciding."""
    began = time.perf_counter()
    file.write(folder / "plan.json", plan)
    json_written = time.perf_counter()
    (folder / "plan.html").write_text(plan_html.page(plan), encoding="utf-8")
    html_written = time.perf_counter()
    file.read(folder / "plan.json")
    return {
        "json": json_written - began,
        "html": html_written - json_written,
        "read": time.perf_counter() - html_written,
        "json_bytes": (folder / "plan.json").stat().st_size,
        "html_bytes": (folder / "plan.html").stat().st_size,
    }


def _tell(plan: Plan, found: dict[str, Any]) -> None:
    many, both = plan.tallied, found["json"] + found["html"]
    print(f"{found['crm']}: {many.changed:,} of {many.read:,} leads, {many.fields:,} fields, {many.tasks:,} tasks")
    print(
        f"read, decided and explained in {found['planned']:.1f} s, {found['work']:.1f} s of them work of this process"
    )
    print(f"JSON {found['json']:.2f} s, {found['json_bytes'] / 1e6:.1f} MB; read and checked in {found['read']:.2f} s")
    print(f"HTML {found['html']:.2f} s, {found['html_bytes'] / 1e6:.2f} MB (at most {MOST_BYTES / 1e6:.0f} MB)")
    print(f"both {both:.2f} s (at most {MOST_SECONDS:.0f} s)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--crm", choices=SHIPPED, default="salesforce")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    main(arguments.leads, arguments.crm, arguments.keep)
