"""Territories that get in each other's way: leads for which two assignment rules of different goals hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from leadrelay.core.lints.apart import apart, wanted
from leadrelay.core.lints.pairs import is_plain
from leadrelay.core.lints.regions import Cases, World
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates import fields
from leadrelay.core.shown import shown

MOST_AT_ONCE = 2_000
"""Kinds of leads up to which all rules over the same fields are looked at together."""


def territories(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Each rule for which an earlier one, of another team or queue, takes some of the leads, but not all of them."""
    rules = [(rule, rule.when) for rule in playbook.assignment.territories if rule.when]
    pairs = _Pairs([when for _, when in rules], world)
    for later, (rule, when) in enumerate(rules):
        others = (place for place in range(later) if rules[place][0].goal != rule.goal)
        shared = ((rules[place][0], lead) for place in others if (lead := pairs.shared(place, later)))
        for earlier, lead in islice(shared, 1):
            message = f"'{earlier.name}' stands before '{rule.name}' and wins where both hold, such as for {lead}."
            yield Lint(when.place, message, "Fine where it is meant so; else say in one of them what the other has.")


class _Pairs:
    """Predicates, held against each other; those over the same fields are looked at together, once."""

    def __init__(self, conditions: Sequence[Condition], world: World) -> None:
        self._conditions = conditions
        self._world = world
        self._wanted = [wanted(when.node) for when in conditions]
        self._together: dict[int, tuple[Cases, int]] = {}
        alike: dict[frozenset[str], list[int]] = defaultdict(list)
        for place, when in enumerate(conditions):
            alike[fields(when.node)].append(place)
        for group in alike.values():
            cases = world.cases([conditions[place].node for place in group], most=MOST_AT_ONCE)
            self._together |= {place: (cases, number) for number, place in enumerate(group)} if cases else {}

    def shared(self, earlier: int, later: int) -> str:
        """A lead for which both hold; "" where there is none, or the earlier one takes all that the later one has."""
        if apart(self._wanted[earlier], self._wanted[later]):
            return ""
        cases, first, second = self._cases(earlier, later)
        held = list(zip(cases.holds[first], cases.holds[second], strict=True)) if cases else []
        both = next((row for row, (one, other) in enumerate(held) if one and other), None)
        if cases is None or both is None or not any(other and not one for one, other in held):
            return ""
        return _example(cases.row(both))

    def _cases(self, earlier: int, later: int) -> tuple[Cases | None, int, int]:
        one, other = self._together.get(earlier), self._together.get(later)
        if one and other and one[0] is other[0]:
            return one[0], one[1], other[1]
        nodes = [self._conditions[place].node for place in (earlier, later)]
        return self._world.cases(nodes), 0, 1


def _example(row: Mapping[str, Any]) -> str:
    known = [f"{name} {shown(value)}" for name, value in row.items() if value is not None and is_plain(name, value)]
    return f"a lead with {', '.join(known)}" if known else "some leads"
