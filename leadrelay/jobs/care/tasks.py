"""Tasks that stand by themselves: steps of the promise of a first response, and topics, each once under its own key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leadrelay.connectors.base import HandOff
from leadrelay.core.changes import Update, Withheld
from leadrelay.jobs.desk import Decision, Job
from leadrelay.state.values import Assignment, Intent, Result

Record = Mapping[str, str | None]


@dataclass
class Care:
    """What is to be done on one page about leads that nobody answered, and about topics.

    `made`: tasks that write nothing into their lead. `void`: open ones that are not called for any more. `waiting`:
    leads with one that may still take effect. `assignments`: those that change. `answered`: leads whose first response
    was found. `taken`: leads that are taken from who had them, so that they get another owner. `found`: tasks that were
    there already, for a record that was merged into the lead; `adopted`: what settles them.
    """

    made: list[tuple[Intent, HandOff]] = field(default_factory=list)
    void: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    assignments: list[Assignment] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    answered: int = 0
    taken: list[Assignment] = field(default_factory=list)
    found: list[Intent] = field(default_factory=list)
    adopted: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class TaskPage:
    """What such a task needs to know of its page: when, for which run, its records, and all that is told of them."""

    now: datetime
    run: str
    records: Mapping[str, Record]
    rows: Mapping[str, Mapping[str, Any]]
    decision: Decision


@dataclass(frozen=True)
class Maker:
    """Makes intents of tasks, and what is sent for them."""

    job: Job

    def intent(self, page: TaskPage, lead: str, kind: str, epoch: str, task: Mapping[str, Any], why: str) -> Intent:
        """A task that writes nothing into its lead. `task`: subject, body, due, owner, and what it is for (`do`)."""
        return Intent(
            key=self.job.key(lead, kind, epoch),
            job=self.job.name,
            lead=lead,
            kind=kind,
            epoch=epoch,
            run=page.run,
            state="planned",
            modified=page.records[lead]["modified"] or "",
            before={},
            after={},
            task={"owner_field": "", **task},
            why=why,
        )

    def sent(self, intent: Intent) -> tuple[Intent, HandOff]:
        """The intent with what is sent for it."""
        task, update = intent.task, Update(intent.lead, {}, intent.modified)
        return intent, HandOff(
            key=intent.key,
            update=update,
            subject=task["subject"],
            body=task["body"],
            due=task["due"],
            owner=task["owner"],
            html=task.get("html", ""),
        )

    def again(self, page: TaskPage, intent: Intent) -> tuple[Intent, HandOff] | None:
        """An open one once more, under the same key and as it was promised; None while it may still take effect."""
        if self.job.may_still_happen(intent, page.now):
            return None
        fresh = replace(intent, run=page.run, state="planned", modified=page.records[intent.lead]["modified"] or "")
        return self.sent(fresh)
