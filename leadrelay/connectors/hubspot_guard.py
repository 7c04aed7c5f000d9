"""Never over a person: HubSpot has no conditional write, so we look before we write, and again after it.

Before: a field that no longer holds what the update was decided on is not written. After: where a person's value stands
between the one that we saw and ours, it is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leadrelay.connectors.base import CHANGED_MEANWHILE, JsonValue, Outcome, Standing, Update
from leadrelay.connectors.hubspot_batch import Look, Version, look
from leadrelay.connectors.hubspot_wire import Portal, text

_ROUNDS = 8
Send = Callable[[Sequence[Update]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What we wrote into one field of a record, over what, and when the record that it was decided on was changed."""

    ours: str
    over: str
    since: str


Marks = dict[tuple[str, str], _Mark]
"""By record and field."""


class Guard:
    """Looks before and after the writes to one object type."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._portal = portal
        self._type = object_type

    def around(self, batch: Sequence[Update], send: Send) -> Sequence[Outcome]:
        """Write a batch, guarded. Costs nothing where nothing is guarded."""
        refused = self.refusals([update for update in batch if update.guarded])
        rest = [update for update in batch if update.id not in refused]
        outcomes = {**refused, **{outcome.id: outcome for outcome in (send(rest) if rest else ())}}
        return self._kept(batch, [outcomes[update.id] for update in batch], send)

    def refusals(self, updates: Sequence[Update]) -> dict[str, Outcome]:
        """Those that must not be written: the record is gone, or holds something else than it did."""
        if not updates:
            return {}
        names = sorted({name for update in updates for name in update.guarded}) or ["hs_object_id"]
        found = look(self._portal, self._type, [update.id for update in updates], names)
        outcomes = (_refusal(update, found) for update in updates)
        return {outcome.id: outcome for outcome in outcomes if outcome}

    def _kept(self, batch: Sequence[Update], outcomes: Sequence[Outcome], send: Send) -> list[Outcome]:
        """Put back what was crossed, until nothing is; who wrote meanwhile wins.

        What changed meanwhile is looked at, too: it may have been us, in a run that was broken off.
        """
        tried = [update for update, outcome in zip(batch, outcomes, strict=True) if _may_have_been_written(outcome)]
        marks: Marks = {(update.id, name): mark for update in tried for name, mark in _marks(update)}
        kept: dict[str, dict[str, str | None]] = {}
        refused: dict[str, Outcome] = {}
        for _ in range(_ROUNDS):
            crossed = self._crossed(marks)
            if not crossed:
                break
            for (record, name), value in crossed.items():
                kept.setdefault(record, {})[name] = value or None
            restored = send([Update(record, values) for record, values in _by_record(crossed).items()])
            refused |= {one.id: one for one in restored if one.standing is not Standing.DONE}
            marks = {
                (record, name): _Mark(value, value, marks[record, name].since)
                for (record, name), value in crossed.items()
                if record not in refused
            }
        return [_told(outcome, kept.get(outcome.id, {}), refused.get(outcome.id)) for outcome in outcomes]

    def _crossed(self, marks: Marks) -> dict[tuple[str, str], str]:
        """The values of persons that stood right before ours."""
        if not marks:
            return {}
        names = sorted({name for _, name in marks})
        found = look(self._portal, self._type, [record for record, _ in marks], (), history=names)
        crossed = {}
        for (record, name), mark in marks.items():
            versions = found.records[record].properties_with_history.get(name, []) if record in found.records else []
            value = _overwritten(versions, mark)
            if value is not None:
                crossed[record, name] = value
        return crossed


def _refusal(update: Update, found: Look) -> Outcome | None:
    record = found.records.get(update.id)
    if record is None:
        return absent(update.id, found)
    for name, old in update.guarded.items():
        now, wanted = record.properties[name] or "", text(update.fields.get(name))
        if now != (old or "") and not _alike(now, wanted):  # ours already, where the answer to a write was lost
            return Outcome(update.id, Standing.PENDING, CHANGED_MEANWHILE, f"{name}: changed after it was read")
    return None


def absent(record_id: str, found: Look) -> Outcome:
    """What it means that a record did not come."""
    if record_id in found.gone:
        return Outcome(record_id, Standing.VOID, "OBJECT_NOT_FOUND", "the record is gone")
    if found.strangers:
        return Outcome(record_id, Standing.VOID, "MERGED", "the record was merged into another")
    return Outcome(record_id, Standing.PENDING, "NO_VERDICT", "HubSpot said nothing about it")


def _marks(update: Update) -> Iterable[tuple[str, _Mark]]:
    for name, old in update.guarded.items():
        if name in update.fields and not _alike(ours := text(update.fields[name]), old or ""):
            yield name, _Mark(ours, old or "", update.modified)


def _may_have_been_written(outcome: Outcome) -> bool:
    return outcome.standing is Standing.DONE or outcome.code == CHANGED_MEANWHILE


def _overwritten(versions: Sequence[Version], mark: _Mark) -> str | None:
    """A person's value that ours stands upon; the newest version comes first.

    A write that was sent twice may leave two versions of ours, and a run that was broken off a value that we put back.
    Where somebody wrote after us there is nothing to do.
    """
    fresh = [version for version in versions if _is_later(version.timestamp, mark.since)]
    ours = [version.by_client and _alike(version.value or "", mark.ours) for version in fresh]
    if any(ours):
        theirs = {version.value for version in fresh if version.by_person}
        restored = [version.by_client and version.value in theirs for version in fresh]
        ours = [one or other for one, other in zip(ours, restored, strict=True)]
    at = ours.index(False) if False in ours else len(ours)
    if at in {0, len(fresh)} or not fresh[at].by_person:
        return None
    value = fresh[at].value or ""
    return None if value == mark.over else value


def _told(outcome: Outcome, kept: Mapping[str, str | None], refused: Outcome | None) -> Outcome:
    if refused:
        message = f"{', '.join(kept)}: a person's value was crossed and could not be put back ({refused.code})"
        return replace(outcome, standing=Standing.PENDING, code="NOT_PUT_BACK", message=message)
    return replace(outcome, kept=dict(kept)) if kept else outcome


def _by_record(crossed: Mapping[tuple[str, str], str]) -> dict[str, dict[str, JsonValue]]:
    found: dict[str, dict[str, JsonValue]] = {}
    for (record, name), value in crossed.items():
        found.setdefault(record, {})[name] = value
    return found


def _is_later(timestamp: str, since: str) -> bool:
    try:
        return not since or datetime.fromisoformat(timestamp) > datetime.fromisoformat(since)
    except ValueError:
        return True


def _alike(one: str, other: str) -> bool:
    """Whether HubSpot may have made the one of the other: it spells numbers, times and choices in its own way."""
    return one == other or _plain(one) == _plain(other)


def _plain(value: str) -> object:
    for reading in (float, datetime.fromisoformat):
        try:
            return reading(value)
        except ValueError:
            continue
    return frozenset(part for part in value.split(";") if part)
