"""Templates of the admin's: Jinja in a sandbox without files, calls, assignments or anything behind a value.

What a template may say is checked node by node before it is compiled, against the shape of what it is told from; so an
unknown name, or a loop without an end, is found when the playbook is read and not when a lead is handed off.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leadrelay.core.handoff.markup import END, LINK, VALUE
from leadrelay.core.handoff.plain import plain

LONGEST_TEMPLATE = 16_000
LONGEST_OUTPUT = 200_000
MOST_TURNS = 50
"""So many elements of a list a loop goes through."""

_PRECISE = "%a %Y-%m-%d %H:%M %Z"
_LOOP = frozenset({"index", "first", "last", "length"})
_RUNTIME = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
_COMPILING = (*_RUNTIME, SyntaxError, MemoryError)

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What another template made; it keeps its lines."""

    text: str


class Web(str):
    """An address that may become a link; a text as any other for everything else."""

    __slots__ = ()


class TemplateFailureError(Exception):
    """A template that cannot be rendered for a lead: in which line, and why, without any value."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"fails in line {line}: {why}" if line else f"fails: {why}")
        self.line, self.why = line, why


def render(source: str, context: Context) -> str:
    """What the template says of this context, as marked-up text; a `TemplateFailureError` where it cannot."""
    pieces, length = [], 0
    try:
        for piece in compiled(source).generate(context):
            length += len(piece)
            if length > LONGEST_OUTPUT:
                raise TemplateFailureError(0, f"it says more than {LONGEST_OUTPUT:,} characters.")
            pieces.append(piece)
    except _COMPILING as error:
        raise TemplateFailureError(_line(error), _why(error)) from None
    return "".join(pieces)


@lru_cache(maxsize=1024)
def compiled(source: str) -> Template:
    """A template that `grammar.check` found nothing wrong with."""
    tree = environment().parse(source)
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, EACH, [], [], None, None, lineno=loop.iter.lineno)
    return Template.from_code(environment(), environment().compile(tree), {})


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """The one that every template is read by. Nothing in it depends on a playbook."""
    made = _Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=_told)
    made.globals.clear()
    made.filters = {**FILTERS, EACH: _each}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


class _Environment(ImmutableSandboxedEnvironment):
    """Nothing stands behind a point but a name of ours: no attribute of any Python object can be reached."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A name of a mapping, or how far a loop is."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return super().getattr(obj, attribute)
        if obj is None:  # such as the first of an empty list; the check knows that there may be such a name
            return None
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Brackets find nothing."""
        return self.undefined(obj=obj, name=str(argument))


# -- what is said of a value -------------------------------------------------------------------------------------------


def _told(value: Any) -> str:
    """A value between its marks, as one line of text."""
    if isinstance(value, Rendered):
        return value.text
    if isinstance(value, Undefined):
        return str(value)  # raises
    if isinstance(value, Web):
        return f"{LINK}{plain(str(value)) or ''}{END}"
    return f"{VALUE}{as_text(value)}{END}"


def as_text(value: Any) -> str:
    """A value as people read it; nothing for what is missing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.strftime(_PRECISE)
    if value is None or isinstance(value, str | bool | date):
        return plain(value) or ""
    if isinstance(value, list | tuple):
        return plain(", ".join(filter(None, map(as_text, value[:MOST_TURNS])))) or ""
    raise TypeError("this is no value that can be told")


def number(value: float) -> str:
    """A number with its thousands parted, and at most two decimals."""
    whole, _, rest = f"{value:,.2f}".partition(".")
    digits = rest.rstrip("0")
    return f"{whole}.{digits}" if digits else whole


def _each(values: Any) -> Sequence[Any]:
    """What a loop goes through: a list, and never more of it than people read."""
    if values is None:
        return ()
    if isinstance(values, list | tuple):
        return values[:MOST_TURNS]
    raise TypeError("only lists can be gone through")


def _join(values: Any, between: str = ", ") -> str:
    return between.join(filter(None, map(as_text, _each(values))))[:LONGEST_OUTPUT]


def _default(value: Any, otherwise: Any = "") -> Any:
    return otherwise if value is None or value in ("", [], ()) else value


def _day(value: date | datetime | None) -> str | None:
    return None if value is None else value.strftime("%Y-%m-%d")


def _first(values: Any) -> Any:
    return next(iter(_each(values)), None)


def _text(change: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: change(as_text(value))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "capitalize": _text(str.capitalize),
    "count": lambda values: len(_each(values)) if isinstance(values, list | tuple | None) else len(as_text(values)),
    "day": _day,
    "default": _default,
    "first": _first,
    "join": _join,
    "lower": _text(str.lower),
    "title": _text(str.title),
    "upper": _text(str.upper),
}
TESTS = ("defined", "none")
EACH = "each "
"""The filter that is put before whatever a loop goes through; no template can write its name."""


def _why(error: BaseException) -> str:
    """Without the error's own words: they may hold a value."""
    if isinstance(error, TypeError):
        return "something is missing, or of a type that this cannot be done with."
    if isinstance(error, Undefined | TemplateError):
        return "a name means nothing here."
    return f"it cannot be computed ({type(error).__name__})."


def _line(error: BaseException) -> int:
    """The template's line in which it happened, where Jinja tells."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    return line
