"""E-mail addresses: in one spelling, and of what kind they are."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from leadrelay.core.clean.disposable import disposable
from leadrelay.core.clean.distinct import by_kind, columnwise, kept
from leadrelay.core.clean.shared import ROLES
from leadrelay.core.clean.suffixes import registrables
from leadrelay.core.clean.texts import visible
from leadrelay.core.clean.web import HOST, LONGEST_LABEL, ascii_host, free, mail_host

LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254
"""In bytes: RFC 5321, section 4.5.3.1, and what it leaves of a path without its brackets."""
LONGEST_TEXT = 1_000
"""A text that is longer holds more than an address."""

_ATOM = r"a-z0-9!#$%&'*+/=?^_`{|}~\-"
_FIRST = _ATOM.replace("'", "")
_PLAIN = rf"^[{_FIRST}][{_ATOM}]*(?:\.[{_ATOM}]+)*@{HOST}$"
_LOCAL = re.compile(rf"[{_ATOM}\x80-\U0010ffff]+(?:\.[{_ATOM}\x80-\U0010ffff]+)*")
_IN_BRACKETS = re.compile(r"<\s*([^<>]*)\s*>\W*$")
_AROUND = " \t\r\n<>()[]\"',;:."
_ROLE = rf"^(?:{'|'.join(map(re.escape, sorted(ROLES)))})[-_.]*[0-9]*(?:[+@]|$)"
_QUERY = re.compile(r"\?.*$", re.DOTALL)


def email_clean(email: pl.Expr) -> pl.Expr:
    """E-mail addresses in one spelling: small letters, the domain as the DNS has it; null where it is no address.

    >>> texts = [" Ann@Acme.COM ", "Ann Lee <ann@acme.com>", "mailto:ann@acme.com?subject=x", "ann@bücher.example"]
    >>> pl.DataFrame({"a": texts}).select(email_clean(pl.col("a"))).to_series().to_list()
    ['ann@acme.com', 'ann@acme.com', 'ann@acme.com', 'ann@xn--bcher-kva.example']
    >>> pl.DataFrame({"a": ["ann@acme", "a..b@acme.com", "n/a"]}).select(email_clean(pl.col("a"))).to_series().to_list()
    [None, None, None]
    """
    return columnwise(_clean, email)


def _clean(email: pl.Series) -> pl.Series:
    text = email.str.strip_chars().str.to_lowercase()
    sure = (
        (text.str.len_bytes() <= LONGEST_LABEL) & text.str.contains(_PLAIN) & ~text.str.contains("xn--", literal=True)
    )
    return kept(text, email, sure, address)


def address(text: str) -> str:
    """One address in one spelling; "" where there is none, or where there are several.

    >>> address('"Lee, Ann" <ANN@acme.com>'), address("ann@acme.com;"), address("a@x.com, b@x.com")
    ('ann@acme.com', 'ann@acme.com', '')
    """
    if len(text) > LONGEST_TEXT:
        return ""
    found = unicodedata.normalize("NFC", visible(text)).lower()
    if in_brackets := _IN_BRACKETS.search(found):
        found = in_brackets[1]
    if found.startswith("mailto:"):
        found = _QUERY.sub("", found.removeprefix("mailto:"))
    local, at, host = found.strip(_AROUND).rpartition("@")
    host = ascii_host(host) if at else ""
    whole = f"{local}@{host}"
    if not host or not _LOCAL.fullmatch(local) or not all(map(_letter, local)):
        return ""
    return whole if len(local.encode()) <= LONGEST_LOCAL and len(whole.encode()) <= LONGEST_ADDRESS else ""


def _letter(sign: str) -> bool:
    """RFC 6531 lets letters, marks and numbers of every script into the part before the @."""
    return sign.isascii() or unicodedata.category(sign)[0] in "LMN"


KINDS = ("invalid", "disposable", "free", "role", "company")
"""What `email_kind` can be."""


def email_kind(email: pl.Expr, email_clean: pl.Expr) -> pl.Expr:
    """The first that holds: invalid, disposable, free, role, company; null where there is no text at all.

    >>> texts = ["ann@acme.com", "info@acme.com", "info@gmail.com", "a@x.mailinator.com", "n/a", " "]
    >>> leads = pl.DataFrame({"e": texts}).with_columns(email_clean(pl.col("e")).alias("clean"))
    >>> leads.select(email_kind(pl.col("e"), pl.col("clean")).alias("kind"))["kind"].to_list()
    ['company', 'role', 'free', 'disposable', 'invalid', None]
    """
    return columnwise(_kind, email, email_clean, dtype=pl.String())


def _kind(email: pl.Series, email_clean: pl.Series) -> pl.Series:
    of_host = by_kind(mail_host(email_clean), _kind_of_host)
    facts = pl.DataFrame(
        {
            "nothing": email.is_null() | (email.str.strip_chars() == ""),
            "invalid": email_clean.is_null(),
            "host": of_host,
            "role": role(email_clean),
        }
    )
    kind = pl.when("invalid").then(pl.lit("invalid")).when(pl.col("host").is_not_null()).then("host")
    kind = kind.when("role").then(pl.lit("role"))
    return facts.select(pl.when(~pl.col("nothing")).then(kind.otherwise(pl.lit("company")))).to_series()


def _kind_of_host(hosts: pl.Series) -> pl.Series:
    """What the host alone tells."""
    facts = pl.DataFrame({"disposable": disposable(hosts), "free": free(registrables(hosts))})
    kind = pl.when("disposable").then(pl.lit("disposable")).when("free").then(pl.lit("free"))
    return facts.select(kind.otherwise(pl.lit(None, pl.String))).to_series()


def role(email_clean: pl.Series) -> pl.Series:
    """Whether the part before the @ is a function's: what follows a + and a number at the end are left out of account.

    >>> role(pl.Series(["info@a.com", "sales+de@a.com", "info2@a.com", "no-reply@a.com", "ann.info@a.com"])).to_list()
    [True, True, True, True, False]
    """
    return email_clean.str.contains(_ROLE)
