"""One structure, two printers: what a template yields becomes headings, items and paragraphs, and those text or HTML.

A template writes `# heading`, `- item`, `**bold**` and paragraphs. What a value holds is no markup: it comes between
two marks that no value and no template can contain, and stays what it is: one line of text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

from leadrelay.core import template
from leadrelay.core.shown import shortened

VALUE, LINK, END = "\x02", "\x01", "\x03"
"""What stands before a value, before one that may become a link, and behind either."""

HEADING = "■ "
"""What headings of the text begin with, and nothing else."""

CUT = "(The rest is cut: it is too long for a task.)"
LONGEST_TEXT = 30_000
"""Salesforce takes 32,000 in a task's Description."""
LONGEST_HTML = 60_000
"""HubSpot takes 65,536 in a task's body."""
LONGEST_BLOCK = 4_000

_NOTHING = VALUE + END
_PLACE = re.compile(f"[{VALUE}{LINK}]([^{END}]*){END}")
_TOKEN = re.compile(rf"([{VALUE}{LINK}])([^{END}]*){END}|(\*\*)")
_ITEM, _TITLE = re.compile(r"[-*]\s+"), re.compile(r"#{1,3}\s+")
_BEGINS = re.compile(r"^(?!-\d)[^\w+($€£¥\"'„“«¿¡@]+")
_WEB = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?([/?#][!#$%&()*+,./0-9:;=?@A-Z\[\]_a-z~-]*)?")


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    ITEM = "item"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line. `link`: where it leads."""

    text: str
    bold: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, an item of a list or a paragraph."""

    kind: Kind
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Without what makes it bold."""
        return shortened("".join(run.text for run in self.runs), LONGEST_BLOCK)


def blocks(source: str) -> list[Block]:
    """What a rendered template says. Blocks of which every value is missing are left out, as are bare headings."""
    found = [block for kind, line in _lines(source) if (block := _block(kind, line))]
    bare = (Kind.HEADING, Kind.HEADING)
    end = Block(Kind.HEADING, ())
    return [block for block, then in pairwise([*found, end]) if (block.kind, then.kind) != bare]


def _lines(source: str) -> Iterator[tuple[Kind, str]]:
    """The blocks as one line each: a line that is none by itself goes on with the one before it."""
    kind, parts = Kind.PARAGRAPH, list[str]()
    for line in [*source.split("\n"), ""]:
        starts, text = _kind(line.strip())
        if parts and (not text or starts is not Kind.PARAGRAPH or kind is Kind.HEADING):
            yield kind, " ".join(parts)
            parts = []
        if text:
            kind = kind if parts else starts
            parts.append(text)


def _kind(line: str) -> tuple[Kind, str]:
    if found := _TITLE.match(line):
        return Kind.HEADING, line[found.end() :]
    if found := _ITEM.match(line):
        return Kind.ITEM, line[found.end() :]
    return Kind.PARAGRAPH, line


def _block(kind: Kind, line: str) -> Block | None:
    values = _PLACE.findall(line)
    if values and not any(values):
        return None
    known = template.tidy(line.replace(_NOTHING, "")) if _NOTHING in line else line
    runs = tuple(_joined(_runs(kind, known)))
    return Block(kind, runs) if any(run.text.strip() for run in runs) else None


def _runs(kind: Kind, line: str) -> Iterator[Run]:
    bold, end = False, 0
    for token in _TOKEN.finditer(line):
        yield from _run(line[end : token.start()], bold=bold)
        mark, value, _ = token.groups()
        if mark is None:
            bold = not bold
        elif (
            text := _BEGINS.sub("", value) if kind is Kind.PARAGRAPH and not line[: token.start()].strip("*") else value
        ):
            yield Run(text, bold, value if mark == LINK and _WEB.fullmatch(value) else "")
        end = token.end()
    yield from _run(line[end:], bold=bold)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    for (bold, link), group in groupby(runs, key=lambda run: (run.bold, run.link)):
        yield Run("".join(run.text for run in group), bold, link)


def _run(text: str, *, bold: bool) -> Iterator[Run]:
    if text:
        yield Run(text, bold)


# -- text --------------------------------------------------------------------------------------------------------------


def to_text(found: Sequence[Block], longest: int = LONGEST_TEXT) -> str:
    """As plain text: headings after an empty line, items each on a line."""
    return _within(found, longest, _as_text)


def _as_text(found: Sequence[Block]) -> str:
    lines, before = list[str](), Kind.HEADING
    for block in found:
        apart = block.kind is Kind.HEADING or (block.kind, before) in _APART
        lines += ["", _line(block)] if lines and apart else [_line(block)]
        before = block.kind
    return "\n".join(lines)


_APART = {(Kind.PARAGRAPH, Kind.PARAGRAPH), (Kind.PARAGRAPH, Kind.ITEM)}


def _line(block: Block) -> str:
    return {Kind.HEADING: HEADING, Kind.ITEM: "- ", Kind.PARAGRAPH: ""}[block.kind] + block.text


# -- HTML --------------------------------------------------------------------------------------------------------------


def to_html(found: Sequence[Block], longest: int = LONGEST_HTML) -> str:
    """As HTML of paragraphs and lists, without styles, in the few tags that a CRM's editor keeps."""
    return _within(found, longest, _as_html)


def _as_html(found: Sequence[Block]) -> str:
    return "".join(_group(kind, [*group]) for kind, group in groupby(found, key=lambda block: block.kind))


def _group(kind: Kind, group: Sequence[Block]) -> str:
    told = [_inline(block) for block in group]
    if kind is Kind.ITEM:
        return f"<ul>{''.join(f'<li>{line}</li>' for line in told)}</ul>"
    if kind is Kind.HEADING:
        return "".join(f"<p><strong>{line}</strong></p>" for line in told)
    return "".join(f"<p>{line}</p>" for line in told)


def _inline(block: Block) -> str:
    room, told = LONGEST_BLOCK, list[str]()
    for run in block.runs:
        text = html.escape(shortened(run.text, room)) if room > 0 else ""
        room -= len(run.text)
        linked = f'<a href="{html.escape(run.link)}">{text}</a>' if run.link and text else text
        told.append(f"<strong>{linked}</strong>" if run.bold and text and block.kind is not Kind.HEADING else linked)
    return "".join(told)


# -- room --------------------------------------------------------------------------------------------------------------


def _within(found: Sequence[Block], longest: int, printed: Callable[[Sequence[Block]], str]) -> str:
    """As much as there is room for, whole blocks, and a sign where something is cut."""
    whole = printed(found)
    if _units(whole) <= longest:
        return whole
    sign = Block(Kind.PARAGRAPH, (Run(CUT),))
    few, many = 0, len(found)
    while few < many:
        middle = (few + many + 1) // 2
        if _units(printed([*found[:middle], sign])) <= longest:
            few = middle
        else:
            many = middle - 1
    return printed([*found[:few], sign])


def _units(text: str) -> int:
    """Its length as both CRMs count it: a character beyond the first 65,536 counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
