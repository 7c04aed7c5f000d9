"""What a template may say: every node of it on a list, every name found in the shape of what it is told from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from jinja2 import TemplateSyntaxError, nodes

from leadrelay.core.handoff.plain import UNSEEN
from leadrelay.core.handoff.templates import FILTERS, LONGEST_TEMPLATE, TESTS, compiled, environment
from leadrelay.core.lead import Type
from leadrelay.core.toml_text import nearest

MOST_LOOPS = 2
"""How deep loops may stand in one another."""

_LEFT_OUT: Mapping[type[nodes.Node], str] = {
    nodes.Call: "nothing can be called",
    nodes.Assign: "nothing can be set",
    nodes.AssignBlock: "nothing can be set",
    nodes.Getitem: "brackets mean nothing here",
    nodes.Slice: "brackets mean nothing here",
    nodes.Include: "no file can be read",
    nodes.Import: "no file can be read",
    nodes.FromImport: "no file can be read",
    nodes.Extends: "no file can be read",
    nodes.Concat: "'~' is not needed: write the places side by side",
    nodes.BinExpr: "only + and - can be computed",
}
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Test,
    nodes.Filter,
    nodes.CondExpr,
    nodes.List,
    nodes.Tuple,
    nodes.Add,
    nodes.Sub,
    nodes.Neg,
)
_LAYOUT = re.compile(r"[\r\n\t]")


@dataclass(frozen=True, slots=True)
class Each:
    """A list, each element of this shape."""

    of: Shape


BLOCKS = "blocks"
"""What another template made."""

Shape: TypeAlias = "Type | Each | Mapping[str, Shape] | str | None"
"""What a name stands for: a value, a list, names behind a point; None is a value of whatever type."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong in a line of a template, and the way out."""

    line: int
    message: str
    cure: str = ""


@dataclass
class _Checker:
    names: Mapping[str, Shape]
    flaws: list[Flaw] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def visit(self, node: nodes.Node, scope: Mapping[str, Shape], depth: int = 0) -> None:
        """This node and every one below it."""
        if self._is_left_out(node):
            return
        if isinstance(node, nodes.For):
            self._loop(node, scope, depth + 1)
        elif isinstance(node, nodes.Expr):
            self.shape(node, scope)
        else:
            for child in node.iter_child_nodes():
                self.visit(child, scope, depth)

    def _is_left_out(self, node: nodes.Node) -> bool:
        """Whether this kind of node is not for templates; a flaw where it is not."""
        if isinstance(node, _ALLOWED):
            return False
        why = next((why for kind, why in _LEFT_OUT.items() if isinstance(node, kind)), "")
        self._flaw(node, f"{why or 'there are no blocks but if and for'}.", _CURE)
        return True

    def shape(self, node: nodes.Expr, scope: Mapping[str, Shape]) -> Shape:
        """What an expression stands for."""
        if self._is_left_out(node):
            return None
        match node:
            case nodes.Name():
                return self._found(node, node.name, scope, "a name")
            case nodes.Getattr():
                return self._behind(node, scope)
            case nodes.Filter() | nodes.Test():
                return self._filtered(node, scope)
        for child in node.iter_child_nodes():
            self.visit(child, scope)
        return None

    def _found(self, node: nodes.Node, name: str, known: Mapping[str, Shape], what: str) -> Shape:
        if name not in known:
            self._flaw(node, f"'{name}' is not {what} of what a hand-off tells.", nearest(name, list(known)))
        return known.get(name)

    def _behind(self, node: nodes.Getattr, scope: Mapping[str, Shape]) -> Shape:
        before = self.shape(node.node, scope) if isinstance(node.node, nodes.Expr) else None
        if isinstance(before, Mapping):
            if isinstance(node.node, nodes.Name) and node.node.name in {"lead", "verdict"}:
                self.used.add(node.attr)
            return self._found(node, node.attr, before, "a name")
        if not self.flaws:
            self._flaw(node, f"nothing stands behind the point before '{node.attr}'.", "Name what is told itself.")
        return None

    def _filtered(self, node: nodes.Filter | nodes.Test, scope: Mapping[str, Shape]) -> Shape:
        known, what = (FILTERS, "filter") if isinstance(node, nodes.Filter) else (TESTS, "test")
        if node.name not in known:
            self._flaw(node, f"there is no {what} '{node.name}'.", nearest(node.name, list(known)))
        given = [*node.args, *(one.value for one in node.kwargs), node.dyn_args, node.dyn_kwargs]
        for child in filter(None, given):
            self.visit(child, scope)
        before = self.shape(node.node, scope) if isinstance(node.node, nodes.Expr) else None
        return before.of if node.name == "first" and isinstance(before, Each) else None

    def _loop(self, node: nodes.For, scope: Mapping[str, Shape], depth: int) -> None:
        over = self.shape(node.iter, scope) if isinstance(node.iter, nodes.Expr) else None
        if node.recursive or not isinstance(node.target, nodes.Name):
            self._flaw(node, "a loop goes through one list, one name at a time.", "Write: {% for one in lead.pains %}")
            return
        if depth > MOST_LOOPS:
            self._flaw(node, f"loops stand more than {MOST_LOOPS} deep in one another.", "Take the inner ones apart.")
            return
        if not isinstance(over, Each) and not isinstance(node.iter, nodes.List | nodes.Tuple) and not self.flaws:
            self._flaw(node, "what the loop goes through is no list.", "Lists are: lead fields of type list, bant, ...")
        within = {**scope, node.target.name: over.of if isinstance(over, Each) else None, "loop": _LOOP}
        for child in [*([node.test] if node.test else []), *node.body]:
            self.visit(child, within, depth)
        for child in node.else_:
            self.visit(child, scope, depth)

    def _flaw(self, node: nodes.Node, message: str, cure: str) -> None:
        self.flaws.append(Flaw(node.lineno, message, cure))


_LOOP: Mapping[str, Shape] = dict.fromkeys(("index", "first", "last", "length"))
_CURE = "Templates have places {{ lead.company }}, {% if %}, {% for %} and a few filters: docs/handoff.md."


def check(source: str, names: Mapping[str, Shape]) -> tuple[list[Flaw], frozenset[str]]:
    """Everything that is wrong with a template, and the lead fields and outputs that it tells."""
    if len(source) > LONGEST_TEMPLATE:
        return [Flaw(1, f"a template has at most {LONGEST_TEMPLATE:,} characters.", "Tell less.")], frozenset()
    hidden = next((at for at, line in enumerate(source.split("\n"), 1) if UNSEEN.search(_LAYOUT.sub("", line))), 0)
    if hidden:
        return [
            Flaw(hidden, "holds a character that cannot be seen.", "Delete it, and type the line anew.")
        ], frozenset()
    try:
        found = _Checker(names)
        found.visit(environment().parse(source), names)
        if not found.flaws:
            compiled(source)
    except TemplateSyntaxError as error:
        return [Flaw(error.lineno, f"is no template: {_told(error)}", "Mend the syntax at this place.")], frozenset()
    except (RecursionError, SyntaxError, MemoryError, ValueError, OverflowError):
        return [Flaw(1, "stands too deep in itself, or holds a number too long.", "Make it simpler.")], frozenset()
    return found.flaws, frozenset(found.used)


def _told(error: TemplateSyntaxError) -> str:
    """Jinja's words, as a sentence of ours."""
    words = " ".join((error.message or "its syntax is wrong").split())
    if never_closed := re.search(r"block that needs to be closed is ('\w+')", words):
        return f"{never_closed[1]} is never closed."
    return f"{words[:1].lower()}{words[1:]}".rstrip(".") + "."


def walk(shape: Shape, before: str = "") -> Iterator[tuple[str, Shape]]:
    """Every name, such as `lead.company` or `bant[].label`."""
    match shape:
        case Each():
            yield from walk(shape.of, f"{before}[]")
        case Mapping():
            for name, part in shape.items():
                yield from walk(part, f"{before}.{name}" if before else name)
        case _:
            yield before, shape
