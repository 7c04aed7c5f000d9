"""Topics and the watch over first responses as columns: which of them a lead touches, and whether it is watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import pack
from leadrelay.core.playbook.values import Playbook
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


def topics_of(topics: Sequence[Topic], mask: int) -> Iterator[Topic]:
    """The topics of a lead, by its mask."""
    return (topic for bit, topic in enumerate(topics) if mask >> bit & 1)
