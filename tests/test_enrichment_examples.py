"""The enrichment that the shipped playbook and the example of a configuration show in comments is one that works."""

import re
from pathlib import Path

import pytest

from leadrelay import mappings, playbooks
from leadrelay.config import Settings
from leadrelay.config_providers import KINDS
from leadrelay.core.playbook.loading import load
from leadrelay.core.toml_text import parse
from leadrelay.enrichers.describe import shipped
from leadrelay.mappings.enriched import idle, steady
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.vocabulary import unsaid_words

_KEY = re.compile(r"^# (?=\[(?:providers|enrichment)\.|[a-z_]+ = )", re.MULTILINE)


def uncommented(text, heading):
    before, rest = text.split(heading, 1)
    return f"{before}{heading}{_KEY.sub('', rest)}"


def playbook():
    text = uncommented(playbooks.text("it-discovery"), "# -- Enrichment:")
    return load(text, "it-discovery.toml")


def providers():
    text = (Path(__file__).parents[1] / "config.example.toml").read_text(encoding="utf-8")
    return Settings(**parse(uncommented(text, "# -- Providers:"), "config.toml").data).providers


def test_every_kind_of_provider_is_shown():
    assert {one.kind for one in providers().values()} == set(KINDS)
    assert providers()["pdl"].description in shipped()


def test_the_playbook_asks_providers_that_the_configuration_shows():
    assert playbook().enrichment.names == ("employees", "industry", "technologies")
    known = providers()
    for plan in playbook().enrichment.fields:
        for name in plan.providers:
            one = known[name]
            fields = getattr(one, "fields", None)
            assert fields is None or plan.field in fields, (plan.field, name)


@pytest.mark.parametrize("name", mappings.names())
def test_all_of_it_is_used_with_the_shipped_mappings(name):
    made = playbook()
    mapping = load_mapping(mappings.text(name), name, made)
    assert [*idle(made, mapping, ()), *steady(made), *unsaid_words(made, mapping)] == []
    assert {"employees", "industry", "technologies"} <= {read.lead for read in mapping.reads}
