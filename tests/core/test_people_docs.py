"""docs/people.md is followed: its boxes are read, and its tables name what there is."""

import tomllib

from leadrelay.config_providers import CrmProvider
from leadrelay.core.clean.fields import DUPLICATES, GROUP
from leadrelay.core.decision_group import OF_THE_PROCESS
from leadrelay.core.identity import WORDS
from leadrelay.core.playbook.loading import load
from leadrelay.jobs.duplicates import Duplicates, Lead
from leadrelay.jobs.duplicates import Group as Listed
from leadrelay.mappings.mapping import load as load_mapping
from tests.core.small import PLAYBOOK
from tests.pages import boxes, keys_named, keys_of, page, table_rows

PAGE = page("people.md")
BLOCKS = {block.splitlines()[0].removeprefix("# "): block for block in boxes(PAGE, "toml")}


def test_the_boxes_of_the_page_are_read():
    playbook = load(f"{PLAYBOOK}\n{BLOCKS['playbook']}", "playbook.toml")
    assert playbook.decision_group.names == ("budget holder", "decision maker", "influencer", "champion", "user")
    text = f'object = "Lead"\n[read]\nemail = "Email"\n{BLOCKS["mapping"]}'
    assert load_mapping(text, "mapping.toml", playbook).fields_asked == {"duplicate_of", "group_missing"}


def test_the_settings_of_the_page_are_settings():
    configs = [block for block in boxes(PAGE, "toml") if block.startswith("# config.toml")]
    held, provider = (tomllib.loads(block) for block in configs)
    assert held == {"hold_duplicates": True}
    assert CrmProvider.model_validate(provider["providers"]["crm"]).confidence == 0.9


def test_the_tables_name_what_there_is():
    assert {row[0] for row in table_rows(PAGE, "| by |")} == set(WORDS.values())
    assert {row[0].strip("`") for row in table_rows(PAGE, "| field |")} == DUPLICATES | GROUP
    assert all(f"`{role}`" in PAGE for role in OF_THE_PROCESS)


def test_every_key_of_the_list_is_named():
    lead = Lead("1", "https://x", oldest=True, handed_off=False, held=False)
    document = Duplicates("job", 1, True, (Listed((lead,), ("e-mail",)),)).to_json()
    assert set(keys_of(document)) <= keys_named(PAGE)
