"""What providers were asked and answered, and what that cost."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime(timezone=True)
PERSONAL = sa.text("lead <> ''")


def upgrade() -> None:
    op.create_table(
        "lookups",
        sa.Column("provider", sa.String(100), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("job", sa.String(100), nullable=False),
        sa.Column("lead", sa.String(64), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("again_at", MOMENT),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("lost", sa.BigInteger, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("lookups_by_age", "lookups", ["asked_at"])
    op.create_index("lookups_by_lead", "lookups", ["job", "lead"], postgresql_where=PERSONAL, sqlite_where=PERSONAL)
    op.create_table(
        "budgets",
        sa.Column("provider", sa.String(100), primary_key=True),
        sa.Column("period", sa.String(40), primary_key=True),
        sa.Column("spent", sa.BigInteger, nullable=False),
    )
