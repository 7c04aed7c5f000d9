"""Who is away when, from the files that the teams of a playbook name: CSV (email, from, to) or iCalendar.

Problems name the file and the line, never a person.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from leadrelay.core.roster import EMAIL, Absence, Roster
from leadrelay.errors import ConfigError, Problem

__all__ = ["Found", "present", "read"]

Found = Iterator[tuple[str, Absence] | Problem]
"""Somebody's address with an absence, or what is wrong with a line."""

MOST_BYTES = 20_000_000

_COLUMNS = ("email", "from", "to")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_HEAD = "Begin it with the line: email,from,to"
_DAY = "Write days as 2026-12-24 or 24.12.2026."


def present(roster: Roster, folder: Path, now: datetime) -> Roster:
    """The roster with the absences of its teams' files; raises `ConfigError` with every problem.

    `folder`: of the playbook's file, at which the paths begin. `now`: recurring absences are followed from there.
    """
    absences: dict[str, list[Absence]] = defaultdict(list)
    problems: list[Problem] = []
    for name, place in {team.absences: team.place for team in roster.teams.values() if team.absences}.items():
        for found in read(folder / name, name, place, now):
            if isinstance(found, Problem):
                problems.append(found)
            else:
                absences[found[0].lower()].append(found[1])
    if problems:
        raise ConfigError(problems)
    return roster.with_absences(absences) if absences else roster


def read(path: Path, name: str, place: str, now: datetime) -> Found:
    """Every absence of a file. `name`: as the playbook has it; `place`: where it does."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        yield Problem(place, f"'{name}' is neither a .csv nor an .ics file.", "Export the absences as one of them.")
        return
    try:
        data = _bytes(path)
    except OSError as error:
        cure = "Mend 'absences' of the team; the path starts at the playbook's folder."
        yield Problem(place, f"'{name}' cannot be read: {error.strerror or type(error).__name__}.", cure)
        return
    if len(data) > MOST_BYTES:
        yield Problem(name, f"holds more than {MOST_BYTES:,} bytes.", "Leave out what is long past.")
        return
    yield from reader(data, name, now)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _ical(data: bytes, name: str, now: datetime) -> Found:
    from leadrelay.absences_ical import events

    return events(data, name, now)


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _csv(data: bytes, name: str, _now: datetime) -> Found:
    text = _text(data)
    if text is None:
        yield Problem(name, "is not text in UTF-8.", "Save it as 'CSV UTF-8'.")
        return
    lines = text.splitlines(keepends=True)
    rows = csv.reader(lines, delimiter=_delimiter(lines[0] if lines else ""))
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        missing = [column for column in _COLUMNS if header.count(column) != 1]
        if missing:
            yield Problem(f"{name}:1", f"has no single column '{missing[0]}'.", _HEAD)
            return
        places = [header.index(column) for column in _COLUMNS]
        for row in rows:
            if any(cell.strip() for cell in row):
                yield from _row([row[at].strip() if at < len(row) else "" for at in places], f"{name}:{rows.line_num}")
    except csv.Error:
        yield Problem(f"{name}:{rows.line_num}", "is no line of a CSV file.", "Look for a quote that is not closed.")


def _text(data: bytes) -> str | None:
    """Its text: UTF-8 with or without a mark, or UTF-16 with one, as spreadsheets write it."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _row(cells: Sequence[str], place: str) -> Found:
    email, days = cells[0], [_day(cell) for cell in cells[1:]]
    if not EMAIL.fullmatch(email):
        yield Problem(place, "'email' is no e-mail address.", "Write that of a member of the team.")
    wrong = [column for column, day in zip(_COLUMNS[1:], days, strict=True) if day is None]
    yield from (Problem(place, f"'{column}' is no day.", _DAY) for column in wrong)
    first, last = days
    if first and last and first > last:
        yield Problem(place, f"begins on {first}, after its end on {last}.", "Exchange the two days.")
    elif first and last and EMAIL.fullmatch(email):
        yield email, Absence(first, last)


def _day(text: str) -> date | None:
    numbers = _ISO.fullmatch(text)
    dotted = _DOTTED.fullmatch(text)
    parts = numbers.groups() if numbers else dotted.groups()[::-1] if dotted else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


_READERS: dict[str, Callable[[bytes, str, datetime], Found]] = {".csv": _csv, ".ics": _ical}
