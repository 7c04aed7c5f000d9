from dataclasses import replace

import pytest

from leadrelay import mappings, playbooks
from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.customising import LEAD, NOTE, TASK, OwnField
from leadrelay.core.lead import Type
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.writes import Policy, Write
from leadrelay.errors import ConfigError
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping import load
from leadrelay.mappings.mapping_values import Mapping
from leadrelay.mappings.owned import owned, united
from tests.mappings.conftest import PLAYBOOK, TEAM

HEAD = """object = "Lead"
[read]
employees = "NumberOfEmployees"
revenue = "AnnualRevenue"
technologies = "Technologies__c"
minutes = "Minutes__c"
budget_amount = "Budget__c"
"""


def of(text, team=TEAM, kind="salesforce"):
    playbook = load_playbook(PLAYBOOK + team, "playbook.toml")
    return {field.name: field for field in owned(load(HEAD + text, "mapping.toml", playbook), playbook, kind)}


def as_described(field, kind):
    """What the CRM tells of a field made like this."""
    if kind == "hubspot":
        types = {Type.TEXT: "string", Type.INTEGER: "number", Type.NUMBER: "number", Type.BOOLEAN: "bool"}
        return FieldInfo(field.name, field.label, types.get(field.type, str(field.type)))
    types = {Type.INTEGER: "double", Type.NUMBER: "double", Type.TEXT: "string"}
    digits = {"precision": 18, "scale": 0 if field.type is Type.INTEGER else 2}
    return FieldInfo(field.name, field.label, types.get(field.type, str(field.type)), field.length, extra=digits)


@pytest.mark.parametrize(("name", "kind"), [("salesforce-lead", "salesforce"), ("hubspot-contact", "hubspot")])
def test_the_doctor_finds_nothing_wrong_with_fields_so_made(name, kind):
    playbook = load_playbook(playbooks.text("it-discovery") + TEAM, "it-discovery")
    mapping = load(mappings.text(name), name, playbook)
    fields = owned(mapping, playbook, kind)
    schema = {field.name: as_described(field, kind) for field in fields if field.on == LEAD}
    ours = replace(mapping, reads=(), writes=tuple(one for one in mapping.writes if one.field in schema), task=None)
    assert len(ours.writes) == 21
    assert examine(ours, schema, kind) == []
    assert mapping.task.reason in schema


def test_the_doctor_would_find_what_is_too_short():
    playbook = load_playbook(PLAYBOOK, "playbook.toml")
    mapping = load(f'{HEAD}[write]\nLeadrelay_Stage__c = "stage"\n', "mapping.toml", playbook)
    (field,) = owned(mapping, playbook, "salesforce")
    schema = {field.name: as_described(replace(field, length=2), "salesforce")}
    assert [one.level for one in examine(replace(mapping, reads=()), schema, "salesforce")] == ["error"]


def test_ours_are_those_of_our_name_and_what_tasks_need():
    text = '[write]\nLEADRELAY_Score__c = "score"\nRating = { from = "grade", policy = "fill" }\n'
    text += '[task]\nkey = "Key__c"\nowner = "OwnerId"\nreason = "Why__c"\n'
    assert {name: field.on for name, field in of(text).items()} == {
        "LEADRELAY_Score__c": LEAD,
        "Key__c": TASK,
        "Why__c": LEAD,
    }
    assert "Why__c" not in of(text, team=""), "nobody chooses an owner, so that there is no reason to tell"


def test_the_key_is_unique_on_tasks_and_in_hubspot_on_notes():
    text = '[write]\nleadrelay_score = "score"\n[task]\nkey = "leadrelay_key"\n'
    playbook = load_playbook(PLAYBOOK, "playbook.toml")
    keys = [one for one in owned(load(HEAD + text, "m", playbook), playbook, "hubspot") if one.name == "leadrelay_key"]
    assert [(one.on, one.unique, one.length, one.type) for one in keys] == [
        (TASK, True, 40, Type.TEXT),
        (NOTE, True, 40, Type.TEXT),
    ]


@pytest.mark.parametrize(
    ("write", "kind", "length"),
    [
        ('"score"', Type.INTEGER, None),
        ('"budget_amount"', Type.NUMBER, None),
        ('"qualified"', Type.BOOLEAN, None),
        ('"reengage_on"', Type.DATE, None),
        ('"grade"', Type.TEXT, 40),
        ('"question"', Type.TEXT, 255),
        ('{ from = "reasons", cut = 4000 }', Type.TEXT, 4000),
        ('{ from = "reasons", cut = 100 }', Type.TEXT, 255),
        ('"reasons"', Type.TEXT, 32_768),
        ('"technologies"', Type.TEXT, 32_768),
        ('{ from = "qualified", values = { true = "yes" } }', Type.TEXT, 40),
        (f'{{ constant = "{"x" * 50}" }}', Type.TEXT, 80),
        ("{ constant = 7 }", Type.INTEGER, None),
    ],
)
def test_type_and_length_are_of_what_goes_in(write, kind, length):
    (field,) = of(f"[write]\nLeadrelay_It__c = {write}\n").values()
    assert (field.type, field.length) == (kind, length)


@pytest.mark.parametrize(("template", "length"), [("{stage}, {grade}, {stage}", 255), ("{stage}, {reasons}", 32_768)])
def test_a_template_is_as_long_as_what_goes_in(template, length):
    playbook = load_playbook(PLAYBOOK, "playbook.toml")
    write = Write("Leadrelay_Note__c", Type.TEXT, Policy.OWN, template=template)
    (field,) = owned(Mapping("Lead", (), (write,), ""), playbook, "salesforce")
    words = ", ".join(dict.fromkeys(write.sources))
    assert (field.length, field.description) == (length, f"Made by leadrelay of {words}.")


def test_labels_and_descriptions_are_for_people():
    text = '[write]\nLeadrelay_Bant_Score__c = "bant_score"\nleadrelay_employees = "employees"\n'
    fields = of(text)
    assert fields["Leadrelay_Bant_Score__c"].label == "Leadrelay BANT Score"
    assert fields["Leadrelay_Bant_Score__c"].description == "Points for BANT, after their cap."
    assert fields["leadrelay_employees"].label == "Leadrelay Employees"
    assert all(len(field.label) <= 40 for field in fields.values())


def field(name, kind=Type.TEXT, **more):
    return OwnField(LEAD, name, "", kind, "", **more)


def test_two_jobs_share_a_field_as_wide_as_either_needs_it():
    jobs = {"a": [field("X__c", length=40), field("N__c", Type.INTEGER)], "b": [field("x__C", length=80)]}
    jobs["c"] = [field("N__c", Type.NUMBER)]
    assert [(one.name, one.type, one.length) for one in united(jobs)] == [
        ("X__c", Type.TEXT, 80),
        ("N__c", Type.NUMBER, None),
    ]


def test_two_jobs_that_cannot_share_a_field_are_told():
    with pytest.raises(ConfigError) as error:
        united({"a": [field("X__c")], "b": [field("X__c", Type.DATE)]})
    (problem,) = error.value.problems
    assert problem.place == "job 'b'"
    assert problem.message == "writes a date into 'X__c', and job 'a' text."
