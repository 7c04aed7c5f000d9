"""What a run and `providers` show of those who did nothing, and of who failed."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from leadrelay import screens, screens_providers
from leadrelay.jobs.enriching.standing import ProviderStatus
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.jobs.summary import Summary
from leadrelay.state.budgets import Caps, Spending
from leadrelay.state.lookups import Standing

AT = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)


def shown(screen):
    console = Console(width=80, record=True, file=StringIO())
    console.print(*screen, sep="\n")
    return console.export_text()


def told(**tallies):
    return shown(screens_providers.enrichment(Summary("r", "j", enrichment=tallies)))


def test_who_did_nothing_is_left_out():
    text = told(pdl=Tally("USD", asked=2, hits=1, misses=1, spent=100_000), apollo=Tally("USD"))
    assert "pdl" in text
    assert "apollo" not in text


def test_without_anybody_there_is_no_table():
    assert told(pdl=Tally("USD"), mail=Tally()).strip() == ""


def test_answers_known_before_are_a_line():
    assert told(pdl=Tally(kept=3), mail=Tally(kept=4)).strip() == "Providers: nobody was asked; 7 answers known before."


@pytest.mark.parametrize("tally", [Tally(saved_calls=1), Tally(over_budget=1), Tally(down="status 500")])
def test_who_was_not_asked_for_a_reason_is_shown(tally):
    assert "pdl" in told(pdl=tally)


def test_a_failure_has_a_line_of_its_own():
    standing = Standing({"hit": 3, "miss": 1}, 100_000, 0, AT, "answered with status 500")
    caps = Caps(None, 20_000_000, None)
    row = ProviderStatus("people-data-labs", "http", "USD", caps, Spending(*[100_000] * 4), standing)
    lines = [line.rstrip() for line in shown(screens_providers.providers([row])).splitlines()]
    assert lines[1] == "people-data-labs  http   0.1 USD  0.1 of 20 USD     0.1 USD        4   75%"
    assert lines[2] == "people-data-labs: last failed 2026-11-20 09:31 UTC: answered with status 500"


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "1 lead is a person who was a lead already: leadrelay duplicates j"),
        (2, "2 leads are people who were leads already: leadrelay duplicates j"),
        (0, None),
    ],
)
def test_a_run_tells_how_many_leads_are_somebody_already(count, line):
    lines = shown(screens.summary(Summary("r", "j", duplicates=count))).splitlines()
    assert [one for one in lines if "duplicates" in one] == ([line] if line else [])
