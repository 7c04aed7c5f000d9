"""Company names in the usual capitals, with their legal form as it is usually spelled."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import polars as pl

from leadrelay.core.clean.companies import listed
from leadrelay.core.clean.distinct import per_kind, texts_by
from leadrelay.core.clean.names import tidy

_LONGEST = 300
"""Letters that a name may have: what is longer is left as it is."""
_NOTHING = frozenset(
    ("-", "--", ".", "n/a", "n.a.", "#n/a", "?", "[not provided]", "unknown", "(none)", "none", "null", "tbd")
)
"""What people and forms write where they know no company."""
_NONE = pl.Series(sorted(_NOTHING))

_FORMS = {
    "GmbH": "gmbh|g m b h|ges m b h|gesmbh|ges mbh",
    "GmbH & Co. KG": "gmbh co kg|gmbh and co kg|gmbh u co kg|gmbh und co kg",
    "GmbH & Co. KGaA": "gmbh co kgaa",
    "gGmbH": "ggmbh",
    "AG": "ag|a g",
    "AG & Co. KG": "ag co kg",
    "KG": "kg|k g",
    "KGaA": "kgaa",
    "OHG": "ohg",
    "UG": "ug",
    "UG (haftungsbeschränkt)": "ug haftungsbeschränkt|ug haftungsbeschrankt",
    "e.K.": "e k",
    "e.V.": "e v",
    "e.G.": "e g|eg",
    "mbH": "mbh",
    "Inc.": "inc",
    "Corp.": "corp",
    "LLC": "llc|l l c",
    "LLP": "llp|l l p",
    "L.P.": "l p",
    "PLLC": "pllc",
    "Ltd.": "ltd",
    "Co., Ltd.": "co ltd",
    "PLC": "plc|p l c",
    "Pty Ltd": "pty ltd|pty limited",
    "Pvt. Ltd.": "pvt ltd",
    "Pte. Ltd.": "pte ltd",
    "Sdn. Bhd.": "sdn bhd",
    "PT": "pt",
    "S.A.": "sa|s a|s/a",
    "S.A. de C.V.": "sa de cv|s a de c v",
    "S.A.B. de C.V.": "sab de cv|s a b de c v",
    "S. de R.L.": "s de rl|s de r l",
    "S. de R.L. de C.V.": "s de rl de cv|s de r l de c v",
    "SAS": "sas|s a s",
    "SASU": "sasu",
    "SARL": "sarl|s a r l",
    "EURL": "eurl",
    "SNC": "snc|s n c",
    "S.L.": "sl|s l",
    "S.L.U.": "slu|s l u",
    "S.p.A.": "spa|s p a",
    "S.r.l.": "srl|s r l",
    "B.V.": "bv|b v",
    "N.V.": "nv|n v",
    "AB": "ab",
    "A/S": "a s",
    "AS": "as",
    "ApS": "aps",
    "Oy": "oy",
    "Oyj": "oyj",
    "ASA": "asa",
    "SE": "se",
    "Ltda.": "ltda",
    "K.K.": "kk|k k",
    "G.K.": "gk|g k",
    "Sp. z o.o.": "sp z o o|sp zoo|sp z oo",
    "s.r.o.": "s r o|sro",
    "Kft.": "kft",
    "d.o.o.": "d o o|doo",
    "FZE": "fze",
    "PJSC": "pjsc",
    "JSC": "jsc",
    "Ltée": "ltée|ltee",
}
"""By the usual spelling, how the words of a legal form stand in a name once its dots and commas are gone."""

_WORDS_TOO = listed("sa as se ab spa eg sl pt asa gk kk ag ug nv bv slu sas snc kg co")
"""Legal forms that are words, or parts of names, too: taken for forms only where they are written as such."""

_SMALL = listed("and of the for in on at by und der die das für et de la le les des du del y e i van von den dos da do")
_USUAL = listed(
    """
    the and for new one air red sky sea sun oil gas bio eco pro art car all big top old van von der die das del las los
    san our your you men fox ace bay bee box cat dog ice ink key law man map net own pet pub tax tea toy way win zoo les
    """
)
"""Short words that are no abbreviation."""
_ABBREVIATED = 3
_ALONE = 4
_VOWELS = re.compile(r"[aeiouyäöüàáâãåæèéêëìíîïòóôõøœùúûý]", re.IGNORECASE)
_CHARS_BEFORE_FORM = " ,-"
_TIDY = r"^[\p{L}\p{M}\p{Nd}&'\u2019.,()/+!-]+(?: [\p{L}\p{M}\p{Nd}&'\u2019.,()/+!-]+)*$"


def company_clean(column: pl.Expr) -> pl.Expr:
    """Company names: casing is kept where it is mixed, and where a name of up to four capitals stands alone.

    >>> said = ["ACME  HOLDING GMBH", "acme inc", "IBM", "SAP SE", "eBay Inc", "Wellness Spa", "BELL S.A. DE C.V."]
    >>> pl.DataFrame({"a": said}).select(company_clean(pl.col("a")))["a"].to_list()
    ['Acme Holding GmbH', 'Acme Inc.', 'IBM', 'SAP SE', 'eBay Inc.', 'Wellness Spa', 'BELL S.A. de C.V.']
    """
    return per_kind(column, _cleaned)


def _cleaned(names: pl.Series) -> pl.Series:
    """In columns what is tidy and in mixed case already, and wants its legal form spelled at most; else one by one."""
    easy = _easy(names)
    form = names.set(~easy, None).str.extract(_form().pattern.replace("(?<=\\S)", "").replace("?P<form>", ""), 1)
    spelled = texts_by(form, _spelled_in_mixed)
    return _with_form(names, form, spelled).zip_with(
        easy.fill_null(value=True), texts_by(names.set(easy, None), _clean)
    )


def _easy(names: pl.Series) -> pl.Series:
    """Whether a name is tidy and in mixed case. To compose its letters changes nothing in ASCII."""
    small = names.str.to_lowercase()
    tidy_already = names.str.contains(_TIDY) & (names.str.len_chars() <= _LONGEST) & ~small.is_in(_NONE.implode())
    mixed = tidy_already & (small != names) & (names.str.to_uppercase() != names)
    others = names.set(~mixed | names.str.contains("^[ -~]*$"), None)
    return mixed & (others.str.normalize("NFC") == others).fill_null(value=True)


def _with_form(names: pl.Series, form: pl.Series, spelled: pl.Series) -> pl.Series:
    """With the legal form as it is usually spelled, where there is one behind something."""
    some = names.set(spelled.is_null(), None)
    core = some.str.head(-form.str.len_chars().cast(pl.Int64)).str.strip_chars_end(_CHARS_BEFORE_FORM)
    return (core + " " + spelled).zip_with((core != "").fill_null(value=False), names)


def _spelled_in_mixed(form: str) -> str | None:
    """How a legal form is usually spelled; None where it is rather a word behind a name in mixed case.

    The expression that finds forms lets their letters stand closed up too: not each of them is a form then (EV, EK).
    """
    key = _key(form)
    return None if key in _WORDS_TOO and not _is_written_as_form(form, "Mixed") else _spelled().get(key)


@lru_cache(maxsize=200_000)
def _clean(name: str) -> str | None:
    if len(name) > _LONGEST:
        return name
    plain = tidy(name)
    if plain.lower() in _NOTHING or not any(map(str.isalnum, plain)):
        return None
    core, form = _parted(plain)
    whole = plain.upper() == plain, plain.lower() == plain
    return f"{_in_capitals(core, *whole)} {form}" if form else _in_capitals(plain, *whole)


def _parted(name: str) -> tuple[str, str]:
    """The name, and its legal form as it is usually spelled; "" where it has none."""
    match = _form().search(name)
    if not match:
        return name, ""
    key = _key(match["form"])
    if key not in _spelled() or (key in _WORDS_TOO and not _is_written_as_form(match["form"], name)):
        return name, ""
    return name[: match.start()].rstrip(_CHARS_BEFORE_FORM), _spelled()[key]


def _is_written_as_form(form: str, name: str) -> bool:
    """With dots, or in capitals where the rest is not; two capitals may stand behind capitals."""
    if "." in form or "/" in form:
        return True
    return form.upper() == form and (name.upper() != name or len(form) < _ABBREVIATED)


def _key(form: str) -> str:
    words = re.findall(r"[^\W_]+", form.lower())
    return " ".join(words)


def _in_capitals(name: str, shouted: bool, whispered: bool) -> str:
    if name.lower() == name.upper() or not (shouted or whispered):
        return name
    words = name.split(" ")
    if shouted and len(words) == 1 and len(name) <= _ALONE:
        return name
    return " ".join(_word(word, first=place == 0, shouted=shouted) for place, word in enumerate(words))


def _word(word: str, *, first: bool, shouted: bool) -> str:
    small = word.lower()
    if small in _SMALL and not first:
        return small
    if shouted and _is_abbreviation(small):
        return word
    return "-".join(_capital(part) for part in word.split("-"))


def _is_abbreviation(word: str) -> bool:
    letters = word.strip(".,&()")
    if letters in _USUAL or not letters:
        return False
    return len(letters) <= _ABBREVIATED or not _VOWELS.search(letters)


def _capital(part: str) -> str:
    small = part.lower().replace("i\u0307", "i")
    place = next((place for place, char in enumerate(small) if char.isalpha()), None)
    if place is None or len(small[place].title()) != 1:
        return part
    return small[:place] + small[place].title() + small[place + 1 :]


@cache
def _spelled() -> dict[str, str]:
    return {" ".join(re.findall(r"[^\W_]+", one)): name for name, all_of in _FORMS.items() for one in all_of.split("|")}


@cache
def _form() -> re.Pattern[str]:
    """A legal form at the end, with whatever stands between its letters and words; the longest first."""
    forms = sorted(_spelled(), key=len, reverse=True)
    spelled = "|".join(r"[\s.,&/()-]*".join(map(_letters, form.split())) for form in forms)
    return re.compile(rf"(?i)(?:(?<=\S)[\s,]+|(?<=\S)-)(?P<form>(?:{spelled})[.)]*)$")


def _letters(word: str) -> str:
    return re.escape(word)
