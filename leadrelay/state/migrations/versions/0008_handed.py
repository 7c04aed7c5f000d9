"""Whether a lead was handed off, by whichever job, is looked up, not searched for among all intents ever."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("intents_by_record", "intents", ["organisation", "object", "lead"])
