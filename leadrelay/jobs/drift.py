"""A field that vanished from the CRM stops what depends on it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leadrelay.core.drift import affected
from leadrelay.jobs.desk import Job


def without(job: Job, gone: Sequence[str]) -> Job:
    """The job without these CRM fields, and without every output that would be scored on one that is missing."""
    lost = affected(job.playbook, job.mapping.leads_of(gone))
    mapping = job.mapping.without(gone)
    writes = tuple(write for write in mapping.writes if write.source not in lost)
    playbook = replace(job.playbook, handoff=None) if "handoff" in lost else job.playbook
    return replace(job, mapping=replace(mapping, writes=writes), playbook=playbook)
