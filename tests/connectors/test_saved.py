"""A saved schema: whole, and without people."""

import pytest

from leadrelay.connectors.base import FieldInfo, Guarantee, Once, Owner, Usage
from leadrelay.connectors.inspection import Currencies, Inspection, Rule, RuleKind
from leadrelay.connectors.people import Lack
from leadrelay.connectors.saved import Saved, from_text, hashed, to_text
from leadrelay.errors import ConfigError

FIELD = FieldInfo("Status", "Lead Status", "picklist", 40, ("Open",), restricted=True, extra={"digits": 0, "a": None})
FOUND = Inspection(
    "salesforce",
    "Lead",
    "00D000000000001",
    "Acme",
    test=True,
    zone="Europe/Berlin",
    currencies=Currencies("EUR", several=True, rates={"USD": 0.92}),
    fields={"Status": FIELD},
    task_fields={"Subject": FIELD},
    related={"Account": {"Name": FIELD}},
    owners=(Owner("005", "Ann Ray", "Ann@acme.example", active=True), Owner("00G", "Inbound", "", True, queue=True)),
    granted=frozenset({"b", "a"}),
    lacks=(Lack("no notes", "enable them"),),
    guarantee=Guarantee(Once.CLAIM, "a key"),
    rules=(Rule(RuleKind.DUPLICATE, "Standard", blocks=True),),
    usage=Usage(17, 1_000),
    records=3,
    taken_at="2026-11-23T04:00:00Z",
)


def test_what_is_saved_comes_back_without_people():
    text = to_text(Saved("acme", FOUND, "Key__c"))
    assert "Ann" not in text
    assert "ann@" not in text.lower()
    found = from_text(text, "crm.json")
    assert (found.connection, found.task_key) == ("acme", "Key__c")
    ann, queue = found.inspection.owners
    assert (ann.id, ann.name, ann.email, ann.active) == ("005", "", hashed(" ann@ACME.example"), True)
    assert (queue.name, queue.queue) == ("Inbound", True)
    assert found.inspection.usage == Usage(0, 1_000)
    assert to_text(found) == text
    for part in ("fields", "task_fields", "related", "granted", "lacks", "guarantee", "rules", "currencies", "records"):
        assert getattr(found.inspection, part) == getattr(FOUND, part), part


def test_the_same_schema_is_the_same_file():
    assert to_text(Saved("a", FOUND)) == to_text(Saved("a", FOUND))
    assert '"a"' in to_text(Saved("a", FOUND)).partition('"granted"')[2].partition('"b"')[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is no saved schema (JSON is malformed"),
        ("[]", "is no saved schema."),
        ("[" * 5_000, "is no saved schema (maximum recursion"),
        ('{"fields": []}', "is no saved schema."),
        ('{"leadrelay_schema": 2}', "was made by another version"),
        ('{"leadrelay_schema": 1}', "no 'connection'"),
        ('{"leadrelay_schema": 1, "connection": "a", "inspection": {}}', "is no saved schema (Object missing"),
    ],
)
def test_another_file_is_refused(text, said):
    with pytest.raises(ConfigError) as caught:
        from_text(text, "x.json")
    (problem,) = caught.value.problems
    assert problem.place == "x.json"
    assert said in problem.message
    assert "--save" in problem.cure
