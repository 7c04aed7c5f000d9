"""The sandbox's name server: what sample companies publish, and what goes wrong on the way."""

import socket

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest
import requests

from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture
def ask(providers):
    address, port = providers.running.dns_address.split(":")

    def ask(domain, kind="MX", over=dns.query.udp):
        return over(dns.message.make_query(domain, kind), address, port=int(port), timeout=1)

    return ask


def records(response):
    return sorted(record.to_text() for rrset in response.answer for record in rrset)


def test_a_company_publishes_its_mail_and_its_tokens(providers, ask):
    zones = providers.running.provider.names.zones
    for domain in providers.domains[:12]:
        assert set(records(ask(domain))) == {f"{preference} {host}." for preference, host in zones.servers(domain)}
        assert any(text.startswith('"v=spf1') for text in records(ask(domain, "TXT")))
    assert {zones.mail(f"d{n}.example") for n in range(200)} == {
        "microsoft",
        "google",
        "proofpoint",
        "mimecast",
        "own",
        "ionos",
        "zoho",
        "none",
    }


def test_what_a_company_uses_shows(providers):
    zones = providers.running.provider.names.zones
    told = {
        technology: {any(text.startswith(begin) for text in zones.texts(firm)) for firm in firms}
        for technology, begin, firms in [
            (name, begin, [zones.firm(d) for d in providers.domains if name in zones.firm(d).technologies])
            for name, begin in (("Jira Service Management", "atlassian-domain-verification="), ("Jamf", "jamf-"))
        ]
    }
    assert True in told["Jira Service Management"]


def test_an_unknown_domain_is_none(providers, ask):
    assert ask("nobody.example").rcode() == dns.rcode.NXDOMAIN
    providers.turn(invents=True)
    assert ask("nobody.example").rcode() == dns.rcode.NOERROR
    assert ask("a.nobody.example").rcode() == dns.rcode.NXDOMAIN


def test_other_types_have_no_records(providers, ask):
    assert records(ask(providers.domains[0], "A")) == []


def test_tcp_answers_as_udp_does(providers, ask):
    domain = providers.domains[0]
    assert records(ask(domain, "TXT", dns.query.tcp)) == records(ask(domain, "TXT"))


@pytest.mark.parametrize("kind", ["servfail", "refused", "nxdomain"])
def test_a_server_says_no(providers, ask, kind):
    providers.control("dns", {"faults": [{"kind": kind, "times": 1}]})
    domain = providers.domains[0]
    assert dns.rcode.to_text(ask(domain).rcode()) == kind.upper()
    assert ask(domain).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("kind", ["silence", "other", "garbage"])
def test_an_answer_does_not_come(providers, kind):
    domain = providers.domains[0]
    providers.control("dns", {"faults": [{"kind": kind, "name": domain, "type": "MX"}]})
    resolver = dns.resolver.Resolver(configure=False)
    address, port = providers.running.dns_address.split(":")
    resolver.nameservers, resolver.port = [address], int(port)
    with pytest.raises(dns.exception.Timeout):
        resolver.resolve(domain, "MX", lifetime=0.3)
    assert resolver.resolve(domain, "TXT")


def test_a_truncated_answer_is_whole_by_tcp(providers, ask):
    domain = providers.domains[0]
    providers.control("dns", {"faults": [{"kind": "truncated"}]})
    over_udp = ask(domain, "TXT")
    assert over_udp.flags & dns.flags.TC
    assert not over_udp.answer
    assert records(ask(domain, "TXT", dns.query.tcp))


@pytest.mark.parametrize(("kind", "least"), [("many", 1000), ("long", 1), ("strange", 2), ("loop", 2)])
def test_an_answer_is_hostile(providers, ask, kind, least):
    providers.control("dns", {"faults": [{"kind": kind}]})
    assert len(records(ask(providers.domains[0], "TXT", dns.query.tcp))) >= least


def test_a_late_answer_holds_nobody_up(providers, ask):
    late, other = providers.domains[:2]
    providers.control("dns", {"faults": [{"kind": "late", "seconds": 60, "name": late}]})
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(
            dns.message.make_query(late, "MX"), "127.0.0.1", port=int(providers.running.dns_address[10:]), timeout=0.1
        )
    assert ask(other).rcode() == dns.rcode.NOERROR


def test_questions_are_counted(providers, ask):
    domain = providers.domains[0]
    ask(domain)
    ask(domain, "TXT")
    told = providers.control("dns", method="GET")
    assert (told["asked"], told["domains"]) == ({"MX": 1, "TXT": 1}, {domain: 2})
    providers.control("dns", {"faults": [{"kind": "servfail"}]})
    ask(domain)
    assert providers.control("dns", method="GET")["faults"] == [{"kind": "servfail", "fired": 1}]
    providers.control("dns", method="DELETE")
    assert ask(domain).rcode() == dns.rcode.NOERROR
    providers.control("reset")
    assert providers.control("dns", method="GET") == {"asked": {}, "domains": {}, "faults": []}


def test_what_is_no_question_is_passed_over(providers, ask):
    address, port = providers.running.dns_address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for data in (b"", b"x", b"\0" * 12, b"\xff" * 600):
            client.sendto(data, (address, int(port)))
    with socket.create_connection((address, int(port))) as client:
        client.sendall(b"\0\x05hello")
    assert ask(providers.domains[0]).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        (7, 'say {"faults": [{...}, ...]}'),
        ([{"kind": "boom"}], "faults[0].kind: must be one of servfail"),
        ([{"kind": "late", "seconds": -1}], "faults[0].seconds: must be a number"),
        ([{"kind": "late", "path": "/"}], "faults[0].path: there is no such key"),
        ([{}], "faults[0].kind: is missing"),
    ],
)
def test_a_fault_that_is_none_is_told(providers, faults, why):
    answer = requests.post(f"{providers.url}/_sandbox/dns", json={"faults": faults}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(why)


def test_the_port_is_as_asked_and_told():
    with Sandbox(Options(leads=2)) as sandbox:
        told = sandbox.announcement()["provider"]
        assert told["dns"] == sandbox.dns_address
        port = int(sandbox.dns_address.split(":")[1])
    with Sandbox(Options(leads=2, dns_port=port)) as sandbox:
        assert sandbox.dns_address == f"127.0.0.1:{port}"
