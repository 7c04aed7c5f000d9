"""Who is spoken to: names and addresses that are let through, and those to whom no connection is opened."""

import socket
import threading
from ipaddress import ip_address

import pytest

from leadrelay.core.toml_text import parse
from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.describe import describe
from leadrelay.enrichers.guard import Barred, Guard, Host, host_of, is_public_name, why_barred
from leadrelay.enrichers.http import make
from leadrelay.errors import ConfigError
from tests.enrichers.conftest import ACME, COMPANY, KEY, reply


@pytest.fixture
def canary():
    """A listener on loopback, and how many have connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        seen = []
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    listener.accept()[0].close()
                    seen.append(1)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], seen
        done.set()
        thread.join()


def resolver(*addresses):
    told = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))] for address in addresses]
    return lambda *_, **__: told.pop(0) if len(told) > 1 else told[0]


def company(url):
    return describe(parse(COMPANY.replace("https://api.example.com/v1/companies", url), "c.toml"), "c")


BARRED = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104 - an address that is refused
    "0.1.2.3",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", BARRED)
def test_addresses_that_are_nobodys_business(address):
    assert why_barred(ip_address(address), private=False)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert not why_barred(ip_address(address), private=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fd12::1", "100.64.0.1", "8.8.8.8"])
def test_private_addresses_where_they_are_meant(address):
    assert not why_barred(ip_address(address), private=True)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:169.254.169.254"])  # noqa: S104 - refused
def test_metadata_is_refused_even_where_private_addresses_are_meant(address):
    assert why_barred(ip_address(address), private=True)


ODD_HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "localhost",
    "localhost.",
    "api.example.com.",
    "[::ffff:127.0.0.1]",
    "[::1]",
    "169.254.169.254",
    "user@api.example.com",
    "api.example.com@evil.example",
    "user@api.example.com@evil.example",
    "api.example.com:8443",
    "api.exаmple.com",  # noqa: RUF001 - a Cyrillic letter
    "api_x.example.com",
    "-a.example.com",
    "",
    "api.example.com\\\\.evil.example",
    "api..example.com",
]


@pytest.mark.parametrize("host", ODD_HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_description_names_a_host_plainly(host, scheme):
    with pytest.raises(ConfigError) as wrong:
        company(f"{scheme}://{host}/v1")
    assert wrong.value.problems[0].place == "c.toml:2 url"
    assert wrong.value.problems[0].cure
    assert not is_public_name(host)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://api.example.com/1", "//api.example.com/", "ftp://a.b/c"]
)
def test_a_description_speaks_https(url):
    with pytest.raises(ConfigError, match="scheme, host and path"):
        company(url)


def test_plain_http_is_for_private_hosts():
    with pytest.raises(ConfigError, match="not https"):
        make("acme", company("http://api.example.com/v1"), {"key": KEY})
    assert make("acme", company("http://api.example.com/v1"), {"key": KEY}, private=True)


@pytest.mark.parametrize(
    "host", [*ODD_HOSTS[:7], "10.0.0.1", "http://api.example.com", "a.example.com/x", "a.b:0", "a.b:99999"]
)
def test_a_configured_host_is_public_unless_it_is_said(host):
    assert host_of(host, private=False, secure=False) is None


def test_configured_hosts():
    assert host_of("API.example.com", private=False, secure=False) == Host("https", "api.example.com", 443)
    assert host_of("api.example.com:8443", private=False, secure=False) == Host("https", "api.example.com", 8443)
    assert host_of("127.0.0.1:8703", private=True, secure=False) == Host("http", "127.0.0.1", 8703, private=True)
    assert host_of("localhost:1", private=True, secure=True) == Host("https", "localhost", 1, private=True)
    assert host_of("[::1]:8703", private=True, secure=False).header == "[::1]:8703"
    for odd in ("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost."):
        assert host_of(odd, private=True, secure=False) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"])  # noqa: S104 - refused
def test_nobody_connects_to_a_name_that_stands_for_this_machine(canary, address):
    port, seen = canary
    provider = make(
        "acme",
        company("https://api.example.com/v1"),
        {"key": KEY},
        hosts=[f"api.example.com:{port}"],
        resolve=resolver(address),
    )
    answer = provider.ask([Question("acme", {"domain": "acme.com"})])[0]
    assert (answer.found, answer.cost, answer.down) == (Found.FAILED, 0, True)
    assert "not spoken to" in answer.why
    assert seen == []


def test_a_name_that_changes_its_mind_changes_nothing():
    # DNS rebinding: first a public address, then this machine's.
    guard = Guard(Host("https", "api.example.com", 443), resolver("93.184.216.34", "127.0.0.1"))
    assert [guard.addresses() for _ in range(3)] == [("93.184.216.34",)] * 3


def test_a_name_of_one_good_and_one_bad_address_is_barred():
    answers = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    guard = Guard(Host("https", "api.example.com", 443), lambda *_, **__: answers)
    for _ in range(2):
        with pytest.raises(Barred, match="a private or reserved address"):
            guard.addresses()


def test_a_name_that_cannot_be_resolved_is_asked_for_again():
    calls = []

    def resolve(*_, **__):
        calls.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    provider = make("acme", company("https://api.example.com/v1"), {"key": KEY}, resolve=resolve, sleep=lambda _: None)
    answer = provider.ask([Question("acme", {"domain": "acme.com"})])[0]
    assert (answer.found, answer.cost, answer.down) == (Found.FAILED, 0, False)
    assert answer.why == "its name cannot be resolved"
    assert len(calls) == 3


def test_a_redirect_to_this_machine_is_not_followed(canary, remote, server):
    port, seen = canary
    server.answer = lambda _: reply({}, 302, location=f"http://127.0.0.1:{port}/")
    assert remote().ask([Question("acme", {"domain": "acme.com"})])[0].found is Found.FAILED
    assert seen == []


def test_what_a_lead_says_its_web_site_is_never_says_whom_to_connect_to(canary, remote, server):
    port, seen = canary
    server.answer = lambda _: reply(ACME)
    remote().ask([Question("acme", {"domain": f"127.0.0.1:{port}/@127.0.0.1:{port}"})])
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert seen == []
