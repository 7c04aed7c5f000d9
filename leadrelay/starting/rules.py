"""The playbook as a file: a shipped one, without the points that nothing could ever give, with those who take leads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence

from leadrelay import playbooks
from leadrelay.core import predicates
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.playbook.loading import Playbook
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.touched import touched
from leadrelay.mappings.proposing.text import quoted

SHIPPED = {
    "it-discovery": "of a vendor of IT discovery software: the whole process, with all its questions",
    "starter": "a small one to begin with: who can be reached, who fits, who can buy",
}
_TRIMMED = frozenset({"starter"})
_POINTS = re.compile(r"^\[\[score\.(?:fit|engagement|intent)\]\]\n(?:\S.*\n)+\n?", re.MULTILINE)
_HANDOFF = re.compile(r"^\[handoff\]\n", re.MULTILINE)
_HEAD = """\
# Written by `leadrelay init` from the shipped playbook {name}; it is yours. Teams, territories, promises and more can
# be added: docs/playbook.md. `leadrelay check` holds it against the mapping, and its examples to the proof.
{left_out}
"""


def playbook_text(name: str, filled: Collection[str] | None, owners: Sequence[str]) -> str:
    """The file. `filled`: the lead fields that are read, None where that is not known. `owners`: who takes turns."""
    text = playbooks.text(name)
    left_out = ""
    if name in _TRIMMED and filled is not None:
        text, silent = _without_silent(text, frozenset(filled))
        left_out = f"# Left out, since no CRM field tells it: {', '.join(silent)}.\n" if silent else ""
    if owners:
        line = f"[handoff]\nowners = {quoted(list(owners))}\n"
        text = _HANDOFF.sub(lambda _: line, text, count=1)  # as it is: a backslash in an address is no reference
    return _HEAD.format(name=name, left_out=left_out) + text


def loaded(text: str) -> Playbook:
    """What the file says."""
    return load_playbook(text, "playbook.toml")


def _without_silent(text: str, filled: frozenset[str]) -> tuple[str, list[str]]:
    """Without the points that ask for what nothing fills; and their names."""
    known = touched(filled, loaded(text).decision_group)
    silent: list[str] = []

    def kept(block: re.Match[str]) -> str:
        ((_, (rule,)),) = tomllib.loads(block[0])["score"].items()
        asked = predicates.fields(predicates.parse(rule["when"], SCHEMA, "starter"))
        if asked and not asked & known:
            silent.append(rule["name"])
            return ""
        return block[0]

    return _POINTS.sub(kept, text), silent
