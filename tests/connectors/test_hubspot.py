"""HubSpot over real sockets: the contract, and what only HubSpot has."""

from dataclasses import replace

import pytest

from leadrelay.connectors.base import Cursor, Standing, Update
from leadrelay.connectors.hubspot import HubSpotConnector, HubSpotSettings
from leadrelay.connectors.transport import Pace
from leadrelay.errors import Refused
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import STAMP, WireContract, ids_of, stored, walk


@pytest.fixture
def crm(hubspot_crm):
    faults = hubspot_crm.app.faults
    yield hubspot_crm
    faults.clear()


class TestHubSpot(WireContract):
    @pytest.fixture
    def crm(self, hubspot_crm):
        return hubspot_crm


def test_wrong_credentials_are_refused(crm):
    settings = HubSpotSettings(name="acme", access_token="pat-wrong", base_url=crm.url)
    connector = HubSpotConnector.connect(settings, "contacts", crm.pace)
    with pytest.raises(Refused, match="connection acme"):
        connector.organisation()
    connector.close()


def test_25000_contacts_with_one_stamp_are_found_and_the_search_ends(crm):
    ids = crm.fill(25_000)
    crm.restamp(STAMP)
    with crm.connector(page_size=200, frame_rows=10_000) as connector:
        pages = walk(connector, ["company"], Cursor(STAMP))
        assert connector.calls <= 125 + 1
    assert sorted(ids_of(pages)) == sorted(ids)
    assert {page.total for page in pages} == {25_000}
    assert set(crm.requests()) == {"POST /crm/v3/objects/contacts/search"}


def test_a_run_in_which_nothing_changed_takes_two_calls(crm):
    crm.fill(3)
    crm.restamp(STAMP)
    with crm.connector() as connector:
        cursor = stored(walk(connector, ["company"])[-1].cursor)
    with crm.connector() as connector:
        connector.organisation()
        assert ids_of(walk(connector, ["company"], cursor)) == []
        assert connector.calls == 2


def test_a_walk_that_is_resumed_leaves_later_changes_to_the_next(crm):
    ids = crm.fill(crm.page * 3)
    crm.restamp(STAMP)
    with crm.connector(overlap_seconds=0) as connector:
        first = next(connector.changes(["company"], Cursor(STAMP)))
        begun = replace(first.cursor, started="2026-03-01T11:00:00.000Z")
        for record_id in (ids[0], ids[-1]):
            crm.edit(record_id, {"company": "later"})
        rest = walk(connector, ["company"], stored(begun))
        assert sorted(ids_of(rest)) == sorted(set(ids[:-1]) - set(first.records["id"]))
        assert sorted(ids_of(walk(connector, ["company"], rest[-1].cursor))) == sorted([ids[0], ids[-1]])


def test_the_pace_stays_below_what_the_portal_allows(sandbox, crm):
    crm.fill(7)
    crm.pace = Pace()
    crm.pace.sleep(1)  # searches of other tests are counted, too
    sandbox.hubspot.settings.searches_per_second = 5
    with crm.connector(page_size=1) as connector:
        assert len(ids_of(walk(connector, ["company"], Cursor("2026-01-01T00:00:00.000Z")))) == 7
        assert connector.calls == 7


def test_the_connection_is_kept(crm):
    ids = crm.fill(20)
    with crm.connector() as connector:
        walk(connector, ["company"])
        connector.fetch(ids, ["company"])
        list(connector.write([Update(ids[0], {"company": "x"})]))
        pools = connector._portal.client.rest_client.pool_manager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - its iterator is forbidden


@pytest.mark.parametrize(("bad", "calls"), [([41], 3), ([0, 5, 41, 42, 43, 98, 99], 15)], ids=["one", "seven"])
def test_bad_values_among_100_cost_few_calls(crm, bad, calls):
    ids = crm.fill(100)
    updates = [Update(record_id, {"company": "x", "hs_lead_status": "NEW"}) for record_id in ids]
    for at in bad:
        updates[at] = Update(ids[at], {"company": "x", **crm.bad})
    with crm.connector() as connector:
        outcomes = list(connector.write(updates))
        assert connector.calls <= calls
    assert [o.id for o in outcomes] == ids
    assert [at for at, o in enumerate(outcomes) if o.standing is Standing.PARKED] == bad
    assert outcomes[41].code == "INVALID_OPTION"
    assert crm.value(ids[40], "company") == "x"


def test_a_bad_value_that_is_not_quoted_is_found_by_halving(crm):
    ids = crm.fill(100)
    updates = [Update(record_id, {"company": "x"}) for record_id in ids]
    crm.app.faults.append(lambda request: unsaid(request, ids[41]))
    with crm.connector() as connector:
        outcomes = list(connector.write(updates))
        assert connector.calls <= 15
    assert [o.id for o in outcomes if o.standing is Standing.PARKED] == [ids[41]]


def unsaid(request, culprit):
    if request.path.endswith("update") and any(one["id"] == culprit for one in request.json()["inputs"]):
        return Response(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "no"})
    return None


@pytest.mark.parametrize("random", [False, True])
def test_what_search_sees_late_comes_with_the_next_walk(crm, random):
    ids = crm.fill(20)
    crm.restamp(STAMP)
    crm.tick(3600)
    with crm.connector() as connector:
        cursor = stored(walk(connector, ["company"])[-1].cursor)
    crm.post("settings", {"index_lag_seconds": 30, "index_lag_random": random})
    for one in ids:
        crm.edit(one, {"company": "late"})
    found = set()
    for _ in range(3):
        with crm.connector() as connector:
            pages = walk(connector, ["company"], cursor)
        cursor = stored(pages[-1].cursor)
        found |= {row["id"] for page in pages for row in page.records.to_dicts() if row["company"] == "late"}
        crm.tick(20)
    assert found == set(ids)


def test_results_in_any_order_find_their_records(crm):
    ids = crm.fill(30)
    crm.app.settings.shuffle_batches = True
    try:
        with crm.connector() as connector:
            outcomes = list(connector.write([Update(one, {"company": one}) for one in [*ids, "999999999"]]))
    finally:
        crm.app.settings.shuffle_batches = False
    assert [o.standing.value for o in outcomes] == ["done"] * 30 + ["void"]
    assert outcomes[-1].code == "OBJECT_NOT_FOUND"
    assert [crm.value(one, "company") for one in ids] == ids


def test_a_reply_that_is_lost_after_the_write_is_no_harm(crm):
    [one] = crm.fill(1)
    left = [Response(502), Response(504)]
    crm.app.faults.append(lambda request: left.pop() if left and "batch/update" in request.path else None)
    with crm.connector() as connector:
        [outcome] = connector.write([Update(one, {"company": "once"})])
    assert outcome.standing is Standing.DONE
    assert crm.value(one, "company") == "once"


def test_owners_who_left_are_known(crm):
    with crm.connector() as connector:
        owners = connector.owners()
    assert {owner.active for owner in owners} == {True, False}
    assert all("@" in owner.email for owner in owners if not owner.queue)


def test_describe_tells_options_and_what_is_read_only(crm):
    with crm.connector() as connector:
        fields = connector.describe()
    assert "IN_PROGRESS" in fields["hs_lead_status"].picklist
    assert fields["hs_lead_status"].restricted
    assert not fields["createdate"].updateable
    assert not fields["hubspot_owner_id"].restricted
    assert fields["email"].unique or fields["email"].type == "string"


def test_the_address_of_a_contact_is_that_of_its_portal(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        assert connector.link(one) == f"https://app.hubspot.com/contacts/{connector.organisation()}/record/0-1/{one}"
