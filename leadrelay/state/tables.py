"""The tables that must survive a crash. SQLAlchemy Core; Alembic migrations bring a store to this form."""

from __future__ import annotations

from sqlalchemy import JSON, Column, DateTime, Index, Integer, MetaData, String, Table, Text

HEAD = "0002"
"""The newest migration. A store at this revision is opened without loading Alembic."""

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(100), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", String(20), nullable=False),
    Column("summary", JSON, nullable=False),
    Index("runs_by_job", "job", "started_at"),
)
"""One row a run. `outcome`: running, done, attention (something parked, pending or withheld), failed, stopped."""

cursors = Table(
    "cursors",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("cursor", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
)
"""How far a job has read, and the fingerprint of the rules it read with: other rules make it read everything again."""

intents = Table(
    "intents",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("run", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("modified", String(40), nullable=False),
    Column("code", String(80), nullable=False, server_default=""),
    Column("message", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("fields", JSON, nullable=False, server_default="{}"),
    Index("intents_by_state", "job", "state"),
)
"""A lead whose write is promised and not yet settled. `state`: sending, pending, parked. Settled ones leave.

`modified`: the record's stamp when it was decided, so that a parked lead is tried again only once somebody changed it.
`fields`: what goes into fields that people may edit too, to know our own hand if the answer is lost.
"""

written = Table(
    "written",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("fields", JSON, nullable=False),
)
"""What we wrote last into the fields that people may edit too, as text by CRM field."""
