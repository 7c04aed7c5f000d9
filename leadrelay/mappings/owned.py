"""Which CRM fields leadrelay owns, as a mapping and its playbook need them: what `setup` creates, and `check` asks for.

Ours are the written fields whose name begins with leadrelay_, the key of tasks, and the line why an owner was chosen.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterator
from dataclasses import replace

from leadrelay.connectors.customising import KEY_LENGTH, LEAD, NOTE, TASK, OwnField, is_ours
from leadrelay.core.assign.values import LONGEST_WHY
from leadrelay.core.changes import Write
from leadrelay.core.enrich.provenance import is_line
from leadrelay.core.lead import Type
from leadrelay.core.outputs import ENDLESS, OUTPUTS
from leadrelay.core.playbook.values import Playbook
from leadrelay.errors import ConfigError, Problem
from leadrelay.mappings.mapping_values import Mapping, TaskMapping

LINE_LENGTH = 255
"""The longest text that a CRM sorts and filters by; a longer one is a long text."""

_LENGTHS = (40, 80, LINE_LENGTH)
_LONG, _LONGEST_LABEL = 32_768, 40
_TEXTS = frozenset({Type.TEXT, Type.LIST})
_SPELLED = {"Bant": "BANT", "Sla": "SLA", "Id": "ID"}
_MIXED = frozenset({Type.INTEGER, Type.NUMBER})
_ACTIVITY = {"salesforce": (TASK,), "hubspot": (TASK, NOTE)}


def owned(mapping: Mapping, playbook: Playbook, kind: str) -> tuple[OwnField, ...]:
    """Every field that one job needs and leadrelay owns. `kind`: "salesforce" or "hubspot"."""
    written = [_written(write, playbook) for write in mapping.writes if is_ours(write.field)]
    return (*written, *(_of_tasks(mapping.task, kind) if mapping.task else ()))


def united(jobs: abc.Mapping[str, abc.Sequence[OwnField]]) -> tuple[OwnField, ...]:
    """What several jobs of one connection need, by job; raises `ConfigError` where two cannot share a field.

    The jobs have the same object. A field that two want is as wide as the wider one needs it.
    """
    found: dict[tuple[str, str], tuple[str, OwnField]] = {}
    problems = []
    for job, fields in jobs.items():
        for field in fields:
            key = (field.on, field.name.lower())
            other, known = found.get(key, (job, field))
            wider = _wider(known, field)
            if wider is None:
                problems.append(_clash(field, job, known, other))
            found[key] = (other, wider or known)
    if problems:
        raise ConfigError(problems)
    return tuple(field for _, field in found.values())


def _wider(one: OwnField, other: OwnField) -> OwnField | None:
    """One field for both; None where they hold different things."""
    types = {one.type, other.type}
    if (len(types) > 1 and not types <= _MIXED) or one.reference is not other.reference:
        return None
    kind = one.type if len(types) == 1 else Type.NUMBER
    length = max(one.length or 0, other.length or 0) or None
    return replace(one, type=kind, length=length, unique=one.unique or other.unique)


def _clash(field: OwnField, job: str, known: OwnField, other: str) -> Problem:
    message = f"writes {_held(field)} into '{field.name}', and job '{other}' {_held(known)}."
    return Problem(f"job '{job}'", message, "Give one of the two another name in its mapping.")


def _held(field: OwnField) -> str:
    return f"the id of an {field.reference}" if field.reference else _named(field.type)


def _named(kind: Type) -> str:
    return {Type.TEXT: "text", Type.INTEGER: "an integer"}.get(kind, f"a {kind}")


# -- fields of the lead ------------------------------------------------------------------------------------------------


def _written(write: Write, playbook: Playbook) -> OwnField:
    text = write.type in _TEXTS
    return OwnField(
        on=LEAD,
        name=write.field,
        label=_label(write.field),
        type=Type.TEXT if text else write.type,
        description=_meaning(write, playbook),
        length=_length(write) if text else None,
        source=write.source,
        reference=write.reference,
    )


def _length(write: Write) -> int:
    """As short as what goes in lets it be, in few different lengths, so that another word does not need another one."""
    if write.cut:
        return _rounded(write.cut)
    if write.known is not None:
        return _rounded(max(map(len, write.known), default=0))
    endless = any(source in ENDLESS or is_line(source) for source in write.sources)
    return _LONG if endless or write.type is Type.LIST else LINE_LENGTH


def _rounded(most: int) -> int:
    return next((length for length in _LENGTHS if most <= length), most)


def _meaning(write: Write, playbook: Playbook) -> str:
    """In the words of the outputs and of the lead's schema."""
    if write.template:
        return f"Made by leadrelay of {', '.join(dict.fromkeys(write.sources))}."
    if not write.source:
        return "Written by leadrelay."
    if is_line(write.source):
        of = write.source.partition(".")[2]
        return f"Where the value of {of} comes from." if of else "Where enriched values come from."
    known = OUTPUTS.get(write.source) or playbook.schema.get(write.source)
    return f"{known.meaning}." if known else "Written by leadrelay."


def _label(name: str) -> str:
    """As people read it: Leadrelay BANT Score."""
    words = re.sub(r"__c$", "", name, flags=re.IGNORECASE).replace("_", " ").split()
    spelled = [_SPELLED.get(word.capitalize(), word[:1].upper() + word[1:]) for word in words]
    return " ".join(spelled)[:_LONGEST_LABEL].rstrip()


# -- fields for hand-offs ----------------------------------------------------------------------------------------------


def _of_tasks(task: TaskMapping, kind: str) -> Iterator[OwnField]:
    for on in _ACTIVITY.get(kind, (TASK,)):
        description = "Keeps leadrelay from handing a lead off twice. Leave it as it is."
        yield OwnField(on, task.key, _label(task.key), Type.TEXT, description, KEY_LENGTH, unique=True)
    if task.reason:
        description = "Why leadrelay gave the lead to this owner."
        yield OwnField(LEAD, task.reason, _label(task.reason), Type.TEXT, description, LONGEST_WHY)
