"""Business hours against a slow judge that looks at every minute: `python bench/hours.py [cases] [seed]`.

The judge knows zoneinfo, holidays and the clock on the wall, and nothing of leadrelay.core.hours but its answers.
Then how long the calendar takes for a report's questions.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

from holidays import country_holidays

from leadrelay.core.hours import Calendar

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # changed its clocks at midnight until 2019: some days begin at 01:00
    "America/St_Johns",  # at 00:01 until 2011
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Africa/Casablanca",  # back for Ramadan
    "Pacific/Apia",  # without 2011-12-30
    "Pacific/Auckland",
    "UTC",
)
HOLIDAYS = ("", "DE-BE", "US-CA", "GB", "BR", "AU", "JP", "FR")
STRETCHES = (
    ((540, 750), (810, 1050)),
    ((540, 1020),),
    ((0, 1440),),
    ((90, 150),),  # in the hour that changes
    ((0, 60), (1380, 1440)),
    ((150, 181), (183, 210)),
    (),
)
CHANGES = tuple(
    datetime(year, month, day, tzinfo=UTC)
    for year, month, day in (
        (2011, 12, 30), (2018, 11, 4), (2019, 2, 17), (2024, 3, 31), (2024, 10, 27), (2025, 3, 9), (2025, 11, 2),
        (2026, 4, 5), (2026, 10, 4), (2026, 3, 22), (2024, 2, 29), (2026, 1, 1), (2011, 3, 13),
    )
)  # fmt: skip


@cache
def days_off(name: str, year: int) -> frozenset[date]:
    country, _, part = name.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year)) if name else frozenset()


class Judge:
    """Looks at one minute after the other."""

    def __init__(self, calendar: Calendar) -> None:
        self.zone, self.calendar = ZoneInfo(calendar.zone), calendar

    def open(self, minute: datetime) -> bool:
        wall = minute.astimezone(self.zone)
        if wall.date() in self.calendar.closed or wall.date() in days_off(self.calendar.holidays, wall.year):
            return False
        at = wall.hour * 60 + wall.minute
        hours = self.calendar.week[wall.weekday()]
        return any(minutes(start) <= at < (minutes(end) or 1440) for start, end in hours)

    def worked(self, start: datetime, end: datetime) -> int:
        return sum(self.open(start + count * MINUTE) for count in range((end - start) // MINUTE))

    def after(self, start: datetime, minutes_open: int) -> datetime:
        at = start
        while minutes_open:
            minutes_open -= self.open(at)
            at += MINUTE
        return at

    def before(self, end: datetime, minutes_open: int) -> datetime:
        at = end
        while minutes_open:
            at -= MINUTE
            minutes_open -= self.open(at)
        return at

    def opens(self, at: datetime) -> datetime:
        while not self.open(at):
            at += MINUTE
        return at

    def days_after(self, start: datetime, days: int) -> datetime:
        """The first open minute at or after that time of day, on the day before which `days` - 1 open ones begin."""
        wall = start.astimezone(self.zone)
        day = wall.date()
        while days:
            day += timedelta(days=1)
            minutes_open = self.minutes_open(day)
            days -= bool(minutes_open)
        moved = datetime.combine(day, wall.time(), self.zone).astimezone(UTC)
        later = [minute for minute in minutes_open if minute + MINUTE > moved]
        return max(moved, later[0]) if later else minutes_open[-1] + MINUTE

    def minutes_open(self, day: date) -> list[datetime]:
        around = datetime.combine(day, time(), UTC) - timedelta(hours=16)
        near = (around + count * MINUTE for count in range(56 * 60))
        return [minute for minute in near if minute.astimezone(self.zone).date() == day and self.open(minute)]

    def open_days(self, start: datetime, end: datetime) -> int:
        """Local days after that of `start` up to that of `end` with an open minute."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        at, found = start - timedelta(days=1), set()
        while at < end + timedelta(days=2):
            day = at.astimezone(self.zone).date()
            if first < day <= last and self.open(at):
                found.add(day)
            at += MINUTE
        return len(found)


def minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def calendar_of(draw: Random) -> Calendar:
    def day() -> tuple[tuple[time, time], ...]:
        chosen = draw.choice(STRETCHES)
        return tuple((time(a // 60, a % 60), time(b // 60 % 24, b % 60)) for a, b in chosen)

    week = tuple(day() for _ in range(7))
    if not all(week[:3]):
        week = (((time(9), time(17)),),) * 3 + week[3:]
    closed = frozenset(
        draw.choice(CHANGES).date() + timedelta(days=draw.randint(-3, 3)) for _ in range(draw.randint(0, 3))
    )
    return Calendar("c", draw.choice(ZONES), week, closed, draw.choice(HOLIDAYS))


def case(seed: int, number: int) -> str:
    """One question put to both; what differs, or nothing."""
    draw = Random(f"{seed} {number}")
    calendar = calendar_of(draw)
    judge = Judge(calendar)
    near = (
        draw.choice(CHANGES)
        if draw.random() < 0.7
        else datetime(draw.randint(2009, 2036), draw.randint(1, 12), 9, tzinfo=UTC)
    )
    start = near + timedelta(minutes=draw.randint(-4 * 1440, 1440))
    end = start + timedelta(minutes=draw.randint(0, 6 * 1440))
    step = draw.choice((1, 15, 60, draw.randint(1, 1200)))
    questions: dict[str, Callable[[], tuple[object, object]]] = {
        "is_open": lambda: (calendar.is_open(start), judge.open(start)),
        "worked": lambda: (calendar.worked(start, end) // MINUTE, judge.worked(start, end)),
        "after": lambda: (calendar.after(start, step * MINUTE), judge.after(start, step)),
        "before": lambda: (calendar.before(start, step * MINUTE), judge.before(start, step)),
        "opens": lambda: (calendar.opens(start), judge.opens(start)),
        "open_days": lambda: (calendar.open_days(start, end), judge.open_days(start, end)),
        "days_after": lambda: (calendar.days_after(start, 1 + step % 3), judge.days_after(start, 1 + step % 3)),
    }
    kind = list(questions)[number % len(questions)]
    ours, theirs = questions[kind]()
    return (
        "" if ours == theirs else f"{kind} of case {number}: {ours}, and not {theirs}: {calendar} {start} {end} {step}"
    )


def agreement(cases: int, seed: int) -> list[str]:
    with ProcessPoolExecutor() as pool:
        return [told for told in pool.map(partial(case, seed), range(cases), chunksize=100) if told]


def questions_of_a_report(leads: int) -> None:
    """As many leads, over five years: response time, due time, ageing; then how long a new calendar takes."""
    nine_to_five = (((time(9), time(12, 30)), (time(13, 30), time(17, 30))),) * 5 + ((), ())
    calendar = Calendar("berlin", "Europe/Berlin", nine_to_five, frozenset(), "DE-BE")
    draw, since = Random(1), datetime(2022, 1, 1, tzinfo=UTC)
    pairs = [
        (at := since + timedelta(minutes=draw.randint(0, 5 * 525_600)), at + timedelta(minutes=draw.randint(1, 90_000)))
        for _ in range(leads)
    ]
    told: dict[str, Callable[[], object]] = {
        "worked": lambda: [calendar.worked(start, end) for start, end in pairs],
        "after": lambda: [calendar.after(start, timedelta(hours=4)) for start, _ in pairs],
        "open_days": lambda: [calendar.open_days(start, end) for start, end in pairs],
        "is_open": lambda: [calendar.is_open(start) for start, _ in pairs],
        "days_after": lambda: [calendar.days_after(start, 2) for start, _ in pairs],
    }
    began = perf_counter()
    calendar.worked(pairs[0][0], pairs[0][1])
    print(f"the first question of a calendar: {(perf_counter() - began) * 1e3:.1f} ms")
    for name, ask in told.items():
        began = perf_counter()
        ask()
        took = perf_counter() - began
        print(f"{name}: {leads:,} leads in {took:.2f} s, {took / leads * 1e6:.1f} µs each")


def main() -> None:
    cases, seed = (int(given) for given in (*sys.argv[1:], *("10000", "5")[len(sys.argv) - 1 :]))
    began = perf_counter()
    wrong = agreement(cases, seed)
    print(
        f"{cases - len(wrong):,} of {cases:,} cases agree with the minute-by-minute judge,"
        f" in {perf_counter() - began:.0f} s"
    )
    for told, count in Counter(told.split(" ")[0] for told in wrong).items():
        print(f"  {told}: {count}")
    print("\n".join(wrong[:5]), end="\n" if wrong else "")
    questions_of_a_report(200_000)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
