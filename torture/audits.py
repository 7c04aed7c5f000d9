"""L4: every effect of ours has its audit row, and every audit row has its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from torture.evidence import Evidence, Row, decoded
from torture.families import Families
from torture.tasks import Tasks
from torture.values import plain, short

_Effect = tuple[str, str, str]
"""Record, field and new value."""

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
        elif kind == self._policy.task and action in _DELETES:
            self._withdrawn[key] = row["seq"]
        elif not (kind == self._policy.task and action == "create") and action not in {"associate", "dissociate"}:
            self._strange.append((key, row["field"], row["seq"], f"we did not come to {action} {kind}"))

    # -- both ways ----------------------------------------------------------------------------------------------------

    def _untold(self) -> Iterator[_Found]:
        for effect, seqs in self._effects.items():
            told = self._all.sure[effect] + self._all.perhaps[effect]
            for seq in seqs[told:]:
                yield effect[0], effect[1], seq, "we wrote it, and no audit row tells of it"

    def _made_up(self) -> Iterator[_Found]:
        """Of two that write the same, stores or a person and us, the second one's write changes nothing."""
        for store in self._stores:
            for effect, count in store.sure.items():
                if count > len(self._effects.get(effect, ())) + self._others[effect]:
                    yield effect[0], effect[1], 0, "an audit row tells of a write that never was"

    def _tasks_untold(self) -> Iterator[_Found]:
        told = self._all.tasks | self._all.perhaps_tasks
        for task in self._tasks:
            if task.id not in told:
                yield task.lead, "", task.seq, f"we created task {task.id}, and no audit row tells of it"
            if not task.lead:
                yield task.id, "", task.seq, "a task of ours belongs to no lead"
        for task_id, seq in self._withdrawn.items():
            if task_id not in self._all.withdrawn | self._all.perhaps_tasks:
                yield task_id, "", seq, "we deleted a task, and no audit row tells of it"

    def _tasks_made_up(self) -> Iterator[_Found]:
        made = {task.id for task in self._tasks}
        for task_id in self._all.created - made:
            yield task_id, "", 0, "an audit row tells of a task that we never created"
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
        for row in rows:
            self._take(row)

    def _take(self, row: Row) -> None:
        unknown = row["action"] == "unknown"
        into = self.perhaps if unknown else self.sure
        for name, (old, new) in decoded(row["fields"]).items():
            if unknown or plain(old) != plain(new):
                into[self._families.of(row["lead"]), name, plain(new)] += 1
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


def _distinct(rows: Iterator[Row]) -> Iterator[Row]:
    """A restored backup and the store it was taken of tell the same twice."""
    seen: set[str] = set()
    for row in rows:
        mark = repr(sorted((name, str(value)) for name, value in row.items()))
        if mark not in seen:
            seen.add(mark)
            yield row
