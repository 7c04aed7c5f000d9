"""Every kind of fault over a real socket: what the client sees, and what the CRM did."""

import http.client
import json
import ssl
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from leadrelay.sandbox.control import Control
from leadrelay.sandbox.faults import HangUp
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Response

TOKEN = "Bearer good"


class Counter:
    """A CRM with one record, whose number every POST raises."""

    def __init__(self, store, _url_of=None):
        self.store = store
        self.faults = []
        self.asked = 0
        self.jwt_private_key = None
        self.control = Control(store, self.edit, self.reset)

    def prepare(self):
        self.store.create("Note", [Column("Id"), Column("Number", "integer"), Column("Text")])
        self.store.insert("Note", [{"Id": "1", "Number": 0}], "seed", silent=True)

    def reset(self):
        self.store.wipe()
        self.prepare()

    def edit(self, name, key, fields, actor, *, late=0.0):
        assert not late
        if key == "9":
            return Response(404)
        self.store.update(name, key, fields, actor)
        return Response(204)

    def load(self, people):
        assert not list(people)

    def number(self):
        return self.store.get("Note", "1")["Number"]

    def handle(self, request):
        if self.control.handles(request):
            return self.control.handle(request)
        self.asked += 1
        if not request.headers.get("authorization", "").startswith(TOKEN):
            return Response(401, {"error": "who are you?"})
        if request.method == "POST":
            self.store.update("Note", "1", {"Number": self.number() + 1}, "integration")
        return Response(200, {"number": self.number(), "long": "x" * 100})


@pytest.fixture(scope="module")
def served():
    with Sandbox(Options(), build_salesforce=Counter, build_hubspot=Counter) as sandbox:
        yield sandbox


class Crm:
    """One CRM and its address."""

    def __init__(self, app, line, url):
        self.app, self.line = app, line
        self.door = url.removeprefix("http://")
        self.control("POST", "reset")

    def control(self, method, name, body=None):
        return self.ask(method, f"/_sandbox/{name}", body)

    def faults(self, *faults, seed=7):
        answer = self.control("POST", "faults", {"seed": seed, "faults": list(faults)})
        assert answer.status == 200, answer.body

    def fired(self):
        return [fault["fired"] for fault in self.control("GET", "faults").body["faults"]]

    @contextmanager
    def connected(self):
        connection = http.client.HTTPConnection(self.door, timeout=5)
        try:
            yield connection
        finally:
            connection.close()

    def ask(self, method, path, body=None, *, token=TOKEN):
        with self.connected() as connection:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": token})
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            answer.body = json.loads(text) if is_json and text else text
            return answer

    def post(self, **options):
        return self.ask("POST", "/notes", {}, **options)


@pytest.fixture
def salesforce(served):
    return Crm(served.salesforce, served.salesforce_line, served.salesforce_url)


@pytest.fixture
def hubspot(served):
    return Crm(served.hubspot, served.hubspot_line, served.hubspot_url)


crm = salesforce


@pytest.mark.parametrize(
    ("fault", "error", "applied"),
    [
        ({"kind": "drop-request"}, http.client.RemoteDisconnected, 0),
        ({"kind": "drop-reply"}, http.client.RemoteDisconnected, 1),
        ({"kind": "reset"}, ConnectionResetError, 0),
        ({"kind": "reset", "applied": True}, ConnectionResetError, 1),
    ],
)
def test_a_connection_ends_without_an_answer(crm, fault, error, applied):
    crm.faults({**fault, "times": 1})
    with pytest.raises(ConnectionError) as found:
        crm.post()
    assert type(found.value) is error
    assert crm.app.number() == applied
    assert crm.post().body["number"] == applied + 1
    assert crm.fired() == [1]


def test_a_lost_reply_closes_a_kept_connection_and_no_other(crm):
    with crm.connected() as kept, crm.connected() as other:
        for connection in (kept, other):
            connection.request("POST", "/notes", headers={"Authorization": TOKEN})
            connection.getresponse().read()
        crm.faults({"kind": "drop-reply", "times": 1})
        kept.request("POST", "/notes", headers={"Authorization": TOKEN})
        with pytest.raises(http.client.RemoteDisconnected):
            kept.getresponse()
        door = other.sock
        other.request("POST", "/notes", headers={"Authorization": TOKEN})
        assert json.loads(other.getresponse().read())["number"] == 4
        assert other.sock is door


def test_a_late_answer_holds_up_no_other(crm):
    crm.faults({"kind": "late", "seconds": 30, "method": "POST"})
    with crm.connected() as waiting:
        waiting.request("POST", "/notes", headers={"Authorization": TOKEN})
        while crm.app.number() == 0:
            time.sleep(0.001)
        assert crm.ask("GET", "/notes").body["number"] == 1


def test_a_late_answer_comes(crm):
    crm.faults({"kind": "late", "seconds": 0.01})
    assert crm.post().body["number"] == 1


def test_a_late_request_is_carried_out_though_the_client_has_gone(crm):
    crm.faults({"kind": "late-request", "seconds": 0.2, "times": 1})
    started = time.perf_counter()
    with crm.connected() as hasty:
        hasty.request("POST", "/notes", headers={"Authorization": TOKEN})
    while crm.app.number() == 0:
        time.sleep(0.001)
    assert time.perf_counter() - started >= 0.2
    assert crm.post().body["number"] == 2


def test_a_doubled_request_is_answered_for_the_second(crm):
    crm.faults({"kind": "twice", "times": 1})
    assert crm.post().body["number"] == 2
    assert crm.post().body["number"] == 3


@pytest.mark.parametrize("size", [0, 1, 50, -1, -50])
def test_a_body_ends_at_a_byte_and_says_that_it_is_longer(crm, size):
    crm.faults({"kind": "cut", "bytes": size})
    with pytest.raises(http.client.IncompleteRead) as found:
        crm.post()
    assert len(found.value.partial) + found.value.expected == len(json.dumps({"number": 1, "long": "x" * 100})) - 3
    assert len(found.value.partial) == size or found.value.expected == -size
    assert crm.app.number() == 1


def test_a_body_in_slices_is_whole(crm):
    crm.faults({"kind": "slow", "slice": 20, "pause": 0.01})
    started = time.perf_counter()
    assert crm.post().body == {"number": 1, "long": "x" * 100}
    assert time.perf_counter() - started >= 0.05


def test_an_empty_body_in_slices(crm):
    crm.faults({"kind": "slow", "slice": 20, "pause": 1}, {"kind": "status", "status": 503, "body": ""})
    assert (crm.post().status, crm.post().body) == (503, b"")


def test_garbage_looks_like_success(crm):
    crm.faults({"kind": "garbage", "times": 1}, {"kind": "garbage", "applied": True, "content_type": "text/plain"})
    answer = crm.post()
    assert (answer.status, answer.headers["content-type"], crm.app.number()) == (200, "text/html; charset=utf-8", 0)
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert crm.post().headers["content-type"].startswith("text/plain")
    assert crm.app.number() == 1


@pytest.mark.parametrize("applied", [False, True])
def test_a_status_is_answered_instead(crm, applied):
    crm.faults({"kind": "status", "status": 503, "retry_after": 2, "applied": applied})
    answer = crm.post()
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert answer.body[0]["errorCode"] == "SERVER_UNAVAILABLE"
    assert crm.app.number() == applied


def test_each_crm_is_out_of_quota_in_its_own_words(salesforce, hubspot):
    for crm in (salesforce, hubspot):
        crm.faults({"kind": "quota"})
    assert (salesforce.post().status, hubspot.post().status) == (403, 429)
    assert hubspot.post().body["policyName"] == "DAILY"


def test_a_salesforce_token_that_was_ended_stays_ended(salesforce):
    old = f"{TOKEN} old"
    salesforce.faults({"kind": "expire", "times": 1, "after": 1})
    assert [salesforce.post(token=old).status for _ in range(3)] == [200, 401, 401]
    salesforce.control("DELETE", "faults")
    assert salesforce.post(token=old).status == 401
    assert salesforce.post().status == 200
    assert salesforce.app.number() == 2


def test_a_hubspot_token_is_refused_once(hubspot):
    hubspot.faults({"kind": "expire", "times": 1})
    assert [hubspot.post().status for _ in range(2)] == [401, 200]


def test_a_storm_is_over_when_the_clock_of_the_crm_says_so(crm):
    crm.faults({"kind": "storm", "seconds": 600})
    assert [crm.post().status for _ in range(2)] == [503, 503]
    crm.control("POST", "clock", {"advance": 600})
    assert crm.post().status == 200


def test_the_date_header_alone_is_wrong(crm):
    crm.faults({"kind": "clock-skew", "seconds": -86_400 * 366})
    year = int(crm.control("GET", "health").body["now"][:4])
    assert crm.post().headers["date"].split()[3] in {str(year - 1), str(year - 2)}
    crm.control("DELETE", "faults")
    assert crm.post().headers["date"].split()[3] == str(year)


def test_faults_are_shown_replaced_and_cleared(crm):
    crm.faults({"kind": "twice"}, {"kind": "late", "seconds": 0})
    crm.post()
    assert crm.control("GET", "faults").body["faults"] == [
        {"kind": "twice", "matched": 1, "fired": 1},
        {"kind": "late", "seconds": 0, "matched": 1, "fired": 1},
    ]
    refused = crm.control("POST", "faults", {"faults": [{"kind": "thrice"}, {"kind": "late"}]})
    assert refused.status == 400
    assert refused.body["error"].startswith("faults[0].kind: there is no such kind of fault; did you mean twice?; fau")
    assert crm.fired() == [1, 1]
    crm.faults({"kind": "twice"})
    assert crm.fired() == [0]
    assert crm.control("DELETE", "faults").status == 204
    assert crm.fired() == []


def test_a_reset_clears_faults_and_actors(crm):
    crm.faults({"kind": "twice", "path": "*"})
    crm.control("POST", "actors", {"actors": [{"object": "Note", "fields": {"Text": ["a"]}}]})
    assert crm.control("POST", "reset").status == 204
    assert crm.fired() == []
    assert crm.control("GET", "actors").body == {"actors": []}


def test_the_endpoints_of_the_sandbox_are_never_hit(crm):
    crm.faults({"kind": "drop-request", "path": "*"}, {"kind": "drop-request", "path": "/_sandbox/*"})
    assert crm.control("GET", "health").status == 200
    assert crm.fired() == [0, 0]


def test_interceptors_see_both_sides_of_a_request_and_may_hang_up(crm):
    seen = []

    def look(request, when):
        seen.append((request.method, request.path, when, crm.app.number()))
        if crm.app.number() == 2:
            raise HangUp

    crm.line.interceptors.append(look)
    try:
        crm.post()
        with pytest.raises(http.client.RemoteDisconnected):
            crm.post()
        crm.control("GET", "health")
    finally:
        crm.line.interceptors.remove(look)
    assert seen == [
        ("POST", "/notes", when, number) for when, number in (("before", 0), ("after", 1), ("before", 1), ("after", 2))
    ]


def test_a_person_edits_while_requests_come(crm):
    person = {"object": "note", "fields": {"Text": ["call {n}", "mail {n}"]}, "rate": 1.5, "actor": "Ada"}
    assert crm.control("POST", "actors", {"seed": 1, "actors": [person]}).status == 200
    for _ in range(40):
        crm.ask("GET", "/notes")
    [shown] = crm.control("GET", "actors").body["actors"]
    effects = crm.app.store.history()
    assert {effect["actor"] for effect in effects} == {"Ada"}
    assert shown == {**person, "edits": len(effects), "refused": 0}
    assert 45 <= len(effects) <= 75
    assert {effect["new"].split()[0] for effect in effects} == {"call", "mail"}
    crm.control("DELETE", "actors")
    crm.ask("GET", "/notes")
    assert len(crm.app.store.history()) == len(effects)


def test_a_person_edits_what_the_api_wrote(crm):
    person = {"object": "Note", "fields": {"Text": ["{n}"]}, "records": "written"}
    crm.control("POST", "actors", {"actors": [person]})
    crm.ask("GET", "/notes")
    assert crm.app.store.history() == []
    crm.post()
    assert [effect["actor"] for effect in crm.app.store.history()] == ["integration", "person"]


def test_an_edit_that_is_refused_is_counted(crm):
    person = {"object": "Note", "fields": {"Text": ["a"]}, "records": ["9"]}
    crm.control("POST", "actors", {"actors": [person]})
    assert crm.post().status == 200
    [shown] = crm.control("GET", "actors").body["actors"]
    assert (shown["edits"], shown["refused"]) == (1, 1)


def test_an_actor_that_cannot_be_is_refused(crm):
    actors = [
        {"object": "Nose", "fields": {"Text": ["a"]}},
        {"object": "Note", "fields": {"Text": []}},
        {"kind": "robot"},
    ]
    refused = crm.control("POST", "actors", {"actors": actors})
    assert refused.status == 400
    assert refused.body["error"].split("; ")[:2] == [
        "actors[0].object: there is no such object type",
        "did you mean Note?",
    ]
    assert "actors[1].fields: must be a table of lists" in refused.body["error"]
    assert "actors[2].kind: must be one of person" in refused.body["error"]


def test_a_connection_ends_under_tls_too():
    with Sandbox(Options(tls=True), build_salesforce=Counter, build_hubspot=Counter) as sandbox:
        context = ssl.create_default_context(cafile=sandbox.ca_path)
        door = sandbox.hubspot_url.removeprefix("https://")
        found = []
        # Python up to 3.11 does not tell a reset from an end under TLS.
        lost = http.client.RemoteDisconnected, ConnectionResetError
        for fault in ({"kind": "drop-reply"}, {"kind": "reset"}, {"kind": "cut", "bytes": 9}, {"kind": "twice"}):
            body = json.dumps({"faults": [fault]})
            for path, text in (("/_sandbox/faults", body), ("/notes", "")):
                connection = http.client.HTTPSConnection(door, timeout=5, context=context)
                connection.request("POST", path, text, {"Authorization": TOKEN})
                try:
                    found.append(connection.getresponse().read()[:9])
                except (ConnectionError, http.client.IncompleteRead) as error:
                    found.append(type(error))
                connection.close()
        assert found[1] is http.client.RemoteDisconnected
        assert found[3] in lost
        assert found[5::2] == [http.client.IncompleteRead, b'{"number"']
        assert sandbox.hubspot.number() == 4


def test_both_crms_refuse_an_ended_token_in_their_own_words():
    with Sandbox(Options()) as sandbox:
        for app, line, url in (
            (sandbox.salesforce, sandbox.salesforce_line, sandbox.salesforce_url),
            (sandbox.hubspot, sandbox.hubspot_line, sandbox.hubspot_url),
        ):
            crm = Crm(app, line, url)
            crm.faults({"kind": "expire", "times": 1})
            told = [crm.ask("GET", path, token=token).body for path, token in _entries(crm, sandbox.announcement())]
            if app is sandbox.salesforce:
                assert [error["errorCode"] for [error] in told] == ["INVALID_SESSION_ID"] * 2
            else:
                assert [answer.get("category") for answer in told] == ["INVALID_AUTHENTICATION", None]


def _entries(crm, told):
    """The same request twice, with a token that is good."""
    if crm.door in told["hubspot"]["url"]:
        return [("/crm/v3/owners", f"Bearer {told['hubspot']['token']}")] * 2
    grant = {name: told["salesforce"][name] for name in ("client_id", "client_secret")}
    with crm.connected() as connection:
        form = urlencode({"grant_type": "client_credentials", **grant})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/services/oauth2/token", form, headers)
        token = json.loads(connection.getresponse().read())["access_token"]
    return [("/services/data/v67.0/limits", f"Bearer {token}")] * 2


def test_the_sandbox_ends_while_requests_wait():
    with Sandbox(Options(), build_salesforce=Counter, build_hubspot=Counter) as sandbox:
        crm = Crm(sandbox.salesforce, sandbox.salesforce_line, sandbox.salesforce_url)
        crm.faults(
            {"kind": "late-request", "seconds": 300, "path": "/early"},
            {"kind": "late", "seconds": 300, "path": "/late"},
        )
        doors = []
        for path in ("/early", "/late"):
            door = http.client.HTTPConnection(crm.door, timeout=5)
            door.request("POST", path, headers={"Authorization": TOKEN})
            doors.append(door)
        while crm.fired() != [1, 1]:
            time.sleep(0.001)
        started = time.perf_counter()
    assert time.perf_counter() - started < 100
    assert crm.app.asked == 1
    for door in doors:
        door.close()
