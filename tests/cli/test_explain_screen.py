"""The screen of `explain`, from a trace: gate, statuses, expiry and the hand-off in words."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from leadrelay.core.enrich.told import Fact, Told
from leadrelay.core.explain import trace
from leadrelay.core.playbook.loading import load
from leadrelay.jobs.preview import Explanation, LeadPlan
from leadrelay.screens_explain import explanation

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEAD = """
name = "Small"
[bant.budget]
met = { "Amount [named]" = "budget_amount >= 1000" }
expires_after = "30 days"
as_of = "bant_checked_at"
question = "How much?"
[[disqualify]]
name = "Gone"
when = "converted"
[qualification]
when = "bant_met >= 1"
"""
GATED = """
[[qualification.statuses]]
name = "good"
label = "Good enough"
when = "qualified"
[[qualification.statuses]]
name = "open"
[[gate]]
name = "Meeting scheduled"
when = "meeting_at is not null"
[[gate]]
name = "Qualified"
when = "qualified"
[handoff]
"""
STAGES = """
[[stages]]
name = "ready"
side = "sales"
when = "qualified"
[[stages]]
name = "new"
side = "lead-generation"
"""
RICH = {"budget_amount": 2e3, "bant_checked_at": datetime(2026, 5, 20, tzinfo=UTC)}


def screen(lead, text=HEAD + GATED + STAGES, no_task="", task=""):
    found = Explanation(LeadPlan("L1", "https://x", [], [], task), {}, trace(lead, load(text, "my.toml"), NOW), no_task)
    return printed(found)


def printed(found):
    console = Console(file=StringIO(), width=120)
    for part in explanation(found):
        console.print(part)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_lead_that_lacks_a_part_of_the_gate():
    lines = screen(RICH)
    assert "stage ready score 0 qualification good side sales" in lines
    assert "✓ budget met by Amount [named]: budget_amount 2000 (asked 2026-05-20)" in lines
    assert "asked 2026-05-20, 12 days ago; expires 2026-06-20; answers count for 30 days" in lines
    assert "✓ qualified bant_met >= 1 [bant_met 1]" in lines
    assert "status Good enough qualified [qualified yes]" in lines
    assert "lacks 1 of 2" in lines
    assert "✗ Meeting scheduled does not hold: meeting_at is not null [meeting_at unknown]" in lines
    assert "✓ Qualified qualified [qualified yes]" in lines
    assert any(line.startswith("✗ not handed off does not hold: gate_passed and not recycled") for line in lines)
    assert "nothing: the CRM holds all of it" in lines


def test_a_lead_whose_answers_have_expired():
    lines = screen({**RICH, "bant_checked_at": datetime(2026, 1, 1, tzinfo=UTC), "converted": True})
    assert "? budget unknown expired 2026-02-01: budget_amount 2000" in lines
    assert "asked 2026-01-01, 151 days ago; expired 2026-02-01; answers count for 30 days" in lines
    assert "ask next: How much?" in lines
    assert "✗ not qualified does not hold: bant_met >= 1 [bant_met 0]" in lines
    assert "✗ disqualified Gone: converted [converted yes]" in lines
    assert "status open no other status takes it" in lines
    assert "lacks 2 of 2" in lines


def test_a_lead_that_passes():
    lines = screen({**RICH, "meeting_at": NOW}, task="Qualified: Ann")
    assert "passed" in lines
    assert any(line.startswith("✓ to be handed off gate_passed and not recycled") for line in lines)
    assert "hand-off Qualified: Ann" in lines


def test_a_lead_that_gets_no_second_task():
    lines = screen({**RICH, "meeting_at": NOW}, no_task="it was handed off before: no second task is created")
    assert "it was handed off before: no second task is created" in lines
    assert "hand-off Qualified: Ann" not in lines


def test_what_a_playbook_does_not_have_is_not_shown():
    lines = screen(RICH, HEAD + STAGES)
    assert "the playbook has no [handoff]: nobody is handed off" in lines
    assert not {"Gate", "Recycling"} & set(lines)
    assert "stage ready score 0 side sales" in lines


NURTURE = """
[[score.engagement]]
name = "Visits"
group = "Web"
when = "visits > 0"
points = 9
[caps.groups]
Web = { max = 5 }
[bands]
cold = 0
[[recycle]]
name = "Wait"
when = "initiatives = 'wait'"
after = "10 days"
[[stages]]
name = "rest"
side = "lead-generation"
when = "recycled"
"""
WAYS = "[transitions]\nnew = ['rest']\n"


def test_a_lead_in_nurture():
    lines = screen({"initiatives": "wait", "visits": 1}, HEAD + NURTURE + STAGES + WAYS)
    assert "stage rest score 5 band cold side lead-generation in nurture until 2026-06-11" in lines
    assert "Web cap -4" in lines
    assert "Wait: initiatives = 'wait' [initiatives wait]" in lines


def test_a_lead_that_the_listed_ways_hold_back():
    lines = screen({**RICH, "current_stage": "new"}, HEAD + NURTURE + STAGES + WAYS)
    assert "stage new score 0 band cold side lead-generation held back from ready" in lines
    told = "ready holds, but the playbook lists no way from new to ready: qualified [qualified yes]"
    assert told in lines
    assert "Wait, which is unknown: initiatives = 'wait' [initiatives unknown]" in lines


def test_enriched_fields_are_told_with_their_source_and_nothing_of_them_is_markup():
    fact = Fact("pdl", "1200 [bold]", 0.92, 0.8, NOW, 100_000, "USD", won=True, conflict=True, why="")
    other = Fact("apollo", "950", 0.9, 0.9, NOW, 0, "", won=False, conflict=True, why="which differs")
    told = (
        Told("employees", "1200 [bold]", "pdl", (fact, other), {"crm": "does not know it, 2026-05-01"}),
        Told("industry", None, "", (), {"pdl": "not asked: over budget"}),
    )
    found = Explanation(
        LeadPlan("L1", "", [], []), {}, trace(RICH, load(HEAD + GATED + STAGES, "my.toml"), NOW), enriched=told
    )
    lines = printed(found)
    start = lines.index("Enrichment")
    assert lines[start + 1 : start + 6] == [
        "employees 1200 [bold]: pdl, 92 %, 80 % now, 2026-06-01, 0.1 USD",
        "apollo, 90 %, 2026-06-01: 950, which differs",
        "crm: does not know it, 2026-05-01",
        "industry: not known",
        "pdl: not asked: over budget",
    ]
    assert [one["field"] for one in found.to_json()["enriched"]] == ["employees", "industry"]
    assert "Enrichment" not in screen(RICH)
