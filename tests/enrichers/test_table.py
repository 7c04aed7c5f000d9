"""The provider that is a table: what it finds, what it leaves, and what it says of tables that are not right."""

from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from leadrelay.core.clean.cleaner import Cleaner
from leadrelay.core.enrich.values import ANSWERS
from leadrelay.enrichers import table
from leadrelay.enrichers.base import Local
from leadrelay.enrichers.table_source import Source, version
from leadrelay.errors import ConfigError
from leadrelay.wiring_providers import beside

CSV = """site,company,mail,land,headcount,branch
https://www.acme.example/about,Acme GmbH,,DE,1200,Banking
globex.example,"Globex Manufacturing, Inc.",,US,45.0,
initech.example,Initech,,US,7,Software
,Initech,,DE,900,Retail
umbrella.example,Umbrella,ann@umbrella.example,,50,Pharma
umbrella.example,Umbrella Labs,,,60,Pharma
"""
COLUMNS = {"domain": "site", "name": "company", "email": "mail", "country": "land"}
FIELDS = {"employees": "headcount", "industry": "branch"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "companies.csv"
    path.write_text(CSV)
    return path


def made(path, **more):
    return table.make("companies", "config.toml", **{"file": path, "columns": COLUMNS, "fields": FIELDS, **more})


def asked(provider, *leads):
    """What a lead frame with these given values is answered: by id, {field: (value, confidence)}."""
    schema = dict.fromkeys(("id", "website", "email", "company", "country"), pl.String)
    frame = pl.DataFrame([{"id": str(place), **lead} for place, lead in enumerate(leads)], schema=schema)
    answers = provider.look_up(Cleaner(provider.needs)(frame))
    assert answers.schema == pl.Schema(ANSWERS)
    found = {str(place): {} for place in range(len(leads))}
    for row in answers.iter_rows(named=True):
        assert row["provider"] == "companies"
        assert row["field"] not in found[row["id"]]
        found[row["id"]][row["field"]] = (row["value"], round(row["confidence"], 3))
    return [found[str(place)] for place in range(len(leads))]


def test_it_is_a_local_provider(file):
    provider = made(file)
    assert isinstance(provider, Local)
    assert provider.fields == {"employees", "industry"}
    assert set(provider.needs) == {"domain", "email_clean", "company_key", "country_code"}


def test_the_first_way_that_finds_a_lead_answers(file):
    by_domain, by_email, by_name, by_similar, nobody = asked(
        made(file),
        {"website": "http://acme.example", "company": "Initech", "country": "DE"},
        {"email": "Ann@Umbrella.example", "company": "Acme"},
        {"company": "ACME AG"},
        {"company": "Mfg Globxe Corp"},
        {"company": "Hooli", "website": "hooli.example"},
    )
    assert by_domain == {"employees": ("1200", 0.95), "industry": ("Banking", 0.95)}
    assert by_name == {"employees": ("1200", 0.9), "industry": ("Banking", 0.9)}
    assert by_similar["employees"][0] == "45.0"
    assert 0.6 < by_similar["employees"][1] < 0.85
    assert nobody == {}
    assert by_email["industry"] == ("Pharma", 0.95)  # the domain of the address comes first


def test_an_address_finds_a_person(file):
    (found,) = asked(made(file, match=["email", "domain"]), {"email": "ann@umbrella.example"})
    assert found == {"employees": ("50", 0.98), "industry": ("Pharma", 0.98)}


def test_rows_that_differ_say_nothing_of_what_they_differ_in(file):
    (found,) = asked(made(file), {"website": "umbrella.example"})
    assert found == {"industry": ("Pharma", 0.95)}


def test_namesakes_are_told_apart_by_country_only(file):
    american, german, unknown, french = asked(
        made(file),
        {"company": "Initech", "country": "US"},
        {"company": "Initech LLC", "country": "Germany"},
        {"company": "Initech"},
        {"company": "Initech", "country": "FR"},
    )
    assert american == {"employees": ("7", 0.9), "industry": ("Software", 0.9)}
    assert german == {"employees": ("900", 0.9), "industry": ("Retail", 0.9)}
    assert unknown == {}
    assert french == {}


def test_fuzzy_can_be_switched_off(file):
    assert asked(made(file, fuzzy=1), {"company": "Globxe Manufacturing"}) == [{}]


def test_a_confidence_of_ones_own(file):
    (found,) = asked(made(file, confidence={"domain": 0.5}), {"website": "acme.example"})
    assert found["employees"] == ("1200", 0.5)


def test_without_any_key_nothing_is_found(file):
    assert asked(made(file), {}) == [{}]
    assert asked(made(file)) == []


def test_what_is_said_is_as_old_as_the_file(file):
    provider = made(file)
    lead = pl.DataFrame({"id": ["1"], "domain": ["acme.example"]})
    at = provider.look_up(lead)["at"][0]
    assert at == datetime.fromtimestamp(int(file.stat().st_mtime_ns / 1e6) / 1e3, UTC)


def test_a_changed_file_has_another_version(file, tmp_path):
    before = version(file)
    assert version(file) == before
    file.write_text(CSV + "new.example,New,,,1,Retail\n")
    assert version(file) != before
    assert version(tmp_path / "none.csv") == "absent"


# -- the kinds of tables ----------------------------------------------------------------------------------------------

PLAIN = pl.DataFrame(
    {
        "site": ["acme.example", "globex.example"],
        "headcount": [1200, None],
        "revenue": [2.5e6, 1.25],
        "tools": [["ServiceNow", "Jira"], []],
    }
)
TYPED = {"columns": {"domain": "site"}, "fields": {"employees": "headcount", "revenue": "revenue"}}
SAID = {"employees": ("1200", 0.95), "revenue": ("2500000", 0.95)}


def test_parquet(tmp_path):
    PLAIN.write_parquet(tmp_path / "t.parquet")
    fields = {**TYPED["fields"], "technologies": "tools"}
    acme, globex = asked(
        made(tmp_path / "t.parquet", columns=TYPED["columns"], fields=fields),
        {"website": "acme.example"},
        {"website": "globex.example"},
    )
    assert acme == {**SAID, "technologies": ("ServiceNow;Jira", 0.95)}
    assert globex == {"revenue": ("1.25", 0.95)}


def test_excel(tmp_path):
    PLAIN.drop("tools").write_excel(tmp_path / "t.xlsx")
    assert asked(made(tmp_path / "t.xlsx", **TYPED), {"website": "acme.example"}) == [SAID]


@pytest.mark.parametrize("what", [{"table": "firms"}, {"query": "SELECT site, headcount, revenue FROM firms"}])
def test_a_database(tmp_path, what):
    url = f"sqlite:///{tmp_path / 't.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE firms (site TEXT, headcount INTEGER, revenue REAL)"))
        connection.execute(sa.text("INSERT INTO firms VALUES ('acme.example', 1200, 2.5e6), ('x.example', NULL, NULL)"))
    engine.dispose()
    assert asked(made(None, url=url, **what, **TYPED), {"website": "acme.example"}) == [SAID]


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"columns": {}}, "no column to match by"),
        ({"fields": {}}, "fills no lead field"),
        ({"fuzzy": 0}, "fuzzy lies above 0"),
        ({"match": ["phone"]}, "'phone' is nothing to match by"),
        ({"confidence": {"domain": 2}}, "confidence.domain is none"),
        ({"url": "sqlite://", "table": "x"}, "either a file or a url"),
        ({"file": None}, "either a file or a url"),
        ({"file": None, "url": "sqlite://"}, "either a table or a query"),
    ],
)
def test_a_configuration_that_makes_no_sense(file, more, told):
    with pytest.raises(ConfigError, match=told):
        made(file, **more)


@pytest.mark.parametrize("name", ["companies.txt", "companies"])
def test_another_kind_of_file(tmp_path, name):
    with pytest.raises(ConfigError, match="none of the kinds"):
        made(tmp_path / name)


def test_a_column_that_is_not_there(file):
    (problem,) = made(file, fields={"employees": "headcont"}).problems()
    assert "no column 'headcont'" in problem.message
    assert "headcount" in problem.cure


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken", b"PK\x03\x04 no sheet"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_file_that_is_broken(tmp_path, content, suffix):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)
    problems = made(path).problems()
    assert problems
    assert all(problem.place == "config.toml" for problem in problems)


def test_a_file_that_is_not_there(tmp_path):
    (problem,) = made(tmp_path / "none.csv").problems()
    assert "there is no file 'none.csv'" in problem.message


def test_no_password_of_a_database_is_told():
    url = "postgresql+psycopg://bo:hunter2@127.0.0.1:1/x"
    (problem,) = made(None, url=url, table="firms", columns={"domain": "site"}).problems()
    assert "hunter2" not in str(problem)


def test_a_sqlite_file_that_is_not_there_is_told_and_not_made(tmp_path):
    file = tmp_path / "none.db"
    with pytest.raises(ConfigError, match=r"there is no file 'none\.db'"):
        Source("config.toml:3", url=f"sqlite:///{file}", table="x").columns()
    assert not file.exists()


def test_a_relative_sqlite_file_lies_beside_the_configuration(tmp_path):
    assert beside(tmp_path, "sqlite:///t.db") == f"sqlite:///{tmp_path / 't.db'}"
    for url in (f"sqlite:///{tmp_path / 't.db'}", "sqlite://", "sqlite:///:memory:", "postgresql://host/t", ""):
        assert beside(tmp_path, url) == url
