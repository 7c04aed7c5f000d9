"""docs/configuration.md says what config.toml takes, key by key, as the code has it."""

import importlib.util
from typing import get_args

import pytest

from leadrelay import config_providers
from leadrelay.config import Connection, Job, Settings, State
from tests.pages import DOCS, page, table_rows

MODELS = [
    State,
    Job,
    *get_args(get_args(Connection)[0]),
    *map(config_providers.model_of, [*config_providers.KINDS, ""]),
]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("config_reference", DOCS / "config_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script):
    assert page("configuration.md") == script.page(), "run: python docs/config_reference.py"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_says_what_it_means(script, model):
    told = {name for one in model.__mro__ if issubclass(one, script.BaseModel) for name in script.told(one)}
    assert told >= set(model.model_fields)


def test_a_row_tells_what_a_key_takes_and_what_holds_without_it():
    rows = {row[0]: row[1:] for row in table_rows(page("configuration.md"), "## `[jobs.NAME]`\n\n")}
    assert rows["`hold_duplicates`"][:2] == ["`true` or `false`", "`false`"]
    assert rows["`max_changes`"][:2] == ["share, such as `20%`, or number of leads", "none"]
    assert rows["`connection`"][1] == "required"


def test_all_tables_of_the_configuration_are_there():
    text = page("configuration.md")
    assert [name for name in Settings.model_fields if f"[{name.removesuffix('s')}" not in text] == []
