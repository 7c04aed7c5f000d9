from datetime import date

import pytest

from leadrelay.core.lead import Axis, Type
from leadrelay.core.playbook.loading import load
from leadrelay.core.playbook.values import Cap, Decay
from leadrelay.errors import ConfigError

WHOLE = """\
name = "Small"

[fields.partner_tier]
type = "text"
meaning = "Tier of the partner"
axis = "organisation"

[bant.timeline]
met = "timeline_months <= 12"
question = ["By when?", "What then?"]

[bant.budget]
met = "budget_amount >= 1000 or budget_status = 'approved'"
unmet = "budget_status = 'none'"
question = "How much?"

[[score.engagement]]
name = "Visited"
when = "visits >= 3"
points = 8
half_life_days = 30
since = "last_activity_at"

[[score.fit]]
name = "Gold"
about = "organisation"
when = "partner_tier = 'gold'"
points = 5

[[score.fit]]
name = "Director"
about = "contact"
when = "title ilike '%director%'"
points = 4

[[score.bant]]
name = "Budget is there"
when = "bant_budget = 'met'"
points = 6

[caps]
engagement = { max = 10 }
fit = { min = -5, max = 20 }

[grade]
fit = { A = 8, B = 5, C = 1 }
interest = { 1 = 8, 2 = 4, 3 = 1 }

[[disqualify]]
name = "Converted already"
when = "converted"

[qualification]
when = "bant_met >= 2 and bant_unmet = 0"

[[stages]]
name = "sal"
label = "Accepted"
side = "sales"
when = "qualified"

[[stages]]
name = "name"
side = "lead-generation"
"""


def problems(text):
    with pytest.raises(ConfigError) as caught:
        load(text, "my.toml")
    return [str(problem) for problem in caught.value.problems]


def test_a_playbook_is_read_into_values():
    playbook = load(WHOLE, "my.toml")
    assert playbook.name == "Small"
    assert playbook.schema["partner_tier"].type is Type.TEXT
    assert [rule.name for rule in playbook.rules] == ["Director", "Gold", "Visited", "Budget is there"]
    assert [rule.axis for rule in playbook.rules] == [Axis.CONTACT, Axis.ORGANISATION, Axis.ENGAGEMENT, Axis.BANT]
    assert playbook.rules[2].decay == Decay("last_activity_at", 30)
    assert (playbook.caps["fit"], playbook.caps["engagement"]) == (Cap(-5, 20), Cap(None, 10))
    assert playbook.caps["score"](4711) == 4711
    assert [(stage.name, stage.label, stage.side) for stage in playbook.stages] == [
        ("sal", "Accepted", "sales"),
        ("name", "name", "lead-generation"),
    ]


def test_criteria_stand_in_the_order_of_the_letters_and_are_asked_in_the_order_written():
    playbook = load(WHOLE, "my.toml")
    assert [criterion.name for criterion in playbook.criteria] == ["budget", "authority", "need", "timeline"]
    assert playbook.asking[:2] == ("timeline", "budget")
    budget, authority, _, timeline = playbook.criteria
    assert budget.evidence == ("budget_amount", "budget_status")
    assert timeline.questions == ("By when?", "What then?")
    assert (authority.met, authority.unmet, authority.questions) == (None, None, ())


def test_fields_used_are_the_lead_fields_that_any_part_looks_at():
    assert load(WHOLE, "my.toml").fields_used == {
        "timeline_months",
        "budget_amount",
        "budget_status",
        "visits",
        "last_activity_at",
        "partner_tier",
        "title",
        "converted",
    }


def test_the_fingerprint_follows_the_meaning_and_not_the_layout():
    known = load(WHOLE, "my.toml").fingerprint
    assert load(f"# a comment\n{WHOLE}", "other.toml").fingerprint == known
    assert load(WHOLE.replace("points = 5", "points = 6"), "my.toml").fingerprint != known


def test_grades_begin_at_their_thresholds():
    grades = load(WHOLE, "my.toml").grades
    assert [grades(fit, 0) for fit in (9, 8, 7, 5, 4, 1, 0)] == ["A4", "A4", "B4", "B4", "C4", "C4", "D4"]
    assert [grades(9, interest) for interest in (8, 7, 4, 3, 1, 0)] == ["A1", "A2", "A2", "A3", "A3", "A4"]


def test_grades_may_be_left_out():
    text = WHOLE[: WHOLE.index("[grade]")] + WHOLE[WHOLE.index("[[disqualify]]") :]
    assert load(text, "my.toml").grades is None


WRONG = {
    "an unknown key": (
        "points = 5", "points = 5\npoint = 5",
        "my.toml:29 score.fit[0].point: unknown key 'point'.", "'points'",
    ),
    "an unknown table": ("[caps]", "[cap]", "my.toml:41 cap: unknown key 'cap'.", "'caps'"),
    "an unknown axis": ("[[score.bant]]", "[[score.bent]]", "score.bent: unknown key 'bent'.", "'bant'"),
    "an unknown criterion": ("[bant.budget]", "[bant.bugdet]", "my.toml:12 bant.bugdet: unknown key", "'budget'"),
    "an unknown field": ("visits >= 3", "visit >= 3", "my.toml:19:9 score.engagement[0].when: unknown", "visits"),
    "an unknown field with its caret": ("visits >= 3", "visit >= 3", "    visit >= 3\n    ^^^^^", "visits"),
    "a text for a number": ("points = 8", 'points = "8"', "points: must be a whole number, not text."),
    "half a point": ("points = 8", "points = 8.5", "points: must be a whole number, not a number with a fraction."),
    "true for a number": ("points = 8", "points = true", "points: must be a whole number, not true or false."),
    "no points": ("points = 8", "points = 0", "points: must be between 1 and 1000"),
    "too many points": ("points = 8", "points = 1001", "points: must be between 1 and 1000"),
    "a missing key": ("points = 5\n", "", "my.toml:24 score.fit[0]: lacks 'points'.", "points = ..."),
    "a name taken": ('name = "Gold"', 'name = "Visited"', "'Visited' is taken already, at my.toml:25", "differ"),
    "a disqualifier's name taken": ('name = "Converted already"', 'name = "Gold"', "'Gold' is taken already"),
    "no about": ('about = "contact"\n', "", "score.fit[1]: lacks 'about'."),
    "an about unheard of": ('about = "contact"', 'about = "company"', "unknown about 'company'.", "organisation"),
    "an about elsewhere": ("points = 6", 'points = 6\nabout = "contact"', "score.bant[0].about: unknown key"),
    "half a decay": ("half_life_days = 30\n", "", "'since' and 'half_life_days' belong together.", "Write both"),
    "a decay from a number": ('since = "last_activity_at"', 'since = "visits"', "'visits' is not a date."),
    "a decay from nowhere": ('since = "last_activity_at"', 'since = "last_activity"', "is unknown", "last_activity_at"),
    "no half-life at all": ("half_life_days = 30", "half_life_days = 0", "must be above 0"),
    "a cap upside down": (
        "min = -5, max = 20", "min = 25, max = 20",
        "my.toml:43 caps.fit: the least, 25,", "Exchange",
    ),
    "grades upside down": ("A = 8, B = 5", "A = 5, B = 8", "grade.fit: A, B and C must each begin lower"),
    "a grade missing": ("interest = { 1 = 8, ", "interest = { ", "grade.interest: lacks '1'."),
    "no last stage": (
        'side = "lead-generation"', 'side = "lead-generation"\nwhen = "converted"',
        "the last stage takes",
    ),
    "a stage without a condition": ('when = "qualified"\n', "", "stages[0]: lacks 'when'."),
    "a stage twice": ('name = "name"', 'name = "sal"', "a stage 'sal' is there already.", "Rename"),
    "a stage name with blanks": ('name = "sal"', 'name = "Sales accepted"', "is not a name of small letters"),
    "a side unheard of": ('side = "sales"', 'side = "sale"', "unknown side 'sale'.", "'sales'"),
    "no qualification": ('[qualification]\nwhen = "bant_met >= 2 and bant_unmet = 0"\n', "", "lacks 'qualification'."),
    "an empty qualification": (
        'when = "bant_met >= 2 and bant_unmet = 0"\n', "",
        "qualification: lacks 'when'.", "bant_met",
    ),
    "a criterion that says nothing": ('met = "timeline_months <= 12"\n', "", "neither 'met' nor 'unmet'", "leave"),
    "evidence unheard of": (
        'question = "How much?"', 'evidence = ["budget"]',
        "unknown lead field 'budget'.", "budget_amount",
    ),
    "a question too long": ("How much?", "How much? " * 30, "at most 255 characters"),
    "a field that is there": (
        "[fields.partner_tier]", "[fields.title]",
        "'title' is a lead field already.", "another name",
    ),
    "a field of our own": ("[fields.partner_tier]", "[fields.score]", "'score' is a name of leadrelay's own."),
    "a field with capitals": ("[fields.partner_tier]", "[fields.Tier]", "is not made of small letters"),
    "a type unheard of": ('type = "text"', 'type = "string"', "unknown type 'string'.", "text"),
    "what is decided later": ("visits >= 3", "score >= 3", "score", "cannot be asked for: score."),
    "a stage in a stage": ('when = "qualified"', "when = \"stage = 'sal'\"", "stage", "cannot be asked for: stage."),
    "a verdict unheard of": ("bant_budget = 'met'", "bant_budget = 'mett'", "'mett' is never among the words", "'met'"),
    "a verdict unheard of in a list": ("bant_budget = 'met'", "bant_budget in ('met', 'un')", "'un' is never"),
    "a number for a table": ("[caps]\nengagement = { max = 10 }", "[caps]\nengagement = 10", "must be a table, not"),
    "one bracket for two": ("[[score.bant]]", "[score.bant]", "must be a list, not a table.", "[[score.bant]]"),
    "text for tables": ("[[score.bant]]", "[score]\nbant = ['x']\n[[spare]]", "must be a list of tables."),
    "TOML that is none": ("[caps]", "[caps", "my.toml:41:6: not valid TOML", "Mend"),
    "an empty name": ('name = "Small"', 'name = " "', "my.toml:1 name: is empty."),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(case):
    old, new, *expected = case
    assert WHOLE.count(old) == 1
    told = problems(WHOLE.replace(old, new))
    assert any(all(words in problem for words in expected) for problem in told), told


def test_everything_wrong_is_told_at_once():
    text = (
        WHOLE.replace("points = 8", "points = 0")
        .replace("visits >= 3", "visit >= 3")
        .replace("min = -5", "min = 50")
        .replace('side = "sales"', 'side = "sale"')
        .replace("bant_met >= 2", "bant_mett >= 2")
    )
    told = problems(text)
    assert len(told) == 5
    assert all(problem.startswith("my.toml:") for problem in told)


def test_a_predicate_over_several_lines_names_the_line_of_the_file():
    text = WHOLE.replace('when = "visits >= 3"', 'when = """\nvisits >= 3\nand emial is not null\n"""')
    (told,) = problems(text)
    assert told.startswith("my.toml:21:5 score.engagement[0].when: unknown field 'emial'")
    assert "    and emial is not null\n        ^^^^^" in told


def test_values_are_no_dates_where_text_is_wanted():
    told = problems(WHOLE.replace('name = "Small"', f"name = {date(2026, 1, 31)}"))
    assert any("must be text, not a date" in problem for problem in told)
