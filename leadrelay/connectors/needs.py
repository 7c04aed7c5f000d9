"""What leadrelay needs to be granted in a CRM, for which of its features, and what it has too much. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Uses:
    """What a job does, or what a connection is to be used for. `object`: the CRM's name of the lead object.

    `accounts`: the companies of leads are looked up. `people`: colleagues are. `owners`: leads change their owner.
    `rates`: the CRM's exchange rates are used. `setup`: fields are created.
    """

    object: str
    reads: bool = True
    writes: bool = False
    owners: bool = False
    tasks: bool = False
    notes: bool = False
    roster: bool = False
    sla: bool = False
    report: bool = False
    accounts: bool = False
    people: bool = False
    rates: bool = False
    setup: bool = False

    def any_of(self, features: Collection[str]) -> bool:
        """Whether one of these is used."""
        return any(getattr(self, name) for name in features)


@dataclass(frozen=True, slots=True)
class Need:
    """Something to be granted. `grant`: the CRM's own word for it. `features`: names of `Uses`; any of them needs it.

    `what`: what it is needed for. `without`: what follows where it is missing. `how`: where an admin grants it.
    `vital`: without it the job cannot do what it is for; else it does without. `of`: the only lead object of which it
    is needed, in lower case.
    """

    grant: str
    features: tuple[str, ...]
    what: str
    without: str
    how: str
    vital: bool = True
    of: str = ""


@dataclass(frozen=True, slots=True)
class Excess:
    """Something that is granted, and is not needed. `why`: what could be done with it. `cure`: how to do without."""

    grant: str
    why: str
    cure: str


def needed(table: Sequence[Need], uses: Uses) -> tuple[Need, ...]:
    """The rows of a CRM's table that these uses need, each grant but once, vital where any of its uses is.

    `{object}` in a row stands for the lead object.
    """
    found: dict[str, Need] = {}
    for row in table:
        if uses.any_of(row.features) and row.of in {"", uses.object.lower()}:
            need = _about(row, uses.object)
            known = found.get(need.grant)
            found[need.grant] = need if known is None or (need.vital and not known.vital) else known
    return tuple(found.values())


def missing(needs: Sequence[Need], granted: Collection[str]) -> tuple[Need, ...]:
    """Those that are not granted."""
    return tuple(need for need in needs if need.grant not in granted)


def _about(row: Need, object_type: str) -> Need:
    texts = {name: getattr(row, name).replace("{object}", object_type) for name in ("grant", "what", "without", "how")}
    return replace(row, **texts)
