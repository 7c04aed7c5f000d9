"""What the examination is about: a job's rules, and what is known of its CRM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leadrelay import config
from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Inspection
from leadrelay.connectors.needs import Uses
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.references import Reference
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping_currency import FROM_CRM

COMPANIES: Mapping[str, str] = {"salesforce": "Account", "hubspot": "companies"}
"""The object that a CRM keeps the companies of leads in."""


@dataclass(frozen=True)
class Subject:
    """One job with its rules. `place`: where a key of the configuration stands. `asks_crm`: for its companies."""

    name: str
    job: config.Job
    kind: str
    mapping: FieldMapping
    playbook: Playbook
    place: Callable[[str], str] = str
    asks_crm: bool = False

    @property
    def cares(self) -> bool:
        """Whether its playbook gives leads to people, or watches what they do."""
        return bool(self.playbook.handoff or self.playbook.sla or self.playbook.roster.teams)

    @property
    def task_key(self) -> str:
        """The task's field that holds its unique key; "" where no tasks are made."""
        return self.mapping.task.key if self.mapping.task else ""

    def _refers_to(self, reference: Reference) -> bool:
        read = {one.reference for one in self.mapping.reads}
        return reference in read | {one.reference for one in self.mapping.writes}

    @property
    def uses(self) -> Uses:
        """What it does in its CRM."""
        playbook, task = self.playbook, self.mapping.task
        return Uses(
            object=self.mapping.object,
            writes=bool(self.mapping.writes or task),
            owners=bool(task and task.owner),
            tasks=task is not None,
            notes=bool(task and playbook.handoff and playbook.handoff.note),
            roster=bool(playbook.roster.teams or self._refers_to(Reference.OWNER)),
            sla=playbook.sla is not None,
            report=self.cares,
            accounts=self.cares or self.asks_crm or self._refers_to(Reference.ACCOUNT),
            people=self.cares,
            rates=bool(self.mapping.currency and self.mapping.currency.source == FROM_CRM),
        )


@dataclass(frozen=True)
class Sight:
    """What is known of the CRM behind a connection, for one object.

    `saved`: the file that it was read from; "" when the CRM was asked just now. `task_key`: what the guarantee is
    about. `worked`: the jobs that carried out these very rules before.
    """

    connection: str
    inspection: Inspection
    saved: str = ""
    task_key: str = ""
    worked: frozenset[str] = field(default_factory=frozenset)

    @property
    def companies(self) -> Mapping[str, FieldInfo]:
        """The fields of the records that hold companies."""
        return self.inspection.related.get(COMPANIES.get(self.inspection.kind, ""), {})
