"""`leave`: the leads that a mapping never writes."""

import pytest

from leadrelay import playbooks
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load

TEXT = """\
object = "Lead"
leave = "{leave}"
[read]
converted = "IsConverted"
[write]
Leadrelay_Score__c = "score"
"""


def loaded(leave):
    playbook = load_playbook(playbooks.text("it-discovery"), "it-discovery")
    return load(TEXT.format(leave=leave), "m.toml", playbook)


def test_a_predicate_over_read_fields():
    assert loaded("converted").leave is not None
    assert loaded("converted").fingerprint != loaded("not converted").fingerprint


@pytest.mark.parametrize(
    ("leave", "said"),
    [
        ("convertd", "m.toml:2:10 leave: unknown field 'convertd'"),
        ("employees > 3", "m.toml:2 leave: asks for 'employees', which [read] does not name. Add it to [read]."),
        ("score > 3", "unknown field 'score'"),
    ],
)
def test_what_it_may_not_say(leave, said):
    with pytest.raises(ConfigError) as caught:
        loaded(leave)
    assert said in str(caught.value)
