"""A value from outside as one line of text, without what hides or turns the writing, and no longer than is read."""

from __future__ import annotations

import re
from typing import Any

from leadrelay.core.shown import shortened, shown

LONGEST_VALUE = 1_000
_LONGEST = 30_000

# Controls, line and paragraph separators, and what turns the direction of writing or hides: a value must not look like
# another line of the document. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")


def plain(value: Any, longest: int = LONGEST_VALUE) -> str | None:
    """A value as one line of text; None for what is missing."""
    text = shown(value, _LONGEST)
    line = " ".join(UNSEEN.sub(" ", text).split()) if text else ""
    return shortened(line, longest) if line else None
