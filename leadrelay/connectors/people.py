"""What a CRM knows of the people around a lead: its users' load, its account, its colleagues, who answered it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from leadrelay.connectors.base import FieldInfo

__all__ = [
    "Account",
    "Activity",
    "Closed",
    "Colleague",
    "Firm",
    "Lack",
    "Lacking",
    "Milestones",
    "Note",
    "People",
    "TaskDraft",
]


@dataclass(frozen=True, slots=True)
class Firm:
    """The company that a lead says it belongs to. `domain`: of its web site or e-mail, never a free-mail one."""

    lead: str
    domain: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A company that the CRM knows. `owner`: the CRM's id of its owner."""

    id: str
    name: str
    domain: str
    owner: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else whom the CRM knows at the same company. `role`: in the decision group, where it is known."""

    id: str
    name: str
    title: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that a person did for a lead, at a moment in ISO 8601 UTC.

    `kind`: task, event, call, e-mail, message, status, deal, verdict. `by`: the CRM's id of the user, where it is told.
    """

    lead: str
    at: str
    kind: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Milestones:
    """What became of a lead. Moments are ISO 8601 UTC, "" where there is none.

    `opportunity_at`: when it became an opportunity (a deal). `meeting_at`: when its first meeting is or was.
    `meeting`: held, missed, cancelled, planned, or "" where the CRM does not say.
    """

    opportunity_at: str = ""
    meeting_at: str = ""
    meeting: str = ""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task that goes along with a hand-off, created at most once under its own `key`.

    `body`: plain text; `html`: the same for a CRM that shows HTML. `kind`: call, email, linkedin or todo.
    `due`, `remind`: ISO 8601 UTC, "" for no reminder. `owner`: the CRM's id.
    """

    key: str
    subject: str
    body: str
    html: str
    due: str
    owner: str = ""
    kind: str = "todo"
    remind: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the lead's record, created at most once under its own `key`. `body`: plain text; `html`: the same."""

    key: str
    title: str
    body: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a connector cannot do in this CRM as it is set up: what follows from it, and the way out."""

    message: str
    cure: str


@runtime_checkable
class Lacking(Protocol):
    """A connector that can tell what it lacks for notes and for what `People` says. Asks the CRM."""

    def lacks(self) -> Sequence[Lack]:
        """Everything that is missing, for `check`."""
        ...


@dataclass(frozen=True, slots=True)
class Closed:
    """Leads that are nobody's work any more, though they are not converted: those with one of these values."""

    field: str
    values: tuple[str, ...]


class People(Protocol):
    """What a connector can say of people. Every method raises as those of `Connector` do."""

    def workload(self, closed: Closed | None = None) -> Mapping[str, int] | None:
        """Open leads by their owner's id, of the whole CRM, in one call; None where it cannot count in one call."""
        ...

    def accounts(self, firms: Sequence[Firm]) -> Mapping[str, Account]:
        """By lead, the company of its domain, else the one of its name. Several: the one that was changed last."""
        ...

    def colleagues(self, firms: Sequence[Firm], most: int = 10) -> Mapping[str, Sequence[Colleague]]:
        """By lead, the other people whom the CRM knows at its company, without the lead itself, at most `most`."""
        ...

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """By domain, what the company's record holds in these fields, as text; empty ones, and nobody's, are absent.

        Several: the one that was changed last. Raises `FieldsGone` for fields that it has not, or hides from us.
        """
        ...

    def company_fields(self) -> Mapping[str, FieldInfo]:
        """The fields of the records that `company_values` reads, by name."""
        ...

    def responses(self, since: Mapping[str, str]) -> Mapping[str, Activity]:
        """By lead, the first thing that a person did for it at or after that moment (ISO 8601 UTC).

        Counts: a completed task, an event, a logged call or e-mail, a change of status, each by a person and not by the
        API user.
        """
        ...

    def milestones(self, ids: Sequence[str]) -> Mapping[str, Milestones]:
        """What became of these leads, converted ones too."""
        ...
