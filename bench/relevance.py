"""What decision relevance saves: everything bought, and only what can change an outcome; the outcomes have to be equal.

`python -m bench.relevance [--leads 10000]`. Sample leads through the shipped playbook, with the fields that providers
of company and person data sell (employees, revenue, industry, country, state, city, technologies, website; title,
department, telephone), two providers each. The truth about a lead is what it tells, and where it tells nothing, what
some other lead tells. Beside what the sample leaves empty, shares of what it tells are blanked. Sellers are asked with
what their descriptions say, and answer another question otherwise, as a run does; so what only lets another be asked
matters too. Hindsight: calls for leads whose outcome no answer changed, which nobody can know before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import polars as pl

from leadrelay import playbooks
from leadrelay.core.casts import to_text
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.enrich.reach import Reach
from leadrelay.core.enrich.reach_asked import Asked
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.core.enrich.waterfall import Merged, Waterfall
from leadrelay.core.lead import Type
from leadrelay.core.playbook.loading import load
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.qualify import Decider
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
COMPANY = ("employees", "revenue", "industry", "country", "state", "city", "technologies", "website")
PERSON = ("title", "department", "phone", "mobile")
UNUSED = frozenset({"country", "state", "city", "website"})
"""What no rule of the shipped playbook looks at."""

OUTCOME = ("stage", "stage_held", "band", "grade", "territory", "team", "handoff")
BLANKED = (0.0, 0.1, 0.25, 0.5)
TARGET = 0.40


@dataclass(frozen=True)
class Seller:
    """Of `fields` it knows each with this chance, where it knows the lead at all. Prices: a hit, a miss.

    `asks`: as the descriptions that leadrelay ships have them.
    """

    fields: tuple[str, ...]
    asks: tuple[tuple[str, ...], ...]
    knows: float
    each: float
    hit: float
    miss: float = 0.0


_BY_NAME = ("first_name_clean", "last_name_clean", "domain")
_BY_DOMAIN, _BY_COMPANY, _BY_MAIL = ("domain",), ("company_clean", "country_code"), ("email_clean",)
SELLERS = {
    "pdl-company": Seller(COMPANY[:6] + COMPANY[7:], (_BY_DOMAIN, _BY_COMPANY), 0.85, 0.85, 0.10),
    "apollo-company": Seller(COMPANY, (_BY_DOMAIN,), 0.75, 0.8, 0.08),
    "pdl-person": Seller(PERSON, (_BY_MAIL, _BY_NAME), 0.7, 0.8, 0.28),
    "hunter-person": Seller(("title", "department", "phone"), (_BY_NAME,), 0.6, 0.6, 0.05, 0.05),
}
ASKED_WITH = frozenset(name for one in SELLERS.values() for names in one.asks for name in names)


@dataclass
class Bought:
    """What one way of buying came to."""

    calls: int = 0
    spent: float = 0.0
    seconds: float = 0.0
    by_lead: dict[str, int] = field(default_factory=dict)
    leads: pl.DataFrame = field(default_factory=pl.DataFrame)


def playbook_for(fields: Sequence[str]) -> Playbook:
    """The shipped one, with the part that a user writes."""
    text = playbooks.text("it-discovery")
    for name in fields:
        sellers = [f'"{seller}"' for seller, one in SELLERS.items() if name in one.fields]
        text += f"\n[enrichment.fields.{name}]\nfrom = [{', '.join(sellers)}]\n"
    return load(text, "it-discovery.toml")


class World:
    """Leads as the CRM has them, and what each seller would answer."""

    def __init__(self, count: int, blanked: float, fields: Sequence[str], playbook: Playbook, seed: int) -> None:
        dice = Random(f"truth {seed}")
        rows = list(people(count, seed, NOW))
        schema = {"id": pl.String(), **{name: playbook.schema[name].type.dtype for name in rows[0]}}
        known = {name: [row[name] for row in rows if row[name] is not None] for name in fields}
        self.truth = [{name: _true(row[name], known[name], dice) for name in fields} for row in rows]
        blank = [{**row, **{name: None for name in fields if dice.random() < blanked}} for row in rows]
        self.leads = pl.DataFrame([{"id": str(n), **row} for n, row in enumerate(blank)], schema=schema)
        self._types = {name: playbook.schema[name].type for name in fields}
        self._seed = seed

    def answers(self, questions: pl.DataFrame) -> pl.DataFrame:
        """Rows of ANSWERS: the same for the same question about a lead, whenever it is asked; to another, another."""
        rows = [row for asked in questions.iter_rows() for row in self._answer(*asked)]
        return pl.DataFrame(rows, schema=ANSWERS, orient="row")

    def _answer(self, lead: str, name: str, question: str) -> Iterator[tuple[Any, ...]]:
        seller, dice = SELLERS[name], Random(f"{self._seed} {lead} {name} {question}")
        if dice.random() >= seller.knows:
            yield lead, name, None, None, None, NOW, int(seller.miss * 1e6)
            return
        told = [one for one in seller.fields if dice.random() < seller.each and one in self._types]
        yield lead, name, None, None, None, NOW, int(seller.hit * 1e6)
        for one in told:
            yield lead, name, one, _spelled(self.truth[int(lead)][one], self._types[one]), 0.9, NOW, 0


def _true(value: Any, others: Sequence[Any], dice: Random) -> Any:
    return dice.choice(others) if value is None else value


def _spelled(value: Any, kind: Type) -> str:
    if kind is Type.LIST:
        return ";".join(value)
    return str(pl.select(to_text(pl.lit(value, kind.dtype), kind)).item())


def buy(world: World, playbook: Playbook, reach: Reach | None) -> Bought:
    """Round by round, until nobody is wanted. `reach`: buy only what it says matters."""
    waterfall, found = Waterfall(playbook.enrichment, playbook.schema, NOW), Bought()
    answers = pl.DataFrame(schema=ANSWERS)
    withheld = pl.DataFrame(schema={"id": pl.String(), "provider": pl.String(), "field": pl.String()})
    while True:
        merged = waterfall.merge(world.leads, world.leads.select("id"), answers)
        wanted = waterfall.wanted(merged, withheld)
        if not wanted.height:
            break
        if reach is not None:
            wanted, refused = _relevant(reach, merged, wanted, found)
            withheld = pl.concat([withheld, refused])
        asked = _questions(wanted, merged.leads)
        unknown = wanted.join(asked, on=["id", "provider"], how="anti").select("id", "provider", field=None)
        withheld = pl.concat([withheld, unknown.cast(withheld.schema)])
        answers = pl.concat([answers, world.answers(asked)])
        found.calls += asked.height
        for lead in asked["id"]:
            found.by_lead[lead] = found.by_lead.get(lead, 0) + 1
    found.spent = float(answers["cost"].sum()) / 1e6
    found.leads = merged.leads
    return found


def _questions(wanted: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """What each seller is asked, by lead; nothing where too little is known."""
    cleaned = Cleaner(ASKED_WITH)(leads)
    texts = cleaned.select("id", *(pl.col(name).fill_null("") for name in sorted(ASKED_WITH)))
    parts = [pl.DataFrame(schema=dict.fromkeys(("id", "provider", "question"), pl.String()))]
    for (name,), rows in wanted.partition_by("provider", as_dict=True).items():
        ways = [
            pl.when(pl.all_horizontal(pl.col(field) != "" for field in fields)).then(
                pl.concat_str(pl.lit(f"{n}"), *fields)
            )
            for n, fields in enumerate(SELLERS[str(name)].asks)
        ]
        mine = rows.select("id", "provider").join(texts, on="id", maintain_order="left")
        parts.append(mine.select("id", "provider", question=pl.coalesce(ways)).drop_nulls())
    return pl.concat(parts)


def _relevant(reach: Reach, merged: Merged, wanted: pl.DataFrame, found: Bought) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The look-ups of which some field matters, and by field those that are not made."""
    some = pl.col("id").is_in(wanted["id"].implode())
    started = time.perf_counter()
    told = reach.matters(merged.leads.filter(some), merged.open.filter(some))
    found.seconds += time.perf_counter() - started
    matters = told.unpivot(on=list(reach.fields), index="id", variable_name="field", value_name="matters")
    pairs = (
        wanted.select("id", "provider", pl.col("fields").alias("field"))
        .explode("field")
        .join(matters, on=["id", "field"])
    )
    worth = pairs.group_by("id", "provider").agg(pl.col("matters").any())
    refused = worth.filter(~pl.col("matters")).select("id", "provider")
    return wanted.join(refused, on=["id", "provider"], how="anti"), pairs.join(refused, on=["id", "provider"]).select(
        "id", "provider", "field"
    )


def outcomes(leads: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """What is decided about each."""
    decided = Decider(playbook, NOW, frozenset())(Cleaner(playbook.fields_used)(leads))
    return decided.select("id", *OUTCOME)


def measure(count: int, blanked: float, fields: Sequence[str], seed: int = 7) -> dict[str, float]:
    """Both ways of buying on the same leads; raises where they differ."""
    playbook = playbook_for(fields)
    world = World(count, blanked, fields, playbook, seed)
    everything = buy(world, playbook, None)
    asked = [Asked(tuple(map(frozenset, one.asks)), frozenset(one.fields)) for one in SELLERS.values()]
    relevant = buy(world, playbook, Reach(playbook, NOW, fields, asked))
    best, ours = outcomes(everything.leads, playbook), outcomes(relevant.leads, playbook)
    if not best.equals(ours):
        raise AssertionError(f"{(best != ours).sum_horizontal()} leads have another outcome")
    before = outcomes(world.leads, playbook)
    same = {one for one, old, new in zip(best["id"], before.iter_rows(), best.iter_rows(), strict=True) if old == new}
    return {
        "calls": everything.calls,
        "saved": 1 - relevant.calls / everything.calls,
        "money": 1 - relevant.spent / everything.spent,
        "hindsight": sum(everything.by_lead.get(one, 0) for one in same) / everything.calls,
        "seconds": relevant.seconds * 10_000 / count,
    }


def main(count: int) -> Mapping[str, Mapping[str, float]]:
    """Measure and print."""
    chosen = {
        "all fields that providers sell": (*COMPANY, *PERSON),
        "those that rules look at": tuple(name for name in (*COMPANY, *PERSON) if name not in UNUSED),
    }
    print(f"decision relevance, {count:,} sample leads, the same outcome for each as with everything bought")
    found = {}
    for name, fields in chosen.items():
        print(f"  {name}:")
        for blanked in BLANKED:
            told = found[f"{name} {blanked}"] = measure(count, blanked, fields)
            print(
                f"    {blanked:>4.0%} blanked: {told['saved']:>4.0%} of {told['calls']:>7,.0f} calls saved, "
                f"{told['money']:>4.0%} of the money (target {TARGET:.0%}; hindsight {told['hindsight']:.0%}); "
                f"{told['seconds']:.1f} s for 10,000 leads"
            )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=10_000)
    main(parser.parse_args().leads)
