"""Sends what is promised, and settles it: every effect is recorded before it leaves, and after it is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from leadrelay.core.effects import HANDOFF
from leadrelay.jobs.desk import Job
from leadrelay.jobs.guards import Meter
from leadrelay.jobs.owners.assigning import Assigning, Handed
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
    """What is promised for one page: patches, and hand-offs with theirs. A lead is in one of them.

    `more`: tasks that write nothing into their lead, whatever else is done about it.
    """

    patches: list[tuple[Intent, Update]] = field(default_factory=list)
    hand_offs: list[tuple[Intent, HandOff]] = field(default_factory=list)
    more: list[tuple[Intent, HandOff]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.leads)

    @property
    def leads(self) -> frozenset[str]:
        """Those about which anything is done."""
        return frozenset(intent.lead for intent in self.intents)

    @property
    def intents(self) -> list[Intent]:
        """All of them, as they are promised."""
        return [intent for intent, _ in (*self.patches, *self.hand_offs, *self.more)]

    def rounds(self) -> Iterator[list[tuple[Intent, HandOff]]]:
        """What is more, so that no lead comes twice in a round."""
        rounds: list[list[tuple[Intent, HandOff]]] = []
        had: Counter[str] = Counter()
        for intent, task in self.more:
            if had[intent.lead] == len(rounds):
                rounds.append([])
            rounds[had[intent.lead]].append((intent, task))
            had[intent.lead] += 1
        yield from rounds


class Outbox:
    """Sends the effects of one run. `shared`: the fields that people edit too, in which what we write is ours then.

    `assigning`: is told whose a task turned out to be. `ignored`: what the CRM left as it was, though it said that it
    is done.
    """

    def __init__(
        self,
        job: Job,
        store: Store,
        around: Surroundings,
        summary: Summary,
        shared: Collection[str] = (),
        assigning: Assigning | None = None,
    ) -> None:
        self._job, self._store, self._around, self._summary = job, store, around, summary
        self._assigning = assigning
        self._shared = shared
        self.ignored: list[Withheld] = []
        self._meter = Meter(job)

    def send(self, effects: Effects, as_of: str) -> list[str]:
        """Send and settle; the leads that changed after they were read, and so have to be decided anew.

        What is left when the run is asked to stop stays promised, and counts as pending.
        """
        overtaken: list[str] = []
        stood: dict[str, Standing] = {}
        for outcomes in self._everything(effects, as_of, stood):
            overtaken += [outcome.id for outcome in outcomes if _is_overtaken(outcome)]
        self._summary.pending += len(effects) - len(stood)
        return overtaken

    def _everything(self, effects: Effects, as_of: str, stood: dict[str, Standing]) -> Iterator[Sequence[Outcome]]:
        """`stood`: how each lead stands that was sent; what is more of it waits where that is not done."""

        def hand_off(tasks: Sequence[HandOff]) -> Iterator[Outcome]:
            return self._job.connector.hand_off(tasks, as_of)

        yield from self._sent(effects.patches, lambda updates: self._job.connector.write(updates, as_of), stood)
        yield from self._sent(effects.hand_offs, hand_off, stood)
        for tasks in effects.rounds():
            ready = [(intent, task) for intent, task in tasks if stood.get(intent.lead, Standing.DONE) is Standing.DONE]
            yield from self._sent(ready, hand_off, stood)

    def _sent(
        self,
        promised: Sequence[tuple[Intent, T]],
        send: Callable[[Sequence[T]], Iterator[Outcome]],
        stood: dict[str, Standing],
    ) -> Iterator[Sequence[Outcome]]:
        """Mark, send, settle, piece by piece; ends early where the run is asked to stop."""
        for piece in in_pieces(promised, _TOGETHER):
            if self._around.stopping():
                return
            self._meter.expect_room_to_write(self._around.now())
            self._store.outbox.sending([intent.key for intent, _ in piece], self._around.now())
            intents = {intent.lead: intent for intent, _ in piece}
            for outcomes in in_pieces(send([thing for _, thing in piece]), _SETTLE_EVERY):
                self._settle(intents, outcomes, stood)
                yield outcomes
                if self._around.stopping():
                    return

    def _settle(self, intents: Mapping[str, Intent], outcomes: Sequence[Outcome], stood: dict[str, Standing]) -> None:
        results = [_result(intents[outcome.id].key, outcome) for outcome in outcomes]
        ledger = self._assigning.turned_out(_others(intents, outcomes)) if self._assigning else {}
        self._store.outbox.settle(self._job.name, results, self._around.now(), self._shared, ledger)
        self.ignored += [
            Withheld(outcome.id, name, _IGNORED) for outcome in outcomes for name in sorted(outcome.ignored)
        ]
        final = [outcome for outcome in outcomes if not _is_overtaken(outcome)]
        first = [outcome for outcome in final if outcome.id not in stood]
        self._summary.count(first)
        self._summary.count_more([outcome for outcome in final if outcome.id in stood])
        self._summary.count_tasks(intents[outcome.id].task.get("do", "") for outcome in final if _is_new(outcome))
        self._around.watch.advance(len(first))
        stood.update((outcome.id, outcome.standing) for outcome in outcomes)


def _is_overtaken(outcome: Outcome) -> bool:
    return outcome.standing is Standing.PENDING and outcome.code in _OVERTAKEN


def _others(intents: Mapping[str, Intent], outcomes: Sequence[Outcome]) -> dict[str, Handed]:
    """By lead that is handed off, whose its task is, where that is not whom we had chosen: another was quicker."""
    found = ((intents[outcome.id], outcome) for outcome in outcomes if outcome.standing is Standing.DONE)
    return {
        intent.lead: Handed(intent.key, outcome.owner)
        for intent, outcome in found
        if intent.kind == HANDOFF and outcome.owner and outcome.owner != intent.task.get("owner")
    }


def _is_new(outcome: Outcome) -> bool:
    return outcome.standing is Standing.DONE and bool(outcome.task) and not outcome.adopted


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
        along=outcome.along,
    )
