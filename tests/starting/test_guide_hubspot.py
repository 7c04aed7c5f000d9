"""The guide "Connect HubSpot", as printed: every command, on a portal that never saw leadrelay."""

import json
import re
import shlex
from urllib.request import Request, urlopen

import pytest

from leadrelay.sandbox import credentials
from tests.pages import all_boxes, commands, page, table_rows

GUIDE = page("connect-hubspot.md")


@pytest.fixture
def admin(call, bare, tmp_path, monkeypatch):
    """admin(words): in a folder of her own."""
    monkeypatch.chdir(tmp_path)
    yield lambda words: call(words, {"COLUMNS": "120", "HUBSPOT_TOKEN": credentials.HS_TOKEN})
    urlopen(Request(f"{bare.hubspot_url}/_sandbox/reset", b"{}", method="POST"), timeout=10).close()  # noqa: S310 - the sandbox on this machine


def test_every_command_of_the_guide_does_what_it_says(admin, bare, tmp_path):
    run, said = "RUN", {}
    typed = [shlex.split(line.removeprefix("$ ")) for line in commands(GUIDE)]
    for line in [line[1:] for line in typed if line[0] == "leadrelay"]:
        words = [run if word == "RUN" else word for word in line]
        words += ["--instance-url", bare.hubspot_url] if words[0] == "init" else []
        words += ["--yes"] if "--remove" in words else []
        done = admin(words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        said[words[0]] = done.stdout
        run = next(iter(re.findall(r"rollback (\d{8}T\S+)", done.stdout)), run)
    assert list(said) == ["init", "setup", "check", "plan", "show", "apply", "runs", "rollback"]
    assert "0 still there" in said["setup"]
    assert (tmp_path / "plan.html").stat().st_size > 10_000
    assert {kind for kind, _ in all_boxes(GUIDE)} == {"console"}


def test_a_token_that_may_not_set_up_is_told_so_at_every_step(admin, bare):
    act(bare, {"action": "scopes", "remove": ["crm.schemas.contacts.write"]})
    begun = admin(["init", "--crm", "hubspot", "--secret-env", "HUBSPOT_TOKEN", "--instance-url", bare.hubspot_url])
    assert begun.returncode == 0
    refused = admin(["setup", "portal", "--apply"])
    rows = table_rows(GUIDE, "| it says | what to do |")
    assert refused.returncode == 3
    assert any(row[0].strip("`") in refused.stderr for row in rows)
    found = admin(["check"])
    assert "leadrelay setup portal --apply" in found.stdout
    assert "CONNECTION" not in found.stdout
    planned = admin(["plan", "inbound", "--out", "plan.json"])
    assert "What begins with leadrelay_ is created by leadrelay setup." in planned.stderr


def act(bare, what):
    body = json.dumps(what).encode()
    urlopen(Request(f"{bare.hubspot_url}/_sandbox/act", body, method="POST"), timeout=10).close()  # noqa: S310 - the sandbox on this machine
