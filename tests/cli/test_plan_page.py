"""The page of a plan: whole, sealed, and filtered by a real browser, where one is installed."""

import base64
import gzip
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from leadrelay import plan_html
from leadrelay.core.changes import JsonValue
from leadrelay.jobs.plans import file
from leadrelay.jobs.plans.values import (
    FORMAT,
    Bookkeeping,
    Calls,
    Change,
    Effect,
    Kept,
    Plan,
    Reason,
    Remembered,
    Row,
    Tallied,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SPITEFUL = "</script><img src=x onerror=alert(1)>"
TASK = {"subject": "Call Ada", "body": "Ask about the budget", "due": "2026-11-24T09:00:00.000Z", "owner": "U1"}


def change(field: str, old: str | None, new: JsonValue, why: int = 0) -> Change:
    return Change(field, old, new, why)


def row(lead, *changes, owner="U2", effect=None, withheld=()):
    sent = effect or Effect("fields", "e", {}, "why")
    return Row(
        lead,
        f"https://crm.example/{lead}",
        "v",
        "s",
        Remembered(lead, "1", "2", "sal"),
        owner,
        list(changes),
        withheld,
        sent,
    )


HAND_OFF = Effect("handoff", "1", TASK, "")


@pytest.fixture(scope="module")
def plan():
    rows = [
        row("L1", change("Score", None, 40), change("Owner", "U2", "U1", 1), owner="U1", effect=HAND_OFF),
        row("L2", change("Score", "10", 20), withheld=[Kept("Status", "edited by a person")]),
        row("L3", change("Note", "old words", None), change("Score", "5", 6)),
        *(row(f"M{number:03}", change("Score", None, number)) for number in range(120)),
        row("L4", change("Score", None, SPITEFUL)),
    ]  # fmt: skip
    return file.signed(
        Plan(
            leadrelay_plan=FORMAT,
            run="run",
            job=f"inbound {SPITEFUL}",
            connection="acme",
            organisation="00D",
            object="Lead",
            made_at=NOW,
            mapping="m",
            playbook="p",
            rules="r",
            note="note",
            tallied=Tallied(200, 124, 127, 1, 1, 1, 1, 1),
            calls=Calls(12, 100, 1000),
            brake="change 124 leads, more than max_changes = 3",
            owner_field="Owner",
            missing=[],
            stages={},
            asks={},
            owners={"U1": "Ada", "U2": "Bo"},
            steps=["fit 20 [employees 2000]", "whose turn it is"],
            reasons=[Reason("fit 20", [0]), Reason("fair: turn", [1])],
            pools=[],
            books=Bookkeeping(),
            rows=rows,
        )
    )


def test_it_holds_the_plan_and_fetches_nothing(plan):
    page = plan_html.page(plan)
    packed = re.search(r'id="data">([A-Za-z0-9+/=]*)</script>', page)
    data = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert [one[0] for one in data["rows"]][:3] == ["L1", "L2", "L3"]
    assert data["rows"][0][3] == [[0, None, 40, 0], [1, "Bo (U2)", "Ada (U1)", 1]]
    assert SPITEFUL not in page
    assert "default-src 'none'" in page
    assert not re.search(r'(?:src|href)="?(?:https?:)?//', page)
    assert "leadrelay show FILE" in page  # for who has no script
    assert "max_changes = 3" in page


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_browser_filters_by_the_address(plan, tmp_path):
    path = tmp_path / "plan.html"
    path.write_text(plan_html.page(plan), encoding="utf-8")

    def shown(view):
        words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        words += ["--virtual-time-budget=5000", "--dump-dom", f"file://{path}#{view}"]
        dom = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
        count = re.search(r'id="count"[^>]*>([^<]*)<', dom)[1]
        return count, re.findall(r"<article><h2><a [^>]*>([^<]*)<", dom), dom

    count, leads, dom = shown("")
    assert (count, len(leads)) == ("124 of 124 leads, shown: 1 to 50", 50)
    assert "fit 20 [employees 2000]" in dom
    assert shown("kind=hand-off&owner=Ada&q=budget%20call")[1] == ["L1"]
    _, leads, dom = shown("q=onerror&page=7")
    assert (leads, "<img" in dom) == (["L4"], False)
