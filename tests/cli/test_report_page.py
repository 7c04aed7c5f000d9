"""The page and the words of a report: names of others are only text, and lengths of time are told as people do."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from leadrelay import report_html, screens_report
from leadrelay.core.report.facts import frame
from leadrelay.core.report.fairness import Received
from leadrelay.core.report.report import Basis, Period, report
from leadrelay.core.trial.measures import Share
from leadrelay.report_words import brief, exact, goal, time, waits

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HEAD = {"job": "inbound", "notes": ["No <b>field</b>"]}


@pytest.fixture(scope="module")
def found():
    rows = [
        {
            "lead": f"L{number}",
            "number": 1,
            "last": True,
            "source": "[red]inbound[/]",
            "owner": "U1" if number % 2 else None,
            "created_at": NOW - number * DAY,
            "assigned_at": NOW - number * DAY,
            "responded_at": NOW - number * DAY + HOUR if number % 3 else None,
            "handed_at": NOW - number * DAY,
            "verdict": ("accepted", "rejected", None)[number % 3],
            "verdict_reason": "<i>no</i>",
            "stage": "sal",
            "stage_since": NOW - number * DAY,
        }
        for number in range(1, 60)
    ]
    basis = Basis(limits={"sal": 3}, received=[Received("<east>", "U1", 1.5, 2, load=3, capacity=3, known=False)])
    return report(frame(rows), Period(NOW - 70 * DAY, NOW, NOW), basis)


def test_what_others_wrote_is_text_on_the_page(found):
    page = report_html.page(found, HEAD, {"U1": "<script>alert(1)</script>"})
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>field" not in page
    assert "<i>no" not in page
    assert "&lt;east&gt;" in page
    for part in ("Goals", "Week by week", "By source", "By rep", "Who got what", "How long leads lie"):
        assert f"<h2>{part}</h2>" in page
    assert "<h2>By team</h2>" not in page  # nobody is in a team
    assert page.count("<svg") == page.count('role="img"') == 5


def test_what_others_wrote_is_text_on_the_screen(found):
    console = Console(width=80, record=True, file=StringIO())
    for part in screens_report.report(found, HEAD, {"U1": "[bold]Ann[/]"}, None):
        console.print(part, soft_wrap=isinstance(part, str))
    told = console.export_text()
    assert "[red]inbound[/]" in told
    assert "[bold]Ann[/]" in told
    assert "…" not in told


def test_lengths_of_time():
    told = {12 * HOUR / 60: "12 min", HOUR: "1 h", 2.25 * HOUR: "2.2 h", 400 * HOUR: "400 h", None: "—"}
    assert {length: time(length) for length in told} == told
    assert goal("response", 4 * HOUR) == "answered in time, 4 h"


def test_shares_carry_their_marks():
    assert brief(Share(0, 0)) == "—"
    assert brief(Share(3, 10)) == "~30%"
    assert brief(Share(30, 100), young=True) == "30%*"
    assert exact(Share(1801, 2000)) == "90.0%"


def test_nine_tenths_that_are_not_reached_are_no_dash(found):
    assert waits(found).startswith("median 1 h, fewer than 90 % answered yet")


def test_a_report_of_nothing_has_a_page_too():
    nothing = report(frame([]), Period(NOW - 70 * DAY, NOW, NOW), Basis())
    assert "Not one lead" in report_html.page(nothing, HEAD, {})
