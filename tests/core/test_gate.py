"""Statuses of the qualification, and the gate: in the frame, in the trace, and where a playbook has them wrong."""

from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay.core.explain import trace
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import qualify
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BASE = """\
name = "Small"

[bant.budget]
met = "budget_amount >= 1000"

[[disqualify]]
name = "Gone"
when = "converted"

[qualification]
when = "bant_met >= 1"

[[qualification.statuses]]
name = "shut-out"
label = "Shut out"
when = "disqualified"

[[qualification.statuses]]
name = "ready"
when = "qualified and score = 0"

[[qualification.statuses]]
name = "open"

[[gate]]
name = "BANT qualified"
when = "qualified"

[[gate]]
name = "Meeting scheduled"
when = "meeting_at is not null"

[[gate]]
name = "Two stakeholders"
when = "stakeholders >= 2"

[[stages]]
name = "sql"
side = "sales"
when = "gate_passed"

[[stages]]
name = "name"
side = "lead-generation"
"""
PLAIN = BASE[: BASE.index("[[qualification.statuses]]")] + BASE[BASE.index("[[stages]]") :].replace(
    "gate_passed", "qualified and gate_passed"
)
RICH = {"budget_amount": 1000.0}
READY = {**RICH, "meeting_at": NOW, "stakeholders": 2}


def verdict(lead, text=BASE):
    playbook = load(text, "my.toml")
    schema = {"id": pl.String, **{field.name: field.type.dtype for field in playbook.schema.values()}}
    frame = pl.DataFrame([{"id": "L0", **lead}], schema=schema)
    [found] = qualify(frame, playbook, NOW, frozenset(OUTPUTS)).to_dicts()
    traced = trace(lead, playbook, NOW)
    assert {name: found[name] for name in OUTPUTS} == traced.outputs
    return found


def why(lead, output, text=BASE):
    return trace(lead, load(text, "my.toml"), NOW).because(output)


@pytest.mark.parametrize(
    ("lead", "status"),
    [({}, "open"), (RICH, "ready"), ({**RICH, "converted": True}, "shut-out"), ({"converted": True}, "shut-out")],
)
def test_the_first_status_that_holds_is_the_qualification(lead, status):
    assert verdict(lead)["qualification"] == status


def test_without_statuses_there_is_no_qualification():
    assert verdict(RICH, PLAIN)["qualification"] is None
    assert why(RICH, "qualification", PLAIN) == []


@pytest.mark.parametrize(
    ("lead", "missing"),
    [
        (READY, None),
        ({**READY, "meeting_at": None}, "Meeting scheduled"),
        ({**READY, "stakeholders": 1}, "Two stakeholders"),
        ({**READY, "budget_amount": None, "stakeholders": None}, "BANT qualified · Two stakeholders"),
        ({**READY, "converted": True}, "BANT qualified"),
        ({}, "BANT qualified · Meeting scheduled · Two stakeholders"),
    ],
)
def test_the_gate_lists_what_is_missing_in_its_own_order(lead, missing):
    found = verdict(lead)
    assert (found["gate_missing"], found["gate_passed"]) == (missing, missing is None)
    assert found["stage"] == ("name" if missing else "sql")


@pytest.mark.parametrize("lead", [{}, RICH, {**RICH, "converted": True}])
def test_without_a_gate_the_qualified_pass(lead):
    found = verdict(lead, PLAIN)
    assert (found["gate_passed"], found["gate_missing"]) == (found["qualified"], None)


def test_a_gate_of_more_than_eight_conditions():
    gate = "".join(f"[[gate]]\nname = 'No {at}'\nwhen = 'visits <> {at}'\n" for at in range(18))
    text = PLAIN.replace("[[stages]]", f"{gate}\n[[stages]]", 1)
    assert verdict({"visits": 18}, text)["gate_missing"] is None
    assert [verdict({"visits": at}, text)["gate_missing"] for at in (0, 7, 8, 17)] == ["No 0", "No 7", "No 8", "No 17"]
    unknown = verdict({}, text)
    assert unknown["gate_missing"] == " · ".join(f"No {at}" for at in range(18))
    assert not unknown["gate_passed"]


def test_the_gate_tells_why():
    lead = {**READY, "stakeholders": 1}
    assert why(lead, "gate_passed") == [
        "BANT qualified holds: qualified [qualified yes]",
        "Meeting scheduled holds: meeting_at is not null [meeting_at 2026-06-01 12:00]",
        "Two stakeholders does not hold: stakeholders >= 2 [stakeholders 1]",
    ]
    assert why(lead, "gate_missing") == ["Two stakeholders does not hold: stakeholders >= 2 [stakeholders 1]"]
    assert why({}, "gate_passed", PLAIN) == ["there is no gate, and the lead is not qualified"]


@pytest.mark.parametrize(
    ("lead", "text", "told"),
    [
        (READY, BASE, "every condition of the gate holds"),
        (RICH, BASE, "lacks Meeting scheduled · Two stakeholders"),
        (RICH, PLAIN, "there is no gate, and the lead is qualified"),
    ],
)
def test_the_gate_in_short(lead, text, told):
    assert trace(lead, load(text, "my.toml"), NOW).in_short("gate_passed") == told


def test_a_status_tells_why():
    assert why(RICH, "qualification") == [
        "ready: qualified and score = 0 [qualified yes, score 0]",
        "not shut-out, which does not hold: disqualified [disqualified no]",
    ]
    found = trace({}, load(BASE, "my.toml"), NOW)
    assert found.because("qualification")[0] == "open: no other status takes it"
    assert found.in_short("qualification") == "no other status takes it"
    assert trace(RICH, load(BASE, "my.toml"), NOW).in_short("qualification") == "qualified yes, score 0"


def test_the_trace_tells_whether_a_lead_is_handed_off():
    text = BASE + "[handoff]\n"
    here = " and not recycled and not disqualified"
    assert load(text, "my.toml").handoff.when.text == f"gate_passed{here}"
    assert load(PLAIN + "[handoff]\n", "my.toml").handoff.when.text == f"qualified{here}"
    found = [trace(lead, load(text, "my.toml"), NOW).handoff for lead in (READY, {})]
    assert [str(finding).split(",")[0] for finding in found] == [
        f"gate_passed{here} [gate_passed {is_so}" for is_so in ("yes", "no")
    ]
    assert [finding.holds for finding in found] == [True, False]
    assert trace(READY, load(BASE, "my.toml"), NOW).handoff is None


WRONG = {
    "the last status takes all": ('name = "open"', 'name = "open"\nwhen = "converted"', ":24 ", "the last status"),
    "another status needs a when": ('when = "disqualified"\n', "", ":13 ", "statuses[0]: lacks 'when'."),
    "a status twice": ('name = "open"', 'name = "ready"', ":23 ", "a status 'ready' is there already."),
    "a status with blanks": ('name = "open"', 'name = "Not yet"', ":23 ", "is not a name of small letters"),
    "a status asks for the gate": ("qualified and score = 0", "gate_passed", ":20:9 ", "decided later cannot be"),
    "a status asks for itself": ("qualified and score = 0", "qualification = 'open'", ":20:9 ", "cannot be asked for"),
    "a status unheard of": ("stakeholders >= 2", "qualification = 'opn'", ":35 ", "'opn' is never among the words"),
    "a key unheard of": ('name = "open"', 'name = "open"\nside = "sales"', ":24 ", "unknown key 'side'"),
    "the gate asks for itself": ("stakeholders >= 2", "gate_passed", ":35:9 ", "What is decided later cannot be asked"),
    "the gate asks for the stage": ("stakeholders >= 2", "stage = 'sql'", ":35:9 ", "What is decided later cannot be"),
    "a condition without when": ('when = "stakeholders >= 2"\n', "", ":33 ", "gate[2]: lacks 'when'."),
    "a condition twice": ('"Two stakeholders"', '"BANT qualified"', ":34 ", "'BANT qualified' is there already."),
    "a condition's name too long": ("Two stakeholders", "Two stakeholders" * 6, ":34 ", "at most 80 characters"),
    "one table for the gate": ("[[stages]]", "[gate]\nx = 1\n[[stages]]", "", "gate"),
}  # fmt: skip


@pytest.mark.parametrize(("was", "now", "line", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(was, now, line, told):
    with pytest.raises(ConfigError) as caught:
        load(BASE.replace(was, now, 1), "my.toml")
    first = str(caught.value.problems[0])
    assert first.startswith(f"my.toml{line}")
    assert told in first
