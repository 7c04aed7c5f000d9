"""In which money a provider is counted: the configuration's word, else its description's."""

import json

CONFIG = """
[state]
url = "sqlite:///state.db"
[providers.pdl]
kind = "http"
description = "people-data-labs-company"
secrets = { key = { env = "NO_SUCH_SECRET" } }
per_day = 20
[providers.dollars]
kind = "http"
description = "people-data-labs-company"
unit = "USD"
[providers.odd]
kind = "http"
description = "no-such-file.toml"
[providers.mail]
kind = "dns"
"""


def test_the_list_of_providers_tells_the_unit_of_each_and_reveals_no_secret(call, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    words = ["providers", "--config", str(config)]
    told = json.loads(call([*words, "--json"], {}).stdout)["providers"]
    units = {row["provider"]: row["unit"] for row in told}
    assert units == {"pdl": "credits", "dollars": "USD", "odd": "", "mail": ""}
    assert "of 20 credits" in call(words, {"COLUMNS": "120"}).stdout
