"""A bench whose playbook asks providers, and providers that answer as told."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl
import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.enrichers.base import Answer, Found, Price
from leadrelay.jobs.enriching.sources import Sources, Terms
from leadrelay.state.budgets import Caps

ENRICHMENT = """
[enrichment.fields.employees]
from = ["table", "pdl", "apollo"]
min_confidence = 0.5
fresh = "30 days"
"""

WRITE = """
[write.Employees]
from = "employees"
policy = "unless-edited"
"""


PRICE = Price(100_000, 10_000)


class KilledError(BaseException):
    """The process is gone."""


@dataclass
class Oracle:
    """A remote provider. `knows`: by web site, what it tells. `moods`: by web site, an answer or what it raises."""

    name: str
    knows: dict = field(default_factory=dict)
    price: Price = PRICE
    fields: frozenset = frozenset({"employees", "industry"})
    asks: tuple = (("website",),)
    at_once: int = 4
    piece: int = 1
    moods: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    at_a_time: int = 0
    most_at_a_time: int = 0
    nap: float = 0.0
    closed: bool = False

    def ask(self, questions):
        self.at_a_time += 1
        self.most_at_a_time = max(self.most_at_a_time, self.at_a_time)
        self.asked += [dict(question.asked) for question in questions]
        time.sleep(self.nap)
        self.at_a_time -= 1
        return [self._answer(question.asked[self.asks[0][0]]) for question in questions]

    def _answer(self, site):
        mood = self.moods.get(site, self.moods.get("*"))
        if isinstance(mood, BaseException):
            raise mood
        if mood:
            return mood
        if site not in self.knows:
            return Answer(Found.MISS, cost=self.price.miss, why="not found")
        told = self.knows[site]
        return Answer(Found.HIT, told, dict.fromkeys(told, 0.9), cost=self.price.hit)

    def close(self):
        self.closed = True


@dataclass
class Shelf:
    """A local provider. `at`: how old what it knows is."""

    name: str = "table"
    knows: dict = field(default_factory=dict)
    fields: frozenset = frozenset({"employees"})
    needs: tuple = ("website",)
    calls: int = 0
    at: object = None
    version: str = "1"

    def look_up(self, leads):
        self.calls += leads.height
        rows = [
            (lead, self.name, "employees", self.knows[site], 0.95, self.at, 0)
            for lead, site in leads.select("id", "website").iter_rows()
            if site in self.knows
        ]
        return pl.DataFrame(rows, schema=ANSWERS, orient="row")


@dataclass
class Providers:
    """Those of the bench. `caps`, `always`: the terms of all."""

    pdl: Oracle
    apollo: Oracle
    table: Shelf
    caps: Caps = field(default_factory=Caps)
    always: bool | None = True

    def __iter__(self):
        return iter((self.table, self.pdl, self.apollo))

    def sources(self):
        terms = {one.name: Terms(self.caps, "USD", self.always) for one in self}
        return Sources({one.name: lambda one=one: one for one in self}, terms, {"table": self.table.version})


@pytest.fixture
def providers():
    return Providers(Oracle("pdl"), Oracle("apollo"), Shelf())


@pytest.fixture
def house(bench, providers):
    """The bench with providers: run it with `buy`."""
    bench.playbook += ENRICHMENT
    bench.mapping = bench.mapping.replace('budget_amount = "Budget"', 'budget_amount = "Budget"\nwebsite = "Website"')
    bench.mapping += WRITE
    bench.crm.add_field(FieldInfo("Website", "Website", "string"))
    return House(bench, providers)


@dataclass
class House:
    bench: object
    providers: Providers

    def add(self, lead, website="", **values):
        self.bench.crm.put(lead, {"Status": "Open", "Website": website, **values})

    def run(self, **options):
        self.bench.extras["sources"] = self.providers.sources()
        return self.bench.run(**options)

    def employees(self, lead):
        return self.bench.crm.records[lead]["Employees"]

    def later(self, **time):
        self.bench.clock.pass_by(**time)
        return self.run()

    @property
    def store(self):
        return self.bench.store

    @property
    def now(self):
        return self.bench.clock.moment


DAY = timedelta(days=1)
