"""The content of a plan, field by field as it stands in its JSON. Nothing in it is a key: those are made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadrelay.core.changes import JsonValue
from leadrelay.core.limits import Counts
from leadrelay.state.people import Asked
from leadrelay.state.values import Assignment

FORMAT = 1
"""Of the file; another number is another form."""

FORBIDDEN = {"extra": "forbid", "strict": True}
"""For whoever reads the JSON: nothing that is not known, nothing that is not of its type."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a field is written: in short, and the numbers of every step."""

    __pydantic_config__ = FORBIDDEN

    short: str
    because: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One field: as the CRM spells it now, what it is to hold, and the number of the reason."""

    __pydantic_config__ = FORBIDDEN

    field: str
    old: str | None
    new: JsonValue
    why: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A field, a task or an owner that is left as it is, and why."""

    __pydantic_config__ = FORBIDDEN

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What is sent: `kind` and `epoch` make its key. `task`: as an intent has it, less the keys. `why`: for the audit.

    `person`: a hash that two leads of one person share. `done`: the task that is there already, so that nothing is
    sent.
    """

    __pydantic_config__ = FORBIDDEN

    kind: str
    epoch: str
    task: Mapping[str, Any]
    why: str
    person: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """Who had a lead when it was planned: the assignment's number, its steps so far, whether it was open."""

    __pydantic_config__ = FORBIDDEN

    number: int = 0
    step: int = 0
    is_open: bool = False


NOBODY = Base()


@dataclass(frozen=True, slots=True)
class Booked:
    """What a lead does to the ledger. `pool`: the number of those who shared in it."""

    __pydantic_config__ = FORBIDDEN

    team: str
    owner: str
    pool: int
    value: float
    leads: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Remembered:
    """How the lead will be known again. Numbers are text: not every program keeps all digits of such large ones."""

    __pydantic_config__ = FORBIDDEN

    lead: str
    state: str
    wanted: str
    stage: str
    recheck_at: datetime | None = None
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One lead. `version`: its record's stamp. `seen`: a digest of every field that is read or written, as it was.

    `owner`: whose the lead is afterwards, where the mapping tells. `effect`: takes all `changes` along; None where
    nothing is written. `more`: further tasks. `noted`: tasks that are there already. `over`: effects of earlier runs
    that are not called for any more, as kind and epoch. `lost`: fields that count as written by us.
    """

    __pydantic_config__ = FORBIDDEN

    lead: str
    link: str
    version: str
    seen: str
    memory: Remembered
    owner: str = ""
    changes: Sequence[Change] = ()
    withheld: Sequence[Kept] = ()
    effect: Effect | None = None
    more: Sequence[Effect] = ()
    noted: Sequence[Effect] = ()
    over: Sequence[tuple[str, str]] = ()
    base: Base = NOBODY
    assignments: Sequence[Assignment] = ()
    booked: Sequence[Booked] = ()
    lost: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def sends(self) -> bool:
        """Whether anything is sent to the CRM."""
        return self.effect is not None or bool(self.more)

    @property
    def effects(self) -> Iterator[Effect]:
        """All that is sent."""
        yield from [self.effect] if self.effect else []
        yield from self.more


@dataclass(frozen=True, slots=True)
class Someone:
    """Who a lead is, for others: keys that are hashes."""

    __pydantic_config__ = FORBIDDEN

    lead: str
    keys: tuple[str | None, ...]
    account: str | None
    role: str
    created_at: datetime | None
    told: str
    grouped: str


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What is kept in the store once all is sent: how far was read, what stands as it is, who is who.

    `before`, `reached`: cursors. `stand`: the leads that need no write.
    """

    __pydantic_config__ = FORBIDDEN

    before: Mapping[str, str] | None = None
    reached: Mapping[str, str] | None = None
    stand: Sequence[Remembered] = ()
    people: Sequence[Someone] = ()
    gone: Sequence[str] = ()
    due: Sequence[str] = ()
    grouped: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calls:
    """API calls that applying takes, about, and the day's quota as the CRM told it; 0 where it told nothing."""

    __pydantic_config__ = FORBIDDEN

    needed: int
    used: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a plan comes to, in leads; `fields`, `withheld`: in fields, `tasks`: all of them."""

    __pydantic_config__ = FORBIDDEN

    read: int = 0
    changed: int = 0
    fields: int = 0
    hand_offs: int = 0
    tasks: int = 0
    owners: int = 0
    cleared: int = 0
    withheld: int = 0

    @property
    def counts(self) -> Counts:
        """As the brake takes them."""
        return Counts(self.changed, self.owners, self.cleared)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it. `mapping`, `playbook`, `rules`: fingerprints. `missing`: CRM fields that were gone.

    `note`: what a plan cannot know. `asks`: by provider, what a run would ask. `brake`: what it would say; "" nothing.
    `owner_field`: the lead's field for its owner. `owners`: names by id. `steps`: of reasons, each once.
    `pools`: candidates that shared in leads.
    """

    __pydantic_config__ = FORBIDDEN

    leadrelay_plan: int
    run: str
    job: str
    connection: str
    organisation: str
    object: str
    made_at: datetime
    mapping: str
    playbook: str
    rules: str
    note: str
    tallied: Tallied
    calls: Calls
    brake: str
    owner_field: str
    missing: Sequence[str]
    stages: Mapping[str, int]
    asks: Mapping[str, Any]
    owners: Mapping[str, str]
    steps: Sequence[str]
    reasons: Sequence[Reason]
    pools: Sequence[Sequence[str]]
    books: Bookkeeping
    rows: Sequence[Row]
    sha256: str = ""

    def because(self, change: Change) -> list[str]:
        """Why a field is written, step by step."""
        return [self.steps[step] for step in self.reasons[change.why].because]

    @property
    def sends(self) -> bool:
        """Whether anything is sent to the CRM."""
        return any(row.sends for row in self.rows)
