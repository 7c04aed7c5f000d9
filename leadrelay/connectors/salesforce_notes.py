"""The notes that came with hand-offs: whether they can be written here, and taking back those that nobody changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_describe import Field, described
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.salesforce_records import is_note_of
from leadrelay.connectors.transport import Rejection

NOTE_CURE = "Let the API user read and write notes, or say `note = false` in [handoff] of the playbook."

_NEEDED = ("ParentId", "Title", "Body")
_COLUMNS = ("Id", "ParentId", "Body", "CreatedById", "LastModifiedById", "CreatedDate", "LastModifiedDate")
_BIRTH = timedelta(seconds=1)


class _Note(msgspec.Struct, rename="pascal"):
    id: str
    parent_id: str
    created_by_id: str
    last_modified_by_id: str
    created_date: str
    last_modified_date: str
    body: str | None = None

    @property
    def touched(self) -> bool:
        age = datetime.fromisoformat(self.last_modified_date) - datetime.fromisoformat(self.created_date)
        return self.last_modified_by_id != self.created_by_id or age > _BIRTH


class Notes:
    """The notes of one organisation, on records of one object type."""

    def __init__(self, account: Account, object_type: str, reader: Reader) -> None:
        self._account = account
        self._type = object_type
        self._reader = reader
        self._lacks: str | None = None

    def lacks(self) -> str:
        """Why no note can be written here, in words; "" when nothing is in the way. Asks once."""
        if self._lacks is None:
            self._lacks = self._asked()
        return self._lacks

    def learn(self, fields: Mapping[str, Field] | None) -> None:
        """What was told of Note meanwhile; None where the API user may not see it."""
        self._lacks = _judged(self._type, fields)

    def _asked(self) -> str:
        try:
            return _judged(self._type, described(self._account, "Note"))
        except Rejection:
            return _judged(self._type, None)

    def of(self, leads: Mapping[str, str]) -> Mapping[str, str]:
        """By the key of a task, given with the record that it is about: its note, unless somebody changed that."""
        found: dict[str, list[_Note]] = defaultdict(list)
        for note in self._found(sorted({lead for lead in leads.values() if soql.ID.fullmatch(lead)})):
            found[note.parent_id].append(note)
        return {
            key: note.id
            for key, lead in leads.items()
            for note in found.get(lead, ())
            if not note.touched and is_note_of(note.body or "", key)
        }

    def _found(self, leads: Sequence[str]) -> Iterator[_Note]:
        with suppress(Rejection):  # of one who may not see notes; then none is ours
            for part in soql.parts(leads, soql.select("Note", _COLUMNS)):
                rows = self._reader.rows(soql.select("Note", _COLUMNS, soql.one_of(part, "ParentId")))
                yield from (msgspec.json.decode(row, type=_Note) for row in rows)


def _judged(object_type: str, fields: Mapping[str, Field] | None) -> str:
    if fields is None:
        return "the API user may not see Note"
    missing = [name for name in _NEEDED if name not in fields or not fields[name].createable]
    if missing:
        return f"the API user may not write {', '.join(missing)} of Note"
    return "" if fields["ParentId"].takes(object_type) else f"no note can be on a record of {object_type}"
