"""docs/permissions.md against the tables that `check` goes by."""

import importlib.util
from dataclasses import fields

from leadrelay.connectors.needs import Uses
from tests.pages import DOCS, page


def script():
    spec = importlib.util.spec_from_file_location("permissions_reference", DOCS / "permissions_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current_and_names_every_feature():
    found = script()
    assert found.current(page("permissions.md")) == page("permissions.md"), "run: python docs/permissions_reference.py"
    assert set(found.FEATURES) == {field.name for field in fields(Uses)} - {"object"}
