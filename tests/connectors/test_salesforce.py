"""Salesforce over real sockets: the contract, Bulk API 2.0, and what only Salesforce has."""

from dataclasses import replace

import polars as pl
import pytest
import requests

from leadrelay.connectors import moments
from leadrelay.connectors.base import Cursor, Standing, Update
from leadrelay.connectors.salesforce import SalesforceConnector, SalesforceSettings
from leadrelay.errors import FieldsGone, Refused, Unavailable, Unexpected
from leadrelay.sandbox import credentials
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import ODD_TEXTS, STAMP, WireContract, decided, ids_of, stored, walk

FIELDS = ["Company", "NumberOfEmployees", "HasOptedOutOfEmail", "CreatedDate", "Owner.Name"]


@pytest.fixture
def crm(salesforce_crm):
    faults = salesforce_crm.app.faults
    yield salesforce_crm
    faults.clear()


class TestSalesforce(WireContract):
    @pytest.fixture
    def crm(self, salesforce_crm):
        return salesforce_crm

    def test_a_record_read_in_the_second_of_its_change(self, crm):
        """Again until the reading does fall into that second: the sandbox's clock goes on."""
        [one] = crm.fill(1)
        same_second = False
        with crm.connector() as connector:
            while not same_second:
                crm.edit(one, {crm.text: "fresh"})
                page, [update] = decided(connector, crm, [one], "ours")
                same_second = page.as_of <= update.modified
            [outcome] = connector.write([update], page.as_of)
        assert (outcome.standing, outcome.code) == crm.fresh
        assert crm.value(one, crm.text) == "fresh"


def answering(path, *answers, method="GET"):
    """A fault: the next requests to this path get these answers."""
    left = list(answers)

    def fault(request):
        if request.method == method and path in request.path and left:
            return left.pop(0)
        return None

    return fault


def refusal(code, status=400):
    return Response(status, [{"errorCode": code, "message": "no"}])


# -- signing in -------------------------------------------------------------------------------------------------------


def test_every_way_to_sign_in_leads_to_the_same_organisation(crm):
    with crm.connector() as connector:
        expected = connector.organisation()
    key = crm.app.jwt_private_key.read_text()
    form = {"grant_type": "client_credentials"}
    basic = (credentials.SF_CLIENT_ID, credentials.SF_CLIENT_SECRET)
    token = requests.post(f"{crm.url}/services/oauth2/token", form, auth=basic, timeout=10).json()["access_token"]
    for settings in (
        SalesforceSettings(
            auth="jwt",
            instance_url=crm.url,
            client_id=credentials.SF_CLIENT_ID,
            username=credentials.SF_USERNAME,
            private_key=key,
        ),
        SalesforceSettings(auth="token", instance_url=crm.url, access_token=token),
    ):
        connector = SalesforceConnector.connect(settings, "Lead", crm.pace)
        assert connector.organisation() == expected
        connector.close()


def test_wrong_credentials_are_refused(crm):
    settings = SalesforceSettings(name="acme", instance_url=crm.url, client_id="sandbox-client", client_secret="wrong")
    connector = SalesforceConnector.connect(settings, "Lead", crm.pace)
    with pytest.raises(Refused, match="connection acme"):
        connector.organisation()
    connector.close()


def test_a_session_that_ends_during_a_walk_is_renewed(crm):
    ids = crm.fill(crm.page * 3)
    with crm.connector() as connector:
        pages = connector.changes(["Company"], None)
        first = next(pages)
        crm.app.sessions.clear()
        assert sorted(ids_of([first, *pages])) == sorted(ids)
    assert crm.requests()["POST /services/oauth2/token"] == 2


def test_a_run_in_which_nothing_changed_takes_three_calls(crm):
    crm.fill(3)
    crm.restamp(STAMP)
    with crm.connector() as connector:
        cursor = stored(walk(connector, FIELDS)[-1].cursor)
    with crm.connector() as connector:
        connector.organisation()
        assert ids_of(walk(connector, FIELDS, cursor)) == []
        assert connector.calls == 3


# -- the query resource -----------------------------------------------------------------------------------------------


def test_25000_leads_with_one_stamp_are_read_in_few_calls_even_when_a_locator_is_lost(crm):
    ids = crm.fill(25_000)
    crm.restamp(STAMP)
    lost = answering("/query/01", None, None, refusal("INVALID_QUERY_LOCATOR"))
    crm.app.faults.append(lost)
    with crm.connector(page_size=2_000, frame_rows=10_000, bulk_threshold=10**9) as connector:
        pages = walk(connector, ["Company"], Cursor(STAMP))
        assert connector.calls <= 13 + 4
    assert sorted(ids_of(pages)) == sorted(ids)
    assert [page.records.height >= 10_000 for page in pages[:-1]] == [True] * (len(pages) - 1)
    assert {page.total for page in pages} == {25_000}


def before_page(number, happens):
    """A fault: something happens in the CRM before it gives this page, or is the answer in the page's stead."""
    pages = iter(range(2, number + 1))

    def fault(request):
        return happens() if "/query/01" in request.path and next(pages, None) == number else None

    return fault


def test_a_lead_that_comes_twice_in_a_page_is_the_later_one(crm):
    ids = crm.fill(crm.page * 3)
    crm.restamp(STAMP)

    def move_and_forget_the_locator():
        crm.restamp("2026-04-01T00:00:00.000Z", ids[0])
        return refusal("INVALID_QUERY_LOCATOR")

    crm.app.faults.append(before_page(3, move_and_forget_the_locator))
    with crm.connector(frame_rows=10_000) as connector:
        [page] = walk(connector, ["Company"])
    assert sorted(page.records["id"]) == sorted(ids)
    assert dict(page.records.select("id", "modified").rows())[ids[0]] == "2026-04-01T00:00:00.000Z"


@pytest.mark.parametrize("frame_rows", [200, 10_000])
def test_a_lead_that_moves_at_the_end_of_a_page_takes_no_other_with_it(crm, frame_rows):
    ids = crm.fill(crm.page * 4)
    crm.restamp(STAMP)
    last = ids[2 * crm.page - 1]
    crm.app.faults.append(before_page(2, lambda: crm.restamp("2099-01-01T00:00:00.000Z", last)))
    crm.app.faults.append(before_page(3, lambda: refusal("INVALID_QUERY_LOCATOR")))
    with crm.connector(frame_rows=frame_rows) as connector:
        pages = walk(connector, ["Company"])
    assert set(ids_of(pages)) == set(ids)
    assert {page.cursor.stamp for page in pages[:-1]} <= {STAMP}


def test_a_walk_that_is_resumed_leaves_later_changes_to_the_next(crm):
    ids = crm.fill(crm.page * 3)
    crm.restamp(STAMP)
    with crm.connector(overlap_seconds=0) as connector:
        pages = connector.changes(["Company"], None)
        first = next(pages)
        pages.close()
    begun = replace(first.cursor, started="2026-03-01T11:00:00.000Z")
    for record_id in (ids[0], ids[-1]):
        crm.edit(record_id, {"Company": "later"})
    with crm.connector(overlap_seconds=0) as connector:
        rest = walk(connector, ["Company"], stored(begun))
        assert sorted(ids_of(rest)) == sorted(set(ids[:-1]) - set(first.records["id"]))
        assert sorted(ids_of(walk(connector, ["Company"], rest[-1].cursor))) == sorted([ids[0], ids[-1]])


def test_a_query_that_salesforce_does_not_know_names_the_field(crm):
    with crm.connector() as connector, pytest.raises(Refused, match=r"INVALID_FIELD.*Foo__c.*leadrelay fields"):
        walk(connector, ["Foo__c"])


def test_an_object_that_salesforce_does_not_know_is_refused(crm):
    settings = SalesforceSettings(instance_url=crm.url, client_id="sandbox-client", client_secret="sandbox-secret")
    connector = SalesforceConnector.connect(settings, "Leed", crm.pace)
    with pytest.raises(Refused, match="INVALID_TYPE"):
        walk(connector, ["Company"])
    with pytest.raises(Refused):
        connector.describe()
    connector.close()


def test_what_a_long_transaction_commits_late_is_never_lost(crm):
    ids = crm.fill(3)
    crm.restamp(STAMP)
    crm.post("edit", {"object": "Lead", "id": ids[1], "fields": {"Company": "late"}, "late": 900})
    crm.tick(300)
    with crm.connector(overlap_seconds=60) as connector:
        cursor = stored(walk(connector, ["Company"])[-1].cursor)
    crm.tick(700)
    with crm.connector(overlap_seconds=60) as connector:
        [page] = walk(connector, ["Company"], cursor)
        assert dict(page.records.select("id", "Company").rows()) == {ids[1]: "late"}
        after = stored(page.cursor)
        assert after.stamp > cursor.stamp
        assert ids_of(walk(connector, ["Company"], after)) == []


@pytest.mark.parametrize("by_minute", [True, False])
def test_the_watermark_never_passes_what_is_covered(crm, by_minute):
    crm.post("settings", {"covered_by_minute": by_minute})
    crm.fill(1)
    with crm.connector(overlap_seconds=0) as connector:
        [page] = walk(connector, ["Company"])
    assert (page.cursor.stamp[17:19] == "00") or not by_minute
    assert page.cursor.stamp <= crm.clock()


def test_where_what_is_covered_is_refused_the_overlap_counts(crm):
    crm.fill(1)
    crm.app.faults.append(answering("/Lead/updated", *[refusal("INSUFFICIENT_ACCESS", 403)] * 2))
    with crm.connector(overlap_seconds=60) as connector:
        before, [page] = crm.clock(), walk(connector, ["Company"])
        assert before[:17] <= moments.before(page.cursor.stamp, -60) <= crm.clock()


def test_a_walk_that_is_resumed_does_not_ask_again_what_is_covered(crm):
    crm.fill(crm.page * 3)
    crm.restamp(STAMP)
    with crm.connector() as connector:
        first = next(connector.changes(["Company"], None))
        walk(connector, ["Company"], stored(first.cursor))
    assert crm.requests()["GET /services/data/{version}/sobjects/Lead/updated"] == 1


def test_a_field_that_an_admin_deletes_during_a_walk_is_told_by_name(crm):
    crm.fill(crm.page * 3)
    with crm.connector() as connector:
        pages = connector.changes(["Company", "leadrelay_reasons__C"], None)
        next(pages)
        crm.act("drop_field", object="Lead", field="Leadrelay_Reasons__c")
        with pytest.raises(FieldsGone) as gone:
            list(pages)
    assert gone.value.fields == ("leadrelay_reasons__C",)


@pytest.mark.parametrize(
    ("asked", "gone"),
    [
        (["Company", "Foo__c"], ("Foo__c",)),
        (["Owner.Foo__c", "Owner.Name"], ("Owner.Foo__c",)),
        (["Foo__r.Name", "Company", "Foo__r.Id"], ("Foo__r.Name", "Foo__r.Id")),
    ],
)
def test_fields_that_are_gone_are_told_as_they_were_asked_for(crm, asked, gone):
    ids = crm.fill(1)
    with crm.connector() as connector:
        for read in (lambda: walk(connector, asked), lambda: connector.fetch(ids, asked)):
            with pytest.raises(FieldsGone) as caught:
                read()
            assert caught.value.fields == gone


def test_a_field_that_is_gone_is_told_of_a_mapping_that_only_bulk_can_read(crm):
    names = [f"Custom_{number:03}_{'x' * 25}__c" for number in range(480)]
    crm.app.load_table(["Company", *[f"Custom {number:03} {'x' * 25}" for number in range(480)]], [["new"] * 481])
    with crm.connector() as connector, pytest.raises(FieldsGone) as gone:
        walk(connector, [*names, "Foo__c"])
    assert gone.value.fields == ("Foo__c",)


def test_a_locator_that_is_lost_again_and_again_without_a_step_ahead_ends(crm):
    crm.fill(crm.page * 2)
    crm.restamp("2099-01-01T00:00:00.000Z")
    lost = [refusal("INVALID_QUERY_LOCATOR")] * 9
    crm.app.faults.append(answering("/query/01", *lost))
    with crm.connector() as connector, pytest.raises(Refused, match="INVALID_QUERY_LOCATOR"):
        walk(connector, ["Company"])


def test_every_page_of_a_walk_tells_when_it_began(crm):
    crm.fill(crm.page * 2)
    crm.restamp(STAMP)
    with crm.connector() as connector:
        pages = walk(connector, ["Company"])
        bulk = walk(connector, ["Company"])
    assert len({page.as_of for page in pages}) == 1
    assert pages[0].as_of <= bulk[0].as_of <= crm.clock()
    assert pages[0].as_of > moments.before(crm.clock(), 60)


# -- Bulk API 2.0 -----------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(crm):
    """Leads with all that may stand in a CSV cell."""
    ids = crm.fill(600)
    for record_id, text in zip(ids, ODD_TEXTS, strict=False):
        crm.edit(record_id, {"Company": text, "NumberOfEmployees": 1_000_000, "HasOptedOutOfEmail": True})
    return ids


def typed(pages):
    frame = pl.concat(page.records for page in pages).sort("id")
    return frame.with_columns(
        pl.col("NumberOfEmployees").cast(pl.Float64), pl.col("CreatedDate").str.replace("+0000", "Z", literal=True)
    )


@pytest.mark.usefixtures("crowd")
def test_bulk_gives_what_the_query_resource_gives(crm):
    with crm.connector() as connector:
        by_query = walk(connector, FIELDS)
    with crm.connector(bulk_threshold=500) as connector:
        in_bulk = walk(connector, FIELDS)
    assert typed(in_bulk).equals(typed(by_query))
    assert [page.records.height for page in in_bulk] == [200, 200, 200]


@pytest.mark.usefixtures("crowd")
def test_a_bulk_walk_moves_the_cursor_at_its_end_only_and_leaves_no_job_behind(crm):
    with crm.connector(bulk_threshold=500) as connector:
        pages = walk(connector, FIELDS)
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert pages[-1].cursor.started == ""
    asked = crm.requests()
    assert asked["POST /services/data/{version}/jobs/query"] == 1
    assert asked["GET /services/data/{version}/jobs/query/{id}/results"] == 3
    assert asked["DELETE /services/data/{version}/jobs/query/{id}"] == 1


def test_pages_that_long_texts_make_small_are_a_reason_for_bulk(crm):
    ids = crm.fill(1_200)
    crm.app.set("page_shrink", True)
    fields = ["Leadrelay_Reasons__c", "Leadrelay_Bant_Evidence__c"]
    with crm.connector(page_size=2_000, bulk_threshold=10_000) as connector:
        assert sorted(ids_of(walk(connector, fields))) == sorted(ids)
    asked = crm.requests()
    assert asked["POST /services/data/{version}/jobs/query"] == 1
    assert asked["GET /services/data/{version}/query"] == 1


@pytest.mark.usefixtures("crowd")
def test_a_bulk_walk_that_is_broken_off_deletes_its_job(crm):
    with crm.connector(bulk_threshold=500) as connector:
        pages = connector.changes(FIELDS, None)
        next(pages)
        pages.close()
    assert crm.requests()["DELETE /services/data/{version}/jobs/query/{id}"] == 1


@pytest.mark.parametrize("code", ["FEATURE_NOT_ENABLED", "API_DISABLED_FOR_ORG", "LIMIT_EXCEEDED", "INVALIDENTITY"])
def test_where_bulk_is_refused_the_query_resource_goes_on(crm, crowd, code):
    crm.restamp(STAMP)
    crm.app.faults.append(answering("/jobs/query", refusal(code), method="POST"))
    with crm.connector(bulk_threshold=500) as connector:
        pages = walk(connector, FIELDS)
    assert sorted(ids_of(pages)) == sorted(crowd)
    assert all(page.cursor for page in pages)


def test_a_bulk_job_that_fails_is_no_end_either(crm, crowd):
    def failing(request):
        if request.method == "GET" and "/jobs/query/" in request.path:
            return Response(
                200,
                {"id": request.path.rpartition("/")[2], "state": "Failed"},
                {"Date": "Sun, 01 Mar 2026 10:00:00 GMT"},
            )
        return None

    crm.app.faults.append(failing)
    with crm.connector(bulk_threshold=500) as connector:
        assert sorted(ids_of(walk(connector, FIELDS))) == sorted(crowd)


@pytest.mark.usefixtures("crowd")
def test_a_bulk_job_that_never_ends_is_aborted(crm, time):
    def working(request):
        if request.method == "GET" and "/jobs/query/" in request.path:
            return Response(200, {"id": request.path.rpartition("/")[2], "state": "InProgress"})
        return None

    crm.app.faults.append(working)
    crm.pace = replace(crm.pace, sleep=lambda seconds: time.sleep(seconds * 60))
    with crm.connector(bulk_threshold=500) as connector, pytest.raises(Unavailable, match="longer than an hour"):
        walk(connector, FIELDS)
    assert time.now < 2 * 3600
    assert crm.requests()["PATCH /services/data/{version}/jobs/query/{id}"] == 1


@pytest.mark.usefixtures("crowd")
def test_bulk_results_that_lost_rows_are_no_page(crm):
    short = Response(200, b'"Id","SystemModstamp"\n"1","2"\n', {"Sforce-NumberOfRecords": "2"}, "text/csv")
    crm.app.faults.append(answering("/results", short, short, short))
    with crm.connector(bulk_threshold=500) as connector, pytest.raises(Unexpected):
        walk(connector, FIELDS)


@pytest.mark.usefixtures("crowd")
def test_bulk_results_that_end_too_early_are_unexpected(crm):
    early = Response(200, b'"Id"\n', {"Sforce-NumberOfRecords": "0", "Sforce-Locator": "null"}, "text/csv")
    crm.app.faults.append(answering("/results", early))
    with crm.connector(bulk_threshold=500) as connector, pytest.raises(Unexpected, match="too few"):
        walk(connector, FIELDS)


def test_a_session_that_ends_between_bulk_results_is_renewed(crm, crowd):
    with crm.connector(bulk_threshold=500) as connector:
        pages = connector.changes(FIELDS, None)
        first = next(pages)
        crm.app.sessions.clear()
        assert sorted(ids_of([first, *pages])) == sorted(crowd)


def test_a_bulk_walk_whose_cursor_lies_ahead_begins_at_the_crms_clock(crm):
    names = [f"Custom_{number:03}_{'x' * 25}__c" for number in range(480)]
    crm.app.load_table(["Company", *[f"Custom {number:03} {'x' * 25}" for number in range(480)]], [["new"] * 481])
    with crm.connector() as connector:
        pages = walk(connector, names, Cursor("2100-01-01T00:00:00.000Z"))
    assert [page.records.height for page in pages] == [1]
    assert crm.requests()["DELETE /services/data/{version}/jobs/query/{id}"] == 2


# -- writing ----------------------------------------------------------------------------------------------------------


def test_assignment_rules_never_take_a_lead_from_its_owner(crm):
    ids = crm.fill(3)
    before = [crm.value(record_id, "OwnerId") for record_id in ids]
    with crm.connector() as connector:
        crm.app.sessions.clear()
        outcomes = list(connector.write([Update(record_id, {"Company": "x"}) for record_id in ids]))
    assert {outcome.standing for outcome in outcomes} == {Standing.DONE}
    assert [crm.value(record_id, "OwnerId") for record_id in ids] == before


def test_a_lock_is_waited_for(crm):
    ids = crm.fill(3)
    locked = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "no", "fields": []}]}
    crm.app.faults.append(answering("/composite/sobjects", Response(200, [locked] * 3), method="PATCH"))
    with crm.connector() as connector:
        outcomes = list(connector.write([Update(record_id, {"Company": "free"}) for record_id in ids]))
    assert {outcome.standing for outcome in outcomes} == {Standing.DONE}
    assert [crm.value(record_id, "Company") for record_id in ids] == ["free"] * 3


def test_a_reply_that_is_lost_after_the_write_is_no_harm(crm):
    [one] = crm.fill(1)
    crm.app.faults.append(answering("/composite/sobjects", Response(503), Response(503), method="PATCH"))
    with crm.connector() as connector:
        [outcome] = connector.write([Update(one, {"Company": "once"})])
    assert outcome.standing is Standing.DONE
    assert crm.value(one, "Company") == "once"


def test_a_value_of_the_wrong_type_parks_its_record_alone(crm):
    ids = crm.fill(20)
    updates = [Update(record_id, {"NumberOfEmployees": 5}) for record_id in ids]
    updates[3] = Update(ids[3], {"NumberOfEmployees": "many"})
    with crm.connector() as connector:
        outcomes = list(connector.write(updates))
    assert [outcome.id for outcome in outcomes if outcome.standing is not Standing.DONE] == [ids[3]]
    assert "many" not in outcomes[3].message


def test_queues_are_owners_too(crm):
    with crm.connector() as connector:
        assert any(owner.queue for owner in connector.owners())


def test_describe_tells_lengths_picklists_and_what_is_required(crm):
    with crm.connector() as connector:
        fields = connector.describe()
    assert fields["Company"].length == 255
    assert fields["Company"].required
    assert "Working - Contacted" in fields["Status"].picklist
    assert not fields["CreatedDate"].updateable
    assert fields["OwnerId"].type == "reference"
    assert fields["Leadrelay_Score__c"].extra["precision"] == 4


def test_a_record_that_is_out_of_sight_is_not_taken_for_deleted(crm):
    hidden, deleted, seen = crm.fill(3)
    crm.act("delete", object="Lead", id=deleted)
    with crm.connector() as connector:
        crm.act("hide_rows", object="Lead", share=1.0)
        assert connector.fetch([hidden, deleted, seen], ["Company"]).hidden >= {hidden, seen}
        crm.act("show_rows", object="Lead")
        page = connector.fetch([hidden, deleted, seen], ["Company"])
    assert (page.hidden, set(page.records["id"])) == (frozenset(), {hidden, seen})
