"""Telephone numbers as E.164 has them: what the library phonenumbers says, many times faster where many are alike."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from leadrelay.core.clean import phone_plans
from leadrelay.core.clean.distinct import columnwise, rowwise

WORTH_A_PLAN = 100
"""Numbers of one country from which on it pays to compile its numbering plan."""
LONGEST = 40
"""Of a text that the quick way looks at."""

_MARKS = [*" ().-/+"]
_EXTENSION = r"^([^A-Za-z]*[^A-Za-z/ ]) *(?:[xX]|[eE][xX][tT]\.?) ?[0-9]{1,7}$"
_PLAIN = r"^[ ().\-/]*\+?[ ().\-/]*(?:[0-9][ ().\-/]*){3,20}$"


def phone_e164(phone: pl.Expr, country_code: pl.Expr) -> pl.Expr:
    """Telephone numbers as E.164 has them, without extension; null where it is no number of the country's plan.

    >>> texts = ["(415) 555-0123 x12", "+49 (0)30 901820", "0044 20 7946 0018", "030 901820", "12345", None]
    >>> leads = pl.DataFrame({"a": texts, "b": ["US", "US", "DE", "DE", "DE", "DE"]})
    >>> leads.select(phone_e164(pl.col("a"), pl.col("b"))).to_series().to_list()
    ['+14155550123', '+4930901820', '+442079460018', '+4930901820', None, None]
    """
    return columnwise(numbers, phone, country_code)


def mobile_e164(mobile: pl.Expr, country_code: pl.Expr) -> pl.Expr:
    """The same for the mobile telephone.

    >>> leads = pl.DataFrame({"a": ["0151 23456789"], "b": ["DE"]})
    >>> leads.select(mobile_e164(pl.col("a"), pl.col("b"))).to_series().to_list()
    ['+4915123456789']
    """
    return phone_e164(mobile, country_code)


def number(text: str | None, country: str | None) -> str:
    """One number, as the library has it; "" where it is none. `country` is that of numbers without a code of their own.

    >>> number("030 901820", "DE"), number("030 901820", None), number("1-800-FLOWERS", "US"), number("+1 212", "US")
    ('+4930901820', '', '+18003569377', '')
    """
    import phonenumbers

    try:
        found = phonenumbers.parse(text or "", country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(found):
        return ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def numbers(phone: pl.Series, country_code: pl.Series, worth: int = WORTH_A_PLAN) -> pl.Series:
    """The same for columns: by the plan of each country that `worth` numbers have; the library for what is left."""
    rows = pl.DataFrame({"text": phone, "country": country_code}).with_row_index("row")
    texts = rows.filter(pl.col("text").is_not_null())
    if texts.height < worth:
        return rowwise([phone, country_code], number)
    found = pl.concat(_by_plan(_plain(texts), worth))
    rows = rows.join(found, on="row", how="left", maintain_order="left")
    left = pl.col("text").is_not_null() & ~pl.col("decided").fill_null(value=False)
    asked = rows.select(pl.when(left).then("text"), pl.when(left).then("country"))
    return rows["found"].zip_with(~rows.select(left).to_series(), rowwise([*asked], number))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without letters and unusual signs: row, digits, whether there is a plus sign, country."""
    text = rows["text"]
    core = text.zip_with(~text.str.contains("[xX]"), text.str.extract(_EXTENSION, 1))
    good = (core.str.contains(_PLAIN) & (text.str.len_bytes() <= LONGEST)).fill_null(value=False)
    known = pl.col("country").is_in(sorted(phone_plans.regions()))
    return (
        rows.select("row", pl.when(known).then("country").alias("country"), core=core)
        .filter(good)
        .select(
            "row",
            "country",
            digits=pl.col("core").str.replace_many(_MARKS, [""]),
            plus=pl.col("core").str.contains("+", literal=True),
        )
    )


def _by_plan(plain: pl.DataFrame, worth: int) -> Iterator[pl.DataFrame]:
    """What the plans say, as row, found and decided; rows of small groups are left out."""
    yield plain.filter(~pl.col("plus") & pl.col("country").is_null()).select("row", **_NOTHING)
    coded, home = [plain.filter("plus").select("row", "digits")], []
    for group in plain.filter(~pl.col("plus")).drop_nulls("country").partition_by("country"):
        if group.height >= worth:
            plan = phone_plans.plan_of(group["country"][0])
            rest = phone_plans.after_abroad(plan, group["digits"])
            coded.append(group.select("row", digits=rest).drop_nulls())
            home.append((plan, group.filter(rest.is_null())))
    for group in _by_code(pl.concat(coded)).partition_by("code"):
        code = group["code"][0]
        if group.height >= worth and code:
            yield _answer(phone_plans.plan(code, phone_plans.shared()[code][0]), group["row"], group["digits"])
    for plan, group in home:
        yield from _at_home(plan, group)


def _by_code(rows: pl.DataFrame) -> pl.DataFrame:
    """What begins with a calling code, parted from it."""
    codes = "|".join(sorted(phone_plans.shared()))
    code = pl.col("digits").str.extract(f"^({codes})", 1)
    found = rows.with_columns(code=code)
    return found.with_columns(pl.col("digits").str.slice(pl.col("code").str.len_bytes()))


def _at_home(plan: phone_plans.Plan, group: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Numbers as they are dialled in their own country, some with its calling code and no plus sign."""
    rest, coded = phone_plans.with_code(plan, group["digits"])
    main = phone_plans.plan(plan.code, phone_plans.shared()[plan.code][0])
    yield _answer(main, group["row"].filter(coded), rest.filter(coded))
    yield _answer(plan, group["row"].filter(~coded), group["digits"].filter(~coded))


def _answer(plan: phone_plans.Plan, row: pl.Series, digits: pl.Series) -> pl.DataFrame:
    national = phone_plans.national(plan, digits)
    valid = phone_plans.valid(plan.code, national)
    found = pl.DataFrame({"row": row, "national": national, "valid": valid})
    return found.select(
        "row", found=pl.when("valid").then(pl.lit(f"+{plan.code}") + pl.col("national")), decided=pl.lit(value=True)
    )


_NOTHING = {"found": pl.lit(None, pl.String()), "decided": pl.lit(value=True)}
