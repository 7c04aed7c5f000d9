"""Plans: which were made, and who approved or rejected them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("changes", sa.String(64), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("leads", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", MOMENT),
        sa.Column("applied_at", MOMENT),
    )
    op.create_index("plans_by_job", "plans", ["job", "made_at"])
