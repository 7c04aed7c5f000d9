"""What people do to leads and tasks in either CRM, and what befalls a state store."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from torture import tasks
from torture.arena import Case
from torture.families import Families
from torture.judge import Verdict
from torture.nursery_client import Child
from torture.places import REJECTED


@dataclass(frozen=True, slots=True)
class Names:
    """How a CRM calls what people do."""

    task: str
    completed: Mapping[str, str]
    winner: str
    loser: str


NAMES = {
    "salesforce": Names("Task", {"Status": "Completed"}, "master", "losers"),
    "hubspot": Names("tasks", {"hs_task_status": "COMPLETED"}, "primary", "loser"),
}


def handed_off(case: Case) -> dict[str, str]:
    """The tasks that hand leads off, by the id of their lead as the CRM gives it."""
    history, policy = case.door.history(), case.place.policy()
    made = tasks.handed(policy, tasks.created(policy, history, Families(policy, history)))
    ids = {key[:15] if case.place.name == "salesforce" else key: key for key in case.begin}
    full = {str(row["record"])[:15]: str(row["record"]) for row in history if row["object"] == policy.task}
    return {ids[task.lead]: full.get(task.id, task.id) for task in made if task.lead in ids}


def complete(case: Case, task: str) -> None:
    """A rep ticks his task off."""
    names = NAMES[case.place.name]
    case.door.edit(names.task, task, names.completed)


def delete(case: Case, task: str) -> None:
    """A rep deletes his task."""
    case.door.act("delete", object=NAMES[case.place.name].task, id=task, actor="person")


def merging(case: Case, winner: str, loser: str) -> dict[str, Any]:
    """The act that makes one of two leads."""
    names = NAMES[case.place.name]
    losers: Any = [loser] if names.loser == "losers" else loser
    return {names.winner: winner, names.loser: losers, "object": case.place.kind, "actor": "person"}


def merge(case: Case, winner: str, loser: str) -> str:
    """Make one of two leads; the id under which they live on."""
    found = case.door.act("merge", **merging(case, winner, loser))
    return str(found.get("id", winner))


def forgiven(verdict: Verdict, merged: int) -> Verdict:
    """Two tasks are no fault where each was created before their leads became one, at this row of the history."""
    left = tuple(found for found in verdict.violations if found.law != "L2" or not 0 < found.seq <= merged)
    return replace(verdict, violations=left)


def lose_state(case: Case) -> None:
    """The store is gone; what it knew stays for the judge under another name."""
    for path in case.folder.glob("state.db*"):
        path.rename(path.with_name(path.name.replace("state.db", "lost.db")))
    case.states.append("lost")


def let_pass(case: Case, states: Iterable[str], seconds: float) -> None:
    """As if it were later for what waits until a lost answer cannot take effect any more."""
    for state in states:
        path = case.folder / f"{state}.db"
        if path.exists():
            with closing(sqlite3.connect(path)) as store, store:
                store.execute(
                    "UPDATE intents SET at = strftime('%Y-%m-%d %H:%M:%S.000000', at, ?) WHERE at IS NOT NULL",
                    (f"-{seconds:.0f} seconds",),
                )


def nobody_answers(case: Case, hours: float, state: str = "state") -> None:
    """As if so much time had passed since leads were given to their owners."""
    path = case.folder / f"{state}.db"
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as store, store:
        if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'assignments'").fetchone():
            return  # its first run was killed while it made the tables
        names = ("at", "due_at", "next_at", "ended_at")
        earlier = ", ".join(f"{name} = strftime('%Y-%m-%d %H:%M:%S.000000', {name}, ?)" for name in names)
        store.execute(f"UPDATE assignments SET {earlier}", [f"-{hours} hours"] * len(names))


def give_back(case: Case, lead: str) -> None:
    """Sales rejects a lead."""
    case.door.edit(case.place.kind, lead, {case.place.verdict: REJECTED})


def interleaved(case: Case, number: int, *, applied: bool) -> None:
    """A run that stands still at its n-th request while a second runner works from start to end, then goes on."""
    running: list[Child] = []
    seen, still = [0], threading.Event()

    def at(_request: Any, when: str) -> None:
        seen[0] += when == "before"
        if seen[0] == number and (when == "after") is applied and not still.is_set():
            os.kill(running[0].pid, signal.SIGSTOP)
            still.set()

    case.line.interceptors.append(at)
    running.append(case.start("run", "job"))
    try:
        while not still.wait(0.02) and not case.nursery.ended(running[0], 0.02):
            pass
        case.line.interceptors.remove(at)
        case.run(state="two")
    finally:
        if running[0].code is None:
            os.kill(running[0].pid, signal.SIGCONT)
    case.nursery.wait(running[0])
