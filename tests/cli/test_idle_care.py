"""`check` says of what a playbook promises and nothing comes of."""

from leadrelay.checkup.rules import idle_care
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings.mapping import load as load_mapping

PLAYBOOK = """
name = "small"
[bant.budget]
met = "budget_amount > 0"
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "name"
side = "lead-generation"
[sla]
first_response = "1 hour"
[[sla.steps]]
after = "1 hour"
do = "reassign"
"""
MAPPING = 'object = "Lead"\n[read]\nbudget_amount = "Budget"\n[write]\nLeadrelay_Score = "score"\n'


def test_a_promise_without_tasks_or_without_a_team_is_told():
    playbook = load_playbook(PLAYBOOK, "playbook.toml")
    mapping = load_mapping(MAPPING, "mapping.toml", playbook)
    told = [(message.partition(":")[0], place.split()[0]) for message, place, _ in idle_care(mapping, playbook)]
    assert told == [
        ("nobody is reminded or told of a topic", "playbook.toml:10"),
        ("there is no team to choose somebody else from.", "playbook.toml:14"),
    ]
