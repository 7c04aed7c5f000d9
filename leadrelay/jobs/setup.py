"""What leadrelay owns in a CRM, looked at, created and taken away again: step by step, so that it can stop anywhere.

Nothing is kept here: each look asks the CRM, which is what makes a second run go on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leadrelay.connectors.customising import Customiser, OwnField, State, Step
from leadrelay.errors import CrmError

Told = Callable[[int, int], None]
"""told(done, all), in steps."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One object type of a connection: who customises it, and the fields that the jobs over it need."""

    customiser: Customiser
    fields: tuple[OwnField, ...]


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
    return _looked(benches, lambda bench: bench.customiser.steps(bench.fields))


def removable(benches: Sequence[Bench], *, force: bool) -> list[Due]:
    """All that can be taken away. What holds values stays without `force`, and with it what those fields stand in."""
    return [
        one
        for bench in reversed(benches)
        for one in _spared(_looked([bench], lambda it: it.customiser.removals(it.fields)), force=force)
    ]


def take(due: Sequence[Due], told: Told) -> Result:
    """Do what is to do; the first refusal ends it."""
    return _done(due, lambda one: one.customiser.take(one.step), told)


def remove(due: Sequence[Due], told: Told) -> Result:
    """Take away what is not kept; the first refusal ends it."""
    return _done(due, lambda one: one.customiser.remove(one.step), told)


def _looked(benches: Sequence[Bench], look: Callable[[Bench], Sequence[Step]]) -> list[Due]:
    found: dict[tuple[str, str], Due] = {}
    for bench in benches:
        for step in look(bench):
            found.setdefault((step.what, step.target), Due(step, bench.customiser))
    return list(found.values())


def _spared(due: Sequence[Due], *, force: bool) -> list[Due]:
    kept = [one if force else replace(one, kept=_why_kept(one.step)) for one in due]
    if not any(one.kept for one in kept):
        return kept
    return [one if one.step.field or one.kept else replace(one, kept="a field that stays needs it") for one in kept]


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
