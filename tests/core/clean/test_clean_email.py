"""E-mail addresses: what is one, in which spelling, and of what kind."""

import polars as pl
import pytest
from disposable_email_domains import blocklist
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.clean.disposable import disposable, is_disposable
from leadrelay.core.clean.distinct import FEW
from leadrelay.core.clean.email import address
from leadrelay.core.clean.shared import FREE_MAIL, REGISTRIES, ROLES, SITES
from leadrelay.core.clean.suffixes import registrable

CLEAN = Cleaner(["email_clean", "email_kind"])


def cleaned(texts):
    return CLEAN(pl.DataFrame({"email": pl.Series(texts, dtype=pl.String)}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@acme.com", "ann@acme.com"),
        (" ANN.Lee+x@Mail.ACME.co.uk\n", "ann.lee+x@mail.acme.co.uk"),
        ("Ann Lee <ann@acme.com>", "ann@acme.com"),
        ('"Lee, Ann" <ann@acme.com>;', "ann@acme.com"),
        ("MAILTO:ann@acme.com?subject=Hello%20you", "ann@acme.com"),
        ("<ann@acme.com>", "ann@acme.com"),
        ("(ann@acme.com)", "ann@acme.com"),
        ("'ann@acme.com',", "ann@acme.com"),
        ("ann@acme.com.", "ann@acme.com"),
        ("ann\u200b@acme.com", "ann@acme.com"),
        ("\u202aann@acme.com\u202c", "ann@acme.com"),
        ("\ufeffann@acme.com", "ann@acme.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("ann＠acme．com", None),  # noqa: RUF001 - a wide @ is no @
        ("ann@ａｃｍｅ.com", "ann@acme.com"),  # noqa: RUF001 - wide letters are what UTS 46 makes plain
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("o'brien@acme.com", "o'brien@acme.com"),
        ("a@b.co", "a@b.co"),
        ("a" * 64 + "@acme.com", "a" * 64 + "@acme.com"),
        ("a" * 65 + "@acme.com", None),
        ("a@" + ".".join(["b" * 63] * 3) + ".com", "a@" + ".".join(["b" * 63] * 3) + ".com"),
        ("a@" + ".".join(["b" * 63] * 4) + ".com", None),
        ("a@" + "b" * 64 + ".com", None),
        ("ann@acme", None),
        ("ann@localhost", None),
        ("ann@10.0.0.1", None),
        ("ann@[10.0.0.1]", None),
        ("ann", None),
        ("@acme.com", None),
        ("ann@", None),
        ("ann@@acme.com", None),
        ("ann..lee@acme.com", None),
        (".ann@acme.com.", "ann@acme.com"),
        ("ann.@acme.com", None),
        ("ann lee@acme.com", None),
        ('"ann lee"@acme.com', None),
        ("ann@acme..com", None),
        ("ann@-acme.com", None),
        ("ann@acme-.com", None),
        ("ann@acme_x.com", None),
        ("ann@acme.c", None),
        ("ann@acme.123", None),
        ("ann@x.com, bob@x.com", None),
        ("ann@x.com bob@x.com", None),
        ("😅@acme.com", None),
        ("ann@xn--zzzzzzz---.com", None),
        ("x" * 10_000 + "@acme.com", None),
        ("@" * 10_000, None),
        ("<" * 10_000, None),
        ("n/a", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_one_spelling(text, found):
    assert cleaned([text])["email_clean"].to_list() == [found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ann@acme.com", "company"),
        ("ann@acme.uk.com", "company"),
        ("INFO@acme.com", "role"),
        ("sales+berlin@acme.com", "role"),
        ("support-2@acme.com", "role"),
        ("kontakt@acme.de", "role"),
        ("contabilidad@acme.es", "role"),
        ("vertrieb@acme.de", "role"),
        ("ann.sales@acme.com", "company"),
        ("2024@acme.com", "company"),
        ("ann@gmail.com", "free"),
        ("info@gmail.com", "free"),
        ("ann@mail.yahoo.co.jp", "free"),
        ("ann@t-online.de", "free"),
        ("ann@vip.qq.com", "free"),
        ("ann@mailinator.com", "disposable"),
        ("info@a.b.mailinator.com", "disposable"),
        ("ann@", "invalid"),
        ("n/a", "invalid"),
        ("\u200b", "invalid"),
        (" \t", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_of_one_kind(text, kind):
    assert cleaned([text])["email_kind"].to_list() == [kind]


SIGNS = st.sampled_from([*"abzAZ019@@@....--__++'\"<>:; \t,!", "com", "xn--", "ü", "İ", "K", "\u200b", "\u200f", "😅"])


@settings(deadline=None)  # the first example loads the tables
@given(st.lists(st.one_of(st.lists(SIGNS).map("".join), st.text(), st.emails()), min_size=1, max_size=6))
@example(["\u212a@x.com", "a@x.com\x1f", "a@x.com\u2028", "'@0.aa", "'@A.A.mY", "'ann@acme.com"])
def test_the_quick_way_says_what_the_careful_one_says(texts):
    assert cleaned(texts)["email_clean"].to_list() == [address(text) or None for text in texts]


@settings(deadline=None)  # the first example loads the tables
@given(st.one_of(st.emails(), st.lists(SIGNS).map("".join)))
def test_a_clean_address_stays_as_it_is(text):
    once = address(text)
    assert address(once) == once


def test_the_lists_hold_registered_domains():
    # So that one look-up by the registered domain finds them; hosts of one operator stand by themselves.
    assert {name for name in FREE_MAIL if registrable(name) != name} <= {
        "i.softbank.jp",
        "internode.on.net",
        "poczta.onet.pl",
        "vip.qq.com",
    }
    assert {name for name in SITES if registrable(name) != name} <= {"sites.google.com"}
    assert all(registrable(f"acme.{name}") == f"acme.{name}" for name in REGISTRIES)
    assert not [role for role in ROLES if role != role.lower() or "@" in role or not role[-1:].isalpha()]


def test_many_hosts_are_told_as_each_is():
    names = [
        f"{before}{name}" for name in ("mailinator.com", "acme.com", "com", "x") for before in ("", "a.", "a.b.c.")
    ]
    names = [
        *names,
        *(f"{before}{name}" for name in sorted(blocklist)[::9] for before in ("", "a.b.", "a.b.c.d.", "a-")),
    ]
    assert len(names) > FEW
    assert disposable(pl.Series(names)).to_list() == [is_disposable(name) for name in names]
