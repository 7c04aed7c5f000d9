"""The mapping that `init` writes: its loader takes it, whatever the CRM calls its fields and options."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from leadrelay import playbooks
from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping import Reader, load
from leadrelay.mappings.proposing import propose
from leadrelay.mappings.proposing.complements import complemented
from leadrelay.mappings.proposing.text import Sketch, mapping_text

OBJECTS = {"salesforce": "Lead", "hubspot": "contacts"}
STATUS = {"salesforce": "Status", "hubspot": "hs_lead_status"}
KINDS = pytest.mark.parametrize("kind", OBJECTS)


def field(name, label="", kind="string", picklist=(), **more):
    return FieldInfo(name, label or name, kind, picklist=tuple(picklist), **more)


ONE = Currencies()


def written(kind, *fields, playbook="it-discovery", sample=None, currencies=ONE):
    schema, sample = {one.name: one for one in fields}, pl.DataFrame() if sample is None else sample
    found = complemented(propose(schema, sample, kind), sample, kind)
    rules = load_playbook(playbooks.text(playbook), "playbook")
    stages = [stage.name for stage in rules.stages]
    picked = {one.lead.name: one.best for one in found if one.best}
    text = mapping_text(Sketch(kind, OBJECTS[kind], "acme", schema, found, picked, stages, 0, "", currencies))
    return text, load(text, "mapping.toml", rules)


@KINDS
@pytest.mark.parametrize("playbook", playbooks.names())
def test_a_crm_that_has_nothing_gets_what_is_ours(kind, playbook):
    text, mapping = written(kind, playbook=playbook)
    assert {read.lead for read in mapping.reads} == set(tomllib.loads(text)["read"])
    assert all(read.lead.startswith("current_") for read in mapping.reads)
    assert all(write.field.lower().startswith("leadrelay_") for write in mapping.writes)
    assert mapping.task


@KINDS
def test_a_status_is_written_where_one_of_its_options_is_known(kind):
    name = STATUS[kind]
    options = ["Neu", "In Bearbeitung", "Kunde geworden", "Verloren"]
    _, mapping = written(kind, field(name, "Leadstatus", "picklist", options))
    write = next(one for one in mapping.writes if one.field == name)
    assert (write.initial, set(write.values.values())) == (("Neu",), {"In Bearbeitung"})
    _, mapping = written(kind, field(name, "Leadstatus", "picklist", ["A", "B"]))
    assert name not in [one.field for one in mapping.writes]


def test_options_become_the_words_of_the_rules():
    text, _ = written("salesforce", field("Quelle__c", "Leadquelle", "picklist", ["Messe", "Empfehlung", "???"]))
    values = tomllib.loads(text)["read"]["source"]["values"]
    assert (values["Messe"], values["Empfehlung"]) == ("event", "referral")
    assert "???" not in values


def test_internal_options_are_told_by_their_labels():
    words = {"1": "Messe", "2": "Empfehlung"}
    text, _ = written("hubspot", field("quelle", "Leadquelle", "enumeration", ["1", "2"], words=words))
    values = tomllib.loads(text)["read"]["source"]["values"]
    assert (values["1"], values["2"]) == ("event", "referral")


@pytest.mark.parametrize("nasty", ['a"b', "a\nb = 1", "[write]", "\x7f\x00", "🏢 Branche", "bank", " Bank ", ""])
def test_nothing_that_a_crm_calls_its_fields_and_options_breaks_the_file(nasty):
    options = ["Bank", nasty, "BANK"]
    fields = (field("Industry", nasty, "picklist", options), field("Feld__c", f"Branche {nasty}", "picklist", options))
    _, mapping = written("salesforce", *fields)
    assert next(read for read in mapping.reads if read.lead == "industry").field == "Industry"
    assert not {"b", "a"} & {read.lead for read in mapping.reads}


def test_numbers_and_answers_within_texts_are_read():
    sample = pl.DataFrame({"M__c": ["ca. 1.200 MA", "50-200", "10.000"] * 5, "W__c": ["Ja", "Nein", "Nein"] * 5})
    _, mapping = written("salesforce", field("M__c", "Mitarbeiter"), field("W__c", "Werbesperre"), sample=sample)
    leads = Reader(mapping, load_playbook(playbooks.text("starter"), "p")).read(_records(mapping, sample))
    assert leads["employees"].to_list()[:3] == [1200, 50, 10_000]
    assert leads["opted_out"].to_list()[:3] == [True, False, False]


def _records(mapping, sample):
    rest = [name for name in mapping.crm_fields() if name not in sample.columns]
    ids = pl.int_range(pl.len()).cast(pl.String).alias("id")
    return sample.select(ids, *sample.columns, *(pl.lit(None, pl.String).alias(name) for name in rest))


def test_a_contact_tells_its_company_by_its_account():
    _, mapping = written("salesforce", field("AccountId", "Account ID", "reference"), field("Email", kind="email"))
    assert {read.field for read in mapping.reads} >= {"Account.Name", "Account.Industry", "Email"}


def test_a_lifecycle_stage_says_who_is_converted():
    _, mapping = written("hubspot", field("lifecyclestage", "Lifecycle Stage", "enumeration", ["lead", "customer"]))
    read = next(one for one in mapping.reads if one.lead == "converted")
    assert (read.field, read.other, read.values["customer"]) == ("lifecyclestage", "false", "true")


MOBILE, PHONE = field("MobilePhone", "Mobile Phone", "phone"), field("Phone", kind="phone")


@pytest.mark.parametrize(
    ("mobile", "first"),
    [
        ([0] * 6 + [1] * 4, True),
        ([1] * 6 + [0] * 4, False),
        ([0] * 10, False),
        ([1] * 10, False),
    ],
)
def test_a_field_steps_in_where_the_other_is_empty(mobile, first):
    numbers = {"Phone": [1] * 6 + [0] * 4, "MobilePhone": mobile}
    texts = {
        name: [f"+49 30 1234{at}" if one else None for at, one in enumerate(told)] for name, told in numbers.items()
    }
    sample = pl.DataFrame(texts, dict.fromkeys(texts, pl.String))
    _, mapping = written("salesforce", MOBILE, PHONE, sample=sample)
    reads = {read.lead: read.fields for read in mapping.reads}
    assert reads["phone"] == (("Phone", "MobilePhone") if first else ("Phone",))
    assert reads["mobile"] == ("MobilePhone",)


SEVERAL = Currencies("USD", several=True, rates={"USD": 1.0, "EUR": 1.08})


@pytest.mark.parametrize(
    ("kind", "info", "field_"),
    [
        ("salesforce", field("Budget__c", "Budget", "currency"), "CurrencyIsoCode"),
        ("hubspot", field("budget", "Budget", "number", extra={"amount": True}), ""),
        ("hubspot", field("budget", "Budget", "number", extra={"amount": True, "currency_property": "code"}), "code"),
    ],
)
def test_amounts_of_several_currencies_are_converted(kind, info, field_):
    code = [field(field_, "Code", "string")] if field_ else []
    _, mapping = written(kind, info, *code, currencies=SEVERAL)
    (read,) = [read for read in mapping.reads if read.lead == "budget_amount"]
    assert (read.currency, mapping.currency.to, mapping.currency.usual) == (True, "USD", "USD")
    assert (mapping.currency.field, mapping.currency.source) == (field_, "crm")
    schema = {one.name: one for one in (info, *code)}
    money = [one.message for one in examine(mapping, schema, kind, SEVERAL) if "USD" in one.message]
    assert money == []
    for other in (Currencies("USD"), Currencies("USD", several=True)):
        assert written(kind, info, *code, currencies=other)[1].currency is None
