"""docs/mapping-keys.md tells every key of a mapping; the page that connects HubSpot names every scope."""

import dataclasses
import importlib.util

import pytest

from leadrelay.connectors import hubspot_needs
from leadrelay.connectors.needs import Uses
from leadrelay.mappings.mapping_keys import KEYS
from tests.pages import DOCS, page

USES = {use.name for use in dataclasses.fields(Uses)} - {"object", "rates"}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("mapping_reference", DOCS / "mapping_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script):
    assert page("mapping-keys.md") == script.page(), "run: python docs/mapping_reference.py"


def test_every_part_of_a_mapping_has_its_table(script):
    assert {key.part for key in KEYS} == set(script.PARTS)


def test_every_scope_is_named_where_a_service_key_is_made():
    everything = dataclasses.replace(Uses("contacts"), **dict.fromkeys(USES, True))
    scopes = {need.grant for need in hubspot_needs.scopes_needed(everything)}
    assert [scope for scope in sorted(scopes) if f"`{scope}`" not in page("connect-hubspot.md")] == []
