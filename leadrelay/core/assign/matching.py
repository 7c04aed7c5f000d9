"""Whether a lead and an account are the same company: the domain of its web site or e-mail, and its name made plain."""

from __future__ import annotations

import re
import unicodedata

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

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"})
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_CLOSED_UP = re.compile(r"[.'`\u2019\u00b4]")
_APART = re.compile(r"[\W_]+")
_JOINING = frozenset(("and", "und", "et"))
_CJK_FORMS = (
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "股份有限会社",
    "有限公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "주식회사",
    "유한회사",
)
_RUSSIAN_FORMS = _listed("ооо оао зао пао ао ип тоо тов")  # noqa: RUF001 - these letters are Cyrillic
_FORMS = _RUSSIAN_FORMS | _listed(
    """
    ab, ag, ag co kgaa, aktiengesellschaft, aps, as, asa, a s, bhd, bv, bvba, ca, cia, co, co kg, co ltd, co op, corp,
    corporation, company, cv, cva, cvba, da, doo, dba, dd, ead, eg, ehf, eireli, ek, ekfr, eood, epe, eurl, ev, ewiv,
    gbr, ges mbh, gesmbh, ggmbh, gie, gmbh, gmbh co, gmbh co kg, hb, hf, inc, incorporated, jsc, kb, kda, kft, kg, kgaa,
    kk, kommanditgesellschaft, ks, kt, llc, lllp, llp, limited, limitada, limitee, lp, ltd, ltda, mbh, mbb, nv, nyrt,
    oao, ohg, ood, ooo, oy, oyj, pc, pjsc, plc, pllc, private limited, pt, pte, pte ltd, pty, pty ltd, pvt, pvt ltd,
    public limited company, rt, sa, sa de cv, sab de cv, sapi de cv, sarl, sas, sasu, sae, sc, sca, scop, scrl, sdn bhd,
    se, s de rl de cv, s de rl, sl, slu, snc, spa, sp j, sp k, sp zoo, sp z oo, spolka akcyjna, spol s ro, spol sro,
    sprl, srl, srls, sro, ska, societe anonyme, sociedad anonima, tbk, tic, ug, ug haftungsbeschrankt, unltd, vof, zao,
    zrt
    """,
    ",",
)
"""Legal forms as they stand behind a name, made plain."""

_LEADING = _RUSSIAN_FORMS | _listed("the pt ooo oao zao uab")
_LONGEST_FORM = max(len(form.split()) for form in _FORMS)


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


def company(name: str | None) -> str:
    """A company's name without case, accents, punctuation and legal form: equal for two spellings of one company.

    >>> company("Müller & Söhne GmbH & Co. KG"), company("MULLER und Sohne"), company("The Acme Company, Inc.")
    ('muller sohne', 'muller sohne', 'acme')
    >>> company("株式会社日立製作所"), company("Hitachi K.K."), company("Grupo Élan, S.A. de C.V.")
    ('日立製作所', 'hitachi', 'grupo elan')
    """
    words = _words(name or "")
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    while cut := _form(words):
        words = words[:-cut]
    return " ".join(words)


def _host(text: str) -> str:
    host = re.split(r"[/?#\s]", _SCHEME.sub("", text.strip().lower(), count=1).lstrip("/"), maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _words(name: str) -> list[str]:
    """In small letters without accents; single letters that follow each other are one word: S. A. is sa."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold()).translate(_LETTERS)
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", plain))
    plain = plain.replace("(株)", " ").replace("(有)", " ").replace("(주)", " ")
    words = [word for word in _APART.split(_CLOSED_UP.sub("", plain)) if word and word not in _JOINING]
    return list(_joined([short for word in words if (short := _without_cjk_form(word))] or words))


def _without_cjk_form(word: str) -> str:
    """These stand before or behind a name without a space."""
    for form in _CJK_FORMS:
        word = word.removeprefix(form).removesuffix(form)
    return word


def _joined(words: list[str]) -> list[str]:
    found: list[str] = []
    letters = ""
    for word in words:
        if len(word) == 1 and word.isalpha() and word.isascii():
            letters += word
            continue
        found += [letters, word] if letters else [word]
        letters = ""
    return [*found, letters] if letters else found


def _form(words: list[str]) -> int:
    """How many words at the end are a legal form; something has to be left of the name."""
    for count in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if " ".join(words[-count:]) in _FORMS:
            return count
    return 0
