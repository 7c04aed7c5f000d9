"""What every normaliser does with text before it looks at it."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_MARKS = re.compile(r"[\u0300-\u036f]")
_APART = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"})


def visible(text: str) -> str:
    r"""Without what cannot be seen (zero width, direction marks), and without white space around it.

    >>> visible("\u200f a\u200bb ")
    'ab'
    """
    return _INVISIBLE.sub("", text).strip()


def fold(text: str) -> str:
    """Without case, accents of Latin letters and punctuation: for looking names up.

    >>> fold(" Île-de-France "), fold("U.S.A."), fold("Österreich"), fold("ÅLAND"), fold("日本")
    ('ile de france', 'u s a', 'osterreich', 'aland', '日本')
    """
    plain = unicodedata.normalize("NFKD", visible(text).casefold()).translate(_LETTERS)
    return " ".join(_APART.sub(" ", unicodedata.normalize("NFC", _MARKS.sub("", plain))).split())
