"""The domain that somebody registered, by the public suffix list that the library publicsuffixlist carries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from leadrelay.core.clean.distinct import FEW, kept, texts_by
from leadrelay.core.clean.shared import REGISTRIES

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def registrable(host: str) -> str:
    """The part of a host name that somebody registered, "" where that is no domain of their own.

    `host`: in small letters, of two labels at least. What hangs below a hoster (acme.github.io) is the hoster's.

    >>> registrable("www.acme.co.uk"), registrable("acme.example"), registrable("acme.uk.com"), registrable("co.uk")
    ('acme.co.uk', 'acme.example', 'acme.uk.com', '')
    >>> registrable("acme.github.io"), registrable("shop.rub.de"), registrable("rub.de")
    ('', '', 'rub.de')
    """
    lists = _lists()
    ending = lists.all.publicsuffix(host)
    if not ending or ending == host:
        return host if lists.official.privatesuffix(host) == host else ""
    if ending not in REGISTRIES and ending != lists.official.publicsuffix(host):
        return ""
    return lists.all.privatesuffix(host) or ""


def registrables(hosts: pl.Series) -> pl.Series:
    """The same for a column, null where there is none: most endings are of one label or of two, which is quickly seen.

    >>> registrables(pl.Series(["acme.com", "www.acme.co.uk", "acme.github.io", "a.b.acme.com", None])).to_list()
    ['acme.com', 'acme.co.uk', None, 'acme.com', None]
    """
    if hosts.len() <= FEW:
        return texts_by(hosts, registrable)
    labels = hosts.str.split(".")
    top, second, third = (labels.list.get(-place, null_on_oob=True) for place in (1, 2, 3))
    two = second + "." + top
    three = third + "." + two
    lists = _lists()
    soft = ~top.is_in(lists.hard.implode())
    plain = soft & ~two.is_in(lists.deep.implode())
    below = soft & two.is_in(lists.second.implode()) & three.is_not_null() & ~three.is_in(lists.deeper.implode())
    found = two.set(~plain, None).zip_with(~below.fill_null(value=False), three)
    return kept(found, hosts, plain | below, registrable)


@dataclass(frozen=True, slots=True)
class _Lists:
    """`all`, `official`: with and without the private section. The others: what the quick way has to know.

    hard: top-level domains with rules of every kind below them. deep: two labels that are an ending, or below which
    there is one. second: those that are an official ending. deeper: the same as deep for three labels.
    """

    all: PublicSuffixList
    official: PublicSuffixList
    hard: pl.Series
    deep: pl.Series
    second: pl.Series
    deeper: pl.Series


@cache
def _lists() -> _Lists:
    from publicsuffixlist import PublicSuffixList

    every, official = PublicSuffixList(), PublicSuffixList(only_icann=True)
    rules = [rule.lstrip("!").split(".") for rule in _rules(every)]
    hard = {rule[-1] for rule in rules if rule[0] == "*" and len(rule) == 2}
    second = {rule for rule in _rules(official) if rule.count(".") == 1 and not rule.startswith(("*", "!"))}
    return _Lists(every, official, pl.Series(sorted(hard)), _ends(rules, 2), pl.Series(sorted(second)), _ends(rules, 3))


def _rules(suffixes: PublicSuffixList) -> frozenset[str]:
    """The library has no public way to its rules; a test says when this one no longer leads there."""
    rules: frozenset[str] = suffixes._publicsuffix  # noqa: SLF001 - see above
    return rules


def _ends(rules: list[list[str]], count: int) -> pl.Series:
    return pl.Series(sorted({".".join(rule[-count:]) for rule in rules if len(rule) >= count}))
