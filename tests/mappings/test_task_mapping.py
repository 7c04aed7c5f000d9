"""`[task]`, and what is left of a mapping when fields are gone from the CRM."""

import pytest

from leadrelay import mappings, playbooks
from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.people import Closed
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping import load
from leadrelay.mappings.mapping_values import TaskMapping

SHIPPED = load_playbook(playbooks.text("it-discovery"), "it-discovery")
TEXT = """\
object = "Lead"
leave = "converted"
[read]
converted = "IsConverted"
email = "Email"
industry = "Industry"
[write]
Leadrelay_Score__c = "score"
Branch__c = { from = "industry", policy = "fill" }
Origin__c = { constant = "leadrelay", policy = "fill" }
[task]
key = "Key__c"
owner = "OwnerId"
"""


def loaded(text=TEXT):
    return load(text, "m.toml", SHIPPED)


def fields_of(mapping):
    return [read.field for read in mapping.reads], [write.field for write in mapping.writes]


def test_a_task_has_a_key_and_an_owner_that_is_read():
    mapping = loaded()
    assert mapping.task == TaskMapping("Key__c", "OwnerId", "m.toml:11 task")
    assert "OwnerId" in mapping.crm_fields()
    assert "Key__c" not in mapping.crm_fields()


def test_an_owner_may_be_left_out_and_so_may_tasks():
    alone = loaded(TEXT.replace('owner = "OwnerId"\n', ""))
    assert (alone.task.owner, "OwnerId" in alone.crm_fields()) == ("", False)
    assert loaded(TEXT.partition("[task]")[0]).task is None


def test_tasks_are_part_of_the_fingerprint():
    texts = [
        TEXT,
        TEXT.replace("Key__c", "Other__c"),
        TEXT.replace("OwnerId", "Seller__c"),
        TEXT.partition("[task]")[0],
    ]
    assert len({loaded(text).fingerprint for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "Key__c"\n', "", "m.toml:11 task: lacks 'key'. Add the line: key = ..."),
        ("Key__c", "Task.Key__c", "m.toml:12 task.key: 'Task.Key__c' is no name of a CRM field. Use the API name"),
        ("OwnerId", "Owner.Email", "m.toml:13 task.owner: 'Owner.Email' is no name of a CRM field. Use the API name"),
        (
            "OwnerId",
            "branch__c",
            "m.toml:13 task.owner: 'branch__c' is written by [write] already. Keep one of the two.",
        ),
        ("owner =", "oner =", "m.toml:13 task.oner: unknown key 'oner'. Did you mean 'owner'?"),
        ('"Key__c"', "3", "m.toml:12 task.key: must be text, not a whole number."),
    ],
)
def test_what_is_wrong_with_it(old, new, said):
    with pytest.raises(ConfigError) as caught:
        loaded(TEXT.replace(old, new))
    assert [str(problem)[: len(said)] for problem in caught.value.problems] == [said]


@pytest.mark.parametrize(
    ("name", "key", "owner"),
    [("salesforce-lead", "Leadrelay_Key__c", "OwnerId"), ("hubspot-contact", "leadrelay_key", "hubspot_owner_id")],
)
def test_the_shipped_mappings_make_tasks(name, key, owner):
    task = load(mappings.text(name), name, SHIPPED).task
    assert (task.key, task.owner) == (key, owner)


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (None, ["the CRM has no field 'OwnerId', or this user may not see it."]),
        (FieldInfo("OwnerId", "Owner", "reference", updateable=False), ["'OwnerId' cannot be written by this user,"]),
        (FieldInfo("OwnerId", "Owner", "reference"), []),
    ],
)
def test_the_owner_has_to_be_writable(info, said):
    text = '[read]\nemail = "Email"\n[task]\nkey = "Key__c"\nowner = "OwnerId"\n'
    mapping = load(f'object = "Lead"\n{text}', "m.toml", SHIPPED)
    schema = {"Email": FieldInfo("Email", "E-mail", "email")} | ({"OwnerId": info} if info else {})
    found = examine(mapping, schema, "salesforce")
    assert [finding.message[: len(text)] for finding, text in zip(found, said, strict=True)] == said
    assert all(finding.level == "error" and finding.place == "m.toml:4 task" for finding in found)


def test_what_a_field_fed_goes_with_it():
    mapping = loaded()
    assert mapping.leads_of(["industry", "Nothing__c"]) == {"industry"}
    left = mapping.without(["industry", "Nothing__c"])
    assert fields_of(left) == (["IsConverted", "Email"], ["Leadrelay_Score__c", "Origin__c"])
    assert left.fingerprint != mapping.fingerprint
    assert (left.leave, left.task, left.object) == (mapping.leave, mapping.task, mapping.object)
    assert "Industry" not in left.crm_fields()


def test_a_written_field_that_is_gone_is_not_written():
    left = loaded().without(["Leadrelay_Score__c"])
    assert fields_of(left)[1] == ["Branch__c", "Origin__c"]
    assert loaded().leads_of(["Leadrelay_Score__c"]) == frozenset()


def test_without_the_owner_s_field_tasks_go_on():
    left = loaded().without(["OwnerId"])
    assert left.task == TaskMapping("Key__c", "", "m.toml:11 task")
    assert "OwnerId" not in left.crm_fields()


def test_where_leave_cannot_be_decided_nothing_is_written():
    left = loaded().without(["IsConverted"])
    assert (left.writes, left.task, left.leave) == ((), None, None)
    assert fields_of(left)[0] == ["Email", "Industry"]


def test_without_nothing_it_is_the_same():
    assert loaded().without([]) == loaded()


def test_each_loss_has_a_fingerprint_of_its_own():
    mapping = loaded()
    losses = [[], ["Email"], ["Industry"], ["Email", "Industry"]]
    assert len({mapping.without(gone).fingerprint for gone in losses}) == len(losses)
    assert mapping.without(["Industry", "Email"]) == mapping.without(["Email", "Industry"])


CLOSED = TEXT.replace('email = "Email"', 'status = "Status"') + 'closed = ["Nope", "Closed"]\n'


def test_leads_that_are_closed_are_known_by_their_status():
    assert loaded(CLOSED).closed == Closed("Status", ("Nope", "Closed"))
    assert loaded().closed is None
    with pytest.raises(
        ConfigError, match=r"m\.toml:14 task\.closed: \[read\] does not say which CRM field is 'status'"
    ):
        loaded(TEXT + 'closed = ["Closed"]\n')


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("salesforce", "'Nope' in 'closed' is no value of 'Status'."),
        (
            "hubspot",
            "'closed' changes nothing: HubSpot cannot count by owner, so the leads that were given are counted.",
        ),
    ],
)
def test_what_is_closed_is_held_against_the_crm(kind, said):
    schema = {"Status": FieldInfo("Status", "Status", "picklist", picklist=("Open", "Closed"))}
    found = [one.message for one in examine(loaded(CLOSED), schema, kind) if "'closed'" in one.message]
    assert found == [said]
