"""What was found and never noted as done, as a run was killed just then, is called off: there is nothing to be sent.

It had no task of its own, at which every later run failed. Its leads are due once, to be decided anew.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

HOLLOW = (
    "intents.kind IN ('handoff', 'topic') AND intents.state IN ('planned', 'sending', 'unknown', 'retry')"
    " AND CAST(intents.task AS TEXT) NOT LIKE '%\"subject\"%'"
)


def upgrade() -> None:
    mine = f"SELECT 1 FROM intents WHERE intents.job = leads.job AND intents.lead = leads.lead AND {HOLLOW}"
    op.execute(f"UPDATE leads SET recheck_at = decided_at WHERE state_hash IS NOT NULL AND EXISTS ({mine})")
    op.execute(f"UPDATE intents SET state = 'void' WHERE {HOLLOW}")
