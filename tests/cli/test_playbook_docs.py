"""docs/playbook.md is followed as a reader would: its blocks make the files, its commands say what it shows."""

import re
import shlex
from functools import partial
from itertools import takewhile
from pathlib import Path

import pytest

from leadrelay.sandbox import credentials
from leadrelay.sandbox.server import Options, Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "playbook.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:8701"
WIDTH = "100"
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
    parts = [r"(?:.*\n)*?" if line == "[…]" else re.escape(line).replace(re.escape("[…]"), ".*") + r" *\n" for line in still]
    return re.compile("".join(parts))


@pytest.fixture(scope="module")
def crm():
    with Sandbox(Options(leads=500)) as running:
        yield running.salesforce_url


@pytest.fixture
def reader(crm, tmp_path, tell_in, monkeypatch):
    """reader(words): a command in the reader's folder; the screen as the page would show it."""
    monkeypatch.setenv("SANDBOX_SECRET", credentials.SF_CLIENT_SECRET)
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.chdir(tmp_path)

    def run(words):
        told = tell_in(tmp_path, *words)
        assert told.code == 0 or words[0] == "check", told.err
        return told.out.replace(crm, ADDRESS)

    return run


def test_who_follows_the_page_sees_what_it_shows(reader, crm, tmp_path):
    playbook, change = "", ""
    for language, block in BLOCKS:
        if block.startswith("# config.toml"):
            (tmp_path / "config.toml").write_text(block.replace(ADDRESS, crm))
        elif language == "toml":
            playbook += block + "\n"
        elif language == "diff" and "+++" in block:
            file = re.search(r"^\+\+\+ (.*)$", block, re.MULTILINE)[1]
            (tmp_path / file).write_text(changed(playbook, block))
        elif language == "diff":
            change = block
        elif language == "console":
            (tmp_path / "playbook.toml").write_text(changed(playbook, change) if change else playbook)
            change = ""
            for words, lines in commands(block):
                seen = "".join(f"{MOVING.sub('~', line.rstrip())}\n" for line in reader(words).splitlines())
                assert pattern(lines).fullmatch(seen), seen
