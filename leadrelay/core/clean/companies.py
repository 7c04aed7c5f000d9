"""Company names: in the usual capitals, and as a key that is equal for two spellings of one company."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from leadrelay.core.clean.distinct import per_kind, texts_by


def listed(words: str, between: str | None = None) -> frozenset[str]:
    """Words that stand in one text."""
    return frozenset(" ".join(word.split()) for word in words.split(between))


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
_RUSSIAN_FORMS = listed("ооо оао зао пао ао ип тоо тов")  # noqa: RUF001 - these letters are Cyrillic
_FORMS = _RUSSIAN_FORMS | listed(
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

_LEADING = _RUSSIAN_FORMS | listed("the pt ooo oao zao uab")
_LEADING_WORDS = "^(?:(?:the|pt|ooo|oao|zao|uab) )+"
_TRAILING_FORMS = rf"(?: (?:{'|'.join(sorted(form for form in _FORMS if form.isascii()))}))+$"
_ASCII = "^[ -~]*$"
_SIGNS = r"[ -/:-@\[-`{-~\s]+"
_LONGEST_FORM = max(len(form.split()) for form in _FORMS)


def company_key(column: pl.Expr) -> pl.Expr:
    """Each company's name as `company` has it; null where nothing is left of it.

    >>> pl.DataFrame({"a": ["ACME GmbH", "...", None]}).select(company_key(pl.col("a")))["a"].to_list()
    ['acme', None, None]
    """
    return per_kind(column, _keys)


def _keys(names: pl.Series) -> pl.Series:
    """Latin letters in columns, which is `company` again at a tenth of the price; other letters one by one."""
    ascii_ = names.str.contains(_ASCII)
    plain = _apart(names.set(~ascii_, None).str.to_lowercase())
    if not ascii_.all():
        plain = plain.zip_with(ascii_.fill_null(value=True), _apart(_folded(names.set(ascii_, None))))
    quick = plain.str.replace(_LEADING_WORDS, "").str.replace(_TRAILING_FORMS, "")
    easy = plain.str.contains(_ASCII) & ~plain.str.contains(r"(?:^| )[a-z](?: |$)") & (quick != "")
    slow = names.set(easy, None)
    return (
        quick
        if slow.null_count() == slow.len()
        else quick.zip_with(easy.fill_null(value=True), texts_by(slow, company))
    )


def _folded(names: pl.Series) -> pl.Series:
    """Without case and accents, as `_words` begins."""
    folded = names.str.normalize("NFKC").str.to_lowercase().str.replace_all("ß", "ss", literal=True)
    letters = {chr(sign): plain for sign, plain in _LETTERS.items()}
    return folded.str.normalize("NFKD").str.replace_many(letters).str.replace_all(_ACCENTS.pattern, "")


def _apart(folded: pl.Series) -> pl.Series:
    """Words with a blank between."""
    words = folded.str.replace_all(_CLOSED_UP.pattern, "").str.replace_all(_SIGNS, " ").str.strip_chars()
    return words.str.replace_all(r"(?:^|\b)(?:and|und|et)(?: |$)", "").str.strip_chars()


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
