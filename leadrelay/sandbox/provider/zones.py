"""What the sample companies publish in DNS: where their mail goes, and the tokens of what they use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from leadrelay.sandbox.provider.settings import Settings
from leadrelay.sandbox.provider.truth import Directory, Firm, chance

# Kind of mail, share of companies, its servers (preference, host; {d} the domain, {s} with hyphens), what SPF includes.
_MAIL: Sequence[tuple[str, float, tuple[tuple[int, str], ...], tuple[str, ...]]] = (
    ("microsoft", 0.42, ((0, "{s}.mail.protection.outlook.com"),), ("spf.protection.outlook.com",)),
    (
        "google",
        0.18,
        ((1, "aspmx.l.google.com"), (5, "alt1.aspmx.l.google.com"), (10, "aspmx2.googlemail.com")),
        ("_spf.google.com",),
    ),
    (
        "proofpoint",
        0.08,
        ((10, "mxa-00112233.gslb.pphosted.com"), (10, "mxb-00112233.gslb.pphosted.com")),
        ("spf-00112233.pphosted.com", "spf.protection.outlook.com"),
    ),
    (
        "mimecast",
        0.07,
        ((10, "eu-smtp-inbound-1.mimecast.com"), (10, "eu-smtp-inbound-2.mimecast.com")),
        ("eu._netblocks.mimecast.com", "spf.protection.outlook.com"),
    ),
    ("own", 0.14, ((10, "mail.{d}"), (20, "mx2.{d}")), ()),
    ("ionos", 0.04, ((10, "mx00.ionos.de"), (10, "mx01.ionos.de")), ("_spf.perfora.net",)),
    ("zoho", 0.02, ((10, "mx.zoho.eu"), (20, "mx2.zoho.eu")), ("zoho.eu",)),
    ("none", 0.05, (), ()),
)
# Technology of the sample (or nothing: of any company), how likely it shows, the record; {t} is a token.
_TOKENS: Sequence[tuple[str, float, str]] = (
    ("Jira Service Management", 0.9, "atlassian-domain-verification={t}"),
    ("Azure", 0.8, "MS=ms{n}"),
    ("Intune", 0.8, "MS=ms{n}"),
    ("AWS", 0.5, "amazonses:{t}"),
    ("Jamf", 0.9, "jamf-site-verification={t}"),
    ("Kubernetes", 0.5, "docker-verification={t}"),
    ("", 0.6, "google-site-verification={t}"),
    ("", 0.3, "docusign={t}"),
    ("", 0.25, "adobe-idp-site-verification={t}"),
    ("", 0.2, "ZOOM_verify_{t}"),
    ("", 0.2, "apple-domain-verification={t}"),
    ("", 0.15, "facebook-domain-verification={t}"),
    ("", 0.1, "slack-domain-verification={t}"),
    ("", 0.1, "cisco-ci-domain-verification={t}"),
    ("", 0.2, "{t}"),
)
_SENDERS: Sequence[tuple[float, str]] = (
    (0.25, "_spf.salesforce.com"),
    (0.2, "sendgrid.net"),
    (0.15, "servers.mcsv.net"),
    (0.1, "mail.zendesk.com"),
)


class Zones:
    """The zones of all sample companies; the same for the same seed."""

    def __init__(self, directory: Directory, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings

    def firm(self, domain: str) -> Firm | None:
        """Whose domain it is; None where there is no such domain."""
        found = self._directory.firm(domain)
        if found is None and self._settings.invents and domain.count(".") == 1:
            return self._directory.invented(domain)
        return found

    def mail(self, domain: str) -> str:
        """The kind of mail that a company has: microsoft, google, proofpoint, mimecast, own, ionos, zoho or none."""
        at = chance(self._directory.seed, "mail", domain)
        ends = accumulate(share for _, share, _, _ in _MAIL)
        return next((kind for (kind, *_), end in zip(_MAIL, ends, strict=True) if at < end), _MAIL[-1][0])

    def servers(self, domain: str) -> list[tuple[int, str]]:
        """Its mail servers: preference and host."""
        [servers] = (servers for kind, _, servers, _ in _MAIL if kind == self.mail(domain))
        return [(preference, host.format(d=domain, s=domain.replace(".", "-"))) for preference, host in servers]

    def texts(self, firm: Firm) -> list[str]:
        """Its TXT records."""
        return [self._policy(firm.domain), *dict.fromkeys(self._tokens(firm))]

    def _policy(self, domain: str) -> str:
        [names] = (names for kind, _, _, names in _MAIL if kind == self.mail(domain))
        more = [name for odds, name in _SENDERS if chance(self._directory.seed, name, domain) < odds]
        includes = "".join(f" include:{name}" for name in (*names, *more))
        return f"v=spf1{' mx' if self.mail(domain) == 'own' else ''}{includes} ~all"

    def _tokens(self, firm: Firm) -> Iterator[str]:
        for technology, odds, record in _TOKENS:
            at = chance(self._directory.seed, record, firm.domain)
            if (not technology or technology in firm.technologies) and at < odds:
                token = f"{int(chance('token', record, firm.domain) * (1 << 56)):016x}"
                yield record.format(t=token * 2, n=10_000_000 + int(at * 8e7))
