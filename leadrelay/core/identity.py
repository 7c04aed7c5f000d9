"""Who is one person, and who belongs to one company: by keys that tell nothing but that they agree.

Two leads are one person where they have an e-mail address in common, or a telephone number and the family name, or the
whole name and the company's domain; and where both are the same person as a third. A number alone, or an address such
as info@, is a switchboard and no person: with them counts the family name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from leadrelay.core import effects
from leadrelay.core.clean.distinct import per_text
from leadrelay.core.clean.fields import SCHEMA

KINDS = ("email", "phone", "mobile", "name")
"""The columns of keys by which two leads are one person."""

WORDS = {"email": "e-mail", "phone": "telephone and family name", "mobile": "telephone and family name",
         "name": "name and company"}  # fmt: skip

OF_PERSONS = ("email_clean", "email_kind", "phone_e164", "mobile_e164", "first_name_clean", "last_name_clean", "domain")
"""Derived lead fields that a person's keys are made of; without one of them its key is unknown."""

DERIVED = (*OF_PERSONS, "company_key", "country_code")
"""The same, and those that tell the account."""

KEYS = {"id": pl.String(), **dict.fromkeys((*KINDS, "account"), pl.String())}

_SIGNS = r"[^\p{L}\p{N}]"


def keys(leads: pl.DataFrame) -> pl.DataFrame:
    """By lead, its keys (`KEYS`), null where too little is known. `leads`: with what is derived; what lacks is null."""
    plain = SCHEMA.completed(leads, DERIVED).with_columns(
        _plain("first_name_clean").alias("first"), _plain("last_name_clean").alias("last")
    )
    place = pl.coalesce("domain", pl.col("company_key") + "|" + pl.col("country_code").fill_null(""))
    texts = plain.select(
        "id",
        email=_mail(),
        phone="tel " + pl.col("phone_e164") + " " + pl.col("last"),
        mobile="tel " + pl.col("mobile_e164") + " " + pl.col("last"),
        name="name " + pl.col("first") + " " + pl.col("last") + " " + pl.col("domain"),
        account="company " + place,
    )
    return texts.select("id", *(per_text(pl.col(name), effects.person).alias(name) for name in (*KINDS, "account")))


def _mail() -> pl.Expr:
    shared = (pl.col("email_kind") == "role").fill_null(value=False)
    whose = pl.col("email_clean") + pl.when(shared).then(" " + pl.col("last")).otherwise(pl.lit("")).fill_null("")
    return pl.when(pl.col("email_kind").ne_missing("invalid")).then(whose)


def _plain(name: str) -> pl.Expr:
    """A name without case, accents and signs: José is JOSE."""
    letters = pl.col(name).str.normalize("NFKD").str.to_lowercase().str.replace_all(_SIGNS, "")
    return pl.when(letters != "").then(letters)


@dataclass(frozen=True, slots=True)
class Member:
    """A lead as others see it. `keys`: of the person, as `KINDS` has them; None where unknown.

    `role`: in the decision group, "" for none. `told`, `grouped`: what its last decision knew of others, as digests.
    """

    lead: str
    keys: tuple[str | None, ...]
    account: str | None = None
    role: str = ""
    created_at: datetime | None = None
    told: str = ""
    grouped: str = ""

    @property
    def known(self) -> frozenset[str]:
        """The keys that it has. A telephone is one, whether it is mobile or not."""
        return frozenset(filter(None, self.keys))

    @property
    def age(self) -> tuple[bool, float, str]:
        """Sorts the oldest first; of whom it is not known when the CRM got them come last."""
        return self.created_at is None, self.created_at.timestamp() if self.created_at else 0.0, self.lead


@dataclass(frozen=True, slots=True)
class Person:
    """The leads that are one person, the oldest first."""

    members: tuple[Member, ...]

    @property
    def oldest(self) -> str:
        """The lead that the others are duplicates of."""
        return self.members[0].lead

    @property
    def duplicates(self) -> int:
        """How many other leads each of them has."""
        return len(self.members) - 1

    def told(self, lead: str) -> tuple[int, str | None]:
        """Of one of them: how many others there are, and whose duplicate it is."""
        return self.duplicates, None if lead == self.oldest else self.oldest

    def digest(self) -> str:
        """Differs where any of them has to be told something else. "" of whoever is alone."""
        if not self.duplicates:
            return ""
        return sha256(f"{self.duplicates} {self.oldest}".encode()).hexdigest()[:16]

    def agreeing(self) -> tuple[str, ...]:
        """By which keys they are one person, in words."""
        counted = Counter(key for member in self.members for key in member.known)
        pairs = ((member.keys[place], kind) for place, kind in enumerate(KINDS) for member in self.members)
        return tuple(dict.fromkeys(WORDS[kind] for key, kind in pairs if key and counted[key] > 1))


def persons(members: Iterable[Member]) -> dict[str, Person]:
    """By lead, the person that it is among these; the order in which they come says nothing."""
    everybody = {member.lead: member for member in members}
    of_key: dict[str, str] = {}
    parents = {lead: lead for lead in everybody}
    for lead, member in everybody.items():
        for key in member.known:
            _unite(parents, lead, of_key.setdefault(key, lead))
    groups: dict[str, list[Member]] = {}
    for lead, member in everybody.items():
        groups.setdefault(_root(parents, lead), []).append(member)
    found: dict[str, Person] = {}
    for several in groups.values():
        person = Person(tuple(sorted(several, key=lambda member: member.age)))
        found.update((member.lead, person) for member in several)
    return found


def _unite(parents: dict[str, str], one: str, other: str) -> None:
    parents[_root(parents, one)] = _root(parents, other)


def _root(parents: dict[str, str], lead: str) -> str:
    while parents[lead] != lead:
        parents[lead] = parents[parents[lead]]
        lead = parents[lead]
    return lead


def members(leads: pl.DataFrame, roles: Mapping[str, str]) -> Iterator[Member]:
    """The leads of a page, cleaned. `roles`: by lead, its role in the decision group."""
    created = leads["created_at"].to_list() if "created_at" in leads.columns else [None] * leads.height
    for (lead, *known, account), born in zip(keys(leads).iter_rows(), created, strict=True):
        yield Member(lead, tuple(known), account, roles.get(lead, ""), born)


def several(found: Mapping[str, Person]) -> Sequence[Person]:
    """Those who are more than one lead, each once, by their oldest."""
    unique = {person.oldest: person for person in found.values() if person.duplicates}
    return [unique[lead] for lead in sorted(unique)]
