"""What `status` tells of first responses and of leads that are in their stage for too long."""

from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from leadrelay import screens
from leadrelay.config import Job as Settings
from leadrelay.core.playbook.loading import load
from leadrelay.jobs.overview import overview
from tests.jobs.conftest import PLAYBOOK

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFFICE = """
[calendars.office]
zone = "UTC"
hours = ["mon-fri 09:00-17:00"]
[teams.inbound]
calendar = "office"
[[teams.inbound.members]]
email = "ana@acme.example"
[assignment]
fallback = "ana@acme.example"
[[assignment.rules]]
name = "all"
team = "inbound"
"""
CARE = """
[handoff]
when = "qualified"
[sla]
first_response = "4 hours"
[[sla.steps]]
after = "4 hours"
do = "remind"
[ageing]
sal = 1
name = 30
"""


def status(bench, now, extra):
    playbook = load(PLAYBOOK + extra, "playbook.toml") if extra is not None else None
    settings = Settings(connection="crm", mapping="m", playbook="p")
    (row,) = overview({"job": settings}, bench.store, now, {"job": playbook}.get)
    return row


def shown(row):
    console = Console(width=80, file=StringIO())
    for part in screens.status([row]):
        console.print(part)
    return console.file.getvalue()


def begun(bench):
    """Two leads, one of them Ana's since Friday noon."""
    bench.clock.moment = FRIDAY - timedelta(minutes=1)
    bench.playbook += OFFICE + CARE
    bench.mapping += '[task]\nkey = "key"\nowner = "Owner"\n'
    bench.add(1, Budget=50_000)
    bench.add(1)
    bench.run()


def test_days_and_hours_are_those_of_the_team(bench):
    begun(bench)
    monday = status(bench, FRIDAY + timedelta(days=3), OFFICE + CARE)
    assert (monday.overdue, monday.promised.open, monday.promised.late) == ({"sal": 0, "name": 0}, 1, 1)
    tuesday = status(bench, FRIDAY + timedelta(days=4), OFFICE + CARE)
    assert (tuesday.overdue, tuesday.promised.waiting) == ({"sal": 1, "name": 0}, 1)
    told = shown(tuesday)
    assert "job  first responses: 1 open, 1 late; 1 for the next run\n" in told
    assert "job  in their stage for too long: sal 1\n" in told
    assert all(len(line) <= 80 for line in told.splitlines())


def test_before_anything_is_late(bench):
    begun(bench)
    told = shown(status(bench, FRIDAY + timedelta(hours=1), OFFICE + CARE))
    assert "first responses: 1 open, none late, next due in 3 h\n" in told
    assert "in their stage for too long: none\n" in told


def test_a_playbook_without_promises_or_that_cannot_be_read_tells_nothing(bench):
    begun(bench)
    for extra in ("", None):
        row = status(bench, FRIDAY + timedelta(days=9), extra)
        assert (row.overdue, row.promised) == (None, None)
        assert "first" not in shown(row)
        assert "too long" not in shown(row)
