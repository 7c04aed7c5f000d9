"""Starts children quickly: one process has everything loaded, and forks a child for each command.

`python -m torture.nursery`: orders come as lines of JSON on standard input, answers go out as lines of JSON. It runs no
thread, so that a fork is safe; a child is a fresh process that has only its imports behind it, and what it would
find out from files that do not change.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

LOADED = (
    "leadrelay.cli",
    "leadrelay.screens",
    "leadrelay.screens_plans",
    "leadrelay.service",
    "leadrelay.wiring",
    "leadrelay.jobs.qualify",
    "leadrelay.jobs.rollback",
    "leadrelay.jobs.schedule",
    "leadrelay.connectors.salesforce",
    "leadrelay.connectors.salesforce_auth",
    "leadrelay.connectors.hubspot",
    "leadrelay.connectors.hubspot_wire",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "hubspot.discovery.crm.discovery",
    "hubspot.discovery.crm.objects.discovery",
    "hubspot.discovery.crm.owners.discovery",
    "hubspot.discovery.crm.properties.discovery",
    "hubspot.utils.objects",
    "rich._emoji_codes",
    "rich.progress",
    "rich.table",
    "typer._adapters",
    "typer._click.decorators",
    "alembic.command",
    "disposable_email_domains",
    "encodings.idna",
    "encodings.punycode",
    "encodings.unicode_escape",
    "encodings.utf_16_le",
    "encodings.utf_8_sig",
)


def main() -> None:
    """Take orders until standard input ends; then end the children that still live."""
    gc.disable()
    for name in LOADED:
        importlib.import_module(name)
    importlib.import_module("leadrelay.cli").entry()
    _know()
    gc.freeze()
    gc.enable()
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    children: set[int] = set()
    _say(ready=True, threads=sum(1 for _ in Path("/proc/self/task").iterdir()))
    while True:
        readable = select.select([sys.stdin, woken], [], [])[0]
        if woken in readable:
            os.read(woken, 4096)
            _reap(children)
        if sys.stdin in readable:
            line = sys.stdin.readline()
            if not line:
                break
            pid = _born(json.loads(line), waker)
            children.add(pid)
            _say(born=pid)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _know() -> None:
    """What a process finds out once and keeps: the public suffixes, the playbooks of the arena."""
    from leadrelay.core.clean.suffixes import registrable
    from leadrelay.core.playbook.loading import load
    from torture.places import PLACES

    registrable("www.acme.example")
    for place in PLACES.values():
        load(place.playbook(), "playbook.toml")


def _reap(children: set[int]) -> None:
    for pid in tuple(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            children.discard(pid)
            _say(ended=pid, code=os.waitstatus_to_exitcode(status))


def _say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _born(order: dict[str, Any], waker: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(waker)
    for stream, path in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        target = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(target, stream)
        os.close(target)
    code = 70
    try:
        code = _work(order)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _work(order: dict[str, Any]) -> int:
    from leadrelay import cli

    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.update(order["env"])
    if order["commit"]:
        from torture.commits import end_at

        end_at(**order["commit"])
    return cli.execute(order["words"])


if __name__ == "__main__":
    main()
