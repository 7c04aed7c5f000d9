"""What goes into the state store and comes out of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leadrelay.connectors.base import Cursor, Standing
from leadrelay.core.assign.ledger import Entry
from leadrelay.core.changes import JsonValue
from leadrelay.state.people import Acquaintance

FINAL = frozenset({"done", "void", "undone"})
"""States of intents of which nothing more comes."""

IN_DOUBT = frozenset({"sending", "unknown"})
"""States of intents that may have taken effect."""

Fields = Mapping[str, str | None]
"""CRM field -> the text that it held, or that we put there."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is kept of a run. `kind`: run or rollback."""

    id: str
    job: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    paused_until: datetime | None
    outcome: str
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead with an effect that is not settled. `modified`: its record's stamp when it was decided."""

    lead: str
    state: str
    modified: str
    code: str
    message: str
    attempts: int
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Intent:
    """An effect on one lead that is promised before it is sent.

    `kind`: fields (a patch of the record), undo (a rollback's) or handoff (a task, and a patch with it).
    `state`: planned, sending, unknown, retry, parked, done, void, undone. `modified`: the record's stamp when it was
    decided.
    `before`, `after`: by CRM field, the text that was there and the value to be written.
    `task`: {}, or subject, body, due, owner and owner_field. `person`: a hash that two leads of one person share.
    """

    key: str
    job: str
    lead: str
    kind: str
    epoch: str
    run: str
    state: str
    modified: str
    before: Fields
    after: Mapping[str, JsonValue]
    task: Mapping[str, Any]
    why: str
    person: str = ""
    code: str = ""
    message: str = ""
    attempts: int = 0
    task_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """An intent whose answer was lost, and which turned out to have taken effect.

    `fields`: those of its fields that hold what was promised; None: all. `perhaps`: those of them that hold something
    else again, or were never written: nobody can tell. The rest is as an outcome has it.
    """

    key: str
    fields: Collection[str] | None = None
    task: str = ""
    owner: str = ""
    adopted: bool = False
    kept: Fields = field(default_factory=dict)
    perhaps: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an intent that was sent.

    `unknown`: of a pending or void one, that it may have taken effect.
    `kept`: fields where a person's value was put back. `ignored`: fields that the CRM left as they were.
    `perhaps`: as `Applied` has it. `along`: the keys of what was created to go along with a task that was not.
    """

    key: str
    standing: Standing
    code: str = ""
    message: str = ""
    task: str = ""
    owner: str = ""
    adopted: bool = False
    kept: Fields = field(default_factory=dict)
    ignored: Collection[str] = ()
    unknown: bool = False
    perhaps: Collection[str] = ()
    along: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What a lead's record will look like once its plan is done, and what was decided, as hashes.

    `repaired_at`: when something that fights us was last overwritten; None leaves what is remembered.
    `recheck_at`: when it is to be decided anew though nobody touched it; None: time changes nothing.
    `stage`: that it is in from then on.
    """

    lead: str
    state_hash: int
    wanted_hash: int
    decided_at: datetime
    repaired_at: datetime | None = None
    recheck_at: datetime | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody who has, or had, a lead; `number` counts from 1 for each lead. Owners are the CRM's ids.

    `team`, `territory`, `via`, `value`, `why` and `trace` are those of the choice. `former`: who had the lead before;
    as long as its record still says so, the new owner was not written yet. `at`: when it was decided, by `run`.
    `handed`: the epoch of the hand-off that went along, and `key` its key; "" without one.
    `due_at`, `responded_at`, `response`, `step`, `next_at`: the time limit for the first response, when and by what it
    was met, how many steps were taken, and when the next one is due.
    `ended_at`: None while it is open. `ended`: moved, rejected, recycled, disqualified, reassigned, inactive, undone,
    converted or gone. `verdict`: what sales had said when it was given.
    """

    job: str
    lead: str
    number: int
    team: str
    owner: str
    via: str
    run: str
    at: datetime
    territory: str = ""
    value: float = 0.0
    why: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)
    former: str = ""
    handed: str = ""
    key: str = ""
    due_at: datetime | None = None
    responded_at: datetime | None = None
    response: str = ""
    step: int = 0
    next_at: datetime | None = None
    ended_at: datetime | None = None
    ended: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the lead is still theirs, as far as this store knows."""
        return self.ended_at is None

    def end(self, why: str, at: datetime) -> Assignment:
        """The same, ended: nothing is due any more."""
        return replace(self, ended=why, ended_at=at, next_at=None)


@dataclass(frozen=True, slots=True)
class Promised:
    """How many first responses are owed, and how many of them are late. `next_due`: when the next would be late.

    `waiting`: how many the next run looks at.
    """

    open: int
    late: int
    next_due: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What one page leads to, recorded in one transaction.

    `intents`: what will be sent. `void`: keys of intents that are overtaken. `applied`: intents that took effect though
    their answer was lost. `shared`: the fields that people edit too.
    `settled`: what is known already of `intents`, so that nobody takes them for something that is to be sent.
    `written`: by lead, what counts as written by us into shared fields though this store never saw it.
    `assignments`: new ones, and those that change. `ledger`: by team and owner, the entries that change.
    `people`: who its leads are, and whom else that concerns.
    `cursor`: how far the job has read once this is kept; None leaves it there. `fingerprint`: of the rules in force.
    """

    job: str
    run: str
    organisation: str
    object: str
    fingerprint: str
    intents: Sequence[Intent] = ()
    void: Sequence[str] = ()
    applied: Sequence[Applied] = ()
    settled: Sequence[Result] = ()
    remember: Sequence[Memory] = ()
    written: Mapping[str, Fields] = field(default_factory=dict)
    assignments: Sequence[Assignment] = ()
    ledger: Mapping[tuple[str, str], Entry] = field(default_factory=dict)
    people: Acquaintance = field(default_factory=Acquaintance)
    cursor: Cursor | None = None
    shared: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One effect that took place. `fields`: {field: [old, new]}.

    `action`: write, restore, task, note, adopt, withdraw; unknown: overtaken before it was known whether it took place.
    """

    seq: int
    at: datetime
    run: str
    job: str
    organisation: str
    object: str
    lead: str
    action: str
    fields: Mapping[str, Sequence[JsonValue]]
    why: str
    key: str
    task: str
