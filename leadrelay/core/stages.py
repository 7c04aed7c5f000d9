"""Grade, band and stage as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import PLACE, first_place, gather
from leadrelay.core.playbook.values import DIGITS, LETTERS, Bands, Grades, Playbook, Transitions
from leadrelay.core.sales import SalesRules

FREE, HERE, TAKEN = "~stage free", "~stage now", "~stage taken"
"""Places of stages: of that which the predicates choose, of the present one, and of that which may be reached."""


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


def lay_stage(layers: Layers, playbook: Playbook, holds: Holds, *, asked: bool) -> None:
    """The first stage whose predicate holds, of those that the lead may go to. `asked`: a later predicate asks for it.

    The last stage takes the rest; where it is out of reach, the lead stays where it is.
    """
    stages = playbook.stages
    last = [holds(stage.when) if stage.when else pl.lit(value=True) for stage in stages]
    free = layers.add(FREE, first_place(last, otherwise=pl.lit(0, PLACE)))
    taken, held = free, pl.lit(None, pl.String())
    names = [stage.name for stage in stages]
    if playbook.transitions:
        here = layers.add(HERE, _place_of("current_stage", names))
        ways = _ways(playbook.transitions, names, here)
        reached = [one if way is None else one & way for one, way in zip(last, ways, strict=True)]
        taken = layers.add(TAKEN, first_place(reached, otherwise=here))
        held = pl.when(taken != free).then(gather(names, free, pl.String()))
    lay = layers.add if asked else layers.add_last
    lay("stage", gather(names, taken, pl.String()))
    lay("stage_label", gather([stage.label for stage in stages], taken, pl.String()))
    lay("side", gather([stage.side for stage in stages], taken, pl.String()))
    lay("stage_held", held)


def _place_of(column: str, names: Sequence[str]) -> pl.Expr:
    """The place of a text among these names; the one behind the last for any other, and for none."""
    known, places = pl.Series(names, dtype=pl.String), pl.Series(range(len(names)), dtype=PLACE)
    none = pl.lit(len(names), PLACE)
    return pl.col(column).replace_strict(known, places, default=none, return_dtype=PLACE).fill_null(none)


def _ways(transitions: Transitions, names: Sequence[str], here: pl.Expr) -> Iterator[pl.Expr | None]:
    """For each stage, whether a lead may go there from where it is; None where it may from everywhere."""
    for there in names:
        open_from = [transitions.allow(name, there) for name in names]
        yield None if all(open_from) else gather([*open_from, True], here, pl.Boolean())


def lay_sales(layers: Layers, rules: SalesRules, holds: Holds) -> None:
    """What sales said of the lead."""
    for output, when in rules.by_output.items():
        layers.add_last(output, holds(when).fill_null(value=False))
