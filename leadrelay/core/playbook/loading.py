"""A playbook's TOML -> `Playbook`. Everything that is wrong is told at once, each with its line and the way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.lead import Axis, Field, Type
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.assignment import read_assignment, with_owners
from leadrelay.core.playbook.bant import read_criteria
from leadrelay.core.playbook.condition import Condition
from leadrelay.core.playbook.decision_group import read_decision_group
from leadrelay.core.playbook.enrichment import read_enrichment
from leadrelay.core.playbook.examples import read_examples
from leadrelay.core.playbook.gate import read_disqualifiers, read_gate, read_qualification
from leadrelay.core.playbook.handoff import read_handoff
from leadrelay.core.playbook.recycling import read_recycling
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.playbook.sales import read_sales
from leadrelay.core.playbook.scores import read_bands, read_caps, read_grades, read_score
from leadrelay.core.playbook.sla import read_ageing, read_sla
from leadrelay.core.playbook.stages import read_stages, read_transitions
from leadrelay.core.playbook.targets import read_targets
from leadrelay.core.playbook.teams import read_roster
from leadrelay.core.playbook.topics import read_topics
from leadrelay.core.playbook.values import CRITERIA, Playbook
from leadrelay.core.predicates import Node, Op
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import Document, parse
from leadrelay.errors import ConfigError, Problem

__all__ = ["Playbook", "load"]

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TOLD_ABOUT = (
    "grade",
    "bands",
    "transitions",
    "calendars",
    "teams",
    "handoff",
    "assignment",
    "escalation",
    "topics",
    "sla",
    "enrichment",
    "decision_group",
)
_UNDECISIVE = ("examples", "targets", "calendars", "teams", "sla", "escalation", "ageing")
_TELLING = ("subject", "due", "due_hours", "remind", "note", "body", "talk_tracks", "answers", "cadence")
"""Keys of [handoff] that say how a lead is told of."""
_RESERVED = ("id", "modified", "bad_values", "handoff", "topics", "watched", "assign")

_NOBODY = Condition("false", Node(Op.VALUE, Type.BOOLEAN, value=False))
"""Stands for a qualification that was found wrong, until every problem is told."""


@lru_cache(8)
def load(text: str, file: str) -> Playbook:
    """Read and check a playbook; raises `ConfigError` with every problem.

    The last few are kept, for a scheduler that runs the same jobs again and again.
    """
    document = parse(text, file)
    problems: list[Problem] = []
    top = Table(document, "", document.data, problems)
    top.needs("name", "[qualification]", "[[stages]]")
    rules = Rules(SCHEMA.extended(_fields(top.table("fields"))), problems)
    verdict = replace(_verdict(top, rules), fingerprint=_fingerprint(document.data), places=_places(document))
    playbook = _around(verdict, top, rules)
    proofs = top.tables("examples")
    top.close()
    if problems:
        raise ConfigError(problems)
    return _with_examples(playbook, proofs, problems)


def _verdict(top: Table, rules: Rules) -> Playbook:
    """What decides about a lead; each part may ask for what is decided before it."""
    criteria, score = read_criteria(top.table("bant"), rules), read_score(top.table("score"), rules)
    caps, bands = read_caps(top.table("caps"), score), read_bands(top.table("bands"), rules)
    disqualifiers = read_disqualifiers(top.tables("disqualify"), rules)
    qualification, statuses = read_qualification(top.table("qualification"), rules)
    gate = read_gate(top.tables("gate"), rules)
    recycling, stages = read_recycling(top.tables("recycle"), rules), read_stages(top.tables("stages"), rules)
    grades, transitions = top.optional("grade"), top.optional("transitions")
    return Playbook(
        name=top.text("name") or "",
        schema=rules.schema,
        criteria=tuple(criteria[letter] for letter in CRITERIA),
        asking=tuple(criteria),
        rules=score,
        caps=caps,
        disqualifiers=disqualifiers,
        qualification=qualification or _NOBODY,
        grades=read_grades(grades) if grades else None,
        stages=stages,
        fingerprint="",
        bands=bands,
        statuses=statuses,
        gate=gate,
        recycling=recycling,
        transitions=read_transitions(transitions, stages) if transitions else None,
    )


def _around(playbook: Playbook, top: Table, rules: Rules) -> Playbook:
    """What follows from the verdict, a line for each part; each may name what stands in a part before it."""
    handoff = top.optional("handoff")
    playbook = replace(playbook, targets=read_targets(top.table("targets")))
    playbook = replace(playbook, enrichment=read_enrichment(top.table("enrichment"), rules))
    playbook = replace(playbook, decision_group=read_decision_group(top.table("decision_group"), rules))
    playbook = replace(playbook, roster=with_owners(read_roster(top), _owners(handoff)))
    playbook = replace(playbook, assignment=read_assignment(top, rules, playbook.roster))
    playbook = replace(playbook, handoff=read_handoff(handoff, rules, playbook.gate) if handoff else None)
    playbook = replace(playbook, sales=read_sales(top.table("sales"), rules))
    playbook = replace(playbook, sla=read_sla(top, rules), ageing=read_ageing(top.table("ageing"), playbook.stages))
    playbook = replace(playbook, topics=read_topics(top.tables("topics"), rules, tuple(playbook.roster.teams)))
    return playbook  # noqa: RET504  # a line each: another part is another line above


def _owners(handoff: Table | None) -> Sequence[str]:
    """Those of `[handoff]`, which is read later; what is wrong with them is told there."""
    named = handoff.value("owners") if handoff else None
    owners = named if isinstance(named, list) else [named]
    return [owner for owner in owners if isinstance(owner, str)]


def _with_examples(playbook: Playbook, proofs: list[Table], problems: list[Problem]) -> Playbook:
    """Read last: they may name every rule and stage."""
    examples = read_examples(proofs, playbook)
    if problems:
        raise ConfigError(problems)
    return replace(playbook, examples=examples)


def _places(document: Document) -> Mapping[str, str]:
    return {path: document.place(path) for path in document.places.lines if re.split(r"[.\[]", path)[0] in _TOLD_ABOUT}


def _fingerprint(data: Mapping[str, Any]) -> str:
    """Of all that decides about a lead; who is there when its owner is chosen, and what he is told, does not.

    The name of a team does: it is what output `team` says.
    """
    decisive = {key: part for key, part in data.items() if key not in _UNDECISIVE}
    if isinstance(teams := data.get("teams"), dict):
        decisive["teams"] = list(teams)
    if isinstance(handoff := decisive.get("handoff"), dict):
        decisive["handoff"] = {key: part for key, part in handoff.items() if key not in _TELLING}
    return sha256(json.dumps(decisive, default=str).encode()).hexdigest()


def _fields(table: Table) -> Iterator[Field]:
    for name, entry in table.children():
        entry.needs("type", "meaning")
        kind, axis = entry.choice("type", Type), entry.choice("axis", Axis)
        meaning, unit = entry.text("meaning"), entry.text("unit")
        entry.close()
        if trouble := _name_trouble(name):
            entry.problem("", trouble, _SAME if name in SCHEMA else "Choose another name.")
        else:
            yield Field(name, Type(kind or Type.TEXT), Axis(axis or Axis.PROCESS), meaning or "", unit or "")


_SAME = "If it means the same, delete this: [read] of the mapping fills it. Else choose another name."


def _name_trouble(name: str) -> str:
    if name in SCHEMA:
        return f"'{name}' is a lead field already."
    if name in OUTPUTS or name in _RESERVED:
        return f"'{name}' is a name of leadrelay's own."
    return "" if _FIELD_NAME.fullmatch(name) else f"'{name}' is not made of small letters, digits and '_'."
