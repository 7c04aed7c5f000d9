"""When each lead is to be decided anew though nobody touched it. Those known so far are due at once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIMED = sa.text("recheck_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("leads", sa.Column("recheck_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE leads SET recheck_at = decided_at WHERE state_hash IS NOT NULL")
    op.create_index(
        "leads_by_recheck", "leads", ["job", "recheck_at", "lead"], postgresql_where=TIMED, sqlite_where=TIMED
    )
