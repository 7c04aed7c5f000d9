"""`[task] reason`: the field for the line that says why this owner, read from the mapping and looked at in the CRM."""

import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping import load
from tests.mappings.conftest import TEAM

PLAYBOOK = """
name = "small"
[qualification]
when = "true"
[[stages]]
name = "name"
label = "Name"
side = "lead-generation"
"""
MAPPING = 'object = "Lead"\n[read]\ncompany = "Company"\n[write]\nLeadrelay_Stage = "stage"\n[task]\nkey = "Key"\n'


def mapping(lines, team=TEAM):
    return load(MAPPING + lines, "mapping.toml", load_playbook(PLAYBOOK + team, "playbook.toml"))


def info(name, length=255, **more):
    return FieldInfo(name, name, "string", length, **more)


def test_it_is_read_from_the_crm_and_goes_with_the_owner():
    found = mapping('owner = "OwnerId"\nreason = "Why"\n')
    assert found.crm_fields()[-2:] == ("OwnerId", "Why")
    assert found.without({"why"}).task.reason == ""
    assert (found.without({"ownerid"}).task.owner, found.without({"ownerid"}).task.reason) == ("", "")
    assert (found.noted_fields, found.shared_fields) == (("OwnerId",), ())


def test_where_nobody_is_chosen_it_is_not_asked_for():
    found = mapping('owner = "OwnerId"\nreason = "Why"\n', team="")
    assert (found.task.reason, found.crm_fields()[-1]) == ("", "OwnerId")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('reason = "Why"\n', "together with the owner only"),
        ('owner = "OwnerId"\nreason = "Leadrelay_Stage"\n', "is written by \\[write\\] already"),
        ('owner = "OwnerId"\nreason = "two words"\n', "is no name of a CRM field"),
    ],
)
def test_what_is_wrong_is_told(lines, said):
    with pytest.raises(ConfigError, match=said):
        mapping(lines)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (None, "owners come without a reason"),
        (info("Why", updateable=False), "cannot be written"),
        (info("Why", 80), "takes 80 characters"),
        (info("Why"), ""),
    ],
)
def test_check_looks_at_it(why, said):
    fields = [info("Company"), info("Leadrelay_Stage"), info("OwnerId"), *([why] if why else [])]
    schema = {field.name: field for field in fields}
    messages = [
        finding.message for finding in examine(mapping('owner = "OwnerId"\nreason = "Why"\n'), schema, "salesforce")
    ]
    assert any(said in message for message in messages) if said else not any("Why" in text for text in messages)
