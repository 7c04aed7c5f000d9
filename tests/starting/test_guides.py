"""The admin's guides for Salesforce, as printed: every command and every box, on a CRM that never saw leadrelay."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from urllib.request import Request, urlopen

import pytest

from leadrelay import config, playbooks
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.playbook.values import Recycling
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.sandbox import credentials
from tests.pages import all_boxes, boxes, commands, page

CONNECT, MAP, REHEARSE, LIVE = map(page, ("connect-salesforce.md", "map-fields.md", "rehearse.md", "go-live.md"))
LEAD = "00QHs000000004IMAQ"
FEW_RULES = ("--playbook", "starter")
"""Quicker than all of them."""
NOT_HERE = ("sandbox", "serve")
"""Commands that go on until they are stopped; tests/test_docs.py tries their options."""


class Admin:
    """Types what a page says, in a folder; names of hers stand in for those of the page."""

    def __init__(self, call, sandbox):
        self.call, self.url, self.run = call, sandbox.salesforce_url, "RUN"
        lead = sandbox.salesforce_line.store.db.execute("SELECT Id FROM Lead WHERE IsConverted = 0").fetchone()[0]
        self.hers = {"3MVG9...": credentials.SF_CLIENT_ID, "integration@acme.example": credentials.SF_USERNAME}
        self.hers |= {"leadrelay.key": str(sandbox.jwt_key_path), **dict.fromkeys(("00Q...", LEAD, "LEAD"), lead)}
        self.codes = []

    def types(self, line):
        """A command in this process, or a call of the sandbox; what the shell alone does is done already."""
        program, *words = shlex.split(line.removeprefix("$ "))
        if program == "curl":
            self._posts(words[words.index("-d") - 1], words[-1])
        elif program == "leadrelay" and words[0] not in NOT_HERE:
            self._calls(words)

    def _posts(self, address, body):
        url = address.replace("http://127.0.0.1:8701", self.url)
        if url.endswith("/edit"):  # stamps count seconds, and a person takes more than one
            self._posts(f"{self.url}/_sandbox/clock", '{"advance": 2}')
        sent = Request(url, body.replace(LEAD, self.hers[LEAD]).encode(), method="POST")  # noqa: S310 - the sandbox on this machine
        with urlopen(sent, timeout=10) as answer:  # noqa: S310 - the sandbox on this machine
            assert answer.status == 200

    def _calls(self, words):
        words = [self.run if word == "RUN" else self.hers.get(word, word) for word in words]
        if words[0] == "init":
            place = words.index("--domain") if "--domain" in words else len(words)
            words = [*words[:place], *words[place + 2 :], "--instance-url", self.url, "--force", *FEW_RULES]
        done = self.call(words, {"COLUMNS": "120", "ACME_SF_SECRET": credentials.SF_CLIENT_SECRET})
        self.codes.append((words[0], done.returncode))
        assert done.returncode in {0, 1, 2}, (words, done.stdout, done.stderr)
        self.run = next(iter(re.findall(r"rollback (\d{8}T\S+)", done.stdout)), self.run)

    def follows(self, text):
        for line in commands(text):
            self.types(line)
        return self.codes


@pytest.fixture
def admin(call, bare, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield Admin(call, bare)
    urlopen(Request(f"{bare.salesforce_url}/_sandbox/reset", b"{}", method="POST"), timeout=10).close()  # noqa: S310 - the sandbox on this machine


def test_every_command_of_the_guides_runs_in_their_order(admin):
    for text in (CONNECT, MAP, LIVE):
        codes = admin.follows(text)
    assert [(name, code) for name, code in codes if code] == []
    assert len(codes) > 15


def test_the_rehearsal_ends_as_the_page_says(admin, tmp_path):
    codes = admin.follows(REHEARSE)
    assert (tmp_path / "plan.html").stat().st_size > 10_000
    assert [(name, code) for name, code in codes if code] == [("apply", 1), ("check", 2), ("run", 1), ("check", 2)]


def test_the_boxes_of_the_guides_are_taken(tmp_path):
    shipped = load_playbook(playbooks.text("it-discovery"), "it-discovery.toml")
    rules = replace(shipped, recycling=Recycling(), transitions=None)  # which ask for something to be read back
    for box in boxes(MAP, "toml"):
        whole = box if "[read]" in box else 'object = "Lead"\n[read]\nindustry = "Industry"\n' + box
        assert load_mapping(whole if "object" in whole else 'object = "Lead"\n' + whole, "map-fields.md", rules).reads
    for number, box in enumerate(boxes(LIVE, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text('[connections.acme]\nkind = "hubspot"\naccess_token = { env = "X" }\n' + box)
        assert config.load(file)
    kinds = {kind for text in (CONNECT, MAP, REHEARSE, LIVE) for kind, _ in all_boxes(text)}
    assert kinds == {"console", "toml"}
