"""Whether a plan may be applied here and now: made of this job, for this organisation, with this store, by these rules.

An edited plan is held against mapping, schema and users as well: what it says is nobody's decision but the editor's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.changes import JsonValue
from leadrelay.core.lead import Type
from leadrelay.errors import ConfigError, Problem, Stopped
from leadrelay.jobs import drift
from leadrelay.jobs.desk import Job
from leadrelay.jobs.plans.forms import forms
from leadrelay.jobs.plans.values import Change, Effect, Plan
from leadrelay.state.plans import PlanRecord, PlanState
from leadrelay.state.store import Store

_MOST_TOLD = 50
_PLAIN: Mapping[Type, tuple[type, ...]] = {
    Type.NUMBER: (int, float),
    Type.INTEGER: (int,),
    Type.BOOLEAN: (bool,),
}
"""What JSON has for these types; all others are text."""


def expect_ours(plan: Plan, path: Path, job: Job, store: Store, *, edited: bool = False) -> PlanRecord:
    """What the store knows of the plan; raises `ConfigError` with everything that speaks against applying it."""
    known = store.plans.get(plan.run)
    problems = [*_elsewhere(plan, path, job), *_of_store(plan, path, known, edited=edited)]
    if not problems:
        left = drift.without(job, plan.missing) if plan.missing else job
        problems = [*_rules(plan, path, left, _way_on(plan, known)), *forms(plan, path, left)]
    if not problems and edited:
        problems = [*_edits(plan, path, left)]
    if problems or known is None:
        raise ConfigError(problems[:_MOST_TOLD])
    return known


def expect_approved(plan: Plan, path: Path, known: PlanRecord) -> None:
    """Raise `Stopped` where nobody approved just this content."""
    if known.is_approved and known.sha256 == plan.sha256:
        return
    why = "nobody approved it" if known.sha256 == plan.sha256 else "it was edited, and only what was made is approved"
    raise Stopped(f"{path}: {plan.job} applies approved plans only (approval = true), and {why}. {_APPROVE}")


_APPROVE = "Look at it: leadrelay show FILE; then: leadrelay approve FILE"
_ANEW = "Make a new one: leadrelay plan {} --out FILE"


def _anew(plan: Plan) -> str:
    return _ANEW.format(plan.job)


def _elsewhere(plan: Plan, path: Path, job: Job) -> Iterator[Problem]:
    pairs = {
        "connection": (plan.connection, job.connection),
        "organisation": (plan.organisation, job.organisation),
        "object": (plan.object, job.mapping.object),
    }
    for name, (planned, here) in pairs.items():
        if planned != here:
            yield Problem(f"{path}: {name}", f"the plan is for {planned}, and {plan.job} leads to {here}.", _anew(plan))


def _of_store(plan: Plan, path: Path, known: PlanRecord | None, *, edited: bool) -> Iterator[Problem]:
    if known is None or known.job != plan.job:
        cure = f"Apply it where it was made, or make one here: leadrelay plan {plan.job} --out FILE"
        yield Problem(f"{path}: run", "the plan was made with another state store.", cure)
    elif known.sha256 != plan.sha256 and not edited:
        cure = "Take the file as it was made; or have it validated: leadrelay apply FILE --recheck"
        yield Problem(f"{path}: sha256", "is not that of the plan that was made: the file was edited.", cure)
    elif known.state is PlanState.REJECTED:
        yield Problem(str(path), f"the plan was rejected{f' by {known.by}' if known.by else ''}.", _anew(plan))
    elif known.state is PlanState.REPLACED:
        yield Problem(str(path), "a newer plan stands in its place.", "See: leadrelay plans")


def _way_on(plan: Plan, known: PlanRecord | None) -> str:
    """One that began stands in the way of the next until somebody gives it up."""
    begun = known is not None and known.state is PlanState.BEGUN
    return f"Give it up: leadrelay reject FILE. {_anew(plan)}" if begun else _anew(plan)


def _rules(plan: Plan, path: Path, job: Job, cure: str) -> Iterator[Problem]:
    if plan.mapping != job.mapping.fingerprint:
        yield Problem(f"{path}: mapping", "the mapping is another one than when the plan was made.", cure)
    if plan.playbook != job.playbook.fingerprint:
        yield Problem(f"{path}: playbook", "the playbook is another one than when the plan was made.", cure)
    elif plan.mapping == job.mapping.fingerprint and plan.rules != job.fingerprint:
        yield Problem(f"{path}: rules", "tables or settings of the job changed since the plan was made.", cure)


# -- what was edited ---------------------------------------------------------------------------------------------------


def _edits(plan: Plan, path: Path, job: Job) -> Iterator[Problem]:
    active = {owner.id for owner in job.connector.owners() if owner.active}
    for row in plan.rows:
        where = f"{path}: {row.lead}"
        place = str(row.effect.task.get("owner_field") or "") if row.effect else ""
        for change in row.changes:
            if change.field == place:
                yield from _owner(where, str(change.new), active)
            elif why := _misfit(change, job.mapping.type_of(change.field), job.schema.get(change.field)):
                yield Problem(where, f"{change.field}: {why}.", "Mend the value, or take the change out.")
        for effect in row.effects:
            yield from _addressee(where, effect, active)


def _addressee(where: str, effect: Effect, active: set[str]) -> Iterator[Problem]:
    if owner := effect.task.get("owner"):
        yield from _owner(where, str(owner), active)


def _owner(where: str, owner: str, active: set[str]) -> Iterator[Problem]:
    if owner not in active:
        yield Problem(where, f"{owner} is no active user or queue of the CRM.", "Name the id of one.")


def _misfit(change: Change, kind: Type, info: FieldInfo | None) -> str:
    """Why the CRM would not take the value, without it."""
    new = change.new
    if info is None:
        return "the CRM has no such field"
    if not info.updateable:
        return "the API user may not write it"
    if new is None:
        return "it is required, and would be cleared" if info.required else ""
    if not isinstance(new, _PLAIN.get(kind, (str,))) or (isinstance(new, bool) and kind is not Type.BOOLEAN):
        return f"the value is not of its type ({kind})"
    return _no_room(new, info) if isinstance(new, str) else ""


def _no_room(new: JsonValue, info: FieldInfo) -> str:
    text = str(new)
    if info.length and len(text) > info.length:
        return f"the text is longer than {info.length} characters"
    if info.restricted and info.picklist and not {part.strip() for part in text.split(";")} <= {*info.picklist}:
        return "the picklist does not have the value"
    return ""
