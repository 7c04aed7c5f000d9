"""Providers from the outside: what `check` says of them, what a run buys, what is shown of it, and one to try."""

import json

import pytest

from leadrelay.sandbox.server import Options, Sandbox

PROVIDERS = """
[providers.pdl]
kind = "http"
description = "people-data-labs-company"
secrets = {{ key = {{ env = "PDL_KEY" }} }}
hosts = ["{host}"]
private = true
cost_per_hit = "0.10"
unit = "USD"
per_run = 1.5
buy = "always"
"""

ENRICHMENT = """
[enrichment.fields.employees]
from = ["pdl"]
"""


@pytest.fixture(scope="module")
def sellers():
    with Sandbox(Options(leads=40, seed=5)) as running:
        yield running


@pytest.fixture
def shop(make_desk, sellers, tmp_path, monkeypatch):
    """A desk with a provider, and a playbook that asks it for the employees of leads."""
    monkeypatch.setenv("PDL_KEY", sellers.provider_key)
    host = sellers.provider_url.removeprefix("http://")
    made = make_desk(tmp_path, sellers)
    change = 'playbook = "small.toml"'
    made.write(lambda text: text.replace('playbook = "it-discovery"', change) + PROVIDERS.format(host=host))
    made.config.write_text(made.config.read_text().replace('mapping = "salesforce-lead"', 'mapping = "lead.toml"'))
    (tmp_path / "lead.toml").write_text(MAPPING)
    (tmp_path / "small.toml").write_text(PLAYBOOK + ENRICHMENT)
    return made


MAPPING = """
object = "Lead"
[read]
website = "Website"
company = "Company"
country = "Country"
[write]
NumberOfEmployees = { from = "employees", policy = "fill" }
"""

PLAYBOOK = """
name = "small"
[qualification]
when = "employees >= 1000"
[[stages]]
name = "rest"
label = "Rest"
side = "lead-generation"
"""


def test_a_run_buys_within_its_budget_and_tells(shop):
    assert "pdl can be asked" in shop.run("check", "salesforce").stdout
    ahead = shop.json("plan", "salesforce", exits=(0,))["enrichment"]["pdl"]
    assert (ahead["most"], ahead["asked"]) == (1.5, 15)
    done = shop.json("run", "salesforce")["enrichment"]["pdl"]
    assert done["hits"] + done["misses"] == done["asked"] > 0
    assert done["spent"] == pytest.approx(done["hits"] * 0.1)
    assert done["spent"] <= 1.5
    told = shop.json("providers", exits=(0,))["providers"]
    assert [(row["spent"]["day"], row["caps"]["run"]) for row in told] == [(done["spent"], 1.5)]
    assert "of 1.5 USD" in shop.run("providers").stdout


def test_one_question_is_asked_once(shop):
    asked = ["providers", "try", "pdl", "--field", "website=no-such-company.example"]
    refused = shop.run(*asked)
    assert refused.returncode == 2
    assert "this look-up may cost 0.1 USD" in refused.stderr
    first = json.loads(shop.run(*asked, "--yes", "--json").stdout)
    assert (first["state"], first["cost"], first["kept"]) == ("miss", 0, None)
    again = json.loads(shop.run(*asked, "--json").stdout)
    assert (again["state"], bool(again["kept"])) == ("miss", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["try", "pdll", "--domain", "x.com"], "Did you mean 'pdl'?"),
        (["try", "pdl", "--email", ""], "pdl is asked by domain or company_clean and country_code."),
        (["try", "pdl", "--field", "x"], "'x' is not NAME=VALUE"),
        (["try", "pdl", "--field", "x=1"], "unknown lead field 'x'"),
    ],
)
def test_what_cannot_be_asked(shop, words, said):
    found = shop.run("providers", *words)
    assert found.returncode == 2
    assert said in found.stderr


def test_check_tells_what_is_wrong_with_providers(shop, tmp_path):
    playbook = tmp_path / "small.toml"
    playbook.write_text(
        PLAYBOOK
        + ENRICHMENT.replace('"pdl"', '"pld", "pdl"')
        + '[enrichment.fields.owner_hint]\nfrom = ["pdl"]\n'
        + FIELD
    )
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace("per_run = 1.5", "").replace("private = true", ""))
    told = shop.run("check", "salesforce")
    assert "there is no provider 'pld'" in told.stdout, told.stderr
    config.write_text(config.read_text() + "private = true\n")
    told = shop.run("check", "salesforce").stdout
    assert "does not tell 'owner_hint'" in told
    assert "there is no limit to what may be spent" in told


FIELD = """
[fields.owner_hint]
type = "text"
meaning = "Who may own it"
"""


def test_without_providers_the_command_says_so(desk):
    assert "The configuration has no providers" in desk.run("providers").stdout
    assert desk.json("providers", exits=(0,)) == {"providers": []}


def test_check_warns_of_what_nothing_comes_of(shop, tmp_path):
    more = '[enrichment.fields.city]\nfrom = ["pdl"]\nhalf_life = "1 year"\nrun_if = "seniority = \'c-levl\'"\n'
    (tmp_path / "small.toml").write_text(PLAYBOOK + ENRICHMENT + more)
    told = shop.run("check", "salesforce").stdout
    assert "providers are asked for 'city', which nothing uses." in told
    assert "half_life of 'city' changes nothing" in told
    assert "'run_if' of city asks whether seniority is 'c-levl', which it never is." in told
