"""What becomes of intents, within one transaction: the row, the audit and the memory change together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from leadrelay.connectors.base import Standing
from leadrelay.core.casts import spelled_or_null
from leadrelay.core.changes import JsonValue
from leadrelay.core.effects import TASKS
from leadrelay.state import assignments, audit
from leadrelay.state.database import chunks
from leadrelay.state.memory import note_written
from leadrelay.state.tables import intents
from leadrelay.state.values import FINAL, IN_DOUBT, Applied, Fields, Intent, Result

_Rows = dict[str, Mapping[str, Any]]


def settle(connection: Connection, job: str, results: Sequence[Result], shared: Collection[str], now: datetime) -> None:
    """What the CRM answered."""
    rows = _open(connection, [result.key for result in results])
    mine = [result for result in results if result.key in rows and rows[result.key]["job"] == job]
    done = [_as_applied(result, rows[result.key]) for result in mine if result.standing is Standing.DONE]
    _done(connection, rows, done, shared, now)
    void = [result for result in mine if result.standing is Standing.VOID]
    audit.append(connection, [_perhaps(rows[result.key]) for result in void if result.unknown], now)
    _end(connection, [rows[result.key] for result in void], now)
    ahead = [_ahead(rows[result.key], result) for result in mine if _is_ahead(result)]
    given_up = [result for result in mine if result.standing in {Standing.VOID, Standing.PARKED}]
    lone = [_along(rows[result.key], result.along) for result in given_up if result.along]
    audit.append(connection, [entry for entries in (*ahead, *lone) for entry in entries], now)
    open_ = [result for result in mine if result.standing in {Standing.PENDING, Standing.PARKED}]
    left = [_left(result, rows[result.key], now) for result in open_]
    if left:
        names = ("state", "code", "message", "task_id", "at")
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        query = update(intents).where(intents.c.key == bindparam("of"))
        connection.execute(query.values(**values, attempts=intents.c.attempts + 1), left)


def applied(connection: Connection, found: Sequence[Applied], shared: Collection[str], now: datetime) -> None:
    """What took effect though its answer was lost."""
    rows = _open(connection, [one.key for one in found])
    _done(connection, rows, [one for one in found if one.key in rows], shared, now)


def overtaken(
    connection: Connection, void: Sequence[str], planned: Sequence[Intent], shared: Collection[str], now: datetime
) -> None:
    """What will not be sent any more, or with other values.

    What was sent perhaps took effect: the audit says so, and what it would have put into shared fields counts as ours,
    so that what is empty there now counts as cleared by a person.
    """
    replanned = {intent.key: intent for intent in planned}
    rows = _open(connection, [*void, *replanned])
    ended = [rows[key] for key in dict.fromkeys(void) if key in rows]
    changed = [row for key, row in rows.items() if key in replanned and row["after"] != dict(replanned[key].after)]
    doubtful = [row for row in [*ended, *changed] if row["state"] in IN_DOUBT]
    audit.append(connection, [_perhaps(row) for row in doubtful], now)
    _note_ours(connection, doubtful, shared)
    _end(connection, ended, now)


def _note_ours(connection: Connection, rows: Sequence[Mapping[str, Any]], shared: Collection[str]) -> None:
    for row in rows:
        if ours := {name: spelled_or_null(value) for name, value in row["after"].items() if name in shared}:
            note_written(connection, row["job"], {row["lead"]: ours})


def withdrawn(connection: Connection, keys: Sequence[str], run: str, now: datetime) -> None:
    """Tasks that were taken back."""
    for chunk in chunks(keys):
        query = select(intents).where(intents.c.key.in_(chunk), intents.c.state.in_(("done", "parked")))
        rows = [dict(row) for row in connection.execute(query).mappings()]
        entries = [{**audit.entry(row, "withdraw", {}), "run": run, "task": row["task_id"]} for row in rows]
        found = [row["key"] for row in rows]
        along = audit.came_along(connection, [key for key in chunk if key not in found])
        entries += [{**audit.entry(row, "withdraw", {}), "run": run, "task": row["task"]} for row in along]
        audit.append(connection, entries, now)
        connection.execute(update(intents).where(intents.c.key.in_(found)).values(state="undone", at=now))


def _open(connection: Connection, keys: Sequence[str]) -> _Rows:
    """The intents of these keys that are not settled."""
    found: _Rows = {}
    for chunk in chunks(keys):
        query = select(intents).where(intents.c.key.in_(chunk), intents.c.state.not_in(FINAL))
        found |= {row["key"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _done(
    connection: Connection, rows: _Rows, found: Sequence[Applied], shared: Collection[str], now: datetime
) -> None:
    """The audit and the memory of what took effect; a patch leaves the table, what carries a task stays."""
    entries: list[Mapping[str, Any]] = []
    ours: dict[str, dict[str, Fields]] = {}
    for one in found:
        row = rows[one.key]
        after = _after(row, one)
        entries += _entries(row, one, after)
        kept = {
            name: spelled_or_null(value) for name, value in after.items() if name in shared and name not in one.kept
        }
        if kept:
            leads = ours.setdefault(row["job"], {})
            leads[row["lead"]] = {**leads.get(row["lead"], {}), **kept}
    audit.append(connection, entries, now)
    for job, leads in ours.items():
        note_written(connection, job, leads)
    _drop(connection, [one.key for one in found if rows[one.key]["kind"] not in TASKS])
    handed = [one for one in found if rows[one.key]["kind"] in TASKS]
    _hand(connection, handed, now)
    for job in {rows[one.key]["job"] for one in handed}:
        owners = {one.key: one.owner for one in handed if one.owner and rows[one.key]["job"] == job}
        assignments.belongs(connection, job, owners)


def _after(row: Mapping[str, Any], one: Applied) -> dict[str, JsonValue]:
    """What was really written: the lead gets the task's owner, also where that is not whom we had planned."""
    after = {name: value for name, value in row["after"].items() if one.fields is None or name in one.fields}
    place = row["task"].get("owner_field")
    return {**after, place: one.owner} if place in after and one.owner else after


def _entries(row: Mapping[str, Any], one: Applied, after: Mapping[str, JsonValue]) -> list[Mapping[str, Any]]:
    before = row["before"]
    # A field of which it is not known what it held (a promise of an older leadrelay) could not be undone by this.
    known = {name: [before[name], value] for name, value in after.items() if name in before}
    changed = {name: pair for name, pair in known.items() if name not in one.perhaps}
    perhaps = {name: pair for name, pair in known.items() if name in one.perhaps}
    entries: list[Mapping[str, Any]] = []
    if row["kind"] in TASKS:
        # What is found under the key of a promise whose answer was lost is that promise, kept.
        theirs = one.adopted and row["state"] != "unknown"
        entries.append({**audit.entry(row, "adopt" if theirs else "task", {}), "task": one.task})
        entries += [] if theirs else _along(row)
    if changed:
        entries.append(audit.entry(row, "write", changed))
    if perhaps:
        entries.append(audit.entry(row, "unknown", perhaps))
    if one.kept:
        restored = {name: [after.get(name), value] for name, value in one.kept.items()}
        entries.append(audit.entry(row, "restore", restored))
    return entries


def _along(row: Mapping[str, Any], only: Collection[str] | None = None) -> Iterator[Mapping[str, Any]]:
    """The follow-up tasks and the note that came with the task of a hand-off; or those of them that were created."""
    for more in row["task"].get("more") or ():
        if only is None or more["key"] in only:
            yield {**audit.entry(row, "task", {}), "key": more["key"]}
    note = row["task"].get("note")
    if note and (only is None or note["key"] in only):
        yield {**audit.entry(row, "note", {}), "key": note["key"]}


def _perhaps(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return audit.entry(row, "unknown", {name: [row["before"].get(name), new] for name, new in row["after"].items()})


def _end(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Nothing comes of these: patches leave, what carries a task stays as void."""
    _drop(connection, [row["key"] for row in rows if row["kind"] not in TASKS])
    for chunk in chunks([row["key"] for row in rows if row["kind"] in TASKS]):
        connection.execute(update(intents).where(intents.c.key.in_(chunk)).values(state="void", at=now))


def _drop(connection: Connection, keys: Sequence[str]) -> None:
    for chunk in chunks(keys):
        connection.execute(delete(intents).where(intents.c.key.in_(chunk)))


def _hand(connection: Connection, handed: Sequence[Applied], now: datetime) -> None:
    if handed:
        rows = [{"of": one.key, "new_task": one.task, "new_at": now} for one in handed]
        # What was written lies with the audit, which is not kept for ever; that it was done is kept.
        done: dict[str, Any] = {"state": "done", "code": "", "message": "", "before": {}, "after": {}, "task": {}}
        query = update(intents).where(intents.c.key == bindparam("of")).values(done)
        connection.execute(query.values(task_id=bindparam("new_task"), at=bindparam("new_at")), rows)


def _is_ahead(result: Result) -> bool:
    """Whether our task is there, and its lead was refused or went away: it is found again once somebody looks."""
    return result.standing in {Standing.PARKED, Standing.VOID} and bool(result.task) and not result.adopted


def _ahead(row: Mapping[str, Any], result: Result) -> list[Mapping[str, Any]]:
    """What came along is there as well: a task is made last, or with it."""
    return [{**audit.entry(row, "task", {}), "task": result.task}, *_along(row)]


def _left(result: Result, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    # A task that is there already, ahead of its lead's changes, is ours when it is found again.
    doubtful = result.unknown or (result.task and not result.adopted)
    state = "parked" if result.standing is Standing.PARKED else "unknown" if doubtful else "retry"
    new = {"new_state": state, "new_code": result.code[:80], "new_message": result.message, "new_at": now}
    return {"of": result.key, **new, "new_task_id": result.task or row["task_id"]}


def _as_applied(result: Result, row: Mapping[str, Any]) -> Applied:
    taken = [name for name in row["after"] if name not in result.ignored] if result.ignored else None
    return Applied(result.key, taken, result.task, result.owner, result.adopted, result.kept, result.perhaps)
