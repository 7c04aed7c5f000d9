"""`[enrichment]` of a playbook: what is read, and every problem with its place and its way out."""

from datetime import timedelta

import pytest

from leadrelay.core.clean.fields import ABOUT_OTHERS, DERIVED, FOUND_BY_ASKING, SCHEMA
from leadrelay.core.enrich.values import Enrichment, FieldPlan
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.enrichment import unknown_providers
from leadrelay.core.playbook.loading import load
from leadrelay.errors import ConfigError

BASE = """
name = "Test"
[fields.form_employees]
type = "integer"
meaning = "Size, as the lead wrote it"
[qualification]
when = "bant_met >= 3"
[[stages]]
name = "new"
side = "lead-generation"
"""
EMPLOYEES = """
[enrichment.fields.employees]
from = ["crm", "companies", "pdl"]
min_confidence = 0.8
run_if = "email_kind = 'company'
  and not converted"
fresh = "3 months"
half_life = "1 year"
form = "form_employees"
"""


def read(text):
    return load(BASE + text, "my.toml")


def problems(text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def field(name, keys='from = ["pdl"]'):
    return f"[enrichment.fields.{name}]\n{keys}\n"


def test_a_field_is_read_with_all_that_is_said_of_it():
    text = EMPLOYEES.replace("\n  and", " and")
    [plan] = read(text).enrichment.fields
    assert (plan.field, plan.providers, plan.min_confidence) == ("employees", ("crm", "companies", "pdl"), 0.8)
    assert plan.run_if.text == "email_kind = 'company' and not converted"
    assert (plan.fresh, plan.half_life) == (timedelta(days=90), timedelta(days=365))
    assert plan.form == "form_employees"


def test_what_is_not_said_is_usual():
    [plan] = read(field("industry", 'from = "pdl"')).enrichment.fields
    assert plan == FieldPlan("industry", ("pdl",), 0.0, None, timedelta(days=180), None, "")


def test_without_the_part_nothing_is_enriched_and_nothing_more_is_read():
    playbook = read("")
    assert playbook.enrichment == Enrichment()
    assert playbook.enrichment.asks == frozenset()
    assert read("[enrichment]").enrichment == Enrichment()


def test_providers_come_in_the_order_in_which_they_are_asked_first():
    text = field("industry", 'from = ["crm", "pdl"]') + field("employees", 'from = ["apollo", "crm"]')
    assert read(text).enrichment.providers == ("crm", "pdl", "apollo")


def test_what_the_enrichment_looks_at_is_read():
    used = read(EMPLOYEES.replace("\n  and", " and")).fields_used
    assert used >= {"employees", "form_employees", "email_kind", "converted"}


def test_another_enrichment_is_another_playbook():
    """So that the first run after the change looks at every lead."""
    one, other = field("industry"), field("industry", 'from = ["apollo"]')
    assert read(one).fingerprint != read(other).fingerprint != read("").fingerprint


@pytest.mark.parametrize(
    ("written", "lasts"),
    [("1 day", 1), ("2 weeks", 14), ("1 month", 30), ("12 months", 365), ("18 months", 545), ("2 years", 730)],
)
def test_a_month_has_30_days_and_a_year_365(written, lasts):
    [plan] = read(field("industry", f'from = "pdl"\nfresh = "{written}"')).enrichment.fields
    assert plan.fresh == timedelta(days=lasts)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (field("employes"), "unknown lead field 'employes'. Did you mean 'employees'"),
        (field("zzz_zzz"), "unknown lead field 'zzz_zzz'. Add it to the playbook's [fields]."),
        (field("email_kind"), "'email_kind' is derived from other fields, those that were enriched too."),
        (field("domain"), "Enrich 'website' instead."),
        (field("owner"), "'owner' is what the CRM itself says of its record: no provider fills it."),
        (field("current_stage"), "'current_stage' holds what leadrelay decided last: no provider fills it."),
        (field("sales_verdict"), "'sales_verdict' is the word of sales: no provider fills it."),
        (field("opted_out"), "'opted_out' is for the person alone to say: no provider fills it."),
        (field("meeting_at"), "'meeting_at' says what somebody here did: no provider fills it."),
        (field("provenance"), "'provenance' is worked out once the enrichment is done: no provider fills it."),
        (field("score"), "'score' is what the playbook decides: no provider fills it."),
        (field("industry", "fresh = '1 day'"), "lacks 'from'. Add the line: from = ..."),
        (field("industry", "from = []"), "names nobody to ask. Name providers of the configuration"),
        (field("industry", "from = ['pdl', 'crm', 'pdl']"), "'pdl' stands there twice."),
        (field("industry", "from = ['person', 'pdl']"), "'person' is no provider: what it says wins anyway."),
        (field("industry", "from = ['form']"), "the field of a form is named by: form = ..."),
        (field("industry", "from = ['kept']"), "'kept' is a word of leadrelay's own. Call the provider otherwise."),
        (field("industry", "from = ['p d l']"), "number 1 is no name of a provider."),
        (field("industry", "from = 'pdl'\nmin_confidence = 80"), "must lie between 0 and 1. Write 0.8 for 80 %."),
        (field("industry", "from = 'pdl'\nmin_confidence = true"), "must be a number"),
        (field("industry", "from = 'pdl'\nfresh = 'soon'"), "'soon' is no interval of days, weeks, months or years."),
        (field("industry", "from = 'pdl'\nfresh = '6 hours'"), "'6 hours' is no interval of days, weeks, months"),
        (field("industry", "from = 'pdl'\nfresh = '0 days'"), "'0 days' is not between one day and 100 years."),
        (field("industry", "from = 'pdl'\nhalf_life = '101 years'"), "'101 years' is not between one day and 100"),
        (field("industry", "from = 'pdl'\nrun_if = 'emial_kind = 1'"), "unknown field 'emial_kind'"),
        (field("industry", "from = 'pdl'\nrun_if = 'score > 10'"), "What is decided later cannot be asked for: score."),
        (field("industry", "from = 'pdl'\nrun_if = 'duplicates > 0'"), "unknown field 'duplicates'"),
        (field("industry", "from = 'pdl'\nform = 'formfield'"), "unknown lead field 'formfield'."),
        (field("industry", "from = 'pdl'\nform = 'industry'"), "'industry' is itself: a form's field holds"),
        (field("industry", "from = 'pdl'\nform = 'form_employees'"), "'form_employees' is of type integer, and"),
        (field("industry", "from = 'pdl'\nform = 'sector'"), "'sector' is no field that a form fills."),
        (field("city", "from = 'pdl'\nform = 'state'") + field("state"), "'state' is enriched too: a form's field"),
        (field("industry", "from = 'pdl'\nrunif = 'converted'"), "unknown key 'runif'. Did you mean 'run_if'?"),
        ("[enrichment.field.industry]\nfrom = 'pdl'\n", "unknown key 'field'. Did you mean 'fields'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(text, told):
    [problem] = problems(text)
    assert told in problem
    assert problem.startswith("my.toml")


def test_every_problem_is_told_at_once():
    assert len(problems(field("owner", "from = []\nfresh = 'x'") + field("employes"))) == 4


def test_every_field_that_is_open_can_be_enriched_and_no_other():
    """Whatever comes to the schema has to be decided about."""
    refused = set()
    for name in [*SCHEMA, *OUTPUTS]:
        try:
            read(field(name))
        except ConfigError:
            refused.add(name)
    assert refused >= {*DERIVED, *OUTPUTS, *ABOUT_OTHERS} - FOUND_BY_ASKING
    assert not refused & {"email", "phone", "title", "company", "employees", "technologies", "mail_provider"}


def test_a_provider_that_the_configuration_does_not_have_is_told_with_its_place():
    playbook = read("[enrichment.fields.industry]\nfrom = ['crm', 'pld', 'mine']\n")
    assert unknown_providers(playbook, ["crm", "pld", "mine"]) == []
    one, other = unknown_providers(playbook, ["crm", "pdl", *map(str, range(20))])
    assert str(one) == ("my.toml:12 enrichment.fields.industry.from: there is no provider 'pld'. Did you mean 'pdl'?")
    assert other.cure == "Add to the configuration: [providers.mine]"
