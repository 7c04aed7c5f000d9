"""Who has which lead, and the ledger of the fair choice. The turns given so far become received leads.

All of a job were equals: each was entitled to the same share of what was given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
NEXT = sa.text("next_at IS NOT NULL")
OPEN = sa.text("ended_at IS NULL")
CARRIED = """
INSERT INTO ledger (job, team, owner, entitled, received, entitled_value, received_value, last)
SELECT one.job, 'handoff', one.owner, share.given, one.given, 0, 0, 0 FROM turns AS one
JOIN (SELECT job, SUM(given) * 1.0 / COUNT(*) AS given FROM turns GROUP BY job) AS share ON share.job = one.job
"""


def upgrade() -> None:
    _assignments()
    _ledger()
    op.execute(CARRIED)
    op.drop_table("turns")


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("team", sa.String(200), nullable=False),
        sa.Column("territory", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("former", sa.String(64), nullable=False),
        sa.Column("via", sa.String(20), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("trace", sa.JSON, nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("handed", sa.String(64), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("responded_at", MOMENT),
        sa.Column("response", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended", sa.String(20), nullable=False),
        sa.Column("verdict", sa.JSON, nullable=False),
    )
    for name, column, condition in (
        ("assignments_by_next", "next_at", NEXT),
        ("assignments_open", "owner", OPEN),
    ):
        op.create_index(name, "assignments", ["job", column], postgresql_where=condition, sqlite_where=condition)
    op.create_index("assignments_by_key", "assignments", ["job", "key"])
    op.create_index("assignments_by_run", "assignments", ["job", "run"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("team", sa.String(200), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("entitled", sa.Float(53), nullable=False),
        sa.Column("received", sa.Integer, nullable=False),
        sa.Column("entitled_value", sa.Float(53), nullable=False),
        sa.Column("received_value", sa.Float(53), nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
