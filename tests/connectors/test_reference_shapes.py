"""Our own fields that refer to users and accounts: as Salesforce and HubSpot define them, and what would do instead."""

import pytest

from leadrelay.connectors.customising import LEAD, OwnField, State
from leadrelay.connectors.hubspot_schema import definition
from leadrelay.connectors.salesforce_shapes import Shape, metadata, named
from leadrelay.core.lead import Type
from leadrelay.core.references import Reference


def field(reference):
    return OwnField(LEAD, "Leadrelay_Rep__c", "Rep", Type.TEXT, "It.", 255, reference=reference)


@pytest.mark.parametrize(("reference", "target"), [(Reference.OWNER, "User"), (Reference.ACCOUNT, "Account")])
def test_salesforce_looks_up(reference, target):
    made = metadata(field(reference))
    assert (made["type"], made["referenceTo"], made["relationshipName"]) == ("Lookup", target, "Leadrelay_Rep")
    assert named(field(reference)) == f"Lookup({target})"
    assert Shape("reference", refers=("Group", target)).judge(field(reference)) == (State.DONE, "")
    assert Shape.defined(made).judge(field(reference)) == (State.DONE, "")
    for other in (Shape("reference", refers=("Contact",)), Shape("string", 255)):
        state, why = other.judge(field(reference))
        assert (state, named(field(reference)) in why) == (State.CONFLICT, True)


def test_hubspot_has_a_list_of_its_users_and_keeps_other_ids_as_text():
    owner, account = (definition(field(reference)) for reference in (Reference.OWNER, Reference.ACCOUNT))
    assert (owner["type"], owner["externalOptions"], owner["referencedObjectType"]) == ("enumeration", True, "OWNER")
    assert (account["type"], "externalOptions" in account) == ("string", False)
