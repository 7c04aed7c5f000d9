"""How many API calls a job takes, before it takes them: its first run, a run that finds nothing, a day of its schedule.

`bench.calls` measures runs on the sandbox; the figures below are what it finds, rounded up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadrelay.core.limits import Quota, Used


@dataclass(frozen=True, slots=True)
class Costs:
    """What a CRM's calls carry. `idle`: calls of a run that finds nothing. `page`: records in a page that is read.

    `most_pages`: beyond these pages a bulk job reads, with `bulk` calls. `around`: calls of a run that writes, for
    owners, accounts and tasks. `batch`: records in a write, which takes `writing` calls with what is looked at before
    and after it; `handing`: further ones for each batch where tasks are made.
    """

    idle: int
    page: int
    batch: int
    writing: int
    handing: int
    around: int
    most_pages: int | None = None
    bulk: int = 0


COSTS: Mapping[str, Costs] = {
    "salesforce": Costs(idle=3, page=2_000, batch=200, writing=1, handing=3, around=14, most_pages=10, bulk=10),
    "hubspot": Costs(idle=3, page=100, batch=100, writing=5, handing=6, around=16),
}


def reading(costs: Costs, records: int) -> int:
    """Calls to read so many records."""
    pages = math.ceil(records / costs.page)
    return costs.bulk if costs.most_pages is not None and pages > costs.most_pages else pages


def writing(costs: Costs, records: int, tasks: int = 0) -> int:
    """Calls to write so many records, and to make tasks for some of them."""
    if not records and not tasks:
        return 0
    return (
        costs.around + costs.writing * math.ceil(records / costs.batch) + costs.handing * math.ceil(tasks / costs.batch)
    )


def run(costs: Costs, records: int, tasks: int = 0, *, rehearsed: bool = False) -> int:
    """Calls of a run that reads and writes so many. `rehearsed`: a brake thinks it through first, and reads twice."""
    return costs.idle + reading(costs, records) * (1 + rehearsed) + writing(costs, records, tasks)


def applying(kind: str, records: int, tasks: int) -> int:
    """Calls to apply a plan: each record is looked at again before it is written."""
    costs = COSTS.get(kind, COSTS["hubspot"])
    return math.ceil(records / costs.batch) + writing(costs, records, tasks)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one job. `first`: its first run, which reads every record. `idle`: a run that finds nothing.

    `runs`: how many a day its schedule starts; 0 where it is started by hand. `usage`: the CRM's quota, where it tells.
    """

    first: int
    idle: int
    runs: int
    quota: Quota
    usage: Used | None = None
    costs: Costs = COSTS["salesforce"]

    @property
    def a_day(self) -> int:
        """Calls of a day on which nothing changes."""
        return self.runs * self.idle

    @property
    def allowed(self) -> int | None:
        """What leadrelay and everybody else may take of a day; None where the CRM does not tell."""
        return int(self.quota.per_day * self.usage.total) if self.usage else None

    @property
    def left(self) -> int | None:
        """What is left of it now."""
        return max(0, (self.allowed or 0) - self.usage.used) if self.usage else None

    @property
    def changes(self) -> int | None:
        """How many leads may change in a day before the quota is used up; None where that is not told, or all may."""
        if self.left is None:
            return None
        batches = (self.left - self.a_day) // (self.costs.writing + self.costs.handing)
        return max(0, batches * self.costs.batch)

    @property
    def days_of_first(self) -> int | None:
        """In how many parts the first run comes, an hour apart at least, since it may not take more at a time."""
        if self.usage is None:
            return None
        most = int(self.quota.per_run * self.usage.total)
        return math.ceil(self.first / most) if most else None

    def troubles(self) -> Iterator[tuple[bool, str]]:
        """What will not fit, and whether it never will."""
        if self.usage is None:
            return
        if self.a_day > (self.allowed or 0):
            told = f"{self.runs:,} runs a day take {self.a_day:,} API calls though nothing changes"
            yield True, f"{told}, and {self.allowed:,} of {self.usage.total:,} may be taken."
        elif self.left is not None and self.first > self.left:
            yield False, f"the first run takes about {self.first:,} API calls, and {self.left:,} are left today."
        elif (self.days_of_first or 0) > 1:
            told = f"the first run takes about {self.first:,} API calls, more than quota_per_run allows at a time"
            yield False, f"{told}: it pauses, and goes on an hour later."


def of_job(
    kind: str, records: int, runs: int, quota: Quota, usage: Used | None, *, hands_off: bool, rehearsed: bool
) -> Forecast:
    """The forecast of a job on a CRM of this kind. `records`: how many there are; each might need a write at first."""
    costs = COSTS[kind]
    tasks = records // _ONE_IN if hands_off else 0
    return Forecast(run(costs, records, tasks, rehearsed=rehearsed), costs.idle, runs, quota, usage, costs)


_ONE_IN = 10
"""So many leads for one that is handed off: what the shipped playbook does on sample leads, rounded up."""
