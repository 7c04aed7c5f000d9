"""`/_sandbox/settings` of a Salesforce."""

import pytest

from leadrelay.sandbox.salesforce.settings import DEFAULTS


def settings(sf, body=None):
    answer = sf.send("GET" if body is None else "POST", "/_sandbox/settings", body)
    return answer.status, answer.body


def test_settings_start_at_their_defaults_and_return_to_them(sf):
    assert settings(sf) == (200, dict(DEFAULTS))
    assert settings(sf, {"page_shrink": True, "session_seconds": 60}) == (
        200,
        {**DEFAULTS, "page_shrink": True, "session_seconds": 60},
    )
    assert sf.send("POST", "/_sandbox/reset").status == 204
    assert settings(sf) == (200, dict(DEFAULTS))


def test_a_setting_turned_over_the_wire_works(sf):
    settings(sf, {"daily_requests": 0})
    assert sf.call("GET", "limits").status == 403


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"speed": 1}, "there is no setting speed; there are: session_seconds, "),
        ({"page_shrink": 1}, "page_shrink must be true or false"),
        ({"session_seconds": -1}, "session_seconds must be a whole number from 0 to "),
        ({"session_seconds": 10**18}, "session_seconds must be a whole number from 0 to 1000000000"),
        ({"session_seconds": 1.5}, "session_seconds must be a whole number from 0 to "),
        ({"bulk_seconds": True}, "bulk_seconds must be a number from 0 to "),
        ({"bulk_rows": None}, "bulk_rows must be a whole number from 1 to "),
        ({"bulk_rows": 0}, "bulk_rows must be a whole number from 1 to "),
    ],
)
def test_a_wrong_setting_turns_none(sf, wanted, why):
    status, body = settings(sf, {"rotate_refresh_tokens": True, **wanted})
    assert (status, body["error"][: len(why)]) == (400, why)
    assert settings(sf) == (200, dict(DEFAULTS))
