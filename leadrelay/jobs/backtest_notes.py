"""What the reader of a back-test has to know beforehand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from leadrelay.core.drift import affected
from leadrelay.core.examples import judge
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.touched import touched
from leadrelay.core.trial.trial import Trial
from leadrelay.mappings.mapping import Mapping as FieldMapping

_JUDGING = frozenset({"score", "qualified"})
"""What a playbook is judged by."""


def notes(
    trial: Trial,
    mapping: FieldMapping,
    feeds: Mapping[str, Mapping[str, str] | None],
    missing: Collection[str],
    told: Collection[str],
) -> Iterator[str]:
    """`feeds`: by lead field its columns; `missing`: lead fields without one; `told`: what the outcome looks at."""
    if missing:
        yield f"Not in these leads: {', '.join(missing)}. What looks at them never holds here, in both playbooks."
    if trial.new:
        yield from _of_the_new(trial.new, trial, mapping)
        unfed = sorted(
            trial.new.fields_used.difference(touched(feeds, trial.new.decision_group), trial.live.fields_used)
        )
        if unfed:
            yield f"The mapping feeds nothing into {', '.join(unfed)}, which the new playbook looks at: never known."
    same = {lead for lead, columns in feeds.items() if columns and set(told).intersection(columns.values())}
    for side, book in trial.playbooks.items():
        known = sorted(name for name in same.union(told) if affected(book, {name}) & _JUDGING)
        if known:
            yield (
                f"The outcome looks at {', '.join(known)}, on which the {side} playbook scores: "
                "it is told what it should foretell, and looks better than it is."
            )


def _of_the_new(new: Playbook, trial: Trial, mapping: FieldMapping) -> Iterator[str]:
    """What keeps a job from running with it."""
    named = {*(read.lead for read in mapping.reads), *(source for write in mapping.writes for source in write.sources)}
    lost = sorted(named.intersection(trial.live.schema).difference(new.schema, OUTPUTS))
    if lost:
        yield f"The mapping names {', '.join(lost)}, which the new playbook does not define: a job would not start."
    failing = [found.example.name for found in judge(new, trial.now) if not found.passed]
    if failing:
        yield f"{len(failing)} of the new playbook's own examples fail ('{failing[0]}'): a job would not run with it."
