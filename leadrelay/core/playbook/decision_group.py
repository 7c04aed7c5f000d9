"""The part of a playbook that says who has which role in a decision, where nobody said so: `[decision_group]`."""

from __future__ import annotations

from leadrelay.core.clean.fields import ABOUT_OTHERS
from leadrelay.core.decision_group import OF_THE_PROCESS, DecisionGroup, Role
from leadrelay.core.lead import Schema
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.toml_table import Table

LONGEST, MOST = 40, 20
"""Letters of a role's name, which is an entry of a list in the CRM; and how many roles a group has."""


def read_decision_group(table: Table, rules: Rules) -> DecisionGroup:
    """The roles as written, and those of the process that are not written."""
    known = Schema(field for field in rules.schema.values() if field.name not in ABOUT_OTHERS)
    written = {name: _role(name, table, rules, known) for name in table.names()}
    if len(written) > MOST:
        table.problem("", f"has more than {MOST} roles.", "Leave some to the field `decision_role`.")
    table.close(*written)
    more = [Role(name) for name in OF_THE_PROCESS if name not in written]
    return DecisionGroup((*written.values(), *more))


def _role(name: str, table: Table, rules: Rules, known: Schema) -> Role:
    if not name.strip() or len(name) > LONGEST or ";" in name or "\n" in name or name != name.strip().lower():
        message = f"a role has a name of one line, in small letters, of at most {LONGEST} characters, without ';'."
        table.problem(name, message)
    return Role(name, rules.condition(table, name, known))
