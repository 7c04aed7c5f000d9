"""Asks providers: every question is claimed before it is asked, and every answer journaled before it is used.

All providers of a round are asked side by side. No more is claimed than is under way, so that a kill loses no more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadrelay.enrichers.base import Answer, Found, Question
from leadrelay.jobs.enriching.counters import Counter, NotAsked
from leadrelay.jobs.enriching.questions import personal
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.lookups import Asker, Kept, Want
from leadrelay.state.store import Store

AGAIN = timedelta(hours=1)
"""After so long a look-up that failed is made again, where the provider does not say."""

SOON = timedelta(seconds=1)
"""When the next run begins, whenever that is."""

OVER_BUDGET, ELSEWHERE, STOPPED = "over budget", "being asked by another job", "the run was stopped"
"""Why a look-up was not made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A question with its key, a lead that it is about, and how old an answer may be."""

    key: str
    question: Question
    lead: str
    since: datetime

    @property
    def want(self) -> Want:
        """As the journal has it."""
        return Want(self.key, self.lead if personal(self.question) else "", self.since)


class Asking:
    """Asks for one run of one job."""

    def __init__(self, store: Store, around: Surroundings, job: str, run: str) -> None:
        self._store = store
        self._around = around
        self._job, self._run = job, run

    def __call__(self, counters: Mapping[str, Counter], wishes: Mapping[str, Sequence[Wish]]) -> Iterator[Outcome]:
        """What became of each wish, by provider, once all are settled."""
        with ExitStack() as stack:
            lanes = [self._lane(counters[name], mine, stack) for name, mine in wishes.items()]
            while running := [future for lane in lanes for future in lane.fill()]:
                self._around.watch.look_up(len(running))
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for lane in lanes:
                    lane.settle(done)
            self._around.watch.look_up(0)
        return iter([lane.outcome() for lane in lanes])

    def _lane(self, counter: Counter, wishes: Sequence[Wish], stack: ExitStack) -> _Lane:
        pool = stack.enter_context(ThreadPoolExecutor(counter.provider.at_once, f"ask {counter.provider.name}"))
        asker = Asker(self._job, self._run, counter.provider.price.most, counter.terms.caps)
        return _Lane(self._store, self._around, counter, asker, pool, deque(wishes))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one provider's questions, by key."""

    provider: str
    kept: Mapping[str, Kept]
    unasked: Mapping[str, NotAsked]


_Piece = list[Wish]


@dataclass
class _Lane:
    """One provider in one round."""

    store: Store
    around: Surroundings
    counter: Counter
    asker: Asker
    pool: ThreadPoolExecutor
    todo: deque[Wish]
    under_way: dict[Future[Sequence[Answer]], _Piece] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    unasked: dict[str, NotAsked] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.counter.provider.name

    def outcome(self) -> Outcome:
        return Outcome(self.name, self.kept, self.unasked)

    def fill(self) -> Iterable[Future[Sequence[Answer]]]:
        """Claim and ask as much as may be under way; what is under way then."""
        while self.todo and (room := self.counter.provider.at_once - len(self.under_way)):
            if self.counter.down or self.around.stopping():
                soon = NotAsked(STOPPED, self.around.now() + SOON)
                self._give_up(self.todo, self.counter.down or soon)
                self.todo.clear()
            elif not self._claim(room * self.counter.provider.piece):
                break
        return list(self.under_way)

    def _claim(self, most: int) -> bool:
        """Whether it is worth claiming more at once."""
        wishes = {wish.key: wish for wish in (self.todo.popleft() for _ in range(min(most, len(self.todo))))}
        now = self.around.now()
        claims = self.store.lookups.claim(self.name, [wish.want for wish in wishes.values()], self.asker, now)
        self.kept |= {key: kept for key, kept in claims.kept.items() if kept.answered}
        failed = {key: kept for key, kept in claims.kept.items() if not kept.answered}
        self.counter.tally.kept += len(claims.kept) - len(failed)
        self.unasked |= {key: NotAsked(kept.why, kept.again_at or now + AGAIN) for key, kept in failed.items()}
        self._give_up((wishes[key] for key in claims.left), NotAsked(ELSEWHERE, now + SOON))
        granted = [wish for key, wish in wishes.items() if key in claims.granted]
        for piece in _pieces(granted, self.counter.provider.piece):
            self.under_way[self.pool.submit(self._ask, piece)] = piece
        refused = [wishes[key] for key in wishes if key in claims.refused]
        if refused and self.under_way:  # what is set aside for them may be given back
            self.todo.extendleft(reversed(refused))
            return False
        if refused:
            self._over_budget([*refused, *self.todo], claims.free_at or now)
        return True

    def _over_budget(self, wishes: Sequence[Wish], free_at: datetime) -> None:
        self.counter.tally.over_budget += len(wishes)
        self._give_up(wishes, NotAsked(OVER_BUDGET, max(free_at, self.around.now() + SOON)))
        self.todo.clear()

    def _give_up(self, wishes: Iterable[Wish], why: NotAsked) -> None:
        self.unasked |= {wish.key: why for wish in wishes}

    def _ask(self, piece: _Piece) -> Sequence[Answer]:
        """In a thread of its own. A provider that breaks its word has failed, and ends nothing."""
        try:
            answers = list(self.counter.provider.ask([wish.question for wish in piece]))
        except Exception as error:  # noqa: BLE001 - others write providers; the text of an error may hold a lead's values
            return [Answer(Found.FAILED, why=f"a fault of the provider ({type(error).__name__})")] * len(piece)
        if len(answers) != len(piece):
            why = f"a fault of the provider ({len(answers)} answers to {len(piece)} questions)"
            return [Answer(Found.FAILED, why=why)] * len(piece)
        return answers

    def settle(self, done: Iterable[Future[Sequence[Answer]]]) -> None:
        """Keep what came back, then use it."""
        mine = [future for future in done if future in self.under_way]
        if not mine:
            return
        now = self.around.now()
        pairs = [pair for future in mine for pair in zip(self.under_way.pop(future), future.result(), strict=True)]
        answers = {wish.key: _as_kept(wish, answer, now) for wish, answer in pairs}
        journaled = self.store.lookups.answer(self.name, self.asker.run, list(answers.values()), now)
        self.counter.tally.count(answer for _, answer in pairs)
        for key, kept in answers.items():
            if key not in journaled:
                self.unasked[key] = NotAsked(ELSEWHERE, now + SOON)
            elif kept.answered:
                self.kept[key] = kept
            else:
                self.unasked[key] = NotAsked(kept.why, kept.again_at or now + AGAIN)
        for answer in (answer for _, answer in pairs if answer.down):
            self.counter.tally.down = answer.why or "it is down"
            self.counter.down = NotAsked(answer.why, now + (answer.again or AGAIN))


def _as_kept(wish: Wish, answer: Answer, now: datetime) -> Kept:
    """An answer as the journal keeps it."""
    again = now + (answer.again or AGAIN) if answer.found is Found.FAILED else None
    fields = {name: (text, answer.confidence.get(name, 1.0)) for name, text in answer.fields.items()}
    return Kept(wish.key, answer.found.value, now, again, answer.cost, fields, answer.why)


def _pieces(wishes: Sequence[Wish], size: int) -> Iterator[_Piece]:
    for start in range(0, len(wishes), size):
        yield list(wishes[start : start + size])
