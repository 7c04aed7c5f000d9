"""Intents under keys, the audit, the memory of leads, turns, leases and pins.

What was promised is carried over as unknown: its record is read again and decided anew.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

UNFINISHED = "state IN ('planned', 'sending', 'unknown', 'retry')"
MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("kind", sa.String(10), nullable=False, server_default="run"))
    op.add_column("runs", sa.Column("paused_until", MOMENT))
    old = op.get_bind().execute(sa.select(_OLD)).mappings().all()
    op.drop_table("intents")
    _intents()
    _audit()
    _leads()
    _small()
    if old:
        op.bulk_insert(_NEW, [_carried(dict(row)) for row in old])
    op.execute("INSERT INTO leads (job, lead, fields) SELECT job, lead, fields FROM written")
    op.drop_table("written")


_OLD = sa.table(
    "intents",
    *(sa.column(name, sa.String) for name in ("job", "lead", "run", "state", "modified", "code", "message")),
    sa.column("attempts", sa.Integer),
    sa.column("at", MOMENT),
    sa.column("fields", sa.JSON),
)
_NEW = sa.table(
    "intents",
    *(sa.column(name, sa.String) for name in ("key", "job", "organisation", "object", "lead", "kind", "epoch", "run")),
    *(sa.column(name, sa.String) for name in ("state", "modified", "why", "person", "code", "message")),
    *(sa.column(name, sa.JSON) for name in ("before", "after", "task")),
    sa.column("attempts", sa.Integer),
    sa.column("at", MOMENT),
)


def _carried(row: Mapping[str, Any]) -> dict[str, Any]:
    # What stood in the fields before was not kept: what turns out to be ours is known again, but not in the audit.
    named = base64.b32encode(hashlib.sha256(f"{row['job']}|{row['lead']}".encode()).digest()).decode().lower()
    same = {name: row[name] for name in ("job", "lead", "run", "modified", "code", "message", "attempts", "at")}
    empty = {"organisation": "", "object": "", "epoch": "", "why": "", "person": "", "before": {}, "task": {}}
    state = "parked" if row["state"] == "parked" else "unknown"
    return {**same, **empty, "key": f"old-{named[:26]}", "kind": "fields", "state": state, "after": row["fields"] or {}}


def _intents() -> None:
    op.create_table(
        "intents",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("job", sa.String(100), nullable=False),
        sa.Column("organisation", sa.String(100), nullable=False),
        sa.Column("object", sa.String(100), nullable=False),
        sa.Column("lead", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("epoch", sa.String(64), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("modified", sa.String(40), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("task", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("code", sa.Text, nullable=False, server_default=""),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("task_id", sa.String(64), nullable=False, server_default=""),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("intents_by_lead", "intents", ["job", "lead"])
    op.create_index("intents_by_state", "intents", ["job", "state"])
    for name, column, condition in (
        ("intents_by_person", "person", "person <> ''"),
        ("intents_unfinished", "lead", UNFINISHED),
    ):
        where = sa.text(condition)
        op.create_index(name, "intents", ["job", column], postgresql_where=where, sqlite_where=where)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("job", sa.String(100), nullable=False),
        sa.Column("organisation", sa.String(100), nullable=False),
        sa.Column("object", sa.String(100), nullable=False),
        sa.Column("lead", sa.String(64), nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("task", sa.String(64), nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_by_run", "audit", ["run", "seq"])
    op.create_index("audit_by_lead", "audit", ["lead", "seq"])


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("lead", sa.String(64), primary_key=True),
        sa.Column("state_hash", sa.BigInteger),
        sa.Column("wanted_hash", sa.BigInteger),
        sa.Column("decided_at", MOMENT),
        sa.Column("repaired_at", MOMENT),
        sa.Column("fields", sa.JSON, nullable=False, server_default="{}"),
    )


def _small() -> None:
    op.create_table(
        "turns",
        sa.Column("job", sa.String(100), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("given", sa.Integer, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "pins",
        sa.Column("connection", sa.String(100), primary_key=True),
        sa.Column("organisation", sa.String(100), nullable=False),
    )
