import pytest

from leadrelay.core.playbook.loading import load

PLAYBOOK = """
name = "Small"

[fields.minutes]
type = "integer"
meaning = "Minutes on the site"

[bant.budget]
met = "budget_amount >= 1000"
question = "Which budget?"

[[score.fit]]
name = "Big"
about = "organisation"
when = "employees >= 1000"
points = 20

[[score.engagement]]
name = "Stayed"
when = "minutes >= 10"
points = 10

[qualification]
when = "bant_met >= 1"

[grade]
fit = { A = 20, B = 10, C = 5 }
interest = { 1 = 20, 2 = 10, 3 = 5 }

[[stages]]
name = "sal"
side = "sales"
when = "qualified"

[[stages]]
name = "name"
side = "lead-generation"
"""

TEAM = """
[teams.north]
[[teams.north.members]]
email = "ana@acme.example"
[assignment]
fallback = "ana@acme.example"
[[assignment.rules]]
name = "all"
team = "north"
"""
"""For a playbook whose leads get an owner."""


@pytest.fixture(scope="session")
def playbook():
    return load(PLAYBOOK, "playbook.toml")


@pytest.fixture(scope="session")
def wide_playbook():
    numbers = "\n".join(f'[fields.n{number}]\ntype = "integer"\nmeaning = "A number"' for number in range(64))
    return load(f"{PLAYBOOK}\n{numbers}", "playbook.toml")
