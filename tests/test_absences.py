"""Absences from files: CSV as spreadsheets write it, iCalendar with all that recurs, what is wrong with its line."""

from datetime import UTC, date, datetime

import pytest

from leadrelay.absences import present, read
from leadrelay.core.roster import Absence, Member, Roster, Team
from leadrelay.errors import ConfigError, Problem
from leadrelay.wiring import House

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN, BOB = "ann@acme.example", "bob@acme.example"
CSV = f"email,from,to\n{ANN},2026-12-20,2027-01-06\n{BOB},2026-12-24,2026-12-24\n"
AWAY = [(ANN, Absence(date(2026, 12, 20), date(2027, 1, 6))), (BOB, Absence(date(2026, 12, 24), date(2026, 12, 24)))]


def found(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read(path, name, "p.toml:3 teams.t", NOW))


def told(tmp_path, name, data):
    problems = found(tmp_path, name, data)
    assert all(isinstance(problem, Problem) for problem in problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "data",
    [
        CSV,
        CSV.replace("\n", "\r\n"),
        "\ufeff" + CSV,
        CSV.encode("utf-16"),
        CSV.replace(",", ";"),
        CSV.replace(",", "\t"),
        CSV.replace("email,from", "EMAIL , From"),
        CSV.replace("2026-12-20", "20.12.2026").replace("2027-01-06", "6.1.2027"),
        CSV.replace("\n", "\n\n,,\n"),
        CSV.replace(ANN, f'" {ANN} "'),
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path, data):
    assert found(tmp_path, "away.csv", data) == AWAY


def test_columns_may_stand_in_any_order_among_others(tmp_path):
    data = f"why,to,from,email\nrest,2027-01-06,2026-12-20,{ANN}\n"
    assert found(tmp_path, "away.csv", data) == AWAY[:1]


def test_bad_lines_are_told_by_their_number_and_without_a_person(tmp_path):
    lines = (
        "Ann,2026-12-20,2026-12-21",
        f"{ANN},soon,",
        f"{ANN},2026-12-22,2026-12-21",
        f"{ANN},2026-02-30,2026-03-01",
    )
    data = "\n".join(["email,from,to", *lines])
    problems = told(tmp_path, "away.csv", data)
    assert [problem.partition(". ")[0] for problem in problems] == [
        "away.csv:2: 'email' is no e-mail address",
        "away.csv:3: 'from' is no day",
        "away.csv:3: 'to' is no day",
        "away.csv:4: begins on 2026-12-22, after its end on 2026-12-21",
        "away.csv:5: 'from' is no day",
    ]
    assert not [problem for problem in problems if "ann" in problem.lower().replace("any", "")]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("away.csv", "", "away.csv:1: has no single column 'email'. Begin it with the line: email,from,to"),
        ("away.csv", "email,from\n", "away.csv:1: has no single column 'to'."),
        ("away.csv", "email,from,to,to\n", "away.csv:1: has no single column 'to'."),
        ("away.csv", "email,from,to\nJ\xfcrgen".encode("latin-1"), "away.csv: is not text in UTF-8."),
        ("away.csv", 'email,from,to\n"' + "x" * 140_000, "away.csv:2: is no line of a CSV file."),
        ("away.xlsx", "", "p.toml:3 teams.t: 'away.xlsx' is neither a .csv nor an .ics file."),
        ("away.ics", "BEGIN:VEVENT\nDTSTART:20260101T100000Z\nEND:VEVENT\n", "away.ics: is no iCalendar file."),
        ("away.ics", "hello", "away.ics: is no iCalendar file."),
        ("away.ics", b"\xff\xfe\x00", "away.ics: is no iCalendar file."),
    ],
)
def test_what_is_no_such_file_says_so(tmp_path, name, data, message):
    (problem,) = told(tmp_path, name, data)
    assert problem.startswith(message)


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path):
    (problem,) = read(tmp_path / "none.csv", "none.csv", "p.toml:3 teams.t", NOW)
    assert str(problem).startswith("p.toml:3 teams.t: 'none.csv' cannot be read: No such file or directory.")


# -- iCalendar ---------------------------------------------------------------------------------------------------------


def calendar(*events, head=""):
    body = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{body}END:VCALENDAR\n".replace("\n", "\r\n")


def days(tmp_path, *events, head=""):
    """Every absence of Ann, as text."""
    named = [event if "@" in event else f"{event}\nSUMMARY:{ANN}" for event in events]
    absences = found(tmp_path, "away.ics", calendar(*named, head=head))
    assert {email for email, _ in absences} <= {ANN}
    return [f"{absence.first}/{absence.last}" for _, absence in absences]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261220\nDTEND;VALUE=DATE:20261223", ["2026-12-20/2026-12-22"]),
        ("DTSTART;VALUE=DATE:20261220", ["2026-12-20/2026-12-20"]),
        ("DTSTART;VALUE=DATE:20261220\nDURATION:P2D", ["2026-12-20/2026-12-21"]),
        (
            "DTSTART;TZID=Europe/Berlin:20261220T090000\nDTEND;TZID=Europe/Berlin:20261220T170000",
            ["2026-12-20/2026-12-20"],
        ),
        ("DTSTART:20261220T120000Z\nDTEND:20261222T030000Z", ["2026-12-20/2026-12-21"]),  # the last day is short
        ("DTSTART:20261220T090000\nDTEND:20261220T110000", []),  # an appointment
        ("DTSTART;VALUE=DATE:20261220\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20261130\nRRULE:FREQ=WEEKLY;COUNT=2", ["2026-11-30/2026-11-30", "2026-12-07/2026-12-07"]),
        (
            "DTSTART;VALUE=DATE:20261130\nRRULE:FREQ=WEEKLY;UNTIL=20261214\nEXDATE;VALUE=DATE:20261207",
            ["2026-11-30/2026-11-30", "2026-12-14/2026-12-14"],
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20261204T090000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;UNTIL=20261211T080000Z",
            ["2026-12-04/2026-12-04", "2026-12-11/2026-12-11"],
        ),
        ("DTSTART;VALUE=DATE:20261201\nRDATE;VALUE=DATE:20261203", ["2026-12-01/2026-12-01", "2026-12-03/2026-12-03"]),
        ("DTSTART;VALUE=DATE:20100101\nRRULE:FREQ=YEARLY", ["2027-01-01/2027-01-01", "2028-01-01/2028-01-01"]),
        (
            "DTSTART;VALUE=DATE:20261020\nDTEND;VALUE=DATE:20270101\nRRULE:FREQ=YEARLY;COUNT=1",
            ["2026-10-20/2026-12-31"],
        ),
    ],
)
def test_when_an_event_is(tmp_path, event, expected):
    assert days(tmp_path, event) == expected


def test_moments_in_utc_are_meant_in_the_zone_of_the_calendar(tmp_path):
    event = "DTSTART:20261220T080000Z\nDTEND:20261221T080000Z"
    assert days(tmp_path, event) == ["2026-12-20/2026-12-21"]
    assert days(tmp_path, event, head="X-WR-TIMEZONE:America/Los_Angeles\n") == ["2026-12-20/2026-12-20"]
    assert days(tmp_path, event, head="X-WR-TIMEZONE:Nowhere\n") == ["2026-12-20/2026-12-21"]


def test_a_time_that_was_moved_or_called_off_is_not_there_twice(tmp_path):
    rule = "DTSTART;VALUE=DATE:20261130\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "RECURRENCE-ID;VALUE=DATE:20261207\nDTSTART;VALUE=DATE:20261209"
    off = "RECURRENCE-ID;VALUE=DATE:20261214\nDTSTART;VALUE=DATE:20261214\nSTATUS:CANCELLED"
    text = calendar(*(f"{event}\nSUMMARY:{ANN}" for event in (rule, moved, off)))
    absences = found(tmp_path, "away.ics", text.replace("UID:1", "UID:0").replace("UID:2", "UID:0"))
    assert [str(absence.first) for _, absence in absences] == ["2026-11-30", "2026-12-09"]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (f"SUMMARY:Away: {ANN.title()}", [ANN]),
        (f"SUMMARY:Away ({ANN})\nATTENDEE:mailto:{BOB}", [ANN]),
        (f"SUMMARY:Away\nATTENDEE:MAILTO:{ANN}\nATTENDEE:mailto:{BOB}\nORGANIZER:mailto:hr@acme.example", [ANN, BOB]),
        (f"ATTENDEE;PARTSTAT=DECLINED:mailto:{BOB}\nATTENDEE:mailto:{ANN}", [ANN]),
        (f"SUMMARY:Away\nORGANIZER;CN=Ann:mailto:{ANN}", [ANN]),
    ],
)
def test_whom_an_event_is_about(tmp_path, who, expected):
    absences = found(tmp_path, "away.ics", calendar(f"DTSTART;VALUE=DATE:20261220\n{who}"))
    assert [email for email, _ in absences] == expected


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("DTSTART;VALUE=DATE:20261220\nSUMMARY:Ann is away", "does not say by e-mail address who is away."),
        ("SUMMARY:x", "has dates, or a rule of recurrence, that cannot be understood."),
        ("DTSTART:soon", "has dates, or a rule"),
        ("DTSTART;VALUE=DATE:20261220\nDTEND:20261221T100000Z", "has dates, or a rule"),
        ("DTSTART;VALUE=DATE:20261220\nDTEND;VALUE=DATE:20261218", "ends before it begins."),
        ("DTSTART;VALUE=DATE:20261220\nRRULE:FREQ=SOMETIMES", "has dates, or a rule"),
        ("DTSTART:20261220T100000Z\nRRULE:FREQ=SECONDLY", "recurs more often than once a day"),
        ("DTSTART;VALUE=DATE:20261220\nRRULE:FREQ=DAILY;INTERVAL=0", "recurs at an interval that is not followed."),
        (
            "DTSTART;VALUE=DATE:20261220\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261220",
            "changes all later times",
        ),
    ],
)
def test_an_event_that_cannot_be_followed_is_told_by_its_line(tmp_path, event, message):
    (problem,) = told(
        tmp_path, "away.ics", calendar(f"DTSTART;VALUE=DATE:20261220\nSUMMARY:{ANN}\nSTATUS:CANCELLED", event)
    )
    assert problem.startswith(f"away.ics:10: the event {message}")
    assert "Ann" not in problem


# -- the roster --------------------------------------------------------------------------------------------------------


def test_the_roster_knows_who_is_away(tmp_path):
    (tmp_path / "away.csv").write_text(CSV)
    (tmp_path / "more.ics").write_text(calendar(f"DTSTART;VALUE=DATE:20261201\nSUMMARY:{ANN}"))
    roster = Roster(
        {
            "one": Team("one", (Member("Ann@acme.example"),), absences="away.csv"),
            "two": Team("two", (Member(BOB), Member(ANN)), absences="more.ics"),
            "none": Team("none", ()),
        }
    )
    now = present(roster, tmp_path, NOW)
    assert [len(member.absences) for _, member in now.members()] == [2, 1, 2]
    assert not now.teams["two"].members[0].present(datetime(2026, 12, 24, 9, tzinfo=UTC))
    assert present(now, tmp_path, NOW).teams.keys() == roster.teams.keys()


def test_every_problem_of_every_file_is_told_at_once(tmp_path):
    (tmp_path / "away.csv").write_text("email,from,to\nx,2026-01-01,2026-01-01\n")
    teams = {name: Team(name, (), absences=name, place=f"p.toml {name}") for name in ("away.csv", "none.ics", "x.txt")}
    with pytest.raises(ConfigError) as caught:
        present(Roster(teams), tmp_path, NOW)
    assert [problem.place for problem in caught.value.problems] == ["away.csv:2", "p.toml none.ics", "p.toml x.txt"]


CONFIG = """
[state]
url = "sqlite:///here.db"
[connections.acme]
kind = "hubspot"
access_token = { env = "TOKEN" }
[jobs.inbound]
connection = "acme"
mapping = "hubspot-contact"
playbook = "books/playbook.toml"
"""
PLAYBOOK = f"""name = "p"
[qualification]
when = "true"
[[stages]]
name = "raw"
side = "lead-generation"
[teams.t]
absences = "away.csv"
members = [{{ email = "{ANN}" }}]
"""


def test_a_job_starts_with_who_is_away(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "playbook.toml").write_text(PLAYBOOK)
    away = tmp_path / "books" / "away.csv"
    house = House.open(tmp_path / "config.toml", {})
    with pytest.raises(ConfigError, match=r"'away.csv' cannot be read"):
        house.playbook("inbound")
    away.write_text(CSV)
    playbook = house.playbook("inbound")
    assert len(playbook.roster.member(ANN).absences) == 1
    away.write_text(CSV + f"{ANN},2027-05-01,2027-05-02\n")
    later = house.playbook("inbound")
    assert len(later.roster.member(ANN).absences) == 2
    assert later.fingerprint == playbook.fingerprint  # else every lead would be read again
