"""The stage of each lead, and since when; those known so far count from their next decision."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("leads", sa.Column("stage", sa.String(100)))
    op.add_column("leads", sa.Column("stage_since", sa.DateTime(timezone=True)))
