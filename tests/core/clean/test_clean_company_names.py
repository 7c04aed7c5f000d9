"""Company names in columns come out as they do one by one."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadrelay.core.clean import companies, company_names
from leadrelay.core.clean.companies import company, company_key
from leadrelay.core.clean.company_names import company_clean

LATIN = "Acme Søren MÜLLER the PT and & u. S.A. GmbH Co. KG AG Inc Spa spa SPA de C.V. e.V. Ltd, A/S H&M - x O holding"
OTHERS = "Łódź L'Oréal Straße 株式会社 (株) 🚀 \uff13\uff2d \u041e\u041e\u041e"
MORE = "eK EV ek ev LP Limited Pty sp. z o.o. Et \ufb01n \u01c6 \u0130"
WORDS = [*LATIN.split(), *OTHERS.split(), *MORE.split(), "S. A.", "s a"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).flatmap(
    lambda words: st.sampled_from(
        [" ".join(words), "  ".join(words), ", ".join(words), "".join(words), "-".join(words)]
    )
)


@given(st.lists(NAMES | st.text(max_size=12), min_size=1, max_size=20))
@example(["Acme", "0 eK", "0 EK", "acme ek", "ACME EV", "Acme \u017fA", "acme \u0130nc"])
@settings(max_examples=60, deadline=None)
def test_columns_say_what_each_name_says(names):
    frame = pl.DataFrame({"a": names}, schema={"a": pl.String})
    assert frame.select(company_key(pl.col("a")))["a"].to_list() == [company(name) or None for name in names]
    assert frame.select(company_clean(pl.col("a")))["a"].to_list() == [company_names._clean(name) for name in names]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("IBM DEUTSCHLAND GMBH", "IBM Deutschland GmbH"),
        ("DEUTSCHE BANK AG", "Deutsche Bank AG"),
        ("KPMG", "KPMG"),
        ("AT&T INC.", "AT&T Inc."),
        ("Acme GmbH & Co KG", "Acme GmbH & Co. KG"),
        ("acme s.a.", "Acme S.A."),
        ("Acme Ges.m.b.H.", "Acme GmbH"),
        ("Brightharbor Bank sp. z o.o.", "Brightharbor Bank Sp. z o.o."),
        ("Acme Co.,Ltd.", "Acme Co., Ltd."),
        ("Wellness Spa", "Wellness Spa"),
        ("Weinhandel eK", "Weinhandel eK"),
        ("WEINHANDEL EV", "Weinhandel EV"),
        ("weinhandel e.k.", "Weinhandel e.K."),
        ("Acme \u017fA", "Acme \u017fA"),  # to an expression without case, this is an s
        ("Acme \u0130nc", "Acme \u0130nc"),
        ("Las Casa", "Las Casa"),
        ("GmbH", "GmbH"),
        ("トヨタ自動車株式会社", "トヨタ自動車株式会社"),
        ("[not provided]", None),
        ("-", None),
        ("😀", None),
        ("", None),
        ("\u202eacme\u202c inc", "Acme Inc."),
    ],
)
def test_usual_spellings(name, found):
    assert pl.DataFrame({"a": [name]}).select(company_clean(pl.col("a")))["a"].to_list() == [found]


def test_what_is_no_name_is_left():
    long = "a" * 10_000
    assert pl.DataFrame({"a": [long]}).select(company_clean(pl.col("a")))["a"].to_list() == [long]
    assert len(companies.company(long)) == 10_000
