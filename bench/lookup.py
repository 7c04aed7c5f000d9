"""The provider that is a table: by domain among a million companies; by misspelt names. `python -m bench.lookup`."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl

from bench.misspelt import truth
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.enrichers import table

DATA = Path(__file__).parents[2] / "shared" / "data" / "sp500_constituents.csv"


def main(leads: int = 100_000, companies: int = 1_000_000, misspelt: int = 10_000) -> None:
    """Print both."""
    with TemporaryDirectory() as folder:
        by_domain(Path(folder), leads, companies)
        if DATA.exists():
            for more in (0, companies):
                by_name(Path(folder), misspelt, more)


def by_domain(folder: Path, leads: int, companies: int) -> None:
    """Half of the leads are of companies that the table has."""
    draw = Random(7)
    _companies(companies).write_csv(folder / "companies.csv")
    provider = table.make(
        "companies",
        "bench",
        file=folder / "companies.csv",
        columns={"domain": "site"},
        fields={"employees": "headcount", "industry": "branch"},
    )
    numbers = [draw.randrange(2 * companies) for _ in range(leads)]
    asked = pl.DataFrame(
        {"id": [str(one) for one in range(leads)], "website": [f"https://www.firm{n}.com/a" for n in numbers]}
    )
    began = time.perf_counter()
    provider.look_up(Cleaner(provider.needs)(asked.head(1)))
    ready = time.perf_counter()
    answers = provider.look_up(Cleaner(provider.needs)(asked))
    seconds = time.perf_counter() - ready
    expected = sum(number < companies for number in numbers)
    assert answers["id"].n_unique() == expected
    print(
        f"table, {leads:,} leads x {companies:,} companies by domain: {seconds:.2f} s, {expected:,} found; "
        f"reading and normalising the table before the first lead {ready - began:.2f} s"
    )


def _companies(count: int) -> pl.DataFrame:
    number = pl.int_range(count, eager=True)
    site = pl.format("www.firm{}.com", number)
    return pl.select(
        site=site, headcount=number % 50_000, branch=pl.lit("Banking"), name=pl.format("Firm {} Inc", number)
    )


def by_name(folder: Path, count: int, more: int) -> None:
    """A fifth of the companies is not in the table. `more`: invented ones that are."""
    with DATA.open(encoding="utf-8") as file:
        names = list(dict.fromkeys(row["Security"] for row in csv.DictReader(file)))
    known = set(names) - set(Random(3).sample(names, len(names) // 5))
    pl.DataFrame({"name": [*sorted(known), *_invented(more)]}).write_csv(folder / "names.csv")
    provider = table.make(
        "names", "bench", file=folder / "names.csv", columns={"name": "name"}, fields={"initiatives": "name"}
    )
    cases = truth(names, count, 7)
    leads = pl.DataFrame({"id": [str(one) for one in range(count)], "company": [wrong for wrong, _ in cases]})
    provider.look_up(Cleaner(provider.needs)(leads.head(1)))
    began = time.perf_counter()
    answers = provider.look_up(Cleaner(provider.needs)(leads))
    seconds = time.perf_counter() - began
    found = dict(answers.select("id", "value").iter_rows())
    right = sum(found.get(str(one)) == meant for one, (_, meant) in enumerate(cases))
    there = sum(meant in known for _, meant in cases)
    print(
        f"table, {count:,} misspelt names x {len(known) + more:,} names: {seconds:.2f} s, "
        f"precision {right / max(len(found), 1):.4f}, recall {right / there:.4f}"
    )


def _invented(count: int) -> Sequence[str]:
    """Names of two or three words, most of them of several companies."""
    draw = Random(11)
    syllables = (
        "ba",
        "cor",
        "den",
        "fi",
        "gra",
        "hal",
        "in",
        "ker",
        "lo",
        "mar",
        "nex",
        "or",
        "pra",
        "qui",
        "ro",
        "sta",
    )
    ends = ("Systems", "Group", "Energy", "Financial", "Foods", "Industries", "Partners", "Health", "Logistics", "Labs")

    def word() -> str:
        return "".join(draw.choice(syllables) for _ in range(draw.choice((2, 3, 3)))).capitalize()

    return [f"{word()} {draw.choice((word, lambda: draw.choice(ends)))()}" for _ in range(count)]


if __name__ == "__main__":
    main()
