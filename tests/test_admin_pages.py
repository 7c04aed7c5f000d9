"""The pages for admins say what the code says: every key of a mapping, and what is to be granted."""

import importlib.util

import pytest

from leadrelay.connectors import hubspot_needs, salesforce_needs
from leadrelay.mappings.mapping_keys import KEYS
from tests.pages import DOCS, page


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("admin_reference", DOCS / "admin_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["mapping-keys.md", "connect-salesforce.md", "connect-hubspot.md"])
def test_a_page_is_current(script, name):
    assert page(name) == script.pages()[name], "run: python docs/admin_reference.py"


def test_every_part_of_a_mapping_has_its_table(script):
    assert {key.part for key in KEYS} == set(script.PARTS)


@pytest.mark.parametrize(("crm", "needs"), [("salesforce", salesforce_needs), ("hubspot", hubspot_needs)])
def test_everything_that_the_usual_lead_object_needs_is_told(script, crm, needs):
    told = page(f"connect-{crm}.md")
    lead_object = script.PAGES[f"connect-{crm}.md"][1]
    grants = {need.grant.replace("{object}", lead_object) for need in needs.NEEDS if "rates" not in need.features}
    assert [grant for grant in sorted(grants) if f"| `{grant}` |" not in told] == []
