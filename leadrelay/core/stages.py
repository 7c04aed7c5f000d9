"""Grade, band and stage as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from leadrelay.core.layers import Layers
from leadrelay.core.lookup import first_of, gather
from leadrelay.core.playbook_values import DIGITS, LETTERS, Bands, Condition, Grades, Stage

Holds = Callable[[Condition], pl.Expr]


def lay_grade(layers: Layers, grades: Grades | None) -> None:
    """The letter by fit, the digit by engagement and intent; nothing where the playbook gives no grades."""
    if grades is None:
        layers.add("grade", pl.lit(None, pl.String()))
        return
    letter = _steps_missed(pl.col("fit"), grades.fit)
    digit = _steps_missed(pl.col("engagement") + pl.col("intent"), grades.interest)
    names = [first + second for first in LETTERS for second in DIGITS]
    layers.add("grade", gather(names, letter * len(DIGITS) + digit, pl.String()))


def lay_band(layers: Layers, bands: Bands) -> None:
    """The highest band that the score reaches; nothing below the lowest, and where the playbook has none."""
    if not bands.steps:
        layers.add("band", pl.lit(None, pl.String()))
        return
    missed = _steps_missed(pl.col("score"), [least for _, least in bands.steps])
    layers.add("band", gather([*bands.names, None], missed, pl.String()))


def _steps_missed(points: pl.Expr, steps: Sequence[int]) -> pl.Expr:
    return pl.sum_horizontal((points < step).cast(pl.UInt8) for step in steps)


def lay_stage(layers: Layers, stages: Sequence[Stage], holds: Holds, *, asked: bool) -> None:
    """The first stage whose predicate holds; the last takes the rest. `asked`: a later predicate looks at it."""
    tried = [stage for stage in stages[:-1] if stage.when]
    names = [stage.name for stage in (*tried, stages[-1])]
    name = first_of([holds(stage.when) for stage in tried if stage.when], names, pl.String())
    lay = layers.add if asked else layers.add_last
    lay("stage", name)
