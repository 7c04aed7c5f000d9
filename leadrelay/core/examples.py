"""A playbook's examples, judged: what comes out otherwise than expected, in words and with the reason why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.examples_told import Difference, Teller
from leadrelay.core.explain import Tracer
from leadrelay.core.lead import Type
from leadrelay.core.outputs import TEXTS
from leadrelay.core.playbook.examples import HANDOFF, NOT_REASONS, REASONS
from leadrelay.core.playbook.values import Example, Expected, Playbook
from leadrelay.core.predicates import bind, to_polars
from leadrelay.core.predicates.dates import Shift, shifted, to_the_millisecond
from leadrelay.core.qualify import WORD, Decider
from leadrelay.errors import ConfigError, Problem

FEW = 3
"""Examples of one moment, up to which closures are ready before a frame is: 5 ms an example, 40 ms a frame."""

_CURE = "Mend the rules, or what the example expects."
_ASK = "leadrelay check says how, and why."


@dataclass(frozen=True, slots=True)
class Judged:
    """An example, and what came out otherwise than it says; nothing where it holds."""

    example: Example
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.differences

    def problems(self) -> Iterator[Problem]:
        """A problem for each difference."""
        for found in self.differences:
            yield Problem(found.place, f"example '{self.example.name}': {found.message}.", _CURE)

    def failures(self) -> Iterator[Problem]:
        """The same without a value of the example's lead, for logs: it may be the copy of a person's."""
        for found in self.differences:
            yield Problem(found.place, f"example '{self.example.name}' comes out otherwise.", _ASK)


def judge(playbook: Playbook, now: datetime) -> tuple[Judged, ...]:
    """Every example, in the order written. `now` is the moment of those that name none."""
    moments: dict[datetime, list[int]] = defaultdict(list)
    for number, example in enumerate(playbook.examples):
        moments[to_the_millisecond(example.at or now)].append(number)
    found: dict[int, Judged] = {}
    for at, numbers in moments.items():
        judged = _judged(playbook, at, [playbook.examples[number] for number in numbers])
        found.update(zip(numbers, judged, strict=True))
    return tuple(found[number] for number in range(len(playbook.examples)))


def expect_proof(playbook: Playbook, now: datetime) -> None:
    """Raises `ConfigError` with every place at which something comes out otherwise than the examples say."""
    problems = [problem for judged in judge(playbook, now) for problem in judged.failures()]
    if problems:
        raise ConfigError(problems)


def _judged(playbook: Playbook, at: datetime, examples: Sequence[Example]) -> Iterator[Judged]:
    """The examples of one moment. Only what fails is told, with the reason why."""
    leads = _cleaned([lead_of(example, playbook, at) for example in examples], playbook)
    tracer = Tracer(playbook, at)
    asked = frozenset(expected.output for example in examples for expected in example.expected)
    wanted = [[_dated(expected, at) for expected in example.expected] for example in examples]
    few = len(examples) <= FEW
    verdicts = (_traced(tracer, lead) for lead in leads) if few else _framed(playbook, at, asked, leads)
    for example, lead, verdict, all_wanted in zip(examples, leads, verdicts, wanted, strict=True):
        wrong = [expected for expected in all_wanted if not _holds(expected, verdict)]
        teller = Teller(tracer, lead, verdict) if wrong else None
        yield Judged(example, tuple(map(teller.difference, wrong)) if teller else ())


def _dated(expected: Expected, at: datetime) -> Expected:
    """A day that is said from `at`, as a date."""
    return replace(expected, value=_at(expected.value, Type.DATE, at))


def _traced(tracer: Tracer, lead: Mapping[str, Any]) -> dict[str, Any]:
    """What comes out of one lead; `reasons` are the names of the rules and disqualifiers that spoke."""
    trace = tracer(lead)
    named = {found.name for found in trace.disqualifiers if found.finding and found.finding.holds}
    spoke = named | {found.rule for found in trace.rules if found.points}
    return {**trace.outputs, HANDOFF: bool(trace.handoff and trace.handoff.holds), REASONS: spoke}


def _framed(
    playbook: Playbook, at: datetime, asked: frozenset[str], leads: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The same for all leads at once."""
    frame = _frame(leads, playbook)
    verdicts = Decider(playbook, at, asked & frozenset(TEXTS) - {REASONS})(frame)
    whole = pl.concat([frame, verdicts.drop("id")], how="horizontal")
    shut = [to_polars(bind(found.when.node, at)).alias(str(n)) for n, found in enumerate(playbook.disqualifiers)]
    out = whole.select("id", *shut).drop("id").iter_rows() if shut else ((),) * len(leads)
    for verdict, row in zip(verdicts.iter_rows(named=True), out, strict=True):
        named = {found.name for found, holds in zip(playbook.disqualifiers, row, strict=True) if holds}
        yield {**verdict, REASONS: named | _spoke(verdict, playbook)}


def _spoke(verdict: Mapping[str, Any], playbook: Playbook) -> set[str]:
    bits = enumerate(playbook.rules)
    return {rule.name for bit, rule in bits if verdict[f"mask_{bit // WORD}"] >> bit % WORD & 1}


def _holds(expected: Expected, verdict: Mapping[str, Any]) -> bool:
    if expected.output == REASONS:
        return all(name in verdict[REASONS] for name in expected.value)
    if expected.output == NOT_REASONS:
        return not any(name in verdict[REASONS] for name in expected.value)
    if isinstance(expected.value, tuple):
        least, most = expected.value
        return bool(least <= verdict[expected.output] <= most)
    return bool(verdict[expected.output] == expected.value)


def lead_of(example: Example, playbook: Playbook, at: datetime) -> dict[str, Any]:
    """The example's lead, whole, with its dates counted from `at`."""
    return {name: _at(example.lead.get(name), field.type, at) for name, field in playbook.schema.items()}


def _cleaned(leads: Sequence[Mapping[str, Any]], playbook: Playbook) -> Sequence[Mapping[str, Any]]:
    """With the derived fields that the playbook asks for."""
    cleaner = Cleaner.of(playbook)
    return cleaner(_frame(leads, playbook)).to_dicts() if cleaner.wanted else leads


def _at(value: Any, kind: Type, at: datetime) -> Any:
    if isinstance(value, Shift):
        return shifted(at.date() if kind is Type.DATE else at, [value])
    return value


def _frame(leads: Sequence[Mapping[str, Any]], playbook: Playbook) -> pl.DataFrame:
    columns = {name: field.type.dtype for name, field in playbook.schema.items()}
    numbers = pl.Series("id", [str(number) for number in range(len(leads))], pl.String())
    return pl.DataFrame(leads, schema=columns).with_columns(numbers)
