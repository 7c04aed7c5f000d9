"""What the judge is given: the CRM's history, the books of every state store, and what ought to have happened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

Row = Mapping[str, Any]

WAITING = frozenset({"planned", "sending", "unknown", "retry", "pending"})
"""States of an intent that a later run takes up again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How one CRM and one mapping are to be read. Everything that is no actor of ours, nor automatic, is a person.

    `fields`: CRM field of the lead -> own, fill or unless-edited. `initial`: values of a field that nobody chose.
    `proxies`: automatic actors whose effects our own write let loose, so that they count as ours.
    `crossing`: whether the CRM cannot refuse a write that crosses a person's, so that putting it back is what counts.
    `stamps`: fields that the CRM writes by itself. `rota`: owners who take equal turns; nothing is checked without it.
    How subjects of tasks begin: `handoff` of those that hand a lead off, `companions` of those that come along, `steps`
    of those about an answer that is late, `passed_on` of those that tell its next owner, `topics`.
    `note`: notes as the CRM calls them; `noted`: whether one comes along. `returned`: the field, and its value, with
    which a person gives a lead back.
    """

    lead: str
    task: str
    task_key: str
    owner: str
    fields: Mapping[str, str]
    initial: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stamps: frozenset[str] = frozenset()
    us: frozenset[str] = frozenset({"integration"})
    proxies: frozenset[str] = frozenset({"assignment rule"})
    automatic: frozenset[str] = frozenset({"automation", "flow", "workflow"})
    crossing: bool = False
    rota: frozenset[str] = frozenset()
    handoff: tuple[str, ...] = ("Call",)
    companions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    note: str = "Note"
    noted: bool = False
    returned: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead in scope. `due`: it is to have a task. `fields`: what its record is to hold once it is done."""

    id: str
    due: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Books:
    """What one state store wrote down."""

    audit: Sequence[Row] = ()
    intents: Sequence[Row] = ()
    turns: Mapping[str, int] = field(default_factory=dict)
    assignments: Sequence[Row] = ()
    ledger: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One case. `begin`: lead -> field -> value before the history starts, where that is known.

    `runs`: summaries of runs that ended. `settled`: whether nothing may wait any more.
    `outputs`: name -> text of everything that was put out. `canaries`: name -> what must appear in none of it.
    """

    policy: Policy
    history: Sequence[Row]
    books: Sequence[Books]
    leads: Sequence[Lead]
    begin: Mapping[str, Row] = field(default_factory=dict)
    runs: Sequence[Row] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    canaries: Mapping[str, str] = field(default_factory=dict)
    settled: bool = True


_SALESFORCE_STAMPS = frozenset(
    {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "CreatedDate", "CreatedById"}
    | {"IsDeleted", "CompletedDateTime"}
)
_HUBSPOT_STAMPS = frozenset(
    {"lastmodifieddate", "hs_lastmodifieddate", "createdate", "hs_createdate", "hs_email_domain", "hs_object_source"}
)


def salesforce(fields: Mapping[str, str], initial: Mapping[str, frozenset[str]], **more: Any) -> Policy:
    """The policy for leads of a Salesforce."""
    given = {"task_key": "Leadrelay_Key__c", "owner": "OwnerId", **more}
    return Policy("Lead", "Task", fields=fields, initial=initial, stamps=_SALESFORCE_STAMPS, **given)


def hubspot(fields: Mapping[str, str], initial: Mapping[str, frozenset[str]], **more: Any) -> Policy:
    """The policy for contacts of a HubSpot."""
    given = {"task_key": "leadrelay_key", "owner": "hubspot_owner_id", "crossing": True, "note": "notes", **more}
    return Policy("contacts", "tasks", fields=fields, initial=initial, stamps=_HUBSPOT_STAMPS, **given)


# -- reading a state store --------------------------------------------------------------------------------------------


class Connection(Protocol):
    """As much of a DB-API connection as is needed; sqlite3 and psycopg have it."""

    def execute(self, sql: str, /) -> Any: ...


def books_of(path: Path) -> Books:
    """The books of a SQLite state store; empty ones where there is no store yet."""
    if not path.exists():
        return Books()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return books_over(connection, known)


def books_over(connection: Connection, known: set[str]) -> Books:
    """The books over any connection. `known`: the tables that are there."""
    audit = _rows(connection, "SELECT * FROM audit ORDER BY seq") if "audit" in known else []
    intents = _rows(connection, "SELECT * FROM intents") if "intents" in known else []
    turns: dict[str, int] = {}
    taken = "SELECT owner, received AS given FROM ledger" if "ledger" in known else "SELECT owner, given FROM turns"
    for row in _rows(connection, taken) if known & {"ledger", "turns"} else []:
        turns[row["owner"]] = turns.get(row["owner"], 0) + row["given"]
    return Books(
        [{**row, "fields": decoded(row.get("fields"))} for row in audit],
        intents,
        turns,
        _rows(connection, "SELECT * FROM assignments") if "assignments" in known else [],
        _rows(connection, "SELECT * FROM ledger") if "ledger" in known else [],
    )


def decoded(text: Any) -> Any:
    """A JSON column as a value, however the driver gave it."""
    if isinstance(text, str | bytes):
        return json.loads(text) if text else {}
    return text or {}


def _rows(connection: Connection, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
