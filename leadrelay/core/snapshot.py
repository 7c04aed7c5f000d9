"""Typed leads kept with what was computed on them: another playbook computes only what differs from those before it.

Every laid column has a key that tells what it means (`Layers.keys`); a column whose key is known is there already.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.layers import Laid, Layers
from leadrelay.core.lookup import Coded, coded
from leadrelay.core.outputs import TEXTS
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.qualify import HANDOFF, Decider

KEPT = 2
"""Of how many playbooks the columns are kept: of those that were asked last."""
COMPARED = ("stage", "score", HANDOFF)
"""What `moves` looks at."""


class Snapshot:
    """Leads as of one `now`, and verdicts on them: those of a fresh `Decider`, to the last bit.

    It holds the leads, and the columns of the last `kept` playbooks, what means the same once: `estimated_size`.
    """

    def __init__(self, leads: pl.DataFrame, now: datetime, kept: int = KEPT) -> None:
        self.leads = leads
        self.now = now
        self._cleaned: set[str] = set()
        self._columns: dict[bytes, pl.Series] = {}
        self._texts: dict[str, Coded | None] = {}
        self._recent: deque[frozenset[bytes]] = deque(maxlen=kept)

    def verdicts(self, playbook: Playbook, outputs: Sequence[str]) -> pl.DataFrame:
        """`id` and these columns of a verdict, in the order of the leads."""
        layers = Decider(playbook, self.now, frozenset(outputs) & frozenset(TEXTS)).layers
        self._clean(Cleaner.of(playbook))
        keys = layers.keys()
        self._recent.append(frozenset(keys.values()))
        found = self._computed(layers, keys, outputs)
        self._forget_the_others()
        return pl.DataFrame([self.leads["id"], *(found[name].rename(name) for name in outputs)])

    @property
    def estimated_size(self) -> int:
        """Bytes of the columns that are kept beside the leads."""
        return sum(int(column.estimated_size()) for column in self._columns.values())

    @property
    def computed(self) -> frozenset[bytes]:
        """The keys of the columns that are kept."""
        return frozenset(self._columns)

    def _clean(self, cleaner: Cleaner) -> None:
        """Derived fields that no playbook before this one asked for."""
        news = set(cleaner.wanted) - self._cleaned
        self.leads = Cleaner(news)(self.leads) if news else self.leads
        self._cleaned |= news

    def _computed(self, layers: Layers, keys: Mapping[str, bytes], names: Iterable[str]) -> Mapping[str, pl.Series]:
        """The columns of these names, and of those that had to be computed for them."""
        found: dict[str, pl.Series] = {}
        missing = self._find(layers, keys, names, found)
        for _, layer in groupby(sorted(missing, key=_turn), key=_turn):
            for column in self._layer(list(layer), found):
                found[column.name] = self._columns[keys[column.name]] = column
        return found

    def _find(
        self, layers: Layers, keys: Mapping[str, bytes], names: Iterable[str], found: dict[str, pl.Series]
    ) -> list[Laid]:
        """Put into `found` what is known, and give what is to be computed, with all that is needed for it."""
        laid, missing, asked = layers.laid, {}, list(names)
        while asked:
            name = asked.pop()
            if name in found or name in missing:
                continue
            if name not in laid:
                found[name] = self.leads[name]
            elif (known := self._columns.get(keys[name])) is not None:
                found[name] = known
            else:
                missing[name] = laid[name]
                asked.extend(laid[name].looks_at)
        return list(missing.values())

    def _layer(self, layer: Sequence[Laid], found: Mapping[str, pl.Series]) -> list[pl.Series]:
        """Columns that look at what is found; all at no text column, or all at the same."""
        exprs = [laid.expr for laid in layer]
        if (text := layer[0].text) and (texts := self._coded(text)):
            return texts.rows(texts.texts.select(exprs))
        needed = {name: found[name] for laid in layer for name in laid.looks_at}
        frame = pl.DataFrame([self.leads["id"].rename("~id"), *needed.values()])
        return frame.with_columns(exprs).select(laid.name for laid in layer).get_columns()

    def _coded(self, name: str) -> Coded | None:
        if name not in self._texts:
            self._texts[name] = coded(self.leads, [name]).get(name)
        return self._texts[name]

    def _forget_the_others(self) -> None:
        kept = frozenset().union(*self._recent)
        self._columns = {key: column for key, column in self._columns.items() if key in kept}


def _turn(laid: Laid) -> tuple[int, str]:
    return laid.depth, laid.text or ""


@dataclass(frozen=True, slots=True)
class Moves:
    """What another playbook changes. `stages`: leads by old and new stage, those that stay included.

    `scores`: leads with another score. `handoffs`: leads by whether they were, and are, to be handed off.
    """

    leads: int
    stages: Mapping[tuple[str, str], int]
    scores: int
    handoffs: Mapping[tuple[bool, bool], int]

    @property
    def moved(self) -> int:
        """How many leads change their stage."""
        return sum(count for (old, new), count in self.stages.items() if old != new)


class Before:
    """Verdicts that others are compared with, counted once: columns `id` and those of `COMPARED`."""

    def __init__(self, verdicts: pl.DataFrame) -> None:
        self.verdicts = verdicts
        self._counts = {name: Counter(dict(verdicts[name].value_counts().iter_rows())) for name in ("stage", HANDOFF)}

    def moves(self, new: pl.DataFrame) -> Moves:
        """What these verdicts change, on the same leads in the same order."""
        old = self.verdicts
        if old.height != new.height or not old["id"].equals(new["id"]):
            raise ValueError("the verdicts are not on the same leads in the same order")
        return Moves(
            leads=old.height,
            stages=self._pairs("stage", new),
            scores=int((old["score"] != new["score"]).sum()),
            handoffs=self._pairs(HANDOFF, new),
        )

    def _pairs(self, name: str, new: pl.DataFrame) -> Counter[tuple[Any, Any]]:
        """Few leads move: those that stay are counted as what was, without those that moved."""
        both = pl.DataFrame([self.verdicts[name].rename("old"), new[name].rename("new")])
        moved = both.filter(pl.col("old") != pl.col("new"))
        rows = moved.group_by("old", "new").len().iter_rows()
        pairs = Counter({(before, after): count for before, after, count in rows})
        left = Counter({(value, value): count for value, count in moved["old"].value_counts().iter_rows()})
        return pairs + (Counter({(value, value): count for value, count in self._counts[name].items()}) - left)


def moves(old: pl.DataFrame, new: pl.DataFrame) -> Moves:
    """Compare verdicts on the same leads, in the same order; see `Before`, which is worth keeping for more than one."""
    return Before(old).moves(new)
