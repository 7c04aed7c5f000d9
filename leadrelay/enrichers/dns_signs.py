"""What DNS records of a company's domain give away: who carries its mail, and what it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

OWN_SERVER = "own server"
"""The mail provider of a domain whose mail servers stand in the domain itself."""

SURE_MX, SURE_OWN, SURE_SPF, SURE_TOKEN = 0.95, 0.8, 0.8, 0.7
"""How sure each kind is.

Mail goes where MX says; behind a host of one's own may be anything; SPF outlives its senders; a token proves no more
than that a service was once set up.
"""

_MOST_RECORDS = 200
_LONGEST = 4096
_SHORTEST_TOKEN = 4

MAIL: Mapping[str, str] = {
    # mx.microsoft is the newer name: https://c7solutions.com/2024/02/what-is-mx-microsoft (Microsoft's MC1048624).
    "mail.protection.outlook.com": "Microsoft 365",
    "mail.eo.outlook.com": "Microsoft 365",
    "mx.microsoft": "Microsoft 365",
    "aspmx.l.google.com": "Google Workspace",
    "smtp.google.com": "Google Workspace",
    "googlemail.com": "Google Workspace",
    # Gateways in front of somebody's mailboxes, such as https://www.spamresource.com/2024/02/isp-deliverability-guide-mimecast.html
    "pphosted.com": "Proofpoint",
    "ppe-hosted.com": "Proofpoint",
    "mimecast.com": "Mimecast",
    "barracudanetworks.com": "Barracuda",
    "iphmx.com": "Cisco Secure Email",
    "messagelabs.com": "Symantec Email Security",
    "mailcontrol.com": "Forcepoint Email Security",
    "trendmicro.com": "Trend Micro Email Security",
    "trendmicro.eu": "Trend Micro Email Security",
    "hydra.sophos.com": "Sophos Email",
    "hornetsecurity.com": "Hornetsecurity",
    "antispameurope.com": "Hornetsecurity",
    "mx.cloudflare.net": "Cloudflare Email Routing",
    # Those who host mailboxes; the largest: https://check.live-direct-marketing.online/email-stats/archive/2019-09-01.html
    "zoho.com": "Zoho Mail",
    "zoho.eu": "Zoho Mail",
    "zoho.in": "Zoho Mail",
    "messagingengine.com": "Fastmail",
    "protonmail.ch": "Proton Mail",
    "ionos.com": "IONOS",
    "ionos.de": "IONOS",
    "ionos.co.uk": "IONOS",
    "ionos.fr": "IONOS",
    "ionos.es": "IONOS",
    "kundenserver.de": "IONOS",
    "mail.ovh.net": "OVHcloud",
    "secureserver.net": "GoDaddy",
    "emailsrvr.com": "Rackspace Email",
    "amazonaws.com": "Amazon WorkMail",
    "mail.gandi.net": "Gandi",
    "rzone.de": "STRATO",
    "hostinger.com": "Hostinger",
    "mail.infomaniak.ch": "Infomaniak",
    "mail.icloud.com": "iCloud Mail",
    "mx.yandex.net": "Yandex 360",
    "mx.yandex.ru": "Yandex 360",
}
"""By the end of a mail server's name, who runs it."""

SENDERS: Mapping[str, str] = {
    "spf.protection.outlook.com": "Microsoft 365",
    "_spf.google.com": "Google Workspace",
    "_spf.salesforce.com": "Salesforce",
    "mail.zendesk.com": "Zendesk",
    "amazonses.com": "Amazon SES",
    "sendgrid.net": "SendGrid",
    "mailgun.org": "Mailgun",
    "mktomail.com": "Marketo",
    "spf.mandrillapp.com": "Mailchimp",
    "servers.mcsv.net": "Mailchimp",
    "_spf.atlassian.net": "Atlassian",
    "hubspotemail.net": "HubSpot",
    "pphosted.com": "Proofpoint",
    "mimecast.com": "Mimecast",
    "messagelabs.com": "Symantec Email Security",
    "zoho.com": "Zoho Mail",
    "zoho.eu": "Zoho Mail",
    "_spf.protonmail.ch": "Proton Mail",
    "spf.mtasv.net": "Postmark",
}
"""By the end of a name that an SPF record includes, what sends there."""

TOKENS: Mapping[str, str] = {
    "atlassian-domain-verification=": "Atlassian",
    "status-page-domain-verification=": "Atlassian Statuspage",
    "ms=ms": "Microsoft 365",
    # https://helpx.adobe.com/enterprise/using/verify-domain-ownership.html
    # https://helpx.adobe.com/sign/fedramp/okta/okta-claim-domains.html
    "adobe-idp-site-verification=": "Adobe",
    "adobe-sign-verification=": "Adobe Sign",
    "docusign=": "DocuSign",
    "zoom_verify_": "Zoom",
    "slack-domain-verification=": "Slack",
    "dropbox-domain-verification=": "Dropbox",
    "miro-verification=": "Miro",
    "apple-domain-verification=": "Apple Business Manager",
    "jamf-site-verification=": "Jamf",
    "cisco-ci-domain-verification=": "Cisco Webex",
    "webexdomainverification.": "Cisco Webex",
    "docker-verification=": "Docker",
    "mongodb-site-verification=": "MongoDB Atlas",
    "amazonses:": "Amazon SES",
    "onetrust-domain-verification=": "OneTrust",
    "knowbe4-site-verification=": "KnowBe4",
    "proofpoint-verification=": "Proofpoint",
    "hubspot-developer-verification=": "HubSpot",
    "logmein-verification-code=": "GoTo",
    "canva-site-verification=": "Canva",
    "stripe-verification=": "Stripe",
    "twilio-domain-verification=": "Twilio",
    "1password-site-verification=": "1Password",
    "openai-domain-verification=": "OpenAI",
    "jetbrains-domain-verification=": "JetBrains",
    "pendo-domain-verification=": "Pendo",
}
"""By the beginning of a TXT record, what was set up; as large domains publish them, whose records are public.

The practice: https://datatracker.ietf.org/doc/draft-ietf-dnsop-domain-verification-techniques/ . Not here is what
proves no product, such as google-site-verification (any owner of a web page has it) or facebook-domain-verification.
"""

_TOKEN = re.compile(r"[\w+/=.:-]+", re.ASCII)


def carrier(hosts: Iterable[tuple[int, str]], domain: str) -> tuple[str, float] | None:
    """Who runs the first of the mail servers (preference, host), and how sure that is; None where nobody can tell."""
    host = min(hosts, default=(0, ""))[1]
    if known := ending(host, MAIL):
        return known, SURE_MX
    own = host == domain or host.endswith(f".{domain}")
    return (OWN_SERVER, SURE_OWN) if own and host else None


def used(texts: Iterable[str]) -> dict[str, float]:
    """What the TXT records of a domain tell that it uses, and how sure each is."""
    found: dict[str, float] = {}
    for name, sure in _signs(texts):
        found[name] = max(found.get(name, 0.0), sure)
    return found


def ending(host: str, names: Mapping[str, str]) -> str | None:
    """What the table has for a host or the end of its name, label by label."""
    labels = host.rstrip(".").lower().split(".")
    return next((names[end] for n in range(len(labels)) if (end := ".".join(labels[n:])) in names), None)


def _signs(texts: Iterable[str]) -> Iterator[tuple[str, float]]:
    for count, text in enumerate(texts):
        if count == _MOST_RECORDS:
            return
        short = text[:_LONGEST].strip()
        if short.lower().startswith("v=spf1 "):
            yield from _senders(short)
        elif name := _token(short):
            yield name, SURE_TOKEN


def _senders(record: str) -> Iterator[tuple[str, float]]:
    for term in record.lower().split():
        kind, _, target = term.lstrip("+?~-").partition(":")
        if kind == "include" and (name := ending(target, SENDERS)):
            yield name, SURE_SPF


def _token(text: str) -> str | None:
    lower = text.lower()
    for begin, name in TOKENS.items():
        if lower.startswith(begin):
            rest = text[len(begin) :]
            return name if len(rest) >= _SHORTEST_TOKEN and _TOKEN.fullmatch(rest) else None
    return None
