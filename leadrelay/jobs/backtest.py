"""A back-test: leads of a CRM or of an export through the live playbook and through a new one. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl

from leadrelay.connectors.base import Connector
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.lead import Axis, Field, Schema, Type
from leadrelay.core.predicates import Node, bind, fields, parse, to_polars
from leadrelay.core.toml_text import nearest
from leadrelay.core.trial import blind
from leadrelay.core.trial.report import Report, report
from leadrelay.core.trial.trial import OUTCOME, Judge, Tally, Trial
from leadrelay.core.typed import texts, typed
from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.backtest_notes import notes
from leadrelay.jobs.reading import Watch
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.mapping import Read, Reader

OPTION = "--outcome"


class Source(Protocol):
    """Where leads come from."""

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        """The columns that it has."""
        ...

    def batches(self, columns: Mapping[str, str], watch: Watch) -> Iterator[pl.DataFrame]:
        """Frames with `id` and these columns (name in the frame -> name in the source)."""
        ...


@dataclass(frozen=True)
class CrmSource:
    """Every record of a job's object, as the CRM has it now."""

    connector: Connector

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        """The fields of the object; all come as text."""
        return dict.fromkeys(self.connector.describe(), pl.String())

    def batches(self, columns: Mapping[str, str], watch: Watch) -> Iterator[pl.DataFrame]:
        """A page at a time; a record that changed while it was read is counted once."""
        seen: set[str] = set()
        for page in self.connector.changes(tuple(dict.fromkeys(columns.values())), None):
            if page.total is not None:
                watch.expect(page.total)
            new = pl.Series([lead not in seen for lead in page.records["id"]], dtype=pl.Boolean)
            fresh = page.records.filter(new).unique("id", maintain_order=True)
            seen.update(fresh["id"])
            yield fresh.select("id", *(pl.col(column).alias(name) for name, column in columns.items()))
            watch.advance(page.records.height)


@dataclass(frozen=True)
class Work:
    """What is to be done with each batch, as values: it travels to other processes. `ready()` makes it callable.

    `mapping`: how records are read; None where the frames hold typed lead fields. `columns`: what to ask the source for
    (name in the frame -> name in the source). `own`: the columns of the frame that the outcome names, besides lead
    fields.
    """

    trial: Trial
    mapping: FieldMapping | None
    columns: Mapping[str, str]
    outcome: Node | None = None
    own: tuple[Field, ...] = ()

    def ready(self) -> Callable[[pl.DataFrame], Tally]:
        """A function of frames as `Source.batches` gives them for `columns`."""
        read, judge = self.reader(), Judge(self.trial)
        return lambda frame: judge(read(frame))

    def reader(self) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """A function of such frames to typed leads, with what became of each in column `OUTCOME` where it is asked."""
        return _Leads(self)


class _Leads:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._fields = Schema(field for book in work.trial.playbooks.values() for field in book.schema.values())
        self._separators = _separators(work.mapping.reads) if work.mapping else {}
        self._reader = Reader(work.mapping, work.trial.live) if work.mapping else None
        self._cleaner = Cleaner(work.trial.fields_used)
        self._won = to_polars(bind(work.outcome, work.trial.now)) if work.outcome else None

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        leads = self._cleaner(self._fields.completed(self._typed(frame), sorted(self._work.trial.fields_used)))
        return leads if self._won is None else leads.with_columns(self._outcome(frame, leads))

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self._reader:
            return self._reader.read(texts(frame, self._separators))
        own = {field.name for field in self._work.own}
        return typed(frame, [self._fields[name] for name in self._work.columns if name not in own])

    def _outcome(self, frame: pl.DataFrame, leads: pl.DataFrame) -> pl.Series:
        own = typed(frame, self._work.own).drop("id")
        won = self._won if self._won is not None else pl.lit(None, pl.Boolean)
        return leads.with_columns(own).select(won.alias(OUTCOME)).to_series()


@dataclass(frozen=True)
class Backtest:
    """A source and what is to be done with it. `notes`: what a reader of the report has to know."""

    source: Source
    work: Work
    notes: tuple[str, ...] = ()

    def tally(self, watch: Watch) -> Tally:
        """The counts of all leads, in this process."""
        count, whole = self.work.ready(), Tally(self.work.trial.shown)
        for batch in self.source.batches(self.work.columns, watch):
            whole += count(batch)
        return whole

    def report(self, tally: Tally) -> Report:
        """What the counts say; raises `ConfigError` where there is not one lead."""
        if not tally.leads:
            raise ConfigError([Problem("backtest", "there is not one lead to judge.", "Export some, or read the CRM.")])
        found = report(self.work.trial, tally)
        return replace(found, notes=(*self.notes, *found.notes))


def prepared(trial: Trial, mapping: FieldMapping, source: Source, outcome: str, *, allow_missing: bool) -> Backtest:
    """Check everything before the first lead is read; raises `ConfigError` with every problem."""
    return _Preparation(trial, mapping, source, allow_missing=allow_missing).backtest(outcome)


class Columns:
    """The columns of a source by the names that a mapping gives them.

    Exports often head a column with its label: `Lead Source` is then `LeadSource`, and `Time on Site` is
    `Time_on_Site__c`, whose name the CRM cuts after 40 characters.
    """

    def __init__(self, schema: Iterable[str]) -> None:
        names = list(reversed(list(schema)))
        self._folded = {name.lower(): name for name in names}
        self._plain = {_plain(name): name for name in names}

    def find(self, field: str) -> str | None:
        """The column of a CRM field; None where there is none, or where several could be meant."""
        if found := self._folded.get(field.lower()):
            return found
        plain = _plain(field)
        if found := self._plain.get(plain):
            return found
        cut = [name for label, name in self._plain.items() if label.startswith(plain)]
        return cut[0] if len(cut) == 1 and len(field.removesuffix("__c")) == _LONGEST_NAME else None


_LONGEST_NAME = 40
"""Characters of a custom field's name in Salesforce, without its `__c`."""


def _separators(reads: Iterable[Read]) -> dict[str, str]:
    return {name: read.separator for read in reads for name in read.asked}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower().removesuffix("__c"))


class _Preparation:
    """Finds for each lead field the column that feeds it."""

    def __init__(self, trial: Trial, mapping: FieldMapping, source: Source, *, allow_missing: bool) -> None:
        self._trial = trial
        self._mapping = mapping
        self._source = source
        self._allow_missing = allow_missing
        self._schema = source.schema
        self._named = Columns(self._schema)
        asked = (name for read in mapping.reads for name in read.asked)
        self._gone = frozenset(name.lower() for name in asked if self._named.find(name) is None)
        self._typed = self._holds_leads()

    def backtest(self, outcome: str) -> Backtest:
        """The source, the work and the notes."""
        self._refuse_other_types()
        node, own = self._outcome(outcome) if outcome.strip() else (None, ())
        wanted = self._trial.fields_used | (fields(node) - {field.name for field in own} if node else frozenset())
        wanted |= Cleaner(wanted).inputs
        feeds = {name: column for name, column in self._feeds().items() if name in wanted}
        missing = self._missing(wanted)
        columns = {name: column for of_lead in feeds.values() if of_lead for name, column in of_lead.items()}
        columns |= {field.name: field.name for field in own}
        trial = self._without(frozenset(missing))
        work = Work(replace(trial, judged=node is not None), self._reading(feeds), columns, node, own)
        told = fields(node) if node else frozenset()
        return Backtest(self._source, work, tuple(notes(self._trial, self._mapping, self._feeds(), missing, told)))

    def _holds_leads(self) -> bool:
        """Whether the columns are typed lead fields, and not fields of the CRM."""
        if all(isinstance(kind, pl.String) for kind in self._schema.values()):
            return False
        reads = [read.without(self._gone) is not None for read in self._mapping.reads if read.asked]
        leads = [name in self._schema for name in self._trial.fields_used]
        return sum(leads) * len(reads) > sum(reads) * len(leads)

    def _feeds(self) -> dict[str, Mapping[str, str] | None]:
        """By lead field the columns that it comes from, by their name in the frame; None where the source lacks one."""
        if not self._typed:
            return {read.lead: self._columns_of(read.without(self._gone)) for read in self._mapping.reads}
        known = {name for book in self._trial.playbooks.values() for name in book.schema if name in self._schema}
        mapped = {read.lead for read in self._mapping.reads}
        return {name: {name: name} if name in known else None for name in sorted(known | mapped)}

    def _columns_of(self, read: Read | None) -> dict[str, str] | None:
        return {name: column for name in read.asked if (column := self._named.find(name))} if read else None

    def _reading(self, feeds: Mapping[str, Mapping[str, str] | None]) -> FieldMapping | None:
        """The mapping, for what is there and asked for."""
        if self._typed:
            return None
        left = (read.without(self._gone) for read in self._mapping.reads if feeds.get(read.lead) is not None)
        return replace(self._mapping, reads=tuple(filter(None, left)), writes=(), leave=None, task=None)

    def _outcome(self, text: str) -> tuple[Node, tuple[Field, ...]]:
        """What is won; the columns that it names which are no lead field that is fed."""
        leads = {name: field for book in self._trial.playbooks.values() for name, field in book.schema.items()}
        fed = {name: leads[name] for name, of_lead in self._feeds().items() if of_lead is not None and name in leads}
        others = {name: field for name, field in self._columns().items() if name not in fed}
        node = parse(text, Schema([*others.values(), *fed.values()]), OPTION)
        return node, tuple(others[name] for name in sorted(fields(node)) if name in others)

    def _columns(self) -> dict[str, Field]:
        known = ((name, _type(kind)) for name, kind in self._schema.items())
        return {name: Field(name, kind, Axis.PROCESS, "A column of the source") for name, kind in known if kind}

    def _missing(self, wanted: frozenset[str]) -> list[str]:
        """Lead fields that are asked for and whose column the source lacks."""
        lacking = [name for name, of_lead in self._feeds().items() if of_lead is None and name in wanted]
        if lacking and not self._allow_missing:
            raise ConfigError([self._lacks(name) for name in lacking])
        return lacking

    def _lacks(self, lead: str) -> Problem:
        column = lead if self._typed else self._first_gone(lead)
        told = f"there is no column '{column}'" + ("" if self._typed else f", which the mapping reads into '{lead}'")
        offer = nearest(column, list(self._schema)) if self._schema else ""
        cure = "Or --allow-missing: what looks at it then never holds, in both playbooks."
        return Problem("backtest", f"{told}.", f"{offer} {cure}".strip())

    def _first_gone(self, lead: str) -> str:
        asked = next(read.asked for read in self._mapping.reads if read.lead == lead)
        return next(name for name in asked if name.lower() in self._gone)

    def _without(self, missing: frozenset[str]) -> Trial:
        new = blind.without(self._trial.new, missing) if self._trial.new else None
        return replace(self._trial, live=blind.without(self._trial.live, missing), new=new)

    def _refuse_other_types(self) -> None:
        live, new = self._trial.live, self._trial.new
        for name in sorted(live.schema.keys() & new.schema.keys()) if new else []:
            if new and new.schema[name].type is not live.schema[name].type:
                kinds = f"{new.schema[name].type} in the new playbook and {live.schema[name].type} in the live one"
                cure = "Give the field of the new one another name."
                raise ConfigError([Problem("backtest", f"the field '{name}' is {kinds}.", cure)])


def _type(kind: pl.DataType) -> Type | None:
    """The type of the language that a column has."""
    found = {pl.Boolean: Type.BOOLEAN, pl.Date: Type.DATE, pl.Datetime: Type.DATETIME, pl.List: Type.LIST}
    if kind.is_integer():
        return Type.INTEGER
    if kind.is_numeric():
        return Type.NUMBER
    if isinstance(kind, pl.String | pl.Categorical | pl.Enum):
        return Type.TEXT
    return next((type_ for dtype, type_ in found.items() if isinstance(kind, dtype)), None)
