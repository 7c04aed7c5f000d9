"""Which of many company names another one is meant to be: by their telling words, in any order and spelling.

A word tells the more, the fewer names have it. Two words are alike by their edits, or as a word and its abbreviation;
two words in a row may be written as one. What is alike is looked for in tables, never by comparing all with all.
"""

from __future__ import annotations

import re
from functools import cached_property

import polars as pl
from rapidfuzz.distance import DamerauLevenshtein

_FEW = 300
"""Names that may share a word for it to propose them: more common ones only weigh."""

_PROPOSED = 12
"""Names that are looked at closely for each one that is asked for."""

_COMMON = 2_000
"""The words that names share most, which are those that people shorten."""

_MARGIN = 0.02
"""By less than that two names are equally near, and none is taken."""

_LEAST_ALIKE, _SHORTENED = 0.7, 0.78
_SHORTEST_TO_MISSPELL, _LONGEST_SHORT = 4, 7

_WEAK_WORDS = """
    a ag and bank bros brothers bv cie class co companies company corp corporation de enterprise enterprises gmbh global
    group groupe grp gruppe holding holdings inc incorporated industries international intl limited llc ltd nv of
    partners plc sa services solutions systems technologies technology the worldwide
"""
_WEAK = frozenset(_WEAK_WORDS.split())
_LONG_WEAK = frozenset(word for word in _WEAK if len(word) >= 7)
_WEAK_WEIGHT = 0.25


class NameIndex:
    """Names to be found, made ready once.

    `names`: without case, accents, punctuation and legal form (`company_key`); none twice.
    """

    def __init__(self, names: pl.Series) -> None:
        self._names = names
        self._units = _units(names)

    def best(self, asked: pl.Series, least: float) -> pl.DataFrame:
        """By asked name its place (`asked`), that of the name that is nearest (`name`), and how near (`similarity`).

        Nothing for a name of which none is `least` near (0 to 1), or two equally.
        """
        units = _units(asked)
        alike = self._alike(units)
        scored = self._scored(units, alike, self._proposed(units, alike))
        near = scored.filter(pl.col("similarity") >= least).sort(
            "asked", "similarity", "name", descending=[False, True, False]
        )
        first = near.group_by("asked", maintain_order=True).agg(
            pl.col("name").first(),
            pl.col("similarity").first(),
            second=pl.col("similarity").slice(1, 1).max().fill_null(0.0),
        )
        return first.filter(pl.col("similarity") - pl.col("second") >= _MARGIN).drop("second")

    # -- the words ----------------------------------------------------------------------------------------------------

    @cached_property
    def _words(self) -> pl.DataFrame:
        """Each unit with how many names have it."""
        return self._units.group_by("unit").agg(names=pl.col("name").n_unique())

    @cached_property
    def _left_out(self) -> pl.DataFrame:
        return _without_a_letter(self._words.select("unit")).rename({"unit": "found"})

    @cached_property
    def _often(self) -> list[str]:
        words = self._words.join(self._units.filter(pl.col("single")).select("unit").unique(), on="unit")
        return words.sort("names", "unit", descending=[True, False])["unit"].head(_COMMON).to_list()

    def _weights(self, units: pl.DataFrame) -> pl.DataFrame:
        """What each single word of names tells; an unknown one tells most."""
        single = units.filter(pl.col("single")).join(self._words, on="unit", how="left")
        known = pl.col("names").fill_null(1).cast(pl.Float64)
        telling = (1 + len(self._names) / known).log() / (1 + pl.lit(float(max(len(self._names), 1)))).log()
        weak = pl.col("unit").is_in(_weak(single["unit"].unique()))
        return single.select("name", "at", weight=pl.when(weak).then(telling * _WEAK_WEIGHT).otherwise(telling))

    # -- words that are alike -----------------------------------------------------------------------------------------

    def _alike(self, units: pl.DataFrame) -> pl.DataFrame:
        """Rows of `unit` (asked), `found`, `alike`."""
        asked = units.select("unit").unique()
        same = asked.join(self._words, on="unit").select("unit", found="unit", alike=pl.lit(1.0))
        return (
            pl.concat([same, self._misspelt(asked), self._shortened(asked)])
            .group_by("unit", "found")
            .agg(pl.col("alike").max())
        )

    def _misspelt(self, asked: pl.DataFrame) -> pl.DataFrame:
        left = _without_a_letter(asked)
        pairs = (
            left.join(self._left_out, on="left")
            .select("unit", "found")
            .filter(pl.col("unit") != pl.col("found"))
            .unique()
        )
        alike = [
            DamerauLevenshtein.normalized_similarity(one, other, score_cutoff=_LEAST_ALIKE)
            for one, other in pairs.iter_rows()
        ]
        return pairs.with_columns(alike=pl.Series(alike, dtype=pl.Float64)).filter(pl.col("alike") > 0)

    def _shortened(self, asked: pl.DataFrame) -> pl.DataFrame:
        """An abbreviation begins as its word does, and has its letters in their order."""
        short = asked.filter(pl.col("unit").str.len_chars().is_between(2, _LONGEST_SHORT))["unit"].to_list()
        rows = [(one, word, _SHORTENED) for one in short for word in self._meant(one)]
        return pl.DataFrame(rows, schema={"unit": pl.String, "found": pl.String, "alike": pl.Float64}, orient="row")

    def _meant(self, short: str) -> list[str]:
        pattern = re.compile(".*".join(map(re.escape, short)))
        return [word for word in self._often if len(word) > len(short) + 1 and pattern.match(word)]

    # -- names --------------------------------------------------------------------------------------------------------

    def _proposed(self, units: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
        """Rows of `asked`, `name`: the names that share the most telling words."""
        rare = alike.join(self._words, left_on="found", right_on="unit").filter(pl.col("names") <= _FEW)
        telling = rare.with_columns(tells=pl.col("alike") / pl.col("names").log1p())
        found = (
            units.select(asked="name", unit="unit").unique().join(telling, on="unit").select("asked", "found", "tells")
        )
        pairs = found.join(self._units.select("name", found="unit").unique(), on="found")
        summed = pairs.group_by("asked", "name").agg(pl.col("tells").sum())
        return summed.filter(pl.col("tells").rank("ordinal", descending=True).over("asked") <= _PROPOSED).select(
            "asked", "name"
        )

    def _scored(self, units: pl.DataFrame, alike: pl.DataFrame, proposed: pl.DataFrame) -> pl.DataFrame:
        """Rows of `asked`, `name`, `similarity`: the share of either's telling words that the other one has too."""
        theirs = proposed.join(self._units.select("name", found="unit", their="at"), on="name")
        ours = units.select(asked="name", unit="unit", our="at").join(alike, on="unit")
        pairs = theirs.join(ours, on=["asked", "found"])
        asked = _covered(pairs, "our", self._weights(units).rename({"name": "asked", "at": "our"}), "asked")
        names = _covered(pairs, "their", self._weights(self._units).rename({"at": "their"}), "name")
        both = asked.join(names, on=["asked", "name"], suffix="_theirs")
        return both.select("asked", "name", similarity=(pl.col("share") * pl.col("share_theirs")).sqrt())


def _covered(pairs: pl.DataFrame, at: str, weights: pl.DataFrame, of: str) -> pl.DataFrame:
    """By `asked` and `name`, the `share` of the weight of one of them that the other one covers."""
    best = pairs.group_by("asked", "name", at).agg(pl.col("alike").max()).join(weights, on=[of, at])
    covered = best.group_by("asked", "name").agg(covered=(pl.col("alike") * pl.col("weight")).sum())
    whole = weights.group_by(of).agg(whole=pl.col("weight").sum())
    return covered.join(whole, on=of).select("asked", "name", share=pl.col("covered") / pl.col("whole"))


def _units(names: pl.Series) -> pl.DataFrame:
    """Rows of `name` (its place), `unit`, `at` (the word that it covers), `single`: words, and two in a row as one."""
    words = (
        pl.DataFrame({"words": names.str.split(" ")})
        .with_row_index("name")
        .explode("words")
        .filter(pl.col("words").str.len_chars() > 0)
        .with_columns(at=pl.int_range(pl.len()).over("name"))
        .with_columns(after=pl.col("words").shift(-1).over("name"))
    )
    singles = words.select("name", "at", unit="words", single=pl.lit(value=True))
    pairs = words.filter(pl.col("after").is_not_null()).select(
        "name", "at", unit=pl.col("words") + pl.col("after"), single=pl.lit(value=False)
    )
    return pl.concat([singles, pairs, pairs.with_columns(pl.col("at") + 1)])


def _weak(words: pl.Series) -> list[str]:
    """Those that tell little, however they are misspelt."""
    left = _without_a_letter(pl.DataFrame({"unit": words}))
    meant = _without_a_letter(pl.DataFrame({"unit": list(_LONG_WEAK)})).select("left")
    return [*_WEAK, *left.join(meant, on="left", how="semi")["unit"].unique()]


def _without_a_letter(words: pl.DataFrame) -> pl.DataFrame:
    """Each word (`unit`) with what is left of it when a letter is left out, or none (`left`).

    Two words with one edit between them share one of these. https://wolfgarbe.medium.com/1000x-faster-spelling-correction-algorithm-2012-8701fcd87a5f
    """
    long = words.filter(pl.col("unit").str.len_chars() >= _SHORTEST_TO_MISSPELL)
    cut = long.with_columns(at=pl.int_ranges(0, pl.col("unit").str.len_chars())).explode("at")
    left = pl.col("unit").str.head(pl.col("at")) + pl.col("unit").str.slice(pl.col("at") + 1)
    return pl.concat([cut.select("unit", left=left), long.select("unit", left="unit")])
