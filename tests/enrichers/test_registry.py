"""Providers of other distributions."""

from importlib.metadata import EntryPoint

import pytest

from leadrelay.enrichers.base import Price
from leadrelay.enrichers.registry import GROUP, registered, third_party
from leadrelay.errors import ConfigError, Problem

HERE = "tests.enrichers.test_registry"


class Oracle:
    fields = frozenset({"employees"})
    asks = (("domain",),)
    price = Price()
    at_once = 1
    piece = 1

    def __init__(self, name, settings, secrets):
        self.name, self.settings, self.secrets = name, settings, secrets

    def ask(self, _):
        return []

    def close(self):
        pass


class Renamed(Oracle):
    def __init__(self, _, settings, secrets):
        super().__init__("other", settings, secrets)


def careful(*_):
    raise ConfigError([Problem("here", "needs 'well'.")])


def broken(*told):
    raise RuntimeError(f"cannot reach with {told}")


def nothing(*_):
    return "no provider"


class Distribution:
    name = "leadrelay-oracle"


def point(name, value):
    found = EntryPoint(name, f"{HERE}:{value}", GROUP)
    vars(found)["dist"] = Distribution
    return found


def made(kind, *points):
    return third_party(
        kind, "delphi", {"well": 3}, {"key": "s3cret"}, place="config.toml:4", built_in=("http", "table"), known=points
    )


def test_a_provider_of_a_distribution_is_made():
    oracle = made("oracle", point("oracle", "Oracle"))
    assert (oracle.name, oracle.settings, oracle.secrets) == ("delphi", {"well": 3}, {"key": "s3cret"})


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(
        ConfigError, match=r"config\.toml:4: there is no kind of provider 'orcale'\. Did you mean 'oracle'"
    ):
        made("orcale", point("oracle", "Oracle"))
    with pytest.raises(ConfigError, match="Did you mean 'http'"):
        made("htpp", point("oracle", "Oracle"))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("absent", "cannot be made: AttributeError"),
        ("broken", "cannot be made: RuntimeError"),
        ("nothing", "is no provider but str"),
        ("Renamed", "does not bear the name"),
    ],
)
def test_a_broken_entry_point_is_told_with_its_distribution(value, why):
    with pytest.raises(ConfigError, match=why) as wrong:
        made("oracle", point("oracle", value))
    assert "'leadrelay-oracle'" in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


def test_its_own_problems_are_passed_on():
    with pytest.raises(ConfigError, match="needs 'well'"):
        made("oracle", point("oracle", "careful"))


def test_a_kind_of_two_distributions_is_nobodys():
    with pytest.raises(ConfigError, match="is offered by"):
        made("oracle", point("oracle", "Oracle"), point("oracle", "Oracle"))


def test_entry_points_are_found():
    assert all(one.group == GROUP for one in registered())
