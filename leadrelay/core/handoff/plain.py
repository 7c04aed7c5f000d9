"""What comes from outside as one line of text, without what hides or turns the writing, and no longer than is read."""

from __future__ import annotations

import re
from typing import Any

from leadrelay.core import template
from leadrelay.core.handoff.values import LONGEST_SUBJECT, Row
from leadrelay.core.shown import shortened, shown

LONGEST_VALUE = 1_000
_LONGEST = 30_000

# Controls, line and paragraph separators, and what turns the direction of writing or hides: a value must not look like
# another line of the document, nor carry a text that nobody sees. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]+"
)


def plain(value: Any, longest: int = LONGEST_VALUE) -> str | None:
    """A value as one line of text; None for what is missing."""
    text = shown(value, _LONGEST)
    line = " ".join(UNSEEN.sub(" ", text).split()) if text else ""
    return shortened(line, longest) if line else None


def filled(subject: str, known: Row) -> str:
    """The subject of a task with what is known in its places, as one line that every CRM takes."""
    values = {name: plain(known.get(name)) for name in template.places(subject)}
    return shortened(template.fill(subject, values), LONGEST_SUBJECT)
