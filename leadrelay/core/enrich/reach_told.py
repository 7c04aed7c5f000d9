"""The best and the worst that is still within reach of a lead, from every outcome that it can come to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import polars as pl

from leadrelay.core.enrich.reach_states import LEAD
from leadrelay.core.lead import Axis
from leadrelay.core.playbook.values import SCORE_OF, Playbook, Stage
from leadrelay.core.predicates import fields

_TOLD = ("best_stage", "worst_stage", "best_band", "worst_band", "best_score", "worst_score", "routes")
_SHUT = frozenset({"disqualified", "recycled"})


class Told:
    """Stages count in the playbook's order, those of leads that are shut out or sent back last; no band is the last."""

    def __init__(self, playbook: Playbook) -> None:
        self._stages = [stage.name for stage in sorted(playbook.stages, key=_is_last)]
        self._bands = [*playbook.bands.names, None]
        most, least = _bounds(playbook, 1), _bounds(playbook, -1)
        bands = [self._bands.index(playbook.bands(score)) for score in (most, least)]
        routes = len(playbook.assignment.territories) + 1
        self._unsure = dict(zip(_TOLD, (0, len(self._stages) - 1, *bands, most, least, routes), strict=True))

    def __call__(self, outcomes: pl.DataFrame) -> pl.DataFrame:
        """By kind of leads. `outcomes`: every one that it can come to."""
        stage, band, score = _ranked("stage", self._stages), _ranked("band", self._bands), pl.col("score")
        return outcomes.group_by(LEAD).agg(
            stage.min().alias("best_stage"),
            stage.max().alias("worst_stage"),
            band.min().alias("best_band"),
            band.max().alias("worst_band"),
            score.max().alias("best_score"),
            score.min().alias("worst_score"),
            pl.struct("territory", "team").n_unique().alias("routes"),
        )

    @property
    def nothing(self) -> pl.DataFrame:
        """No kind of leads."""
        texts = dict.fromkeys(("stage", "band", "territory", "team"), pl.String())
        return self(pl.DataFrame(schema={LEAD: pl.UInt32(), "score": pl.Int64(), **texts}))

    def told(self, leads: pl.DataFrame) -> pl.DataFrame:
        """In words; all that there is where nothing could be found out."""
        full = leads.with_columns(pl.col(name).fill_null(value) for name, value in self._unsure.items())
        return full.select(
            *(_named(name, self._stages) for name in ("best_stage", "worst_stage")),
            *(_named(name, self._bands) for name in ("best_band", "worst_band")),
            "best_score",
            "worst_score",
            "routes",
        )


def _bounds(playbook: Playbook, sign: int) -> int:
    """The most, or least, that all rules together can add up to."""
    caps, found = playbook.caps, dict.fromkeys(SCORE_OF, 0)
    for (axis, group), rules in groupby(playbook.rules, key=lambda rule: (rule.axis, rule.group)):
        found[axis] += caps.of_group(group)(sign * sum(max(sign * rule.points, 0) for rule in rules))
    capped = {axis: caps[output](found[axis]) for axis, output in SCORE_OF.items()}
    fit = caps["fit"](capped.pop(Axis.CONTACT) + capped.pop(Axis.ORGANISATION))
    return caps["score"](fit + sum(capped.values()))


def _is_last(stage: Stage) -> bool:
    return stage.when is not None and bool(fields(stage.when.node) & _SHUT)


def _ranked(column: str, names: Sequence[str | None]) -> pl.Expr:
    places = pl.Series(range(len(names)), dtype=pl.UInt32)
    return pl.col(column).replace_strict(pl.Series(names, dtype=pl.String), places)


def _named(column: str, names: Sequence[str | None]) -> pl.Expr:
    return pl.lit(pl.Series(names, dtype=pl.String)).gather(pl.col(column)).alias(column)
