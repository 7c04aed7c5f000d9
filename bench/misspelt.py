"""Company names as people get them wrong, with the truth: typos, legal forms, abbreviations, word order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

_FORMS = (
    "Inc.",
    "Inc",
    "Corp.",
    "Corporation",
    "Company",
    "Co.",
    "Ltd.",
    "Limited",
    "LLC",
    "plc",
    "AG",
    "S.A.",
    "N.V.",
)
_SHORT = {
    "american": "Amer.", "associates": "Assoc.", "automotive": "Auto", "bank": "Bk", "brothers": "Bros",
    "chemicals": "Chem.", "communications": "Comms", "companies": "Cos.", "controls": "Ctrls", "data": "Data",
    "digital": "Dig.", "dynamics": "Dyn.", "electric": "Elec.", "electronics": "Electr.", "energy": "Enrgy",
    "enterprises": "Ent.", "enterprise": "Ent.", "entertainment": "Ent.", "financial": "Fin.", "foods": "Fds",
    "general": "Gen.", "group": "Grp", "healthcare": "Hlthcr", "health": "Hlth", "holdings": "Hldgs",
    "industries": "Inds.", "information": "Info", "insurance": "Ins.", "instruments": "Instr.",
    "international": "Intl", "laboratories": "Labs", "management": "Mgmt", "manufacturing": "Mfg",
    "materials": "Matls", "motors": "Mtrs", "national": "Natl", "networks": "Ntwks", "partners": "Ptnrs",
    "pharmaceuticals": "Pharma", "products": "Prods", "properties": "Props", "realty": "Rlty",
    "resources": "Res.", "sciences": "Sci.", "scientific": "Sci.", "semiconductor": "Semi", "services": "Svcs",
    "solutions": "Sols", "systems": "Sys", "technologies": "Tech", "technology": "Tech", "trust": "Tr.",
    "united": "Utd", "worldwide": "WW", "southern": "Sthn", "northern": "Nthn",
}  # fmt: skip
_BESIDE = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "u": "yi", "n": "bm", "r": "et", "s": "ad", "t": "ry", "l": "k"}


def truth(names: Sequence[str], count: int, seed: int) -> list[tuple[str, str]]:
    """So many wrong names, each with the right one that it stands for."""
    draw = Random(seed)
    return [(_wrong(name, draw), name) for name in (names[one % len(names)] for one in range(count))]


def _wrong(name: str, draw: Random) -> str:
    """One or two of the ways to get a name wrong that change it."""
    for way in draw.sample(_WAYS, k=2 if draw.random() < 0.4 else 1):
        name = way(name, draw)
    return draw.choice((str, str, str.upper, str.lower))(name)


def typo(name: str, draw: Random) -> str:
    """Two letters swapped, one left out, doubled or hit beside, in a word of five letters or more."""
    places = [at for at in range(1, len(name) - 1) if name[at - 1 : at + 2].isalpha() and len(_word(name, at)) >= 5]
    if not places:
        return name
    at = draw.choice(places)
    letter, after = name[at], name[at + 1]
    beside = draw.choice(_BESIDE.get(letter.lower(), "e"))
    return name[:at] + draw.choice((after + letter, after, letter + letter + after, beside + after)) + name[at + 2 :]


def form(name: str, draw: Random) -> str:
    """Another legal form behind it, or none any more."""
    *first, last = name.split()
    if first and last.strip(".").lower() in {"inc", "corporation", "company", "co", "plc", "limited", "group"}:
        return " ".join(first).rstrip(" &,")
    return f"{name}{draw.choice((' ', ', '))}{draw.choice(_FORMS)}"


def short(name: str, draw: Random) -> str:
    """The words that have one, as an abbreviation."""
    del draw
    return " ".join(_SHORT.get(word.lower(), word) for word in name.split())


def order(name: str, draw: Random) -> str:
    """The words in another order, as in lists by the last or the telling word."""
    words = name.split()
    if len(words) < 2:
        return name
    cut = draw.randrange(1, len(words))
    return f"{' '.join(words[cut:])}{draw.choice((', ', ' '))}{' '.join(words[:cut])}"


_WAYS: tuple[Callable[[str, Random], str], ...] = (typo, form, short, order)


def _word(name: str, at: int) -> str:
    start = name.rfind(" ", 0, at) + 1
    end = name.find(" ", at)
    return name[start : end if end >= 0 else len(name)]
