"""What leadrelay owns in a CRM, looked at, created and taken away again: step by step, so that it can stop anywhere.

Nothing is kept here: each look asks the CRM, which is what makes a second run go on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leadrelay.connectors.customising import Customiser, OwnField, State, Step
from leadrelay.errors import CrmError, Refused

Told = Callable[[int, int], None]
"""told(done, all), in steps."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the jobs over one object type of a connection need. `own`: fields that leadrelay owns.

    `reads`, `writes`: every field of the object that a mapping names.
    """

    own: tuple[OwnField, ...]
    reads: frozenset[str]
    writes: frozenset[str]

    def others(self, prefix: str, suffix: str) -> dict[str, bool]:
        """The fields with this end of their name that are not our own, with a prefix, and whether they are written."""
        own = {field.name.lower() for field in self.own}
        written = {name.lower() for name in self.writes}
        names = sorted(name for name in self.reads | self.writes if name.lower().endswith(suffix))
        return {f"{prefix}{name}": name.lower() in written for name in names if name.lower() not in own}


@dataclass(frozen=True, slots=True)
class Bench:
    """One object type of a connection: who customises it, and the fields that the jobs over it need."""

    customiser: Customiser
    fields: tuple[OwnField, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A connection with the organisation that it leads to, and every bench of it."""

    connection: str
    organisation: str
    benches: tuple[Bench, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A step, and who does it. `taken`: this command did it. `kept`: why it was left alone; "" when it was not."""

    step: Step
    customiser: Customiser
    taken: bool = False
    kept: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to do."""
        return self.step.state is State.TO_DO and not self.taken

    def to_json(self) -> dict[str, Any]:
        """As `setup --json` prints it."""
        step = self.step
        document = {"what": step.what, "target": step.target, "state": str(step.state), "told": step.told}
        return document | {"cure": step.cure, "holds": step.holds, "now": self.taken, "kept": self.kept}


@dataclass(frozen=True, slots=True)
class Result:
    """How far it came. `refusal`: what stopped it, if anything did."""

    due: tuple[Due, ...]
    refusal: CrmError | None = None


def wanted(benches: Sequence[Bench]) -> list[Due]:
    """All that is needed, in the order in which it has to be done; what objects share comes once."""
    found: dict[tuple[str, str], Due] = {}
    for bench in benches:
        for step in bench.customiser.steps(bench.fields):
            found.setdefault((step.what, step.target), Due(step, bench.customiser))
    return list(found.values())


def removable(benches: Sequence[Bench], *, force: bool) -> list[Due]:
    """All that can be taken away. What holds values stays without `force`, and with it what those fields stand in."""
    found: dict[tuple[str, str], Due] = {}
    for bench in reversed(benches):
        for step in bench.customiser.removals(bench.fields):
            key = (step.what, step.target)
            # What objects share goes last: it may be needed to see what the others hold.
            found.pop(key, None)
            found[key] = Due(step, bench.customiser)
    return _spared(list(found.values()), force=force)


def take(benches: Sequence[Bench], due: Sequence[Due], told: Told) -> Result:
    """Do what is to do; the first refusal ends it.

    One step may have brought others along, so that after a refusal the CRM is asked once more what is there.
    """
    result = _done(due, lambda one: one.customiser.take(one.step), told)
    return replace(result, due=_as_it_stands(benches, result.due)) if isinstance(result.refusal, Refused) else result


def _as_it_stands(benches: Sequence[Bench], due: Sequence[Due]) -> tuple[Due, ...]:
    try:
        there = {(one.step.what, one.step.target) for one in wanted(benches) if one.step.state is State.DONE}
    except CrmError:
        return tuple(due)
    return tuple(
        replace(one, taken=True) if one.open and (one.step.what, one.step.target) in there else one for one in due
    )


def remove(due: Sequence[Due], told: Told) -> Result:
    """Take away what is not kept; the first refusal ends it."""
    return _done(due, lambda one: one.customiser.remove(one.step), told)


def _spared(due: Sequence[Due], *, force: bool) -> list[Due]:
    if force:
        return list(due)
    kept = [replace(one, kept=_why_kept(one.step)) for one in due]
    staying = [one.step.target for one in kept if one.kept]
    return [one if one.kept or not _needed(one.step, staying) else replace(one, kept=_NEEDED) for one in kept]


_NEEDED = "a field that stays needs it"


def _needed(step: Step, staying: Sequence[str]) -> bool:
    """What is no field serves the fields of its object, as `contacts.leadrelay` does, or those of all objects."""
    if step.field is not None:
        return False
    owner, dot, _ = step.target.partition(".")
    return any(target.startswith(f"{owner}.") or not dot for target in staying)


def _why_kept(step: Step) -> str:
    if step.field is None or step.holds == 0:
        return ""
    if step.holds is None:
        return "whether records hold a value there is not known"
    return f"{step.holds:,} record{'s hold' if step.holds != 1 else ' holds'} a value"


def _done(due: Sequence[Due], effect: Callable[[Due], None], told: Told) -> Result:
    done = list(due)
    places = [place for place, one in enumerate(done) if one.open and not one.kept]
    told(0, len(places))
    for count, place in enumerate(places, 1):
        try:
            effect(done[place])
        except CrmError as refusal:
            return Result(tuple(done), refusal)
        done[place] = replace(done[place], taken=True)
        told(count, len(places))
    return Result(tuple(done))
