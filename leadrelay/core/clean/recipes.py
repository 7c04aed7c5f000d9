"""What each derived field is made of. Listing them loads no library and no table: that is for the first lead to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from leadrelay.core.clean.bands import employee_band, revenue_band
from leadrelay.core.clean.companies import company_key
from leadrelay.core.clean.company_names import company_clean
from leadrelay.core.clean.email import email_clean, email_kind
from leadrelay.core.clean.known import known_compliance, known_technologies
from leadrelay.core.clean.languages import language_code
from leadrelay.core.clean.names import first_name_clean, last_name_clean
from leadrelay.core.clean.phone import mobile_e164, phone_e164
from leadrelay.core.clean.places import country_code, state_code
from leadrelay.core.clean.sectors import sector
from leadrelay.core.clean.titles import job_function, seniority
from leadrelay.core.clean.web import domain
from leadrelay.core.clean.zones import time_zone


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a derived field is made: `make` gets a column for each of `inputs`, which may be derived fields too."""

    field: str
    inputs: tuple[str, ...]
    make: Callable[..., pl.Expr]


_TOLD = ("initiatives", "need_summary", "requirements")
"""Where a lead says in its own words what it has and has to satisfy."""

_ALL = (
    Recipe("email_clean", ("email",), email_clean),
    Recipe("email_kind", ("email", "email_clean"), email_kind),
    Recipe("domain", ("website", "email_clean"), domain),
    Recipe("first_name_clean", ("first_name",), first_name_clean),
    Recipe("last_name_clean", ("last_name",), last_name_clean),
    Recipe("company_clean", ("company",), company_clean),
    Recipe("country_code", ("country",), country_code),
    Recipe("state_code", ("state", "country_code"), state_code),
    Recipe("phone_e164", ("phone", "country_code"), phone_e164),
    Recipe("mobile_e164", ("mobile", "country_code"), mobile_e164),
    Recipe("language_code", ("language", "country_code"), language_code),
    Recipe("time_zone", ("state_code", "country_code", "phone_e164", "mobile_e164"), time_zone),
    Recipe("company_key", ("company",), company_key),
    Recipe("seniority", ("title",), seniority),
    Recipe("job_function", ("title", "department"), job_function),
    Recipe("employee_band", ("employees",), employee_band),
    Recipe("revenue_band", ("revenue",), revenue_band),
    Recipe("sector", ("industry",), sector),
    Recipe("known_technologies", ("technologies", *_TOLD), known_technologies),
    Recipe("known_compliance", ("compliance", *_TOLD), known_compliance),
)

RECIPES: Mapping[str, Recipe] = {recipe.field: recipe for recipe in _ALL}


@cache
def depends(field: str) -> frozenset[str]:
    """Every lead field that a derived field comes from, on whatever way, derived ones among them; none of another."""
    inputs = RECIPES[field].inputs if field in RECIPES else ()
    return frozenset(inputs).union(*map(depends, inputs))


def derived(fields: Collection[str]) -> frozenset[str]:
    """These lead fields, and every derived one that comes from one of them, on whatever way."""
    known = frozenset(fields)
    return known.union(field for field in RECIPES if known & depends(field))
