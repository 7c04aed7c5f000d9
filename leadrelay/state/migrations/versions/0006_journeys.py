"""What became of each lead, for the report. The first report reads every lead."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "journeys",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT),
        sa.Column("stage", sa.String(100), nullable=False),
        sa.Column("stage_since", MOMENT),
        sa.Column("recycled_at", MOMENT),
        sa.Column("reengaged_at", MOMENT),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("verdict_reason", sa.String(100), nullable=False),
        sa.Column("verdict_at", MOMENT),
        sa.Column("opportunity_at", MOMENT),
        sa.Column("meeting_at", MOMENT),
        sa.Column("meeting", sa.String(20), nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
    )
