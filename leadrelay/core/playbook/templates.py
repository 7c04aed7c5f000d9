"""Reads the templates of a playbook: what is wrong with one is told with its line, before any lead is handed off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from leadrelay.core import template
from leadrelay.core.handoff.context import sample, shape, shape_of_body
from leadrelay.core.handoff.grammar import Flaw, Shape, check
from leadrelay.core.handoff.templates import TemplateFailureError, render
from leadrelay.core.handoff.values import LONGEST_SUBJECT, Text
from leadrelay.core.lead import Field, Schema
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.toml_table import Table
from leadrelay.errors import Problem

_ASK_FIRST = "Ask first whether it is there: {% if lead.employees and lead.employees >= 1000 %}."


class Templates:
    """Reads one template after the other."""

    def __init__(self, rules: Rules) -> None:
        self._fields, self._outputs = tuple(rules.schema.values()), tuple(rules.after_stages.values())

    def text(self, table: Table, key: str, *, body: bool = False) -> Text | None:
        """The template of a key; None where it is absent or wrong."""
        source = table.text(key)
        if source is None:
            return None
        flaws, used = _judged(source, self._fields, self._outputs, body=body)
        for flaw in flaws:
            table.note([Problem(_place(table, key, source, flaw.line), flaw.message, flaw.cure)])
        return None if flaws else Text(source, table.place(key), used)


@lru_cache(maxsize=1024)
def _judged(
    source: str, fields: tuple[Field, ...], outputs: tuple[Field, ...], *, body: bool
) -> tuple[tuple[Flaw, ...], frozenset[str]]:
    """What is wrong with it, in its grammar or else for a lead of which nothing is known, or everything; what it tells.

    A pure function whose last answers are kept: a playbook is read far more often than its templates change.
    """
    names = (shape_of_body if body else shape)(Schema(fields), Schema(outputs))
    flaws, used = check(source, names)
    return tuple(flaws or _tried(source, names)), used


def _tried(source: str, names: Mapping[str, Shape]) -> Iterator[Flaw]:
    for full, lead in ((False, "a lead of which nothing is known"), (True, "a lead of which everything is known")):
        try:
            render(source, sample(names, full=full))
        except TemplateFailureError as error:
            yield Flaw(error.line or 1, f"fails for {lead}: {error.why}", "" if full else _ASK_FIRST)
            return


def read_subject(table: Table, key: str, names: Collection[str]) -> str | None:
    """The subject of a task, with places for these names; None where there is none."""
    subject = table.text(key)
    if subject is None:
        return None
    for message, cure in template.problems(subject, list(names)):
        table.problem(key, message, cure)
    if len(subject) > LONGEST_SUBJECT or "\n" in subject:
        table.problem(key, f"a subject has one line of at most {LONGEST_SUBJECT} characters.")
    return subject


def _place(table: Table, key: str, source: str, line: int) -> str:
    """Of a line of a template, where the file says plainly where it stands."""
    before = "".join(source.splitlines(keepends=True)[: line - 1])
    return table.written(key).at(len(before)) or table.place(key)
