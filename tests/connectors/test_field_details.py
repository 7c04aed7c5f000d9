"""What describe and the properties API tell of a field, as our own value."""

import msgspec
import pytest

from leadrelay.connectors.hubspot_describe import one_described
from leadrelay.connectors.salesforce_describe import Description, Field
from leadrelay.connectors.transport import Answer


def salesforce(**told):
    return msgspec.convert({"name": "Status__c", "type": "picklist", **told}, Field).info()


def hubspot(**told):
    body = {"name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", **told}
    return one_described(Answer(200, {}, msgspec.json.encode(body)))


def option(value, label=None, **more):
    return {"value": value, "label": label or value, **more}


def test_a_picklist_tells_its_words_its_default_and_what_it_depends_on():
    found = salesforce(
        picklistValues=[option("A", "Alpha"), option("B", defaultValue=True), option("C", "Gone", active=False)],
        controllerName="Country__c",
        inlineHelpText="Choose one.",
        custom=True,
    )
    assert (found.picklist, dict(found.words), found.default) == (("A", "B"), {"A": "Alpha"}, "B")
    assert (found.controller, found.help, found.custom) == ("Country__c", "Choose one.", True)


@pytest.mark.parametrize(
    ("told", "default"),
    [
        ({"type": "boolean", "defaultValue": False}, "false"),
        ({"type": "boolean", "defaultValue": True}, "true"),
        ({"type": "string", "defaultValueFormula": '"new"'}, '"new"'),
        ({"type": "string"}, None),
    ],
)
def test_what_a_new_record_gets(told, default):
    assert salesforce(**told).default == default


def test_formulas_and_encrypted_fields_and_parts_are_told():
    formula = salesforce(type="double", calculated=True, nillable=True)
    assert formula.calculated
    assert not formula.createable
    assert salesforce(type="encryptedstring").encrypted
    assert salesforce(type="string", encrypted=True).encrypted
    assert salesforce(name="City", type="string", compoundFieldName="Address").part_of == "Address"
    assert salesforce(name="Name", type="string", compoundFieldName="Name").part_of == ""


def test_an_object_tells_what_may_be_done_with_it():
    described = Description([], queryable=True, updateable=True)
    assert described.access("Lead") == {"Lead.Read", "Lead.Edit"}


def test_a_property_tells_the_same():
    found = hubspot(
        options=[option("b", "Bronze", displayOrder=1), option("a", displayOrder=0)],
        description="Choose one.",
        hubspotDefined=False,
        hasUniqueValue=True,
        dataSensitivity="highly_sensitive",
    )
    assert (found.picklist, dict(found.words), found.help) == (("a", "b"), {"b": "Bronze"}, "Choose one.")
    assert found.custom
    assert found.external_id
    assert found.encrypted
    made = hubspot(calculated=True, hubspotDefined=True, description=None)
    assert (made.calculated, made.createable, made.custom, made.encrypted, made.help) == (True, False, False, False, "")
