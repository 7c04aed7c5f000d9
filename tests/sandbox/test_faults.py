"""Which request is hit by which fault, without a network."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.sandbox.control import BadRequest
from leadrelay.sandbox.dialects import HUBSPOT, SALESFORCE
from leadrelay.sandbox.fault_kinds import COMMON, KINDS
from leadrelay.sandbox.faults import HangUp, Hit, read_faults, read_list
from leadrelay.sandbox.keys import Findings
from leadrelay.sandbox.wire import Request, Response

NOW = datetime(2030, 1, 1, tzinfo=UTC)
LEAD = "/services/data/v67.0/sobjects/Lead/00QRM000003bQ4a"


def read(*tables, seed=7):
    findings = Findings()
    faults = read_faults(tables, seed, "faults", findings)
    assert findings == []
    return faults


def wrong(*tables):
    findings = Findings()
    read_faults(tables, 7, "faults", findings)
    return findings


def fault(kind="drop-reply", **keys):
    return read({"kind": kind, **keys})[0]


def hits(one, *requests, at=0.0):
    now = NOW + timedelta(seconds=at)
    return [one.hits(Request(*request.split()), now, SALESFORCE.signs_in) for request in requests]


@pytest.mark.parametrize(
    ("keys", "fits"),
    [
        ({}, True),
        ({"method": "PATCH"}, True),
        ({"method": "post patch"}, True),
        ({"method": "GET"}, False),
        ({"path": "*"}, True),
        ({"path": "/services/data/{version}/sobjects/Lead/{id}"}, True),
        ({"path": "/services/data/*/sobjects/lead/*"}, True),
        ({"path": LEAD}, True),
        ({"path": "/services/data/{version}/sobjects/Lead"}, False),
        ({"path": "*/Lead"}, False),
        ({"path": "/services/data/.*"}, False),
    ],
)
def test_a_fault_fits_by_method_and_path(keys, fits):
    assert hits(fault(**keys), f"PATCH {LEAD}") == [fits]


def test_signing_in_is_hit_only_where_it_is_named():
    for path in ("/services/oauth2/token", "/services/Soap/u/67.0"):
        assert hits(fault(), f"POST {path}") == [False]
        assert hits(fault(path=path), f"POST {path}") == [True]
        assert hits(fault(path="*"), f"POST {path}") == [True]
    assert HUBSPOT.signs_in.match("/oauth/v1/token")
    assert not HUBSPOT.signs_in.match("/crm/v3/objects/contacts")


@pytest.mark.parametrize(
    ("keys", "hit"),
    [
        ({}, "xxxxxxxx"),
        ({"after": 3}, "...xxxxx"),
        ({"times": 2}, "xx......"),
        ({"times": 0}, "........"),
        ({"every": 3}, "..x..x.."),
        ({"after": 1, "every": 2, "times": 2}, "..x.x..."),
        ({"probability": 0}, "........"),
    ],
)
def test_a_fault_hits_so_often(keys, hit):
    one = fault(**keys)
    assert hits(one, *["GET /x"] * 8, "GET /services/oauth2/token") == [*(mark == "x" for mark in hit), False]
    assert one.shown() == {"kind": "drop-reply", **keys, "matched": 8, "fired": hit.count("x")}


def test_chance_is_the_same_for_a_seed_and_a_place_in_the_list():
    def runs(seed):
        both = read(*[{"kind": "late", "seconds": 1, "probability": 0.3}] * 2, seed=seed)
        return [hits(one, *["GET /x"] * 1000) for one in both]

    first, second = runs(7)
    assert [first, second] == runs(7)
    assert first != second
    assert first not in runs(8)
    assert 250 < sum(first) < 350


def test_a_fault_takes_its_chances_apart_from_the_others():
    alone = fault(probability=0.5)
    first, _ = read({"kind": "drop-reply", "probability": 0.5}, {"kind": "twice", "probability": 0.5})
    assert hits(alone, *["GET /x"] * 50) == hits(first, *["GET /x"] * 50)


def test_a_storm_lasts_from_the_first_request_on():
    storm = fault("storm", seconds=60, after=1)
    assert hits(storm, "GET /x") == [False]
    assert hits(storm, "GET /x", at=100) == [True]
    assert hits(storm, "GET /x", "GET /y", at=159.9) == [True, True]
    assert hits(storm, "GET /x", at=160) == [False]
    assert (storm.matched, storm.fired) == (5, 3)


def test_everything_that_is_wrong_is_told_at_once():
    tables = [
        {"kind": "drop-replay"},
        {"kind": "late", "second": 1},
        {"kind": "cut", "bytes": "9", "probability": 1.5, "path": "x"},
        {},
        {"kind": ["cut"]},
        {"kind": "twice"},
    ]
    assert wrong(*tables) == [
        "faults[0].kind: there is no such kind of fault; did you mean drop-reply?",
        "faults[1].second: there is no such key; did you mean seconds?",
        "faults[1].seconds: is missing; it takes a number from 0 to 86400",
        "faults[2].path: must be a path that begins with / or *",
        "faults[2].probability: must be a number from 0 to 1",
        "faults[2].bytes: must be a whole number",
        wrong({})[0].replace("[0]", "[3]"),
        wrong({})[0].replace("[0]", "[4]"),
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"probability": True},
        {"probability": float("nan")},
        {"after": -1},
        {"every": 0},
        {"times": 1.5},
        {"method": ""},
        {"method": "PATHC"},
        {"probability": 2**63},
        {"status": 500},
    ],
)
def test_a_value_that_does_not_fit_is_refused(keys):
    assert len(wrong({"kind": "drop-reply", **keys})) == 1


@pytest.mark.parametrize(
    "body", [{}, {"faults": {}}, {"faults": [1]}, {"faults": [], "seed": -1}, {"faults": [], "x": 1}]
)
def test_a_body_without_a_list_is_refused(body):
    with pytest.raises(BadRequest, match=re.escape('say {"faults": [{...}, ...], "seed": a whole number, 0 or more')):
        read_list(body, "faults")


def test_faults_of_one_request_come_together():
    hit = Hit(
        read({"kind": "late", "seconds": 1}, {"kind": "clock-skew", "seconds": -5}, {"kind": "late", "seconds": 2})
    )
    assert (hit.seconds("late"), hit.seconds("clock-skew"), hit.seconds("late-request")) == (3, -5, 0)
    assert hit.instead(SALESFORCE) is None
    for applied in (False, True):
        hit.end(applied=applied)


@pytest.mark.parametrize(
    ("table", "applied", "reset"),
    [
        ({"kind": "drop-request"}, False, False),
        ({"kind": "drop-reply"}, True, False),
        ({"kind": "reset"}, False, True),
        ({"kind": "reset", "applied": True}, True, True),
    ],
)
def test_a_connection_ends_before_or_after(table, applied, reset):
    hit = Hit(read(table))
    hit.end(applied=not applied)
    with pytest.raises(HangUp) as found:
        hit.end(applied=applied)
    assert found.value.reset is reset


def answered(dialect, kind, **keys):
    answer = Hit([fault(kind, **keys)]).instead(dialect)
    return answer.status, answer.body, answer.headers.get("Retry-After")


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "UNABLE_TO_LOCK_ROW"), (401, "INVALID_SESSION_ID"), (500, "UNKNOWN_EXCEPTION"), (502, "SERVER_UNAVAILABLE")],
)
def test_a_status_in_the_form_of_salesforce(status, code):
    found, [error], retry_after = answered(SALESFORCE, "status", status=status)
    assert (found, error["errorCode"], set(error), retry_after) == (status, code, {"message", "errorCode"}, None)
    own = answered(SALESFORCE, "status", status=status, code="X", message="y", retry_after=3)
    assert own == (status, [{"message": "y", "errorCode": "X"}], "3")


@pytest.mark.parametrize(
    ("status", "category"), [(423, "LOCKED"), (477, "MIGRATION_IN_PROGRESS"), (503, "SERVER_UNAVAILABLE")]
)
def test_a_status_in_the_form_of_hubspot(status, category):
    found, error, _ = answered(HUBSPOT, "status", status=status)
    assert (found, error["category"]) == (status, category)
    assert set(error) == {"status", "message", "correlationId", "category"}


def test_a_429_of_hubspot_names_its_policy():
    _, error, retry_after = answered(HUBSPOT, "status", status=429, policy="TEN_SECONDLY_ROLLING", retry_after="soon")
    assert (error["policyName"], error["errorType"], retry_after) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT", "soon")
    assert answered(HUBSPOT, "status", status=429)[1]["policyName"] == "SECONDLY"
    status, error, _ = answered(HUBSPOT, "quota")
    assert (status, error["policyName"], error["message"]) == (429, "DAILY", "You have reached your daily limit.")
    status, [error], _ = answered(SALESFORCE, "quota")
    assert (status, error["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), st.text(), st.lists(st.integers())
)
KEYS = sorted({key.name for kind in KINDS.values() for key in (*COMMON, *kind.keys)})


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), st.integers(0, 9))
def test_whatever_is_taken_can_be_done(kind, keys, size):
    good = {"seconds": 1, "bytes": size, "status": 503, "slice": 1, "pause": 0, "location": "/y"}
    needed = {key.name: good[key.name] for key in KINDS[kind].keys if key.required}
    findings = Findings()
    faults = read_faults([{**needed, **keys, "kind": kind}], 0, "faults", findings)
    assert bool(faults) != bool(findings)
    for one in faults:
        one.hits(Request("GET", "/x"), NOW, SALESFORCE.signs_in)
        hit = Hit([one])
        answer = hit.instead(HUBSPOT) or Response(200, {"a": 1})
        delivery = hit.spoil(answer, None)
        assert NOW + timedelta(seconds=delivery.skew)
        assert all(value.isprintable() for value in (answer.content_type, *answer.headers.values()))
        assert len(answer.payload()[: delivery.cut]) <= len(answer.payload())


def test_a_body_may_be_any():
    assert answered(HUBSPOT, "status", status=500, body={"a": 1})[1] == {"a": 1}
    assert answered(HUBSPOT, "status", status=502, body="<h1>Bad gateway</h1>")[1] == b"<h1>Bad gateway</h1>"
    assert answered(SALESFORCE, "storm", seconds=9, retry_after=1)[::2] == (503, "1")
    garbage = Hit([fault("garbage")]).instead(HUBSPOT)
    assert (garbage.status, garbage.content_type) == (200, "text/html; charset=utf-8")
    assert garbage.payload().startswith(b"<!DOCTYPE html>")
