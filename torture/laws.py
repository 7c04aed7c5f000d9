"""L2: of each kind of effect a lead has one, under one key; what is more has an occasion that called for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torture.evidence import Evidence, Policy, Row
from torture.families import Families
from torture.tasks import Task, Tasks, handed
from torture.values import same, short

_Found = tuple[str, str, int, str]
"""Record, field, row of the history, words."""


def second_tasks(evidence: Evidence, made: Tasks, families: Families) -> Iterator[_Found]:
    """Tasks and notes that were there already: under the same key, or with the same meaning and without an occasion."""
    occasions = _Occasions(evidence, families)
    keys: dict[tuple[bool, str], Task] = {}
    meant: dict[tuple[str, str], list[Task]] = {}
    for task in made:
        first = keys.setdefault((task.is_note, task.key), task) if task.key else task
        if first is not task:
            yield task.lead, "", task.seq, f"got task {task.id} under the key of {first.id}"
        elif task.family:
            meant.setdefault((task.family, meaning(evidence.policy, task)), []).append(task)
    for (family, what), several in meant.items():
        for task in several[occasions.of(family, what) :]:
            yield task.lead, "", task.seq, f"got task {task.id} besides {several[0].id}: {what}"


def two_owners(evidence: Evidence, made: Tasks, last: dict[str, tuple[str, int]]) -> Iterator[_Found]:
    """The owner that we gave a lead is the one whom we gave its task. `last`: by lead, the owner that is ours."""
    policy = evidence.policy
    for lead, task in _told_last(policy, made).items():
        owner, seq = last.get(lead, ("", 0))
        if task.owner and owner and not same(owner, task.owner):
            words = f"belongs to one owner, its task {task.id} to another; we set both"
            yield task.lead, policy.owner, seq, words


def left_out(evidence: Evidence, made: Tasks) -> Iterator[_Found]:
    """What ought to have come along with a hand-off, and did not."""
    policy = evidence.policy
    there = {(task.family, meaning(policy, task)) for task in made}
    wanted = [*policy.companions, *(["note"] if policy.noted else [])]
    for task in handed(policy, made):
        for what in wanted:
            if task.family and (task.family, what) not in there:
                yield task.lead, "", task.seq, f"was handed off by task {task.id}, and nothing came along: {what}"


def meaning(policy: Policy, task: Task) -> str:
    """What a task is for: how its subject begins, whatever the lead's company is called by then."""
    known = (*policy.handoff, *policy.companions, *policy.steps, *policy.topics)
    return next((start for start in known if task.subject.startswith(start)), task.subject)


def _told_last(policy: Policy, made: Tasks) -> dict[str, Task]:
    """By lead, the task that told its present owner."""
    starts = (*policy.handoff, *policy.passed_on)
    return {task.lead: task for task in made if task.subject.startswith(starts)}


class _Occasions:
    """How often what a task means may be meant: sales gave the lead back, or a person gave it to somebody else."""

    def __init__(self, evidence: Evidence, families: Families) -> None:
        self._policy = evidence.policy
        self._returned: Counter[str] = Counter()
        self._moved: Counter[str] = Counter()
        for row in evidence.history:
            if row["object"] == self._policy.lead and row["action"] == "update" and self._is_persons(row):
                family = families.of(short(row["record"]))
                self._returned[family] += (row["field"], row["new"]) == self._policy.returned
                self._moved[family] += row["field"] == self._policy.owner

    def of(self, family: str, what: str) -> int:
        """Topics have one for ever."""
        if what in self._policy.topics:
            return 1
        again = self._moved[family] if what in self._policy.steps else 0
        return 1 + self._returned[family] + again

    def _is_persons(self, row: Row) -> bool:
        policy = self._policy
        return row["actor"] not in policy.us | policy.proxies | policy.automatic
