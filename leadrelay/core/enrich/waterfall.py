"""The waterfall: what is known of leads once providers have answered, and whom to ask next, all in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.enrich.values import ANSWERS, Enrichment, FieldPlan
from leadrelay.core.enrich.winners import (
    FACTS,
    MOMENT,
    NUMBER,
    ROW,
    Found,
    Judge,
    marked,
    milliseconds_of,
    nothing_told,
    placed,
)
from leadrelay.core.lead import Schema
from leadrelay.core.lookup import PLACE, first_place, gather
from leadrelay.core.predicates import Flips, bind, fields, to_polars
from leadrelay.core.predicates.dates import to_the_millisecond
from leadrelay.core.predicates.hands import NEVER, milliseconds
from leadrelay.core.recheck import near

_TURN = "the provider's number"
_WANTED = {"id": pl.String(), "provider": pl.String(), "fields": pl.List(pl.String()), "since": MOMENT}


@dataclass(frozen=True)
class Merged:
    """Leads with what is known of them now.

    `leads`: typed, the planned fields filled. `open`: `id` and a Boolean per planned field: whether somebody may still
    be asked for it. `facts`: `id`, `field`, `provider`, `value` (as it was said), `confidence` (as it was then), `left`
    (of it now), `at`, `cost`, `won`, `conflict` (usable answers differ: on the one that won and on those that say
    otherwise), `fits` (false: no value of the field's type). `again_at`: by lead, when time alone changes any of that.
    `asked_at`: `id` and a column per provider: when it answered last. `runs`: `id` and by planned field, whether its
    `run_if` holds. `costs`: `id`, `provider`, `at`, `cost` of each look-up that cost something.
    """

    leads: pl.DataFrame
    open: pl.DataFrame
    facts: pl.DataFrame
    again_at: pl.Series
    asked_at: pl.DataFrame
    runs: pl.DataFrame
    costs: pl.DataFrame


class Waterfall:
    """What a playbook's `[enrichment]` makes of answers, at one moment."""

    def __init__(self, plan: Enrichment, schema: Schema, now: datetime) -> None:
        self.plan = plan
        self._schema = schema
        self._now = to_the_millisecond(now)
        self._judges = {one.field: Judge(one, schema[one.field], self._now, plan.providers) for one in plan.fields}
        self._run_if = {
            one.field: to_polars(bind(one.run_if.node, self._now)).fill_null(value=False)
            if one.run_if
            else pl.lit(True)
            for one in plan.fields
        }
        self._flips = {one.field: list(Flips(self._now)(one.run_if.node)) if one.run_if else [] for one in plan.fields}

    @cached_property
    def _asked_of(self) -> frozenset[str]:
        """The lead fields that any `run_if` looks at."""
        return frozenset().union(*(fields(condition.node) for condition in self.plan.conditions()))

    def merge(self, leads: pl.DataFrame, ours: pl.DataFrame, answers: pl.DataFrame) -> Merged:
        """`leads`: what the CRM holds, typed, without derived fields; `ours`: by planned field, whether we wrote that.

        `answers`: rows of `ANSWERS`, of these leads and of others, in any order.
        """
        wrote = leads.select("id").join(ours, on="id", how="left", maintain_order="left")
        said = self._said(leads, answers)
        asked_at = self._asked_at(leads, said)
        by_field = said.drop_nulls("what").partition_by("what", as_dict=True, include_key=False)
        nothing = said.clear().drop("what")
        found = {
            one.field: self._judges[one.field](
                _column(leads, one.field, self._schema),
                _flag(wrote, one.field),
                _column(leads, one.form, self._schema) if one.form else None,
                by_field.get((place,), nothing),
            )
            for place, one in enumerate(self.plan.fields)
        }
        filled = leads.with_columns(one.values for one in found.values())
        runs, flips = self._running(filled)
        return Merged(
            leads=filled,
            open=self._open(found, runs, asked_at),
            facts=self._facts(leads, found),
            again_at=self._again_at(found, runs, flips, asked_at),
            asked_at=asked_at,
            runs=runs.select(leads["id"], pl.all()),
            costs=self._costs(leads, said),
        )

    def wanted(self, merged: Merged, asked: pl.DataFrame) -> pl.DataFrame:
        """The next look-up of each lead that needs one: `id`, `provider`, `fields`, `since`.

        `fields`: those that this provider is asked for, being the first who may still know them. `since`: an answer
        that was asked for earlier than that is stale. `asked`: `id`, `provider`, and perhaps `field` (null: all of
        them), of what cannot be asked in this run, or was.
        """
        if not self.plan.fields:
            return pl.DataFrame(schema=_WANTED)
        frame = pl.concat([merged.open, self._barred(merged, asked)], how="horizontal")
        following = frame.select("id", *(self._next(one) for one in self.plan.fields))
        turns = [pl.col(one.field) for one in self.plan.fields]
        chosen = following.with_columns(pl.coalesce(turns).alias(_TURN))
        return chosen.drop_nulls(_TURN).select(self._look_up())

    def _next(self, one: FieldPlan) -> pl.Expr:
        """The number of the provider to ask for a field, null for none."""
        free = [pl.col(one.field) & ~pl.col(_pair(one.field, name)) for name in one.providers]
        numbers = [self.plan.providers.index(name) for name in one.providers]
        return gather(numbers, first_place(free, pl.lit(None, PLACE)), PLACE).alias(one.field)

    def _barred(self, merged: Merged, asked: pl.DataFrame) -> pl.DataFrame:
        """By field and provider, whether it has answered lately, or is not to be asked."""
        rows = merged.open.select("id").with_row_index("row")
        named = asked if "field" in asked.columns else asked.with_columns(field=pl.lit(None, pl.String))
        there = named.select("provider", "field", "id").join(rows, on="id", how="inner")
        by_pair = {key: part["row"] for key, part in there.partition_by("provider", "field", as_dict=True).items()}
        columns = {}
        for one in self.plan.fields:
            fresh = merged.asked_at.select(self._fresh(one))
            for name in one.providers:
                withheld = [by_pair[key] for key in ((name, None), (name, one.field)) if key in by_pair]
                columns[_pair(one.field, name)] = marked(fresh[name], withheld)
        return pl.DataFrame(columns)

    def _look_up(self) -> Iterator[pl.Expr]:
        yield pl.col("id")
        names = pl.Series(self.plan.providers, dtype=pl.String)
        yield pl.lit(names).gather(pl.col(_TURN)).alias("provider")
        mine = {one.field: pl.col(one.field) == pl.col(_TURN) for one in self.plan.fields}
        named = [pl.when(here).then(pl.lit(name)) for name, here in mine.items()]
        yield pl.concat_list(named).list.drop_nulls().alias("fields")
        since = {one.field: self._now - one.fresh for one in self.plan.fields}
        latest = [pl.when(here).then(pl.lit(since[name], MOMENT)) for name, here in mine.items()]
        yield pl.max_horizontal(latest).alias("since")

    def _said(self, leads: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
        """Answers with numbers for texts: `row` of the lead, `who` of the providers, `what` of the fields."""
        rows = leads.select("id").with_row_index("row").with_columns(pl.col("row").cast(ROW))
        who, what = _number("provider", self.plan.providers), _number("field", self.plan.names)
        known = answers.select(pl.col(name).cast(kind) for name, kind in ANSWERS.items())
        numbered = known.with_columns(who.alias("who"), what.alias("what")).drop("provider", "field")
        said = numbered.drop_nulls("who").join(rows, on="id", how="inner").drop("id")
        return said.with_columns(pl.col("at").fill_null(self._now))

    def _asked_at(self, leads: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
        last = said.group_by("row", "who").agg(pl.col("at").max())
        columns = {}
        for place, name in enumerate(self.plan.providers):
            mine = last.filter(pl.col("who") == place)
            columns[name] = placed(mine["row"], mine["at"], leads.height)
        return pl.DataFrame({"id": leads["id"], **columns})

    def _fresh(self, one: FieldPlan) -> Iterator[pl.Expr]:
        """By provider of a field, whether its last answer need not be asked for again."""
        for name in one.providers:
            yield (pl.col(name) >= self._now - one.fresh).fill_null(value=False).alias(name)

    def _running(self, filled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """By field, whether `run_if` holds, and when it may hold otherwise."""
        looked_at = Cleaner(self._asked_of)
        cleaned = looked_at(filled.select("id", *sorted(self._asked_of.union(looked_at.inputs) & {*filled.columns})))
        known = self._schema.completed(cleaned, self._asked_of)
        never = pl.repeat(NEVER, pl.len(), dtype=pl.Int64)
        runs = known.select((pl.repeat(value=True, n=pl.len()) & run).alias(name) for name, run in self._run_if.items())
        flips = known.select(pl.min_horizontal(never, *moments).alias(name) for name, moments in self._flips.items())
        return runs, flips

    def _open(self, found: dict[str, Found], runs: pl.DataFrame, asked_at: pl.DataFrame) -> pl.DataFrame:
        columns = {"id": asked_at["id"]}
        for one in self.plan.fields:
            fresh = asked_at.select(self._fresh(one))
            somebody = ~fresh.select(pl.all_horizontal(pl.all())).to_series()
            columns[one.field] = ~found[one.field].settled & runs[one.field] & somebody
        return pl.DataFrame(columns)

    def _again_at(
        self, found: dict[str, Found], runs: pl.DataFrame, flips: pl.DataFrame, asked_at: pl.DataFrame
    ) -> pl.Series:
        """The earliest moment at which an answer counts for less, may be asked for again, or somebody may be asked."""
        moments = [asked_at.select(pl.repeat(NEVER, pl.len(), dtype=pl.Int64)).to_series()]
        for one in self.plan.fields:
            mine, may = found[one.field], runs[one.field]
            moments.append(mine.fades)
            moments.append(_where(may & mine.settled, mine.stale))
            moments.append(_where(may & ~mine.settled, asked_at.select(self._forgotten(one)).to_series()))
            moments.append(_where(mine.free, flips[one.field]))
        first = pl.DataFrame([moment.alias(str(place)) for place, moment in enumerate(moments)])
        return first.select(again_at=near(pl.min_horizontal(pl.all()), self._now)).to_series()

    def _forgotten(self, one: FieldPlan) -> pl.Expr:
        """When the first of the answers to a field is stale."""
        lasting = milliseconds_of(one.fresh) + 1
        ends = (pl.col(name).to_physical() + lasting for name in one.providers)
        return pl.min_horizontal(*(pl.when(end > milliseconds(self._now)).then(end) for end in ends)).fill_null(NEVER)

    def _costs(self, leads: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
        paid = said.filter(pl.col("cost") > 0).group_by("row", "who", "at").agg(pl.col("cost").sum())
        provider = gather(self.plan.providers, pl.col("who"), pl.String())
        return paid.select(leads["id"].gather(paid["row"]), provider.alias("provider"), "at", "cost")

    def _facts(self, leads: pl.DataFrame, found: dict[str, Found]) -> pl.DataFrame:
        parts = [one.facts.with_columns(field=pl.lit(name)) for name, one in found.items()]
        facts = pl.concat(parts) if parts else nothing_told().with_columns(field=pl.lit(""))
        return facts.with_columns(id=leads["id"].gather(facts["row"])).select(FACTS)


def _number(name: str, words: Sequence[str]) -> pl.Expr:
    """The place of each text among some words; null for any other."""
    places = pl.Series(range(len(words)), dtype=NUMBER)
    return pl.col(name).replace_strict(pl.Series(words, dtype=pl.String), places, default=None, return_dtype=NUMBER)


def _pair(field: str, provider: str) -> str:
    return f"{field} {provider}"


def _where(condition: pl.Series, moments: pl.Series) -> pl.Series:
    return (
        pl.DataFrame({"condition": condition, "moments": moments})
        .select(pl.when("condition").then("moments").otherwise(NEVER))
        .to_series()
    )


def _flag(ours: pl.DataFrame, name: str) -> pl.Series:
    """Whether a value is ours; where nothing is said of it, it is a person's."""
    if name not in ours.columns:
        return pl.repeat(value=False, n=ours.height, eager=True)
    return ours[name].fill_null(value=False)


def _column(leads: pl.DataFrame, name: str, schema: Schema) -> pl.Series:
    if name in leads.columns:
        return leads[name]
    return pl.repeat(None, leads.height, dtype=schema[name].type.dtype, eager=True).alias(name)
