"""`reference` in a mapping: what it is read as, what is wrong with it, and what the doctor says of the field."""

import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.references import Reference
from leadrelay.errors import ConfigError
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping import load

GOOD = """
object = "Lead"
[read]
email = "Email"
owner = { field = "OwnerId", reference = "owner" }
[write]
Rep__c = { from = "owner", policy = "own", reference = "owner" }
Company__c = { from = "domain", policy = "own", reference = "account" }
"""


def test_what_is_read(playbook):
    mapping = load(GOOD, "map.toml", playbook)
    assert [read.reference for read in mapping.reads] == [None, Reference.OWNER]
    assert [write.reference for write in mapping.writes] == [Reference.OWNER, Reference.ACCOUNT]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"OwnerId", reference = "owner"', '"OwnerId", reference = "account"', "unknown reference 'account'"),
        ('"OwnerId", reference = "owner"', '"OwnerId", reference = "owner", default = "x"', "the id of a user"),
        ('field = "OwnerId", ', 'first = ["OwnerId"], ', "has a meaning beside 'field' only"),
        ('reference = "account"', 'reference = "acount"', "unknown reference 'acount'"),
        ('reference = "account"', 'reference = "account", cut = 5', "has no meaning for an id"),
        ('from = "domain"', 'from = "score"', "are text, not"),
        ('from = "domain"', 'constant = "x"', "has a meaning beside 'from' only"),
        ('reference = "account"', 'reference = "account", null = "clear"', "must not clear the field"),
    ],
)
def test_what_is_wrong(old, new, message, playbook):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load(GOOD.replace(old, new), "map.toml", playbook)
    assert message in str(caught.value)


def looked_up(target):
    return {"extra": {"reference_to": target, "relationship": "x"}}


SALESFORCE = {
    "Email": FieldInfo("Email", "Email", "email", 80),
    "OwnerId": FieldInfo("OwnerId", "Owner", "reference", **looked_up("Group,User")),
    "Rep__c": FieldInfo("Rep__c", "Rep", "reference", **looked_up("User")),
    "Company__c": FieldInfo("Company__c", "Company", "reference", **looked_up("Account")),
}


def errors(mapping, schema, kind):
    return [finding.message for finding in examine(mapping, schema, kind) if finding.level == "error"]


def test_a_lookup_to_what_is_meant_is_fine_and_any_other_is_not(playbook):
    mapping = load(GOOD, "map.toml", playbook)
    assert errors(mapping, SALESFORCE, "salesforce") == []
    swapped = {**SALESFORCE, "Rep__c": SALESFORCE["Company__c"], "Company__c": SALESFORCE["Email"]}
    assert errors(mapping, swapped, "salesforce") == [
        "'Company__c' holds no ids of users: its type is reference.",
        "'Email' holds no ids of companies: its type is email.",
    ]
    read = {**SALESFORCE, "OwnerId": SALESFORCE["Email"]}
    assert errors(mapping, read, "salesforce") == ["'Email' holds no ids of users: its type is email."]


def test_hubspot_keeps_companies_in_texts_and_numbers(playbook):
    text = GOOD.replace("__c", "").replace("OwnerId", "hubspot_owner_id").replace('"Email"', '"email"')
    mapping = load(text.replace("Rep ", "rep ").replace("Company ", "company "), "map.toml", playbook)
    owner = FieldInfo("rep", "Rep", "enumeration", extra={"external_options": True})
    schema = {
        "email": FieldInfo("email", "Email", "string"),
        "hubspot_owner_id": owner,
        "rep": owner,
        "company": FieldInfo("company", "Company", "number"),
    }
    assert errors(mapping, schema, "hubspot") == []
    assert len(errors(mapping, {**schema, "company": owner, "rep": FieldInfo("rep", "", "date")}, "hubspot")) == 2
