"""Many leads explained: the traces of the tracer, made from columns.

Whether predicates hold is asked of the frame. What is found is made once for all leads of which the same is known, by
the steps that the tracer takes, so that only the first of them pays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, TypeVar

import polars as pl

from leadrelay.core.explain import Tracer, Walk, by_groups
from leadrelay.core.found import CriterionFound, Fact, Finding, Named, RecycleFound, RuleFound, StageFound
from leadrelay.core.outputs import OUTPUTS, TEXTS
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.values import SCORE_OF, Criterion, Playbook, Rule, Stage
from leadrelay.core.predicates import evidence
from leadrelay.core.qualify import Decider
from leadrelay.core.reasons import cap_reason, in_words
from leadrelay.core.recycling import BEFORE, DATE, REASON, SAID_AT
from leadrelay.core.shown import shown
from leadrelay.core.trace import PARTS_OF, Trace

AT_ONCE = 2_000
"""Leads whose findings are held at a time."""

T = TypeVar("T")


class Together:
    """A playbook made ready for one `now`; call it with frame after frame of typed leads.

    `silent`: whether to find out what rules looked at that gave nothing. No text tells it.
    """

    def __init__(self, playbook: Playbook, now: datetime, *, silent: bool = True) -> None:
        self.tracer = Tracer(playbook, now)
        self._silent = silent
        self._decider = Decider(playbook, now, frozenset(TEXTS))
        self._conditions = list(dict.fromkeys(playbook.conditions()))

    def __call__(self, leads: pl.DataFrame) -> Iterator[Trace]:
        """The trace of every lead, in the frame's order."""
        for part in leads.iter_slices(AT_ONCE):
            verdicts, holds = self._decider.tried(part, self._conditions)
            found = {one: column.to_list() for one, column in zip(self._conditions, holds, strict=True)}
            yield from _Leads(self.tracer, part, verdicts.select(*OUTPUTS), found, silent=self._silent).traces()


class _Leads:
    """Some leads, as columns. `holds`: by predicate, what it says of each."""

    def __init__(
        self,
        tracer: Tracer,
        leads: pl.DataFrame,
        verdicts: pl.DataFrame,
        holds: dict[Condition, list[bool | None]],
        *,
        silent: bool,
    ) -> None:
        self.tracer, self._playbook, self._holds, self._silent = tracer, tracer.playbook, holds, silent
        self._height = leads.height
        frame = leads.select(name for name in tracer.playbook.schema if name in leads.columns).hstack(verdicts)
        self._values: dict[str, list[Any]] = {column.name: column.to_list() for column in frame}
        for name in tracer.playbook.schema:
            self._values.setdefault(name, [None] * self._height)
        self._texts: dict[str, list[str | None]] = {}
        self._found: dict[Condition, list[Finding]] = {}
        self._known: dict[int, tuple[Condition, list[Finding]]] = {}
        self._walks: dict[int, _Known] = {}

    def traces(self) -> Iterator[Trace]:
        """In their order."""
        playbook = self._playbook
        rules = list(map(self._rule, playbook.rules))
        named = self._all_named
        parts: dict[str, Iterable[Any]] = {
            "outputs": self._dicts(OUTPUTS, [self._values[name] for name in OUTPUTS]),
            "criteria": self._across(list(map(self._criterion, playbook.criteria))),
            "rules": self._across(rules),
            **self._limits(rules),
            "grade": self._once(self._key("grade", "fit", "engagement", "intent"), Walk.grade),
            "disqualifiers": named((one.name, one.name, one.when) for one in playbook.disqualifiers),
            "qualification": self.findings(playbook.qualification),
            "statuses": named((one.name, one.label, one.when) for one in playbook.statuses),
            "gate": named((one.name, one.name, one.when) for one in playbook.gate),
            "recycling": self._recycling(),
            "stages": self._across(list(map(self._stage, playbook.stages))),
            "handoff": self._maybe(playbook.handoff.when if playbook.handoff else None),
            "lead": self._dicts(playbook.schema, [self._text(name) for name in playbook.schema]),
            "watched": self._maybe(playbook.sla.when if playbook.sla else None),
            "topics": named((one.name, one.name, one.when) for one in playbook.topics),
            "territories": named((one.name, one.name, one.when) for one in playbook.assignment.territories),
            "assign": self._maybe(playbook.assignment.when),
            "sales": named((name, in_words(name), when) for name, when in playbook.sales.by_output.items()),
        }
        for found in zip(*parts.values(), strict=True):
            yield Trace(**dict(zip(parts, found, strict=True)))

    def findings(self, condition: Condition) -> list[Finding]:
        """What became of a predicate, for each lead. To hash a predicate takes longer than to know it again."""
        if known := self._known.get(id(condition)):
            return known[1]
        found = self._findings(condition)
        self._known[id(condition)] = (condition, found)  # it lives as long as its id is known
        return found

    def _findings(self, condition: Condition) -> list[Finding]:
        if condition not in self._found:
            names = evidence(condition.node)
            keys = zip(self._holds[condition], *map(self._text, names), strict=True)
            self._found[condition] = _each(keys, lambda key, _: _finding(condition, names, *key))
        return self._found[condition]

    def finding(self, condition: Condition, row: int) -> Finding:
        """The same for one lead."""
        if self._silent or id(condition) in self._known:
            return self.findings(condition)[row]
        names = evidence(condition.node)
        return _finding(condition, names, self._holds[condition][row], *(self._text(name)[row] for name in names))

    def values(self, row: int) -> dict[str, Any]:
        """All that is known of one lead."""
        return {name: column[row] for name, column in self._values.items()}

    # -- parts of a trace ---------------------------------------------------------------------------------------------

    def _criterion(self, criterion: Criterion) -> list[CriterionFound]:
        conditions = [saying.when for saying in criterion.sayings]
        expiry = criterion.expiry
        conditions += filter(None, (criterion.met, criterion.unmet, expiry.fresh if expiry else None))
        asked = [self._values[expiry.as_of]] if expiry else []
        keys = self._across([*map(self._ids, conditions), *map(self._text, criterion.evidence), *asked])
        return self._once(keys, lambda walk: walk.criterion(criterion))

    def _rule(self, rule: Rule) -> list[RuleFound]:
        since = [self._values[rule.decay.since]] if rule.decay else []
        if self._silent:
            return self._once(self._across([self._ids(rule.when), *since]), lambda walk: walk.rule(rule))
        names = evidence(rule.when.node)
        silent = RuleFound(rule.name, SCORE_OF[rule.axis], 0, "", Finding(rule.when.text, None, ()), None, rule.group)
        keys = zip(self._holds[rule.when], *map(self._text, names), *since, strict=True)
        spoke = (key if key[0] else None for key in keys)
        return _each(spoke, lambda key, row: self._walk(row).rule(rule) if key else silent)

    def _limits(self, rules: Sequence[list[RuleFound]]) -> dict[str, Iterable[dict[str, str]]]:
        """What caps took or gave."""
        capped: list[list[dict[str, str]]] = []
        groups: list[list[dict[str, str]]] = []
        for axis, output in SCORE_OF.items():
            sums = self._by_groups(
                [col for rule, col in zip(self._playbook.rules, rules, strict=True) if rule.axis == axis]
            )
            capped.append(self._capped(output, [raw for raw, _ in sums]))
            groups.append([caps for _, caps in sums])
        for output, parts in PARTS_OF.items():
            capped.append(self._capped(output, [sum(some) for some in self._key(*parts)]))
        return {
            "capped": map(_united, zip(*capped, strict=True)),
            "group_caps": map(_united, zip(*groups, strict=True)),
        }

    def _by_groups(self, rules: Sequence[list[RuleFound]]) -> list[tuple[int, dict[str, str]]]:
        """Of the rules of an axis."""
        points = self._across([[found.points for found in column] for column in rules])
        return _each(points, lambda _, row: by_groups(self._playbook, [column[row] for column in rules]))

    def _capped(self, output: str, raw: Sequence[int]) -> list[dict[str, str]]:
        changes = (points - before for points, before in zip(self._values[output], raw, strict=True))
        words = in_words(output)
        return _each(changes, lambda change, _: {output: cap_reason(words, change)} if change else {})

    def _all_named(self, parts: Iterable[tuple[str, str, Condition | None]]) -> Iterable[tuple[Named, ...]]:
        return self._across([self._named(*part) for part in parts])

    def _named(self, name: str, label: str, condition: Condition | None) -> Iterable[Named]:
        if condition is None:
            return repeat(Named(name, label, None), self._height)
        found = self.findings(condition)
        return _each(map(id, found), lambda _, row: Named(name, label, found[row]))

    def _recycling(self) -> list[tuple[RecycleFound, ...]]:
        if not self._playbook.recycling.rules:
            return [()] * self._height
        ids = [self._ids(rule.when) for rule in self._playbook.recycling.rules]
        known = [self._values[name] for name in (REASON, DATE, BEFORE, SAID_AT)]
        return self._once(self._across([*ids, *known]), Walk.recycling)

    def _stage(self, stage: Stage) -> list[StageFound]:
        ids = [self._ids(stage.when)] if stage.when else []
        here = self._values.get("current_stage", [None] * self._height)
        return self._once(self._across([*ids, here]), lambda walk: walk.stage(stage))

    # -- columns ------------------------------------------------------------------------------------------------------

    def _text(self, name: str) -> list[str | None]:
        if name not in self._texts:
            self._texts[name] = _texts(self._values[name])
        return self._texts[name]

    def _ids(self, condition: Condition) -> list[int]:
        """Equal for equal findings."""
        return list(map(id, self.findings(condition)))

    def _maybe(self, condition: Condition | None) -> Iterable[Finding | None]:
        return self.findings(condition) if condition else repeat(None, self._height)

    def _key(self, *names: str) -> Iterable[tuple[Any, ...]]:
        return zip(*(self._values[name] for name in names), strict=True)

    def _across(self, columns: Sequence[Iterable[Any]]) -> Iterable[tuple[Any, ...]]:
        return zip(*columns, strict=True) if columns else repeat((), self._height)

    def _dicts(self, names: Iterable[str], columns: Sequence[list[Any]]) -> Iterator[dict[str, Any]]:
        named = tuple(names)
        return (dict(zip(named, row, strict=True)) for row in zip(*columns, strict=True))

    def _once(self, keys: Iterable[Hashable], step: Callable[[Walk], T]) -> list[T]:
        """What a step of the tracer finds, taken for the first lead of each key."""
        return _each(keys, lambda _, row: step(self._walk(row)))

    def _walk(self, row: int) -> _Known:
        if row not in self._walks:
            self._walks[row] = _Known(self, row)
        return self._walks[row]


class _Known(Walk):
    """One of the leads at the end of its way, where all is known."""

    def __init__(self, leads: _Leads, row: int) -> None:
        super().__init__(leads.tracer, {})
        self._known = leads.values(row)
        self._leads, self._row = leads, row

    def find(self, condition: Condition) -> Finding:
        """As the frame says."""
        return self._leads.finding(condition, self._row)


def _each(keys: Iterable[Any], make: Callable[[Any, int], T]) -> list[T]:
    """One for each key, made once for equal ones; it is made from the key and from the first row that has it."""
    made: dict[Any, T] = {}
    found = []
    for row, key in enumerate(keys):
        if key not in made:
            made[key] = make(key, row)
        found.append(made[key])
    return found


def _united(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    return dict(pair for part in parts if part for pair in part.items())


def _finding(condition: Condition, names: Sequence[str], holds: bool | None, *texts: str | None) -> Finding:
    return Finding(condition.text, holds, tuple(map(Fact, names, texts)))


def _texts(values: list[Any]) -> list[str | None]:
    if any(isinstance(value, list) for value in values):
        return [shown(value) for value in values]
    return _each(values, lambda value, _: shown(value))
