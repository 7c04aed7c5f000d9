"""Pairs that get in each other's way: rules that speak for the same lead by one field, a criterion that is both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadrelay.core.lead import Axis, Type
from leadrelay.core.lints.regions import World
from leadrelay.core.lints.regions_values import OTHER
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.values import Criterion, Playbook, Rule
from leadrelay.core.predicates import Node, Op, fields, walk
from leadrelay.core.shown import shown

_TESTS = frozenset({Op.NULL, Op.NOT, Op.FIELD})


def overlaps(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Rules of one axis over the same fields: the same twice, or two steps of one number that both give points."""
    alike: dict[tuple[Axis, str, frozenset[str]], list[Rule]] = defaultdict(list)
    for rule in playbook.rules:
        alike[rule.axis, rule.group, fields(rule.when.node)].append(rule)
    for (_, _, names), rules in alike.items():
        if len(rules) > 1:
            yield from _overlaps(playbook, world, rules, names)


def _overlaps(playbook: Playbook, world: World, rules: Sequence[Rule], names: frozenset[str]) -> Iterator[Lint]:
    cases = world.cases([rule.when.node for rule in rules])
    if cases is None:
        yield from _spelled_alike(rules)
        return
    before: dict[int, Rule] = {}
    steps: list[tuple[int, Rule]] = []
    for rule, holds in zip(rules, cases.holds, strict=True):
        mask = _mask(holds)
        if mask and before.setdefault(mask, rule) is not rule:
            yield _the_same(before[mask], rule)
        elif mask and _is_step(playbook, names, rule):
            met = next(((first, both) for other, first in steps if (both := mask & other)), None)
            if met:
                yield _both_speak(met[0], rule, cases.row(_lowest(met[1])))
            steps.append((mask, rule))


def _both_speak(first: Rule, second: Rule, row: Mapping[str, Any]) -> Lint:
    """Told once for each rule: of the steps of a long ladder, each pair would be a book."""
    lead = _example(row)
    message = f"a lead with {lead} gets '{first.name}' {first.points:+} and '{second.name}' {second.points:+}."
    cure = "Fine where the steps are to add up; else let one end where the other begins."
    return Lint(second.when.place, message, cure, hint=True)


def _mask(holds: Sequence[bool]) -> int:
    """The cases in which a rule holds, as bits: two rules are held against each other in one step."""
    return int("".join("01"[held] for held in reversed(holds)), 2)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _spelled_alike(rules: Sequence[Rule]) -> Iterator[Lint]:
    """What can be told without looking at every kind of lead."""
    first: dict[Node, Rule] = {}
    for rule in rules:
        if first.setdefault(rule.when.node, rule) is not rule:
            yield _the_same(first[rule.when.node], rule)


def _the_same(first: Rule, second: Rule) -> Lint:
    return Lint(second.when.place, f"rule '{second.name}' says the same as '{first.name}'.", "Remove one of them.")


def _is_step(playbook: Playbook, names: frozenset[str], rule: Rule) -> bool:
    """Asks one number, date or text for its value: several members of a list are nothing strange."""
    (name, *more) = names or ("",)
    field = playbook.schema.get(name)
    if more or field is None or field.type in {Type.LIST, Type.BOOLEAN}:
        return False
    return not (_asks_whether_given(rule) or _searches(rule))


def _asks_whether_given(rule: Rule) -> bool:
    return all(part.op in _TESTS for part in walk(rule.when.node))


def _searches(rule: Rule) -> bool:
    """Patterns cannot be enumerated, so that no text is known for which both hold."""
    return any(part.op in {Op.LIKE, Op.ILIKE, Op.MATCHES} for part in walk(rule.when.node))


def _example(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in row.items() if value is not None)


def contradictions(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Criteria that one field alone makes met and unmet. Across fields that is what `contradicted` is for."""
    for criterion in playbook.criteria:
        if criterion.met and criterion.unmet:
            yield from _contradiction(criterion, world)


def _contradiction(criterion: Criterion, world: World) -> Iterator[Lint]:
    sides = [side for side in (criterion.met, criterion.unmet) if side]
    cases = world.cases([side.node for side in sides])
    if cases is None:
        return
    for number, both in enumerate(zip(*cases.holds, strict=True)):
        given = [(name, values[number]) for name, values in cases.columns.items() if values[number] is not None]
        if all(both) and len(given) == 1 and is_plain(*given[0]):
            (name, value) = given[0]
            message = f"{criterion.name} is met and unmet at once for a lead with {name} {shown(value)}."
            yield Lint(criterion.unmet_by[0].when.place, message, "Let one side begin where the other ends.")
            return


def is_plain(name: str, value: Any) -> bool:
    """A value that can be shown. A list may well hold what speaks for it and what speaks against it."""
    return not name.startswith("~") and not isinstance(value, list) and value != OTHER
