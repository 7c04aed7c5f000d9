"""The tables that must survive a crash. SQLAlchemy Core; Alembic migrations bring a store to this form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

HEAD = "0012"
"""The newest migration. A store at this revision is opened without loading Alembic."""

UNFINISHED = "state IN ('planned', 'sending', 'unknown', 'retry')"
"""As SQL text: only a condition that is spelled like the index's own lets SQLite use the index.

https://sqlite.org/partialindex.html#queries_using_partial_indexes
"""

SOMEBODY = "person <> ''"
"""As SQL text, for the same reason."""

TIMED = "recheck_at IS NOT NULL"
"""As SQL text, too. What compares the column with a moment implies it."""

PERSONAL = "lead <> ''"
"""As SQL text, too."""

PERSONS = ("email", "phone", "mobile", "name", "account")
"""The columns of keys that are looked up."""

NEXT = "next_at IS NOT NULL"
OPEN = "ended_at IS NULL"

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only in an INTEGER."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so all are brought to UTC before."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, the base's signature
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002, the base's signature
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from outside. PostgreSQL keeps no zero byte, and neither database half a character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, the base's signature
        return value if value is None else value.replace("\0", "").encode(errors="replace").decode()


def _partial(name: str, column: str, condition: str) -> Index:
    return Index(name, "job", column, postgresql_where=text(condition), sqlite_where=text(condition))


metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(100), nullable=False),
    Column("kind", String(10), nullable=False, server_default="run"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("paused_until", Moment),
    Column("outcome", String(20), nullable=False),
    Column("summary", JSON, nullable=False),
    Index("runs_by_job", "job", "started_at"),
)
"""One row a run. `kind`: run, rollback.

`outcome`: running, done, attention (something parked, pending or withheld), failed, stopped, paused.
"""

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
    Column("key", String(40), primary_key=True),
    Column("job", String(100), nullable=False),
    Column("organisation", String(100), nullable=False),
    Column("object", String(100), nullable=False),
    Column("lead", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("epoch", String(64), nullable=False),
    Column("run", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("modified", String(40), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("task", JSON, nullable=False),
    Column("why", Words, nullable=False),
    Column("person", String(64), nullable=False),
    Column("code", Words, nullable=False, server_default=""),
    Column("message", Words, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("task_id", String(64), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Index("intents_by_lead", "job", "lead"),
    Index("intents_by_record", "organisation", "object", "lead"),
    Index("intents_by_state", "job", "state"),
    _partial("intents_by_person", "person", SOMEBODY),
    _partial("intents_unfinished", "lead", UNFINISHED),
)
"""An effect, promised before it is sent. `state`: planned, sending, unknown, retry, parked, done, void, undone.

A patch (`fields`) leaves once it is done or void; a hand-off stays, so that a lead is handed on once.
`before`, `after`: by CRM field, the text that was there and the value to be written. `task`: {} for a patch.
`modified`: the record's stamp when it was decided, so that a parked lead is tried again only once somebody changed it.
`person`: tells that two leads are one person, without saying who.
"""

audit = Table(
    "audit",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("run", String(32), nullable=False),
    Column("job", String(100), nullable=False),
    Column("organisation", String(100), nullable=False),
    Column("object", String(100), nullable=False),
    Column("lead", String(64), nullable=False),
    Column("action", String(10), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("why", Words, nullable=False),
    Column("key", String(40), nullable=False),
    Column("task", String(64), nullable=False, server_default=""),
    Index("audit_by_run", "run", "seq"),
    Index("audit_by_lead", "lead", "seq"),
    sqlite_autoincrement=True,
)
"""Every effect that took place, once it is known; rows are only ever added. `fields`: {field: [old, new]}.

`action`: write, restore (a person's value put back), task, note, adopt (the task was there already; no effect of ours),
withdraw, unknown (sent or about to be, overtaken before it was known whether it took place).
"""

leads = Table(
    "leads",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("state_hash", BigInteger),
    Column("wanted_hash", BigInteger),
    Column("decided_at", Moment),
    Column("repaired_at", Moment),
    Column("recheck_at", Moment),
    Column("stage", String(100)),
    Column("stage_since", Moment),
    Column("fields", JSON, nullable=False, server_default="{}"),
    Index("leads_by_recheck", "job", "recheck_at", "lead", postgresql_where=text(TIMED), sqlite_where=text(TIMED)),
)
"""What is remembered of a lead: what its record looked like and what was decided, as hashes; null: decide anew.

`recheck_at`: when it is to be decided anew though nobody touched it; null: time changes nothing.
`stage`, `stage_since`: the stage that was decided last, and since when it is that one.
`fields`: what we wrote last into the fields that people may edit too, as text by CRM field.
"""

assignments = Table(
    "assignments",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String(40), nullable=False),
    Column("team", String(200), nullable=False),
    Column("territory", String(200), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("former", String(64), nullable=False),
    Column("via", String(20), nullable=False),
    Column("value", Float, nullable=False),
    Column("why", Words, nullable=False),
    Column("trace", JSON, nullable=False),
    Column("run", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("handed", String(64), nullable=False),
    Column("due_at", Moment),
    Column("responded_at", Moment),
    Column("response", String(64), nullable=False),
    Column("step", Integer, nullable=False),
    Column("next_at", Moment),
    Column("ended_at", Moment),
    Column("ended", String(20), nullable=False),
    Column("verdict", JSON, nullable=False),
    _partial("assignments_by_next", "next_at", NEXT),
    _partial("assignments_open", "owner", OPEN),
    Index("assignments_by_key", "job", "key"),
    Index("assignments_by_run", "job", "run"),
)
"""Who had a lead, one row each, numbered from 1. It is open while `ended_at` is null; see `values.Assignment`."""

ledger = Table(
    "ledger",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("team", String(200), primary_key=True),
    Column("owner", String(64), primary_key=True),
    Column("entitled", Float(53), nullable=False),
    Column("received", Integer, nullable=False),
    Column("entitled_value", Float(53), nullable=False),
    Column("received_value", Float(53), nullable=False),
    Column("last", Integer, nullable=False),
)
"""Who is entitled to how much, and received how much; see `core.assign.ledger.Entry`."""

journeys = Table(
    "journeys",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("created_at", Moment),
    Column("stage", String(100), nullable=False),
    Column("stage_since", Moment),
    Column("recycled_at", Moment),
    Column("reengaged_at", Moment),
    Column("verdict", String(20), nullable=False),
    Column("verdict_reason", String(100), nullable=False),
    Column("verdict_at", Moment),
    Column("opportunity_at", Moment),
    Column("meeting_at", Moment),
    Column("meeting", String(20), nullable=False),
    Column("answers", JSON, nullable=False),
)
"""What became of each lead, for the report: ids, moments, and words of the playbook; nothing personal.

`answers`: by the number of the assignment ("0": of none), when somebody first did something for the lead.
"""

lookups = Table(
    "lookups",
    metadata,
    Column("provider", String(100), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("job", String(100), nullable=False),
    Column("lead", String(64), nullable=False),
    Column("run", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("again_at", Moment),
    Column("reserved", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("why", Words, nullable=False),
    Index("lookups_by_age", "asked_at"),
    Index("lookups_by_lead", "job", "lead", postgresql_where=text(PERSONAL), sqlite_where=text(PERSONAL)),
)
"""What was asked of providers, and what they answered, so that nothing is paid twice.

`state`: asking, hit, miss, failed. `key` tells the question and not whom it is about. `lead`: who was asked about by
name or address; "" where only the company was. `fields`: by lead field, the text and how sure the provider is; they are
personal data. `reserved`: set aside while it is asked. `cost`, `lost`: paid for answers, and set aside for those that
never came, in millionths.
"""

budgets = Table(
    "budgets",
    metadata,
    Column("provider", String(100), primary_key=True),
    Column("period", String(40), primary_key=True),
    Column("spent", BigInteger, nullable=False),
)
"""What was paid, or is set aside, in millionths. `period`: run:ID, day:2026-11-23, month:2026-11 (of UTC), all."""

people = Table(
    "people",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("lead", String(64), primary_key=True),
    Column("email", String(32)),
    Column("phone", String(32)),
    Column("mobile", String(32)),
    Column("name", String(32)),
    Column("account", String(32)),
    Column("role", String(40), nullable=False),
    Column("created_at", Moment),
    Column("told", String(16), nullable=False),
    Column("grouped", String(16), nullable=False),
    *(_partial(f"people_by_{name}", name, f"{name} IS NOT NULL") for name in PERSONS),
)
"""Which leads are one person: those that share one of the keys, which are hashes; see `core.identity`.

`account`: of the company, a hash too. `role`: in the decision group. `told`, `grouped`: digests of what the last
decision knew of the lead's duplicates and of its group, so that it is decided anew once that is something else.
"""

accounts = Table(
    "accounts",
    metadata,
    Column("job", String(100), primary_key=True),
    Column("account", String(32), primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("people", JSON, nullable=False),
)
"""Whom the CRM knows at an account beside leads, and when it was asked: [its id, a hash of the address, the role]."""

plans = Table(
    "plans",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("job", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("changes", String(64), nullable=False),
    Column("file", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("leads", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("by", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("at", Moment),
    Column("applied_at", Moment),
    Index("plans_by_job", "job", "made_at"),
)
"""The plans that were made, and what became of them. `run`: under which their effects stand. `sha256`: of the document.

`changes`: a digest of what it would change, whenever it was made. `state`: open, approved, rejected, replaced, begun,
applied. `by`, `note`, `at`: who approved or rejected it, and when.
"""

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Who took a lease last. `fence` counts the acquisitions: who holds an older number was overtaken and may not write."""

pins = Table(
    "pins",
    metadata,
    Column("connection", String(100), primary_key=True),
    Column("organisation", String(100), nullable=False),
)
"""The organisation that a connection belongs to: other credentials must not carry one CRM's state into another."""
