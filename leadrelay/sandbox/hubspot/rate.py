"""Rate limits on the machine's clock, and the daily one on the CRM's; the headers that tell of them, and the 429s.

Limits: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.store import Clock
from leadrelay.sandbox.wire import Request, Response

_GROUP = "publicapi:private_app-api-calls-ten-secondly:1512050:26892217"


class Window:
    """Calls within the last so many seconds."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self.seconds = seconds
        self._now = now
        self._times: deque[float] = deque()

    def used(self) -> int:
        limit = self._now() - self.seconds
        while self._times and self._times[0] <= limit:
            self._times.popleft()
        return len(self._times)

    def add(self) -> None:
        self._times.append(self._now())

    def clear(self) -> None:
        self._times.clear()


class Limits:
    """Counts the calls of the one app in the portal. Calls that are refused for the rate do not count."""

    def __init__(self, settings: Settings, clock: Clock, now: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._ten_seconds = Window(10, now)
        self._second = Window(1, now)
        self._day = self.today()
        self._today = 0

    def today(self) -> str:
        """The day in the portal's time zone, where the daily count starts anew at midnight."""
        return self._clock.now().astimezone(self.settings.zone).date().isoformat()

    def used_today(self) -> int:
        if self._day != self.today():
            self._day, self._today = self.today(), 0
        return self._today

    def reset(self) -> None:
        """Count anew."""
        self._ten_seconds.clear()
        self._second.clear()
        self._today = 0

    def resets_at(self) -> datetime:
        """The next midnight in the portal."""
        now = self._clock.now().astimezone(self.settings.zone)
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def admit(self, request: Request) -> Response | None:
        """None, and the call counts; or the 429. Search has a limit of its own and is exempt from the ten seconds."""
        search = is_search(request)
        if _full(self.settings.per_day, self.used_today()):
            return _refused("DAILY", "daily")
        if search and _full(self.settings.searches_per_second, self._second.used()):
            return _refused("SECONDLY", "secondly")
        if not search and _full(self.settings.per_ten_seconds, self._ten_seconds.used()):
            return _refused("TEN_SECONDLY_ROLLING", "ten_secondly_rolling")
        (self._second if search else self._ten_seconds).add()
        self._today += 1
        return None

    def headers(self, request: Request, *, oauth: bool) -> dict[str, str]:
        """What the answer says of the limits; nothing on search, no daily ones with OAuth."""
        if is_search(request):
            return {}
        headers: dict[str, str] = {}
        if (most := self.settings.per_ten_seconds) is not None:
            left = max(0, most - self._ten_seconds.used())
            headers |= {
                "X-HubSpot-RateLimit-Max": str(most),
                "X-HubSpot-RateLimit-Remaining": str(left),
                "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                "X-HubSpot-RateLimit-Secondly": str(most // 10),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(min(left, most // 10)),
            }
        if (daily := self.settings.per_day) is not None and not oauth:
            headers["X-HubSpot-RateLimit-Daily"] = str(daily)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, daily - self.used_today()))
        return headers


def is_search(request: Request) -> bool:
    return request.method == "POST" and request.path.rstrip("/").endswith("/search")


def _full(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit


def _refused(policy: str, word: str) -> Response:
    body = {
        "status": "error",
        "message": f"You have reached your {word} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid4()),
        "policyName": policy,
        "requestId": str(uuid4()),
    }
    if policy == "TEN_SECONDLY_ROLLING":
        body["groupName"] = _GROUP
    return Response(429, body)
