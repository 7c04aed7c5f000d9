"""The domain of a company: by its web site, else by its e-mail address."""

from __future__ import annotations

import re

import polars as pl

from leadrelay.core.clean.disposable import disposable, is_disposable
from leadrelay.core.clean.distinct import by_kind, columnwise, kept
from leadrelay.core.clean.shared import FREE_BRANDS, FREE_MAIL, SITES
from leadrelay.core.clean.suffixes import registrable, registrables
from leadrelay.core.clean.texts import visible

LONGEST_LABEL, LONGEST_HOST = 63, 253
"""RFC 1035, section 2.3.4; as text without the dot of the root."""
LONGEST_SITE = 2_048
"""A web site that is longer is none."""

_SCHEME = re.compile(r"^(?:(?:https?|mailto):[/\\]*|[a-z][a-z0-9+.-]*:[/\\]+|[/\\]{2,})")
_END = re.compile(r"[/\\?#\s,;|<>\"'()]")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{2,59}")

HOST = r"(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z]{2,}"
"""A host name that needs no second look if it is no longer than a label may be."""
_PLAIN = rf"^(?:https?://)?({HOST})(?::[0-9]{{1,5}})?(?:[/?#][ -~]*)?$"

_FREE, _SITES = pl.Series(sorted(FREE_MAIL)), pl.Series(sorted(SITES))
_BRAND = rf"^(?:{'|'.join(sorted(FREE_BRANDS))})\."


def domain(website: pl.Expr, email_clean: pl.Expr) -> pl.Expr:
    """The company's own domain: that of the web site, else that of a company's e-mail address.

    >>> leads = pl.DataFrame({
    ...     "website": ["https://www.Acme.co.uk:8080/about?x=1", "linkedin.com/company/acme", "http://bücher.example"],
    ...     "email_clean": ["ann@other.com", "ann@mail.acme.com", "ann@gmail.com"],
    ... })
    >>> leads.select(domain(pl.col("website"), pl.col("email_clean"))).to_series().to_list()
    ['acme.co.uk', 'acme.com', 'xn--bcher-kva.example']
    """
    return columnwise(_domain, website, email_clean)


def _domain(website: pl.Series, email_clean: pl.Series) -> pl.Series:
    found = by_kind(website, lambda kinds: _of_hosts(hosts(kinds)))
    mail = mail_host(email_clean.set(found.is_not_null(), None))
    return found.zip_with(found.is_not_null(), by_kind(mail, _of_hosts))


def _of_hosts(hosts: pl.Series) -> pl.Series:
    return companies(registrables(hosts.set(disposable(hosts), None)))


def mail_host(email_clean: pl.Series) -> pl.Series:
    """What stands behind the @ of clean addresses.

    >>> mail_host(pl.Series(["ann@acme.com", None])).to_list()
    ['acme.com', None]
    """
    return email_clean.str.splitn("@", 2).struct.field("field_1")


def company_domain(website: str | None, email: str | None) -> str:
    """The same for one company; "" where there is none.

    >>> company_domain("https://linkedin.com/company/acme", "ann@acme.example")
    'acme.example'
    """
    return domain_of(website) or domain_of(email)


def domain_of(text: str | None) -> str:
    """The domain of a web site or an e-mail address that belongs to one company; "" where there is none.

    >>> domain_of("https://www.Acme.co.uk:8080/about?x=1"), domain_of("ann@mail.acme.com")
    ('acme.co.uk', 'acme.com')
    >>> domain_of("ann@gmail.com"), domain_of("localhost"), domain_of("10.0.0.1"), domain_of("acme.github.io")
    ('', '', '', '')
    """
    host = host_of(text or "")
    found = registrable(host) if host and not is_disposable(host) else ""
    return "" if found in FREE_MAIL or found in SITES or found.partition(".")[0] in FREE_BRANDS else found


def hosts(website: pl.Series) -> pl.Series:
    r"""The host names of web sites: most are written plainly, and the others are looked at one by one.

    >>> hosts(pl.Series(["https://Acme.com/about", "http:\\\\www.acme.com", "acme", None])).to_list()
    ['acme.com', 'www.acme.com', None, None]
    """
    text = website.str.strip_chars().str.to_lowercase()
    quick = text.str.extract(_PLAIN, 1)
    sure = (quick.str.len_bytes() <= LONGEST_LABEL) & (website.str.len_chars() <= LONGEST_SITE)
    return kept(quick, website, sure & ~quick.str.contains("xn--", literal=True), host_of)


def companies(domains: pl.Series) -> pl.Series:
    """Those of registered domains that are one company's."""
    return domains.set(free(domains) | domains.is_in(_SITES.implode()), None)


def free(domains: pl.Series) -> pl.Series:
    """Whether mail of these registered domains is for everybody."""
    return domains.is_in(_FREE.implode()) | domains.str.contains(_BRAND)


def host_of(text: str) -> str:
    """The host name of a web site or an e-mail address as the DNS has it; "" where there is none.

    >>> host_of("HTTPS://user:secret@Bücher.Example:443/a?b#c"), host_of("[::1]"), host_of("a b.com")
    ('xn--bcher-kva.example', '', '')
    """
    if len(text) > LONGEST_SITE:
        return ""
    start = _SCHEME.sub("", visible(text).lower(), count=1)
    host = _END.split(start, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return ascii_host(host)


def ascii_host(host: str) -> str:
    """A host name in the letters of the DNS; "" where it cannot be one.

    >>> ascii_host("straße.de."), ascii_host("localhost"), ascii_host("192.168.0.1"), ascii_host("-a.com")
    ('xn--strae-oqa.de', '', '', '')
    """
    host = _ascii(host.lower()).removesuffix(".")
    labels = host.split(".")
    if len(labels) < 2 or len(host) > LONGEST_HOST or not _TOP.fullmatch(labels[-1]):
        return ""
    return host if all(_LABEL.fullmatch(label) for label in labels) else ""


def _ascii(host: str) -> str:
    """Browsers and registries of today: UTS 46, IDNA 2008 (https://unicode.org/reports/tr46/)."""
    if host.isascii() and "xn--" not in host:
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return ""
