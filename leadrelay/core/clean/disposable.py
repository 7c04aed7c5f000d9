"""Domains of e-mail addresses that are thrown away, as the library disposable-email-domains lists them."""

from __future__ import annotations

from functools import cache

import polars as pl

from leadrelay.core.clean.distinct import FEW

_DEPTH = 4
"""Labels that are taken off a host while a listed domain is looked for."""


def is_disposable(host: str) -> bool:
    """Whether this host, or a domain above it, is listed.

    >>> is_disposable("x.mailinator.com"), is_disposable("acme.com")
    (True, False)
    """
    labels = host.split(".")
    return any(".".join(labels[start:]) in _names() for start in range(min(_DEPTH + 1, len(labels))))


def disposable(host: pl.Series) -> pl.Series:
    """Whether these hosts, or a domain above them, are for addresses that are thrown away.

    >>> disposable(pl.Series(["mailinator.com", "x.mailinator.com", "acme.com"])).to_list()
    [True, True, False]
    """
    if host.len() <= FEW:
        return pl.Series(host.name, [None if name is None else is_disposable(name) for name in host], dtype=pl.Boolean)
    listed = _disposable().implode()
    found, above = host.is_in(listed), host
    for _ in range(_DEPTH):
        above = (
            above.set(above.str.count_matches(".", literal=True) < 2, None).str.splitn(".", 2).struct.field("field_1")
        )
        if above.null_count() == above.len():
            break
        found |= above.is_in(listed).fill_null(value=False)
    return found


@cache
def _disposable() -> pl.Series:
    return pl.Series(sorted(_names()))


@cache
def _names() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)
