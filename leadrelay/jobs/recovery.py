"""What an earlier run left in the air is settled before anything is decided anew: sent again, or told from the record.

A write whose answer was lost may have been done. Sent again as it was promised, it harms nobody: a guarded write is
refused, or looks whose value it crossed. What is refused is told from the record, which is written as a whole: it was
when any of the promised values that are new stands there, and a person may have changed the others since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from leadrelay.connectors.base import Claim, Once, Outcome, Page, Standing, Update
from leadrelay.core.assign.ledger import Entry
from leadrelay.core.casts import Caster, Target, texts_of
from leadrelay.core.change_rules import as_one
from leadrelay.core.changes import Policy
from leadrelay.core.effects import FIELDS, HANDOFF, TASKS, UNDO
from leadrelay.jobs.desk import Job
from leadrelay.jobs.intents import blank
from leadrelay.jobs.owners.assigning import Assigning, Handed
from leadrelay.jobs.surroundings import Surroundings
from leadrelay.state.store import Store
from leadrelay.state.values import IN_DOUBT, Applied, Intent, Result

_NOTHING: Mapping[tuple[str, str], Entry] = MappingProxyType({})


@dataclass
class Recovery:
    """Settles what is in doubt, for page after page of one run."""

    job: Job
    store: Store
    around: Surroundings
    run: str
    assigning: Assigning | None = None

    def __call__(self, page: Page) -> tuple[Page, Page | None]:
        """The page without the records in doubt; those, as they are once the doubt is settled."""
        intents = [
            intent
            for intent in self.store.outbox.unfinished(self.job.name, page.records["id"].to_list())
            if intent.state in IN_DOUBT
        ]
        if not intents:
            return page, None
        claims = self._claims(intents)
        settled = self._sent_again(intents, claims)
        leads = list(dict.fromkeys(intent.lead for intent in intents))
        fresh = self.job.connector.fetch(leads, self.job.mapping.crm_fields())
        self._tell([intent for intent in intents if intent.key not in settled], claims, fresh.records)
        return replace(page, records=page.records.filter(~pl.col("id").is_in(leads))), fresh

    def told_late(self, page: Page) -> None:
        """Settle what was refused as overtaken only because it had been carried out: the line delivered it twice."""
        unfinished = self.store.outbox.unfinished(self.job.name, page.records["id"].to_list())
        intents = [intent for intent in unfinished if intent.state == "retry" and intent.kind == FIELDS]
        if intents:
            compared = _Compared(self.job, intents, page.records)
            rows = [row for row in range(len(intents)) if compared.stands(row)]
            self._settle(FIELDS, [compared.told(row) for row in rows])

    def _claims(self, intents: Sequence[Intent]) -> Mapping[str, Claim]:
        keys = [intent.key for intent in intents if intent.kind in TASKS]
        return self.job.connector.claims(keys) if keys else {}

    def _sent_again(self, intents: Sequence[Intent], claims: Mapping[str, Claim]) -> set[str]:
        """Guarded patches as they were, and those of leads whose task is there; the keys of what is settled by that."""
        again = {intent.lead: intent for intent in intents if self._is_guarded(intent, claims)}
        updates = [self._update(intent, claims.get(intent.key)) for intent in again.values()]
        settled: dict[str, list[Result]] = defaultdict(list)
        for outcome in self.job.connector.write(updates) if updates else ():
            if outcome.standing in {Standing.DONE, Standing.VOID}:
                intent = again[outcome.id]
                settled[intent.kind].append(_result(intent, claims.get(intent.key), outcome))
        for kind, results in settled.items():
            self._settle(kind, results, self._others(again.values(), results))
        return {result.key for results in settled.values() for result in results}

    def _is_guarded(self, intent: Intent, claims: Mapping[str, Claim]) -> bool:
        ready = intent.kind not in TASKS or intent.key in claims
        return ready and bool(self._guards(intent))

    def _guards(self, intent: Intent) -> dict[str, str | None]:
        """The fields that a person may edit too, or that go back, with what they held."""
        mapping = self.job.mapping
        shared = {*mapping.noted_fields, *mapping.backward_fields, intent.task.get("owner_field")}
        everything = intent.kind == UNDO
        return {name: intent.before.get(name) for name in intent.after if everything or name in shared}

    def _update(self, intent: Intent, claim: Claim | None) -> Update:
        place = intent.task.get("owner_field", "")
        owned = {place: claim.owner} if claim and claim.owner and place in intent.after else {}
        fields = {**intent.after, **owned}
        back = intent.after.keys() if intent.kind == UNDO else self.job.mapping.backward_fields & intent.after.keys()
        return Update(intent.lead, fields, intent.modified, self._guards(intent), frozenset(back), again=True)

    # -- told from the record -----------------------------------------------------------------------------------------

    def _tell(self, intents: Sequence[Intent], claims: Mapping[str, Claim], records: pl.DataFrame) -> None:
        compared = _Compared(self.job, intents, records)
        present = set(records["id"])
        applied: list[Applied] = []
        for kind in (FIELDS, UNDO):
            rows = [row for row, intent in enumerate(intents) if intent.kind == kind and intent.lead in present]
            self._settle(kind, [compared.told(row) for row in rows])
        for row, intent in enumerate(intents):
            claim = claims.get(intent.key)
            if claim and (self._is_atomic or not intent.after or compared.applied(row)):
                perhaps = [] if self._is_atomic else compared.perhaps(row)
                applied.append(Applied(intent.key, None, claim.task, claim.owner, perhaps=perhaps))
        if applied:
            ledger = self._others(intents, applied)
            shared = self.job.mapping.noted_fields
            known = replace(blank(self.job, self.run), applied=applied, shared=shared, ledger=ledger)
            self.store.outbox.promise(known, self.around.now())

    @property
    def _is_atomic(self) -> bool:
        """Where the task is there, its lead's part was written with it, whatever a person did to it since."""
        return self.job.connector.guarantee().once is Once.ATOMIC

    def _others(self, intents: Iterable[Intent], found: Sequence[Applied | Result]) -> Mapping[tuple[str, str], Entry]:
        """The ledger where hand-offs belong to others than were chosen."""
        handed = {intent.key: intent for intent in intents if intent.kind == HANDOFF}
        owners = {
            handed[one.key].lead: Handed(one.key, one.owner)
            for one in found
            if one.key in handed and one.owner and one.owner != handed[one.key].task.get("owner")
        }
        return self.assigning.turned_out(owners) if self.assigning and owners else {}

    def _settle(self, kind: str, results: Sequence[Result], ledger: Mapping[tuple[str, str], Entry] = _NOTHING) -> None:
        """What a rollback put back is no value of ours."""
        shared = () if kind == UNDO else self.job.mapping.noted_fields
        if results:
            self.store.outbox.settle(self.job.name, results, self.around.now(), shared, ledger)


def _result(intent: Intent, claim: Claim | None, outcome: Outcome) -> Result:
    task, owner = (claim.task, claim.owner) if claim else ("", "")
    return Result(
        key=intent.key,
        standing=outcome.standing,
        task=task,
        owner=owner,
        kept=outcome.kept,
        ignored=outcome.ignored,
        unknown=outcome.standing is Standing.VOID,  # nobody can ask it any more
    )


class _Compared:
    """Promised values beside those of the records, as what they mean, not as they are spelled."""

    def __init__(self, job: Job, intents: Sequence[Intent], records: pl.DataFrame) -> None:
        self._own = {write.field for write in job.mapping.writes if write.policy is Policy.OWN}
        names = sorted({name for intent in intents for name in intent.after if name in records.columns})
        caster = Caster({name: Target(job.mapping.type_of(name)) for name in names})
        leads = pl.DataFrame({"id": [intent.lead for intent in intents]}, schema={"id": pl.String})
        present = leads.join(records, on="id", how="left", maintain_order="left")
        texts = (
            texts_of([intent.before for intent in intents], names),
            texts_of([intent.after for intent in intents], names),
            present.select(names),
        )
        typed = (caster.cast(frame).frame for frame in texts)
        then, ours, now = ({name: as_one(frame[name]) for name in names} for frame in typed)
        self._intents = intents
        self._stamps = present["modified"].fill_null("").to_list()
        self._shared = {*job.mapping.noted_fields}
        self._new = {name: then[name].ne_missing(ours[name]) for name in names}
        self._ours = {name: now[name].eq_missing(ours[name]) & self._new[name] for name in names}
        self._still = {name: now[name].eq_missing(then[name]) for name in names}

    def told(self, row: int) -> Result:
        """Done; or still to be done, `unknown` where nobody can tell. It ends when its record is decided anew."""
        intent = self._intents[row]
        if self.applied(row):
            return Result(intent.key, Standing.DONE, perhaps=self.perhaps(row))
        untouched = self._is_as_it_was(row) and self._stamps[row] == intent.modified
        return Result(intent.key, Standing.PENDING, "CUT_OFF", unknown=not untouched)

    def applied(self, row: int) -> list[str]:
        """The fields of an intent that hold what it promised, and held something else before.

        A person may have come upon the same value in a field of theirs: ours alone decide, where any was to change.
        """
        intent = self._intents[row]
        changed = [name for name in intent.after if name in self._new and self._new[name][row]]
        shared = {*self._shared, intent.task.get("owner_field")}
        decisive = [name for name in changed if name not in shared] or changed
        return [name for name in decisive if self._ours[name][row]]

    def perhaps(self, row: int) -> list[str]:
        """The fields that were to change and hold something else: written over since, or written by nobody."""
        return [name for name in self._intents[row].after if name in self._new and self._changed_since(name, row)]

    def stands(self, row: int) -> bool:
        """Whether a new value stands in a field that people leave to us."""
        return not self._own.isdisjoint(self.applied(row))

    def _changed_since(self, name: str, row: int) -> bool:
        return bool(self._new[name][row] and not self._ours[name][row])

    def _is_as_it_was(self, row: int) -> bool:
        return all(self._still[name][row] for name in self._intents[row].after if name in self._still)
