"""What the org may still do: calls in the last 24 hours, and `GET limits/`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.settings import setting
from leadrelay.sandbox.wire import Request, Response, Router

_DAY = 24 * 60
_OTHERS = {
    "ConcurrentAsyncGetReportInstances": 200,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyStreamingApiEvents": 10_000,
    "DataStorageMB": 1024,
    "FileStorageMB": 1024,
    "HourlyODataCallout": 1000,
    "MassEmail": 5000,
    "SingleEmail": 5000,
}


class Usage:
    """Calls by the minute, over the last 24 hours of the org's clock."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._minutes: deque[list[int]] = deque()
        self.used = 0

    @property
    def most(self) -> int:
        return int(setting(self._org, "daily_requests"))

    def take(self) -> bool:
        """Count one call; False, and nothing counted, when there is none left."""
        minute = int(self._org.now().timestamp() // 60)
        while self._minutes and self._minutes[0][0] <= minute - _DAY:
            self.used -= self._minutes.popleft()[1]
        if self.used >= self.most:
            return False
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self.used += 1
        return True

    def header(self) -> str:
        """The value of `Sforce-Limit-Info`."""
        return f"api-usage={self.used}/{self.most}"

    def clear(self) -> None:
        self._minutes.clear()
        self.used = 0


def add_routes(router: Router, usage: Usage, query_jobs_left: Callable[[], tuple[int, int]]) -> None:
    """`query_jobs_left`: how many Bulk API 2.0 query jobs may still be made today, (left, of)."""

    def limits(_: Request) -> Response:
        left, most = query_jobs_left()
        answer = {name: {"Max": number, "Remaining": number} for name, number in _OTHERS.items()}
        answer["DailyApiRequests"] = {"Max": usage.most, "Remaining": usage.most - usage.used}
        answer["DailyBulkV2QueryJobs"] = {"Max": most, "Remaining": left}
        return Response(200, dict(sorted(answer.items())))

    router.add("GET", "/services/data/v{version}/limits", limits)
