"""Date literals such as LAST_N_DAYS:7 and THIS_MONTH as spans of days, in the org's time zone (UTC).

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_dateformats.htm
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

Step = Callable[[date, int], date]


@dataclass(frozen=True, slots=True)
class Macro:
    """From the first to the last unit, both counted from the current one: offset = factor * n + constant."""

    step: Step
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def counted(self) -> bool:
        """Whether it is written with `:n`."""
        return bool(self.first[0] or self.last[0])

    def span(self, count: int | None, today: date) -> tuple[date, date]:
        """The first day, and the day after the last."""
        first, last = (factor * (count or 0) + constant for factor, constant in (self.first, self.last))
        return self.step(today, first), self.step(today, last + 1)


def _day(today: date, offset: int) -> date:
    return today + timedelta(days=offset)


def _week(today: date, offset: int) -> date:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return sunday + timedelta(weeks=offset)


def _month(today: date, offset: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + offset, 12)
    return date(year, month + 1, 1)


def _quarter(today: date, offset: int) -> date:
    return _month(today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1), offset * 3)


def _year(today: date, offset: int) -> date:
    return date(today.year + offset, 1, 1)


def _all() -> Mapping[str, Macro]:
    units: dict[str, Step] = {"WEEK": _week, "MONTH": _month, "QUARTER": _quarter, "YEAR": _year}
    # The org's fiscal year is the calendar year.
    units |= {"FISCAL_QUARTER": _quarter, "FISCAL_YEAR": _year}
    found = {
        "YESTERDAY": Macro(_day, (0, -1), (0, -1)),
        "TODAY": Macro(_day, (0, 0), (0, 0)),
        "TOMORROW": Macro(_day, (0, 1), (0, 1)),
        "LAST_90_DAYS": Macro(_day, (0, -90), (0, 0)),
        "NEXT_90_DAYS": Macro(_day, (0, 1), (0, 90)),
        "LAST_N_DAYS": Macro(_day, (-1, 0), (0, 0)),
        "NEXT_N_DAYS": Macro(_day, (0, 1), (1, 0)),
        "N_DAYS_AGO": Macro(_day, (-1, 0), (-1, 0)),
    }
    for unit, step in units.items():
        for word, offset in (("LAST", -1), ("THIS", 0), ("NEXT", 1)):
            found[f"{word}_{unit}"] = Macro(step, (0, offset), (0, offset))
        found[f"LAST_N_{unit}S"] = Macro(step, (-1, 0), (0, -1))
        found[f"NEXT_N_{unit}S"] = Macro(step, (0, 1), (1, 0))
        found[f"N_{unit}S_AGO"] = Macro(step, (-1, 0), (-1, 0))
    return found


MACROS = _all()
