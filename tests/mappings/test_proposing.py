"""Which CRM field may fill which lead field, by name, label, type, fill rate and what is in it."""

from __future__ import annotations

import doctest

import polars as pl
import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lead import LEAD
from leadrelay.mappings.proposing import likeness, propose, words
from leadrelay.mappings.proposing.shapes import shape_of


def field(name, label="", kind="string", picklist=(), **extra):
    return FieldInfo(name, label or name, kind, picklist=tuple(picklist), extra=extra)


def proposed(*fields, sample=None, kind="salesforce"):
    found = propose({one.name: one for one in fields}, pl.DataFrame(sample or {}), kind)
    return {one.lead.name: one for one in found}


def best(*fields, sample=None, kind="salesforce"):
    return {name: one.best.field for name, one in proposed(*fields, sample=sample, kind=kind).items() if one.best}


def test_the_examples_of_the_documentation_hold():
    assert not any(doctest.testmod(module).failed for module in (likeness, words))


def test_every_lead_field_has_names_but_those_that_are_ours():
    assert words.known().keys() == {name for name in LEAD if not name.startswith("current_")}


@pytest.mark.parametrize(
    ("label", "lead"),
    [
        ("Anzahl Mitarbeiter", "employees"),
        ("Chiffre d'affaires annuel", "revenue"),
        ("Código postal", "postal_code"),
        ("Settore di attività", "industry"),
        ("Aantal werknemers", "employees"),
        ("Telefonnummer", "phone"),
    ],
)
def test_labels_are_known_in_several_languages(label, lead):
    assert best(field("Feld_1__c", label)) == {lead: "Feld_1__c"}


def test_a_field_goes_to_one_lead_field_only():
    found = best(field("Phone", "Phone", "phone"), field("MobilePhone", "Mobile", "phone"))
    assert found == {"phone": "Phone", "mobile": "MobilePhone"}


def test_what_only_sounds_like_it_is_not_taken():
    others = (
        "Email Bounced Reason",
        "Company Phone Country Code",
        "Campaign Budget Owner",
        "Webinar Name",
        "Country of birth",
    )
    assert not best(*(field(f"F{n}__c", name) for n, name in enumerate(others)))


def test_values_that_do_not_look_so_stop_a_good_name():
    sample = {"Mail__c": ["yes", "no", "no", "yes"] * 5}
    found = proposed(field("Mail__c", "E-Mail"), sample=sample)["email"]
    assert found.best is None
    assert "its values do not look so: yes or no" in found.candidates[0].reasons


def test_values_tell_what_a_name_does_not_but_are_not_enough_to_take_it():
    sample = {"Feld_7__c": [f"somebody{n}@firm.example" for n in range(20)]}
    found = proposed(field("Feld_7__c", "Feld 7"), sample=sample)["email"]
    assert found.best is None
    assert [one.field for one in found.candidates] == ["Feld_7__c"]


def test_of_two_fields_the_one_that_people_fill_is_taken():
    sample = {"Sector__c": [None] * 20, "Industry__c": ["Banking", "Retail"] * 10}
    assert best(field("Sector__c", "Industry"), field("Industry__c", "Industry"), sample=sample) == {
        "industry": "Industry__c"
    }


def test_options_tell_which_of_two_fields_is_meant():
    said = field("Budget__c", "Budget", "picklist", ["freigegeben", "geplant", "kein Budget"])
    amount = field("Budget_Amount__c", "Budget", "currency")
    assert best(said, amount) == {"budget_amount": "Budget_Amount__c", "budget_status": "Budget__c"}


def test_a_type_that_cannot_be_read_is_no_candidate():
    assert not proposed(field("Employees__c", "Employees", "boolean"))["employees"].candidates


def test_what_the_crm_keeps_for_itself_and_what_is_ours_is_never_proposed():
    ours = (
        field("Leadrelay_Status__c", "Status"),
        field("SystemModstamp", "Created", "datetime"),
        field("Id", "Owner"),
    )
    assert not [name for name, one in proposed(*ours).items() if one.candidates]


def test_reasons_and_shapes_hold_no_value():
    sample = {"Email": ["ann.secret@firm.example"] * 10, "Title": ["Chief Secret Officer"] * 10}
    told = repr([*proposed(field("Email", kind="email"), field("Title"), sample=sample).values()])
    assert "secret" not in told.lower()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["ann@firm.example"], "e-mail addresses"),
        (["+49 30 5550 123", "(415) 555-0123"], "telephone numbers"),
        (["www.firm.example", "https://firm.example/x"], "web addresses"),
        (["2026-01-31", "31.01.2026"], "dates"),
        (["1.200", "50-200", "5000+"], "numbers"),
        (["Deutschland", "DE", "Germany"], "names or codes of countries"),
        ([None, " "], "empty"),
        (["one thing", "another"], "texts, 2 different"),
    ],
)
def test_shapes(values, told):
    assert shape_of(pl.Series(values, dtype=pl.String)).told == told


@pytest.mark.parametrize(
    ("table", "text", "meant"),
    [
        ("status", "In Bearbeitung", "Working - Contacted"),
        ("status", "BAD_TIMING", "Closed - Not Converted"),
        ("industry", "Hospital & Health Care", "Healthcare"),
        ("industry", "Gesundheitswesen", "Healthcare"),
        ("source", "Salon professionnel Paris", "event"),
        ("source", "Kalender", ""),
    ],
)
def test_meanings(table, text, meant):
    assert words.meaning(table, text) == meant
