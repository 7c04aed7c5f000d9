"""What the DNS provider makes of records, refusals, silence and hostility; and which names it asks for at all."""

import pytest
import requests

from leadrelay.enrichers.base import Found, Question
from leadrelay.enrichers.dns import make
from leadrelay.enrichers.dns_signs import (
    OWN_SERVER,
    SURE_MX,
    SURE_OWN,
    SURE_SPF,
    SURE_TOKEN,
    TOKENS,
    carrier,
    used,
)
from leadrelay.errors import ConfigError
from leadrelay.sandbox.server import Options, Sandbox


@pytest.fixture(scope="module")
def running():
    with Sandbox(Options(leads=120, seed=5)) as sandbox:
        sandbox.provider.directory.build()
        yield sandbox


@pytest.fixture
def names(running):
    """names(kind of mail): the domains that have it. No faults are on."""
    requests.delete(f"{running.provider_url}/_sandbox/dns", timeout=5).raise_for_status()
    zones, firms = running.provider.names.zones, running.provider.directory._firms
    return lambda kind: [domain for domain in sorted(firms) if zones.mail(domain) == kind]


@pytest.fixture
def ask(running):
    def ask(domain, seconds=10):
        provider = make("mail", nameservers=[running.dns_address], seconds=seconds)
        return provider.ask([Question("mail", {"domain": domain})])[0]

    return ask


@pytest.fixture
def fault(running):
    def fault(kind, **keys):
        body = {"faults": [{"kind": kind, **keys}]}
        requests.post(f"{running.provider_url}/_sandbox/dns", json=body, timeout=5).raise_for_status()

    return fault


@pytest.mark.parametrize(
    ("kind", "provider", "sure"),
    [
        ("microsoft", "Microsoft 365", SURE_MX),
        ("google", "Google Workspace", SURE_MX),
        ("proofpoint", "Proofpoint", SURE_MX),
        ("mimecast", "Mimecast", SURE_MX),
        ("ionos", "IONOS", SURE_MX),
        ("own", OWN_SERVER, SURE_OWN),
    ],
)
def test_the_carrier_of_the_mail_is_told(names, ask, kind, provider, sure):
    answer = ask(names(kind)[0].upper() + ".")
    assert (answer.found, answer.fields["mail_provider"], answer.confidence["mail_provider"]) == (
        Found.HIT,
        provider,
        sure,
    )
    assert answer.cost == 0
    if kind in {"proofpoint", "mimecast"}:
        assert {provider, "Microsoft 365"} <= set(answer.fields["technologies"].split(";"))
    if kind == "own":
        assert OWN_SERVER not in answer.fields.get("technologies", "")


def test_a_company_without_mail_may_still_use_something(names, ask):
    answers = [ask(domain) for domain in names("none")]
    assert all("mail_provider" not in answer.fields for answer in answers)
    assert {answer.found for answer in answers} <= {Found.HIT, Found.MISS}


@pytest.mark.parametrize(
    ("kind", "found", "why"),
    [
        ("servfail", Found.FAILED, "could not tell"),
        ("refused", Found.FAILED, "could not tell"),
        ("silence", Found.FAILED, "in time"),
        ("garbage", Found.FAILED, "in time"),
        ("other", Found.FAILED, "in time"),
        ("loop", Found.FAILED, "could not tell"),
        ("nxdomain", Found.MISS, "no such domain"),
        ("truncated", Found.HIT, ""),
        ("many", Found.HIT, ""),
        ("long", Found.HIT, ""),
    ],
)
def test_whatever_goes_wrong_is_an_answer(names, ask, fault, kind, found, why):
    fault(kind)
    # A thousand records are half a second of work for both sides, which a machine that is busy makes many of.
    answer = ask(names("microsoft")[0], 0.3 if why == "in time" else 90)
    assert answer.found is found
    assert why in answer.why
    assert (answer.again is not None) == (found is Found.FAILED)


def test_control_characters_do_not_get_in(names, ask, fault):
    fault("strange")
    answer = ask(names("microsoft")[0])
    assert (answer.found, answer.fields) == (Found.MISS, {})
    assert answer.why.isprintable()


def test_mail_is_told_where_the_texts_are_not(names, ask, fault):
    domain = names("google")[0]
    fault("servfail", type="TXT")
    answer = ask(domain)
    assert (answer.fields, answer.found) == (
        {"mail_provider": "Google Workspace", "technologies": "Google Workspace"},
        Found.HIT,
    )
    fault("servfail", type="MX")
    assert ask(domain).found is Found.FAILED


@pytest.mark.parametrize(
    "domain",
    [
        "",
        ".",
        "localhost",
        "127.0.0.1",
        "a..example",
        "-a.example",
        "a b.example",
        "a/b.example",
        "x" * 64 + ".example",
        "a." * 130 + "example",
        "\x00.example",
        "ä" * 300,
        "*.example",
        "_a.b\n.example",
    ],
)
def test_what_is_no_domain_is_not_asked(running, ask, domain):
    before = running.provider.names.asked.total()
    assert ask(domain).found is Found.MISS
    assert running.provider.names.asked.total() == before


def test_letters_beyond_ascii_are_asked_as_dns_has_them(running, ask):
    ask("bücher.example")
    assert "xn--bcher-kva.example" in running.provider.names.domains


def test_no_search_domain_is_added(running, ask):
    ask("nobody.example")
    assert not [name for name in running.provider.names.domains if name.startswith("nobody.example.")]


@pytest.mark.parametrize("text", ["", "ns.example", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3", "[::1", "1.2.3.4:53:1"])
def test_a_name_server_is_an_address(text):
    with pytest.raises(ConfigError, match=r"providers\.mail: .* is no name server"):
        make("mail", "providers.mail", nameservers=[text])


def test_name_servers_may_have_ports_and_be_of_either_kind():
    provider = make("mail", nameservers=["192.0.2.53", "192.0.2.53:5353", "::1", "[::1]:5353"])
    assert [(one.address, one.port) for one in provider._resolver.nameservers] == [
        ("192.0.2.53", 53),
        ("192.0.2.53", 5353),
        ("::1", 53),
        ("::1", 5353),
    ]


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ([(10, "acme-com.mail.protection.outlook.com")], ("Microsoft 365", SURE_MX)),
        ([(0, "acme-com.o-v1.mx.microsoft.")], ("Microsoft 365", SURE_MX)),
        ([(20, "ASPMX.L.GOOGLE.COM"), (10, "mx.acme.com")], (OWN_SERVER, SURE_OWN)),
        ([(1, "acme.com")], (OWN_SERVER, SURE_OWN)),
        ([(1, "notacme.com")], None),
        ([(1, "notpphosted.com")], None),
        ([(1, "pphosted.com.evil.example")], None),
        ([], None),
    ],
)
def test_a_mail_server_is_known_by_the_end_of_its_name(hosts, told):
    assert carrier(hosts, "acme.com") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v=spf1 include:spf.protection.outlook.com -all", {"Microsoft 365": SURE_SPF}),
        (
            "V=SPF1 +include:_spf.salesforce.com ?include:u1.wl.sendgrid.net",
            {"Salesforce": SURE_SPF, "SendGrid": SURE_SPF},
        ),
        ("v=spf1 include:spf.protection.outlook.com.evil.example", {}),
        ("v=spf10 include:sendgrid.net", {}),
        ("spf1 include:sendgrid.net", {}),
        ("MS=ms12345678", {"Microsoft 365": SURE_TOKEN}),
        ("  docusign=0b8e-44  ", {"DocuSign": SURE_TOKEN}),
        ("ZOOM_verify_abcDEF123", {"Zoom": SURE_TOKEN}),
        ("docusign=", {}),
        ("docusign=a b c d e", {}),
        ("we use docusign=0b8e44", {}),
        ("google-site-verification=abcdef", {}),
        ("some-domain-verification=abcdef", {}),
    ],
)
def test_a_text_tells_only_what_is_known(text, told):
    assert used([text]) == told


def test_what_is_told_twice_is_as_sure_as_the_surer():
    assert used(["MS=ms12345678", "v=spf1 include:spf.protection.outlook.com"]) == {"Microsoft 365": SURE_SPF}


def test_only_so_many_records_are_looked_at():
    assert used(["x"] * 200 + ["docusign=0b8e44"]) == {}
    assert used(["docusign=" + "x" * 10_000]) == {"DocuSign": SURE_TOKEN}


def test_tokens_are_written_as_they_are_compared():
    assert all(begin == begin.lower() for begin in TOKENS)
