"""Three hundred spoiled configurations: `check` refuses them with a place, or they are harmless; never a fault.

`LEADRELAY_HUNT=3000 pytest tests/checkup/test_mutated_configurations.py` spoils that many.
"""

import json
import os
import random
import re
import shutil

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from tests.checkup import planted_hubspot, planted_salesforce
from tests.checkup.mutating import spoil

HUNT = int(os.environ.get("LEADRELAY_HUNT", "0"))
MANY = max(300, HUNT)
CHUNKS = 10
SCHEMAS = max(40, HUNT // 10)
SOUND = {sound.name: sound for sound in (planted_salesforce.SOUND, planted_hubspot.SOUND)}
NOWHERE = "http://127.0.0.1:9"
SECRETS = {"SECRET": credentials.SF_CLIENT_SECRET, "TOKEN": credentials.HS_TOKEN}
PLACE = re.compile(
    r"\w+\.(toml|json|csv)|\b(state|connections|jobs|read|write|task)\.\w+|LEADRELAY_\w+|state store"
    r"|\(connection acme\): \w+|mapping test inbound: \w+ has no record"
)
HARMLESS, WRONG = 0, 2
ENDINGS = {0, 1, 2, 3, 4}
LIVE = max(6, HUNT // 50)


def files_of(sound, url):
    return {"config.toml": sound.config(url), "mapping.toml": sound.mapping, "playbook.toml": sound.playbook}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory, call):
    """What is known of each CRM, in a file, and the texts of it that no output may hold."""
    folder = tmp_path_factory.mktemp("schemas")
    with Sandbox(Options(leads=3, seed=5)) as running:
        for name, sound in SOUND.items():
            url = running.salesforce_url if name == "salesforce" else running.hubspot_url
            for file, text in files_of(sound, url).items():
                (folder / file).write_text(text)
            saved = ["fields", "acme", "--sample", "0", "--save", str(folder / f"{name}.json")]
            done = call([*saved, "--config", str(folder / "config.toml")], SECRETS)
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def look(call, tmp_path):
    """look(schema): `check` without a CRM in the test's folder, as a person and as a program reads it."""

    def run(schema, *words):
        words = ["check", "--schema", str(schema), "--config", str(tmp_path / "config.toml"), *words]
        return call(words, SECRETS | {"COLUMNS": "200"})

    return run


def judged(done, what, people):
    """Whether it was refused; fails where it should not have ended like that."""
    said = done.stdout + done.stderr
    assert done.returncode in {HARMLESS, WRONG}, (what, said[:2_000])
    assert "Traceback" not in said, what
    assert not [word for word in (*SECRETS.values(), "pa55phrase", *people) if word in said], (what, said)
    if done.returncode == WRONG:
        assert PLACE.search(said), (what, said[:2_000])
    return done.returncode == WRONG


def cleared(folder):
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_spoiled_configuration_is_refused_with_a_place_or_harmless(chunk, schemas, look, tmp_path):
    refused = 0
    for seed in range(chunk, MANY, CHUNKS):
        chance = random.Random(f"configuration {seed}")
        sound = SOUND[chance.choice(sorted(SOUND))]
        done = spoil(tmp_path, files_of(sound, NOWHERE), chance)
        people = [address for _, address in sound.people if "@" in address]
        json_too = ["--json"] if chance.random() < 0.3 else []
        refused += judged(look(schemas / f"{sound.name}.json", *json_too), (seed, done), people)
        cleared(tmp_path)
    assert refused > MANY / CHUNKS / 3


@pytest.mark.parametrize("crm", SOUND)
def test_plan_and_mapping_test_end_in_words_and_write_nothing(crm, call, tmp_path):
    sound = SOUND[crm]
    with Sandbox(Options(leads=3, seed=5)) as running:
        url, line = (
            (running.salesforce_url, running.salesforce_line)
            if crm == "salesforce"
            else (running.hubspot_url, running.hubspot_line)
        )
        for seed in range(LIVE):
            done = spoil(tmp_path, files_of(sound, url), random.Random(f"{crm} live {seed}"))
            for words in (
                ["plan", "inbound", "--all", "--out", str(tmp_path / "plan.json")],
                ["mapping", "test", "inbound", "--lead", "1"],
            ):
                ended = call([*words, "--config", str(tmp_path / "config.toml")], SECRETS)
                assert ended.returncode in ENDINGS, (seed, done, ended.stderr)
                assert ended.returncode != WRONG or PLACE.search(ended.stdout + ended.stderr), (
                    seed,
                    done,
                    ended.stderr,
                )
            cleared(tmp_path)
        assert not line.store.history(limit=10)


def spoiled_json(text, chance):
    """A saved schema with a value of another type somewhere, or as a text that is cut or has other characters."""
    if chance.random() < 0.3:
        at = chance.randrange(len(text))
        return chance.choice((text[:at], text[:at] + chance.choice('\0{}[]",:9') + text[at + 1 :], ""))
    document = json.loads(text)
    at, path = document, []
    while isinstance(at, dict | list) and at and (not path or chance.random() < 0.9):
        key = chance.choice(sorted(at) if isinstance(at, dict) else range(len(at)))
        path.append(key)
        at = at[key]
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if chance.random() < 0.2:
        del holder[path[-1]]
    else:
        holder[path[-1]] = chance.choice((None, True, -1, 10**30, 0.5, "", "x", "\0", [], {}, [1], {"a": [None]}))
    return json.dumps(document)


@pytest.mark.parametrize("crm", SOUND)
def test_a_spoiled_schema_is_refused_with_a_place_or_harmless(crm, schemas, look, tmp_path):
    sound, saved = SOUND[crm], (schemas / f"{crm}.json").read_text()
    for name, text in files_of(sound, NOWHERE).items():
        (tmp_path / name).write_text(text)
    for seed in range(SCHEMAS // 2):
        chance = random.Random(f"{crm} {seed}")
        (tmp_path / "crm.json").write_text(spoiled_json(saved, chance))
        judged(look(tmp_path / "crm.json"), (crm, seed), [])
