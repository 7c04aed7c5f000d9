import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from leadrelay.sandbox.control import Control
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Response


class Shelf:
    """A CRM that keeps names and answers every path with what it was asked."""

    jwt_private_key = Path("a.key")

    def __init__(self, store, url_of=lambda: ""):
        self.store, self.url_of = store, url_of
        self.faults = []
        self.control = Control(store, self.edit, self.reset)

    def prepare(self):
        self.store.create("Name", [Column("Id"), Column("Text")])

    def reset(self):
        self.store.wipe()
        self.prepare()

    def edit(self, name, key, fields, actor, *, late=0.0):
        assert not late
        self.store.update(name, key, fields, actor)
        return Response(204)

    def load(self, people):
        self._add([person["last_name"] for person in people])

    def load_table(self, _columns, rows):
        self._add([row[0] for row in rows])

    def names(self):
        return [row["Text"] for row in self.store.select('SELECT "Text" FROM "Name" ORDER BY rowid')]

    def handle(self, request):
        if self.control.handles(request):
            return self.control.handle(request)
        self.control.count(request)
        if request.path == "/names":
            return Response(200, self.names())
        return Response(200, {"url": self.url_of(), "path": request.path, "bytes": len(request.body)})

    def _add(self, texts):
        first = len(self.names())
        rows = [{"Id": str(first + n), "Text": text} for n, text in enumerate(texts)]
        self.store.insert("Name", rows, "test", silent=True)


def shelves(*arguments, **options):
    return Sandbox(Options(**options), *arguments, build_salesforce=Shelf, build_hubspot=Shelf)


def call(url, path, body=None, verify=True):
    with requests.Session() as session:
        session.trust_env = False
        method = "GET" if body is None else "POST"
        answer = session.request(method, url + path, json=body, timeout=5, verify=verify)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def test_both_crms_answer_on_their_own_ports():
    with shelves() as sandbox:
        urls = sandbox.salesforce_url, sandbox.hubspot_url
        assert urls[0] != urls[1]
        assert [call(url, "/a b".replace(" ", "%20"))["path"] for url in urls] == ["/a b", "/a b"]
        assert call(urls[0], "/x")["url"] == urls[0]


def test_a_sandbox_leaves_no_open_door_and_no_thread():
    with shelves() as sandbox:
        url = sandbox.hubspot_url
        kept = http.client.HTTPConnection(url.removeprefix("http://"))
        kept.request("GET", "/x")
        kept.getresponse().read()
    kept.close()
    with pytest.raises(OSError, match="refused"):
        call(url, "/x")


def test_a_port_in_use_is_told_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"port {port} is in use; choose another with --hubspot-port"):
            shelves(hubspot_port=port).__enter__()


def test_ports_are_as_asked():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with shelves(salesforce_port=port) as sandbox:
        assert sandbox.announcement()["salesforce"]["url"] == f"http://127.0.0.1:{port}"


def test_the_announcement_holds_all_that_lets_one_in():
    with shelves() as sandbox:
        told = sandbox.announcement()
    assert told == json.loads(json.dumps(told))
    assert set(told["salesforce"]) == {
        "url",
        "client_id",
        "client_secret",
        "username",
        "password",
        "security_token",
        "jwt_key",
    }
    assert told["hubspot"] == {"url": sandbox.hubspot_url, "token": "pat-sandbox-0000-1111"}


def test_a_body_of_three_megabytes_passes():
    with shelves() as sandbox:
        assert call(sandbox.salesforce_url, "/x", "x" * 3_000_000)["bytes"] == 3_000_002


def test_samples_are_the_same_in_both_and_progress_is_told():
    seen = []
    with shelves(lambda *step: seen.append(step), leads=2500) as sandbox:
        names = call(sandbox.salesforce_url, "/names")
        assert len(names) == 2500
        assert names == call(sandbox.hubspot_url, "/names")
    assert seen == [(2000, 2500), (2500, 2500)]


def test_a_table_is_loaded_and_a_broken_one_stops_the_start(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("Name;Size\nAda;1\nBob;2\n")
    with shelves(load=table) as sandbox:
        assert call(sandbox.hubspot_url, "/names") == ["Ada", "Bob"]
    table.write_text("Name;Size\nAda\n")
    with pytest.raises(SandboxError, match=r"names\.csv, line 2"):
        shelves(load=table).__enter__()


def test_reset_puts_back_what_was_there_at_the_start():
    with shelves(leads=3) as sandbox:
        url = sandbox.salesforce_url
        before = call(url, "/names")
        call(url, "/_sandbox/edit", {"object": "Name", "id": "0", "fields": {"Text": "x"}})
        assert call(url, "/names") != before
        call(url, "/_sandbox/reset", {})
        assert call(url, "/names") == before
        assert call(url, "/_sandbox/history") == {"history": []}


def test_a_state_folder_is_found_again(tmp_path):
    with shelves(leads=3, state=tmp_path / "state") as sandbox:
        assert not sandbox.reused
        names = call(sandbox.hubspot_url, "/names")
        now = call(sandbox.hubspot_url, "/_sandbox/clock", {"advance": 9e6})["now"]
    for options in ({}, {"leads": 3}):
        with shelves(state=tmp_path / "state", **options) as sandbox:
            assert sandbox.announcement()["reused"]
            assert call(sandbox.hubspot_url, "/names") == names
            assert call(sandbox.hubspot_url, "/_sandbox/health")["now"] > now
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["hubspot.db", "salesforce.db"]


def test_time_can_begin_in_the_past(tmp_path):
    def behind(sandbox):
        told = datetime.fromisoformat(call(sandbox.hubspot_url, "/_sandbox/health")["now"])
        return (datetime.now(UTC) - told).total_seconds()

    with shelves(behind=5000, state=tmp_path) as sandbox:
        assert behind(sandbox) == pytest.approx(5000, abs=60)
        call(sandbox.hubspot_url, "/_sandbox/clock", {"advance": 4000})
    with shelves(behind=5000, state=tmp_path) as sandbox:
        assert behind(sandbox) == pytest.approx(1000, abs=60)
    with shelves(behind=5000) as sandbox:
        assert behind(sandbox) == pytest.approx(5000, abs=60)


def test_reset_puts_back_what_an_earlier_process_put_in(tmp_path):
    table, state = tmp_path / "names.csv", tmp_path / "state"
    table.write_text("Name\nAda\n")
    with shelves(leads=2, load=table, state=state) as sandbox:
        before = call(sandbox.hubspot_url, "/names")
    with shelves(state=state) as sandbox:
        url = sandbox.hubspot_url
        call(url, "/_sandbox/edit", {"object": "Name", "id": "0", "fields": {"Text": "x"}})
        call(url, "/_sandbox/reset", {})
        assert call(url, "/names") == before
        table.unlink()
        refused = requests.post(f"{url}/_sandbox/reset", timeout=5)
        assert (refused.status_code, "names.csv cannot be read" in refused.json()["error"]) == (400, True)
        assert call(url, "/names") == before


def test_a_state_folder_with_other_leads_is_not_touched(tmp_path):
    with shelves(leads=3, state=tmp_path):
        pass
    with pytest.raises(SandboxError, match=r"already holds other records \(leads 3, seed 7\)"):
        shelves(leads=4, state=tmp_path).__enter__()


def test_a_start_that_fails_half_way_leaves_no_half_state(tmp_path):
    def fail(_done, _all):
        raise SandboxError("no more")

    with pytest.raises(SandboxError, match="no more"):
        shelves(fail, leads=3, state=tmp_path).__enter__()
    with shelves(state=tmp_path) as sandbox:
        assert call(sandbox.salesforce_url, "/names") == []


def test_two_sandboxes_do_not_share_a_state_folder(tmp_path):
    with shelves(leads=1, state=tmp_path), pytest.raises(SandboxError, match="does another sandbox use it"):
        shelves(state=tmp_path).__enter__()


def test_a_state_file_that_is_none_is_told(tmp_path):
    (tmp_path / "hubspot.db").write_text("this is no database, but a text of some length" * 9)
    with pytest.raises(SandboxError, match=r"hubspot\.db cannot be opened: file is not a database"):
        shelves(state=tmp_path).__enter__()
    with pytest.raises(SandboxError, match="cannot be the state folder"):
        shelves(state=tmp_path / "hubspot.db").__enter__()


def test_tls_holds_for_the_address_and_for_localhost():
    with shelves(tls=True) as sandbox:
        authority = str(sandbox.ca_path)
        port = sandbox.salesforce_url.removeprefix("https://127.0.0.1:")
        assert sandbox.announcement()["ca"] == authority
        assert call(sandbox.salesforce_url, "/x", verify=authority)["path"] == "/x"
        assert call(f"https://localhost:{port}", "/x", verify=authority)["path"] == "/x"
        with pytest.raises(OSError, match="certificate verify failed"):
            call(sandbox.hubspot_url, "/x")
    assert not sandbox.ca_path.exists()


def test_an_idle_tls_connection_does_not_hold_up_the_end():
    with shelves(tls=True) as sandbox:
        context = ssl.create_default_context(cafile=sandbox.ca_path)
        kept = http.client.HTTPSConnection(sandbox.salesforce_url.removeprefix("https://"), context=context)
        kept.request("GET", "/x")
        kept.getresponse().read()
        started = time.perf_counter()
    assert time.perf_counter() - started < 15  # asyncio would wait 30 seconds for the farewell
    kept.close()


def test_tls_keeps_its_certificate_in_the_state_folder(tmp_path):
    with shelves(tls=True, state=tmp_path) as sandbox:
        assert sandbox.ca_path == tmp_path / "ca.pem"


FOREGROUND = """
import json, sys
from test_server import Shelf
from leadrelay.sandbox.server import Options, serve
serve(Options(leads=int(sys.argv[1])), lambda told: print(json.dumps(told), flush=True),
      lambda *step: print(step, flush=True), Shelf, Shelf)
print("ended", flush=True)
"""


@pytest.fixture
def foreground():
    """Starts `serve` in a process of its own, and sees to its end."""
    started = []

    def start(leads):
        command = [sys.executable, "-W", "error", "-c", FOREGROUND, str(leads)]
        path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
        process = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_well_at_a_signal(foreground, number):
    process = foreground(0)
    url = json.loads(process.stdout.readline())["hubspot"]["url"]
    assert call(url, "/_sandbox/health")["ready"]
    process.send_signal(number)
    assert process.communicate(timeout=5) == ("ended\n", "")
    assert process.returncode == 0


def test_serve_ends_well_while_leads_are_put_in(foreground):
    process = foreground(10_000_000)
    assert process.stdout.readline() == "(2000, 10000000)\n"
    process.send_signal(signal.SIGTERM)
    told, errors = process.communicate(timeout=5)
    assert told.endswith("ended\n")
    assert "{" not in told
    assert (errors, process.returncode) == ("", 0)


def test_what_the_sandbox_needs_to_start_is_light():
    code = "import sys, leadrelay.sandbox.server; print({'polars', 'sqlalchemy', 'trustme'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
