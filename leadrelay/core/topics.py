"""Topics and the watch over first responses as columns: which of them a lead touches, and whether it is watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from math import log

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import pack
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.roster import Rep
from leadrelay.core.sla import Topic

TOPICS = "topics"
"""The column whose bit b says that topic b of the playbook holds."""

WATCHED = "watched"
"""The column that says whether a lead's first response is watched, once it has an owner."""


def lay_topics(layers: Layers, playbook: Playbook, holds: Holds) -> Iterator[str]:
    """Lay those that the playbook has; gives their names."""
    if playbook.topics:
        layers.add_last(TOPICS, pack([holds(topic.when) for topic in playbook.topics], pl.Int64()))
        yield TOPICS
    if playbook.sla:
        when = playbook.sla.when
        layers.add_last(WATCHED, holds(when).fill_null(value=False) if when else pl.lit(value=True))
        yield WATCHED


def drawn(reps: Sequence[Rep], what: str) -> Rep | None:
    """Who of a team gets a topic's task: the same for the same `what`, whatever came before, and each by their weight.

    Weighted rendezvous hashing: who leaves or comes moves no other's tasks. https://doi.org/10.1109/90.663936
    """
    return max(reps, key=lambda rep: _luck(f"{rep.owner}|{what}", rep.member.weight), default=None)


def _luck(text: str, weight: float) -> float:
    share = (int.from_bytes(sha256(text.encode()).digest()[:7]) + 1) / (2**56 + 2)
    return -weight / log(share)


def topics_of(topics: Sequence[Topic], mask: int) -> Iterator[Topic]:
    """The topics of a lead, by its mask."""
    return (topic for bit, topic in enumerate(topics) if mask >> bit & 1)
