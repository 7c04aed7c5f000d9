"""The tasks that we ever created, deleted ones too, each with its lead and its first owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torture.evidence import Policy, Row
from torture.families import Families
from torture.values import short

_OWNERS = ("OwnerId", "hubspot_owner_id")
_LEADS = ("WhoId",)


@dataclass(slots=True)
class Task:
    """A task as it was created."""

    id: str
    seq: int
    key: str = ""
    lead: str = ""
    owner: str = ""
    family: str = ""


Tasks = Sequence[Task]


def created(policy: Policy, history: Sequence[Row], families: Families) -> Tasks:
    """All of them, in order."""
    made: dict[str, Task] = {}
    for row in history:
        if row["action"] == "create" and row["object"] == policy.task and row["actor"] in policy.us:
            task = made.setdefault(short(row["record"]), Task(short(row["record"]), row["seq"]))
            _note(policy, task, row["field"], row["new"])
        elif row["action"] == "associate":
            _link(policy, made, row)
    for task in made.values():
        task.family = families.of(task.lead) if task.lead else ""
    return list(made.values())


def _note(policy: Policy, task: Task, name: str, new: Any) -> None:
    if name == policy.task_key:
        task.key = str(new or "")
    elif name in _OWNERS:
        task.owner = str(new or "")
    elif name in _LEADS:
        task.lead = short(new)


def _link(policy: Policy, made: dict[str, Task], row: Row) -> None:
    """An association is noted once, from either side, under `object type:kind`. The first one is the task's lead."""
    other = str(row["field"]).partition(":")[0]
    ends = {row["object"]: short(row["record"]), other: short(row["new"])}
    task = made.get(ends.get(policy.task, ""))
    if task is not None and policy.lead in ends and not task.lead:
        task.lead = ends[policy.lead]
