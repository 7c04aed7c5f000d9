from datetime import UTC, date, datetime, time
from functools import cache
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay import playbooks
from leadrelay.core import template
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.values import Around
from leadrelay.core.hours import Calendar
from leadrelay.core.lead import Type
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BASE = """\
name = "Small"

[bant.budget]
met = "budget_amount >= 1000"
question = "How much?"

[[disqualify]]
name = "Test entry"
when = "company = 'test'"

[qualification]
when = "bant_met >= 1"

[[stages]]
name = "ready"
side = "sales"
when = "employees >= 50"

[[stages]]
name = "new"
side = "lead-generation"
"""
SHIPPED = load(playbooks.text("it-discovery"), "it-discovery.toml")
LEAD = {
    "id": "1",
    "first_name": "Ann",
    "last_name": "Lee",
    "company": "Acme",
    "title": "CIO",
    "email": "ann@acme.example",
    "employees": 6000,
    "revenue": 5e8,
    "pains": ["compliance", "shadow IT"],
    "timeline_months": 5,
    "authority": "decides",
    "budget_amount": 50_000.0,
    "need_summary": "must pass\r\nthe audit",
    "created_at": NOW,
}


def small(text="", base=BASE):
    return load(base + text, "my.toml")


def frame(playbook, *leads):
    schema = {"id": pl.String, **{name: field.type.dtype for name, field in playbook.schema.items()}}
    return pl.DataFrame([dict.fromkeys(schema) | lead for lead in leads], schema=schema)


def decided(playbook, *leads):
    found = frame(playbook, *leads)
    return found, Decider(playbook, NOW, frozenset(["reasons", "gate_missing"]))(found)


def document(playbook=SHIPPED, **lead):
    found = told(playbook, *decided(playbook, LEAD | lead))
    return found.subject, found.text


@cache
def usual():
    return document()


def told(playbook, leads, verdicts, around=None):
    [found] = Documents(playbook, NOW).of(leads, verdicts, {"1": around} if around else {})
    return found


def whom(text, *leads):
    _, verdicts = decided(small(text), *leads)
    return verdicts["handoff"].to_list()


def test_without_the_table_nobody_is_handed_off():
    assert small().handoff is None
    assert whom("", {"id": "1", "budget_amount": 2_000.0}) == [False]


def test_what_need_not_be_said():
    rules = small("[handoff]").handoff
    assert (rules.when.text, rules.owners, rules.due_hours) == (
        "qualified and not recycled and not disqualified",
        (),
        24,
    )
    assert rules.subject == "Qualified: {first_name} {last_name}, {company}"


def test_the_qualified_are_handed_off_unless_something_else_is_said():
    leads = [{"id": "1", "budget_amount": 2_000.0}, {"id": "2"}, {"id": "3", "budget_amount": 2e3, "company": "test"}]
    assert whom("[handoff]", *leads) == [True, False, False]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("stage = 'ready'", [True, False, False]),
        ("qualified and employees > 10", [True, False, False]),
        ("not qualified", [False, False, True]),
        ("employees < 60", [False, False, False]),
        ("score >= 0 and bant_unknown = 4", [False, False, True]),
    ],
)
def test_the_predicate_sees_lead_fields_and_outputs_and_unknown_is_no(when, expected):
    leads = [{"id": "1", "employees": 70, "budget_amount": 2e3}, {"id": "2", "budget_amount": 2e3}, {"id": "3"}]
    assert whom(f'[handoff]\nwhen = "{when}"', *leads) == expected


NURTURE = """
[[recycle]]
name = "Rejected"
when = "sales_verdict = 'rejected'"
after = "30 days"
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("qualified", [True, False, False]),
        ("employees >= 50 or qualified", [True, False, False]),
        ("employees >= 50", [True, False, False]),
        ("employees >= 50 and (recycled or disqualified)", [False, True, True]),
    ],
)
def test_who_is_out_or_in_nurture_is_not_passed_on_unless_that_is_asked_for(when, expected):
    rich = {"employees": 70, "budget_amount": 2e3}
    leads = [
        {"id": "1", **rich},
        {"id": "2", "sales_verdict": "rejected", **rich},
        {"id": "3", "company": "test", **rich},
    ]
    assert whom(f'{NURTURE}[handoff]\nwhen = "{when}"', *leads) == expected


def test_what_is_understood_of_who_is_passed_on_is_told():
    either = '[handoff]\nwhen = "qualified or employees >= 50"'
    assert small(either).handoff.when.text == "(qualified or employees >= 50) and not recycled and not disqualified"


def test_a_verdict_is_the_same_whether_or_not_its_stage_is_asked_for():
    leads = [{"id": "1", "employees": 70}, {"id": "2"}]
    plain, asked = (decided(small(text), *leads)[1] for text in ("", "[handoff]\nwhen = \"stage = 'ready'\""))
    assert plain.drop("handoff").equals(asked.drop("handoff"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'subject = "For {compny}"',
            "my.toml:23 handoff.subject: '{compny}' is neither a lead field nor an output. Did",
        ),
        ('subject = "For {reasons}"', "my.toml:23 handoff.subject: '{reasons}' is neither a lead field nor an output."),
        ('subject = "For {company"', "my.toml:23 handoff.subject: a brace has no partner. Write a place as {company}."),
        (f'subject = "{"x" * 256}"', "my.toml:23 handoff.subject: a subject has one line of at most 255 characters."),
        ('subject = "a\\nb"', "my.toml:23 handoff.subject: a subject has one line of at most 255 characters."),
        ('owners = ["ann"]', "my.toml:23 handoff.owners: number 1 is no e-mail address."),
        ('owners = ["a@b.example", "A@B.example"]', "my.toml:23 handoff.owners: number 2 stands there already."),
        ("due_hours = 0", "my.toml:23 handoff.due_hours: must be between 1 and 8,784."),
        ("due_hours = 1.5", "my.toml:23 handoff.due_hours: must be a whole number, not a number with a fraction."),
        (
            "when = \"stage = 'redy'\"",
            "my.toml:23 handoff.when: 'redy' is never among the words compared here. Did you",
        ),
        ('when = "reasons is null"', "my.toml:23:9 handoff.when: unknown field 'reasons'."),
        ('owner = "a@b.example"', "my.toml:23 handoff.owner: unknown key 'owner'. Did you mean 'owners'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, expected):
    with pytest.raises(ConfigError) as found:
        small(f"[handoff]\n{text}\n")
    assert str(found.value).startswith(expected)
    assert len(found.value.problems) == 1


def test_the_subject_counts_among_what_is_read():
    assert "city" in small('[handoff]\nsubject = "From {city}"').fields_used


def test_a_document_has_four_parts():
    subject, body = document()
    assert subject == "Qualified: Ann Lee, Acme"
    assert [block.splitlines()[0] for block in body.split("\n\n")] == [
        "■ Qualification",
        "■ Contact",
        "■ Initial requirements",
        "■ Company profile",
        "■ Talk track: Any other company",
    ]
    for line in (
        "- Verdict: qualified, score 45, grade B4, stage Sales accepted lead",
        "- Budget met by Amount named: budget amount 50,000",
        "- Need met: pains compliance, shadow IT; need must pass the audit",
        "- Name: Ann Lee",
        "- E-mail: ann@acme.example",
        "- Pains: compliance, shadow IT",
        "- Employees: 6,000 people",
        "- Revenue: 500,000,000",
    ):
        assert line in body.splitlines()
    assert any(line.startswith("- Reasons: Runs IT +8, ") for line in body.splitlines())
    assert "Ask next" not in body


def test_the_next_question_is_told():
    _, body = document(budget_amount=None)
    assert "\n- Budget unknown\n- Authority met by Says so: " in body
    assert "\n- Ask next: Which budget for IT operations" in body


AGED = """
[bant.budget]
met = { "Amount named" = "budget_amount >= 1000", "Approved" = "budget_status = 'approved'" }
question = ["How much?", "Whose?"]
expires_after = "30 days"
as_of = "bant_checked_at"

[bant.timeline]
met = "timeline_months < 6"
unmet = { "Too late" = "timeline_months > 3" }
question = "By when?"

[bant.need]
met = "pains is not null"
question = "What hurts?"
expires_after = "1 month"
as_of = "project_start"

[[gate]]
name = "Meeting scheduled"
when = "meeting_at is not null"

[[gate]]
name = "Budget"
when = "bant_budget = 'met'"

[[qualification.statuses]]
name = "in-talks"

[handoff]
when = "bant_met < 4"
"""


def test_the_document_tells_rule_age_what_expired_what_the_gate_lacks_and_what_to_ask():
    head, _, rest = BASE.partition("[bant.budget]")
    text = head + "[[disqualify]]" + rest.partition("[[disqualify]]")[2]
    playbook = small(base=text, text=AGED)
    lead = {
        "id": "1",
        "budget_amount": 5e3,
        "bant_checked_at": datetime(2026, 10, 20, 9, tzinfo=UTC),
        "timeline_months": 5,
        "pains": ["compliance"],
        "project_start": date(2026, 8, 31),
    }
    body = told(playbook, *decided(playbook, lead)).text
    assert body.partition("\n\n")[0].splitlines() == [
        "■ Qualification",
        "- Verdict: in-talks, score 0, stage new",
        "- Budget met by Amount named: budget amount 5,000 (asked 2026-10-20, 12 days ago)",
        "- Authority unknown",
        "- Need unknown, expired 2026-10-01: pains compliance (asked 2026-08-31, 62 days ago)",
        "- Timeline contradicted by Too late: timeline months 5 (asked 2026-10-20, 12 days ago)",
        "- The gate lacks: Meeting scheduled",
        "- Ask next: What hurts?",
        "- Then ask: By when?",
    ]


def test_a_part_of_which_nothing_is_known_is_left_out():
    playbook = small("[handoff]")
    found = told(playbook, *decided(playbook, {"id": "1"}))
    assert (found.subject, found.text) == (
        "Qualified",
        "■ Qualification\n- Verdict: score 0, stage new\n- Budget unknown\n- Authority unknown\n- Need unknown\n"
        "- Timeline unknown\n- Ask next: How much?",
    )


def test_fields_of_the_playbook_s_own_are_told_and_columns_may_lack():
    own = '[fields.tier]\ntype = "text"\nmeaning = "Tier"\naxis = "organisation"\n[handoff]\nsubject = "{tier}"'
    playbook = small(own)
    leads, verdicts = decided(playbook, {"id": "1", "tier": "gold"})
    found = told(playbook, leads.select("id", "tier"), verdicts)
    assert found.subject == "gold"
    assert found.text.endswith("■ Company profile\n- Tier: gold")


def test_nobody_to_tell_of():
    leads, verdicts = decided(SHIPPED)
    assert Documents(SHIPPED, NOW).of(leads, verdicts, {}) == []


def test_what_is_told_decides_nothing_so_that_other_words_make_no_job_read_every_lead_anew():
    telling = ["subject = 'New'", "note = true", "due = '1 hour'", "body = 'Hello'"]
    telling.append("[[handoff.talk_tracks]]\nname = 'A'\ntext = 'Hello'")
    assert {small(f"[handoff]\n{text}").fingerprint for text in telling} == {small("[handoff]").fingerprint}
    assert small("[handoff]\nwhen = 'qualified'").fingerprint != small("[handoff]").fingerprint


def test_every_sample_lead_that_is_handed_off_gets_all_four_parts():
    leads = frame(SHIPPED, *({**lead, "id": str(number)} for number, lead in enumerate(people(1_500, 7, NOW))))
    verdicts = Decider(SHIPPED, NOW, frozenset(["reasons", "gate_missing"]))(leads)
    due = verdicts["handoff"]
    found = Documents(SHIPPED, NOW).of(leads.filter(due), verdicts.filter(due), {})
    assert len(found) > 20
    headings = ("Qualification", "Contact", "Initial requirements", "Company profile", "Talk track: ")
    assert [one.lead for one in found if any(f"■ {heading}" not in one.text for heading in headings)] == []
    assert [one.lead for one in found if one.troubles or len(one.follow_ups) != 3 or not one.note_html] == []
    answers = leads.filter(due)["objections"].list.contains("no budget").fill_null(value=False).to_list()
    assert [("There is no budget:" in one.text) for one in found] == answers


EXTREMES = {
    Type.TEXT: ["", " ", "<b>", "# a\n- b", "\x00\x01\x02\x03", "**", "a" * 5_000, "{{ 1 }}", None],
    Type.INTEGER: [0, -5, 2**63 - 1, -(2**63), None],
    Type.NUMBER: [0.0, -1.5, float("inf"), float("nan"), 1e308, None],
    Type.BOOLEAN: [True, False, None],
    Type.DATE: [date.min, date.max, None],
    Type.DATETIME: [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC), None],
    Type.LIST: [[], ["a", None, ""], ["x"] * 200, ["no budget", "too busy"], None],
}


def test_nothing_that_a_lead_can_hold_stops_its_hand_off():
    chance = Random(5)
    rows = ({name: chance.choice(EXTREMES[field.type]) for name, field in SHIPPED.schema.items()} for _ in range(200))
    leads = frame(SHIPPED, *({**row, "id": str(number)} for number, row in enumerate(rows)))
    verdicts = Decider(SHIPPED, NOW, frozenset(["reasons", "gate_missing"]))(leads)
    west = Calendar("west", "Pacific/Auckland", (((time(8), time(17)),),) * 7)
    around = {lead: Around(calendar=west, why="Hers\n# now") for lead in leads["id"]}
    found = Documents(SHIPPED, NOW).of(leads, verdicts, around)
    assert [one.troubles for one in found if one.troubles] == []
    assert all(one.text.endswith("■ Why this lead is yours\nHers # now") for one in found)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(deadline=None, max_examples=35)
def test_no_value_looks_like_another_line(company, need):
    subject, body = document(company=company, need_summary=need)
    assert len(body.splitlines()) <= len(usual()[1].splitlines())
    assert subject.isprintable() or not set(subject) & {chr(code) for code in (*range(32), *range(127, 160))}
    assert usual()[0].startswith(subject.split(",")[0][: len("Qualified: Ann Lee")])


def test_everything_is_bounded():
    long = "x " * 40_000
    lead = dict.fromkeys(("company", "need_summary", "requirements", "evaluators", "initiatives", "city"), long)
    subject, body = document(**lead)
    assert len(subject) == 255
    assert len(body) <= 30_000
    assert max(map(len, body.splitlines())) < 4_100
    assert document(last_name="a\u202eb\u200bc\td\U000e0041")[0] == "Qualified: Ann a b c d, Acme"


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("{a} {b}, {c}", {"a": "x", "b": "y", "c": "z"}, "x y, z"),
        ("{a} {b}, {c}", {"a": "x", "c": "z"}, "x, z"),
        ("{a} {b}, {c}", {"a": "x"}, "x"),
        ("{a} {b}, {c}", {"c": "z"}, "z"),
        ("New ({b}): {c}, {a}", {"a": "x"}, "New: x"),
        ("New ({b}): {c}", {"c": "z"}, "New: z"),
        ("  two   blanks { a } ", {"a": "x"}, "two blanks x"),
        ("{a}", {}, ""),
        ("{a}", {"a": "{b}", "b": "no"}, "{b}"),
    ],
)
def test_a_subject_without_all_values(text, values, filled):
    assert template.fill(text, values) == filled


def test_dates_are_told_as_dates():
    _, body = document(project_start=date(2027, 1, 31))
    assert "- Project start: 2027-01-31" in body
