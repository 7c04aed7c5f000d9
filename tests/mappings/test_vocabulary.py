"""A playbook against its mapping and the CRM's options: fields that nothing fills, words that no record can bring."""

from datetime import UTC, datetime

import pytest

from leadrelay import mappings, playbooks
from leadrelay.connectors.base import FieldInfo
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.vocabulary import unfilled, unknown_words

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAYBOOK = """
name = "Test"
[bant.budget]
met = "budget_amount >= 1000"
{more}
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "new"
side = "sales"
"""
MAPPING = """
object = "Lead"
[read]
budget_amount = "Budget"
{more}
"""
OPTIONS = ("Banking", "Financial Services", "Select")


def rule(when, name="A"):
    return f'[[score.engagement]]\nname = "{name}"\nwhen = """{when}"""\npoints = 5\n'


def told(rules, read='industry = "Industry"', picklist=OPTIONS, look=unknown_words, **extra):
    playbook = load_playbook(PLAYBOOK.format(more=rules), "p.toml")
    mapping = load_mapping(MAPPING.format(more=read), "m.toml", playbook)
    schema = {"Industry": FieldInfo("Industry", "Industry", "picklist", picklist=picklist, extra=extra)}
    found = look(playbook, mapping, schema if look is unknown_words else NOW)
    return [(one.hint, one.message, one.cure) for one in found]


VALUES = 'industry = { field = "Industry", values = { "Financial Services" = "Finance" }'
HITS = [
    ("industry = 'Bankng'", 'industry = "Industry"', "'Bankng'", "Did you mean 'Banking'?"),
    ("industry = 'banking'", 'industry = "Industry"', "'banking'", "Did you mean 'Banking'?"),
    ("lower(industry) = 'Banking'", 'industry = "Industry"', "'Banking'", "Did you mean 'banking'?"),
    ("industry in ('Banking', 'Bankng')", 'industry = "Industry"', "'Bankng'", "'Banking'"),
    ("industry <> 'Mining'", 'industry = "Industry"', "'Mining'", "Mend the rule"),
    ("industry = 'Financial Services'", f"{VALUES} }}", "'Financial Services'", "Mend the rule"),
    ("industry = 'Banking'", f'{VALUES}, other = "Other" }}', "'Banking'", "Mend the rule"),
    ("industry = 'Select'", 'industry = { field = "Industry", empty = ["Select"] }', "'Select'", "Mend the rule"),
    ("'Bankng' = any(pains)", 'pains = "Industry"', "'Bankng'", "Did you mean 'Banking'?"),
]
HITS[3] = ("industry in ('Financial Services', 'Bankng')", *HITS[3][1:])


@pytest.mark.parametrize(("when", "read", "word", "cure"), HITS)
def test_a_word_that_no_record_can_bring(when, read, word, cure):
    [(hint, message, way_out)] = told(rule(when), read)
    assert not hint
    assert message.startswith("rule 'A' asks whether ")
    assert word in message
    assert cure in way_out


@pytest.mark.parametrize(
    ("when", "read"),
    [
        ("industry = 'Banking'", 'industry = "Industry"'),
        ("lower(industry) = 'banking'", 'industry = "Industry"'),
        ("lower(trim(industry)) in ('banking', 'financial services')", 'industry = "Industry"'),
        ("industry = 'Finance'", f"{VALUES} }}"),
        ("industry = 'Other'", f'{VALUES}, other = "Other" }}'),
        ("industry = 'None'", f'{VALUES}, default = "None" }}'),
        ("industry like 'Bankng%'", 'industry = "Industry"'),
        ("industry < 'Bankng'", 'industry = "Industry"'),
        ("industry = company", 'industry = "Industry"'),
        ("source = 'Bankng'", 'source = "LeadSource"'),
    ],
)
def test_words_that_can_come_are_left_alone(when, read):
    assert told(rule(when), read) == []


def test_where_the_crm_takes_any_text_nothing_is_known():
    assert told(rule("industry = 'Bankng'"), picklist=()) == []
    assert told(rule("industry = 'Bankng'"), external_options=True) == []


def test_words_of_another_crm_are_told_in_one_line_of_the_field():
    rules = rule("industry in ('Banking', 'Retail')") + rule("industry in ('Banking', 'Mining', 'Retail')", "B")
    [(hint, message, cure)] = told(rules)
    assert hint
    assert message == "industry is never 'Retail', 'Mining': neither the mapping nor the CRM's options give them."
    assert cure == "What it can be: 'Banking', 'Financial Services', 'Select'."


def test_a_field_that_nothing_fills():
    found = told(rule("servers > 5") + rule("servers < 9 and visits > 1", "B"), look=unfilled)
    message = "nothing fills lead field 'servers', so rule 'A', rule 'B' can never hold."
    assert (False, message, "Add it to the mapping's [read], or remove what asks for it.") in found
    assert any("'visits', so rule 'B' can never hold" in one for _, one, _ in found)


def test_a_field_that_nothing_fills_beside_others():
    [(hint, message, _)] = told(rule("servers > 5 or budget_amount > 9"), look=unfilled)
    assert hint
    assert message == "nothing fills lead field 'servers': what asks for it counts it as not known."
    assert told(rule("budget_amount > 5"), look=unfilled) == []


def test_what_a_missing_field_makes_true_is_no_finding_of_never():
    [(hint, _, _)] = told(rule("servers is null"), look=unfilled)
    assert hint


@pytest.mark.parametrize("name", mappings.names())
def test_the_shipped_mappings_fill_what_the_shipped_playbook_asks_for(name):
    playbook = load_playbook(playbooks.text("it-discovery"), "it-discovery")
    mapping = load_mapping(mappings.text(name), name, playbook)
    assert list(unfilled(playbook, mapping, NOW)) == []
