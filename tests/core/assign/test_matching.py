"""Two spellings of one company are equal; two companies are not."""

import doctest

import pytest

from leadrelay.core.assign import matching
from leadrelay.core.assign.matching import company, company_domain, domain


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(matching).failed == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acme.example", "acme.example"),
        ("HTTP://WWW.ACME.EXAMPLE/", "acme.example"),
        ("acme.example:8080/about", "acme.example"),
        ("//acme.example/path@x", "acme.example"),
        ("https://user:secret@shop.acme.example:443/a?b#c", "acme.example"),
        ("ann.example@sales.eu.acme.example", "acme.example"),
        ("mailto:ann@acme.example", "acme.example"),
        ("www.acme.com.au", "acme.com.au"),
        ("acme.co.jp.", "acme.co.jp"),
        ("ann@acme.co", "acme.co"),
        ("ann@yahoo.co.uk", ""),
        ("ann@GMX.net", ""),
        ("ann@web.de", ""),
        ("https://de.linkedin.com/company/acme", ""),
        ("acme.wordpress.com", ""),
        ("co.uk", ""),
        ("no web site", ""),
        ("192.168.0.1", ""),
        ("-bad-.example", ""),
        ("a" * 70 + ".example", ""),
        ("..", ""),
        ("@", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_domain_is_the_companys_or_nothing(text, found):
    assert domain(text) == found


def test_the_web_site_goes_before_the_e_mail():
    assert company_domain("acme.example", "ann@other.example") == "acme.example"
    assert company_domain("", "ann@other.example") == "other.example"
    assert company_domain(None, "ann@gmail.com") == ""


@pytest.mark.parametrize(
    "names",
    [
        ("Acme GmbH", "ACME gmbh", "Acme G.m.b.H.", "acme"),
        ("Acme AG", "Acme A.G.", "Acme Aktiengesellschaft"),
        ("Société Générale S.A.", "Societe Generale SA", "SOCIÉTÉ GÉNÉRALE S. A."),
        ("Acme, Inc.", "Acme Incorporated", "The Acme Corporation", "Acme Co., Ltd."),
        ("Acme Pty Ltd", "Acme Pty. Limited", "Acme"),
        ("Acme B.V.", "Acme BV", "Acme b. v."),
        ("Acme Sp. z o.o.", "Acme sp. z o. o.", "Acme SP ZOO"),
        ("Acme S. de R.L. de C.V.", "Acme S.A. de C.V.", "Acme"),
        ("Møller A/S", "Moller AS", "Møller"),
        ("トヨタ自動車株式会社", "株式会社トヨタ自動車", "トヨタ自動車(株)", "㈱トヨタ自動車"),
        ("华为技术有限公司", "华为技术"),
        ("삼성전자 주식회사", "삼성전자(주)", "삼성전자"),
        ("ООО Ромашка", "Ромашка ООО", "Ромашка"),  # noqa: RUF001 - these letters are Cyrillic
        ("PT Acme Tbk", "Acme"),
        ("Procter & Gamble", "Procter and Gamble"),
        ("L'Oréal S.A.", "L\u2019Oréal", "Loreal"),
        ("A.B.C. Ltd", "A B C Limited", "ABC"),
    ],
)
def test_spellings_of_one_company_are_equal(names):
    assert len({company(name) for name in names}) == 1
    assert company(names[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme Holding", "Acme"), ("Acme Software", "Acme Hardware"), ("ガス", "カス"), ("Ag Growth", "Growth")],
)
def test_two_companies_are_not(one, other):
    assert company(one) != company(other)


@pytest.mark.parametrize("name", ["GmbH", "The Company", "株式会社", "AG"])
def test_something_is_left_of_every_name(name):
    assert company(name)


@pytest.mark.parametrize("name", ["", None, "...", "&", " "])
def test_nothing_is_left_of_nothing(name):
    assert company(name) == ""
