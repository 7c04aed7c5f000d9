"""Awkward answers of HubSpot, from a server of our own: its client library has no seam above the socket."""

import json
import threading
import traceback
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from leadrelay.connectors.base import MERGED_MEANWHILE, Claim, Cursor, Standing, Update, Usage
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.hubspot_claims import Ledger
from leadrelay.connectors.hubspot_wire import Portal, text
from leadrelay.errors import ConfigError, CrmError, FieldsGone, Refused, Unavailable, Unexpected

SECRET, CANARY = "pat-canary-secret-71", "canary@example.com"
SINCE = Cursor("2026-03-01T09:00:00.000Z")


class Scripted(BaseHTTPRequestHandler):
    """Gives the next answer of the script; the last one for ever."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        script = self.server.script
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.path, dict(self.headers), self.rfile.read(length)))
        status, body, headers = script.pop(0) if len(script) > 1 else script[0]
        content = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = "Content-Length" in headers

    def do_POST(self):
        self.do_GET()

    def date_time_string(self, _=None):
        return "Sun, 01 Mar 2026 10:00:00 GMT"

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def running():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Wire:
    def __init__(self, server):
        self.server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.script, server.asked = [], []

    def answers(self, *found):
        self.server.script += [(status, body, headers[0] if headers else {}) for status, body, *headers in found]

    @property
    def asked(self):
        return self.server.asked

    def body(self, at):
        return json.loads(self.asked[at][2])


@pytest.fixture
def wire(running):
    return Wire(running)


@pytest.fixture
def crm(wire, time):
    settings = HubSpotSettings(name="acme", access_token=SECRET, base_url=wire.url, page_size=2)
    with closing(HubSpotConnector.connect(settings, "contacts", time.pace())) as connector:
        yield connector


def contact(number, **properties):
    found = {"company": f"C{number}", "lastmodifieddate": "2026-03-01T09:30:00.000Z", **properties}
    return {"id": str(number), "properties": found, "archived": False}


def results(*found, after=None, **more):
    body = {"results": list(found), **more}
    return body | ({"paging": {"next": {"after": after, "link": "x"}}} if after else {})


def invalid(*issues):
    listed = json.dumps([{"isValid": False, "message": CANARY, "error": code, "name": name} for name, code in issues])
    return {"status": "error", "category": "VALIDATION_ERROR", "message": f"Property values were not valid: {listed}"}


def pages(crm, since=None):
    return list(crm.changes(["company"], since))


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_list_is_asked_with_a_token_a_size_and_the_properties(wire, crm):
    wire.answers((200, results(contact(1), contact(2), after="2")), (200, results(contact(3))))
    [page] = pages(crm)
    assert page.records.rows() == [(str(n), "2026-03-01T09:30:00.000Z", f"C{n}") for n in (1, 2, 3)]
    assert page.cursor == Cursor("2026-03-01T09:50:00.000Z")
    path, headers, _ = wire.asked[1]
    assert parse_qs(urlsplit(path).query) == {
        "limit": ["2"],
        "after": ["2"],
        "properties": ["lastmodifieddate,company"],
        "archived": ["false"],
    }
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Accept-Encoding"] == "gzip"


def test_a_search_goes_on_above_the_last_id_and_never_by_offset(wire, crm):
    wire.answers((200, results(contact(1), contact(2), after="2", total=3)), (200, results(contact(3), total=1)))
    [page] = pages(crm, SINCE)
    assert page.total == 3
    assert page.records["id"].to_list() == ["1", "2", "3"]
    body = wire.body(1)
    assert "after" not in body
    assert body["limit"] == 2
    assert body["sorts"] == [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    assert body["filterGroups"] == [
        {
            "filters": [
                {"propertyName": "hs_object_id", "operator": "GT", "value": "2"},
                {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1772355600000"},
            ]
        }
    ]


def test_other_objects_have_another_modification_time(wire, time):
    company = {"id": "1", "properties": {"hs_lastmodifieddate": "2026-03-01T09:30:00.000Z", "name": ""}}
    wire.answers((200, results(company)))
    with closing(
        HubSpotConnector.connect(HubSpotSettings(access_token="t", base_url=wire.url), "companies", time.pace())
    ) as crm:
        [page] = crm.changes(["name"], None)
    assert page.records.rows() == [("1", "2026-03-01T09:30:00.000Z", None)]


def test_a_mapping_too_long_for_an_address_is_searched(wire, time):
    names = [f"a_property_with_a_long_name_{n:04}" for n in range(600)]
    wire.answers((200, results(contact(1, **dict.fromkeys(names)))))
    with closing(
        HubSpotConnector.connect(HubSpotSettings(access_token="t", base_url=wire.url), pace=time.pace())
    ) as crm:
        [page] = crm.changes(names, None)
    assert page.records.height == 1
    assert wire.asked[0][0] == "/crm/v3/objects/contacts/search"
    assert len(wire.body(0)["filterGroups"][0]["filters"]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        results(contact(2), contact(1)),
        results(contact(5), contact(5)),
        results(after="2"),
    ],
    ids=["disorder", "repeated", "empty"],
)
def test_a_search_that_does_not_get_ahead_ends(wire, crm, answer):
    wire.answers((200, answer))
    with pytest.raises(Unexpected):
        pages(crm, SINCE)
    assert len(wire.asked) == 3


@pytest.mark.parametrize("answer", [results(contact(1), after="7"), results(after="8")], ids=["same", "empty"])
def test_a_list_that_does_not_get_ahead_ends(wire, crm, answer):
    wire.answers((200, results(contact(1), after="7")), (200, answer))
    with pytest.raises(Unexpected, match="do not get ahead"):
        pages(crm)
    assert len(wire.asked) == 2


def test_a_list_token_of_an_earlier_day_starts_the_list_anew(wire, crm):
    wire.answers((400, {"status": "error", "message": "after is invalid"}), (200, results(contact(1))))
    [page] = pages(crm, Cursor("", "gone", "2026-02-01T00:00:00.000Z"))
    assert page.records["id"].to_list() == ["1"]
    assert page.cursor == Cursor("2026-01-31T23:50:00.000Z")


def test_a_property_that_did_not_come_is_not_taken_for_empty(wire, crm):
    wire.answers((200, results({"id": "1", "properties": {"lastmodifieddate": "x"}})))
    with pytest.raises(Refused, match="did not give company of contacts"):
        pages(crm)


def test_a_property_that_hubspot_names_as_unknown_is_told_as_we_asked_for_it(wire, crm):
    wire.answers((400, invalid(("company", "PROPERTY_DOESNT_EXIST"))))
    with pytest.raises(FieldsGone, match="Company") as gone:
        list(crm.changes(["Company"], None))
    assert gone.value.fields == ("Company",)


def test_a_property_that_goes_away_within_a_page_is_not_taken_for_empty(wire, crm):
    gone = {"id": "2", "properties": {"lastmodifieddate": "2026-03-01T09:30:00.000Z"}}
    wire.answers((200, results(contact(1), after="1")), (200, results(gone)))
    with pytest.raises(FieldsGone, match="company"):
        pages(crm)


def test_a_page_of_a_search_tells_a_moment_before_what_the_index_may_lack(wire, crm):
    wire.answers((200, results(contact(1))))
    assert pages(crm)[0].as_of == "2026-03-01T10:00:00.000Z"
    assert pages(crm, SINCE)[0].as_of == "2026-03-01T09:50:00.000Z"


def test_a_cursor_of_another_kind_is_never_sent(wire, crm):
    with pytest.raises(Unexpected, match="cursor"):
        pages(crm, Cursor("yesterday"))
    assert wire.asked == []


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "policy", "waited"),
    [({"Retry-After": "7"}, "SECONDLY", 7.25), ({}, "TEN_SECONDLY_ROLLING", 1.25), ({}, None, 1.25)],
)
def test_too_many_requests_wait_as_told_or_a_little(wire, crm, time, headers, policy, waited):
    body = {"status": "error", "errorType": "RATE_LIMIT"} | ({"policyName": policy} if policy else {})
    wire.answers((429, body, headers), (200, results(contact(1))))
    assert pages(crm)[0].records.height == 1
    assert time.slept == [waited]


def test_a_daily_limit_stops_with_a_time_to_wait(wire, crm, time):
    wire.answers((429, {"status": "error", "policyName": "DAILY"}))
    with pytest.raises(Unavailable, match="daily limit") as caught:
        pages(crm)
    assert caught.value.retry_after == 3600
    assert time.slept == []


def test_a_locked_portal_is_left_two_seconds_at_least(wire, crm, time):
    wire.answers((423, ""), (200, results(contact(1))))
    pages(crm)
    assert time.slept == [2.25]


def test_a_portal_that_moves_is_left_alone_as_long_as_it_says(wire, crm):
    wire.answers((477, "", {"Retry-After": "86400"}))
    with pytest.raises(Unavailable) as caught:
        pages(crm)
    assert caught.value.retry_after == 86400


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 524])
def test_passing_faults_are_tried_again(wire, crm, status):
    wire.answers((status, "<html>\xfcber</html>".encode("latin-1")), (200, results(contact(1))))
    assert pages(crm)[0].records.height == 1
    assert crm.calls == 2


def test_a_bad_token_is_refused_at_once(wire, crm):
    wire.answers((401, {"status": "error", "category": "INVALID_AUTHENTICATION", "message": CANARY}))
    with pytest.raises(Refused, match="access_token"):
        pages(crm)
    assert len(wire.asked) == 1


def test_a_missing_scope_is_named(wire, crm):
    context = {"requiredGranularScopes": ["crm.objects.contacts.read"]}
    wire.answers((403, {"status": "error", "category": "MISSING_SCOPES", "context": context}))
    with pytest.raises(Refused, match=r"crm\.objects\.contacts\.read"):
        pages(crm)


@pytest.mark.parametrize("body", ["<html>ok</html>", "", '{"results":[{"id":"1","prop', "[]"])
def test_an_answer_that_is_no_json_is_never_a_page(wire, crm, body):
    wire.answers((200, body))
    with pytest.raises(Unexpected):
        pages(crm)
    assert len(wire.asked) == 3


def test_a_body_shorter_than_announced_is_asked_again(wire, crm):
    whole = results(contact(1))
    wire.answers((200, json.dumps(whole)[:-9], {"Content-Length": str(len(json.dumps(whole)))}), (200, whole))
    assert pages(crm)[0].records.height == 1
    assert crm.calls == 2


def test_a_redirect_is_not_followed(wire, crm):
    wire.answers((302, "", {"Location": f"{wire.url}/elsewhere"}))
    with pytest.raises(Unexpected, match="redirect"):
        pages(crm)
    assert len(wire.asked) == 1


def test_a_portal_that_nobody_answers_for_is_unavailable(time):
    settings = HubSpotSettings(name="acme", access_token=SECRET, base_url="http://127.0.0.1:9")
    with closing(HubSpotConnector.connect(settings, pace=time.pace())) as crm:
        with pytest.raises(Unavailable, match="connection acme"):
            pages(crm)
        assert crm.calls == 4


def test_the_rate_and_the_quota_are_learned_from_the_headers(wire, crm, time):
    headers = {
        "X-HubSpot-RateLimit-Max": "190",
        "X-HubSpot-RateLimit-Remaining": "0",
        "X-HubSpot-RateLimit-Daily": "1000",
        "X-HubSpot-RateLimit-Daily-Remaining": "400",
    }
    wire.answers((200, results(contact(1), after="1"), headers), (200, results(contact(2))))
    pages(crm)
    assert crm.usage == Usage(600, 1000)
    assert time.slept == [10.25]


def test_searches_are_paced_at_five_a_second(wire, crm, time):
    wire.answers(*[(200, results(contact(n), after="x")) for n in range(1, 12)], (200, results(contact(99))))
    pages(crm, SINCE)
    assert time.slept == pytest.approx([1.1, 1.1])


def test_settings_that_cannot_work_are_told_before_anything_is_sent():
    with pytest.raises(ConfigError) as caught:
        HubSpotConnector.connect(HubSpotSettings(base_url="http://api.hubapi.com"))
    assert len(caught.value.problems) == 2
    assert SECRET not in repr(HubSpotSettings(access_token=SECRET))


def test_a_lead_with_more_tasks_than_fit_into_one_answer(wire, time):
    def linked(task, after=None):
        found = {"from": {"id": "1"}, "to": [{"toObjectId": task, "associationTypes": []}]}
        return {"results": [found | ({"paging": {"next": {"after": after}}} if after else {})]}

    task = {"id": "72", "properties": {"key": "lsx1-a", "hubspot_owner_id": "5", "hs_task_status": None}}
    wire.answers((200, linked(71, after="9")), (207, linked("72")), (200, {"results": [task]}))
    portal = Portal(HubSpotSettings(access_token=SECRET, base_url=wire.url), time.pace())
    with closing(portal):
        claims = Ledger(portal, "contacts", "key").by_lead(["1"], ["lsx1-a", "lsx1-b"])
    assert claims == {"lsx1-a": Claim("lsx1-a", "72", "5")}
    assert [path for path, _, _ in wire.asked[:2]] == ["/crm/v4/associations/contacts/tasks/batch/read"] * 2
    assert [wire.body(at)["inputs"] for at in range(2)] == [[{"id": "1"}], [{"id": "1", "after": "9"}]]
    assert [one["id"] for one in wire.body(2)["inputs"]] == ["71", "72"]


# -- writing ----------------------------------------------------------------------------------------------------------


def updates(*numbers):
    return [Update(str(number), {"company": "Canary Industries", "score": 20.0}) for number in numbers]


def test_values_go_out_as_text():
    assert [text(v) for v in (None, True, False, 20, 20.0, 20.5, "x")] == ["", "true", "false", "20", "20", "20.5", "x"]


def test_part_of_a_batch_that_failed_is_told_by_record(wire, crm):
    gone = {"category": "OBJECT_NOT_FOUND", "message": f"{CANARY}", "context": {"ids": ["2"]}}
    wire.answers((207, {"status": "COMPLETE", "results": [{"id": "3"}, {"id": "1"}], "numErrors": 1, "errors": [gone]}))
    outcomes = list(crm.write(updates(1, 2, 3)))
    assert [o.standing.value for o in outcomes] == ["done", "void", "done"]
    assert outcomes[1].code == "OBJECT_NOT_FOUND"
    assert CANARY not in outcomes[1].message


def test_a_merged_record_comes_back_under_another_id_and_is_void(wire, crm):
    wire.answers((200, {"status": "COMPLETE", "results": [{"id": "1"}, {"id": "777"}]}))
    found = list(crm.write(updates(1, 2)))
    assert [(o.standing, o.code) for o in found] == [(Standing.DONE, ""), (Standing.VOID, MERGED_MEANWHILE)]


def test_a_record_of_which_nothing_is_said_is_pending(wire, crm):
    wire.answers((200, {"status": "COMPLETE", "results": [{"id": "1"}]}), (200, {"results": []}))
    outcomes = list(crm.write(updates(1, 2)))
    assert [o.standing.value for o in outcomes] == ["done", "pending"]
    assert outcomes[1].code == "NO_VERDICT"


def test_a_conflict_is_parked_alone(wire, crm):
    conflict = {"status": "error", "category": "CONFLICT", "message": f"Contact already exists. Existing ID: {CANARY}"}
    fine = {"status": "COMPLETE", "results": [{"id": "2"}]}
    wire.answers((409, conflict), (409, conflict), (200, fine))
    outcomes = list(crm.write(updates(1, 2)))
    assert [(o.standing.value, o.code) for o in outcomes] == [("parked", "CONFLICT"), ("done", "")]


def test_what_is_said_of_a_value_names_the_property_and_the_code(wire, crm):
    wire.answers((400, invalid(("company", "INVALID_OPTION"), ("score", "INVALID_LONG"))))
    [outcome] = crm.write(updates(1))
    assert (outcome.code, outcome.message) == ("INVALID_OPTION", "company: not one of the field's values")


def test_one_property_too_many_does_not_park_those_who_lack_it(wire, crm):
    wire.answers(
        (400, invalid(("other", "PROPERTY_DOESNT_EXIST"), ("company", "INVALID_OPTION"))),
        (200, {"results": [{"id": "1"}]}),
        (400, invalid(("other", "PROPERTY_DOESNT_EXIST"))),
    )
    found = crm.write([*updates(1), Update("2", {"other": 1})])
    assert [o.standing.value for o in found] == ["done", "parked"]


LEAKY = [
    (400, {"message": f"{CANARY} {SECRET}", "category": "VALIDATION_ERROR"}),
    (400, f"{CANARY} {SECRET}"),
    (401, {"message": SECRET}),
    (403, {"message": CANARY, "category": "MISSING_SCOPES"}),
    (404, {"message": CANARY, "category": "OBJECT_NOT_FOUND"}),
    (500, f"{CANARY} {SECRET}"),
    (200, f"{CANARY} {SECRET}"),
    (302, CANARY, {"Location": f"https://evil.example/{SECRET}"}),
]


@pytest.mark.parametrize("answer", LEAKY, ids=lambda answer: f"{answer[0]}")
def test_no_secret_and_no_person_is_ever_in_an_error(wire, crm, answer):
    wire.answers(answer)
    with pytest.raises(CrmError) as caught:
        pages(crm)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "canary" not in shown
