"""What a mapping and a playbook say of themselves: what is hardly meant so, and the playbook's own examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from leadrelay.checkup.providers import of_lint
from leadrelay.checkup.values import Subject
from leadrelay.core.examples import judge
from leadrelay.core.lints.lint import Lint, lint
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.sla import REASSIGN
from leadrelay.findings import Finding, Level
from leadrelay.mappings import vocabulary
from leadrelay.mappings.mapping import Mapping


def examine(name: str, subject: Subject, now: datetime) -> Iterator[Finding]:
    """Everything that needs no CRM. `now`: the moment of examples that name none."""
    mapping, playbook = subject.mapping, subject.playbook
    told = f"{len(playbook.rules)} scoring rules, {len(mapping.reads)} fields read, {len(mapping.writes)} written"
    yield Finding(f"{name}: rules", Level.OK, told)
    yield from _lints(f"{name}: rules", lint(playbook, now))
    yield from _lints(f"{name}: rules", vocabulary.unfilled(playbook, mapping, now))
    yield from _lints(f"{name}: rules", vocabulary.unsaid_words(playbook, mapping))
    yield from (Finding(f"{name}: rules", Level.WARNING, *idle) for idle in idle_care(mapping, playbook))
    yield from _examples(f"{name}: examples", playbook, now)


def idle_care(mapping: Mapping, playbook: Playbook) -> Iterator[tuple[str, str, str]]:
    """What [sla] and [[topics]] say, and nothing comes of: a message, its place and the way out each."""
    if mapping.task is None and (playbook.sla or playbook.topics):
        part = "sla" if playbook.sla else "topics"
        cure = "Add [task] to the mapping, or remove [sla] and [[topics]]."
        yield "nobody is reminded or told of a topic: the mapping has no [task].", playbook.place(part), cure
    steps = playbook.sla.steps if playbook.sla else ()
    for number, step in enumerate(steps):
        if step.do == REASSIGN and not playbook.assignment.goals:
            cure = "Add [assignment] with a rule that names a team."
            yield "there is no team to choose somebody else from.", playbook.place(f"sla.steps[{number}].do"), cure


def _lints(section: str, found: Iterable[Lint]) -> Iterator[Finding]:
    yield from (of_lint(section, one) for one in found)


def _examples(section: str, playbook: Playbook, now: datetime) -> Iterator[Finding]:
    """What the playbook says of itself, put to the proof."""
    judged = judge(playbook, now)
    yield from (Finding.of(section, problem) for found in judged for problem in found.problems())
    passed = sum(found.passed for found in judged)
    if passed == len(judged):
        said = f"all {passed} come out as the playbook says" if judged else "the playbook has none"
        yield Finding(section, Level.OK, said)
    elif passed:
        yield Finding(section, Level.OK, f"{passed} of {len(judged)} come out as the playbook says")
