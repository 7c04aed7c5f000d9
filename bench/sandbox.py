"""A sandbox in a process of its own, so that only the client's CPU is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

SHIPPED = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}
"""The mappings that come with the program."""

SALESFORCE = 'kind = "salesforce"\nauth = "client-credentials"\nclient_id = "sandbox-client"\n'


@contextmanager
def running(leads: int, folder: Path) -> Iterator[dict[str, str]]:
    """Start `leadrelay sandbox --leads N` and give its addresses."""
    command = [sys.executable, "-m", "leadrelay", "sandbox", "--leads", str(leads), "--json"]
    command += ["--salesforce-port", "0", "--hubspot-port", "0", "--provider-port", "0", "--dns-port", "0"]
    with (folder / "sandbox.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield _announced(process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _announced(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.rstrip() == "}":
            found = json.loads(text)
            return {name: found[name]["url"] for name in ("salesforce", "hubspot", "provider")}
    raise SystemExit("the sandbox did not start")


def configure(folder: Path, urls: dict[str, str], mappings: dict[str, str]) -> Path:
    """A configuration with the jobs `salesforce` and `hubspot`."""
    (folder / "salesforce.secret").write_text("sandbox-secret")
    (folder / "hubspot.secret").write_text("pat-sandbox-0000-1111")
    path = folder / "config.toml"
    path.write_text(
        f"""\
[state]
url = "sqlite:///state.db"
[connections.salesforce]
{SALESFORCE}client_secret = {{ file = "salesforce.secret" }}
instance_url = "{urls["salesforce"]}"
bulk_threshold = {mappings.get("bulk_threshold", "1000000")}
[connections.hubspot]
kind = "hubspot"
access_token = {{ file = "hubspot.secret" }}
base_url = "{urls["hubspot"]}"
[jobs.salesforce]
connection = "salesforce"
mapping = "{mappings["salesforce"]}"
playbook = "it-discovery"
[jobs.hubspot]
connection = "hubspot"
mapping = "{mappings["hubspot"]}"
playbook = "it-discovery"
"""
    )
    return path


def told(command: str, crm: str, config: Path, *options: str) -> dict[str, Any]:
    """What `leadrelay COMMAND JOB --json` says, in a process of its own."""
    words = [sys.executable, "-m", "leadrelay", command, crm, "--json", "--config", str(config), *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ask(url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request to a sandbox's own endpoints."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(url + path, data, headers)) as answer:  # noqa: S310 - our own sandbox on 127.0.0.1
        text = answer.read()
    return json.loads(text) if text else None
