"""The tasks and notes that we ever created, deleted ones too, each with its lead and its first owner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torture.evidence import Policy, Row
from torture.families import Families
from torture.values import short

_OWNERS = ("OwnerId", "hubspot_owner_id")
_LEADS = ("WhoId", "ParentId")
_SUBJECTS = ("Subject", "hs_task_subject")
_NOTES = ("Body", "hs_note_body")
_TEXTS = ("Description", "hs_task_body", *_NOTES)
_DUE = ("ActivityDate", "hs_timestamp")
_MARK = re.compile(r"(?:Reference|leadrelay key): ([\w-]+)")
"""What a note ends with where it has no field for its key."""

NOTE = "note"


@dataclass(slots=True)
class Task:
    """A task, or a note, as it was created. `subject`: NOTE for a note."""

    id: str
    seq: int
    key: str = ""
    lead: str = ""
    owner: str = ""
    family: str = ""
    subject: str = ""
    text: str = ""
    due: str = ""

    @property
    def is_note(self) -> bool:
        return self.subject == NOTE


Tasks = Sequence[Task]


def created(policy: Policy, history: Sequence[Row], families: Families) -> Tasks:
    """All of them, in order."""
    made: dict[tuple[str, str], Task] = {}
    for row in history:
        kind = row["object"]
        if row["action"] == "create" and kind in {policy.task, policy.note} and row["actor"] in policy.us:
            task = made.setdefault((kind, short(row["record"])), _new(policy, row))
            _note(policy, task, row["field"], row["new"])
        elif row["action"] == "associate":
            _link(policy, made, row)
    for task in made.values():
        task.family = families.of(task.lead) if task.lead else ""
    return list(made.values())


def handed(policy: Policy, made: Tasks) -> Tasks:
    """Those that hand a lead off."""
    return [task for task in made if task.subject.startswith(policy.handoff)]


def _new(policy: Policy, row: Row) -> Task:
    return Task(short(row["record"]), row["seq"], subject=NOTE if row["object"] == policy.note else "")


def _note(policy: Policy, task: Task, name: str, new: Any) -> None:
    if name in _SUBJECTS:
        task.subject = str(new or "")
    elif name in _DUE:
        task.due = str(new or "")
    elif name in _TEXTS:
        _read(task, name, str(new or ""))
    elif name == policy.task_key:
        task.key = str(new or "")
    elif name in _OWNERS:
        task.owner = str(new or "")
    elif name in _LEADS:
        task.lead = short(new)


def _read(task: Task, name: str, text: str) -> None:
    task.text = text
    if name in _NOTES:
        found = _MARK.search(text)
        task.key = task.key or (found[1] if found else "")


def _link(policy: Policy, made: dict[tuple[str, str], Task], row: Row) -> None:
    """An association is noted once, from either side, under `object type:kind`. The first one is the task's lead."""
    other = str(row["field"]).partition(":")[0]
    ends = {row["object"]: short(row["record"]), other: short(row["new"])}
    for kind in {policy.task, policy.note} & ends.keys():
        task = made.get((kind, ends[kind]))
        if task is not None and policy.lead in ends and not task.lead:
            task.lead = ends[policy.lead]
