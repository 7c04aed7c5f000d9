"""What changed since a plan was made: row by row, whether it is still what it was decided on.

A row is refused as soon as its record has another stamp, whoever changed whatever, but us by this very plan, or another
value in a field that the mapping reads or writes: stamps may count seconds, so that two changes share one. Where
values alone are looked at (`by_values`), stamps do not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from leadrelay.connectors.moments import stamp
from leadrelay.core.casts import Caster, Target, texts_of
from leadrelay.core.change_rules import as_one
from leadrelay.core.effects import FIELDS, HANDOFF, STEP, digest
from leadrelay.jobs.desk import Job
from leadrelay.jobs.owners.assigning import Assigning
from leadrelay.jobs.plans.rows import Record, seen
from leadrelay.jobs.plans.values import Base, Effect, Row
from leadrelay.state.store import Store
from leadrelay.state.values import IN_DOUBT, Assignment

CHANGED = "the record was changed since the plan was made"
VALUES = "{} differs from what the plan was made on"
BEGUN = "; what the plan did of it before stays, and the next run goes on from there"
GONE = "the record is gone"
HIDDEN = "the API user does not see the record"
ELSEWHERE = "another run sees to it since the plan was made"
OWNED = "who has the lead, or a step of its first response, changed since the plan was made"
ANSWERED = "somebody answered the lead since the plan was made"
INACTIVE = "who was to get it is not an active user any more"
TWICE = "{} is the same person and was handed off"

_ENDED = frozenset({"done", "undone", "void"})


@dataclass
class Verdicts:
    """How rows stand. `refused`: by lead, why. `done`: by lead, the keys of what this plan did already.

    `ours`: leads of which something of this plan took effect, or may have; `promised`: those that it promised.
    """

    refused: dict[str, str] = field(default_factory=dict)
    done: dict[str, set[str]] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    promised: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Judge:
    """Judges page after page of one plan. `run`: of the plan. `by_values`: whether stamps do not count."""

    job: Job
    store: Store
    run: str
    assigning: Assigning
    by_values: bool = False

    def __call__(self, rows: Sequence[Row], records: Mapping[str, Record], hidden: Collection[str]) -> Verdicts:
        """`records`: as they are now."""
        verdicts = Verdicts()
        self._look_up(verdicts, rows)
        told = self._as_planned([row for row in rows if row.lead in verdicts.ours and row.lead in records], records)
        for row in rows:
            record = records.get(row.lead)
            if record is None:
                verdicts.refused[row.lead] = HIDDEN if row.lead in hidden else GONE
            elif why := self._changed(row, told.get(row.lead, record), ours=row.lead in verdicts.ours):
                verdicts.refused[row.lead] = why + (BEGUN if row.lead in verdicts.ours else "")
        self._around(verdicts, [row for row in rows if row.lead not in verdicts.refused])
        return verdicts

    def keys(self, row: Row) -> dict[str, Effect]:
        """What a row sends, by key. That of a patch tells this change of this version, whatever the file says."""
        patch = digest(row.version, {change.field: change.new for change in row.changes})
        return {
            self.job.key(row.lead, effect.kind, patch if effect.kind == FIELDS else effect.epoch): effect
            for effect in row.effects
        }

    # -- what we know ourselves ---------------------------------------------------------------------------------------

    def _look_up(self, verdicts: Verdicts, rows: Sequence[Row]) -> None:
        leads = {key: row.lead for row in rows for key in self.keys(row)}
        known, told = self.store.outbox.standing(list(leads)), self.store.audit.settled(self.run, list(leads))
        for key, lead in leads.items():
            state, run = known.get(key, ("", ""))
            if run and run != self.run and state in _ENDED:
                verdicts.refused[lead] = ELSEWHERE
            elif key in told or (run == self.run and state in _ENDED):
                verdicts.done.setdefault(lead, set()).add(key)
            if run == self.run:
                verdicts.promised.add(lead)
            if (run == self.run and state in IN_DOUBT | _ENDED) or key in told:
                verdicts.ours.add(lead)

    # -- the record ---------------------------------------------------------------------------------------------------

    def _changed(self, row: Row, record: Record, *, ours: bool) -> str:
        if not (ours or self.by_values) and record["modified"] != row.version:
            return CHANGED
        for change in row.changes:
            if record.get(change.field) != change.old:
                return VALUES.format(change.field)
        same = seen(record, self.job.mapping.crm_fields()) == row.seen
        return "" if same else VALUES.format("a field that it reads")

    def _as_planned(self, rows: Sequence[Row], records: Mapping[str, Record]) -> dict[str, Record]:
        """Records of which we wrote something already, as they were before that."""
        names = sorted({change.field for row in rows for change in row.changes})
        if not names:
            return {}
        new = [{change.field: change.new for change in row.changes} for row in rows]
        texts = [[records[row.lead].get(name) for name in names] for row in rows]
        now = pl.DataFrame(texts, dict.fromkeys(names, pl.String), orient="row")
        caster = Caster({name: Target(self.job.mapping.type_of(name)) for name in names})
        ours, found = caster.cast(texts_of(new, names)).frame, caster.cast(now).frame
        same = {name: as_one(found[name]).eq_missing(as_one(ours[name])).to_list() for name in names}
        return {
            row.lead: {**records[row.lead], **{one.field: one.old for one in row.changes if same[one.field][place]}}
            for place, row in enumerate(rows)
        }

    # -- what surrounds it --------------------------------------------------------------------------------------------

    def _around(self, verdicts: Verdicts, rows: Sequence[Row]) -> None:
        verdicts.promised |= self._booked([row for row in rows if not row.sends and row.assignments])
        fresh = [row for row in rows if row.lead not in verdicts.promised | verdicts.ours]
        verdicts.refused |= dict(self._owned(fresh))
        verdicts.refused |= dict(self._answered([row for row in fresh if row.lead not in verdicts.refused]))
        verdicts.refused |= dict(self._inactive([row for row in fresh if row.lead not in verdicts.refused]))
        verdicts.refused |= dict(self._twice([row for row in fresh if row.lead not in verdicts.refused]))

    def _booked(self, rows: Sequence[Row]) -> set[str]:
        """Rows that send nothing, and of which the books say already what they leave: an application kept them."""
        latest = self.store.assignments.latest(self.job.name, [row.lead for row in rows]) if rows else {}
        return {row.lead for row in rows if (one := latest.get(row.lead)) and _left(one) == _left(row.assignments[-1])}

    def _owned(self, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
        latest = self.store.assignments.latest(self.job.name, [row.lead for row in rows])
        yield from ((row.lead, OWNED) for row in rows if _base(latest.get(row.lead)) != row.base)

    def _answered(self, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
        """A reminder of what was answered meanwhile is none."""
        steps = [row.lead for row in rows if any(effect.kind == STEP for effect in row.more)]
        latest = self.store.assignments.latest(self.job.name, steps) if steps else {}
        since = {lead: stamp(one.at) for lead, one in latest.items()}
        yield from ((lead, ANSWERED) for lead in (self.job.connector.responses(since) if since else ()))

    def _inactive(self, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
        wanted = {row.lead: _new_owners(row) for row in rows}
        if not any(wanted.values()):
            return
        active = {owner for owner, one in self.assigning.owners.items() if one.active}
        yield from ((lead, INACTIVE) for lead, owners in wanted.items() if not owners <= active)

    def _twice(self, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
        """One person, one hand-off, whenever and by whatever page the other one came."""
        people = {row.lead: row.effect.person for row in rows if row.effect and row.effect.kind == HANDOFF}
        if not self.job.hold_duplicates or not any(people.values()):
            return
        first = self.store.outbox.handed_people(self.job.name, {one for one in people.values() if one})
        for lead, person in people.items():
            other = first.setdefault(person, lead) if person else lead
            if other != lead:
                yield lead, TWICE.format(other)


def _new_owners(row: Row) -> set[str]:
    """Who is to get the lead, or a task."""
    place = row.effect.task.get("owner_field") if row.effect else ""
    given = {str(change.new) for change in row.changes if place and change.field == place}
    return (given | {str(effect.task.get("owner", "")) for effect in row.effects}) - {""}


def _left(one: Assignment) -> tuple[object, ...]:
    """What tells an assignment from what it was before, but for moments that are those of the application."""
    return one.number, one.owner, one.step, one.is_open, one.responded_at, one.response, one.ended


def _base(one: Assignment | None) -> Base:
    return Base(one.number, one.step, one.is_open) if one else Base()
