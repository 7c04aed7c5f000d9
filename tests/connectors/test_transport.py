"""The HTTP policy: waiting, trying again, pacing, and what each fault means."""

import pytest
import requests
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from leadrelay.connectors.base import Usage
from leadrelay.connectors.moments import server_time
from leadrelay.connectors.transport import (
    Again,
    Answer,
    Broken,
    Dialect,
    Pace,
    Transport,
    Window,
    common_fault,
    is_loopback,
    proxies_for,
    retry_after,
)
from leadrelay.errors import Refused, Unavailable, Unexpected

DATE = {"Date": "Sun, 01 Mar 2026 10:00:00 GMT"}
FINE = Answer(200, requests.structures.CaseInsensitiveDict(DATE), b"fine")


def answer(status, headers=None, body=b""):
    return Answer(status, requests.structures.CaseInsensitiveDict({**DATE, **(headers or {})}), body)


class Script:
    """Answers in order; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = 0

    def __call__(self):
        self.sent += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def transport(time):
    dialect = Dialect("Test", common_fault, lambda found: Usage(1, 2) if "Quota" in found.headers else None)
    return Transport(dialect, "Test (connection acme)", time.pace(), 30.0)


def body(found):
    return found.body


def test_what_can_be_read_is_given_back(transport, time):
    assert transport.call(lambda: FINE, body) == b"fine"
    assert (transport.calls, time.slept) == (1, [])


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 526])
def test_passing_faults_are_tried_again(transport, time, status):
    script = Script(answer(status), answer(status), FINE)
    assert transport.call(script, body) == b"fine"
    assert transport.calls == script.sent == 3
    assert time.slept == [0.25, 0.5]  # half of 0.5 and of 1.0, by the fixed chance


def test_a_storm_ends_in_unavailable_after_six_tries(transport):
    script = Script(answer(503))
    with pytest.raises(Unavailable, match=r"Test \(connection acme\).*HTTP 503.*Run again later"):
        transport.call(script, body)
    assert script.sent == 6


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("Sun, 01 Mar 2026 10:00:09 GMT", 9.0), ("Sun, 01 Mar 2026 09:00:00 GMT", 0.0)],
)
def test_retry_after_is_honoured_and_never_undercut(transport, time, value, seconds):
    assert transport.call(Script(answer(429, {"Retry-After": value}), FINE), body) == b"fine"
    assert time.slept == [seconds + 0.25]


@pytest.mark.parametrize("value", ["", "soon", "-3", "Sun, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing_is_none(value):
    assert retry_after(answer(429, {"Retry-After": value})) is None


def test_a_long_wait_is_left_to_the_schedule(transport, time):
    script = Script(answer(503, {"Retry-After": "3600"}))
    with pytest.raises(Unavailable) as caught:
        transport.call(script, body)
    assert caught.value.retry_after == 3600
    assert (script.sent, time.slept) == (1, [])


def test_the_wait_grows_is_jittered_and_has_a_ceiling():
    steady = Pace(random=lambda: 1.0)
    assert [steady.backoff(attempt) for attempt in (1, 2, 3, 10)] == [0.5, 1.0, 2.0, 30.0]
    assert Pace(random=lambda: 0.0).backoff(5) == 0.0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_refused(transport, status):
    script = Script(answer(status, {"Location": "https://evil.example/"}))
    with pytest.raises(Unexpected, match="redirect"):
        transport.call(script, body)
    assert script.sent == 1


def test_a_broken_answer_is_tried_again_and_then_unexpected(transport):
    def read(_):
        raise Broken("half")

    script = Script(FINE)
    with pytest.raises(Unexpected, match="broken answer"):
        transport.call(script, read)
    assert script.sent == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (requests.ConnectionError("Connection refused, canary-token"), "cannot be reached"),
        (requests.ReadTimeout("canary-token"), "no answer in time"),
        (ReadTimeoutError(None, "", "Read timed out."), "no answer in time"),
        (MaxRetryError(None, "/path?canary-token"), "cannot be reached"),
        (requests.exceptions.ChunkedEncodingError("canary-token"), "hung up"),
    ],
)
def test_a_crm_that_is_away_is_unavailable(transport, fault, words):
    with pytest.raises(Unavailable, match=words) as caught:
        transport.call(Script(fault), body)
    assert "canary" not in str(caught.value)


def test_a_dropped_connection_is_dialled_again(transport):
    assert transport.call(Script(requests.ConnectionError("gone"), FINE), body) == b"fine"


def test_a_certificate_that_nobody_signed_is_refused_with_the_cure(transport):
    fault = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    script = Script(fault)
    with pytest.raises(Refused, match="ca_file"):
        transport.call(script, body)
    assert script.sent == 1


def test_the_quota_is_the_last_that_was_told(transport):
    assert transport.usage is None
    transport.call(Script(answer(200, {"Quota": "yes"}, b"x")), body)
    transport.call(Script(FINE), body)
    assert transport.usage == Usage(1, 2)


def test_server_time_is_the_crms_clock():
    assert server_time(FINE) == "2026-03-01T10:00:00.000Z"
    with pytest.raises(Broken):
        server_time(Answer(200, {}, b""))


# -- pacing -----------------------------------------------------------------------------------------------------------


def test_a_window_never_lets_more_through_than_its_limit(time):
    window, pace = Window(5, 1.0), time.pace()
    moments = []
    for _ in range(23):
        window.enter(pace)
        moments.append(time.now)
        time.now += 0.01
    for start in moments:
        assert sum(start <= moment < start + 0.999 for moment in moments) <= 5
    assert time.now < 5


def test_a_window_learns_what_others_use(time):
    window, pace = Window(100, 10.0), time.pace()
    for _ in range(10):
        window.enter(pace)
    window.learn(190, 180)
    assert window.limit == 190
    window.learn(190, 20)  # 160 were used by somebody else
    assert window.limit == 30
    window.learn(190, 0)
    window.enter(pace)
    assert time.now >= 10.0


def test_every_try_takes_its_turn_in_the_window(transport, time):
    with pytest.raises(Unavailable):
        transport.call(Script(answer(503)), body, Window(1, 50.0))
    assert time.now >= 5 * 50.0


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/x", "https://localhost:1", "http://[::1]:9/"])
def test_this_machine_is_known(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.evil.example/", "https://localhost.evil/", "https://acme.my.salesforce.com"]
)
def test_other_machines_are_not_taken_for_it(url):
    assert not is_loopback(url)


def test_proxies_of_the_environment_hold_for_the_world_only(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    assert proxies_for("https://acme.my.salesforce.com")["https"] == "http://proxy.example:3128"
    assert proxies_for("https://internal.example") == {}
    assert proxies_for("http://127.0.0.1:8080") == {}


def test_again_says_how_often():
    assert (Again("x").tries, Again("x", tries=3).tries) == (6, 3)


def test_an_answer_knows_how_long_it_took_and_not_how_long_the_tries_before_it_did(time):
    def send():
        time.now += 3 if time.slept else 7
        return Answer(200 if time.slept else 503, {}, b"")

    transport = Transport(Dialect("CRM", common_fault, lambda _: None), "CRM (test)", time.pace(), 5.0)
    assert transport.call(send, lambda answer: answer.seconds) == 3
