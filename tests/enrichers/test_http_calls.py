"""One look-up over HTTP: what is sent, what each status means, when it is tried again, and what it costs."""

import gzip
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trustme

from leadrelay.enrichers.answers import ANOTHER
from leadrelay.enrichers.base import Found, Question
from leadrelay.errors import ConfigError
from tests.enrichers.conftest import ACME, COMPANY, KEY, FastTime, reply, serving

HIT, MISS = 100_000, 0


def test_what_is_asked_with_is_sent_and_nothing_else(one, server):
    one({"company_key": "böse & co/../x", "country_code": "DE"})
    assert server.asked[0].target == "/v1/companies?name=b%C3%B6se%20%26%20co%2F..%2Fx&country=DE"
    assert server.asked[0].headers["x-api-key"] == KEY


def test_the_host_is_that_of_the_connection_and_no_proxy_is_used(one, server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert one().found is Found.HIT
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("auth", "name", "told"),
    [
        ('{ bearer = "{secrets.key}" }', "authorization", f"Bearer {KEY}"),
        ('{ basic = "{secrets.key}" }', "authorization", "Basic a2V5LTQ3MTEtZG8tbm90LXRlbGw6"),
        ('{ header = "X-Key", value = "key {secrets.key}" }', "x-key", f"key {KEY}"),
    ],
)
def test_it_signs_in(one, server, auth, name, told):
    one(toml=COMPANY.replace('{ header = "X-Api-Key", value = "{secrets.key}" }', auth))
    assert server.asked[0].headers[name] == told


def test_it_signs_in_by_query(one, server):
    header, query = '{ header = "X-Api-Key"', '{ query = "api_key"'
    one(toml=COMPANY.replace(header, query))
    assert server.asked[0].target.endswith(f"&api_key={KEY}")


def test_a_path_and_a_body_hold_what_is_asked_with(one, server):
    toml = COMPANY.replace("/companies", "/companies/{domain}").replace(', ["company_key", "country_code"]', "")
    toml = toml.replace(
        "asks", 'method = "POST"\nbody = { filter = { of = ["{domain}", "{domain}!"] }, most = 1 }\nasks'
    )
    toml = toml.replace('name = "{company_key}"\ncountry = "{country_code}"\n', "")
    one({"domain": 'a/"c.com'}, toml)
    assert server.asked[0].line.startswith("POST /v1/companies/a%2F%22c.com?")
    assert server.asked[0].body == rb'{"filter":{"of":["a/\"c.com","a/\"c.com!"]},"most":1}'


@pytest.mark.parametrize("domain", ["..", ".", "\ud800"])
def test_what_would_leave_its_place_in_the_path_is_not_sent(one, server, domain):
    toml = COMPANY.replace("/companies", "/companies/{domain}").replace(', ["company_key", "country_code"]', "")
    toml = toml.replace('name = "{company_key}"\ncountry = "{country_code}"\n', "")
    assert one({"domain": domain}, toml).found is Found.FAILED
    assert server.connections == 0


def test_a_hit(one, server):
    server.answer = lambda _: reply({**ACME, "tech": [{"name": "ServiceNow"}, {"name": "a;b"}, {}]})
    answer = one()
    assert answer.found is Found.HIT
    assert answer.fields == {"employees": "120", "industry": "Mining", "technologies": "ServiceNow;a,b"}
    assert answer.confidence == dict.fromkeys(answer.fields, 0.9)
    assert answer.cost == HIT


@pytest.mark.parametrize("website", ["http://acme.com", "shop.ACME.com/x?y", ["b.com", "acme.com."], "acme.com:443"])
def test_the_same_company_however_it_is_spelled(one, server, website):
    server.answer = lambda _: reply({**ACME, "website": website})
    assert one().found is Found.HIT


@pytest.mark.parametrize("website", ["notacme.com", "acme.com.evil.net", None, "", [], {"a": 1}, "http://[", 7])
def test_the_answer_of_another_is_a_miss_that_was_paid(one, server, website):
    server.answer = lambda _: reply({**ACME, "website": website})
    answer = one()
    assert (answer.found, answer.fields, answer.cost, answer.why) == (Found.MISS, {}, HIT, ANOTHER)


def test_what_was_not_asked_with_need_not_match(one, server):
    server.answer = lambda _: reply({**ACME, "website": "elsewhere.com"})
    assert one({"company_key": "acme", "country_code": "DE"}).found is Found.HIT


@pytest.mark.parametrize("said", [reply({}, 404), reply({"found": False}), reply(b"", 404, "text/html")])
def test_misses(one, server, said):
    server.answer = lambda _: said
    assert (one().found, one().cost, one().why) == (Found.MISS, MISS, "not found")


def test_a_company_of_whom_nothing_is_known_was_paid(one, server):
    server.answer = lambda _: reply({"website": "acme.com", "score": 9})
    answer = one()
    assert (answer.found, answer.cost) == (Found.MISS, HIT)


@pytest.mark.parametrize("size", ["many", [1, 2], {"a": 1}, True, 2**60, 1.5e300, "12" * 9000, "1.5"])
def test_a_value_that_does_not_fit_is_left_out_and_told(one, server, size):
    server.answer = lambda _: reply({**ACME, "size": {"people": size}})
    answer = one()
    assert set(answer.fields) == {"industry"}
    assert answer.why == "not as described: employees"


@pytest.mark.parametrize(("size", "told"), [(7.0, "7"), (" 80 ", "80"), ([80], "80"), ("80", "80"), (0, "0")])
def test_a_value_that_fits_in_another_spelling(one, server, size, told):
    server.answer = lambda _: reply({**ACME, "size": {"people": size}})
    assert one().fields.get("employees") == told


def test_text_that_would_hide_something_is_cleaned(one, server):
    server.answer = lambda _: reply({**ACME, "industry": " Min\u202eing\x00\x1b[31m\u200b "})
    assert one().fields["industry"] == "Mining[31m"


@pytest.mark.parametrize(("score", "sure"), [(8, 0.8), ("8", 0.8), (80, 1), (-3, 0), (None, 0), ("high", 0), ([], 0)])
def test_how_sure_it_is(one, server, score, sure):
    server.answer = lambda _: reply({**ACME, "score": score})
    assert set(one().confidence.values()) == {sure}


def test_values_and_confidence_of_a_field(one, server):
    toml = COMPANY.replace('industry = "industry"\n', "") + (
        '[fields.industry]\npath = "industry"\nconfidence = 0.5\nvalues = { mining = "Digging", "n/a" = "" }\n'
    )
    answer = one(toml=toml)
    assert (answer.fields["industry"], answer.confidence["industry"]) == ("Digging", 0.5)
    server.answer = lambda _: reply({**ACME, "industry": "N/A"})
    assert "industry" not in one(toml=toml).fields


@pytest.mark.parametrize(
    "said",
    [
        reply(b"<html>", kind="text/html"),
        reply(b"{"),
        reply(b'{"score": NaN}'),
        reply(b'{"score": 1e999}'),
        reply(b"\xff\xfe"),
        reply(b""),
        reply([1, 2]),
        reply(b"[" * 60 + b"]" * 60),
        reply({"website": "acme.com", "size": {"people": "many"}}),
    ],
)
def test_an_answer_of_another_shape(one, server, said):
    server.answer = lambda _: said
    answer = one()
    assert answer.found in {Found.FAILED, Found.MISS}
    assert answer.cost == HIT
    assert answer.fields == {}


def test_of_a_key_that_comes_twice_the_last_counts(one, server):
    server.answer = lambda _: reply(b'{"website":"acme.com","score":9,"industry":"A","industry":"B"}')
    assert one().fields["industry"] == "B"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(one, server, status):
    server.answer = lambda _: reply({}, status, location=f"http://127.0.0.1:{server.port}/elsewhere")
    answer = one()
    assert (answer.found, len(server.asked)) == (Found.FAILED, 1)
    assert "redirects" in answer.why


@pytest.mark.parametrize("status", [401, 402, 403])
def test_who_is_refused_asks_no_more(remote, server, status):
    server.answer = lambda _: reply({}, status)
    provider = remote()
    answers = [provider.ask([Question("acme", {"domain": "acme.com"})])[0] for _ in range(3)]
    assert [(answer.found, answer.down, answer.cost) for answer in answers] == [(Found.FAILED, True, 0)] * 3
    assert len(server.asked) == 1
    assert str(status) in answers[2].why


@pytest.mark.parametrize(("status", "cost"), [(400, 0), (422, 0), (500, HIT), (502, HIT), (204, HIT)])
def test_other_statuses_are_failures(one, server, status, cost):
    server.answer = lambda _: reply(b"", status)
    answer = one()
    assert (answer.found, answer.cost, len(server.asked)) == (Found.FAILED, cost, 1)
    assert answer.again


@pytest.mark.parametrize("status", [429, 503])
def test_it_comes_again_when_it_is_told_to(one, server, status):
    time = FastTime()
    said = [reply({}, status, retry_after="3"), reply(ACME)]
    server.answer = lambda _: said.pop(0)
    answer = one(sleep=time.sleep, clock=time.clock)
    assert (answer.found, answer.cost) == (Found.HIT, HIT)
    assert sum(time.slept) == pytest.approx(3)


def test_it_comes_again_so_often_only(one, server):
    server.answer = lambda _: reply({}, 429)
    answer = one()
    assert (answer.found, answer.cost, len(server.asked)) == (Found.FAILED, 0, 3)
    assert answer.again == timedelta(minutes=10)


def test_a_long_wait_is_left_to_a_later_run(one, server):
    server.answer = lambda _: reply({}, 429, retry_after="3600")
    answer = one()
    assert (answer.again, answer.down, len(server.asked)) == (timedelta(hours=1), True, 1)


def test_a_wait_may_be_a_date(one, server):
    until = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    server.answer = lambda _: reply({}, 503, retry_after=until)
    assert timedelta(minutes=110) < one().again <= timedelta(hours=2)


@pytest.mark.parametrize("told", ["soon", "-5", "9" * 400, "Fri, 99 Foo", ""])
def test_a_wait_that_says_nothing(one, server, told):
    server.answer = lambda _: reply({}, 429, retry_after=told)
    assert one().found is Found.FAILED


def test_a_lost_reply_counts_as_paid_and_is_not_asked_for_again(one, server):
    server.answer = lambda _: None
    answer = one()
    assert (answer.found, answer.cost, len(server.asked)) == (Found.FAILED, HIT, 1)
    assert answer.again == timedelta(hours=1)


@pytest.mark.parametrize("cut", [1, 20, 90, 150])
def test_half_a_reply_counts_as_paid(one, server, cut):
    server.answer = lambda _: [reply(ACME)[:cut]]
    answer = one()
    assert (answer.found, answer.cost, len(server.asked)) == (Found.FAILED, HIT, 1)


def test_nobody_there_costs_nothing_and_is_tried_again(remote):
    time = FastTime()
    with serving() as gone:
        port = gone.port
    answer = remote(hosts=[f"127.0.0.1:{port}"], sleep=time.sleep).ask([Question("acme", {"domain": "acme.com"})])[0]
    assert (answer.found, answer.cost, len(time.slept)) == (Found.FAILED, 0, 2)
    assert "cannot be reached" in answer.why


def test_what_the_provider_says_it_cost(one, server):
    toml = COMPANY.replace('unit = "USD"', 'unit = "USD"\ncost = { header = "X-Credits" }')
    server.answer = lambda _: reply(ACME, x_credits="0.25")
    assert one(toml=toml).cost == 250_000
    assert one(toml=toml, cost_per_hit=0.2).cost == 500_000  # twice the price, so twice of what is told
    server.answer = lambda _: reply(ACME, x_credits="a lot")
    assert one(toml=toml).cost == HIT
    server.answer = lambda _: reply({}, 404, x_credits="0.01")
    assert one(toml=toml).cost == 10_000


def test_what_the_answer_says_it_cost(one, server):
    toml = COMPANY.replace('unit = "USD"', 'unit = "USD"\ncost = "meta.credits"')
    server.answer = lambda _: reply({**ACME, "meta": {"credits": 2}})
    assert one(toml=toml).cost == 2_000_000
    server.answer = lambda _: reply({**ACME, "meta": {"credits": -2}})
    assert one(toml=toml).cost == HIT


def test_the_configuration_overrides_the_price(remote):
    provider = remote(cost_per_hit=0.3, cost_per_miss=0.05, unit="EUR")
    assert (provider.price.hit, provider.price.miss, provider.price.most, provider.unit) == (
        300_000,
        50_000,
        300_000,
        "EUR",
    )


def test_connections_are_kept_and_those_that_died_are_not_used(remote, server):
    provider = remote()
    question = [Question("acme", {"domain": "acme.com"})]
    for _ in range(5):
        assert provider.ask(question)[0].found is Found.HIT
    assert server.connections == 1
    server.answer = lambda _: reply(ACME, connection="close")
    assert [provider.ask(question)[0].found for _ in range(3)] == [Found.HIT] * 3
    assert server.connections == 3


def test_a_connection_that_lay_idle_for_long_is_not_used(remote, server):
    time = FastTime()
    provider = remote(clock=time.clock)
    for waited in (1, 29, 31):
        assert provider.ask([Question("acme", {"domain": "acme.com"})])[0].found is Found.HIT
        time.now += waited
    assert server.connections == 1
    assert provider.ask([Question("acme", {"domain": "acme.com"})])[0].found is Found.HIT
    assert server.connections == 2


def test_what_is_closed_keeps_nothing_open(remote, server):
    provider = remote()
    for _ in range(2):
        assert provider.ask([Question("acme", {"domain": "acme.com"})])[0].found is Found.HIT
        provider.close()
    assert server.connections == 2


def test_packed_answers_and_answers_in_pieces(one, server):
    body = reply(ACME).partition(b"\r\n\r\n")[2]
    server.answer = lambda _: reply(gzip.compress(body), content_encoding="gzip")
    assert one().found is Found.HIT
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answer = lambda _: [head, b"5\r\n", body[:5], b"\r\n%x\r\n" % len(body[5:]), body[5:], b"\r\n0\r\n\r\n"]
    assert one().found is Found.HIT


def test_threads_ask_side_by_side(remote, server):
    provider = remote()
    server.answer = lambda asked: reply({**ACME, "website": asked.target.split("domain=")[1]})
    domains = [f"c{number}.com" for number in range(100)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda domain: provider.ask([Question("acme", {"domain": domain})])[0], domains))
    assert all(answer.found is Found.HIT for answer in answers)
    assert server.connections <= 16


def test_the_key_is_told_nowhere(remote, server, caplog):
    # A header that cannot be parsed makes urllib3 log the whole address.
    caplog.set_level(logging.DEBUG)
    toml = COMPANY.replace('{ header = "X-Api-Key"', '{ query = "api_key"')
    provider = remote(toml)
    told = [repr(provider), str(provider.__class__), repr(provider.price)]
    for said in (reply(ACME), reply({}, 401), reply({}, 500), b"HTTP/1.1 200 OK\r\n: x\r\nbroken\r\n\r\n{}", None):
        server.answer = lambda _, said=said: said if said is None else [said]
        fresh = remote(toml)
        told.append(repr(fresh.ask([Question("acme", {"domain": "acme.com"})])))
    assert KEY in server.asked[0].target
    assert KEY not in "".join(told) + caplog.text
    assert "acme.com" not in "".join(told) + caplog.text


def test_tls_by_name_and_authority(tmp_path, remote):
    authority = trustme.CA()
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    for name, found, why in (("127.0.0.1", Found.HIT, ""), ("elsewhere.example", Found.FAILED, "certificate")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        with serving(context) as secure:
            told = {"hosts": [f"127.0.0.1:{secure.port}"], "ca_file": tmp_path / "ca.pem"}
            answer = remote(**told).ask([Question("acme", {"domain": "acme.com"})])[0]
            assert (answer.found, answer.cost) == (found, HIT if found is Found.HIT else 0)
            assert why in answer.why
            unknown = remote(hosts=[f"https://127.0.0.1:{secure.port}"]).ask([Question("acme", {"domain": "a.com"})])[0]
            assert "certificate" in unknown.why


def test_what_is_wrong_with_the_settings_is_told_at_once(remote, tmp_path):
    with pytest.raises(ConfigError) as wrong:
        remote(hosts=["api.example.com/v1"], ca_file=tmp_path / "none.pem", place="config.toml:3 providers.acme")
    assert [problem.place for problem in wrong.value.problems] == ["config.toml:3 providers.acme"] * 2
    with pytest.raises(ConfigError, match="needs the secret 'other'"):
        remote(COMPANY.replace("secrets.key", "secrets.other"))


def test_a_password_in_the_name_of_a_host_is_not_told(remote):
    with pytest.raises(ConfigError, match=r"is not the name of a host") as told:
        remote(hosts=["https://user:hush@api.example.com/v1?key=hush"])
    assert "hush" not in str(told.value)
