"""Territory and team as columns: the rule that speaks for a lead, and the team or queue that it names."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import PLACE, first_place, gather
from leadrelay.core.playbook.values import Playbook

ASSIGN = "assign"
"""The column that says whether a lead is to have an owner, where `[assignment] when` says so."""

_RULE = "~rule of assignment"


def lay_assignment(layers: Layers, playbook: Playbook, holds: Holds, *, asked: bool) -> Iterator[str]:
    """Lay both; gives the names of columns beside the outputs. `asked`: a later predicate asks for them."""
    rules = playbook.assignment
    lay = layers.add if asked else layers.add_last
    if rules.territories:
        speaks = [holds(rule.when) if rule.when else pl.lit(value=True) for rule in rules.territories]
        rule = layers.add(_RULE, first_place(speaks, otherwise=pl.lit(len(speaks), PLACE)))
        lay("territory", gather([*(one.name for one in rules.territories), None], rule, pl.String()))
        lay("team", gather([*(one.goal for one in rules.territories), None], rule, pl.String()))
    else:
        lay("territory", pl.lit(None, pl.String()))
        lay("team", pl.lit(rules.usual or None, pl.String()))
    if rules.when:
        layers.add_last(ASSIGN, holds(rules.when).fill_null(value=False))
        yield ASSIGN
