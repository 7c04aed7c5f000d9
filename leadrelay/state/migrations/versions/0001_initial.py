"""Runs, cursors, intents, and what was written last."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(100), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
    )
    op.create_index("runs_by_job", "runs", ["job", "started_at"])
    op.create_table(
        "cursors",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("cursor", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("modified", sa.String(40), nullable=False),
        sa.Column("code", sa.String(80), nullable=False, server_default=""),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("intents_by_state", "intents", ["job", "state"])
    op.create_table(
        "written",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        sa.Column("fields", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    for table in ("written", "intents", "cursors", "runs"):
        op.drop_table(table)
