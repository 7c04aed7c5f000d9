"""[providers.NAME] of config.toml: what is read, and what is refused, in which words."""

import pytest

from leadrelay.config import load
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.enrichers.base import Local, Price, Remote
from leadrelay.errors import ConfigError
from leadrelay.state.budgets import Caps
from leadrelay.wiring_providers import sources

GOOD = """\
[providers.pdl]
kind = "http"
description = "people-data-labs-company"
secrets = { key = { env = "PDL_KEY" } }
cost_per_hit = 0.10
cost_per_miss = "0.000001"
unit = "USD"
per_run = 50
per_month = "1000.5"
buy = "always"
[providers.companies]
kind = "table"
file = "companies.csv"
columns = { domain = "website" }
fields = { employees = "headcount" }
[providers.mail]
kind = "dns"
nameservers = ["127.0.0.1:5353"]
[providers.crm]
kind = "crm"
fields = { employees = "NumberOfEmployees" }
[providers.theirs]
kind = "acme-data"
secrets = { token = { env = "ACME" } }
region = "eu"
per_day = 3
"""


@pytest.fixture
def read(tmp_path):
    def load_text(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path)

    return load_text


@pytest.fixture
def problems(read, tmp_path):
    def found(text):
        with pytest.raises(ConfigError) as caught:
            read(text)
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return found


def made(read, tmp_path, text=GOOD, **environment):
    settings, document = read(text)
    return sources(settings, document, tmp_path, environment, SCHEMA)


def test_what_a_provider_may_cost_is_read_exactly(read, tmp_path):
    found = made(read, tmp_path, PDL_KEY="secret")
    assert (found.terms("pdl").caps, found.terms("pdl").always) == (Caps(50_000_000, None, 1_000_500_000), True)
    assert (found.terms("theirs").caps, found.terms("theirs").always) == (Caps(day=3_000_000), None)
    assert found.terms("companies").caps == Caps()
    provider = found["pdl"]
    assert isinstance(provider, Remote)
    assert (provider.price, provider.at_once, provider.unit) == (Price(100_000, 1), 8, "USD")
    assert isinstance(found["companies"], Local)
    assert isinstance(found["mail"], Remote)
    found.close()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pdl", "config.toml:4 providers.pdl.secrets.key: the environment variable PDL_KEY is not set."),
        ("theirs", "config.toml:24 providers.theirs.secrets.token: the environment variable ACME is not set."),
    ],
)
def test_a_provider_that_cannot_be_opened_says_where(read, tmp_path, name, said):
    with pytest.raises(ConfigError) as caught:
        made(read, tmp_path)[name]
    assert said in str(caught.value)


def test_a_kind_that_nobody_makes(read, tmp_path):
    with pytest.raises(ConfigError, match="there is no kind of provider 'acme-data'"):
        made(read, tmp_path, ACME="secret")["theirs"]


def test_every_mistake_is_told_at_once(problems):
    bad = """\
[providers.pdl]
kind = "http"
description = "people-data-labs-company"
secret = { key = { env = "PDL_KEY" } }
cost_per_hit = "ten"
per_run = -1
at_once = 0
[providers.clear]
kind = "http"
description = "x"
secrets = { key = "very-secret" }
[providers."no name"]
kind = "dns"
[providers.none]
fields = { employees = "x" }
[providers.table]
kind = "table"
columns = { domain = "website" }
[providers.deep]
kind = "http"
description = "x"
secrets = { key = { envv = "PDL_KEY" } }
"""
    found = problems(bad)
    for said in (
        "config.toml:4 providers.pdl.secret: unknown key 'secret'. Did you mean 'secrets'?",
        "config.toml:5 providers.pdl.cost_per_hit: is no amount of money",
        "config.toml:6 providers.pdl.per_run: is no amount of money",
        "config.toml:7 providers.pdl.at_once: Input should be greater than or equal to 1.",
        "config.toml:11 providers.clear.secrets.key: a secret must not stand in the configuration.",
        "is no name of a provider",
        "config.toml:14 providers.none: needs kind. Say kind = 'http', 'table', 'dns', 'crm', or that of an extension.",
        "config.toml:16 providers.table.fields: is missing. Add this key.",
        "config.toml:22 providers.deep.secrets.key.envv: unknown key 'envv'. Did you mean 'env'?",
    ):
        assert [one for one in found if said in one], (said, found)
    assert not [one for one in found if "very-secret" in one]
