"""What the README shows of enrichment is a configuration and a playbook, and what the demo writes are whole files."""

import tomllib
from datetime import date

import pytest

from leadrelay import demo_enriched_files, demo_files
from leadrelay.config import load as load_config
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.mappings import mapping
from tests.pages import DOCS, boxes

README = (DOCS.parent / "README.md").read_text(encoding="utf-8")
REST = '[qualification]\nwhen = "employees >= 1000"\n[[stages]]\nname = "new"\nside = "sales"\n'
DOORS = {"salesforce": "http://127.0.0.1:1", "hubspot": "http://127.0.0.1:2", "vendors": "127.0.0.1:3"}


def box(word):
    [found] = [one for one in boxes(README, "toml") if word in one]
    return found


def test_the_readme_asks_providers_that_it_sets_up():
    found = load_playbook(f'name = "Readme"\n{box("[enrichment.")}{REST}', "README.md")
    assert set(found.enrichment.providers) == set(tomllib.loads(box("[providers."))["providers"])


@pytest.fixture
def written(tmp_path):
    companies = demo_enriched_files.known(40, 7)
    demo_files.write(tmp_path, {**DOORS, "dns": "127.0.0.1:4"}, date(2026, 11, 20), companies)
    return tmp_path


def test_the_readmes_providers_are_a_configuration(written):
    config = written / "config.toml"
    config.write_text(config.read_text().partition("# -- Who is asked")[0] + box("[providers."))
    settings, _ = load_config(config)
    assert set(settings.providers) == {"companies", "pdl"}


@pytest.mark.parametrize("job", ["salesforce", "hubspot"])
def test_the_demos_files_fit_each_other(written, job):
    settings, _ = load_config(written / "config.toml")
    rules = load_playbook((written / f"{job}.toml").read_text(), f"{job}.toml")
    assert set(rules.enrichment.providers) <= set(settings.providers)
    sources = [write.source for write in mapping.load((written / f"{job}-mapping.toml").read_text(), job, rules).writes]
    assert "provenance" in sources
