"""A mapping as values: what is read, what is written. `mapping_text.load` reads one; `mapping` puts it to work."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, replace
from dataclasses import field as slot
from datetime import date
from hashlib import sha256

from leadrelay.connectors.people import Closed
from leadrelay.core import predicates
from leadrelay.core.amounts import Currency, Rate
from leadrelay.core.changes import Policy, Write
from leadrelay.core.decision_group import DecisionGroup
from leadrelay.core.lead import Type
from leadrelay.core.numbers_in import NumberIn
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.predicates import Node
from leadrelay.core.references import Reference
from leadrelay.core.template import places
from leadrelay.core.touched import touched
from leadrelay.core.zones import UTC

MOST_CASTS = 63
"""Values that did not fit travel as one bit mask."""

_FREE_TYPES = frozenset({Type.TEXT, Type.LIST})
_USUAL = DecisionGroup()


@dataclass(frozen=True, slots=True)
class Read:
    """A lead field and what it comes from.

    One CRM field, the `first` of several that is given, a `template` of several, or a `constant`, spelled as text.
    `values` maps texts, in lower case, to what they stand for; a text that is not among them becomes `other`, or stays
    as it is without one. `empty` texts, in lower case, mean "not given". `default` stands for what is not given.
    `number`: how a number within a text is spelled. `zone`: of dates and times that come without one, and `zoned`
    whether anybody said it. `currency`: whether it is an amount in the record's currency; `beside`: what else of the
    record tells that. `reference`: what its texts are the ids of.
    """

    lead: str
    type: Type
    field: str = ""
    values: abc.Mapping[str, str] = slot(default_factory=dict)
    other: str | None = None
    default: str | None = None
    empty: tuple[str, ...] = ()
    separator: str = ";"
    place: str = ""
    first: tuple[str, ...] = ()
    template: str = ""
    constant: str | None = None
    number: NumberIn | None = None
    zone: str = UTC
    zoned: bool = False
    currency: bool = False
    beside: tuple[str, ...] = ()
    reference: Reference | None = None

    @property
    def may_misfit(self) -> bool:
        """Whether a text can fail to be of the type."""
        return self.type not in _FREE_TYPES and self.constant is None

    @property
    def fields(self) -> tuple[str, ...]:
        """The CRM fields whose texts it is made of."""
        return self.first or ((self.field,) if self.field else places(self.template))

    @property
    def asked(self) -> tuple[str, ...]:
        """Every CRM field that it takes."""
        return (*self.fields, *self.beside)

    def without(self, gone: abc.Collection[str]) -> Read | None:
        """What is left of it where these CRM fields are gone (in small letters); None where it cannot be told."""
        left = tuple(name for name in self.first if name.lower() not in gone)
        needed = self.beside if left else self.asked
        if any(name.lower() in gone for name in needed):
            return None
        return self if left == self.first else replace(self, first=left)


STATUS = "status"
"""The lead field whose CRM field says which leads are closed."""


@dataclass(frozen=True, slots=True)
class TaskMapping:
    """How hand-off tasks are kept.

    `key`: the task's field that holds its unique key. `owner`: the lead's field that gets the task's owner; "" when the
    lead's owner is not ours to set. `reason`: the lead's field for a line, why this owner, written with the owner;
    "" where nobody is chosen.
    `closed`: the status, as the CRM spells it, of leads that are nobody's work any more.
    """

    key: str
    owner: str = ""
    place: str = ""
    reason: str = ""
    closed: tuple[str, ...] = ()

    def without(self, gone: abc.Collection[str]) -> TaskMapping:
        """The same, where these fields of the lead are gone (in small letters)."""
        owner = "" if self.owner.lower() in gone else self.owner
        return replace(self, owner=owner, reason=self.reason if owner and self.reason.lower() not in gone else "")


@dataclass(frozen=True)
class Mapping:
    """Both directions, for one kind of object. `leave`: which leads are read and decided, but never written.

    `task`: None where no tasks are created. `currency`: what amounts are counted in; None where that is not asked.
    """

    object: str
    reads: tuple[Read, ...]
    writes: tuple[Write, ...]
    fingerprint: str
    leave: Node | None = None
    task: TaskMapping | None = None
    currency: Currency | None = None

    def crm_fields(self) -> tuple[str, ...]:
        """Everything to ask the CRM for: what is read, and what is written, to compare."""
        owner = [name for name in (self.task.owner, self.task.reason) if name] if self.task else []
        read = (name for read in self.reads for name in read.asked)
        written = (name for write in self.writes for name in write.asked)
        return tuple(dict.fromkeys([*read, *written, *owner]))

    def leads_of(self, fields: abc.Collection[str]) -> frozenset[str]:
        """The lead fields that cannot be told without these CRM fields."""
        gone = _folded(fields)
        return frozenset(read.lead for read in self.reads if read.without(gone) is None)

    def without(self, fields: abc.Collection[str], group: DecisionGroup = _USUAL) -> Mapping:
        """The mapping of a CRM that has no such fields. What they fed is neither read nor written.

        `group`: of the playbook, which tells what else follows from them.

        Where `leave` cannot be decided any more, every lead is left: nothing is written, and no task created.
        """
        gone, lost = _folded(fields), self.leads_of(fields)
        silent = touched(lost, group)
        blind = self.leave is not None and bool(predicates.fields(self.leave) & silent)
        kept = [
            write for write in self.writes if not (silent.intersection(write.sources) or gone & _folded(write.asked))
        ]
        told = f"{self.fingerprint} without {' '.join(sorted(gone))}"
        return replace(
            self,
            reads=tuple(left for read in self.reads if (left := read.without(gone))),
            writes=() if blind else tuple(kept),
            fingerprint=sha256(told.encode()).hexdigest() if gone else self.fingerprint,
            leave=None if blind else self.leave,
            task=None if blind or self.task is None else self.task.without(gone),
        )

    def with_rates(self, rates: tuple[Rate, ...]) -> Mapping:
        """The mapping with rates from elsewhere, which decide as much as what stands in it."""
        if self.currency is None:
            return self
        known = sorted((rate.currency, rate.since or date.min, rate.worth) for rate in rates)
        told = f"{self.fingerprint} at {known}"
        return replace(
            self, currency=replace(self.currency, rates=rates), fingerprint=sha256(told.encode()).hexdigest()
        )

    @property
    def closed(self) -> Closed | None:
        """Which leads are nobody's work any more."""
        status = next((read.field for read in self.reads if read.lead == STATUS), None)
        return Closed(status, self.task.closed) if self.task and self.task.closed and status else None

    @property
    def outputs(self) -> frozenset[str]:
        """The outputs of a verdict that are written."""
        return self._sources & frozenset(OUTPUTS)

    @property
    def fields_asked(self) -> frozenset[str]:
        """The lead fields that are written, or that say which leads are left."""
        return (self._sources - OUTPUTS.keys()).union(predicates.fields(self.leave) if self.leave else ())

    @property
    def _sources(self) -> frozenset[str]:
        return frozenset(source for write in self.writes for source in write.sources)

    @property
    def shared_fields(self) -> tuple[str, ...]:
        """The written CRM fields that people may edit too."""
        return tuple(write.field for write in self.writes if write.policy is not Policy.OWN)

    @property
    def noted_fields(self) -> tuple[str, ...]:
        """Those, and the lead's owner: what is remembered of them tells our own value from a person's."""
        owner = (self.task.owner,) if self.task and self.task.owner else ()
        return (*self.shared_fields, *owner)

    @property
    def backward_fields(self) -> frozenset[str]:
        """The written CRM fields that go back, where the CRM itself would only let them go forward."""
        return frozenset(write.field for write in self.writes if write.backward)

    def type_of(self, field: str) -> Type:
        """The type of a written CRM field, in the spelling of the mapping; text for any other."""
        return next((write.type for write in self.writes if write.field == field), Type.TEXT)

    def misfits(self, mask: int) -> list[Read]:
        """The reads whose value did not fit, from a lead's `bad_values`."""
        return [read for bit, read in enumerate(self.may_misfit()) if mask >> bit & 1]

    def may_misfit(self) -> list[Read]:
        """The reads that a bit of `bad_values` stands for, in order of bits."""
        return [read for read in self.reads if read.may_misfit]


def _folded(names: abc.Iterable[str]) -> frozenset[str]:
    """Salesforce tells no case in the names of fields."""
    return frozenset(name.lower() for name in names)
