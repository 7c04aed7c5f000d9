"""Disqualifiers, the qualification with its statuses, and the gate as columns."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from leadrelay.core.holds import Holds
from leadrelay.core.layers import Layers
from leadrelay.core.lookup import Words, first_of, in_eights, merged, pack, subsets
from leadrelay.core.playbook.values import Demand, Playbook
from leadrelay.core.reasons import BETWEEN, joined, shut_out

_NO = pl.lit(value=False)


def lay_qualification(layers: Layers, playbook: Playbook, holds: Holds) -> tuple[Words, ...]:
    """Who is shut out, who is qualified, and with which status; gives the reasons for being shut out."""
    reasons = []
    for number, eight in enumerate(in_eights(playbook.disqualifiers)):
        code = layers.add(f"~out {number}", pack([holds(found.when) for found in eight]))
        reasons.append(Words(code, tuple(map(joined, subsets([shut_out(found.name) for found in eight])))))
    out = layers.add("disqualified", pl.any_horizontal(_NO, *(words.index > 0 for words in reasons)))
    layers.add("qualified", holds(playbook.qualification).fill_null(value=False) & ~out)
    _lay_status(layers, playbook, holds)
    return tuple(reasons)


def _lay_status(layers: Layers, playbook: Playbook, holds: Holds) -> None:
    """The first status whose predicate holds; the last takes the rest. None where the playbook gives no statuses."""
    tried = [status for status in playbook.statuses[:-1] if status.when]
    names = [*(status.name for status in tried), playbook.statuses[-1].name if playbook.statuses else None]
    name = first_of([holds(status.when) for status in tried if status.when], names, pl.String())
    layers.add("qualification", name)


def lay_gate(layers: Layers, gate: Sequence[Demand], holds: Holds, *, told: bool) -> None:
    """Who passes, and where it is to be told, what is missing."""
    parts = []
    for number, eight in enumerate(in_eights(gate)):
        code = layers.add(f"~gate {number}", pack([holds(demand.when) for demand in eight]))
        there = subsets(eight)
        lacking = (joined([demand.name for demand in eight if demand not in given]) for given in there)
        parts.append(Words(code, tuple(lacking)))
    complete = [words.index == len(words.texts) - 1 for words in parts]
    layers.add("gate_passed", pl.all_horizontal(complete) if gate else pl.col("qualified"))
    if told:
        layers.add_last("gate_missing", missing(parts))


def missing(parts: Sequence[Words]) -> pl.Expr:
    """The names of what is missing in one text; null where nothing is."""
    columns = [part.look_up() for part in merged(parts, BETWEEN)]
    if len(columns) < 2:
        return columns[0] if columns else pl.lit(None, pl.String())
    text = pl.concat_str(columns, separator=BETWEEN, ignore_nulls=True)
    return pl.when(~pl.col("gate_passed")).then(text)
