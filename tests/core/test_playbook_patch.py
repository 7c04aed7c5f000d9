"""Points change in the text, and nothing else does."""

import pytest

from leadrelay.core.playbook.patch import patch, repointed
from leadrelay.core.toml_text import parse
from leadrelay.errors import ConfigError

TEXT = """\
name = "Small"

# -- who they are
[[score.fit]]
name = "Large"        # the company
about = "organisation"
when = "employees >= 1000"
points = 20  # a guess

[[score.fit]]
name = "Free mail"
about = "contact"
when = '''
email matches '@(gmail|gmx)\\.'
'''
points = -4

# -- what they did
[[score.engagement]]
name = "Came by themselves"
when = "source = 'inbound'"
points = 6

[qualification]
when = "score >= 10"
"""


def test_only_the_number_changes():
    after = repointed(TEXT, "small.toml", {"Large": 7})
    assert after == TEXT.replace("points = 20 ", "points = 7 ")


def test_a_rule_of_no_points_is_taken_out_with_nothing_else():
    after = repointed(TEXT, "small.toml", {"Free mail": 0})
    assert "Free mail" not in after
    assert "# -- what they did" in after
    assert [rule["name"] for rule in parse(after, "small.toml").data["score"]["fit"]] == ["Large"]


def test_rules_that_are_not_named_stay():
    assert repointed(TEXT, "small.toml", {}) == TEXT
    assert repointed(TEXT, "small.toml", {"Large": 20, "Nobody": 3}) == TEXT


def test_all_rules_of_an_axis_may_go():
    after = repointed(TEXT, "small.toml", {"Came by themselves": 0})
    assert "engagement" not in parse(after, "small.toml").data["score"]


def test_the_patch_shows_old_and_new():
    lines = patch(TEXT, repointed(TEXT, "small.toml", {"Large": 7}), "small.toml").splitlines()
    assert [line for line in lines if line.startswith(("-p", "+p"))] == [
        "-points = 20  # a guess",
        "+points = 7  # a guess",
    ]


def test_what_cannot_be_changed_is_told_with_its_place():
    inline = 'name = "x"\nscore = { fit = [{ name = "Large", when = "employees > 1", points = 5 }] }\n'
    with pytest.raises(ConfigError) as told:
        repointed(inline, "inline.toml", {"Large": 7})
    assert "inline.toml" in str(told.value)
    assert "[[score.fit]]" in str(told.value)
