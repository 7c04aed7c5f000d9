"""What a playbook decides by what it decided before has to come back from the CRM."""

import pytest

from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping_text import load

PLAYBOOK = load_playbook(
    """
name = "Test"
[bands]
hot = 5
[qualification]
when = "bant_met > 0"
[[recycle]]
name = "Wait"
when = "initiatives = 'wait'"
after = "10 days"
[[stages]]
name = "sql"
label = "Sales"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
side = "lead-generation"
[transitions]
name = ["sql"]
""",
    "playbook.toml",
)
WHOLE = """
object = "Lead"
[read]
initiatives = "Initiatives"
current_stage = "Leadrelay_Stage__c"
current_recycle_reason = "Leadrelay_Reason__c"
current_reengage_on = "Leadrelay_Reengage__c"
[write]
Leadrelay_Stage__c = "stage"
Leadrelay_Reason__c = "recycle_reason"
Leadrelay_Reengage__c = "reengage_on"
Leadrelay_Label__c = "stage_label"
Leadrelay_Band__c = "band"
Leadrelay_Side__c = { from = "side", values = { sales = "Sales", lead-generation = "Marketing" } }
"""
WRONG = {
    "no reason": ('current_recycle_reason = "Leadrelay_Reason__c"\n', "", "nothing fills lead field 'current_recycle_"),
    "no day": ('current_reengage_on = "Leadrelay_Reengage__c"\n', "", "recycles leads, and nothing fills lead field"),
    "no stage": ('current_stage = "Leadrelay_Stage__c"\n', "", "lists transitions, and nothing fills lead field"),
    "a day that is not kept": (
        'Leadrelay_Reengage__c = "reengage_on"\n', "",
        "my.toml:7 read.current_reengage_on: lead field 'current_reengage_on' is to hold", "from = 'reengage_on'",
    ),
    "what came before that is not kept": (
        "[write]", 'current_recycled_before = "Before__c"\n[write]',
        "lead field 'current_recycled_before' is to hold", "from = 'recycled_before'",
    ),
    "a side unheard of": ("lead-generation =", "lead-gen =", "'lead-gen' is no value of 'side'.", "'lead-generation'"),
}  # fmt: skip


def test_what_comes_out_is_known_where_it_is_certain():
    writes = {write.field: write.known for write in load(WHOLE, "my.toml", PLAYBOOK).writes}
    assert writes["Leadrelay_Reason__c"] == ("Wait",)
    assert writes["Leadrelay_Label__c"] == ("Sales", "name")
    assert writes["Leadrelay_Band__c"] == ("hot",)
    assert writes["Leadrelay_Side__c"] == ("Sales", "Marketing")


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_missing_is_told(case):
    old, new, *expected = case
    assert WHOLE.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        load(WHOLE.replace(old, new), "my.toml", PLAYBOOK)
    assert any(all(words in str(problem) for words in expected) for problem in caught.value.problems), caught.value
