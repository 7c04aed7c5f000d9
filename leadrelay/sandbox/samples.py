"""Believable leads for a vendor of IT asset discovery: messy on purpose, and every time the same for the same seed.

Hidden in each lead is a quality that its size, title, engagement and BANT answers follow, loosely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from random import Random
from typing import Any

from leadrelay.sandbox.sample_companies import Company, Draw, Name, invent, lognormal, pick, round_off, words
from leadrelay.sandbox.sample_words import CHOICES

Person = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """Whom a lead tells of: the company and the person as they are, whatever was typed of them."""

    company: Company
    given: Name
    family: Name
    title: str
    department: str
    rank: int


def people(count: int, seed: int, now: datetime) -> Iterator[Person]:
    """Leads by lead field, None where nothing is known. More of them begin with the same ones."""
    return (person for person, _ in truths(count, seed, now))


def truths(count: int, seed: int, now: datetime) -> Iterator[tuple[Person, Truth]]:
    """The same leads, each with what is true of it; that does not depend on `now`."""
    crowd = _Crowd(Random(f"leadrelay {seed}").random, now.astimezone(UTC).replace(microsecond=0))
    return (crowd.next() for _ in range(count))


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What nobody sees of a lead: how good it is, its rank (3 decides ... 0 has no say), how much it was asked."""

    quality: float
    rank: int
    asked: float


class _Crowd:
    """Half of the next leads come from companies that were there before, and a few are the same person again.

    It remembers so many companies and people only, so that it stays as quick and small for any number of leads.
    """

    def __init__(self, draw: Draw, now: datetime) -> None:
        self._draw = draw
        self._now = now
        self._companies: list[Company] = []
        self._recent: list[tuple[Person, Truth]] = []
        self._addresses: set[str] = set()

    def next(self) -> tuple[Person, Truth]:
        draw = self._draw
        if self._recent and draw() < 0.025:
            person, truth = pick(draw, self._recent)
            return self._again(person, truth.company), truth
        known = self._new(self._company())
        if len(self._recent) == 200:
            del self._recent[0]
        self._recent.append(known)
        return known

    def _company(self) -> Company:
        draw = self._draw
        if self._companies and draw() < 0.5:
            return pick(draw, self._companies)
        company = invent(draw)
        if len(self._companies) == 5000:
            self._companies[int(draw() * 5000)] = company
        else:
            self._companies.append(company)
        return company

    def _new(self, company: Company) -> tuple[Person, Truth]:
        draw = self._draw
        quality = 0.45 * company.size + 0.55 * draw()
        rank = pick(draw, (0, 0, 0, 1, 1, 2, 3) if quality < 0.5 else (0, 1, 1, 1, 2, 2, 3, 3))
        hidden = _Hidden(quality, rank, _asked(draw, quality))
        person = _contact(draw, company, hidden)
        truth: Truth = person.pop("truth")
        person["email"] = self._address((truth.given, truth.family), company)
        person.update(_organisation(draw, company))
        person.update(_history(draw, hidden, self._now))
        person.update(_intent(draw, hidden, self._now))
        person.update(_bant(draw, hidden, company, self._now))
        person["bant_checked_at"] = _checked(person, hidden, self._now)
        return person, truth

    def _again(self, person: Person, company: Company) -> Person:
        """The same person once more: typed by someone else, from another form, with less known."""
        draw = self._draw
        forgotten = [name for name in person if name not in _KEPT and draw() < 0.4]
        created = _between(draw(), person["created_at"], self._now)
        private = f"sample.{int(draw() * 1e6)}@{pick(draw, company.place.free_mail)}"
        return {
            **person,
            **dict.fromkeys(forgotten),
            "last_name": _typed(draw, person["last_name"].strip()),
            "email": person["email"] if draw() < 0.5 else self._unique(private),
            "company": pick(draw, company.names),
            "source": pick(draw, CHOICES["source"]),
            "created_at": created,
            "last_activity_at": _between(draw(), created, self._now) if draw() < 0.4 else None,
        }

    def _address(self, names: tuple[Name, Name], company: Company) -> str | None:
        draw = self._draw
        given, family = names[0].slug, names[1].slug
        kind = draw()
        if kind < 0.03:
            return None
        if kind < 0.14:
            return self._unique(f"{given}.{family}.sample{int(draw() * 1e4)}@{pick(draw, company.place.free_mail)}")
        local = (f"{given}.{family}", f"{given[:1]}.{family}", family, f"{given}_{family}")[company.mail_pattern]
        address = self._unique(f"{local}@{company.domain}")
        return address.upper() if kind > 0.97 else address.title() if kind > 0.93 else address

    def _unique(self, address: str) -> str:
        local, _, domain = address.partition("@")
        copy = 1
        while address in self._addresses:
            copy += 1
            address = f"{local}{copy}@{domain}"
        self._addresses.add(address)
        return address


def _asked(draw: Draw, quality: float) -> float:
    """Nearly half of all leads nobody has spoken to; good ones were asked more."""
    return _HARDLY * draw() if draw() < 0.45 else 0.47 + 0.5 * quality


_HARDLY = 0.12
"""How much those were asked whom nobody has spoken to."""


_KEPT = frozenset(
    (
        "first_name",
        "last_name",
        "email",
        "opted_out",
        "company",
        "country",
        "source",
        "created_at",
        "status",
        "converted",
        "sales_verdict",
        "sales_reason",
        "sales_verdict_at",
    )
)


def _contact(draw: Draw, company: Company, hidden: _Hidden) -> Person:
    place = company.place
    given, family = pick(draw, place.given), pick(draw, place.family)
    own_script = draw() < 0.6
    title, department = _title(draw, place.language, hidden.rank)
    *_, area = city = pick(draw, place.cities)
    return {
        "truth": Truth(company, given, family, title.strip(), department, hidden.rank),
        "first_name": None if draw() < 0.05 else _typed(draw, given.native if own_script else given.latin),
        "last_name": _typed(draw, family.native if own_script else family.latin),
        "phone": _phone(draw, pick(draw, place.phones), area) if draw() < 0.8 else None,
        "mobile": _phone(draw, place.phones[0], area) if draw() < 0.2 else None,
        "title": title if draw() < 0.93 else None,
        "department": department or None if draw() < 0.6 else None,
        "decision_role": _role(draw, hidden.rank) if draw() < 0.35 else None,
        "language": place.language if draw() < 0.5 else None,
        "opted_out": draw() < 0.04,
        "country": pick(draw, place.spellings) if draw() < 0.94 else None,
        "city": city[0] if draw() < 0.85 else None,
        "state": city[1] or None if draw() < 0.7 else None,
        "postal_code": _digits(draw, city[2], area) or None if draw() < 0.6 else None,
    }


def _organisation(draw: Draw, company: Company) -> Person:
    def told(value: Any, odds: float) -> Any:
        return value if draw() < odds else None

    texts = words()["texts"]
    industries = words()["companies"]["industries"].get(company.industry, (company.industry,))
    junk = draw() < 0.015
    return {
        "company": pick(draw, texts["junk_companies"] if junk else company.names),
        "website": _website(draw, company.domain) if draw() < 0.65 and not junk else None,
        "industry": told(company.industry if draw() < 0.8 else pick(draw, industries), 0.85),
        "employees": told(company.employees, 0.8),
        "revenue": told(float(company.revenue), 0.5),
        "technologies": _some(draw, company.technologies, 0.75) if draw() < 0.6 else None,
        "compliance": _some(draw, company.compliance, 0.7) if draw() < 0.5 else None,
        "servers": told(company.servers, 0.42),
        "cloud_resources": told(company.cloud_resources, 0.33),
        "network_devices": told(company.network_devices, 0.3),
        "initiatives": told(pick(draw, texts["initiatives"]), 0.1 + 0.4 * company.size),
    }


def _history(draw: Draw, hidden: _Hidden, now: datetime) -> Person:
    """How the lead came, what it did since, and where it stands."""
    source = pick(draw, CHOICES["source"])
    created = _ago(now, 540 * draw() ** 1.6)
    active = _between(draw() ** (0.5 if hidden.quality > 0.5 else 1.5), created, now)
    visits = _few(draw, 1 + 12 * hidden.quality**2) + (source == "Web")
    opened = _few(draw, 1 + 8 * hidden.quality)
    watched = draw() < 0.8
    converted = draw() < 0.02 * hidden.quality * 2
    campaign = f"{created.year}-Q{(created.month + 2) // 3} {pick(draw, words()['texts']['campaigns'])}"
    return {
        "source": source if draw() < 0.96 else None,
        "campaign": campaign if draw() < 0.6 else None,
        "created_at": created,
        "status": "converted" if converted else _status(draw()),
        "owner": None,
        "converted": converted,
        "current_stage": None,
        "current_recycle_reason": None,
        "current_reengage_on": None,
        "current_recycled_before": None,
        "sales_verdict": None,
        "sales_reason": None,
        "sales_verdict_at": None,
        "visits": visits if watched else None,
        "pages_viewed": int(visits * (1 + 4 * draw())) if watched else None,
        "downloads": int(draw() * 4 * hidden.quality) if watched else None,
        "webinars": int(draw() * 2.5 * hidden.quality) + (source == "Webinar") if watched else None,
        "emails_opened": opened if watched else None,
        "emails_clicked": int(opened * draw() ** 2) if watched else None,
        "last_activity_at": active if watched and visits + opened else None,
    }


def _intent(draw: Draw, hidden: _Hidden, now: datetime) -> Person:
    if draw() > 0.35:
        return dict.fromkeys(("intent_score", "intent_topics", "competitor_research", "last_intent_at"))
    score = min(100.0, round(100 * (0.75 * hidden.quality + 0.4 * draw() ** 2), 1))
    return {
        "intent_score": score,
        "intent_topics": _some(draw, CHOICES["intent_topics"], score / 250),
        "competitor_research": draw() < score / 200,
        "last_intent_at": _ago(now, 120 * draw() ** 2),
    }


def _bant(draw: Draw, hidden: _Hidden, company: Company, now: datetime) -> Person:
    """The answers to the five questions, as far as someone asked. A good lead answers well more often."""
    good = 0.4 + 0.6 * hidden.quality

    def asked() -> bool:
        return draw() < hidden.asked

    pains = _some(draw, CHOICES["pains"], 0.12 + 0.15 * hidden.quality) if asked() and draw() < good + 0.15 else None
    needs = words()["needs"]
    status = pick(draw, ("approved", "planned", "planned", "approved") if draw() < good else ("none", "planned"))
    authority = ("none", "influences", "influences", "decides")[hidden.rank]
    months = _few(draw, 5 if draw() < good else 16) + 1
    return {
        "budget_amount": _budget(draw, company) if (status != "none" or draw() < 0.12) and asked() else None,
        "budget_status": status if asked() or draw() < 0.05 else None,
        "authority": authority if asked() or draw() < 0.1 else None,
        "pains": pains,
        "need_summary": pick(draw, needs[pains[0]]) if pains and draw() < 0.6 else None,
        "cmdb_status": pick(draw, ("none", "inaccurate", "inaccurate", "accurate")) if asked() else None,
        "timeline_months": months if asked() else None,
        "project_start": (now + timedelta(days=30 * months - 20)).date() if asked() and draw() < 0.3 else None,
        "evaluators": pick(draw, words()["texts"]["evaluators"]) if asked() and draw() < 0.5 else None,
        "objections": _some(draw, CHOICES["objections"], 0.2) if draw() < 0.3 * (1.3 - good) else None,
        **_meeting(draw, hidden, now),
    }


def _checked(person: Person, hidden: _Hidden, now: datetime) -> datetime | None:
    """When the questions were asked of those whom somebody spoke to: lately of those who were asked much."""
    answered = any(person[name] for name in ("budget_status", "authority", "pains", "cmdb_status", "timeline_months"))
    spoken = hidden.asked > _HARDLY and answered
    return _between(0.2 + 0.8 * hidden.asked, person["created_at"], now) if spoken else None


def _meeting(draw: Draw, hidden: _Hidden, now: datetime) -> Person:
    near = hidden.asked > 0.75
    day = now.replace(hour=8 + int(draw() * 9), minute=30 * int(draw() * 2), second=0)
    return {
        "meeting_at": day + timedelta(days=int(draw() * 40) - 20) if near and draw() < 0.5 else None,
        "requirements": pick(draw, words()["texts"]["requirements"]) if near and draw() < 0.7 else None,
        "stakeholders": 1 + int(draw() * 6 * hidden.quality) if near and draw() < 0.85 else None,
    }


def _few(draw: Draw, mean: float) -> int:
    return int(-log(1 - draw()) * mean)


def _ago(now: datetime, days: float) -> datetime:
    return now - timedelta(seconds=int(days * 86_400) + 60)


def _between(share: float, start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=int(share * (end - start).total_seconds()))


def _budget(draw: Draw, company: Company) -> float:
    return float(round_off(lognormal(draw, 15_000 * 9**company.size, 0.7)))


def _status(at: float) -> str:
    return "new" if at < 0.6 else "working" if at < 0.93 else "rejected"


def _title(draw: Draw, language: str, rank: int) -> tuple[str, str]:
    titles = words()["titles"]
    chosen = titles[language if language in titles and draw() < 0.6 else "en"]
    title, _, department = pick(draw, chosen[str(rank)]).partition("|")
    return _typed(draw, title), department


def _role(draw: Draw, rank: int) -> str:
    return pick(draw, (("user", "influencer"), ("influencer",), ("influencer", "decision maker"), _DECIDERS)[rank])


_DECIDERS = ("budget holder", "decision maker")


def _typed(draw: Draw, text: str) -> str:
    """A text as people type it: mostly as it should be, else shouted, whispered, with stray blanks or an emoji."""
    at = draw()
    if at > 0.14:
        return text
    if at < 0.04:
        return text.upper()
    if at < 0.1:
        return text.lower()
    return f"{text} {pick(draw, words()['texts']['emoji'])}" if at < 0.104 else pick(draw, (f"{text} ", f" {text}"))


def _phone(draw: Draw, pattern: str, area: str) -> str:
    return _digits(draw, pattern, area) if draw() > 0.015 else pick(draw, ("n/a", "-", "tbd", "0", "call office"))


def _digits(draw: Draw, pattern: str, area: str) -> str:
    number = f"{int(draw() * 1e9):09}"
    return pattern.format(a=area, x=number[:3], y=number[3:7], z=number[7:], p=number[1:3])


def _website(draw: Draw, domain: str) -> str:
    return pick(draw, (f"https://www.{domain}", f"www.{domain}", domain, f"http://{domain}/", f"HTTPS://{domain}"))


def _some(draw: Draw, items: tuple[str, ...], odds: float) -> list[str] | None:
    """Some of the items, at least one; None when there are none."""
    if not items:
        return None
    return [item for item in items if draw() < odds] or [pick(draw, items)]
