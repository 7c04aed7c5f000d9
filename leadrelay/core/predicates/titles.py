"""Whether a person holds a job title, or only works for somebody who does: `holds_title()` as regular expressions.

What of a title is somebody else's ("Assistant to the ...", "... 's office", "reporting to the ...") is cut away first;
then the titles asked for are looked up word by word. Both run in linear time and read the same in Rust and RE2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from leadrelay.core.predicates.patterns import ignoring_case, quoted

CUT = " , "
"""What takes the place of somebody else's title."""

_DASHES = "\u2010-\u2015"
_GAP = rf"[ \t\n\r\xa0.{_DASHES}-]+"
_ABBREVIATED = re.compile(r"(?:\w\.)+\w?")
_SHORT = 4
_WORD = "[^ ,;|/()&\n'\u2019-]"
_LETTERS = r"[^ ,;|/()&\n]+"
_END = ";|/()\n\u2013\u2014\u2022\xb7-"
_PART = rf"(?:[^,{_END}]|\b-\b)*"
"""On to the next comma, bracket, slash or dash that stands free."""
_REST = rf"(?:[^{_END}]|\b-\b)*"
"""The same, commas included: "PA to the CEO, the COO and the CFO"."""

_SECRETARY = "secretary|secy|sekret[äa]r(?:in)?|sekretariat|secr[ée]tariat|secr[ée]taire|secretari[oa]"
_APART = "assistenz|assistent(?:in)?|assistante|asistent[ea]"
_BEHIND = rf"assistants?|asst|{_APART}|{_SECRETARY}"
_ASSISTANT = (
    "assistants?|asst|assist|p\\.?a|e\\.?a|aide|chief of staff|assistent(?:in)?|assistenz|referent(?:in)?|"
    "berater(?:in)?|assistante|adjointe?|asistent[ea]|ayudante|adjunt[oa]"
)
"""Helpers of whom is said whose they are; behind a title, `adjoint` and `adjunto` make a deputy of it."""

_KIND = r"(?:(?:executive|exec|personal|administrative|admin|management|team)[ .]+)"
_BOTH = r"(?:\(in\)|[*:/_]in)?"
_OF = "(?:(?:to|for|of|der|des|dem|den|die|vom|von|beim|zum|zur|f[üu]r|du|de|des|au|aux|à|del|al|a|para)\\b|d['\u2019])"
_OURS = "(?:the|our|its|her|his)"
_RANK = "(?:(?:group|global|regional|managing|executive|senior|general|deputy|chief|vice)[ -]+)"
_NEAR = (
    "office of|(?:reporting|reports) (?:in)?to|support(?:ing)? (?:of|the|to)|on behalf of|"
    "b[üu]ro d(?:es|er)|stab d(?:es|er)|berichtet an|bureau d[ue]|cabinet d[ue]|rattach[ée]e? (?:au|aux|à)|"
    "aupr[èe]s d(?:u|e|es)|oficina d(?:e|el)|reporta (?:a|al)"
)
_FORMER = "former|formerly|ex|retired|past|aspiring|ehemalige[rnms]?|ehem|ancien|ancienne|antigu[oa]"


_STEMS = (
    "ssist", "sist", "asst", "secr", "secy", "sekr", "referent", "berater", "adj", "ayud", "aide", "staff", "p", "e.a",
    "ea", "office", "report", "behalf", "ro d", "stab", "bericht", "bureau", "cabinet", "ratt", "aupr", "oficina",
    "to ", "'s", "\u2019s", "former", "ex", "retired", "past", "ehem", "ancien", "antigu",
)  # fmt: skip
"""Of these every helper's title has one: what has none needs no closer look."""
_MANY = 1_000


class Titles(NamedTuple):
    """Titles asked for. `held` finds one in what is left of a text without `cut`; `whole` finds one anywhere."""

    asked: tuple[str, ...]
    held: str | None
    cut: str
    whole: str | None


def titles(asked: Iterable[str]) -> Titles:
    """How to look for these titles. One that names a helper itself ('executive assistant') counts wherever it is.

    Raises Polars' `ComputeError` when they are more than the engine takes.
    """
    known = tuple(dict.fromkeys(asked))
    telling = [one for one in known if any(stem in one.lower() for stem in _STEMS)]
    others = ignoring_case(_somebody_else([])) if telling else ""
    helping = {one for one in telling if _cut(one, others) != one}
    plain = [_words(one) for one in known if one not in helping]
    held, cut = _any(plain) if plain else None, ignoring_case(_somebody_else(plain))
    whole = _any([_words(one) for one in known if one in helping]) if helping else None
    if sum(map(len, known)) > _MANY:  # the engine compiles them here, or never; of a few it needs no proof
        for regex in (held, cut, whole):
            _cut("", regex or "")
    return Titles(known, held, cut, whole)


def holds(asked: Titles, text: str) -> bool:
    """Whether the title in this text is one of those asked for."""
    if asked.whole and _found(text, asked.whole):
        return True
    return bool(asked.held) and _found(text, str(asked.held)) and _found(_cut(text, asked.cut), str(asked.held))


def why_not(asked: str) -> str:
    """Why a title cannot be looked for; empty when it can."""
    letters = asked.strip(" .")
    if not letters:
        return "it is empty"
    return "" if letters[0].isalnum() and letters[-1].isalnum() else "it has to begin and end with a letter or digit"


def _any(regexes: Iterable[str]) -> str:
    return ignoring_case(rf"\b(?:{'|'.join(regexes)})\b")


def _words(asked: str) -> str:
    """A title word by word: any white space, dot or hyphen between words, and dots within short ones."""
    words: list[str] = []
    for word in asked.split():
        if _ABBREVIATED.fullmatch(word):
            words.append(word.replace(".", ""))
        else:
            words.extend(part for part in re.split(rf"[.{_DASHES}-]+", word) if part)
    return _GAP.join(_dotted(word) if len(word) <= _SHORT and word.isalpha() else quoted(word) for word in words)


def _dotted(word: str) -> str:
    return r"\.?".join(word)


def _somebody_else(asked: list[str]) -> str:
    """The parts of a title that name somebody else's, or what the person no longer is."""
    helper = rf"{_KIND}?(?:{_ASSISTANT}|{_SECRETARY}){_BOTH}"
    apart = rf"{_KIND}(?:assistants?|asst)|chief of staff|{_APART}|{_SECRETARY}"
    behind = rf"{_KIND}?(?:{_BEHIND}){_BOTH}"
    own = [
        rf"\b{helper}[ .]+(?:(?:and|und|et|y)\b|&)",  # "Executive Assistant and Office Manager": both are held
        rf"\b{_KIND}?(?:{_ASSISTANT}){_BOTH}[ .]+{_OF}{_REST}",
        rf"\b(?:{_SECRETARY}){_BOTH}[ .]+{_OF}{_PART}",
        rf"\b(?:{apart}){_BOTH}[ .]+[^ .,;|/()&\n-]{_PART}",
        rf"{_LETTERS} (?:(?:of|for|de|der) {_LETTERS} )?{behind}[ .]*(?:$|[,;|/()&\n])",  # "CEO Assistant"
        f"{_WORD}+['\u2019]s\\b",  # "Director's assistant", "CIO's office"
        rf"\bto {_OURS}\b{_PART}",
        rf"\b(?:{_NEAR})\b{_PART}",
        rf"\b(?:{_FORMER})\b[ .-]+{_PART}",
    ]
    if asked:
        name = f"(?:{'|'.join(asked)})"
        own += [
            rf"\bto {_RANK}{{0,2}}{name}\b{_PART}",  # "Advisor to Group CIO"; but "Order to Cash Director" holds
            rf"\b(?:vice|vize){_GAP}{name}\b",  # a vice president is no president
            rf"\b{name} office\b[ .]*(?:$|[,;|/()&\n]|(?:manager|coordinator|administrator|lead)\b)",
            rf"\b{name}[ ,(]+(?:retired|emeritus)\b",
        ]
    return "|".join(own)


def _cut(text: str, regex: str) -> str:
    return str(pl.Series([text]).str.replace_all(regex, CUT)[0])


def _found(text: str, regex: str) -> bool:
    return bool(pl.Series([text]).str.contains(regex)[0])
