"""Sends what is promised, and settles it: every effect is recorded before it leaves, and after it is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from leadrelay.connectors.base import (
    CHANGED_JUST_NOW,
    CHANGED_MEANWHILE,
    EMPTIED,
    MERGED_MEANWHILE,
    HandOff,
    Outcome,
    Standing,
    Update,
)
from leadrelay.core.changes import Withheld
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import Meter
from leadrelay.jobs.reading import in_pieces
from leadrelay.jobs.summary import Summary
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.store import Store
from leadrelay.state.values import Intent, Result

T = TypeVar("T")

_TOGETHER = 1_800
"""Leads marked as being sent at a time: whole calls of 200, 225, 100 and 75."""

_SETTLE_EVERY = 500
_NO_ANSWER = frozenset({"NO_ANSWER", "NO_VERDICT", "UNKNOWN", EMPTIED, MERGED_MEANWHILE})
_IGNORED = "the CRM leaves it as it is"
_OVERTAKEN = frozenset({CHANGED_JUST_NOW, CHANGED_MEANWHILE})


@dataclass
class Effects:
    """What is promised for one page: patches, and hand-offs with theirs. A lead is in one of them."""

    patches: list[tuple[Intent, Update]] = field(default_factory=list)
    hand_offs: list[tuple[Intent, HandOff]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.patches) + len(self.hand_offs)

    @property
    def intents(self) -> list[Intent]:
        """All of them, as they are promised."""
        return [intent for intent, _ in (*self.patches, *self.hand_offs)]


class Outbox:
    """Sends the effects of one run. `shared`: the fields that people edit too, in which what we write is ours then.

    `ignored`: what the CRM left as it was, though it said that it is done.
    """

    def __init__(
        self, job: Job, store: Store, around: Surroundings, summary: Summary, shared: Collection[str] = ()
    ) -> None:
        self._job, self._store, self._around, self._summary = job, store, around, summary
        self._shared = shared
        self.ignored: list[Withheld] = []
        self._meter = Meter(job)

    def send(self, effects: Effects, as_of: str) -> list[str]:
        """Send and settle; the leads that changed after they were read, and so have to be decided anew.

        What is left when the run is asked to stop stays promised, and counts as pending.
        """
        overtaken: list[str] = []
        left = len(effects)
        patched = self._sent(effects.patches, lambda updates: self._job.connector.write(updates, as_of))
        handed = self._sent(effects.hand_offs, lambda hand_offs: self._job.connector.hand_off(hand_offs, as_of))
        for outcomes in chain(patched, handed):
            overtaken += [outcome.id for outcome in outcomes if _is_overtaken(outcome)]
            left -= len(outcomes)
        self._summary.pending += left
        return overtaken

    def _sent(
        self, promised: Sequence[tuple[Intent, T]], send: Callable[[Sequence[T]], Iterator[Outcome]]
    ) -> Iterator[Sequence[Outcome]]:
        """Mark, send, settle, piece by piece; ends early where the run is asked to stop."""
        for piece in in_pieces(promised, _TOGETHER):
            if self._around.stopping():
                return
            self._meter.expect_room_to_write(self._around.now())
            self._store.outbox.sending([intent.key for intent, _ in piece], self._around.now())
            intents = {intent.lead: intent for intent, _ in piece}
            for outcomes in in_pieces(send([thing for _, thing in piece]), _SETTLE_EVERY):
                self._settle(intents, outcomes)
                yield outcomes
                if self._around.stopping():
                    return

    def _settle(self, intents: Mapping[str, Intent], outcomes: Sequence[Outcome]) -> None:
        results = [_result(intents[outcome.id].key, outcome) for outcome in outcomes]
        self._store.outbox.settle(self._job.name, results, self._around.now(), self._shared)
        self.ignored += [
            Withheld(outcome.id, name, _IGNORED) for outcome in outcomes for name in sorted(outcome.ignored)
        ]
        final = [outcome for outcome in outcomes if not _is_overtaken(outcome)]
        self._summary.count(final)
        self._around.watch.advance(len(final))


def _is_overtaken(outcome: Outcome) -> bool:
    return outcome.standing is Standing.PENDING and outcome.code in _OVERTAKEN


def _result(key: str, outcome: Outcome) -> Result:
    return Result(
        key=key,
        standing=outcome.standing,
        code=outcome.code,
        message=outcome.message,
        task=outcome.task,
        owner=outcome.owner,
        adopted=outcome.adopted,
        kept=outcome.kept,
        ignored=outcome.ignored,
        unknown=outcome.code in _NO_ANSWER,
    )
