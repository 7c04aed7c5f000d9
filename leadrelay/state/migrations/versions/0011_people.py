"""Which leads are one person, and who is known at which account."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        *(sa.Column(name, sa.String(32)) for name in ("email", "phone", "mobile", "name", "account")),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT),
        sa.Column("told", sa.String(16), nullable=False),
        sa.Column("grouped", sa.String(16), nullable=False),
    )
    for name in ("email", "phone", "mobile", "name", "account"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"people_by_{name}", "people", ["job", name], postgresql_where=there, sqlite_where=there)
    op.create_table(
        "accounts",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("account", sa.String(32), primary_key=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("people", sa.JSON, nullable=False),
    )
