"""docs/providers.md: its boxes are read and run."""

import json
from importlib.metadata import EntryPoint

import polars as pl

from leadrelay.config import Settings
from leadrelay.config_providers import CrmProvider, DnsProvider, HttpProvider, TableProvider
from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.toml_text import parse
from leadrelay.enrichers import dns, dns_signs, table
from leadrelay.enrichers.base import Found, Question, Remote
from leadrelay.enrichers.describe import describe, shipped
from leadrelay.enrichers.description import Description, Limits
from leadrelay.enrichers.registry import GROUP, third_party
from tests.enrichers.conftest import reply
from tests.pages import boxes, page, table_rows

TEXT = page("providers.md")
CONFIG, FIRMBASE, TABLE, DNS, CRM, ENTRY = boxes(TEXT, "toml")
KEYS = "| key | meaning |"


def test_the_worked_example_answers_as_it_says(one, server):
    [said] = boxes(TEXT, "json")
    server.answer = lambda _: reply(said.encode(), x_cost="0.05")
    answer = one(toml=FIRMBASE)
    shown = {field.strip("`"): (value, float(sure)) for field, value, sure in table_rows(TEXT, "| field | value |")}
    assert {name: (value, answer.confidence[name]) for name, value in answer.fields.items()} == shown
    assert (answer.found, answer.cost) == (Found.HIT, 50_000)
    assert server.asked[0].target == "/v2/companies?domain=acme.com&most=1"
    assert json.loads(said)["results"] == 1


def test_every_key_of_a_description_is_told():
    told = {key for row in table_rows(TEXT.split(KEYS, 1)[1], KEYS) for key in row[0].replace("`", "").split(", ")}
    wanted = Description.__dataclass_fields__.keys() - {"name", "place", "price", "miss_when"}
    assert told == wanted | {"confidence", "cost_per_hit", "cost_per_miss", "about", "docs", "prices"}
    limits = Limits()
    assert f"({limits.size:,}), `depth` ({limits.depth}), `seconds` ({limits.seconds:g})" in TEXT
    assert f"`connect_seconds` ({limits.connect_seconds:g})" in TEXT


def test_every_description_that_comes_along_is_told():
    rows = table_rows(TEXT, "| description | asks with |")
    assert sorted(name.strip("`") for name, *_ in rows) == list(shipped())


def test_the_configuration_names_a_description_and_what_make_takes():
    [said] = Settings(**parse(CONFIG, "config.toml").data).providers.values()
    assert isinstance(said, HttpProvider)
    assert said.description in shipped()
    told = {key for row in table_rows(TEXT, KEYS) for key in row[0].replace("`", "").split(", ")}
    caps = {"kind", "per_run", "per_day", "per_month", "buy"}  # which are told with what enrichment may cost
    assert told == HttpProvider.model_fields.keys() - caps
    assert describe(parse(FIRMBASE, "firmbase.toml"), "firmbase").unit == "USD"


def settled(box):
    [one] = Settings(**parse(box, "config.toml").data).providers.values()
    return one


def test_the_table_of_the_page_answers_as_it_says(tmp_path):
    [csv] = boxes(TEXT, "csv")
    one = settled(TABLE)
    assert isinstance(one, TableProvider)
    (tmp_path / one.file).write_text(csv)
    given = {"columns": one.columns, "fields": one.fields, "match": one.match, "fuzzy": one.fuzzy}
    made = table.make("companies", "", file=tmp_path / one.file, **given)
    assert made.problems() == []
    rows = table_rows(TEXT, "| `website` | `company` | `country` | `employees` |")
    known = ["website", "company", "country"]
    schema = dict.fromkeys(["id", *known], pl.String)
    leads = pl.DataFrame(
        [(str(place), *(cell or None for cell in row[:3])) for place, row in enumerate(rows)], schema, orient="row"
    )
    found = made.look_up(Cleaner(made.needs)(leads))
    told = {(lead, field): (value, sure) for lead, field, value, sure in found[:, [0, 2, 3, 4]].iter_rows()}
    shown = {
        (str(place), field): (value, float(row[5]))
        for place, row in enumerate(rows)
        for field, value in (("employees", row[3]), ("industry", row[4]))
        if value
    }
    assert told == shown


def test_every_key_of_a_table_is_told_with_what_holds_without_it():
    rows = table_rows(TEXT, "| key of a table | meaning |")
    told = {key for row in rows for key in row[0].replace("`", "").split(", ")}
    assert told == TableProvider.model_fields.keys() - {"kind"}
    for way, sure in table.CONFIDENCE.items():
        assert f"`{way}` {sure}" in TEXT
    assert f"({table.SIMILAR} where nothing is said)" in TEXT
    assert all(suffix in rows[0][1] for suffix in table.SUFFIXES)


def test_name_servers_tell_what_the_page_says():
    one = settled(DNS)
    assert isinstance(one, DnsProvider)
    made = dns.make("mail", nameservers=one.nameservers, at_once=one.at_once)
    assert made.asks == (("domain",),)
    rows = table_rows(TEXT, "| record | tells | confidence | names |")
    tables = [dns_signs.MAIL, {"": dns_signs.OWN_SERVER}, dns_signs.SENDERS, dns_signs.TOKENS]
    sure = [dns_signs.SURE_MX, dns_signs.SURE_OWN, dns_signs.SURE_SPF, dns_signs.SURE_TOKEN]
    assert [float(row[2]) for row in rows] == sure
    assert [set(row[3].split(", ")) for row in rows] == [set(known.values()) for known in tables]
    assert {field for row in rows for field in row[1].replace("`", "").split(", ")} == made.fields


def test_the_crms_companies_are_configured_as_the_page_says():
    one = settled(CRM)
    assert isinstance(one, CrmProvider)
    assert (one.confidence, one.fields["industry"]) == (0.9, "Industry")


def test_a_provider_of_ones_own(tmp_path, monkeypatch):
    [code] = boxes(TEXT, "python")
    [[kind, value]] = parse(ENTRY, "pyproject.toml").data["project"]["entry-points"][GROUP].items()
    (tmp_path / f"{value.partition(':')[0]}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    made = third_party(kind, "register", {}, {}, known=[EntryPoint(kind, value, GROUP)])
    assert isinstance(made, Remote)
    answers = made.ask([Question("register", {"domain": domain}) for domain in ("acme.com", "b.com")])
    assert [(answer.found, answer.cost) for answer in answers] == [(Found.HIT, 50_000), (Found.MISS, 0)]
    made.close()
