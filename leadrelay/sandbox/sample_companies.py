"""Invented companies: name and its spellings, place, size, and what they run. Big ones have more of everything."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp
from typing import Any, TypeVar

from leadrelay.sandbox.sample_words import CHOICES

Draw = Callable[[], float]
"""A number from 0 up to 1: `Random.random`."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its owner writes it, and as an e-mail address does."""

    native: str
    latin: str
    slug: str


@dataclass(frozen=True, slots=True)
class Place:
    """A country with its spellings, cities (name, state, postal code, area code), telephone patterns and names."""

    language: str
    spellings: tuple[str, ...]
    cities: tuple[tuple[str, ...], ...]
    phones: tuple[str, ...]
    legal: tuple[str, ...]
    free_mail: tuple[str, ...]
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    roots: tuple[Name, ...]
    sectors: tuple[tuple[str, Name], ...]


@dataclass(frozen=True, slots=True)
class Company:
    """One company as it is; the leads from it tell parts of that, each in another way."""

    names: tuple[str, ...]
    domain: str
    place: Place
    industry: str
    size: float
    employees: int
    revenue: int
    servers: int
    cloud_resources: int
    network_devices: int
    technologies: tuple[str, ...]
    compliance: tuple[str, ...]
    mail_pattern: int


def pick(draw: Draw, items: Sequence[_Item]) -> _Item:
    """One of the items."""
    return items[int(draw() * len(items))]


def round_off(number: float, digits: int = 2) -> int:
    """A number as people tell it: 1,234 is 1,200."""
    return int(float(f"{number:.{digits}g}"))


@cache
def words() -> dict[str, Any]:
    """What samples.toml holds."""
    return tomllib.loads(resources.files("leadrelay.sandbox").joinpath("samples.toml").read_text("utf-8"))


@cache
def places() -> tuple[Place, ...]:
    """The places, each as often as it weighs."""
    return tuple(place for entry in words()["places"] for place in [_place(entry)] * entry["weight"])


def lognormal(draw: Draw, middle: float, spread: float) -> float:
    """A positive number around `middle`, two thirds of all within a factor of e ** spread.

    Four draws added up are normal enough, and many times faster than `random.lognormvariate`.
    """
    return middle * exp((draw() + draw() + draw() + draw() - 2) * 1.732 * spread)


def invent(draw: Draw) -> Company:
    """A company that nobody has heard of. `size` runs from 0 (one person) to 1 (hundreds of thousands)."""
    place = pick(draw, places())
    industry, root, sector = _trade(draw, place)
    employees = int(lognormal(draw, 240, 1.8)) + 1
    size = min(len(f"{employees:b}") / 18, 1.0)
    return Company(
        names=_spellings(place, root, sector, pick(draw, place.legal)),
        domain=f"{root.slug}-{sector.slug}.example",
        place=place,
        industry=industry,
        size=size,
        employees=round_off(employees),
        revenue=round_off(employees * lognormal(draw, 180_000, 0.6)),
        servers=round_off(employees * lognormal(draw, 0.25, 0.8)) + 1,
        cloud_resources=round_off(employees * lognormal(draw, 0.4, 1.1)),
        network_devices=round_off(employees * lognormal(draw, 0.15, 0.6)) + 1,
        technologies=tuple(name for name, least, most in _TECHNOLOGIES if draw() < least + (most - least) * size**1.5),
        compliance=_compliance(draw, place, industry, size),
        mail_pattern=int(draw() * 4),
    )


def _trade(draw: Draw, place: Place) -> tuple[str, Name, Name]:
    if place.roots and draw() < 0.6:
        industry, sector = pick(draw, place.sectors)
        return industry, pick(draw, place.roots), sector
    industry = pick(draw, CHOICES["industry"])
    return industry, _invented(draw), _name(pick(draw, words()["companies"]["sectors"][industry].split("|")))


def _spellings(place: Place, root: Name, sector: Name, legal: str) -> tuple[str, ...]:
    core = f"{root.native}{'' if place.language == 'ja' else ' '}{sector.native}"
    full = f"{core} {legal}".strip()
    usual = (full,) * 5 + (core,) * 2
    return (*usual, full.upper(), core.lower(), full.replace(" ", "  "), root.native)


def _invented(draw: Draw) -> Name:
    source = words()["companies"]
    if draw() < 0.12:
        return _name(pick(draw, source["pairs"]))
    parts = (source["heads"], source["middles"], source["ends"])
    head, middle, end = (pick(draw, part.split()) for part in parts)
    return _name(f"{head}{'' if draw() < 0.5 else middle}{end}")


def _compliance(draw: Draw, place: Place, industry: str, size: float) -> tuple[str, ...]:
    region = ("SOC 2", "SOX") if place.spellings[0] in _AMERICAN else ("GDPR", "NIS2")
    wanted = (*region, "ISO 27001", *_FRAMEWORKS.get(industry, ()))
    return tuple(name for name in dict.fromkeys(wanted) if draw() < 0.15 + 0.7 * size)


def _place(entry: dict[str, Any]) -> Place:
    return Place(
        language=entry["language"],
        spellings=tuple(entry["country"]),
        cities=tuple(tuple(city.split("|")) for city in entry["cities"]),
        phones=tuple(entry["phone"]),
        legal=tuple(entry["legal"]),
        free_mail=tuple(entry["free"]),
        given=_names(entry["given"]),
        family=_names(entry["family"]),
        roots=_names(entry.get("roots", "")),
        sectors=tuple((industry, _name(text)) for industry, text in entry.get("sectors", {}).items()),
    )


def _names(text: str) -> tuple[Name, ...]:
    return tuple(_name(word.replace("~", " ")) for word in text.split())


@cache
def _name(text: str) -> Name:
    native, _, latin = text.partition(":")
    latin = latin or native
    plain = unicodedata.normalize("NFKD", latin.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    return Name(native, latin, re.sub(r"[^a-z0-9]+", "-", plain.removeprefix("dr. ")).strip("-"))


_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "ä": "ae", "ö": "oe", "ü": "ue", "'": ""})

_AMERICAN = ("United States", "Canada", "Mexico", "Brazil")

_FRAMEWORKS = {
    "Automotive": ("TISAX",),
    "Banking": ("DORA", "PCI DSS", "SOX", "BAIT"),
    "Energy": ("NERC CIP", "KRITIS"),
    "Government": ("FedRAMP", "NIST 800-53", "Cyber Essentials"),
    "Healthcare": ("HIPAA",),
    "Insurance": ("DORA",),
    "Manufacturing": ("TISAX", "ITAR"),
    "Pharmaceuticals": ("HIPAA",),
    "Retail": ("PCI DSS",),
    "Technology": ("SOC 2",),
    "Telecommunications": ("KRITIS", "SOC 2"),
    "Utilities": ("NERC CIP", "KRITIS"),
}

# Technology, and how likely the smallest and the largest of companies have it.
_TECHNOLOGIES = (
    ("AWS", 0.20, 0.60),
    ("Azure", 0.25, 0.75),
    ("BMC Helix", 0.00, 0.12),
    ("Datadog", 0.04, 0.20),
    ("Device42", 0.00, 0.06),
    ("Dynatrace", 0.00, 0.25),
    ("Excel", 0.55, 0.20),
    ("Google Cloud", 0.08, 0.20),
    ("Hyper-V", 0.15, 0.15),
    ("Intune", 0.15, 0.45),
    ("Ivanti", 0.01, 0.14),
    ("Jamf", 0.04, 0.16),
    ("Jira Service Management", 0.12, 0.25),
    ("Kubernetes", 0.06, 0.45),
    ("Lansweeper", 0.05, 0.06),
    ("Nagios", 0.08, 0.10),
    ("Nutanix", 0.01, 0.12),
    ("OpenShift", 0.00, 0.20),
    ("Oracle", 0.03, 0.45),
    ("PRTG", 0.10, 0.08),
    ("SAP", 0.02, 0.60),
    ("SCCM", 0.03, 0.45),
    ("ServiceNow", 0.01, 0.65),
    ("SolarWinds", 0.05, 0.25),
    ("Splunk", 0.01, 0.40),
    ("VMware", 0.20, 0.80),
    ("Zabbix", 0.08, 0.10),
)
