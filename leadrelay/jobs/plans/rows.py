"""A drafted page as rows of a plan: every lead with all that is to be done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

from leadrelay.core.assign.values import Credit
from leadrelay.core.changes import Withheld
from leadrelay.core.effects import TASKS
from leadrelay.jobs.desk import Desk
from leadrelay.jobs.drafting import Draft
from leadrelay.jobs.plans.values import NOBODY, Base, Booked, Change, Effect, Kept, Reason, Remembered, Row
from leadrelay.jobs.preview import explained
from leadrelay.state.values import Assignment, Intent, Memory, Promise

Record = Mapping[str, str | None]


@dataclass
class Shared:
    """What many rows have in common, told once: reasons, and who shared in leads."""

    steps: dict[str, int] = field(default_factory=dict)
    reasons: dict[Reason, int] = field(default_factory=dict)
    pools: dict[tuple[str, ...], int] = field(default_factory=dict)
    _told: dict[tuple[str, ...], int] = field(default_factory=dict)

    def reason(self, short: str, because: Sequence[str]) -> int:
        """Its number."""
        told = (short, *because)
        if told not in self._told:
            steps = tuple(self.steps.setdefault(step, len(self.steps)) for step in because)
            self._told[told] = self.reasons.setdefault(Reason(short, steps), len(self.reasons))
        return self._told[told]

    def booked(self, credit: Credit) -> Booked:
        """The same, with the number of its pool."""
        pool = self.pools.setdefault(credit.pool, len(self.pools))
        return Booked(credit.team, credit.owner, pool, credit.value, credit.leads, credit.chosen)


@dataclass(frozen=True)
class Rows:
    """The rows of one page. `unfinished`: what was promised for its leads before. `records`: as the CRM has them."""

    desk: Desk
    shared: Shared
    draft: Draft
    promise: Promise
    records: Mapping[str, Record]
    unfinished: Sequence[Intent]
    history: Mapping[str, Sequence[Assignment]]

    def __call__(self) -> Iterator[Row]:
        """Leads about which anything is done or withheld, in the page's order."""
        touched = self._touched
        for memory in self.promise.remember:
            if memory.lead in touched:
                yield self._row(memory)

    @property
    def leads(self) -> frozenset[str]:
        """Those that have a row."""
        return frozenset(self._touched)

    @cached_property
    def _touched(self) -> set[str]:
        parts = (self._sent, self._more, self._noted, self._over, self._assignments, self._withheld)
        return {lead for part in parts for lead in part} | self.draft.given.credits.keys()

    def _row(self, memory: Memory) -> Row:
        lead, record = memory.lead, self.records[memory.lead]
        intent = self._sent.get(lead)
        return Row(
            lead=lead,
            link=self.desk.job.connector.link(lead),
            version=record["modified"] or "",
            seen=seen(record, self._fields),
            memory=remembered(memory),
            owner=self._owner(record, intent),
            changes=list(self._changes(lead, intent)) if intent else (),
            withheld=[Kept(one.field, one.why) for one in self._withheld.get(lead, ())],
            effect=_effect(intent) if intent else None,
            more=[_effect(one) for one in self._more.get(lead, ())],
            noted=self._noted.get(lead, ()),
            over=self._over.get(lead, ()),
            base=_base(self.history.get(lead, ())),
            assignments=self._assignments.get(lead, ()),
            booked=[self.shared.booked(credit) for credit in self.draft.given.credits.get(lead, ())],
            lost=self.promise.written.get(lead, {}),
        )

    def _owner(self, record: Record, intent: Intent | None) -> str:
        """Whose it is afterwards, as far as the mapping tells."""
        task = self.desk.job.mapping.task
        if not task or not task.owner:
            return ""
        return str((intent.after if intent else {}).get(task.owner, record[task.owner]) or "")

    @cached_property
    def _fields(self) -> Sequence[str]:
        """All that is read or written, in the order of digests."""
        return sorted(self.desk.job.mapping.crm_fields())

    # -- by lead ------------------------------------------------------------------------------------------------------

    @cached_property
    def _sent(self) -> dict[str, Intent]:
        """A lead has one of them."""
        effects = self.draft.effects
        return {intent.lead: intent for intent, _ in (*effects.patches, *effects.hand_offs)}

    @cached_property
    def _more(self) -> dict[str, list[Intent]]:
        return _by_lead([(intent.lead, intent) for intent, _ in self.draft.effects.more])

    @cached_property
    def _noted(self) -> dict[str, list[Effect]]:
        """Tasks that are there already: found for new intents, or for open ones."""
        tasks = {one.key: one.task for one in self.promise.settled}
        tasks |= {one.key: one.task for one in self.promise.applied}
        intents = [*self.draft.passing.found, *self.draft.care.found, *self.unfinished]
        known = {intent.key: intent for intent in intents if intent.key in tasks}
        return _by_lead([(one.lead, _effect(one, tasks[key])) for key, one in known.items()])

    @cached_property
    def _over(self) -> dict[str, list[tuple[str, str]]]:
        """Patches are not among them: whatever of these is open is overtaken by the row."""
        keys = frozenset(self.promise.void)
        void = [one for one in self.unfinished if one.key in keys and one.kind in TASKS]
        return _by_lead([(one.lead, (one.kind, one.epoch)) for one in void])

    @cached_property
    def _assignments(self) -> dict[str, list[Assignment]]:
        return _by_lead([(one.lead, one) for one in self.promise.assignments])

    @cached_property
    def _withheld(self) -> dict[str, list[Withheld]]:
        parts = (self.draft.decision.plan, self.draft.passing, self.draft.care)
        found = [one for part in parts for one in part.withheld] + [*self.draft.given.withheld.values()]
        return _by_lead([(one.id, one) for one in found])

    # -- fields -------------------------------------------------------------------------------------------------------

    def _changes(self, lead: str, intent: Intent) -> Iterator[Change]:
        why = self._reasons.get(lead, {})
        owned = self.draft.given.owned.get(lead)
        for name, new in intent.after.items():
            told = why[name] if name in why else self.shared.reason(owned.why if owned else "", ())
            yield Change(name, intent.before.get(name), new, told)

    @cached_property
    def _reasons(self) -> dict[str, dict[str, int]]:
        """By lead and field, the number of the reason."""
        planned = _by_lead([(one.id, one) for one in self.draft.decision.plan.changes()])
        found = explained(self.desk, self.draft.decision.leads, planned)
        return {
            lead: {one.field: self.shared.reason(one.in_short, one.because) for one in fields} for lead, fields in found
        }


def seen(record: Record, fields: Sequence[str]) -> str:
    """A digest of these fields of a record: equal where they hold the same."""
    told = "\x1e".join(f"{name}\x1f{record[name]}" for name in sorted(fields) if record[name] is not None)
    return blake2b(told.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def remembered(memory: Memory) -> Remembered:
    """As a plan keeps it."""
    again = memory.repaired_at is not None
    return Remembered(
        memory.lead, str(memory.state_hash), str(memory.wanted_hash), memory.stage, memory.recheck_at, again
    )


def _effect(intent: Intent, done: str = "") -> Effect:
    task = dict(intent.task)
    if task.get("note"):
        task["note"] = _keyless(task["note"])
    if task.get("more"):
        task["more"] = [_keyless(one) for one in task["more"]]
    return Effect(intent.kind, intent.epoch, task, intent.why, intent.person, done)


def _keyless(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "key"}


def _base(history: Sequence[Assignment]) -> Base:
    return Base(history[-1].number, history[-1].step, history[-1].is_open) if history else NOBODY


def _by_lead(pairs: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for lead, thing in pairs:
        found[lead].append(thing)
    return found
