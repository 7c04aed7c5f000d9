"""A run, and `plan`, refuse another organisation than the configuration means."""

import pytest

from leadrelay.config import load
from leadrelay.core.organisations import same
from leadrelay.errors import ConfigError, Stopped

CONNECTION = """\
[connections.acme]
kind = "{kind}"
organisation = {organisation}
"""
SALESFORCE = 'domain = "acme.my"\nclient_id = "id"\nclient_secret = { env = "S" }\n'
HUBSPOT = 'access_token = { env = "S" }\n'


def test_another_organisation_is_refused_before_anything_is_read(bench):
    bench.add(3)
    bench.extras = {"meant": "00D5g000004YABC"}
    with pytest.raises(Stopped, match=r"leads to organisation memory, but the configuration means 00D5g000004YABC\."):
        bench.run()
    assert bench.crm.written == []
    bench.extras = {"meant": "memory"}
    assert bench.run().done == 3


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("00D5g000004YABC", "00D5g000004YABCEA2", True),
        ("00D5g000004YABCEA2", "00D5g000004YABC", True),
        ("00D5g000004YABC", "00D5g000004Yabc", False),
        ("1234567", "12345678", False),
        ("1234567", "1234567", True),
    ],
)
def test_ids_are_compared_as_the_crm_means_them(one, other, are):
    assert same(one, other) is are


def loaded(folder, kind, organisation):
    path = folder / "config.toml"
    more = SALESFORCE if kind == "salesforce" else HUBSPOT
    path.write_text(CONNECTION.format(kind=kind, organisation=organisation) + more)
    return load(path)[0].connections["acme"].organisation


def test_what_the_configuration_may_say(tmp_path):
    assert loaded(tmp_path, "salesforce", '"00D5g000004YABCEA2"') == "00D5g000004YABCEA2"
    assert loaded(tmp_path, "hubspot", "12345678") == loaded(tmp_path, "hubspot", '"12345678"') == "12345678"


@pytest.mark.parametrize(
    ("kind", "organisation"), [("salesforce", '"acme"'), ("hubspot", '"00D"'), ("hubspot", "true")]
)
def test_what_it_may_not_say(tmp_path, kind, organisation):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, kind, organisation)
    (problem,) = caught.value.problems
    assert problem.place.endswith(":3 connections.acme.organisation")
