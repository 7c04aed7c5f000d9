"""A field that vanished from the CRM stops what depends on it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from leadrelay.core.drift import affected
from leadrelay.errors import FieldsGone, Refused
from leadrelay.jobs.desk import Job
from leadrelay.mappings.doctor import unreadable
from leadrelay.state.store import Store

T = TypeVar("T")


def endured(whole: Job, store: Store, missing: list[str], attempt: Callable[[Job], T]) -> T:
    """What `attempt` gives, with the job or what is left of it. `missing` takes the fields that turned out to be gone.

    Raises `Refused` for a field that was never there: it is a mistake in the mapping. But the reason of an owner is not
    worth a run.
    """
    while True:
        try:
            return attempt(without(whole, missing) if missing else whole)
        except FieldsGone as gone:
            news = [name for name in gone.fields if name in whole.mapping.crm_fields() and name not in missing]
            if not news or not (worked_before(whole, store) or set(news) <= _spare(whole)):
                raise Refused(str(gone)) from None
            missing += news


def expect_same_types(job: Job, store: Store) -> None:
    """Raise `FieldsGone` for fields of a job that was good once whose type in the CRM is not what it can be read from.

    A CRM that changes a field's type empties it, or spells its values anew: neither must be scored as if it were empty.
    """
    if not job.kind or not worked_before(job, store):
        return
    if changed := unreadable(job.mapping, job.schema, job.kind):
        names = ", ".join(changed)
        cure = "Read another field, or have its type changed back: see `leadrelay check`."
        raise FieldsGone(f"{job.connection}: {names} is of another type now. {cure}", changed)


def worked_before(whole: Job, store: Store) -> bool:
    """Whether this very mapping was good once, or all of it but what can be spared."""
    last, spare = store.runs.last_ended(whole.name), _spare(whole)
    degraded = bool(last and set(last.summary.get("missing", ())) - spare)
    shapes = [whole, *([without(whole, sorted(spare))] if spare else [])]
    return degraded or any(store.cursors.get(whole.name, shape.fingerprint) is not None for shape in shapes)


def _spare(whole: Job) -> set[str]:
    """The CRM fields that a run may do without from the beginning: nothing is decided or decided otherwise for lack."""
    task = whole.mapping.task
    return {task.reason} if task and task.reason else set()


def without(job: Job, gone: Sequence[str]) -> Job:
    """The job without these CRM fields, and without every output that would be scored on one that is missing."""
    lost = affected(job.playbook, job.mapping.leads_of(gone))
    mapping = job.mapping.without(gone, job.playbook.decision_group)
    writes = tuple(write for write in mapping.writes if not lost.intersection(write.sources))
    playbook = replace(job.playbook, handoff=None) if "handoff" in lost else job.playbook
    return replace(job, mapping=replace(mapping, writes=writes), playbook=playbook)
