"""What an earlier run left in the air: told from the record as it is now, before anything is decided anew.

A write whose answer was lost may have been done. A record is written as a whole, so it was when any of the promised
values that are new stands there; a person may have changed the others since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from leadrelay.connectors.base import Standing
from leadrelay.core.casts import Caster, Target, spelled
from leadrelay.jobs.desk import Job
from leadrelay.state.values import Intent, Result

_NEVER_SENT = frozenset({"planned", "parked"})
"""What certainly had no effect: not sent yet, or refused."""


@dataclass
class Recovered:
    """`told`: done, or certainly not, so that the record is decided anew. `untold`: keys of what cannot be told."""

    told: list[Result] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)


def told(job: Job, intents: Sequence[Intent], records: pl.DataFrame) -> Recovered:
    """The verdict on unfinished patches of these records."""
    found = Recovered([Result(intent.key, Standing.VOID) for intent in intents if intent.state in _NEVER_SENT])
    if sent := [intent for intent in intents if intent.state not in _NEVER_SENT]:
        _compare(found, job, sent, records)
    return found


def _compare(found: Recovered, job: Job, intents: Sequence[Intent], records: pl.DataFrame) -> None:
    """As what values mean, not as they are spelled."""
    names = [write.field for write in job.mapping.writes if write.field in records.columns]
    caster = Caster({write.field: Target(write.type) for write in job.mapping.writes if write.field in names})
    leads = pl.DataFrame({"id": [intent.lead for intent in intents]})
    present = leads.join(records, on="id", how="left", maintain_order="left")
    then, ours, now = (
        caster.cast(texts).frame
        for texts in (
            _texts([intent.before for intent in intents], names),
            _texts([intent.after for intent in intents], names),
            present.select(names),
        )
    )
    applied = {name: (now[name].eq_missing(ours[name]) & then[name].ne_missing(ours[name])).to_list() for name in names}
    still = {name: now[name].eq_missing(then[name]).to_list() for name in names}
    for row, intent in enumerate(intents):
        fields = [name for name in intent.after if name in applied]
        if any(applied[name][row] for name in fields):
            found.told.append(Result(intent.key, Standing.DONE))
        elif all(still[name][row] for name in fields):
            found.told.append(Result(intent.key, Standing.VOID))
        else:
            found.untold.append(intent.key)


def _texts(values: Sequence[Mapping[str, object]], names: Sequence[str]) -> pl.DataFrame:
    columns = {name: [_text(given.get(name)) for given in values] for name in names}
    return pl.DataFrame(columns, dict.fromkeys(names, pl.String))


def _text(value: object) -> str | None:
    return None if value is None else spelled(value)
