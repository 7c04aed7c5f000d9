"""Never over a person: HubSpot has no conditional write, so we look before we write, and again after it.

Before: a field that no longer holds what the update was decided on is not written. After: where a person's value stands
between the one that we saw and ours, it is put back; and what HubSpot only seemed to take is told: it moves no
lifecycle stage back and answers success, unless it was emptied first (https://integrate.hubspot.com/t/1333). What is to
go back is emptied, and set in a second request: a batch keeps no order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leadrelay.connectors.base import CHANGED_MEANWHILE, EMPTIED, JsonValue, Outcome, Standing, Update
from leadrelay.connectors.hubspot_batch import Look, Version, look
from leadrelay.connectors.hubspot_wire import Portal, text

_ROUNDS = 8
Send = Callable[[Sequence[Update]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What we wrote into one field of a record, over what, and when the record that it was decided on was changed.

    `emptied`: whether we may have emptied it in between.
    """

    ours: str
    over: str
    since: str
    emptied: bool = False


_Place = tuple[str, str]
"""A record and a field."""

Marks = dict[_Place, _Mark]


class Guard:
    """Looks before and after the writes to one object type."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._portal = portal
        self._type = object_type

    def around(self, batch: Sequence[Update], send: Send) -> Sequence[Outcome]:
        """Write a batch, guarded. Costs nothing where nothing is guarded."""
        refused, emptied = self._looked([update for update in batch if update.guarded])
        if begun := _begun([update for update in batch if update.id in refused], emptied):
            send(begun)
        rest = [update for update in batch if update.id not in refused]
        outcomes = {**refused, **{outcome.id: outcome for outcome in (send(rest) if rest else ())}}
        return self._kept(batch, [outcomes[update.id] for update in batch], send)

    def refusals(self, updates: Sequence[Update]) -> dict[str, Outcome]:
        """Those that must not be written: the record is gone, or holds something else than it did."""
        return self._looked(updates)[0]

    def _looked(self, updates: Sequence[Update]) -> tuple[dict[str, Outcome], set[_Place]]:
        """Those that must not be written, and what stands empty only since a run of ours was broken off."""
        if not updates:
            return {}, set()
        names = sorted({name for update in updates for name in update.guarded}) or ["hs_object_id"]
        found = look(self._portal, self._type, [update.id for update in updates], names)
        emptied = self._emptied_by_us([update for update in updates if update.back and update.again], found)
        outcomes = [_refusal(update, found, emptied) for update in updates]
        refused = {outcome.id: outcome for outcome in outcomes if outcome}
        undone = self._undone([one for one in updates if one.again and one.id not in refused])
        return refused | undone, emptied

    def _undone(self, updates: Sequence[Update]) -> dict[str, Outcome]:
        """What a person wrote since it was decided, though the field holds what it held then: ours was taken away."""
        marks = {
            (one.id, name): _Mark("", old or "", one.modified) for one in updates for name, old in one.guarded.items()
        }
        newest = {place: (*versions, None)[0] for place, versions in self._versions(marks).items()}
        return {
            place[0]: _changed(*place)
            for place, version in newest.items()
            if version and version.by_person and _is_later(version.timestamp, marks[place].since)
        }

    def _emptied_by_us(self, updates: Sequence[Update], found: Look) -> set[_Place]:
        """What we cleared so that it might go back, in a run that was broken off then."""
        empty = {
            (update.id, name): _Mark("", old or "", "")
            for update in updates
            for name in update.back & update.guarded.keys()
            if (old := update.guarded[name]) and _holds_nothing(update.id, name, found)
        }
        versions = self._versions(empty)
        return {place for place in empty if versions[place] and versions[place][0].by_client}

    def _kept(self, batch: Sequence[Update], outcomes: Sequence[Outcome], send: Send) -> list[Outcome]:
        """Put back what was crossed, until nothing is; who wrote meanwhile wins.

        What changed meanwhile is looked at, too: it may have been us, in a run that was broken off.
        """
        tried = [update for update, outcome in zip(batch, outcomes, strict=True) if _may_have_been_written(outcome)]
        marks: Marks = {(update.id, name): mark for update in tried for name, mark in _marks(update)}
        kept: dict[str, dict[str, str | None]] = {}
        refused: dict[str, Outcome] = {}
        seen = self._versions(marks)
        done = {outcome.id for outcome in outcomes if outcome.standing is Standing.DONE}
        ignored = {place for place, mark in marks.items() if place[0] in done and _is_ignored(seen[place], mark)}
        insisted = _gone_back(tried, ignored)
        ignored -= self._by_way_of_nothing(insisted, marks, seen, send)
        emptied = {place for place in insisted if place not in ignored and _is_emptied(seen[place])}
        for _ in range(_ROUNDS):
            crossed = _crossed(marks, seen)
            if not crossed:
                break
            for (record, name), value in crossed.items():
                kept.setdefault(record, {})[name] = value or None
            restored = send([Update(record, values) for record, values in _by_record(crossed).items()])
            refused |= {one.id: one for one in restored if one.standing is not Standing.DONE}
            over = {place: marks[place].ours for place in crossed}
            marks = {
                (record, name): _Mark(value, value, marks[record, name].since)
                for (record, name), value in crossed.items()
                if record not in refused
            }
            seen = self._versions(marks)
            stuck = {place: marks[place].ours for place in marks if _is_stuck(seen[place], over[place])}
            self._by_way_of_nothing(stuck, marks, seen, send)
        told = [_told(outcome, kept.get(outcome.id, {}), ignored, refused.get(outcome.id)) for outcome in outcomes]
        return [_unfinished(outcome, emptied) for outcome in told]

    def _by_way_of_nothing(
        self, values: Mapping[_Place, str], marks: Marks, seen: dict[_Place, Sequence[Version]], send: Send
    ) -> set[_Place]:
        """What is to go back is emptied first. Gives what is no longer as it was, and brings `seen` up to date."""
        if not values:
            return set()
        send([Update(record, dict.fromkeys(fields)) for record, fields in _by_record(values).items()])
        send([Update(record, fields) for record, fields in _by_record(values).items()])
        before = {place: seen[place] for place in values}
        for place in values:
            marks[place] = replace(marks[place], emptied=True)
        seen |= self._versions({place: marks[place] for place in values})
        return {place for place in values if seen[place][:1] != before[place][:1]}

    def _versions(self, marks: Marks) -> dict[_Place, Sequence[Version]]:
        """What the marked fields held over time, the newest first."""
        if not marks:
            return {}
        names = sorted({name for _, name in marks})
        found = look(self._portal, self._type, [record for record, _ in marks], (), history=names).records
        return {
            (record, name): found[record].properties_with_history.get(name, []) if record in found else []
            for record, name in marks
        }


def _holds_nothing(record: str, name: str, found: Look) -> bool:
    return record in found.records and not found.records[record].properties[name]


def _begun(refused: Sequence[Update], emptied: Collection[_Place]) -> list[Update]:
    """What we emptied in a run that was broken off gets its value, though the rest of its update is refused."""
    values = {
        (update.id, name): text(update.fields[name])
        for update in refused
        for name in update.back & update.fields.keys()
        if (update.id, name) in emptied
    }
    return [Update(record, fields) for record, fields in _by_record(values).items()]


def _gone_back(updates: Sequence[Update], ignored: Collection[_Place]) -> dict[_Place, str]:
    """What HubSpot left as it was, though it is to go back."""
    return {
        (update.id, name): text(update.fields[name])
        for update in updates
        for name in update.back & update.fields.keys()
        if (update.id, name) in ignored
    }


def _is_emptied(versions: Sequence[Version]) -> bool:
    return bool(versions) and versions[0].by_client and not versions[0].value


def _is_stuck(versions: Sequence[Version], over: str) -> bool:
    """Whether the value that a person's was to replace still stands there."""
    return bool(versions) and versions[0].by_client and _alike(versions[0].value or "", over)


def _unfinished(outcome: Outcome, emptied: Collection[_Place]) -> Outcome:
    left = ", ".join(sorted(name for record, name in emptied if record == outcome.id))
    if not left:
        return outcome
    message = f"{left}: emptied to go back, and not set yet"
    return replace(outcome, standing=Standing.PENDING, code=EMPTIED, message=message)


def _crossed(marks: Marks, seen: Mapping[_Place, Sequence[Version]]) -> dict[_Place, str]:
    """The values of persons that stood right before ours."""
    values = {place: _overwritten(seen[place], mark) for place, mark in marks.items()}
    return {place: value for place, value in values.items() if value is not None}


def _refusal(update: Update, found: Look, emptied: Collection[_Place]) -> Outcome | None:
    record = found.records.get(update.id)
    if record is None:
        return absent(update.id, found)
    for name, old in update.guarded.items():
        now, wanted = record.properties[name] or "", text(update.fields.get(name))
        ours = _alike(now, wanted) or (update.id, name) in emptied  # already, where the answer to a write was lost
        if now != (old or "") and not ours:
            return _changed(update.id, name)
    return None


def _changed(record_id: str, name: str) -> Outcome:
    return Outcome(record_id, Standing.PENDING, CHANGED_MEANWHILE, f"{name}: changed after it was read")


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
            yield name, _Mark(ours, old or "", update.modified, emptied=name in update.back)


def _may_have_been_written(outcome: Outcome) -> bool:
    return outcome.standing is Standing.DONE or outcome.code == CHANGED_MEANWHILE


def _overwritten(versions: Sequence[Version], mark: _Mark) -> str | None:
    """A person's value that ours stands upon; the newest version comes first.

    A write that was sent twice may leave two versions of ours, and a run that was broken off a value that we put back.
    Where somebody wrote after us there is nothing to do, nor where a person went back to what we saw, unless we had
    emptied it by then.
    """
    fresh = [version for version in versions if _is_later(version.timestamp, mark.since)]
    ours = [version.by_client and _is_ours(version.value or "", mark) for version in fresh]
    if any(ours):
        theirs = {version.value for version in fresh if version.by_person}
        restored = [version.by_client and version.value in theirs for version in fresh]
        ours = [one or other for one, other in zip(ours, restored, strict=True)]
    at = ours.index(False) if False in ours else len(ours)
    if at in {0, len(fresh)} or not fresh[at].by_person:
        return None
    value = fresh[at].value or ""
    chosen = mark.emptied and any(_is_emptied([version]) for version in fresh[at + 1 :])
    return value if chosen or value != mark.over else None


def _is_ours(value: str, mark: _Mark) -> bool:
    return _alike(value, mark.ours) or (mark.emptied and not value)


def _is_ignored(versions: Sequence[Version], mark: _Mark) -> bool:
    """Whether ours never came to stand there."""
    if not versions or not _alike(versions[0].value or "", mark.over):
        return False
    fresh = (version for version in versions if _is_later(version.timestamp, mark.since))
    return not any(_alike(version.value or "", mark.ours) for version in fresh)


def _told(
    outcome: Outcome, kept: Mapping[str, str | None], ignored: Collection[_Place], refused: Outcome | None
) -> Outcome:
    if refused:
        message = f"{', '.join(kept)}: a person's value was crossed and could not be put back ({refused.code})"
        return replace(outcome, standing=Standing.PENDING, code="NOT_PUT_BACK", message=message)
    left = frozenset(name for record, name in ignored if record == outcome.id)
    return replace(outcome, kept=dict(kept), ignored=left) if kept or left else outcome


def _by_record(crossed: Mapping[_Place, str]) -> dict[str, dict[str, JsonValue]]:
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
