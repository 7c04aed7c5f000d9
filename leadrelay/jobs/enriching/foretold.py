"""What a run would ask, and what that would cost at most: asks nobody, and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime

from leadrelay.jobs.desk import Job
from leadrelay.jobs.enriching.asking import OVER_BUDGET, SOON, Outcome, Wish
from leadrelay.jobs.enriching.counters import Counter, NotAsked
from leadrelay.jobs.enriching.enriching import Enriching
from leadrelay.jobs.enriching.page import WOULD
from leadrelay.jobs.enriching.tally import Tally
from leadrelay.state.store import Store


class Foretelling:
    """Counts in the tallies: `asked` is what would be, `spent` what that may cost. As if nobody knew anything."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._told: dict[str, set[str]] = {}

    def __call__(self, counters: Mapping[str, Counter], wishes: Mapping[str, Sequence[Wish]]) -> Iterable[Outcome]:
        """Nobody answers."""
        return [self._outcome(counters[name], mine) for name, mine in wishes.items()]

    def _outcome(self, counter: Counter, wishes: Sequence[Wish]) -> Outcome:
        name, price, caps = counter.provider.name, counter.provider.price, counter.terms.caps
        told = self._told.setdefault(name, set())
        keys = dict.fromkeys(wish.key for wish in wishes)
        new = [key for key in keys if key not in told]
        spent = self._store.lookups.spending(name, self._now)
        room = caps.room(spent.more(counter.tally.spent), price.most) if price.most else None
        fit = new[:room]
        told.update(fit)
        counter.tally.asked += len(fit)
        counter.tally.spent += price.most * len(fit)
        counter.tally.over_budget += len(new) - len(fit)
        free_at = caps.free_at(spent.more(counter.tally.spent), price.most, self._now)
        full = NotAsked(OVER_BUDGET, max(free_at, self._now + SOON))
        return Outcome(name, {}, {key: NotAsked(WOULD) if key in told else full for key in keys})


def foretold(job: Job, store: Store, now: datetime, tallies: MutableMapping[str, Tally] | None = None) -> Enriching:
    """Enriches from the journal and from tables here."""
    return Enriching(job, store, now, Foretelling(store, now), {} if tallies is None else tallies)
