"""docs/playbook.md is followed as a reader would: its blocks make the files, its commands say what it shows."""

import json
import re
import shlex
import tomllib

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox
from tests.pages import all_boxes, page

BLOCKS = all_boxes(page("playbook.md"))
ADDRESS = "http://127.0.0.1:8701"
WIDTH = "100"
PARTS = {"bant", "score", "caps", "bands", "grade", "disqualify", "qualification", "gate", "recycle", "stages"}
PARTS |= {"transitions", "handoff", "examples"}
ON_HUBSPOT = """
[connections.portal]
kind = "hubspot"
base_url = "{url}"
access_token = {{ env = "TOKEN" }}
[jobs.contacts]
connection = "portal"
mapping = "hubspot-contact"
playbook = "playbook.toml"
"""
# What differs from day to day, or from lead to lead by a rounded day.
MOVING = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?|\d+ days ago")


def commands(block):
    """(words, lines) of each command of a block."""
    for part in re.split(r"^\$ leadrelay ", block, flags=re.MULTILINE)[1:]:
        words, *lines = part.splitlines()
        yield shlex.split(words), lines


def changed(text, diff):
    """The text with the lines that begin with - in place of those that begin with +."""
    lines = [line for line in diff.splitlines(keepends=True) if not line.startswith(("---", "+++"))]
    old, new = ("".join(line[1:] for line in lines if line[0] in f" {sign}") for sign in "-+")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def pattern(lines):
    """`[…]` stands for the rest of a line, and alone in a line for any lines."""
    still = [MOVING.sub("~", line.rstrip()) for line in lines]
    parts = [
        r"(?:.*\n)*?" if line == "[…]" else re.escape(line).replace(re.escape("[…]"), ".*") + r" *\n" for line in still
    ]
    return re.compile("".join(parts))


class Folder:
    """What a reader has written so far."""

    def __init__(self, path, crm):
        self.path, self.crm, self.playbook, self.change = path, crm, "", ""

    def follow(self, language, block):
        """Take a block in; the commands that it asks for. A change to the playbook holds for the next one only."""
        if language == "toml" and block.startswith("# config.toml"):
            (self.path / "config.toml").write_text(block.replace(ADDRESS, self.crm))
        elif language == "toml":
            self.playbook += f"{block}\n"
        elif language == "diff" and (copy := re.search(r"^\+\+\+ (.*)$", block, re.MULTILINE)):
            (self.path / copy[1]).write_text(changed(self.playbook, block))
        elif language == "diff":
            self.change = block
        elif language == "console":
            text = changed(self.playbook, self.change) if self.change else self.playbook
            (self.path / "playbook.toml").write_text(text)
            self.change = ""
            return commands(block)
        return ()


@pytest.fixture(scope="module")
def both():
    with Sandbox(Options(leads=500)) as running:
        yield running


@pytest.fixture(scope="module")
def crm(both):
    return both.salesforce_url


@pytest.fixture
def reader(crm, tmp_path, tell_in, monkeypatch):
    """reader(words): a command in the reader's folder; the screen as the page would show it."""
    monkeypatch.setenv("SANDBOX_SECRET", credentials.SF_CLIENT_SECRET)
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.chdir(tmp_path)

    def run(words):
        told = tell_in(tmp_path, *words)
        assert told.out, told.err
        return told.out.replace(crm, ADDRESS)

    return run


@pytest.fixture
def folder(tmp_path, crm):
    """The reader's folder, as far as the page has been followed."""
    return Folder(tmp_path, crm)


def test_who_follows_the_page_sees_what_it_shows(reader, folder):
    for language, block in BLOCKS:
        for words, lines in folder.follow(language, block):
            seen = "".join(f"{MOVING.sub('~', line.rstrip())}\n" for line in reader(words).splitlines())
            assert pattern(lines).fullmatch(seen), seen
    assert (folder.path / "learned.toml").exists()


# What the sandbox's user may do beyond the job, and a rule of the CRM that a run does not set off.
HINTED = {"inbound": {"crm: access", "inbound: rules of the CRM"}, "contacts": {"portal: access"}}


@pytest.mark.parametrize("job", ["inbound", "contacts"])
def test_check_finds_nothing_to_say_against_the_playbook_of_the_page(job, reader, folder, both, monkeypatch):
    for language, block in BLOCKS:
        if language == "toml":
            folder.follow(language, block)
    (folder.path / "playbook.toml").write_text(folder.playbook)
    monkeypatch.setenv("TOKEN", credentials.HS_TOKEN)
    with (folder.path / "config.toml").open("a") as config:
        config.write(ON_HUBSPOT.format(url=both.hubspot_url))
    findings = json.loads(reader(["check", job, "--json"]))["findings"]
    assert [finding for finding in findings if finding["level"] not in {"ok", "hint"}] == []
    assert {finding["section"] for finding in findings if finding["level"] == "hint"} <= HINTED[job]
    assert set(tomllib.loads(folder.playbook)) == PARTS | {"name"}
