"""Awkward answers of Salesforce."""

import json
import threading
import traceback
from contextlib import closing

import pytest
import responses

from leadrelay.connectors.base import Cursor, Standing, Update, Usage
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.errors import ConfigError, CrmError, FieldsGone, Refused, Unavailable, Unexpected

HOME = "https://acme.my.salesforce.com"
DATA = f"{HOME}/services/data/v66.0"
TOKEN_URL = f"{HOME}/services/oauth2/token"
QUERY = f"{DATA}/query/"
COLLECTIONS = f"{DATA}/composite/sobjects"
SECRET, CANARY = "canary-secret-71", "canary@example.com"
DATE = "Sun, 01 Mar 2026 10:00:00 GMT"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
GRANT = {
    "instance_url": HOME,
    "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
    "token_type": "Bearer",
}


def record(number, **fields):
    stamp = "2026-03-01T09:00:00.000+0000"
    return {"attributes": {}, "Id": f"00Q{number:012}AAA", "SystemModstamp": stamp, "Company": f"C{number}", **fields}


def records(*found, total=None, more=""):
    body = {"totalSize": total or len(found), "done": not more, "records": list(found)}
    return body | ({"nextRecordsUrl": more} if more else {})


class Wire:
    """What Salesforce answers, in order, and what it was asked."""

    def __init__(self, mock):
        self.mock = mock
        self.tokens = 0

    def sign_ins(self):
        """They tell no time, so that a first walk cannot ask what is covered: that has its own tests."""

        def answer(_):
            self.tokens += 1
            return 200, {}, json.dumps(GRANT | {"access_token": f"{SECRET}-{self.tokens}"})

        self.mock.add_callback(responses.POST, TOKEN_URL, answer)

    def answers(self, method, url, *found):
        for status, body, *headers in found:
            given = {"Date": DATE} | (headers[0] if headers else {})
            text = body if isinstance(body, str | bytes) else json.dumps(body)
            self.mock.add(method, url, body=text, status=status, headers=given)

    @property
    def sent(self):
        return [call.request for call in self.mock.calls]


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        found = Wire(mock)
        found.sign_ins()
        yield found


@pytest.fixture
def crm(time):
    settings = SalesforceSettings(name="acme", domain="acme.my", client_id="id", client_secret=SECRET)
    with closing(SalesforceConnector.connect(settings, "Lead", time.pace())) as connector:
        yield connector


def pages(crm, since=None):
    return list(crm.changes(["Company"], since))


# -- signing in -------------------------------------------------------------------------------------------------------


def refused_sign_in(time, **settings):
    given = {"domain": "acme.my", "client_id": "id", "client_secret": SECRET} | settings
    with closing(SalesforceConnector.connect(SalesforceSettings(name="acme", **given), pace=time.pace())) as crm:
        with pytest.raises(CrmError) as caught:
            crm.organisation()
        return caught.value, crm.calls


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        ("invalid_client", "client_secret"),
        ("invalid_client_id", "client_id"),
        ("invalid_grant", "username"),
        ("x!", "domain"),
    ],
)
def test_wrong_credentials_are_refused_at_once_with_the_cure(time, error, cure):
    body = {"error": error, "error_description": f"authentication failure {CANARY}"}
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, json=body, status=400)
        fault, calls = refused_sign_in(time)
    assert isinstance(fault, Refused)
    assert "connection acme" in str(fault)
    assert cure in str(fault)
    assert CANARY not in str(fault)
    assert (calls, time.slept) == (1, [])


def test_too_many_sign_ins_wait_for_an_hour(time):
    body = {"error": "invalid_grant", "error_description": "login rate exceeded"}
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, json=body, status=400)
        fault, _ = refused_sign_in(time)
    assert isinstance(fault, Unavailable)
    assert fault.retry_after == 3600


def test_a_sign_in_that_asks_to_be_tried_again_is(time):
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, json={"error": "unknown_error", "error_description": "retry your request"}, status=400)
        mock.post(TOKEN_URL, json=GRANT | {"access_token": "t"})
        with closing(
            SalesforceConnector.connect(
                SalesforceSettings(domain="acme.my", client_id="id", client_secret="s"), pace=time.pace()
            )
        ) as crm:
            assert crm.organisation() == "00D000000000001AAA"
            assert crm.calls == 2


@pytest.mark.parametrize("body", ["<html>Down for maintenance</html>", "", "{}", '{"access_token":"x"}', "[]"])
def test_a_sign_in_answer_of_another_form_is_unexpected(time, body):
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, body=body, status=200)
        fault, calls = refused_sign_in(time)
    assert isinstance(fault, Unexpected)
    assert calls == 3


def test_a_private_key_that_is_none_is_refused_before_anything_is_sent(time):
    fault, _ = refused_sign_in(time, auth="jwt", username="u", private_key=f"not a key {SECRET}")
    assert isinstance(fault, Refused)
    assert "private_key" in str(fault)
    assert SECRET not in str(fault)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"auth": "password"}, "not one of"),
        ({"client_secret": ""}, "needs client_secret"),
        ({"domain": ""}, "domain is missing"),
        ({"domain": "login"}, "name your own"),
        ({"instance_url": "http://acme.example"}, "must start with https"),
        ({"api_version": "v66"}, "must look like"),
        ({"auth": "token", "access_token": "x"}, "instance_url"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_sent(settings, words):
    given = {"name": "acme", "domain": "acme.my", "client_id": "id", "client_secret": SECRET} | settings
    with pytest.raises(ConfigError, match=words):
        SalesforceConnector.connect(SalesforceSettings(**given))


def test_all_problems_of_the_settings_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        SalesforceConnector.connect(SalesforceSettings(instance_url="http://x.example", api_version="1"))
    assert len(caught.value.problems) == 3


def test_settings_do_not_show_their_secrets():
    shown = repr(SalesforceSettings(client_secret=SECRET, private_key=SECRET, access_token=SECRET))
    assert SECRET not in shown


def test_the_organisation_is_known_from_the_sign_in(wire, crm):
    assert crm.organisation() == "00D000000000001AAA"
    assert crm.calls == len(wire.sent) == 1


# -- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_that_ends_during_a_write_is_renewed_once_and_no_header_is_lost(wire, crm):
    wire.answers("PATCH", COLLECTIONS, (401, EXPIRED), (200, [{"id": "x", "success": True, "errors": []}]))
    [outcome] = crm.write([Update("00Q000000000001AAA", {"Company": "x"})])
    assert outcome.standing is Standing.DONE
    first, second = [request for request in wire.sent if request.method == "PATCH"]
    assert first.headers["Authorization"] == f"Bearer {SECRET}-1"
    assert second.headers["Authorization"] == f"Bearer {SECRET}-2"
    assert first.headers["Sforce-Auto-Assign"] == second.headers["Sforce-Auto-Assign"] == "FALSE"
    assert first.body == second.body
    assert wire.tokens == 2


def test_a_session_that_is_never_accepted_ends_in_refused(wire, crm):
    wire.answers("GET", QUERY, (401, EXPIRED))
    with pytest.raises(Refused, match="connection acme"):
        pages(crm)
    assert wire.tokens == 2
    assert len(wire.sent) == 4


@pytest.mark.parametrize("body", ["", "<html/>", {"exceptionCode": "InvalidSessionId"}, [{"errorCode": "OTHER"}]])
def test_a_401_that_is_no_expiry_is_refused_without_a_new_sign_in(wire, crm, body):
    wire.answers("GET", QUERY, (401, body))
    with pytest.raises(Refused):
        pages(crm)
    assert wire.tokens == 1


def test_a_token_cannot_be_renewed(time):
    settings = SalesforceSettings(auth="token", access_token=SECRET, instance_url=HOME)
    with responses.RequestsMock() as mock, closing(SalesforceConnector.connect(settings, pace=time.pace())) as crm:
        mock.get(QUERY, json=EXPIRED, status=401)
        with pytest.raises(Refused, match="new access_token"):
            pages(crm)


def test_thirty_threads_sign_in_once_and_renew_once(wire, crm):
    everybody = threading.Barrier(30, timeout=5)

    def answer(request):
        if request.headers["Authorization"] == f"Bearer {SECRET}-1":
            everybody.wait()
            return 401, {"Date": DATE}, json.dumps(EXPIRED)
        return 200, {"Date": DATE}, json.dumps(records(record(1)))

    wire.mock.add_callback(responses.GET, QUERY, answer)
    done = []
    threads = [threading.Thread(target=lambda: done.append(pages(crm))) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 30
    assert wire.tokens == 2


def test_a_sign_in_never_sends_the_netrc_of_the_user(wire, crm, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    wire.answers("GET", QUERY, (200, records(record(1))))
    pages(crm)
    assert wire.sent[-1].headers["Authorization"] == f"Bearer {SECRET}-1"


# -- answers ----------------------------------------------------------------------------------------------------------


def test_calls_have_a_timeout_and_no_pretty_print(wire, crm):
    wire.answers("GET", QUERY, (200, records(record(1))))
    pages(crm)
    assert "X-PrettyPrint" not in wire.sent[-1].headers
    assert wire.sent[-1].req_kwargs["timeout"] == (10.0, 120.0)


@pytest.mark.parametrize("status", [406, 420, 429, 500, 503])
def test_passing_faults_are_tried_again(wire, crm, time, status):
    wire.answers("GET", QUERY, (status, "<html/>", {"Retry-After": "3"}), (200, records(record(1))))
    assert pages(crm)[0].records.height == 1
    assert time.slept == [3.25]
    assert crm.calls == len(wire.sent) == 3


@pytest.mark.parametrize("body", ["<html>Setting things up</html>", '{"totalSize":1,"done":true,"records":[{"Id"', ""])
def test_an_answer_that_is_no_json_is_never_a_page(wire, crm, body):
    wire.answers("GET", QUERY, (200, body))
    with pytest.raises(Unexpected, match="connection acme"):
        pages(crm)
    assert len(wire.sent) == 4


def test_an_answer_that_was_cut_once_is_asked_again(wire, crm):
    whole = json.dumps(records(record(1), record(2)))
    wire.answers("GET", QUERY, (200, whole[:-9]), (200, whole))
    assert pages(crm)[0].records.height == 2


def test_pretty_printed_pages_are_understood(wire, crm):
    wire.answers("GET", QUERY, (200, json.dumps(records(record(1), record(2, Company="a\nb")), indent=2)))
    assert pages(crm)[0].records["Company"].to_list() == ["C1", "a\nb"]


def test_a_redirect_is_not_followed(wire, crm):
    wire.answers("GET", QUERY, (302, "", {"Location": "https://evil.example/"}))
    with pytest.raises(Unexpected, match="redirect"):
        pages(crm)
    assert "evil" not in "".join(request.url for request in wire.sent)


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", Usage(18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)", Usage(25, 5000)),
        ("api-bursts=1/750;api-usage=3/15000", Usage(3, 15000)),
        ("per-app-api-usage=17/250(appName=sample)", None),
        ("", None),
    ],
)
def test_the_quota_is_read_loosely(wire, crm, header, usage):
    wire.answers("GET", QUERY, (200, records(record(1)), {"Sforce-Limit-Info": header}))
    pages(crm)
    assert crm.usage == usage


def test_a_quota_that_is_used_up_stops_with_a_time_to_wait(wire, crm, time):
    wire.answers(
        "GET", QUERY, (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    )
    with pytest.raises(Unavailable, match="daily limit") as caught:
        pages(crm)
    assert caught.value.retry_after == 3600
    assert time.slept == []


def test_too_many_at_once_passes(wire, crm, time):
    busy = [
        {
            "errorCode": "REQUEST_LIMIT_EXCEEDED",
            "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        }
    ]
    wire.answers("GET", QUERY, (403, busy), (200, records(record(1))))
    assert pages(crm)[0].records.height == 1
    assert time.slept == [5.25]


def test_an_answer_without_a_clock_is_not_trusted(wire, crm):
    wire.mock.add(responses.GET, QUERY, json=records(record(1)))
    with pytest.raises(Unexpected):
        pages(crm)


def test_a_field_that_did_not_come_is_not_taken_for_empty(wire, crm):
    one = record(1)
    del one["Company"]
    wire.answers("GET", QUERY, (200, records(one)))
    with pytest.raises(Refused, match="did not give Company of Lead"):
        pages(crm)


def test_a_field_may_be_asked_for_in_any_case(wire, crm):
    wire.answers("GET", QUERY, (200, records(record(1, Owner={"Name": "Ada"}))))
    [page] = crm.changes(["COMPANY", "owner.name", "Id"], None)
    assert page.records.columns == ["id", "modified", "COMPANY", "owner.name", "Id"]
    assert page.records.row(0)[2:] == ("C1", "Ada", "00Q000000000001AAA")
    assert page.records["modified"].to_list() == ["2026-03-01T09:00:00.000Z"]


# -- walks ------------------------------------------------------------------------------------------------------------


def test_a_lost_locator_is_resumed_by_key(wire, crm):
    more = "/services/data/v66.0/query/01g000000000001AAA-2"
    lost = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    wire.answers("GET", QUERY, (200, records(record(1), record(2), total=3, more=more)), (200, records(record(3))))
    wire.answers("GET", HOME + more, (400, lost))
    [page] = pages(crm)
    assert page.records["Company"].to_list() == ["C1", "C2", "C3"]
    asked = wire.sent[-1].params["q"]
    assert "SystemModstamp = 2026-03-01T09:00:00.000Z AND Id > '00Q000000000002AAA'" in asked
    assert asked.endswith(" ORDER BY SystemModstamp, Id")


def test_pages_that_do_not_get_ahead_end(wire, crm):
    more = "/services/data/v66.0/query/01g000000000001AAA-2"
    wire.answers("GET", QUERY, (200, records(record(1), total=9, more=more)))
    wire.answers("GET", HOME + more, (200, records(record(2), total=9, more=more)))
    with pytest.raises(Unexpected, match="do not get ahead"):
        pages(crm)
    assert len(wire.sent) == 3


def test_a_page_that_names_no_successor_is_broken(wire, crm):
    wire.answers("GET", QUERY, (200, {"totalSize": 2, "done": False, "records": [record(1)]}))
    with pytest.raises(Unexpected):
        pages(crm)


def test_the_next_walk_starts_before_this_one_by_the_crms_clock(wire, crm):
    wire.answers("GET", QUERY, (200, records(record(1))))
    assert pages(crm)[-1].cursor == Cursor("2026-03-01T09:50:00.000Z")


@pytest.mark.parametrize("cursor", [Cursor("yesterday"), Cursor("2026-03-01T09:50:00Z", "x' OR Id != '")])
def test_a_cursor_of_another_kind_is_never_sent(wire, crm, cursor):
    with pytest.raises(Unexpected, match="cursor"):
        pages(crm, cursor)
    assert wire.sent == []


NAMES = [f"A_field_with_quite_a_long_name_{n:04}__c" for n in range(400)]
JOBS = f"{DATA}/jobs/query"


def test_a_mapping_too_long_for_an_address_goes_by_bulk(wire, crm):
    header = ",".join(["Id", "SystemModstamp", *NAMES])
    csv = f"{header}\n{'00Q000000000001AAA,2026-03-01T09:00:00.000Z' + ',x' * 400}\n"
    wire.answers("POST", JOBS, (200, {"id": "750000000000001AAA", "state": "UploadComplete"}))
    done = {"id": "750000000000001AAA", "state": "JobComplete", "numberRecordsProcessed": 1}
    wire.answers("GET", f"{JOBS}/750000000000001AAA", (200, done))
    wire.answers("GET", f"{JOBS}/750000000000001AAA/results", (200, csv, {"Sforce-NumberOfRecords": "1"}))
    wire.answers("DELETE", f"{JOBS}/750000000000001AAA", (204, ""))
    [page] = crm.changes(NAMES, Cursor("2026-03-01T08:00:00.000Z"))
    assert page.records.row(0) == ("00Q000000000001AAA", "2026-03-01T09:00:00.000Z", *["x"] * 400)
    assert page.cursor == Cursor("2026-03-01T09:50:00.000Z")
    asked = json.loads(wire.sent[1].body)["query"]
    assert asked.endswith("FROM Lead WHERE SystemModstamp >= 2026-03-01T08:00:00.000Z")
    assert [request.method for request in wire.sent] == ["POST", "POST", "GET", "GET", "DELETE"]


def test_a_mapping_too_long_for_an_address_and_no_bulk_is_refused(wire, crm):
    wire.answers("POST", JOBS, (400, [{"errorCode": "FEATURE_NOT_ENABLED", "message": "no"}]))
    with pytest.raises(Refused, match=r"FEATURE_NOT_ENABLED.*too many fields"):
        list(crm.changes(NAMES, None))


def test_ids_are_asked_in_addresses_that_are_not_too_long(wire, crm):
    wire.answers("GET", QUERY, (200, records()))
    wire.answers("GET", QUERY.replace("query", "queryAll"), (200, records()))  # are those that did not come in the bin?
    crm.fetch([f"00Q{n:012}AAA" for n in range(700)], NAMES[:200])
    asked = [request for request in wire.sent if request.method == "GET"]
    assert all(len(request.url) < 16_384 for request in asked)
    found = [request for request in asked if "queryAll" not in request.url]
    assert sum(request.params["q"].count("00Q") for request in found) == 700


def test_a_field_that_is_missing_in_a_later_page_is_not_taken_for_empty(wire, crm):
    more = "/services/data/v66.0/query/01g000000000001AAA-2"
    bare = record(2)
    del bare["Company"]
    wire.answers("GET", QUERY, (200, records(record(1), total=2, more=more)))
    wire.answers("GET", HOME + more, (200, records(bare, total=2)))
    with pytest.raises(FieldsGone, match="Company"):
        pages(crm)


UPDATED = f"{DATA}/sobjects/Lead/updated"


def covered_until(moment):
    return 200, {"ids": [], "latestDateCovered": f"2026-03-01T{moment}.000+0000"}


@pytest.mark.parametrize(
    ("covered", "stamp"),
    [("09:59:00", "09:50:00"), ("09:50:00", "09:50:00"), ("09:48:30", "09:48:30"), ("10:00:00", "09:50:00")],
)
def test_the_next_walk_starts_before_what_is_not_covered(wire, crm, covered, stamp):
    wire.answers("GET", QUERY, (200, records(record(1))))
    pages(crm)
    wire.answers("GET", UPDATED, covered_until(covered))
    assert pages(crm)[-1].cursor == Cursor(f"2026-03-01T{stamp}.000Z")


def test_what_is_covered_is_asked_before_the_records_by_the_crms_own_clock(wire, crm, time):
    wire.answers("GET", QUERY, (200, records(record(1))))
    wire.answers("GET", UPDATED, covered_until("10:00:00"))
    pages(crm)
    time.now += 90
    pages(crm)
    asked = [request for request in wire.sent if request.method == "GET"]
    assert [request.path_url.partition("?")[0].rpartition("/v66.0/")[2] for request in asked] == [
        "query/",
        "sobjects/Lead/updated",
        "query/",
    ]
    assert asked[1].params == {"start": "2026-03-01T09:41:30+00:00", "end": "2026-03-01T10:01:30+00:00"}


@pytest.mark.parametrize("code", ["INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT", "FUNCTIONALITY_NOT_ENABLED"])
def test_where_it_is_not_told_what_is_covered_the_overlap_counts(wire, crm, code):
    wire.answers("GET", QUERY, (200, records(record(1))))
    wire.answers("GET", UPDATED, (400, [{"errorCode": code, "message": "no"}]))
    pages(crm)
    assert pages(crm)[-1].cursor == Cursor("2026-03-01T09:50:00.000Z")


def test_the_moment_of_a_page_is_before_the_request_that_read_it_first(wire, crm, time):
    more = "/services/data/v66.0/query/01g000000000001AAA-2"

    def slowly(body, seconds):
        def answer(_):
            time.now += seconds
            return 200, {"Date": DATE}, json.dumps(body)

        return answer

    wire.mock.add_callback(responses.GET, QUERY, slowly(records(record(1), total=2, more=more), 3.5))
    wire.mock.add_callback(responses.GET, HOME + more, slowly(records(record(2), total=2), 20))
    assert {page.as_of for page in pages(crm)} == {"2026-03-01T09:59:56.000Z"}


# -- writes -----------------------------------------------------------------------------------------------------------


def test_fewer_verdicts_than_records_are_broken(wire, crm):
    wire.answers("PATCH", COLLECTIONS, (200, [{"success": True}]))
    with pytest.raises(Unexpected):
        list(crm.write([Update("00Q000000000001AAA", {}), Update("00Q000000000002AAA", {})]))


def test_a_lock_that_a_trigger_hides_is_no_verdict(wire, crm):
    hidden = {
        "statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "message": "... UNABLE_TO_LOCK_ROW ...",
        "fields": [],
    }
    wire.answers(
        "PATCH", COLLECTIONS, (200, [{"success": False, "errors": [hidden]}]), (200, [{"success": True, "errors": []}])
    )
    assert [o.standing for o in crm.write([Update("00Q000000000001AAA", {"Company": "x"})])] == [Standing.DONE]


# -- what must never be shown -----------------------------------------------------------------------------------------

LEAKY = [
    (400, [{"errorCode": "INVALID_FIELD", "message": f"{CANARY} {SECRET}", "fields": []}]),
    (400, f"{CANARY} {SECRET}"),
    (403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": f"{CANARY}"}]),
    (404, [{"errorCode": "NOT_FOUND", "message": CANARY}]),
    (401, EXPIRED),
    (302, CANARY, {"Location": f"https://evil.example/{SECRET}"}),
    (500, f"{CANARY} {SECRET}"),
    (200, f"{CANARY} {SECRET}"),
    (200, [CANARY]),
]


@pytest.mark.parametrize("answer", LEAKY, ids=lambda answer: f"{answer[0]}")
def test_no_secret_and_no_person_is_ever_in_an_error(wire, crm, answer):
    wire.answers("GET", QUERY, answer)
    with pytest.raises(CrmError) as caught:
        pages(crm)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "canary" not in shown
