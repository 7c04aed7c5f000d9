from dataclasses import replace

import pytest

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies
from leadrelay.core.amounts import Currency, Rate
from leadrelay.core.changes import Policy, Write
from leadrelay.core.lead import Type
from leadrelay.mappings.doctor import examine
from leadrelay.mappings.mapping_values import Mapping, Read


def field(name, type_, **more):
    return FieldInfo(name, more.pop("label", name), type_, **more)


SALESFORCE = {
    info.name: info
    for info in (
        field("Email", "email", length=80),
        field("Industry", "picklist", length=255, picklist=("Banking", "Retail")),
        field("NumberOfEmployees", "int"),
        field("Size__c", "picklist", picklist=("1-50", "51", "Many")),
        field("Birthday__c", "date"),
        field("Address", "address"),
        field("OwnerId", "reference", extra={"relationship": "Owner"}),
        field("Status", "picklist", label="Lead Status", picklist=("Open", "Working"), restricted=True, required=True),
        field("Topics__c", "multipicklist", picklist=("A", "B"), restricted=True),
        field("Score__c", "double", extra={"precision": 3, "scale": 0}),
        field("Tiny__c", "double", extra={"precision": 2, "scale": 0}),
        field("Exact__c", "double", extra={"precision": 18, "scale": 2}),
        field("Flag__c", "boolean"),
        field("Short__c", "string", length=5),
        field("Long__c", "textarea", length=4000),
        field("Formula__c", "string", length=255, updateable=False),
        field("At__c", "datetime"),
        field("Sum__c", "double", updateable=False, extra={"calculated": True}),
        field("Boss__c", "reference", extra={"reference_to": "User"}),
        field("Mail__c", "email", length=80),
        field("Key__c", "string", length=40, unique=True),
    )
}
HUBSPOT = {
    info.name: info
    for info in (
        field(
            "hs_lead_status", "enumeration", picklist=("NEW", "OPEN"), restricted=True, extra={"field_type": "select"}
        ),
        field("technologies", "enumeration", picklist=("A", "B"), restricted=True, extra={"field_type": "checkbox"}),
        field("hubspot_owner_id", "enumeration", extra={"external_options": True}),
        field("leadrelay_score", "number", extra={"field_type": "number"}),
        field("leadrelay_reasons", "string", extra={"field_type": "textarea"}),
        field("flag", "bool", extra={"field_type": "booleancheckbox"}),
        field("createdate", "datetime", updateable=False),
    )
}


def of_read(name, kind=Type.TEXT, schema=SALESFORCE, crm="salesforce", **more):
    mapping = Mapping("Lead", (Read("it", kind, name, place="3", **more),), (), "")
    return told(mapping, schema, crm)


def of_write(name, kind=Type.TEXT, policy=Policy.OWN, source="stage", schema=SALESFORCE, crm="salesforce", **more):
    write = Write(name, kind, policy, source, place="9", **more)
    return told(Mapping("Lead", (), (write,), ""), schema, crm)


def told(mapping, schema, crm):
    return [
        f"{finding.level} {finding.place}: {finding.message} {finding.cure}"
        for finding in examine(mapping, schema, crm)
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Type.TEXT, "Email"),
        (Type.TEXT, "NumberOfEmployees"),
        (Type.INTEGER, "NumberOfEmployees"),
        (Type.INTEGER, "Score__c"),
        (Type.INTEGER, "Short__c"),
        (Type.NUMBER, "NumberOfEmployees"),
        (Type.BOOLEAN, "Flag__c"),
        (Type.DATE, "At__c"),
        (Type.DATETIME, "Birthday__c"),
        (Type.LIST, "Topics__c"),
        (Type.LIST, "Long__c"),
        (Type.TEXT, "Owner.Email"),
    ],
)
def test_what_can_be_read(kind, name):
    assert of_read(name, kind) == []


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (
            Type.TEXT,
            "Emial",
            "error 3: the CRM has no field 'Emial', or this user may not see it. Did you mean 'Email'?",
        ),
        (Type.TEXT, "lead status", "Did you mean 'Status'?"),
        (Type.TEXT, "unheard of", "Create it, grant access to it, or remove the line."),
        (Type.TEXT, "Leadrelay_Unheard_Of__c", "Create it: leadrelay setup CONNECTION --apply"),
        (
            Type.TEXT,
            "Address",
            "error 3: 'Address' is made up of other fields (address). Read one of its parts.",
        ),
        (Type.TEXT, "Ownr.Email", "there is no relation 'Ownr'. Did you mean 'Owner'?"),
        (Type.INTEGER, "Birthday__c", "'Birthday__c' holds a date, and lead field 'it' an integer."),
        (Type.DATE, "NumberOfEmployees", "holds an integer, and lead field 'it' a date."),
        (Type.LIST, "Flag__c", "holds a boolean, and lead field 'it' a list."),
        (
            Type.INTEGER,
            "Size__c",
            "warning 3: '1-50', 'Many' of 'Size__c' would count as not given: not an integer.",
        ),
    ],
)
def test_what_cannot_be_read_well(kind, name, message):
    (found,) = of_read(name, kind)
    assert message in found


def test_salesforce_tells_no_case_in_names():
    assert of_read("email") == of_read("OWNERID") == of_write("long__c", source="question") == []
    (found,) = of_read("flag", schema={"Flag": SALESFORCE["Flag__c"]}, crm="hubspot")
    assert "Did you mean 'Flag" in found


@pytest.mark.parametrize(
    ("name", "near"),
    [("Mail", "'Mail__c'"), ("Lead_Status", "'Status'"), ("short", "'Short__c'"), ("Birthdy__c", "'Birthday__c'")],
)
def test_the_nearest_names_are_told(name, near):
    (found,) = of_read(name)
    assert f"Did you mean {near}" in found


def test_every_strange_option_is_named_in_one_line():
    known = ("One", "Open", "Two", "Three", "Four", "Five", "Six")
    (found,) = of_write("Status", known=known, policy=Policy.UNLESS_EDITED)
    assert "has no option 'One', 'Two', 'Three', 'Four', 'Five', 'Six'. Options: 'Open', 'Working'." in found


def test_a_value_map_makes_texts_fit():
    assert of_read("Size__c", Type.INTEGER, values={"1-50": "1"}, empty=("many",)) == []
    assert of_read("Size__c", Type.INTEGER, values={"1-50": "1"}, other="0") == []
    assert of_read("Birthday__c", Type.INTEGER, values={"x": "1"}) == []


@pytest.mark.parametrize(
    ("name", "kind", "more"),
    [
        ("Score__c", Type.INTEGER, {}),
        ("Exact__c", Type.NUMBER, {}),
        ("Long__c", Type.TEXT, {"source": "reasons", "cut": 4000}),
        ("Long__c", Type.TEXT, {"source": "question"}),
        ("Short__c", Type.TEXT, {"known": ("met", "unmet")}),
        ("Short__c", Type.TEXT, {"source": "industry"}),
        ("Flag__c", Type.BOOLEAN, {}),
        ("At__c", Type.DATETIME, {}),
        ("Topics__c", Type.TEXT, {"known": ("A",)}),
        ("Long__c", Type.LIST, {}),
        ("Industry", Type.TEXT, {"known": ("Banking",)}),
        ("Status", Type.TEXT, {"known": ("Working",), "policy": Policy.UNLESS_EDITED, "initial": ("Open",)}),
    ],
)
def test_what_can_be_written(name, kind, more):
    assert of_write(name, kind, **more) == []


@pytest.mark.parametrize(
    ("name", "kind", "more", "message"),
    [
        (
            "Scor__c",
            Type.INTEGER,
            {},
            "error 9: the CRM has no field 'Scor__c', or this user may not see it. Did you mean 'Score__c'",
        ),
        ("Formula__c", Type.TEXT, {}, "error 9: 'Formula__c' cannot be written by this user."),
        (
            "NumberOfEmployees",
            Type.TEXT,
            {},
            "error 9: 'NumberOfEmployees' cannot take text: its type is int.",
        ),
        ("Birthday__c", Type.DATETIME, {}, "cannot take a datetime: its type is date."),
        ("Flag__c", Type.INTEGER, {}, "cannot take an integer: its type is boolean."),
        (
            "Short__c",
            Type.TEXT,
            {"known": ("met", "contradicted")},
            "error 9: 'Short__c' holds 5 characters, too few for 'contradicted'.",
        ),
        (
            "Short__c",
            Type.TEXT,
            {"source": "reasons"},
            "warning 9: 'Short__c' holds 5 characters, and 'reasons' can be longer. Set cut = 5.",
        ),
        (
            "Short__c",
            Type.TEXT,
            {"source": "reasons", "cut": 9},
            "error 9: 'Short__c' holds 5 characters only. Set cut = 5.",
        ),
        (
            "Status",
            Type.TEXT,
            {"known": ("Worknig",), "policy": Policy.UNLESS_EDITED},
            "error 9: 'Status' has no option 'Worknig'. Did you mean 'Working'?",
        ),
        (
            "Status",
            Type.TEXT,
            {"policy": Policy.FILL},
            "warning 9: 'Status' takes its own options only",
        ),
        ("Status", Type.TEXT, {"known": ("Open",)}, "warning 9: 'Status' is required"),
        (
            "Status",
            Type.TEXT,
            {"known": ("Open",), "policy": Policy.UNLESS_EDITED, "initial": ("New",)},
            "warning 9: 'Status' has no option 'New', which 'initial' names.",
        ),
        (
            "Industry",
            Type.TEXT,
            {"known": ("Bank",)},
            "warning 9: 'Industry' has no option 'Bank'. Did you mean 'Banking'?",
        ),
        ("Tiny__c", Type.INTEGER, {}, "warning 9: 'Tiny__c' has room for 2 digits before the point."),
        ("Score__c", Type.NUMBER, {}, "warning 9: 'Score__c' rounds to whole numbers"),
        ("NumberOfEmployees", Type.NUMBER, {}, "rounds to whole numbers"),
        ("Sum__c", Type.NUMBER, {}, "error 9: 'Sum__c' is a formula, which nobody can write. Write another field."),
        ("Boss__c", Type.TEXT, {"source": "grade"}, "error 9: 'Boss__c' holds the id of a record, and 'grade' is none"),
        ("Mail__c", Type.TEXT, {"known": ("met",)}, "takes e-mail addresses only, and 'met' are none."),
        ("Key__c", Type.TEXT, {"known": ("sal",)}, "error 9: 'Key__c' is unique, so that no two leads can hold"),
    ],
)
def test_what_cannot_be_written_well(name, kind, more, message):
    (found,) = of_write(name, kind, **more)
    assert message in found


def test_hubspot_has_its_own_types():
    hubspot = {"schema": HUBSPOT, "crm": "hubspot"}
    assert of_read("technologies", Type.LIST, **hubspot) == []
    assert of_read("createdate", Type.DATETIME, **hubspot) == []
    assert of_read("hs_lead_status", Type.TEXT, **hubspot) == []
    assert of_read("flag", Type.BOOLEAN, **hubspot) == []
    assert of_write("leadrelay_score", Type.INTEGER, **hubspot) == []
    assert of_write("leadrelay_reasons", source="reasons", **hubspot) == []
    assert of_write("hubspot_owner_id", source="owner", policy=Policy.FILL, **hubspot) == []
    assert of_write("hs_lead_status", known=("NEW",), **hubspot) == []
    (closed,) = of_write("hs_lead_status", known=("WORKING",), **hubspot)
    assert closed == "error 9: 'hs_lead_status' has no option 'WORKING'. Options: 'NEW', 'OPEN'."
    (several,) = of_read("technologies", Type.INTEGER, **hubspot)
    assert "holds a list" in several
    (relation,) = of_read("owner.email", Type.TEXT, **hubspot)
    assert "has no field" in relation


def test_every_fault_is_found_at_once():
    reads = (Read("a", Type.TEXT, "Nope"), Read("b", Type.DATE, "NumberOfEmployees"))
    writes = (Write("Formula__c", Type.TEXT, Policy.OWN, "stage"), Write("Gone__c", Type.TEXT, Policy.OWN, "stage"))
    assert len(examine(Mapping("Lead", reads, writes, ""), SALESFORCE, "salesforce")) == 4


def test_backward_where_a_field_goes_back_anyway():
    useless = "goes back anyway, so that 'backward' only costs requests. Remove 'backward'."
    schema = {**HUBSPOT, "lifecyclestage": field("lifecyclestage", "string")}
    assert of_write("Long__c", backward=True) == [f"warning 9: 'Long__c' {useless}"]
    assert of_write("leadrelay_reasons", schema=schema, crm="hubspot", backward=True) == [
        f"warning 9: 'leadrelay_reasons' {useless}"
    ]
    assert of_write("lifecyclestage", schema=schema, crm="hubspot", backward=True) == []


def test_a_field_of_ours_that_is_nearly_there_may_be_meant_or_lack():
    schema = {"Leadrelay_Score__c": field("Leadrelay_Score__c", "double")}
    (found,) = of_write("Leadrelay_Scores__c", schema=schema)
    assert "Did you mean 'Leadrelay_Score__c'? Else create it: leadrelay setup CONNECTION --apply" in found


# -- the language of mappings ------------------------------------------------------------------------------------------

ONE, MANY = Currencies("EUR"), Currencies("EUR", several=True, rates={"USD": 0.92, "CHF": 1.04})
MONEY = {"AnnualRevenue": field("AnnualRevenue", "currency"), "CurrencyIsoCode": field("CurrencyIsoCode", "picklist")}


def of_money(currencies, currency=None, schema=MONEY, **more):
    read = Read("revenue", Type.NUMBER, "AnnualRevenue", place="3", **more)
    write = Write("AnnualRevenue", Type.NUMBER, Policy.FILL, "budget_amount", place="9", **more)
    mapping = Mapping("Lead", (read,), (write,), "", currency=currency)
    return [
        f"{one.level} {one.place}: {one.message} {one.cure}"
        for one in examine(mapping, schema, "salesforce", currencies)
    ]


def test_amounts_of_several_currencies_that_pass_as_one():
    one, other = of_money(MANY)
    assert one.startswith("warning 3: 'AnnualRevenue': each record says its own currency")
    assert other.startswith("warning 9: 'AnnualRevenue' is counted in each record's own currency")
    assert of_money(ONE) == of_money(Currencies()) == []


AMOUNTS = {
    "budget": field("budget", "number", extra={"amount": True}),
    "price": field("price", "number", extra={"amount": True, "currency_property": "code"}),
    "code": field("code", "string"),
    "head_count": field("head_count", "number"),
}


@pytest.mark.parametrize(
    ("name", "known", "currency", "said"),
    [
        ("budget", MANY, None, ["HubSpot shows it in EUR", 'from = "EUR", or field ='] * 2),
        ("price", MANY, None, ["the currency that 'code' names", 'field = "code".'] * 2),
        ("budget", MANY, Currency("EUR", usual="USD", source="crm"), ["taken for USD, and HubSpot shows them in EUR"]),
        ("budget", MANY, Currency("EUR", usual="EUR", source="crm"), []),
        ("price", MANY, Currency("EUR", "code", "USD", source="crm"), []),
        ("budget", ONE, None, []),
        ("head_count", MANY, None, []),
    ],
)
def test_amounts_of_a_portal_with_several_currencies(name, known, currency, said):
    amount = currency is not None
    read = Read("revenue", Type.NUMBER, name, place="3", currency=amount)
    write = Write(name, Type.NUMBER, Policy.FILL, "budget_amount", place="9", currency=amount)
    found = examine(Mapping("contacts", (read,), (write,), "", currency=currency), AMOUNTS, "hubspot", known)
    told = " ".join(f"{one.message} {one.cure}" for one in found)
    assert [text for text in said if text not in told] == []
    assert bool(found) == bool(said)


def test_a_field_with_too_few_decimal_places_for_a_currency():
    write = Write("AnnualRevenue", Type.NUMBER, Policy.FILL, "budget_amount", place="9", currency=True)
    schema = {"AnnualRevenue": field("AnnualRevenue", "currency", extra={"precision": 18, "scale": 2})}
    dinars = Currencies("EUR", several=True, rates={"KWD": 3.0, "JPY": 0.006})
    for known, said in ((dinars, 1), (MANY, 0)):
        found = examine(Mapping("Lead", (), (write,), ""), schema, "salesforce", known)
        assert ["too few for 'KWD'" in one.message for one in found] == [True] * said


@pytest.mark.parametrize(
    ("known", "currency", "schema", "said"),
    [
        (MANY, Currency("EUR", "CurrencyIsoCode", rates=(Rate("USD", 0.92), Rate("CHF", 1.04))), MONEY, []),
        (MANY, Currency("EUR", "CurrencyIsoCode", rates=(Rate("USD", 0.92),)), MONEY, ["no rate for 'CHF'"]),
        (MANY, Currency("EUR", "CurrencyIsoCode", source="crm"), MONEY, []),
        (
            Currencies("EUR", several=True),
            Currency("EUR", "CurrencyIsoCode", source="crm"),
            MONEY,
            ["error 3: the CRM tells no exchange rates"],
        ),
        (ONE, Currency("USD", usual="EUR", rates=(Rate("EUR", 1.08),)), MONEY, []),
        (ONE, Currency("USD", usual="EUR", source="crm"), MONEY, ["error 3: the CRM keeps no rate of USD"]),
        (ONE, Currency("EUR", usual="EUR", source="crm"), MONEY, []),
        (ONE, Currency("USD", usual="CHF", rates=(Rate("CHF", 1.1),)), MONEY, ["taken for CHF, and this organisation"]),
        (
            ONE,
            Currency("USD", "CurrencyIsoCode", rates=(Rate("EUR", 1.08),)),
            {"AnnualRevenue": MONEY["AnnualRevenue"]},
            ["error 3: this organisation counts in one currency, EUR: no record names its own. In [currency]"],
        ),
    ],
)
def test_currencies_against_those_of_the_organisation(known, currency, schema, said):
    read = Read("revenue", Type.NUMBER, "AnnualRevenue", place="3", currency=True)
    mapping = Mapping("Lead", (read,), (), "", currency=currency)
    told = [
        f"{one.level} {one.place}: {one.message} {one.cure}" for one in examine(mapping, schema, "salesforce", known)
    ]
    assert [text in line for text, line in zip(said, told, strict=True)] == [True] * len(said)


@pytest.mark.parametrize(
    ("kind", "name", "zone", "said"),
    [
        (Type.DATE, "At__c", "Europe/Berlin", "is a moment, and lead field 'it' a day: that of UTC is taken"),
        (Type.DATETIME, "Birthday__c", "Europe/Berlin", "is a day, and lead field 'it' a moment"),
        (Type.DATE, "At__c", "", ""),
        (Type.DATE, "At__c", "Etc/UTC", ""),
        (Type.DATE, "Birthday__c", "Europe/Berlin", ""),
    ],
)
def test_days_and_moments_need_a_zone(kind, name, zone, said):
    read = Read("it", kind, name, place="3")
    found = examine(Mapping("Lead", (read,), (), ""), SALESFORCE, "salesforce", zone=zone)
    assert [said in one.message for one in found] == [True] * bool(said)
    for told in (replace(read, zone="Asia/Tokyo", zoned=True), replace(read, zone="UTC", zoned=True)):
        assert examine(Mapping("Lead", (told,), (), ""), SALESFORCE, "salesforce", zone=zone) == []


def test_more_of_what_cannot_be_written_well():
    (one,) = of_write("Industry", Type.LIST, source="technologies")
    assert "error 9: 'Industry' takes one of its options, and 'technologies' may have several entries." in one
    (zoneless,) = of_write("At__c", Type.DATE, source="reengage_on")
    assert "Say in which time zone" in zoneless
    state = field("State", "picklist", picklist=("A",), restricted=True, controller="Country")
    (dependent,) = of_write("State", schema={"State": state}, known=("A",))
    assert "options that depend on 'Country'" in dependent
    secret = field("Ssn__c", "encryptedstring", encrypted=True)
    (masked,) = of_read("Ssn__c", schema={"Ssn__c": secret})
    assert "may see it masked" in masked
