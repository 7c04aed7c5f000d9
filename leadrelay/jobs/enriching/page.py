"""One page of leads on its way through the providers, round by round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.enrich.waterfall import Merged, Waterfall
from leadrelay.enrichers.base import Local
from leadrelay.jobs.enriching.asking import Outcome, Wish
from leadrelay.jobs.enriching.counters import Counter, NotAsked, Providers
from leadrelay.jobs.enriching.questions import ASKED, Questions, told
from leadrelay.jobs.enriching.relevance import Relevance
from leadrelay.mappings.wording import Wording
from leadrelay.state.lookups import Kept
from leadrelay.state.store import Store

NOT_ASKED = {
    "id": pl.String(),
    "provider": pl.String(),
    "why": pl.String(),
    "again_at": pl.Datetime("ms", "UTC"),
}
"""Look-ups that were not made, or came to nothing."""

IRRELEVANT, UNKNOWN = "whatever it told would change nothing", "too little is known to ask"
WOULD = "a run would ask"

_BARRED = {"id": pl.String(), "provider": pl.String(), "field": pl.String()}


class Ask(Protocol):
    """Asks providers, or tells what would be asked."""

    def __call__(self, counters: Mapping[str, Counter], wishes: Mapping[str, Sequence[Wish]]) -> Iterable[Outcome]:
        """What became of each wish, by provider."""
        ...


@dataclass(frozen=True)
class Way:
    """What all pages of a run share."""

    store: Store
    waterfall: Waterfall
    wording: Wording
    providers: Providers
    cleaner: Cleaner
    relevance: Relevance
    ask: Ask
    now: datetime


@dataclass
class _Asked:
    """What one provider was or could be asked about the page, and what the journal has of it."""

    texts: Questions
    questions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ASKED))
    kept: dict[str, Kept] = field(default_factory=dict)
    looked_up: set[str] = field(default_factory=set)


class PageOfLeads:
    """`leads`: typed, as the CRM has them. `ours`: by planned field, whether we wrote what it holds.

    `left`: leads that are never written, about which nobody over the network is asked.
    """

    def __init__(self, way: Way, leads: pl.DataFrame, ours: pl.DataFrame, left: pl.Series) -> None:
        self._way = way
        self._leads, self._ours = leads, ours
        self._asked = {name: _Asked(Questions(one.provider)) for name, one in way.providers.remote.items()}
        self._local: dict[str, pl.DataFrame] = {}
        self._needs: dict[str, pl.DataFrame] = {}
        self._not_asked = [pl.DataFrame(schema=NOT_ASKED)]
        self._barred = [pl.DataFrame(schema=_BARRED)]
        for local in way.providers.local:
            self._bar(leads["id"], local.name)
        for name in way.providers.remote:
            self._bar(left, name)

    @property
    def not_asked(self) -> pl.DataFrame:
        """Rows of `NOT_ASKED`."""
        return pl.concat(self._not_asked)

    def enriched(self) -> Merged:
        """The leads with all that is known in the end."""
        self._know(self._way.cleaner(self._leads))
        merged = self._merged()
        while not (wanted := self._way.waterfall.wanted(merged, pl.concat(self._barred))).is_empty():
            cleaned = self._way.cleaner(merged.leads)
            self._look_up(cleaned)
            self._round(self._worth_asking(wanted, merged, cleaned), cleaned)
            merged = self._merged()
        return merged

    def _merged(self) -> Merged:
        remote = self._way.providers.remote
        said = [told(remote[name].provider, one.questions, one.kept.values()) for name, one in self._asked.items()]
        answers = pl.concat([pl.DataFrame(schema=ANSWERS), *self._local.values(), *said])
        return self._way.waterfall.merge(self._leads, self._ours, self._way.wording(answers))

    # -- what is known here -------------------------------------------------------------------------------------------

    def _know(self, cleaned: pl.DataFrame) -> None:
        """From tables here, and from the journal."""
        self._look_up(cleaned)
        for name in self._asked:
            self._remember(name, cleaned)

    def _look_up(self, cleaned: pl.DataFrame) -> None:
        """Local providers are asked again for leads of which they could match by more than before."""
        for local in self._way.providers.local:
            needs = cleaned.select("id", *(_column(cleaned, name) for name in local.needs))
            before = self._needs.get(local.name)
            new = needs if before is None else needs.join(before, on=needs.columns, how="anti", nulls_equal=True)
            if new.is_empty():
                continue
            self._needs[local.name] = needs
            found = _found_here(local, cleaned.filter(pl.col("id").is_in(new["id"].implode())), self._way.now)
            earlier = self._local.get(local.name, found.clear())
            self._local[local.name] = pl.concat([earlier.join(found, on="id", how="anti"), found])

    def _remember(self, name: str, cleaned: pl.DataFrame) -> pl.DataFrame:
        """The questions that these leads come to; what the journal has of them is known from here on."""
        counter, mine = self._way.providers.remote[name], self._asked[name]
        questions = mine.texts.of(cleaned)
        new = set(questions["key"]) - mine.looked_up
        if new:
            mine.questions = pl.concat([mine.questions, questions]).unique(["id", "key"], maintain_order=True)
            mine.looked_up |= new
            kept = self._way.store.lookups.answers(name, new)
            mine.kept |= kept
            counter.tally.kept += sum(one.answered for one in kept.values())
        return questions

    # -- a round ------------------------------------------------------------------------------------------------------

    def _worth_asking(self, wanted: pl.DataFrame, merged: Merged, cleaned: pl.DataFrame) -> pl.DataFrame:
        """The look-ups that can change something; the others are not made in this run, nor by later providers."""
        remote = self._way.providers.remote
        heeding = [name for name, one in remote.items() if one.terms.heeds_relevance(one.provider)]
        asked = wanted.filter(pl.col("provider").is_in(heeding))
        if asked.is_empty():
            return wanted
        here = pl.col("id").is_in(asked["id"].unique().implode())
        matters = self._way.relevance(merged.leads.filter(here), merged.open.filter(here))
        long = matters.unpivot(index="id", variable_name="field", value_name="matters")
        rows = asked.select("id", "provider", field="fields").explode("field")
        rows = rows.join(long, on=["id", "field"], how="left", maintain_order="left")
        idle = rows.filter(~pl.col("matters").fill_null(value=True))
        self._save(idle, rows, cleaned)
        self._barred.append(idle.select(*_BARRED))
        keeping = rows.filter(pl.col("matters").fill_null(value=True)).select("id", "provider").unique()
        kept = asked.join(keeping, on=["id", "provider"], how="semi")
        return pl.concat([wanted.filter(~pl.col("provider").is_in(heeding)), kept])

    def _save(self, idle: pl.DataFrame, rows: pl.DataFrame, cleaned: pl.DataFrame) -> None:
        """Count what is not asked. Of a field that one provider is not asked for, no other is counted."""
        counted = pl.concat(self._barred).drop_nulls("field").select("id", "field")
        fresh = idle.join(counted, on=["id", "field"], how="anti").select("id", "provider").unique()
        bought = rows.filter(pl.col("matters").fill_null(value=True))
        for (name,), mine in (
            fresh.join(bought, on=["id", "provider"], how="anti").partition_by("provider", as_dict=True).items()
        ):
            best = self._best(str(name), cleaned.join(mine, on="id", how="semi"))
            self._way.providers.remote[str(name)].save(best["key"])
            self._note(best["id"], str(name), NotAsked(IRRELEVANT))

    def _best(self, name: str, cleaned: pl.DataFrame) -> pl.DataFrame:
        """By lead, the question that it is asked with, if any."""
        questions = self._remember(name, cleaned)
        return questions.sort("rank").unique("id", keep="first", maintain_order=True)

    def _round(self, wanted: pl.DataFrame, cleaned: pl.DataFrame) -> None:
        """Ask all providers that somebody is wanted of; none of them again about the same lead."""
        wishes: dict[str, list[Wish]] = {}
        questions: dict[str, pl.DataFrame] = {}
        for (name,), rows in wanted.partition_by("provider", as_dict=True).items():
            provider = str(name)
            self._bar(rows["id"], provider)
            best = self._best(provider, cleaned.join(rows, on="id", how="semi"))
            unknown = rows.join(best, on="id", how="anti")
            self._note(unknown["id"], provider, NotAsked(UNKNOWN))
            asked = best.join(rows.select("id", "since"), on="id", how="inner", maintain_order="left")
            questions[provider] = asked
            if open_ := self._wishes(provider, asked):
                wishes[provider] = open_
        for outcome in self._way.ask(self._way.providers.remote, wishes) if wishes else ():
            self._asked[outcome.provider].kept |= outcome.kept
            self._note_all(questions[outcome.provider], outcome.provider, outcome.unasked)

    def _wishes(self, name: str, asked: pl.DataFrame) -> list[Wish]:
        """Each question once; those that failed lately wait."""
        counter, texts, kept = self._way.providers.remote[name], self._asked[name].texts, self._asked[name].kept
        distinct = asked.group_by("key", maintain_order=True).agg(pl.col("id").first(), pl.col("since").max())
        wishes, waiting = [], {}
        for key, lead, since in distinct.iter_rows():
            known = kept.get(key)
            if known and not known.answered and known.again_at and known.again_at > self._way.now:
                waiting[key] = NotAsked(known.why, known.again_at)
            elif known is None or not known.answered or known.asked_at < since:
                wishes.append(Wish(key, texts[key], lead, since))
        self._note_all(asked, name, waiting)
        counter.need(wish.key for wish in wishes)
        return wishes

    # -- notes --------------------------------------------------------------------------------------------------------

    def _bar(self, leads: pl.Series, provider: str) -> None:
        nothing = pl.lit(None, pl.String)
        self._barred.append(pl.DataFrame({"id": leads}).with_columns(provider=pl.lit(provider), field=nothing))

    def _note(self, leads: pl.Series, provider: str, why: NotAsked) -> None:
        again = pl.lit(why.again_at, NOT_ASKED["again_at"])
        rows = pl.DataFrame({"id": leads}).with_columns(provider=pl.lit(provider), why=pl.lit(why.why), again_at=again)
        self._not_asked.append(rows)

    def _note_all(self, asked: pl.DataFrame, provider: str, unasked: Mapping[str, NotAsked]) -> None:
        rows = [(key, provider, one.why, one.again_at) for key, one in unasked.items()]
        notes = pl.DataFrame(
            rows, schema={"key": pl.String(), **{k: v for k, v in NOT_ASKED.items() if k != "id"}}, orient="row"
        )
        self._not_asked.append(asked.join(notes, on="key", how="inner").select(*NOT_ASKED))


def _found_here(local: Local, leads: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Who is not found was looked up all the same: a row without a field."""
    found = local.look_up(leads).select(pl.col(name).cast(kind) for name, kind in ANSWERS.items())
    missed = leads.select("id").join(found, on="id", how="anti")
    nothing = {name: pl.lit(None, kind).alias(name) for name, kind in ANSWERS.items()}
    known = {"provider": pl.lit(local.name), "at": pl.lit(now, ANSWERS["at"]), "cost": pl.lit(0, pl.Int64)}
    rest = {name: known.get(name, made) for name, made in nothing.items() if name != "id"}
    return pl.concat([found, missed.with_columns(**rest).select(*ANSWERS)])


def _column(leads: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in leads.columns else pl.lit(None, pl.String).alias(name)
