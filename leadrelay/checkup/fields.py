"""Every mapped field held against what is known of the CRM; the stamp that changes are found by; the tasks' key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from leadrelay.checkup.providers import of_lint
from leadrelay.checkup.values import Sight, Subject
from leadrelay.connectors.base import FieldInfo, Guarantee, Once
from leadrelay.connectors.customising import KEY_LENGTH, is_ours
from leadrelay.connectors.moments import stamp_field
from leadrelay.core.drift import affected
from leadrelay.findings import Finding, Level
from leadrelay.mappings import doctor, vocabulary

_NEAR = 0.8


def examine(section: str, subject: Subject, sight: Sight) -> Iterator[Finding]:
    """What is missing, cannot be written, or would not fit."""
    seen = sight.inspection
    schema = seen.fields
    found = doctor.examine(subject.mapping, schema, subject.kind, seen.currencies, seen.zone)
    told = [_told(section, one, subject, worked=subject.name in sight.worked) for one in found]
    told += _cursor(section, subject, sight)
    yield from told
    if not any(one.level is Level.ERROR for one in told):
        lints = vocabulary.unknown_words(subject.playbook, subject.mapping, schema)
        yield from (of_lint(section, lint) for lint in lints)
        fields = len(subject.mapping.crm_fields())
        yield Finding(section, Level.OK, f"all {fields} mapped fields of {subject.mapping.object} are there and fit")


def _told(section: str, found: doctor.Finding, subject: Subject, *, worked: bool) -> Finding:
    """A field that vanished from under a job that worked stops what depends on it only, as in a run."""
    cure = found.cure.replace("CONNECTION", subject.job.connection)
    if not (worked and found.gone and found.level == "error"):
        return Finding(section, Level(found.level), found.message, found.place, cure)
    lost = sorted(affected(subject.playbook, subject.mapping.leads_of([found.gone])))
    message = f"{found.message} It was there before: the job goes on without {', '.join(lost) or 'it'}."
    return Finding(section, Level.ERROR, message, found.place, cure, endured=True)


# -- the cursor --------------------------------------------------------------------------------------------------------


def _cursor(section: str, subject: Subject, sight: Sight) -> list[Finding]:
    """Whether changes can be found at all: without their stamp no run could."""
    name = stamp_field(subject.kind, subject.mapping.object)
    info = sight.inspection.fields.get(name)
    why = _cursor_trouble(name, info, sight.inspection.fields)
    if not why:
        return []
    cure = "Let the API user read it; leadrelay finds what changed by it, and by no other field."
    if info is not None:
        cure = "Ask the CRM's support why, or name another object in the mapping: leadrelay finds changes by no other."
    return [Finding(section, Level.ERROR, why, subject.place(f"jobs.{subject.name}.mapping"), cure)]


def _cursor_trouble(name: str, info: FieldInfo | None, schema: Mapping[str, FieldInfo]) -> str:
    if info is None:
        return (
            f"'{name}', by which changed records are found, is not there, or hidden from this user." if schema else ""
        )
    if info.extra.get("filterable") is False or info.extra.get("sortable") is False:
        return f"'{name}', by which changed records are found, can be neither filtered nor sorted by."
    if info.type not in {"datetime", "date"}:
        return f"'{name}', by which changed records are found, is no moment but {info.type}."
    return ""


# -- tasks -------------------------------------------------------------------------------------------------------------

_LEVELS = {
    Once.ATOMIC: Level.OK,
    Once.CLAIM: Level.OK,
    Once.MARKER: Level.WARNING,
    Once.NEVER: Level.ERROR,
}


def tasks(section: str, subject: Subject, sight: Sight) -> Iterator[Finding]:
    """Which guarantee is in force that no lead is handed off twice."""
    if subject.mapping.task is None:
        yield Finding(section, Level.OK, "none are created: the mapping has no [task]")
        return
    guarantee = sight.inspection.guarantee
    if guarantee is not None and sight.task_key == subject.task_key:
        yield _guaranteed(section, subject, guarantee, sight)
    yield from _unfilled(section, subject, sight)
    if guarantee is not None and sight.task_key == subject.task_key and guarantee.once is Once.NEVER:
        return
    yield from _key(section, subject, sight, told=guarantee is not None)


def _guaranteed(section: str, subject: Subject, found: Guarantee, sight: Sight) -> Finding:
    task = subject.mapping.task
    where = task.place if task and found.cure else ""
    cure = f"{_meant(subject, sight)}{found.cure}" if found.once is Once.NEVER else found.cure
    return Finding(section, _LEVELS[found.once], found.message, where, cure)


def _meant(subject: Subject, sight: Sight) -> str:
    """Why tasks have no such field, as far as that can be guessed."""
    key, fields = subject.task_key, sight.inspection.task_fields
    if not fields or key.lower() in {name.lower() for name in fields}:
        return ""
    if key in sight.inspection.fields:
        return f"'{key}' is a field of {subject.mapping.object}, and tasks need one of their own. "
    near = get_close_matches(key, list(fields), n=1, cutoff=_NEAR)
    meant = f"Did you mean '{near[0]}'? Else: " if near else ""
    return f"{meant}leadrelay setup {sight.connection} --apply, or by hand: " if is_ours(key) else meant


def _unfilled(section: str, subject: Subject, sight: Sight) -> Iterator[Finding]:
    """What every new task has to come with, and ours do not: the company's own fields without a default."""
    task = subject.mapping.task
    for info in sight.inspection.task_fields.values():
        if task and info.required and info.custom and info.name.lower() != task.key.lower():
            message = f"'{info.name}' of tasks is required, and leadrelay does not fill it: no task can be created."
            cure = "Give it a default value in the CRM, or let it be optional (and required on page layouts only)."
            yield Finding(section, Level.ERROR, message, task.place, cure)


def _key(section: str, subject: Subject, sight: Sight, *, told: bool) -> Iterator[Finding]:
    """The field of tasks that holds the key, from its description. `told`: whether the CRM's own guarantee was."""
    task, fields = subject.mapping.task, sight.inspection.task_fields
    if task is None or not fields:
        return
    folded = {name.lower(): info for name, info in fields.items()}
    info = folded.get(task.key.lower())
    if info is None:
        near = get_close_matches(task.key, list(fields), n=1, cutoff=_NEAR)
        meant = f"Did you mean '{near[0]}'? Else create" if near else "Create"
        cure = f"{meant} it: leadrelay setup {sight.connection} --apply"
        if not told:
            yield Finding(section, Level.ERROR, f"tasks have no field '{task.key}'.", task.place, cure)
        return
    troubles = [*([] if told else _not_unique(info, subject.kind)), *_unfit(info)]
    yield from (Finding(section, level, message, task.place, cure) for level, message, cure in troubles)
    if not troubles and not told:
        yield Finding(section, Level.OK, f"'{info.name}' of tasks is unique: no task is created twice")


def _not_unique(info: FieldInfo, kind: str) -> Iterator[tuple[Level, str, str]]:
    anew = "Make another field: leadrelay setup shows which, and name it in [task]."
    if not info.unique:
        yield Level.ERROR if kind == "salesforce" else Level.WARNING, f"'{info.name}' of tasks is not unique.", anew
    if kind == "salesforce" and not info.external_id:
        yield Level.ERROR, f"'{info.name}' of tasks is no external id, so that no task is found by it.", anew


def _unfit(info: FieldInfo) -> Iterator[tuple[Level, str, str]]:
    if info.length is not None and info.length < KEY_LENGTH:
        message = f"'{info.name}' of tasks holds {info.length} characters, and a key has {KEY_LENGTH}."
        yield Level.ERROR, message, f"Make it a text of {KEY_LENGTH} characters."
    if not (info.createable or info.updateable):
        yield Level.ERROR, f"'{info.name}' of tasks cannot be written by this user.", "Grant edit access to it."
