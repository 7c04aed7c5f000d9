"""The batch function: leads in, verdicts out, as Arrow tables or as dicts; the same on one machine and on a cluster.

batch = Batch(playbook_text, mapping_text, now, outputs=["reasons"])
verdicts = batch(pyarrow.parquet.read_table("leads.parquet"))
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import polars as pl

from leadrelay import __version__
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.recipes import RECIPES, depends
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.qualify import Decider
from leadrelay.core.salvage import Salvage
from leadrelay.core.toml_text import nearest
from leadrelay.core.typed import texts, typed
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import Reader
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.optional import needs

if TYPE_CHECKING:
    import pyarrow as pa

MISFITS = "misfits"
"""The column that names the lead fields whose value a mapping could not read; null where all fitted."""

_UNFIT = (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class Batch:
    """Decides about leads. It holds texts, so that it travels light; what they say is built once in each process.

    `playbook`, `mapping`: as TOML. With a mapping, leads are records as the CRM names and spells them; without one,
    lead columns with the types of the lead schema. `now`: the moment of every verdict. `outputs`: texts of a verdict
    that are made only when asked for, such as `reasons`.
    """

    playbook: str = field(repr=False)
    mapping: str | None = field(repr=False)
    now: datetime
    outputs: Collection[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", tuple(sorted(set(self.outputs))))
        problems = [
            Problem("outputs", f"there is no output '{name}'.", nearest(name, list(OUTPUTS)))
            for name in self.outputs
            if name not in OUTPUTS
        ]
        if self.now.tzinfo is None:
            problems.append(Problem("now", "is a moment without a time zone.", "Such as: datetime.now(UTC)"))
        if problems:
            raise ConfigError(problems)

    def __call__(self, leads: pa.Table | pa.RecordBatch) -> pa.Table:
        """The verdicts, a row for each lead in their order; raises `ConfigError` for columns that are not as needed.

        A lead on which Polars itself fails has nothing but its id and an `error`.
        """
        with needs("analysis", "the batch function"):
            import pyarrow as pa
        wanted = [name for name in self.columns if name in leads.schema.names]
        table = pa.Table.from_batches([leads]) if isinstance(leads, pa.RecordBatch) else leads
        return self.frame(pl.DataFrame(table.select(wanted))).to_arrow(compat_level=pl.CompatLevel.oldest())

    def frame(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The same with Polars frames."""
        return _engine(self).decide(leads)

    def dicts(self, leads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The same with dicts; what a dict does not hold is not known of its lead."""
        engine = _engine(self)
        return engine.decide(engine.from_dicts(leads)).to_dicts()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at; others may be there."""
        return _engine(self).columns

    @property
    def schema(self) -> pa.Schema:
        """The columns of a result."""
        return self.frame(_engine(self).from_dicts([])).to_arrow(compat_level=pl.CompatLevel.oldest()).schema

    @property
    def fingerprint(self) -> str:
        """Changes when anything does that a verdict depends on, but for the leads."""
        parts = (__version__, self.playbook, self.mapping, self.now.astimezone(UTC).isoformat(), self.outputs)
        return sha256(repr(parts).encode()).hexdigest()


@lru_cache(maxsize=8)
def _engine(batch: Batch) -> _Engine:
    """Kept, as a worker gets the batch anew with each piece of its work."""
    return _Engine(batch)


class _Engine:
    """What a batch's texts say, ready for frames."""

    def __init__(self, batch: Batch) -> None:
        playbook = load_playbook(batch.playbook, "playbook")
        self._decider = Decider(playbook, batch.now, frozenset(batch.outputs))
        self._door = _Leads(playbook) if batch.mapping is None else _Records(batch.mapping, playbook)
        self.columns = self._door.columns

    def decide(self, leads: pl.DataFrame) -> pl.DataFrame:
        def verdicts(taken: pl.DataFrame) -> pl.DataFrame:
            return self._door.verdicts(taken, self._decider)

        return Salvage(verdicts, self._door.take(leads)).verdicts()

    def from_dicts(self, leads: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        """A frame of the columns that are looked at, each of the type that it should have, if its values let it."""
        problems: list[Problem] = []
        columns = [_column(name, leads, self._door.kind(name), problems) for name in self.columns]
        if problems:
            raise ConfigError(problems)
        return pl.DataFrame(columns)


class _Leads:
    """Leads with types come in."""

    def __init__(self, playbook: Playbook) -> None:
        self._cleaner, asked = Cleaner.of(playbook), playbook.fields_used
        self._needed = asked - RECIPES.keys()
        self._fields = {name: playbook.schema[name] for name in sorted(asked | self._cleaner.inputs)}
        self.columns = ("id", *self._fields)

    def kind(self, name: str) -> pl.DataType:
        return self._fields[name].type.dtype if name in self._fields else pl.String()

    def take(self, leads: pl.DataFrame) -> pl.DataFrame:
        problems = [problem for name in self._cleaner.wanted if (problem := _unfed(name, leads.columns))]
        if problems:
            raise ConfigError(problems)
        return typed(leads, [field for name, field in self._fields.items() if name in self._needed or name in leads])

    def verdicts(self, leads: pl.DataFrame, decider: Decider) -> pl.DataFrame:
        return decider(self._cleaner(leads))


class _Records:
    """Records come in, and a mapping reads them."""

    def __init__(self, mapping: str, playbook: Playbook) -> None:
        self._mapping = load_mapping(mapping, "mapping", playbook)
        _expect_rates(self._mapping)
        self._cleaner = Cleaner.of(playbook)
        self._reader = Reader(self._mapping, playbook)
        self._separators = {name: read.separator for read in self._mapping.reads for name in read.asked}
        self.columns = tuple(dict.fromkeys(["id", *self._separators]))

    def kind(self, _: str) -> pl.DataType:
        return pl.String()

    def take(self, leads: pl.DataFrame) -> pl.DataFrame:
        return texts(leads, self._separators)

    def verdicts(self, records: pl.DataFrame, decider: Decider) -> pl.DataFrame:
        leads = self._reader.read(records)
        return decider(self._cleaner(leads)).with_columns(self._misfits(leads["bad_values"]))

    def _misfits(self, masks: pl.Series) -> pl.Series:
        """By lead the names of the fields whose value did not fit."""
        kinds = masks.unique()
        told = (", ".join(read.lead for read in self._mapping.misfits(mask)) for mask in kinds)
        names = pl.Series([name or None for name in told], dtype=pl.String)
        return masks.replace_strict(kinds, names, return_dtype=pl.String).cast(pl.String).alias(MISFITS)


def _expect_rates(mapping: FieldMapping) -> None:
    """Raise `ConfigError` where rates stand elsewhere: there is neither a file nor a CRM here."""
    if mapping.currency and mapping.currency.source:
        message = f"takes its rates from '{mapping.currency.source}', which is out of reach here."
        raise ConfigError([Problem("mapping currency.rates", message, "Write them there: rates = { USD = 0.92 }")])


def _unfed(name: str, columns: Collection[str]) -> Problem | None:
    """A derived field may be given, or made of what there is; but of something."""
    made_of = sorted(depends(name) - RECIPES.keys())
    if name in columns or any(field in columns for field in made_of):
        return None
    told = f"is missing, and so is all that it is made of: {', '.join(made_of)}."
    return Problem(f"column {name}", told, "Add one of them; where nothing is known of it, with nulls.")


def _column(name: str, leads: Sequence[Mapping[str, Any]], kind: pl.DataType, problems: list[Problem]) -> pl.Series:
    values = [lead.get(name) for lead in leads]
    with suppress(*_UNFIT):
        return pl.Series(name, values, kind)
    with suppress(*_UNFIT):
        return pl.Series(name, values)
    problems.append(Problem(f"column {name}", "holds values of several types, or of none that is known here."))
    return pl.Series(name, [], kind)
