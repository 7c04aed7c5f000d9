"""Whether finding a field out can change what becomes of a lead, and the best and the worst that still can.

Asked of the playbook itself: every value of an open field that some predicate tells from another is tried, together
with all others, and what cannot be enumerated may answer anything. So a field that does not matter never would have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from leadrelay.core.enrich.reach_asked import Asked, Pair
from leadrelay.core.enrich.reach_open import Openings
from leadrelay.core.enrich.reach_plan import Plan, Prepared
from leadrelay.core.enrich.reach_states import LEAD, States
from leadrelay.core.enrich.reach_told import Told
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates.dates import to_the_millisecond


class Reach:
    """Made for one playbook, one moment, and the fields that may be unknown. Call it with frame after frame.

    `asked`: what providers are asked with, and may tell then; a field that decides that matters as those do. So does
    one that a `run_if` of the playbook looks at. They are then open too, as long as nothing is known of them.
    """

    def __init__(
        self,
        playbook: Playbook,
        now: datetime,
        fields: Collection[str],
        asked: Sequence[Asked] = (),
    ) -> None:
        self.fields = tuple(dict.fromkeys(fields))
        self._openings = Openings(playbook, self.fields, asked)
        self._plan = Plan(playbook, to_the_millisecond(now), self._openings.loose)
        self._told = Told(playbook)

    def __call__(self, leads: pl.DataFrame, open: pl.DataFrame) -> pl.DataFrame:  # noqa: A002 - the contract's word
        """For each lead, whether each field can change its outcome, and what is still within reach.

        `leads`: typed, with the values that are given. `open`: `id`, and for each field whether it may become another.
        """
        opened, states, prepared = self._prepared(leads, open)
        reached = [self._told.nothing, *map(self._told, states.reachable(prepared.kinds))]
        outlook = prepared.leads.join(pl.concat(reached), on=LEAD, how="left", maintain_order="left")
        told = self._told.told(outlook)
        return pl.concat([self._matters(leads, opened, states, prepared), told], how="horizontal")

    def matters(self, leads: pl.DataFrame, open: pl.DataFrame) -> pl.DataFrame:  # noqa: A002 - as above
        """The same without what is within reach, which takes as long again."""
        return self._matters(leads, *self._prepared(leads, open))

    def _prepared(self, leads: pl.DataFrame, told: pl.DataFrame) -> tuple[_Opened, States, Prepared]:
        opened = self._openings.of(leads, told)
        prepared = self._plan.prepare(self._openings.blank(leads, opened[0]), opened[0])
        return opened, States(self._plan.tail, prepared.spread, prepared.fixed), prepared

    def _matters(self, leads: pl.DataFrame, opened: _Opened, states: States, prepared: Prepared) -> pl.DataFrame:
        found = self._openings.matters(opened, prepared.leads, states.relevant(prepared.kinds), self._plan.about)
        return pl.concat([leads.select("id"), found], how="horizontal")


_Opened = tuple[pl.DataFrame, Mapping[Pair, pl.Series]]
