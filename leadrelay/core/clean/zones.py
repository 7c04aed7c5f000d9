"""Time zones: by state, by country, by telephone. Zones of countries are those of the tz database (package tzdata)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import polars as pl

from leadrelay.core.clean.distinct import columnwise, rowwise
from leadrelay.core.clean.tables import known


def time_zone(state_code: pl.Expr, country_code: pl.Expr, phone_e164: pl.Expr, mobile_e164: pl.Expr) -> pl.Expr:
    """The IANA time zone by the state, else by the country where it has one, else by a telephone where that is plain.

    >>> leads = pl.DataFrame({
    ...     "state": ["US-CA", None, None, None, None],
    ...     "country": ["US", "DE", "US", "US", None],
    ...     "phone": [None, None, "+12125550123", "+18005550123", "+442079460018"],
    ...     "mobile": ["+12125550123", None, None, None, None],
    ... })
    >>> leads.select(time_zone(*map(pl.col, leads.columns))).to_series().to_list()
    ['America/Los_Angeles', 'Europe/Berlin', 'America/New_York', None, 'Europe/London']
    """
    return columnwise(_zones, state_code, country_code, phone_e164, mobile_e164)


def _zones(state: pl.Series, country: pl.Series, phone: pl.Series, mobile: pl.Series) -> pl.Series:
    found = rowwise([state, country], of_place)
    for number in (phone, mobile):
        beginnings = number.set(found.is_not_null(), None).str.slice(0, _longest() + 1)
        found = found.zip_with(found.is_not_null(), rowwise([beginnings, country], of_number))
    return found


def of_place(state: str | None, country: str | None) -> str:
    """The zone of a state or else of a country; "" where there is not one.

    >>> of_place("US-NY", "US"), of_place("DE-BY", "DE"), of_place(None, "US"), of_place("ES-TF", "ES")
    ('America/New_York', 'Europe/Berlin', '', 'Atlantic/Canary')
    """
    return _by_state().get(state or "") or _by_country().get(country or "") or ""


def of_number(beginning: str | None, country: str | None) -> str:
    """The zone of a telephone number by its first digits; "" where it may be in several, or in another country.

    >>> of_number("+1212555", "US"), of_number("+1800555", "US"), of_number("+4930", "US")
    ('America/New_York', '', '')
    """
    from phonenumbers.tzdata import TIMEZONE_DATA

    digits = (beginning or "").removeprefix("+")
    zones = next(
        (TIMEZONE_DATA[each] for end in range(len(digits), 0, -1) if (each := digits[:end]) in TIMEZONE_DATA), ()
    )
    names = {_usual().get(zone, zone) for zone in zones}
    zone = names.pop() if len(names) == 1 else ""
    return zone if not country or zone in _zones_of().get(country, ()) else ""


def _longest() -> int:
    from phonenumbers.tzdata import TIMEZONE_LONGEST_PREFIX

    return int(TIMEZONE_LONGEST_PREFIX)


@cache
def _by_state() -> Mapping[str, str]:
    return {state: zone for zone, states in known()["zones_of_states"].items() for state in states}


@cache
def _by_country() -> Mapping[str, str]:
    single = {country: zones[0] for country, zones in _zones_of().items() if len(zones) == 1}
    return {**single, **known()["zones_of_countries"]}


@cache
def _zones_of() -> Mapping[str, list[str]]:
    """The zones of each country, as zone.tab of the tz database lists them."""
    found: dict[str, list[str]] = {}
    for line in _table("zone.tab"):
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found


@cache
def _usual() -> Mapping[str, str]:
    """Today's names of zones that were renamed, such as Asia/Kolkata for Asia/Calcutta."""
    links = (line.split() for line in _table("tzdata.zi") if line.startswith("L "))
    listed = {zone for zones in _zones_of().values() for zone in zones}
    return {old: new for _, new, old in links if old not in listed and new in listed}


def _table(name: str) -> list[str]:
    return resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8").splitlines()
