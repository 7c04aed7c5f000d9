"""`[calendars.*]` and `[teams.*]`: read as values, and every problem at once with its line and the way out."""

from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from leadrelay.core.hours import ALWAYS
from leadrelay.core.playbook.loading import load
from leadrelay.core.roster import Absence
from leadrelay.errors import ConfigError

HEAD = """name = "p"
[qualification]
when = "true"
[[stages]]
name = "raw"
side = "lead-generation"
"""

ROSTER = """
[calendars.berlin]
zone = "Europe/Berlin"
hours = ["mon-thu 9:00-12:30 13:30-17:30", "fri,sat 09:00-15:00", "Sun 22:00-24:00"]
holidays = "DE-BE"
closed = [2026-12-24, 2026-12-31]
[calendars.late]
zone = "America/New_York"
hours = "mon-fri 12:00-20:00"

[teams.enterprise]
calendar = "berlin"
manager = "vera@acme.example"
absences = "absences.csv"
[[teams.enterprise.members]]
email = "ann@acme.example"
weight = 2
capacity = 40
languages = ["de", "EN"]
industries = ["Banking"]
absent = [{ from = 2026-12-20, to = 2027-01-06 }]
[[teams.enterprise.members]]
email = "bob@acme.example"
calendar = "late"
[teams.rest]
members = [{ email = "ann@acme.example" }]
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        load(HEAD + text, "p.toml")
    return [str(problem) for problem in caught.value.problems]


def test_a_roster_is_read():
    roster = load(HEAD + ROSTER, "p.toml").roster
    berlin, late = roster.calendars["berlin"], roster.calendars["late"]
    assert berlin.week[0] == ((time(9), time(12, 30)), (time(13, 30), time(17, 30)))
    assert berlin.week[4] == berlin.week[5] == ((time(9), time(15)),)
    assert berlin.week[6] == ((time(22), time(0)),)
    assert berlin.closed == {date(2026, 12, 24), date(2026, 12, 31)}
    assert berlin.is_open(datetime(2026, 11, 22, 23, 59, tzinfo=ZoneInfo("Europe/Berlin")))
    team = roster.teams["enterprise"]
    ann, bob = team.members
    assert (team.manager, team.absences, team.calendar) == ("vera@acme.example", "absences.csv", berlin)
    assert (ann.weight, ann.capacity, ann.languages, ann.industries) == (2, 40, {"de", "en"}, {"banking"})
    assert ann.absences == (Absence(date(2026, 12, 20), date(2027, 1, 6)),)
    assert (ann.calendar, bob.calendar, bob.weight, bob.capacity) == (berlin, late, 1, None)
    assert roster.teams["rest"].members[0].calendar is ALWAYS
    assert ann.place == "p.toml:22 teams.enterprise.members[0].email"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[calendars.c]", ["p.toml:7 calendars.c: lacks 'zone'.", "lacks 'hours'."]),
        ("[calendars.c]\nzone = 'Europe/Belrin'\nhours = 'mon 9:00-10:00'", ["unknown time zone", "'Europe/Berlin'"]),
        ("[calendars.c]\nzone = 'Europe'\nhours = 'mon 9:00-10:00'", ["unknown time zone 'Europe'."]),
        ("[calendars.c]\nzone = '../etc'\nhours = 'mon 9:00-10:00'", ["unknown time zone '../etc'."]),
        ("[calendars.c]\nzone = 'UTC'\nhours = []", ["would never open"]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon'", ["'mon' names no hours."]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mnn 9:00-10:00'", ["'mnn' is no day of the week.", "'mon'"]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'fri-mon 9:00-10:00'", ["runs backwards. Write 'fri-sun,mon-mon'."]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon 22:00-06:00'", ["'22:00-06:00' runs backwards.", "over midnight"]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-9:00'", ["'9:00-9:00' runs backwards."]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon 9-17'", ["'9-17' are no hours."]),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-24:30'", ["'9:00-24:30' are no hours."]),
        (
            "[calendars.c]\nzone = 'UTC'\nhours = ['mon-fri 9:00-12:00', 'wed 11:00-13:00']",
            ["p.toml:9 calendars.c.hours: wed 09:00-12:00 and 11:00-13:00 overlap."],
        ),
        (
            "[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-10:00'\nholidays = 'DE-BX'",
            ["no holidays are known of 'BX' in 'DE'.", "Known: BB, BE"],
        ),
        (
            "[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-10:00'\nholidays = 'Germany'",
            ["no holidays are known of country 'Germany'.", "its ISO 3166 code"],
        ),
        ("[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-10:00'\nclosed = ['2026-12-24']", ["without quotes"]),
        ("[teams.t]", ["p.toml:7 teams.t: has no members. Add one: [[teams.t.members]]"]),
        ("[[teams.t.members]]\nweight = 1", ["p.toml:7 teams.t.members[0]: lacks 'email'."]),
        ("[[teams.t.members]]\nemail = 'Ann'", ["teams.t.members[0].email: is no e-mail address."]),
        (
            "[[teams.t.members]]\nemail = 'a@x.example'\n[[teams.t.members]]\nemail = 'A@x.example'",
            ["p.toml:10 teams.t.members[1].email: stands in this team already."],
        ),
        ("[[teams.t.members]]\nemail = 'a@x.example'\nweight = 0", ["weight: must be more than 0"]),
        ("[[teams.t.members]]\nemail = 'a@x.example'\nweight = nan", ["weight: must be more than 0"]),
        ("[[teams.t.members]]\nemail = 'a@x.example'\ncapacity = -1", ["capacity: must not be less than 0."]),
        ("[[teams.t.members]]\nemail = 'a@x.example'\ncalendar = 'c'", ["no calendar 'c'.", "[calendars.c]"]),
        ("[teams.t]\nmanager = 'vera'\n[[teams.t.members]]\nemail = 'a@x.example'", ["manager: is no e-mail address."]),
        ("[teams.handoff]\nmembers = [{ email = 'a@x.example' }]", ["is the team of the owners in [handoff]"]),
        (
            "[[teams.t.members]]\nemail = 'a@x.example'\nabsent = [{ from = 2026-02-02, to = 2026-02-01 }]",
            ["members[0].absent[0].from: 2026-02-02 comes after 2026-02-01."],
        ),
        (
            "[[teams.t.members]]\nemail = 'a@x.example'\nabsent = [{ from = 2026-02-02T10:00:00Z, to = 'x' }]",
            ["absent[0].from: is no day.", "absent[0].to: is no day."],
        ),
        ("[[teams.t.members]]\nemail = 'a@x.example'\nwieght = 2", ["unknown key 'wieght'. Did you mean 'weight'?"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, told):
    found = "\n".join(problems(text))
    assert not [part for part in told if part not in found], found


def test_everything_is_told_at_once_and_nothing_follows_from_it():
    found = problems(
        "[calendars.c]\nzone = 'UTX'\nhours = 'mon 10:00-9:00'\n[teams.t]\n[teams.u]\ncalendar = 'c'\n"
        "members = [{ email = 'a@x.example', weight = -1 }, { email = 'a@x.example', calendar = 'd' }]"
    )
    assert [problem.split(": ")[0].split()[1] for problem in found] == [
        "calendars.c.zone",
        "calendars.c.hours",
        "teams.t",
        "teams.u.members[0].weight",
        "teams.u.members[1].email",
        "teams.u.members[1].calendar",
    ]
    assert not [problem for problem in found if "a@x" in problem]


def test_who_works_when_does_not_change_what_is_decided():
    book = load(HEAD + ROSTER, "p.toml")
    others = [ROSTER.replace("weight = 2", "weight = 3"), ROSTER.replace("2027-01-06", "2027-01-07")]
    others += [ROSTER.replace("bob@", "carl@"), ROSTER.replace("9:00-12:30", "8:00-12:30")]
    assert {load(HEAD + other, "p.toml").fingerprint for other in others} == {book.fingerprint}
    assert load(HEAD + ROSTER.replace("teams.rest", "teams.others"), "p.toml").fingerprint != book.fingerprint


JUNK = ["5", "true", "'x'", "''", "[]", "[5]", "['x']", "[[]]", "{}", "{ x = 5 }", "[{}]", "2026-01-01", "inf"]


@pytest.mark.parametrize(
    "line",
    [
        "calendars = ~",
        "teams = ~",
        "[calendars]\nc = ~",
        *(f"[calendars.c]\nzone = 'UTC'\nhours = 'mon 9:00-10:00'\n{key} = ~" for key in ("holidays", "closed")),
        "[calendars.c]\nzone = ~\nhours = 'mon 9:00-10:00'",
        "[calendars.c]\nzone = 'UTC'\nhours = ~",
        "[teams]\nt = ~",
        *(f"[teams.t]\n{key} = ~" for key in ("calendar", "manager", "absences", "members")),
        *(
            f"[[teams.t.members]]\n{key} = ~"
            for key in ("email", "weight", "capacity", "languages", "industries", "calendar", "absent")
        ),
        "[[teams.t.members]]\nemail = 'a@x.example'\nabsent = [{ from = ~, to = 2026-01-01 }]",
        "[sales]\naccepted = ~",
        "sales = ~",
    ],
)
def test_whatever_is_written_ends_in_words(line):
    before, _, after = HEAD.partition("[qualification]")
    for junk in JUNK:
        top = line.replace("~", junk) + "\n"
        with suppress(ConfigError):
            load(HEAD + top if line.startswith("[") else f"{before}{top}[qualification]{after}", "p.toml")
