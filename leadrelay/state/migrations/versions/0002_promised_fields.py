"""A promise keeps what it will put into fields that people edit too."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("intents", sa.Column("fields", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("intents", "fields")
