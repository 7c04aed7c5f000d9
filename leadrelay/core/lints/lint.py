"""A look at a playbook for what is not wrong, but hardly meant so: what can never hold, always holds, or is shadowed.

Nothing is guessed: what is told follows from every kind of lead that the predicates tell apart (`regions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from leadrelay.core.lints.order import disqualifiers, ladders, recyclers, ways
from leadrelay.core.lints.pairs import contradictions, overlaps
from leadrelay.core.lints.regions import Joint, World
from leadrelay.core.lints.scores import bant_joint, score_ranges, thresholds
from leadrelay.core.lints.territories import territories
from leadrelay.core.lints.values import Lint, Part, parts
from leadrelay.core.playbook.values import DIGITS, LETTERS, Playbook
from leadrelay.core.predicates import doubts, fields
from leadrelay.core.predicates.dates import Shift, to_the_millisecond

__all__ = ["Lint", "lint", "world_of"]


def lint(playbook: Playbook, now: datetime) -> tuple[Lint, ...]:
    """Everything found, in the order of the file. `now`: what `now()` stands for."""
    world = world_of(playbook, now)
    reached = list(thresholds(playbook, world))
    told = {found.place for found in reached}
    found = [
        *reached,
        *(one for one in _alone(playbook, world) if one.place not in told),
        *overlaps(playbook, world),
        *contradictions(playbook, world),
        *disqualifiers(playbook, world),
        *ladders(playbook, world),
        *territories(playbook, world),
        *recyclers(playbook, world),
        *ways(playbook),
        *_drifting(playbook),
        *_doubtful(playbook),
    ]
    return tuple(dict.fromkeys(found))


def world_of(playbook: Playbook, now: datetime) -> World:
    """What every output can be."""
    empty = World(to_the_millisecond(now), {}, {})
    bant = bant_joint(playbook.criteria, empty)
    joints = dict.fromkeys(bant.names, bant)
    ranges = score_ranges(playbook, World(empty.now, joints, {}, empty.memo))
    for joint in _joints(playbook):
        joints |= dict.fromkeys(joint.names, joint)
    return World(empty.now, joints, ranges, empty.memo)


def _joints(playbook: Playbook) -> Iterator[Joint]:
    """Outputs of which every value is known."""
    yield Joint(("stage", "stage_label", "side"), tuple((one.name, one.label, one.side) for one in playbook.stages))
    yield Joint(("stage_held",), ((None,), *((stage.name,) for stage in playbook.stages)))
    reasons = playbook.recycling.names
    there = [(recycled, reason) for reason in reasons for recycled in (True, False)]
    yield Joint(("recycled", "recycle_reason"), ((False, None), *there))
    yield Joint(("band",), tuple((name,) for name in (*playbook.bands.names, None)))
    rules = playbook.assignment
    yield Joint(
        ("territory", "team"), ((None, rules.usual or None), *((one.name, one.goal) for one in rules.territories))
    )
    grades = [letter + digit for letter in LETTERS for digit in DIGITS] if playbook.grades else [None]
    yield Joint(("grade",), tuple((grade,) for grade in grades))
    yield Joint(("qualification",), tuple((status.name,) for status in playbook.statuses) or ((None,),))
    passed = [(out, qualified, gate) for out, qualified in _QUALIFIED for gate in _passed(playbook, qualified)]
    yield Joint(("disqualified", "qualified", "gate_passed"), tuple(passed))


_QUALIFIED = ((True, False), (False, True), (False, False))


def _passed(playbook: Playbook, qualified: bool) -> Sequence[bool]:
    return (True, False) if playbook.gate else (qualified,)


def _alone(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Predicates that never or always hold, each for itself; those over the same fields are looked at together."""
    alike: dict[frozenset[str], list[Part]] = defaultdict(list)
    for part in parts(playbook):
        alike[fields(part.condition.node)].append(part)
    for group in alike.values():
        yield from _never_or_always(group, world)


def _never_or_always(group: Sequence[Part], world: World) -> Iterator[Lint]:
    cases = world.cases([part.condition.node for part in group])
    if cases is None and len(group) > 1:
        for part in group:
            yield from _never_or_always([part], world)
        return
    for part, holds in zip(group, cases.holds if cases else (), strict=cases is not None):
        if not any(holds):
            message = f"{part.label} can never hold: {part.condition.text}."
            yield Lint(part.condition.place, message, "Mend the predicate, or remove it.")
        elif all(holds):
            yield Lint(part.condition.place, f"{part.label} {part.always}.", "Mend the predicate, or remove it.")


def _doubtful(playbook: Playbook) -> Iterator[Lint]:
    """What a predicate says in a way that people seldom mean."""
    for part in parts(playbook):
        for message, cure in doubts(part.condition.node):
            yield Lint(part.condition.place, f"{part.label}: {message}.", cure)


def _drifting(playbook: Playbook) -> Iterator[Lint]:
    """Examples whose outcome depends on the day on which they are judged."""
    for example in playbook.examples:
        dates = [name for name, value in example.lead.items() if isinstance(value, datetime) or _is_day(value)]
        if example.at is None and dates:
            message = (
                f"example '{example.name}' gives {', '.join(dates)} by the calendar, and is judged at each check anew."
            )
            yield Lint(example.place, message, 'Add at = ..., or say the date from it: "3 days ago".')


def _is_day(value: object) -> bool:
    return hasattr(value, "isoformat") and not isinstance(value, Shift)
