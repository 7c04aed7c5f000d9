"""What stands in an order, of which the first that holds counts: parts that an earlier one leaves nothing to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from leadrelay.core.lead import Type
from leadrelay.core.lints.apart import apart, wanted
from leadrelay.core.lints.regions import World
from leadrelay.core.lints.regions_values import MOST_ROWS
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook, Transitions
from leadrelay.core.predicates import Node, Op, fields

Step = tuple[str, Condition]
Allowed = Callable[[str, str], bool]

SALES = "sales"
MOST_TOGETHER = 2_000
"""Kinds of leads up to which a step is held against all before it at once; each of them alone is always looked at."""


def disqualifiers(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Those that shut nobody out whom an earlier one does not."""
    steps = [(found.name, found.when) for found in playbook.disqualifiers]
    for name, condition, earlier in _shadowed(steps, playbook, world):
        message = f"disqualifier '{name}' shuts nobody out whom {earlier} does not."
        yield Lint(condition.place, message, "Remove it, or mend one of them.")


def ladders(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Stages, statuses, assignment rules, talk tracks that no lead gets, since an earlier one takes all of theirs."""
    for kind, steps, allowed in _ladders(playbook):
        for name, condition, earlier in _shadowed(steps, playbook, world, allowed):
            message = f"no lead comes to {kind} '{name}': {earlier} stands before it, and takes all of its leads."
            yield Lint(condition.place, message, "Let the narrower one stand first, or mend its predicate.")


def _ladders(playbook: Playbook) -> Iterator[tuple[str, list[Step], Allowed]]:
    yield "stage", [(stage.name, stage.when) for stage in playbook.stages if stage.when], _as_free(playbook)
    yield "status", [(status.name, status.when) for status in playbook.statuses if status.when], _anywhere
    territories = [(rule.name, rule.when) for rule in playbook.assignment.territories if rule.when]
    yield "assignment rule", territories, _anywhere
    tracks = playbook.handoff.talk_tracks if playbook.handoff else ()
    yield "talk track", [(track.name, track.when) for track in tracks if track.when], _anywhere


def _anywhere(_earlier: str, _later: str) -> bool:
    return True


def _as_free(playbook: Playbook) -> Allowed:
    """Whether a lead that may go to the later stage may always go to the earlier one too."""
    ways, names = playbook.transitions, [stage.name for stage in playbook.stages]

    def allowed(earlier: str, later: str) -> bool:
        sources = [name for name in names if name != later and ways and ways.allow(name, later)]
        return ways is None or all(ways.allow(name, earlier) for name in sources)

    return allowed


def recyclers(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Rules that recycle a lead only once an earlier one has served its time."""
    steps = [(rule.name, rule.when) for rule in playbook.recycling.rules]
    for name, condition, earlier in _shadowed(steps, playbook, world):
        message = f"recycle rule '{name}' speaks only for leads that {earlier} sent back once already."
        yield Lint(condition.place, message, "Fine where it is the next step; else let it stand first.", hint=True)


def _shadowed(
    steps: Sequence[Step], playbook: Playbook, world: World, allowed: Allowed = _anywhere
) -> Iterator[tuple[str, Condition, str]]:
    """Each step that never holds where no earlier one does, and which: one alone, or several together."""
    nodes = [_with_the_qualification(condition.node, playbook) for _, condition in steps]
    kin, words = [_kin(node, world) for node in nodes], [wanted(node) for node in nodes]
    for number, (name, condition) in enumerate(steps):
        near = [
            earlier
            for earlier in range(number)
            if kin[earlier] & kin[number]
            and not apart(words[earlier], words[number])
            and allowed(steps[earlier][0], name)
        ]
        alone = next((earlier for earlier in near if _takes_all(nodes[number], [nodes[earlier]], world)), None)
        if alone is not None:
            yield name, condition, f"'{steps[alone][0]}'"
        elif len(near) > 1 and _takes_all(nodes[number], [nodes[earlier] for earlier in near], world):
            yield name, condition, " or ".join(f"'{steps[earlier][0]}'" for earlier in near)


def ways(playbook: Playbook) -> Iterator[Lint]:
    """Stages to which `[transitions]` lead nobody, and such of lead generation from which they lead nowhere."""
    transitions = playbook.transitions
    if transitions is None:
        return
    reached = _reached(transitions, playbook.stages[-1].name)
    for stage in playbook.stages:
        place = playbook.place(f"transitions.{stage.name}")
        if stage.name not in reached:
            message = f"no way leads to stage '{stage.name}', so that only leads without a stage come there."
            yield Lint(place, message, "List it where leads come from, or under '*'.")
        written = f"transitions.{stage.name}" in playbook.places
        if stage.side != SALES and not written and transitions.ways[stage.name] <= {stage.name}:
            message = f"no way leads on from stage '{stage.name}'."
            yield Lint(place, message, f"List where its leads may go, or that they stay: {stage.name} = []")


def _reached(transitions: Transitions, first: str) -> set[str]:
    """The stages to which ways lead from this one, over others or not."""
    reached, new = set[str](), {first}
    while new:
        reached |= new
        new = {there for here in new for there in transitions.ways[here]} - reached
    return reached


def _kin(node: Node, world: World) -> frozenset[str]:
    """The fields of a predicate, and the outputs that depend on them."""
    asked = fields(node)
    return asked.union(*(world.joints[name].names for name in asked if name in world.joints))


def _takes_all(node: Node, earlier: Sequence[Node], world: World) -> bool:
    """Whether one of the earlier holds wherever this one does, and this one holds at all."""
    cases = world.cases([node, *earlier], most=MOST_ROWS if len(earlier) == 1 else MOST_TOGETHER)
    if cases is None:
        return False
    ours, *others = cases.holds
    return any(ours) and all(any(row) for holds, *row in zip(ours, *others, strict=True) if holds)


def _with_the_qualification(node: Node, playbook: Playbook) -> Node:
    """`qualified` as what it stands for: what is asked in a stage may be asked by the qualification already."""
    if node.op is Op.FIELD and node.value == "qualified":
        shut_out = Node(Op.FIELD, Type.BOOLEAN, value="disqualified")
        holds = Node(Op.TRUE, Type.BOOLEAN, (playbook.qualification.node,))
        return Node(Op.AND, Type.BOOLEAN, (holds, Node(Op.NOT, Type.BOOLEAN, (shut_out,))))
    return replace(node, args=tuple(_with_the_qualification(arg, playbook) for arg in node.args))
