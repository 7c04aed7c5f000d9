"""L4: every effect of ours has its audit row, and every audit row has its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from torture.evidence import Evidence, Row, decoded
from torture.families import Families
from torture.tasks import Task, Tasks
from torture.values import plain, short

_Effect = tuple[str, str, str]
"""Record, field and new value."""

AGAIN = "we wrote it more often than audit rows tell of it"
"""Said of a value that is told, and landed once more."""

_Found = tuple[str, str, int, str]
_DELETES = frozenset({"delete", "archive", "purge"})


class Check:
    """Both sides counted: what was done, and what is written of it, by the record that a lead lives on in.

    A write to a record that was merged away may land in its survivor, and is told under the id that it was meant for.
    """

    def __init__(self, evidence: Evidence, made: Tasks, families: Families) -> None:
        self._policy = evidence.policy
        self._families = families
        self._tasks = made
        self._kinds = frozenset({evidence.policy.task, evidence.policy.note})
        self._effects: dict[_Effect, list[int]] = {}
        self._withdrawn: dict[str, int] = {}
        self._others: Counter[_Effect] = Counter()
        self._strange: list[_Found] = []
        for row in evidence.history:
            if row["actor"] in self._policy.us or row["actor"] in self._policy.proxies:
                self._effect(row)
            elif row["action"] == "update":
                self._others[families.of(row["record"]), row["field"], plain(row["new"])] += 1
        self._stores = [_Told(books.audit, families) for books in evidence.books]
        self._doubtful = _doubtful(evidence, families)
        self._all = _Told(_distinct(row for books in evidence.books for row in books.audit), families)

    def wrong(self) -> Iterator[_Found]:
        """Everything that has no counterpart."""
        yield from self._strange
        yield from self._untold()
        yield from self._made_up()
        yield from self._tasks_untold()
        yield from self._tasks_made_up()

    def waste(self) -> int:
        """Values that were written again though they stood there."""
        return sum(max(0, count - len(self._effects.get(effect, ()))) for effect, count in self._all.sure.items())

    # -- effects ------------------------------------------------------------------------------------------------------

    def _effect(self, row: Row) -> None:
        action, kind, key = row["action"], row["object"], short(row["record"])
        if action == "update":
            if row["field"] not in self._policy.stamps:
                effect = (self._families.of(key), row["field"], plain(row["new"]))
                self._effects.setdefault(effect, []).append(row["seq"])
        elif kind in self._kinds and action in _DELETES:
            self._withdrawn[key] = row["seq"]
        elif not (kind in self._kinds and action == "create") and action not in {"associate", "dissociate"}:
            self._strange.append((key, row["field"], row["seq"], f"we did not come to {action} {kind}"))

    # -- both ways ----------------------------------------------------------------------------------------------------

    def _untold(self) -> Iterator[_Found]:
        for effect, seqs in self._effects.items():
            told = self._all.sure[effect] + self._all.perhaps[effect]
            for seq in seqs[told:]:
                yield effect[0], effect[1], seq, AGAIN if told else "we wrote it, and no audit row tells of it"

    def _made_up(self) -> Iterator[_Found]:
        """Of two that write the same, stores or a person and us, the second one's write changes nothing."""
        for store in self._stores:
            for effect, count in store.sure.items():
                if count > len(self._effects.get(effect, ())) + self._others[effect]:
                    yield effect[0], effect[1], 0, "an audit row tells of a write that never was"

    def _tasks_untold(self) -> Iterator[_Found]:
        """What came along with a task is told by its own key; of a task that another store made, with that task."""
        for task in self._tasks:
            if not self._is_told(task):
                what = "a note" if task.is_note else f"task {task.id}"
                yield task.lead, "", task.seq, f"we created {what}, and no audit row tells of it"
            if not task.lead:
                yield task.id, "", task.seq, "a task of ours belongs to no lead"
        keys = {task.id: task for task in self._tasks}
        for task_id, seq in self._withdrawn.items():
            if not self._is_told_as_withdrawn(task_id, keys.get(task_id)):
                yield task_id, "", seq, "we deleted a task, and no audit row tells of it"

    def _is_told(self, task: Task) -> bool:
        told = self._all
        if task.is_note:
            here = [one.id for one in self._tasks if one.is_note and one.family == task.family]
            if here.index(task.id) < len(told.notes.get(task.family, ())) or task.key in told.perhaps_keys:
                return True
        elif task.id in told.tasks | told.perhaps_tasks or task.key in told.keys | told.perhaps_keys:
            return True
        along = task.is_note or task.subject.startswith(self._policy.companions or ("\0",))
        return along and task.family in told.adopted | self._doubtful

    def _is_told_as_withdrawn(self, task_id: str, task: Task | None) -> bool:
        told = self._all
        if task_id in told.withdrawn | told.perhaps_tasks:
            return True
        with_task = task is not None and task.is_note and task.family in told.took_back
        return with_task or (task is not None and task.key in told.withdrawn_keys)

    def _tasks_made_up(self) -> Iterator[_Found]:
        made = {task.id for task in self._tasks}
        keys = {task.key for task in self._tasks if not task.is_note}
        notes: dict[str, set[str]] = {}
        for task in self._tasks:
            if task.is_note:
                notes.setdefault(task.family, set()).add(task.id)
        for task_id in self._all.created - made:
            yield task_id, "", 0, "an audit row tells of a task that we never created"
        for key in self._all.along - keys:
            yield key, "", 0, "an audit row tells of a task that we never created"
        for family, told in self._all.notes.items():
            if len(told) > len(notes.get(family, ())):
                yield family, "", 0, "an audit row tells of a note that we never wrote"
        for task_id in self._all.withdrawn - self._withdrawn.keys():
            yield task_id, "", 0, "an audit row tells of a deletion that never was"


class _Told:
    """What audit rows tell: effects that took place, effects that perhaps did, tasks."""

    def __init__(self, rows: Any, families: Families) -> None:
        self._families = families
        self.sure: Counter[_Effect] = Counter()
        self.perhaps: Counter[_Effect] = Counter()
        self.created: set[str] = set()
        self.tasks: set[str] = set()
        self.perhaps_tasks: set[str] = set()
        self.withdrawn: set[str] = set()
        self.keys: set[str] = set()
        self.along: set[str] = set()
        self.notes: dict[str, set[str]] = {}
        self.adopted: set[str] = set()
        self.perhaps_keys: set[str] = set()
        self.withdrawn_keys: set[str] = set()
        self.took_back: set[str] = set()
        for row in rows:
            self._take(row)

    def _take(self, row: Row) -> None:
        unknown = row["action"] == "unknown"
        into = self.perhaps if unknown else self.sure
        for name, (old, new) in decoded(row["fields"]).items():
            if unknown or plain(old) != plain(new):
                into[self._families.of(row["lead"]), name, plain(new)] += 1
        self._key(row)
        task = short(row.get("task"))
        if not task:
            return
        if unknown:
            self.perhaps_tasks.add(task)
        elif row["action"] == "withdraw":
            self.withdrawn.add(task)
        else:
            self.tasks.add(task)
            if row["action"] == "task":
                self.created.add(task)

    def _key(self, row: Row) -> None:
        """`along`: keys of tasks of which the id is not told."""
        action, key, family = row["action"], row.get("key") or "", self._families.of(row["lead"])
        if action == "unknown":
            self.perhaps_keys.add(key)
        elif action == "note":
            self.notes.setdefault(family, set()).add(key)
        elif action == "withdraw":
            self.withdrawn_keys.add(key)
            self.took_back.add(family)
        elif action in {"task", "adopt"}:
            self.keys.add(key)
            if action == "adopt":
                self.adopted.add(family)
            elif not row.get("task"):
                self.along.add(key)


def _doubtful(evidence: Evidence, families: Families) -> set[str]:
    """Families with a hand-off of which nobody knows whether it took place."""
    tasks = {row["key"] for books in evidence.books for row in books.intents if row.get("key")}
    rows = (row for books in evidence.books for row in books.audit)
    return {families.of(row["lead"]) for row in rows if row["action"] == "unknown" and row["key"] in tasks}


def _distinct(rows: Iterator[Row]) -> Iterator[Row]:
    """A restored backup and the store it was taken of tell the same twice."""
    seen: set[str] = set()
    for row in rows:
        mark = repr(sorted((name, str(value)) for name, value in row.items()))
        if mark not in seen:
            seen.add(mark)
            yield row
