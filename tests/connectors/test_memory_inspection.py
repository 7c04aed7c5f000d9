"""The memory can be looked at as the CRMs can."""

from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.inspection import PARTS, Currencies, Inspectable, Inspection
from leadrelay.connectors.memory import MemoryConnector


def made():
    crm = MemoryConnector([FieldInfo("Company", "Company", "string")], [Owner("1", "Ada", "ada@example.com", True)])
    crm.seen = Inspection("", "Lead", "", zone="UTC", currencies=Currencies("EUR"))
    for one in "abc":
        crm.put(one, {"Company": one.upper()})
    return crm


def test_one_call_tells_all_that_it_knows():
    crm = made()
    found = crm.inspect(PARTS, ["Account"])
    assert isinstance(crm, Inspectable)
    assert crm.calls == 1
    assert (found.kind, found.object, found.organisation, found.records) == ("memory", "Lead", "memory", 3)
    assert (found.zone, found.currencies.default, list(found.fields)) == ("UTC", "EUR", ["Company"])
    assert list(found.related) == ["Account"]


def test_what_is_not_wanted_stays_empty():
    found = made().inspect({"owners"})
    assert [owner.name for owner in found.owners] == ["Ada"]
    assert (found.fields, found.records, found.zone, found.guarantee) == ({}, None, "", None)


def test_a_sample_is_of_the_latest():
    crm = made()
    crm.put("a", {"Company": "Anew"})
    found = crm.sample(["Company"], 2)
    assert found.columns == ["id", "Company"]
    assert found.height == 2
    assert crm.sample(["Company"], 0).height == 0
