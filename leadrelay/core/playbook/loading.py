"""A playbook's TOML -> `Playbook`. Everything that is wrong is told at once, each with its line and the way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from leadrelay.core.lead import LEAD, Axis, Field, Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.bant import read_criteria
from leadrelay.core.playbook.examples import read_examples
from leadrelay.core.playbook.gate import read_disqualifiers, read_gate, read_qualification
from leadrelay.core.playbook.handoff import read_handoff
from leadrelay.core.playbook.recycling import read_recycling
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.playbook.scores import read_bands, read_caps, read_grades, read_score
from leadrelay.core.playbook.sla import read_ageing, read_sla
from leadrelay.core.playbook.stages import read_stages, read_transitions
from leadrelay.core.playbook.targets import read_targets
from leadrelay.core.playbook.topics import read_topics
from leadrelay.core.playbook.values import CRITERIA, Playbook
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import parse
from leadrelay.errors import ConfigError, Problem

__all__ = ["Playbook", "load"]

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TOLD_ABOUT = ("grade", "bands", "transitions")
_RESERVED = ("id", "modified", "bad_values", "handoff", "topics", "watched")


def load(text: str, file: str) -> Playbook:
    """Read and check a playbook; raises `ConfigError` with every problem."""
    document = parse(text, file)
    problems: list[Problem] = []
    top = Table(document, "", document.data, problems)
    top.needs("name", "[qualification]", "[[stages]]")
    rules = Rules(LEAD.extended(_fields(top.table("fields"))), problems)
    name = top.text("name")
    criteria, score = read_criteria(top.table("bant"), rules), read_score(top.table("score"), rules)
    caps, bands = read_caps(top.table("caps"), score), read_bands(top.table("bands"), rules)
    grades = read_grades(top.table("grade")) if "grade" in top else None
    disqualifiers = read_disqualifiers(top.tables("disqualify"), rules)
    qualification, statuses = read_qualification(top.table("qualification"), rules)
    gate = read_gate(top.tables("gate"), rules)
    recycling, stages = read_recycling(top.tables("recycle"), rules), read_stages(top.tables("stages"), rules)
    transitions = read_transitions(top.table("transitions"), stages) if "transitions" in top else None
    handoff = read_handoff(top.table("handoff"), rules, gate) if "handoff" in top else None
    targets = read_targets(top.table("targets"))
    sla = read_sla(top, rules)
    topics, ageing = read_topics(top.tables("topics"), rules, ()), read_ageing(top.table("ageing"), stages)
    proofs = top.tables("examples")
    top.close("handoff", "transitions", "sla", "escalation")
    if problems or not name or not qualification:
        raise ConfigError(problems)
    playbook = Playbook(
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
        fingerprint=_fingerprint(document.data),
        handoff=handoff,
        bands=bands,
        statuses=statuses,
        gate=gate,
        recycling=recycling,
        transitions=transitions,
        targets=targets,
        sla=sla,
        topics=topics,
        ageing=ageing,
    )
    places = {path: document.place(path) for path in document.places.lines if path.partition(".")[0] in _TOLD_ABOUT}
    return _with_examples(replace(playbook, places=places), proofs, problems)


def _with_examples(playbook: Playbook, proofs: list[Table], problems: list[Problem]) -> Playbook:
    """Read last: they may name every rule and stage."""
    examples = read_examples(proofs, playbook)
    if problems:
        raise ConfigError(problems)
    return replace(playbook, examples=examples)


def _fingerprint(data: Mapping[str, Any]) -> str:
    """Of all that decides: examples and goals do not."""
    decisive = {key: part for key, part in data.items() if key not in {"examples", "targets"}}
    return sha256(json.dumps(decisive, default=str).encode()).hexdigest()


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
