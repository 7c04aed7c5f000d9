"""`/_sandbox/settings` of a HubSpot."""

import pytest

from leadrelay.sandbox.hubspot.app import HubSpot
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request

DEFAULTS = {
    "per_ten_seconds": 190,
    "per_day": 625_000,
    "searches_per_second": 5,
    "custom_properties": 1000,
    "shuffle_batches": False,
    "unique_tasks": True,
    "unique_notes": True,
    "duplicate_answer": "validation",
    "bin_keeps_unique": False,
    "merge_answer": "new-id",
    "index_lag_seconds": 0,
    "index_lag_random": False,
    "time_zone": "America/Panama",
    "currency": "USD",
    "several_currencies": False,
    "account_type": "SANDBOX",
    "tells_scopes": True,
}


def settings(portal, wanted=None):
    answer = portal.call("GET" if wanted is None else "POST", "/_sandbox/settings", wanted)
    return answer.status, answer.body


def test_settings_are_shown_turned_and_at_a_reset_as_at_first(portal):
    settings(portal, DEFAULTS)
    assert settings(portal) == (200, DEFAULTS)
    wanted = {"per_day": 7, "searches_per_second": None, "shuffle_batches": True}
    assert settings(portal, wanted) == (200, {**DEFAULTS, **wanted})
    assert portal.call("POST", "/_sandbox/reset").status == 204
    assert settings(portal) == (200, DEFAULTS)


def test_a_limit_turned_over_the_wire_holds_and_a_reset_counts_anew(portal):
    settings(portal, {"per_day": 1})
    calls = [portal.get("/crm/v3/owners").status for _ in range(2)]
    assert calls == [200, 429]
    portal.call("POST", "/_sandbox/reset")
    usage = portal.get("/account-info/v3/api-usage/daily/private-apps").body["results"][0]
    assert usage["currentUsage"] == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"speed": 1}, "there is no setting speed; there are: per_ten_seconds, "),
        ({"per_day": -1}, "per_day must be a whole number, zero or more, or null for no limit"),
        ({"per_day": True}, "per_day must be a whole number, zero or more, or null for no limit"),
        ({"per_ten_seconds": 1.5}, "per_ten_seconds must be a whole number, zero or more, or null for no limit"),
        ({"shuffle_batches": None}, "shuffle_batches must be true or false"),
        ({"merge_answer": "lost"}, "merge_answer must be one of new-id, primary-id, gone"),
        ({"duplicate_answer": True}, "duplicate_answer must be one of conflict, validation"),
        ({"duplicate_answer": []}, "duplicate_answer must be one of conflict, validation"),
        ({"index_lag_seconds": -1}, "index_lag_seconds must be a number from 0 to 86400"),
        ({"index_lag_seconds": True}, "index_lag_seconds must be a number from 0 to 86400"),
        ({"index_lag_random": 1}, "index_lag_random must be true or false"),
    ],
)
def test_a_wrong_setting_turns_none(portal, wanted, why):
    before = settings(portal)
    status, body = settings(portal, {"searches_per_second": 9, **wanted})
    assert (status, body["error"][: len(why)]) == (400, why)
    assert settings(portal) == before


def test_a_state_file_that_is_opened_again_keeps_the_settings_and_what_was_staged(tmp_path):
    first = HubSpot(Store(str(tmp_path / "state.db")))
    first.prepare()
    wanted = b'{"merge_answer": "gone", "unique_tasks": false, "index_lag_seconds": 1.5}'
    first.handle(Request("POST", "/_sandbox/settings", body=wanted))
    first.handle(Request("POST", "/_sandbox/act", body=b'{"action": "archive_owner", "owner": "41629780"}'))
    kept = first.settings.get()
    first.store.close()

    again = HubSpot(Store(str(tmp_path / "state.db")))
    again.prepare()

    assert (
        again.settings.get()
        == kept
        == {**DEFAULTS, "merge_answer": "gone", "unique_tasks": False} | {"index_lag_seconds": 1.5}
    )
    assert set(again.conduct.facts("owner")) == {"41629780"}
    again.handle(Request("POST", "/_sandbox/reset"))
    assert again.settings.get() == DEFAULTS
    assert again.conduct.facts("owner") == {}
    again.store.close()
