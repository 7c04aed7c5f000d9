"""The company's own domain: registered, its own, and as the DNS has it."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.suffixes import registrable, registrables
from leadrelay.core.clean.web import company_domain, domain_of, host_of, hosts

CLEAN = Cleaner(["domain"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://www.acme.co.uk:8080/about?x=1#top", "acme.co.uk"),
        ("HTTP:\\\\WWW.ACME.COM\\", "acme.com"),
        ("http//acme.com", None),
        ("https:acme.com", "acme.com"),
        ("ftp://ftp.acme.com", "acme.com"),
        ("user:pass@acme.com/x@y.org", "acme.com"),
        ("acme.com/x@y.org", "acme.com"),
        ("www.acme.com, www.acme.de", "acme.com"),
        ("acme.com (old)", "acme.com"),
        ("acme.com.", "acme.com"),
        ("\u200ehttps://acme.com\u200b", "acme.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("https://例子.广告/路径", "xn--fsqu00a.xn--4rr70v"),
        ("shop.acme.com.br", "acme.com.br"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("a.b.kobe.jp", "a.b.kobe.jp"),
        ("x.y.z.kobe.jp", "y.z.kobe.jp"),
        ("acme.krakow.pl", "acme.krakow.pl"),
        ("acme.uk.com", "acme.uk.com"),
        ("acme.github.io", None),
        ("acme.blogspot.com", None),
        ("acme.myshopify.com", None),
        ("blogspot.com/acme", None),
        ("linkedin.com/company/acme", None),
        ("https://de-de.facebook.com/acme", None),
        ("linktr.ee/acme", None),
        ("sites.google.com/site/acme", None),
        ("gmail.com", None),
        ("mailinator.com", None),
        ("10.0.0.1", None),
        ("http://[2001:db8::1]:80/", None),
        ("0x7f000001", None),
        ("localhost:8080", None),
        ("co.uk", None),
        ("com", None),
        ("acme", None),
        ("n/a", None),
        ("tel:+49 30 1", None),
        ("javascript:alert(1)", None),
        ("😅.com", None),
        ("a" * 64 + ".com", None),
        ("a." * 200 + "com", None),
        ("acme.com/" + "x" * 10_000, None),
        ("." * 10_000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_web_site_has_one_domain_or_none(text, found):
    assert CLEAN(pl.DataFrame({"website": pl.Series([text], dtype=pl.String)}))["domain"].to_list() == [found]
    assert (domain_of(text) or None) == found


@pytest.mark.parametrize(
    ("website", "email", "found"),
    [
        ("acme.com", "ann@other.com", "acme.com"),
        (None, "ann@mail.other.com", "other.com"),
        ("linkedin.com/in/ann", "Ann <ann@other.com>", "other.com"),
        ("n/a", "info@other.com", "other.com"),
        (None, "ann@gmail.com", None),
        (None, "ann@x.mailinator.com", None),
        (None, "ann@x", None),
        (None, None, None),
    ],
)
def test_the_web_site_goes_before_a_companys_e_mail(website, email, found):
    leads = pl.DataFrame({"website": [website], "email": [email]}, schema={"website": pl.String, "email": pl.String})
    assert CLEAN(leads)["domain"].to_list() == [found]


SIGNS = st.sampled_from(
    [*"abzAZ09@:/?#..--_\\ ,", "com", "co.uk", "http://", "https://", "xn--", "ü", "İ", "K", "\u200b"]
)


@settings(deadline=None)  # the first example loads the tables
@given(st.lists(st.one_of(st.lists(SIGNS).map("".join), st.text()), min_size=1, max_size=6))
def test_the_quick_way_to_a_host_says_what_the_careful_one_says(texts):
    assert hosts(pl.Series(texts)).to_list() == [host_of(text) or None for text in texts]


RULES = sorted(rule.lstrip("!*.") for rule in PublicSuffixList()._publicsuffix if rule.isascii())


def test_the_quick_way_to_a_domain_says_what_the_list_says():
    # Every ending there is, bare and with one, two and three labels before it.
    names = [f"{before}{rule}" for rule in RULES for before in ("", "a.", "b.a.", "c.b.a.") if "." in before + rule]
    assert len(names) > 35_000
    assert registrables(pl.Series(names)).to_list() == [registrable(name) or None for name in names]


@settings(deadline=None)  # the first example loads the tables
@given(st.lists(st.tuples(st.sampled_from(["", "a.", "www.a."]), st.sampled_from(RULES)), min_size=1))
def test_a_company_is_found_alike_by_site_and_by_mail(parts):
    for before, rule in parts:
        assert company_domain(f"https://{before}{rule}/x", None) == domain_of(f"ann@{before}{rule}")
