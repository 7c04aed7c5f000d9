"""What `check` says of an enrichment that nothing comes of, and of words that nobody says."""

import pytest

from leadrelay import mappings, playbooks
from leadrelay.core.playbook.loading import load as playbook_of
from leadrelay.mappings.enriched import idle, kept, steady
from leadrelay.mappings.mapping import load as mapping_of
from leadrelay.mappings.vocabulary import unknown_words, unsaid_words
from tests.mappings.test_vocabulary import MAPPING, OPTIONS, PLAYBOOK, rule

EMPLOYEES = '[enrichment.fields.employees]\nfrom = ["pdl"]\n'


def both(rules="", more=""):
    playbook = playbook_of(PLAYBOOK.format(more=rules), "p.toml")
    return playbook, mapping_of(MAPPING.format(more=more), "m.toml", playbook)


def messages(found):
    return [(one.place, one.message) for one in found]


@pytest.mark.parametrize(
    ("rules", "more", "asked"),
    [
        (EMPLOYEES + rule("employees > 5"), "", ()),
        (EMPLOYEES + rule("employee_band = '1'"), "", ()),
        (EMPLOYEES, '[write]\nSize = { from = "employees", policy = "fill" }', ()),
        (EMPLOYEES, '[write]\nSize = { from = "employee_band", policy = "fill" }', ()),
        (EMPLOYEES, '[write]\nTold = { from = "provenance", policy = "fill" }', ()),
        (EMPLOYEES, '[write]\nTold = { from = "provenance.employees", policy = "fill" }', ()),
        (EMPLOYEES, "", ("employees",)),
        (EMPLOYEES.replace("employees", "phone"), '[write]\nTwins = { from = "duplicates", policy = "own" }', ()),
        (
            EMPLOYEES + "[decision_group]\nuser = 'employees > 5'\n",
            '[write]\nGroup = { from = "group_known", policy = "own" }',
            (),
        ),
        (
            EMPLOYEES + '[enrichment.fields.city]\nfrom = ["pdl"]\nrun_if = "employees > 5"\n' + rule("city = 'Graz'"),
            "",
            (),
        ),
    ],
)
def test_what_somebody_uses_is_not_idle(rules, more, asked):
    assert messages(idle(*both(rules, more), asked)) == []


@pytest.mark.parametrize("more", ["", 'run_if = "employees is null"\n'])
def test_a_field_that_nothing_uses_is_told(more):
    [(place, message)] = messages(idle(*both(EMPLOYEES + more, 'employees = "Size"'), ()))
    assert place == "p.toml:5 enrichment.fields.employees"
    assert message == "providers are asked for 'employees', which nothing uses."


def test_a_half_life_needs_a_least_confidence():
    fading = EMPLOYEES + 'half_life = "1 year"\n'
    [(place, message)] = messages(steady(both(fading)[0]))
    assert place == "p.toml:7 enrichment.fields.employees.half_life"
    assert message.startswith("half_life of 'employees' changes nothing")
    assert messages(steady(both(fading + "min_confidence = 0.5\n")[0])) == []


def test_a_value_of_ours_is_to_be_known_as_ours():
    def told(policy):
        write = f'[write]\nSize = {{ from = "employees", policy = "{policy}" }}' if policy else ""
        return [(one.hint, one.message) for one in kept(*both(EMPLOYEES, f'employees = "size"\n{write}'))]

    assert told("fill") == told("unless-edited") == []
    assert told("own") == [
        (False, "'Size' has policy 'own': a later run takes what was found for a person's value."),
    ]
    unwritten = "what providers say of 'employees' is not written to 'size', which it is read from."
    assert told("") == [(True, unwritten)]


@pytest.mark.parametrize(
    ("rules", "message", "cure"),
    [
        (rule("seniority = 'c-levl'"), "rule 'A' asks whether seniority is 'c-levl'", "Did you mean 'c-level'?"),
        (rule("email_kind in ('company', 'work')"), "rule 'A' asks whether email_kind is 'work'", "What it can be:"),
        (rule("employee_band = '10-50'"), "rule 'A' asks whether employee_band is '10-50'", "Did you mean '11-50'?"),
        (
            rule("any_of(known_technologies, 'Servicenow')"),
            "rule 'A' asks whether known_technologies is 'Servicenow'",
            "Did you mean 'ServiceNow'?",
        ),
        (
            EMPLOYEES + "run_if = \"email_kind = 'bussiness'\"\n",
            "'run_if' of employees asks whether email_kind is 'bussiness'",
            "What it can be:",
        ),
        (
            "[decision_group]\nuser = \"job_function = 'cooking'\"\n",
            "role 'user' asks whether job_function is 'cooking'",
            "What it can be:",
        ),
        (
            rule("any_of(group_missing, 'budget holdr')"),
            "rule 'A' asks whether group_missing is 'budget holdr'",
            "Did you mean 'budget holder'?",
        ),
    ],
)
def test_a_word_that_a_derived_field_never_says(rules, message, cure):
    [found] = unsaid_words(*both(rules))
    assert (found.message, found.hint) == (f"{message}, which it never is.", False)
    assert found.cure.startswith(cure)


def test_a_derived_field_that_the_crm_gives_may_say_anything():
    rules = rule("seniority = 'Chief'")
    assert [*unsaid_words(*both(rules))]
    assert not [*unsaid_words(*both(rules, 'seniority = "Level"'))]


def test_a_provider_may_bring_other_words_than_the_crm():
    from leadrelay.connectors.base import FieldInfo

    schema = {"Industry": FieldInfo("Industry", "Industry", "picklist", picklist=OPTIONS)}
    mining = rule("industry = 'Mining'")
    assert [*unknown_words(*both(mining, 'industry = "Industry"'), schema)]
    found = EMPLOYEES.replace("employees", "industry")
    assert not [*unknown_words(*both(mining + found, 'industry = "Industry"'), schema)]


@pytest.mark.parametrize("name", mappings.names())
def test_the_shipped_playbook_says_no_such_word(name):
    playbook = playbook_of(playbooks.text("it-discovery"), "it-discovery")
    assert not [*unsaid_words(playbook, mapping_of(mappings.text(name), name, playbook))]
