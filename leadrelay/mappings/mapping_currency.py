"""`[currency]` of a mapping's TOML, and the CSV files that rates may stand in."""

from __future__ import annotations

import csv
import re
from collections import abc
from datetime import date
from io import StringIO
from typing import Any

from leadrelay.core.amounts import Currency, Rate
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings import mapping_keys
from leadrelay.mappings.mapping_section import FIELD_NAME

FROM_CRM = "crm"
_CODE = re.compile(r"[A-Z]{3}")
_NAME_CURE = "Use the code of ISO 4217, such as EUR."


def currency_of(top: Table, zone: str) -> Currency | None:
    """What amounts are counted in; None where the mapping does not say."""
    table = top.optional(mapping_keys.CURRENCY)
    if table is None:
        return None
    table.needs("to", "rates")
    to, usual = (_code(table, key) for key in ("to", "from"))
    field, on = (_field(table, key) for key in ("field", "on"))
    if "field" not in table and "from" not in table:
        cure = "Add field = ..., the field with its code, or from = ..., for all records."
        table.problem("", "does not say which currency a record's amounts are in.", cure)
    rates, source = _rates(table)
    table.only(mapping_keys.names(mapping_keys.CURRENCY))
    if on and not source.lower().endswith(".csv"):
        table.problem("on", "has a meaning for rates in a CSV file only.", "Remove it.")
    return Currency(to or "", field, usual, rates, on, source, zone)


def _code(table: Table, key: str) -> str:
    text = table.text(key) or ""
    if text and not _CODE.fullmatch(text):
        table.problem(key, f"'{text}' is no code of a currency.", _NAME_CURE)
    return text


def _field(table: Table, key: str) -> str:
    name = table.text(key) or ""
    if name and not FIELD_NAME.fullmatch(name):
        table.problem(key, f"'{name}' is no name of a CRM field.", "Use the API name, not the label.")
    return name


def _rates(table: Table) -> tuple[tuple[Rate, ...], str]:
    """The rates, or where they come from."""
    given = table.value("rates")
    if isinstance(given, dict):
        return tuple(rate for code, worth in given.items() for rate in _rate(table, code, worth)), ""
    if isinstance(given, str) and (given == FROM_CRM or given.lower().endswith(".csv")):
        return (), given
    if given is not None:
        cure = 'Such as: rates = { USD = 0.92 }, rates = "rates.csv" or rates = "crm".'
        table.problem("rates", 'must be a table, the name of a CSV file, or "crm".', cure)
    return (), ""


def _rate(table: Table, code: str, worth: Any) -> abc.Iterator[Rate]:
    if not _CODE.fullmatch(code):
        table.problem("rates", f"'{code}' is no code of a currency.", _NAME_CURE)
    elif isinstance(worth, bool) or not isinstance(worth, int | float) or not _is_rate(worth):
        table.problem("rates", f"what one {code} is worth must be a number above 0.")
    else:
        yield Rate(code, float(worth))


def _is_rate(worth: float) -> bool:
    return 0 < worth < float("inf")


# -- rates in a file ---------------------------------------------------------------------------------------------------


_COLUMNS = ("currency", "rate", "from")


def read_rates(text: str, file: str) -> tuple[Rate, ...]:
    """Rates from a CSV text with a heading; raises `ConfigError` with every line that is wrong."""
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    heading = [(name or "").strip().lower() for name in rows.fieldnames or ()]
    rows.fieldnames = heading
    problems = [*_wrong_heading(heading, file)]
    if problems:
        raise ConfigError(problems)
    found: dict[tuple[str, date | None], Rate] = {}
    for row in rows:
        place = f"{file}:{rows.line_num}"
        rate = _row({key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}, place, problems)
        if rate and (rate.currency, rate.since) in found:
            problems.append(Problem(place, f"{rate.currency} has a rate from that day on already.", "Remove one."))
        elif rate:
            found[rate.currency, rate.since] = rate
    if problems:
        raise ConfigError(problems)
    return tuple(found.values())


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return ";" if ";" in heading else ","


def _wrong_heading(heading: list[str], file: str) -> abc.Iterator[Problem]:
    for name in ("currency", "rate"):
        if name not in heading:
            yield Problem(f"{file}:1", f"lacks a column '{name}'.", "Head the columns: currency,rate,from")
    for name in heading:
        if name not in _COLUMNS:
            yield Problem(f"{file}:1", f"unknown column '{name}'.", nearest(name, _COLUMNS))


def _row(row: dict[str, str], place: str, problems: list[Problem]) -> Rate | None:
    code, worth, since = row["currency"].upper(), _number(row["rate"]), row.get("from", "")
    if not any(row.values()):
        return None
    if not _CODE.fullmatch(code):
        problems.append(Problem(place, "the currency is no code of three letters.", _NAME_CURE))
    elif worth is None or not _is_rate(worth):
        problems.append(Problem(place, f"the rate of {code} is no number above 0.", "Write it as 0.92."))
    elif since and not _day(since):
        message = f"the day from which the rate of {code} holds is none."
        problems.append(Problem(place, message, "Write it as 2026-01-31."))
    else:
        return Rate(code, worth, _day(since))
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
