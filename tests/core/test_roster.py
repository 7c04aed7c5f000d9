"""Who is there: absences by the day of the calendar, members bound to the CRM's users, and what an address finds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from leadrelay.core.hours import ALWAYS, Calendar
from leadrelay.core.roster import Absence, Member, Roster, Team, bound

SYDNEY = Calendar("sydney", "Australia/Sydney", ALWAYS.week)
HOLIDAY = Absence(date(2026, 12, 20), date(2026, 12, 21))
ANN = Member("Ann@acme.example", languages=frozenset({"de"}), industries=frozenset({"banking"}), absences=(HOLIDAY,))
BOB = Member("bob@acme.example", calendar=SYDNEY, absences=(HOLIDAY,))
ROSTER = Roster({"north": Team("north", (ANN, BOB)), "south": Team("south", (BOB,))})


@dataclass(frozen=True)
class User:
    id: str
    email: str
    active: bool = True
    queue: bool = False


def test_an_absence_is_of_local_days():
    eve = datetime(2026, 12, 19, 20, tzinfo=UTC)  # the 20th in Sydney
    assert ANN.present(eve)
    assert not BOB.present(eve)
    assert BOB.present(datetime(2026, 12, 21, 20, tzinfo=UTC))
    assert not ANN.present(datetime(2026, 12, 21, 20, tzinfo=UTC))


def test_what_a_member_knows_is_asked_in_any_spelling():
    assert ANN.speaks(" DE ")
    assert ANN.knows("Banking")
    assert not ANN.knows("Insurance")


def test_further_absences_join_those_of_the_playbook():
    later = Absence(date(2027, 1, 1), date(2027, 1, 1))
    roster = ROSTER.with_absences({"ANN@acme.example": [later], "nobody@acme.example": [later]})
    assert roster.member("ann@acme.example").absences == (HOLIDAY, later)
    assert roster.teams["south"].members == (BOB,)
    assert ROSTER.member("ann@acme.example").absences == (HOLIDAY,)


def test_members_are_bound_by_address_and_an_active_user_comes_first():
    users = [User("1", "BOB@acme.example", active=False), User("2", "bob@acme.example"), User("3", "x@acme.example")]
    staff = bound(ROSTER, users)
    assert [(rep.owner, rep.team, rep.active) for rep in staff.reps()] == [("2", "north", True), ("2", "south", True)]
    assert staff.rep("2").member is BOB
    assert staff.calendar("2") is SYDNEY
    assert staff.calendar("3") is ALWAYS
    assert staff.owner("X@acme.example") == "3"
    assert staff.owner("ann@acme.example") == ""


def test_a_queue_and_a_user_without_an_address_are_nobody():
    staff = bound(ROSTER, [User("1", "bob@acme.example", queue=True), User("2", "")])
    assert list(staff.reps()) == []
    assert staff.owner("bob@acme.example") == staff.owner("") == ""


def test_who_left_the_company_is_never_present():
    staff = bound(ROSTER, [User("1", "bob@acme.example", active=False)])
    assert [rep.present(datetime(2026, 6, 1, tzinfo=UTC)) for rep in staff.teams["south"]] == [False]
    assert staff.owner("bob@acme.example") == ""
