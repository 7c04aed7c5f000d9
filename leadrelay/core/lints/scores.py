"""What the points of a playbook can add up to, and which thresholds no lead can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, product

from leadrelay.core.lints.regions import Joint, Range, World
from leadrelay.core.lints.values import Lint
from leadrelay.core.playbook.values import (
    CRITERIA,
    DIGITS,
    LETTERS,
    SCORE_OF,
    VERDICT_WORDS,
    Cap,
    Criterion,
    Playbook,
    Rule,
)
from leadrelay.core.predicates import Node, Op, evidence, fields, text, walk
from leadrelay.core.reasons import in_words
from leadrelay.core.trace import PARTS_OF

_COMPARED = frozenset({Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN, Op.IN})
_CURE = "Lower it, raise the points or the cap, or remove it."


# -- what is known of outputs ------------------------------------------------------------------------------------------


def bant_joint(criteria: Sequence[Criterion], world: World) -> Joint:
    """The verdicts that are possible, with the counts that follow from them."""
    names = (*(f"bant_{name}" for name in CRITERIA), *(f"bant_{word}" for word in VERDICT_WORDS))
    rows = product(*(_verdicts(criterion, world) for criterion in criteria))
    return Joint(names, tuple((*row, *(row.count(word) for word in VERDICT_WORDS)) for row in rows))


def _verdicts(criterion: Criterion, world: World) -> list[str]:
    unknown, met, unmet, contradicted = VERDICT_WORDS
    sides = [condition.node for condition in (criterion.met, criterion.unmet) if condition]
    if len(sides) < 2:
        return [unknown, *([met] if criterion.met else []), *([unmet] if criterion.unmet else [])]
    cases = world.cases(sides)
    both = cases is None or any(map(all, zip(*cases.holds, strict=True)))
    return [unknown, met, unmet, *([contradicted] if both else [])]


def score_ranges(playbook: Playbook, world: World) -> dict[str, Range]:
    """Between what each score can lie; exact where rules exclude each other on the fields that they share."""
    found: dict[str, Range] = {}
    for axis, output in SCORE_OF.items():
        groups: dict[str, list[Rule]] = defaultdict(list)
        for rule in playbook.rules_of(axis):
            groups[rule.group].append(rule)
        parts = [_capped(_range_of(rules, world), playbook.caps.of_group(name)) for name, rules in groups.items()]
        found[output] = _capped(_sum(parts), playbook.caps[output])
    for output, names in PARTS_OF.items():
        found[output] = _capped(_sum([found[name] for name in names]), playbook.caps[output])
    return found


def _sum(parts: Sequence[Range]) -> Range:
    return Range(sum(part.least for part in parts), sum(part.most for part in parts))


def _capped(found: Range, cap: Cap) -> Range:
    return Range(cap(found.least), cap(found.most))


def _range_of(rules: Sequence[Rule], world: World) -> Range:
    """Rules over the same fields are looked at together: no lead is in two bands at once."""
    alike: dict[frozenset[str], list[Rule]] = defaultdict(list)
    for rule in rules:
        alike[fields(rule.when.node)].append(rule)
    return _sum([_range_together(group, world) for group in alike.values()])


def _range_together(rules: Sequence[Rule], world: World) -> Range:
    cases = world.cases([rule.when.node for rule in rules])
    if cases is None:
        return _sum([Range(min(0, rule.points), max(0, rule.points)) for rule in rules])
    spoke = [list(compress(rules, row)) for row in set(zip(*cases.holds, strict=True))]
    return Range(min(sum(map(_least, rules)) for rules in spoke), max(sum(map(_most, rules)) for rules in spoke))


def _least(rule: Rule) -> int:
    return min(0, rule.points) if rule.decay else rule.points


def _most(rule: Rule) -> int:
    return max(0, rule.points) if rule.decay else rule.points


# -- thresholds --------------------------------------------------------------------------------------------------------


def thresholds(playbook: Playbook, world: World) -> Iterator[Lint]:
    """Comparisons of scores that can never hold, grades and bands that no lead can get."""
    told: set[str] = set()
    for condition in playbook.conditions():
        for atom in walk(condition.node):
            if _about_scores(atom, world.ranges) and condition.place not in told and _never(atom, world):
                told.add(condition.place)
                message = f"{text(atom)} can never hold: {_reach(atom, world)}."
                yield Lint(condition.place, message, "Lower it, or let the rules give more.")
    yield from _grades(playbook, world.ranges)
    score = world.ranges["score"]
    for name, least in playbook.bands.steps:
        if least > score.most:
            message = f"no lead can be in band '{name}': it begins at {least}, and {_most_of(score)}."
            yield Lint(playbook.place(f"bands.{name}"), message, _CURE)


def _about_scores(atom: Node, ranges: Mapping[str, Range]) -> bool:
    asked = fields(atom)
    return atom.op in _COMPARED and bool(asked) and asked <= set(ranges)


def _never(atom: Node, world: World) -> bool:
    cases = world.cases([atom])
    return cases is not None and not any(cases.holds[0])


def _reach(atom: Node, world: World) -> str:
    bounds = ((in_words(name), world.ranges[name]) for name in evidence(atom))
    return "the rules give " + ", ".join(f"{name} from {found.least} to {found.most}" for name, found in bounds)


def _most_of(found: Range) -> str:
    return f"the most that the rules give is {found.most}"


def _grades(playbook: Playbook, ranges: Mapping[str, Range]) -> Iterator[Lint]:
    if playbook.grades is None:
        return
    interest = _sum([ranges["engagement"], ranges["intent"]])
    sides = (
        ("fit", LETTERS, playbook.grades.fit, ranges["fit"]),
        ("interest", DIGITS, playbook.grades.interest, interest),
    )
    for key, names, steps, found in sides:
        out_of_reach = [(name, step) for name, step in zip(names, steps, strict=False) if step > found.most]
        for name, step in out_of_reach:
            message = f"no lead can get {name}: it begins at {step}, and {_most_of(found)}."
            yield Lint(playbook.place(f"grade.{key}.{name}"), message, _CURE)
