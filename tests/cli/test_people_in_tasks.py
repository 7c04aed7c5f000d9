"""What is known of others beside a lead is known to every command that decides about it."""

from leadrelay import mappings

MORE = """
[write.Leadrelay_Duplicate_Of__c]
from = "duplicate_of"
[write.Leadrelay_Group_Missing__c]
from = "group_missing"
"""


def test_a_mapping_that_writes_what_others_are_lets_the_draft_of_a_task_be_seen(desk):
    (desk.folder / "lead.toml").write_text(mappings.text("salesforce-lead") + MORE)
    desk.write(lambda text: text.replace('mapping = "salesforce-lead"', 'mapping = "lead.toml"'))
    [lead, *_] = [lead["lead"] for lead in desk.json("plan", "salesforce")["leads"] if lead["task"]]
    assert desk.json("explain", "salesforce", lead, "--task", exits=(0,))["subject"]
