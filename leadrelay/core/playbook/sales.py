"""The part of a playbook that says what sales said of a lead: `[sales]`."""

from __future__ import annotations

from leadrelay.core.playbook.rules import Rules
from leadrelay.core.sales import SalesRules
from leadrelay.core.toml_table import Table


def read_sales(table: Table, rules: Rules) -> SalesRules:
    """When a lead counts as accepted, and when as rejected."""
    accepted, rejected = (rules.condition(table, key, rules.after_stages) for key in ("accepted", "rejected"))
    table.close()
    return SalesRules(accepted, rejected)
