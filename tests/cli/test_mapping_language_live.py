"""The language of mappings at work on both CRMs: checked, planned, applied, run again, edited, taken back."""

import json
from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox import credentials

PLAYBOOK = """
name = "language"
[qualification]
when = "employees >= 1000"
[[stages]]
name = "sal"
side = "sales"
when = "qualified"
[[stages]]
name = "name"
side = "lead-generation"
"""
JOB = """
[jobs.own]
connection = "{crm}"
mapping = "own.toml"
playbook = "own-playbook.toml"
"""
MAPPING = """
object = "{object}"
zone = "America/Los_Angeles"
[currency]
to = "EUR"
field = "{code}"
rates = "crm"
[read]
budget_amount = {{ field = "{budget}", currency = true }}
revenue = "{net}"
employees = {{ field = "{german}", number = "text", decimal = "," }}
servers = {{ field = "{english}", number = "text", range = "high" }}
visits = {{ field = "{french}", number = "text", decimal = "," }}
opted_out = {{ field = "{wants}", true = ["nein"], false = ["ja"] }}
meeting_at = "{met}"
project_start = "{starts}"
technologies = "{tools}"
phone = {{ first = ["{mobile}", "{telephone}"] }}
last_name = {{ template = "{{{first}}} {{{last}}}" }}
campaign = {{ constant = "spring" }}
need_summary = "{need}"
[write]
{euros} = {{ from = "budget_amount", policy = "own" }}
{out} = {{ from = "revenue", policy = "own", currency = true }}
{one} = {{ from = "employees", policy = "own" }}
{two} = {{ from = "servers", policy = "own" }}
{three} = {{ from = "visits", policy = "own" }}
{told} = {{ template = "{{last_name}}, {{phone}}, {{opted_out}}", policy = "own" }}
{day} = {{ from = "meeting_at", policy = "own", zone = true }}
{moment} = {{ from = "project_start", policy = "own", zone = true }}
{all_tools} = {{ from = "technologies", policy = "unless-edited", entries = "append" }}
{left} = {{ from = "need_summary", policy = "own", null = "leave" }}
{cleared} = {{ from = "need_summary", policy = "own" }}
{shared} = {{ from = "campaign", policy = "unless-edited" }}
"""
OWN = {
    **dict.fromkeys(("budget", "net", "euros", "out", "one", "two", "three"), "number"),
    **dict.fromkeys(("german", "english", "french", "wants", "need", "told", "left", "cleared", "shared"), "text"),
    **dict.fromkeys(("met", "moment"), "datetime"),
    **dict.fromkeys(("starts", "day"), "date"),
    **dict.fromkeys(("tools", "all_tools"), "list"),
}
GIVEN = {
    "german": "ca. 1.200 MA",
    "english": "about 1,200 to 1,500",
    "french": "environ 1\u202f200 visites",
    "wants": "Nein",
    "met": "2026-03-11T04:30:00.000Z",
    "starts": "2026-03-10",
    "tools": "a;b",
    "all_tools": "c;a",
    "need": "soon",
    "telephone": "+1 555 0100",
    "first": "Ann",
    "last": "Lee",
    "net": 1000,
}
"""Half past eight in the evening of 10 March in Los Angeles is 11 March in UTC."""
MONEY = {
    "salesforce": {"USD": (1000, 920, 1086.96), "JPY": (74750, 460, 162500), "KWD": (307.2, 920, 333.913)},
    "hubspot": {"USD": (1000, 925.93, 1080), "JPY": (120000, 744.44, 161194), "KWD": (100, 300.93, 332.308)},
}
"""By the record's currency: its budget, what that is in euros, and what a thousand euros are in its own currency.

Calculated by hand: a dollar buys 0.92 EUR, 149.5 JPY, 0.3072 KWD in the one; EUR 1.08, JPY 0.0067, KWD 3.25 cost so
many dollars in the other.
"""
EXPECTED = {
    "one": 1200,
    "two": 1500,
    "three": 1200,
    "told": "Ann Lee, +1 555 0100, true",
    "day": "2026-03-10",
    "all_tools": {"a", "b", "c"},
    "left": "soon",
    "cleared": "soon",
    "shared": "spring",
}
MIDNIGHT = "2026-03-10T07:00"
"""In Los Angeles, where summer time began two days before."""


SF_STANDARD = {
    "code": "CurrencyIsoCode",
    "mobile": "MobilePhone",
    "telephone": "Phone",
    "first": "FirstName",
    "last": "LastName",
}
SF_TYPES = {
    "number": {"type": "Number", "precision": 18, "scale": 3},
    "text": {"type": "Text", "length": 80},
    "datetime": {"type": "DateTime"},
    "date": {"type": "Date"},
}
HS_STANDARD = {"mobile": "mobilephone", "telephone": "phone", "first": "firstname", "last": "lastname"}
HS_FORMS = {
    "number": ("number", "number"),
    "text": ("string", "text"),
    "datetime": ("datetime", "date"),
    "date": ("date", "date"),
    "list": ("enumeration", "checkbox"),
}


class Salesforce:
    """Makes fields and records, and looks at them."""

    object, kind = "Lead", "salesforce"

    def __init__(self, crm):
        self.crm, self.base = crm, f"{crm.url}/services/data/v60.0"
        form = f"grant_type=client_credentials&client_id={credentials.SF_CLIENT_ID}"
        form += f"&client_secret={credentials.SF_CLIENT_SECRET}"
        self.token = asked(f"{crm.url}/services/oauth2/token", form.encode())["access_token"]
        self.names = SF_STANDARD | {name: f"{name.title().replace('_', '')}__c" for name in OWN}

    def post(self, path, body):
        return asked(f"{self.base}/{path}", json.dumps(body).encode(), self.token)

    def field(self, name, kind):
        options = [{"fullName": one, "label": one, "default": False} for one in "abc"]
        several = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": options}}
        shape = SF_TYPES.get(kind) or {"type": "MultiselectPicklist", "visibleLines": 3, "valueSet": several}
        full = f"Lead.{self.names[name]}"
        self.post("tooling/sobjects/CustomField", {"FullName": full, "Metadata": {"label": name, **shape}})
        parent = asked(f"{self.base}/query?q=SELECT+Id+FROM+PermissionSet", None, self.token)["records"][0]["Id"]
        rights = {"PermissionsRead": True, "PermissionsEdit": True, "SobjectType": "Lead", "Field": full}
        self.post("sobjects/FieldPermissions", {"ParentId": parent, **rights})

    def record(self, given):
        return self.post("sobjects/Lead", {"Company": "Firm", **given})["id"]


class HubSpot:
    """The same of HubSpot."""

    object, kind = "contacts", "hubspot"

    def __init__(self, crm):
        self.crm = crm
        self.names = HS_STANDARD | {name: f"own_{name}" for name in ("code", *OWN)}
        self.field("code", "text")

    def field(self, name, kind):
        own, (type_, form) = self.names[name], HS_FORMS[kind]
        body = {"name": own, "label": name, "type": type_, "fieldType": form, "groupName": "contactinformation"}
        body["options"] = [{"label": one, "value": one} for one in "abc"] if kind == "list" else []
        self.post("properties/contacts", body)

    def post(self, path, body):
        return asked(f"{self.crm.url}/crm/v3/{path}", json.dumps(body).encode(), credentials.HS_TOKEN)

    def record(self, given):
        return self.post("objects/contacts", {"properties": given})["id"]


def asked(url, body, token=""):
    form = "application/json" if token else "application/x-www-form-urlencoded"
    request = Request(url, body, {"Authorization": f"Bearer {token}", "Content-Type": form})  # noqa: S310 - the sandbox on this machine
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
        return json.load(answer)


@pytest.fixture(params=[Salesforce, HubSpot])
def side(request, make_crm, desk):
    """A CRM of several currencies with a record of each, and a job over them."""
    crm = make_crm(request.param.kind)
    crm.post("settings", several_currencies=True)
    found = request.param(crm)
    for name, kind in OWN.items():
        found.field(name, kind)
    found.ids = {}
    for code, (budget, *_) in MONEY[found.kind].items():
        given = {found.names[name]: value for name, value in {**GIVEN, "budget": budget, "code": code}.items()}
        found.ids[code] = found.record(given)
    desk.write(lambda text: text + JOB.format(crm=found.kind))
    (desk.folder / "own.toml").write_text(MAPPING.format(object=found.object, **found.names))
    (desk.folder / "own-playbook.toml").write_text(PLAYBOOK)
    crm.post("clock", advance=2)
    return found


def held(side, code):
    row = side.crm.rows(side.object)[side.ids[code]]
    found = {name: row[side.names[name]] for name in (*EXPECTED, "euros", "out", "moment")}
    return found | {"all_tools": set((found["all_tools"] or "").split(";"))}


def test_from_check_to_rollback(side, desk):
    before = {code: held(side, code) for code in side.ids}
    told = desk.json("check", "own", exits=(0, 1, 2))["findings"]
    assert [one for one in told if one["level"] == "error"] == []
    assert desk.run("plan", "own", "--out", str(desk.folder / "plan.json")).returncode == 0
    applied = desk.json("apply", str(desk.folder / "plan.json"))
    for code, (_, euros, paid) in MONEY[side.kind].items():
        found = held(side, code)
        moment = str(found.pop("moment"))
        assert found == EXPECTED | {"euros": euros, "out": paid}
        assert moment.startswith(MIDNIGHT), moment
    side.crm.post("clock", advance=2)
    assert desk.json("run", "own", "--all")["changed"] == 0
    after = {code: held(side, code) for code in side.ids}
    side.crm.edit(side.ids["USD"], **{side.names["shared"]: "hers"})
    side.crm.edit(side.ids["JPY"], **{side.names["all_tools"]: "c"})
    side.crm.post("clock", advance=2)
    assert desk.json("run", "own", "--all")["changed"] == 0
    assert held(side, "USD") == after["USD"] | {"shared": "hers"}
    assert held(side, "JPY") == after["JPY"] | {"all_tools": {"c"}}
    side.crm.edit(side.ids["KWD"], **{side.names["need"]: ""})
    side.crm.post("clock", advance=2)
    emptied = desk.json("run", "own", "--all")
    assert held(side, "KWD") == after["KWD"] | {"cleared": None}
    desk.json("rollback", emptied["run"])
    assert held(side, "KWD") == after["KWD"]
    desk.json("rollback", applied["run"])
    assert held(side, "KWD") == before["KWD"]
    assert held(side, "USD") == before["USD"] | {"shared": "hers"}
    assert held(side, "JPY") == before["JPY"] | {"all_tools": {"c"}}
