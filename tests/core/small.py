"""A small playbook, for tests of what is written below it."""

PLAYBOOK = """
name = "small"
[bant.budget]
met = "budget_amount > 0"
[qualification]
when = "bant_met >= 1"
[[stages]]
name = "sal"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
side = "lead-generation"
"""
