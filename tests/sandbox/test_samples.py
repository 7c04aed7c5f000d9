from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.core.lead import LEAD, Axis, Type
from leadrelay.sandbox.sample_words import CHOICES, STATUS
from leadrelay.sandbox.samples import people

NOW = datetime(2026, 10, 1, 9, 30, 15, 123_456, tzinfo=UTC)
TYPES = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.NUMBER: float,
    Type.BOOLEAN: bool,
    Type.DATE: date,
    Type.DATETIME: datetime,
    Type.LIST: list,
}


@pytest.fixture(scope="module")
def crowd():
    """Ten thousand leads."""
    return list(people(10_000, 7, NOW))


def share(crowd, holds):
    return sum(map(bool, map(holds, crowd))) / len(crowd)


@settings(deadline=None, max_examples=20)
@given(st.integers(), st.integers(0, 60), st.integers(0, 300))
def test_more_leads_begin_with_the_same_ones(seed, few, more):
    assert list(people(few + more, seed, NOW))[:few] == list(people(few, seed, NOW))


@settings(deadline=None, max_examples=20)
@given(st.integers(), st.timedeltas(timedelta(days=-2000), timedelta(days=2000)))
def test_another_time_moves_the_dates_and_nothing_else(seed, away):
    away = timedelta(days=away.days)
    for one, other in zip(people(40, seed, NOW), people(40, seed, NOW + away), strict=True):
        for name, value in one.items():
            if isinstance(value, date):
                assert other[name] == value + away
            elif name != "campaign":
                assert other[name] == value


def test_another_seed_gives_other_leads():
    assert list(people(5, 1, NOW)) != list(people(5, 2, NOW))


def test_every_lead_has_every_field_in_its_type(crowd):
    for person in crowd:
        assert set(person) == set(LEAD)
        for name, value in person.items():
            assert value is None or type(value) is TYPES[LEAD[name].type], name
            assert value != []
            assert value != ""


def test_each_field_is_known_of_some_and_bant_of_the_fewer(crowd):
    known = {name: share(crowd, lambda person, name=name: person[name] is not None) for name in LEAD}
    assert [name for name, part in known.items() if part == 0] == [
        "owner",
        "current_stage",
        "current_recycle_reason",
        "current_reengage_on",
        "current_recycled_before",
        "sales_verdict",
        "sales_reason",
        "sales_verdict_at",
    ]
    always = ["opted_out", "company", "created_at", "status", "converted", "last_name"]
    assert sorted(name for name, part in known.items() if part == 1) == sorted(always)
    assert all(known[field.name] < 0.6 for field in LEAD.values() if field.axis is Axis.BANT)


def test_words_of_picklists_are_those_that_the_crms_offer(crowd):
    for name, words in CHOICES.items():
        if name != "industry":
            used = {word for person in crowd for word in as_list(person[name])}
            assert used == set(words), name
    assert {person["status"] for person in crowd} == set(STATUS)
    assert share(crowd, lambda person: person["industry"] in CHOICES["industry"]) > 0.6


def as_list(value):
    return value if isinstance(value, list) else [value] if value else []


def test_an_email_belongs_to_one_person_at_an_invented_place(crowd):
    owners = {}
    for person in crowd:
        owners.setdefault((person["email"] or "").lower(), set()).add(person["last_name"].strip().casefold())
    owners.pop("")
    emails = list(owners)
    assert all(len({name.split(" ")[0] for name in names}) == 1 for names in owners.values())
    for email in emails:
        local, _, domain = email.partition("@")
        assert domain.endswith(".example") or "sample" in local, email
        assert local.isascii()
        assert not set(local) & set(" @,;'\"")


def test_times_are_in_order(crowd):
    for person in crowd:
        assert person["created_at"] < NOW
        assert person["created_at"].tzinfo is UTC
        if person["last_activity_at"]:
            assert person["created_at"] <= person["last_activity_at"] <= NOW


def test_a_sensible_share_is_fully_qualified_and_many_are_unknown(crowd):
    def budget(person):
        return (person["budget_amount"] or 0) >= 25_000 or person["budget_status"] == "approved"

    def qualified(person):
        need = person["pains"] or person["cmdb_status"] in {"none", "inaccurate"}
        soon = (person["timeline_months"] or 99) <= 12
        return budget(person) and person["authority"] in {"decides", "influences"} and need and soon

    bant = [field.name for field in LEAD.values() if field.axis is Axis.BANT]
    assert 0.08 <= share(crowd, qualified) <= 0.12
    assert share(crowd, lambda person: not any(person[name] for name in bant)) > 0.2
    assert 0 < share(crowd, lambda person: budget(person) and person["budget_status"] == "none") < 0.03


def test_big_companies_have_more_of_everything(crowd):
    def middle(name, people):
        values = sorted(person[name] for person in people if person[name] is not None)
        return values[len(values) // 2]

    sized = [person for person in crowd if person["employees"]]
    small = [person for person in sized if person["employees"] < 100]
    big = [person for person in sized if person["employees"] > 1000]
    for name in ("revenue", "servers", "cloud_resources", "network_devices", "budget_amount"):
        assert middle(name, big) > 2 * middle(name, small), name
    for holds in (
        lambda person: "ServiceNow" in as_list(person["technologies"]),
        lambda person: "ISO 27001" in as_list(person["compliance"]),
    ):
        assert share(big, holds) > 1.3 * share(small, holds)


def test_the_mess_is_there(crowd):
    def some(holds):
        return share(crowd, holds) > 0.001

    countries = Counter(person["country"] for person in crowd)
    assert {"USA", "U.S.", "United States", "Germany", "Deutschland", "germany"} <= set(countries)
    assert some(lambda p: p["last_name"].isupper())
    assert some(lambda p: p["last_name"] != p["last_name"].strip())
    assert some(lambda p: not p["last_name"].isascii() and not p["last_name"].isupper())
    assert some(lambda p: "gmail.com" in (p["email"] or ""))
    assert some(lambda p: "Assistant" in (p["title"] or ""))
    assert some(lambda p: p["phone"] == "n/a")
    titles = {person["title"] for person in crowd}
    assert {"情報システム部長", "Leiter IT", "Responsable parc informatique", "Jefa de Proyectos", "CISO"} <= titles
    names = " ".join(person["last_name"] for person in crowd)
    for script in ("Παπαλεξίου", "Златарска", "東雲", "السويدان", "황보"):
        assert script in names


def test_companies_come_again_spelled_otherwise(crowd):
    spellings = {}
    for person in crowd:
        domain = (person["email"] or "@").lower().partition("@")[2]
        if domain.endswith(".example"):
            spellings.setdefault(domain, Counter())[person["company"]] += 1
    several = [counts for counts in spellings.values() if counts.total() > 2]
    assert len(several) > 500
    assert sum(len(counts) > 1 for counts in several) > 0.8 * len(several)


def test_some_people_come_twice_with_the_same_address_or_another(crowd):
    addresses = Counter(person["email"] for person in crowd if person["email"])
    assert 50 < sum(count > 1 for count in addresses.values()) < 250

    def key(person):
        return person["first_name"], person["last_name"].strip().casefold(), person["city"], person["created_at"].year

    twice = sum(count > 1 for count in Counter(map(key, crowd)).values())
    assert 100 < twice < 1500
