"""A playbook's TOML -> `Playbook`. Everything that is wrong is told at once, each with its line and the way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256

from leadrelay.core.lead import LEAD, Axis, Field, Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook_handoff import read_handoff
from leadrelay.core.playbook_rules import Rules
from leadrelay.core.playbook_values import CRITERIA, DIGITS, LETTERS, Cap, Caps, Grades, Playbook
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import parse
from leadrelay.errors import ConfigError, Problem

__all__ = ["Playbook", "load"]

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_RESERVED = ("id", "modified", "bad_values", "handoff")
_CAPS = {
    "contact": "contact_fit",
    "organisation": "organisation_fit",
    "fit": "fit",
    "engagement": "engagement",
    "intent": "intent",
    "bant": "bant_score",
    "score": "score",
}


def load(text: str, file: str) -> Playbook:
    """Read and check a playbook; raises `ConfigError` with every problem."""
    document = parse(text, file)
    problems: list[Problem] = []
    top = Table(document, "", document.data, problems)
    top.needs("name", "qualification", "stages")
    rules = Rules(LEAD.extended(_fields(top.table("fields"))), problems)
    name, caps = top.text("name"), _caps(top.table("caps"))
    criteria, score = rules.criteria(top.table("bant")), rules.score(top.table("score"))
    grades = _grades(top.table("grade")) if "grade" in top else None
    disqualifiers = rules.disqualifiers(top.tables("disqualify"))
    qualification = rules.qualification(top.table("qualification"))
    stages = rules.stages(top.tables("stages"))
    handoff = read_handoff(top.table("handoff"), rules, criteria, stages) if "handoff" in top else None
    top.close("handoff")
    if problems or not name or not qualification:
        raise ConfigError(problems)
    fingerprint = sha256(json.dumps(document.data, default=str).encode()).hexdigest()
    return Playbook(
        name=name,
        schema=rules.schema,
        criteria=tuple(criteria[letter] for letter in CRITERIA),
        asking=tuple(criteria),
        rules=score,
        caps=caps,
        disqualifiers=disqualifiers,
        qualification=qualification,
        grades=grades,
        stages=stages,
        fingerprint=fingerprint,
        handoff=handoff,
    )


def _fields(table: Table) -> Iterator[Field]:
    for name, entry in table.children():
        entry.needs("type", "meaning")
        kind, axis = entry.choice("type", Type), entry.choice("axis", Axis)
        meaning, unit = entry.text("meaning"), entry.text("unit")
        entry.close()
        if trouble := _name_trouble(name):
            entry.problem("", trouble, "Choose another name.")
        else:
            yield Field(name, Type(kind or Type.TEXT), Axis(axis or Axis.PROCESS), meaning or "", unit or "")


def _name_trouble(name: str) -> str:
    if name in LEAD:
        return f"'{name}' is a lead field already."
    if name in OUTPUTS or name in _RESERVED:
        return f"'{name}' is a name of leadrelay's own."
    return "" if _FIELD_NAME.fullmatch(name) else f"'{name}' is not made of small letters, digits and '_'."


def _caps(table: Table) -> Caps:
    caps = {output: _cap(table.table(key)) for key, output in _CAPS.items()}
    table.close()
    return Caps({output: cap for output, cap in caps.items() if cap != Cap()})


def _cap(table: Table) -> Cap:
    cap = Cap(table.integer("min"), table.integer("max"))
    table.close()
    if cap.least is not None and cap.most is not None and cap.least > cap.most:
        table.problem("", f"the least, {cap.least}, is above the most, {cap.most}.", "Exchange them.")
    return cap


def _grades(table: Table) -> Grades:
    table.needs("fit", "interest")
    grades = Grades(_steps(table.table("fit"), LETTERS), _steps(table.table("interest"), DIGITS))
    table.close()
    return grades


def _steps(table: Table, names: tuple[str, ...]) -> tuple[int, int, int]:
    """From how many points on each name but the last is given."""
    first, second, third = (table.integer(name) or 0 for name in names[:3])
    complete = table.needs(*names[:3])
    table.close()
    if complete and not first > second > third:
        table.problem("", f"{names[0]}, {names[1]} and {names[2]} must each begin lower than the one before.")
    return first, second, third
