"""Whether a lead and an account are the same company: the domain of its web site or e-mail, and its name made plain."""

from __future__ import annotations

import re

from leadrelay.core.clean.companies import company

__all__ = ["company", "company_domain", "domain"]


def _listed(words: str, between: str | None = None) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in words.split(between))


_SCHEME = re.compile(r"mailto:|[a-z][a-z0-9+.-]*:(?=//)")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SECOND_LEVEL = _listed("ac asso co com edu firm gob gov gouv go gen ind info ltd me ne net nom or org plc pp")
"""Below these an organisation has its name, where the country's ending has two letters: acme.co.uk, acme.com.br."""

_FREE_BRANDS = _listed("yahoo ymail hotmail outlook live msn gmx icloud googlemail gmail aol yandex")
"""Mail for everybody, whatever the ending."""

_SHARED = _listed(
    """
    126.com 163.com arcor.de att.net bell.net bellsouth.net bigpond.com bluewin.ch bol.com.br btinternet.com charter.net
    comcast.net cox.net daum.net duck.com earthlink.net fastmail.com fastmail.fm foxmail.com free.fr freenet.de
    hanmail.net hey.com hispeed.ch home.nl hushmail.com inbox.ru kakao.com kpnmail.nl laposte.net libero.it list.ru
    mac.com mail.com mail.ru mailbox.org me.com naver.com neuf.fr ntlworld.com o2.pl online.no onet.pl optusnet.com.au
    orange.fr pm.me posteo.de prodigy.net.mx proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com skynet.be sky.com talktalk.net
    telenet.be telia.com terra.com.br t-online.de tim.it tiscali.it tuta.io tutanota.com ukr.net uol.com.br verizon.net
    videotron.ca virgilio.it virginmedia.com vodafone.de wanadoo.fr web.de wp.pl xs4all.nl xtra.co.nz ziggo.nl zoho.com
    blogspot.com facebook.com github.io google.com instagram.com linkedin.com linktr.ee twitter.com wixsite.com
    wordpress.com x.com xing.com youtube.com
    """
)
"""Mail for everybody, and sites where everybody may have a page: they say nothing of the company."""


def domain(text: str | None) -> str:
    """The domain of a web site or an e-mail address that belongs to one company; "" where there is none.

    >>> domain("https://www.Acme.co.uk:8080/about?x=1"), domain("ann@mail.acme.com")
    ('acme.co.uk', 'acme.com')
    >>> domain("http://bücher.example"), domain("ann@gmail.com"), domain("localhost"), domain("10.0.0.1")
    ('xn--bcher-kva.example', '', '', '')
    """
    host = _host(text or "")
    labels = host.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return ""
    kept = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    if len(labels) < kept:
        return ""
    found = ".".join(labels[-kept:])
    return "" if found in _SHARED or labels[-kept] in _FREE_BRANDS else found


def company_domain(website: str | None, email: str | None) -> str:
    """That of the web site; else that of the e-mail address.

    >>> company_domain("https://linkedin.com/company/acme", "ann@acme.example")
    'acme.example'
    """
    return domain(website) or domain(email)


def _host(text: str) -> str:
    host = re.split(r"[/?#\s]", _SCHEME.sub("", text.strip().lower(), count=1).lstrip("/"), maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
