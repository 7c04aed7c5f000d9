"""Leads that were always there: sample people, or the rows of any CSV file. None of it reaches the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from leadrelay.core.lead import LEAD
from leadrelay.sandbox import tables
from leadrelay.sandbox.salesforce import fields, ids, sample_accounts
from leadrelay.sandbox.salesforce.org import user_id
from leadrelay.sandbox.store import Column, Store, stamp

LONGEST_LABEL = 40
NOT_PROVIDED = "[not provided]"
"""What Salesforce itself puts into a required field that a web form left out."""

STANDARD = {
    "first_name": "FirstName",
    "last_name": "LastName",
    "email": "Email",
    "phone": "Phone",
    "mobile": "MobilePhone",
    "title": "Title",
    "company": "Company",
    "website": "Website",
    "industry": "Industry",
    "employees": "NumberOfEmployees",
    "revenue": "AnnualRevenue",
    "country": "Country",
    "state": "State",
    "city": "City",
    "postal_code": "PostalCode",
    "source": "LeadSource",
    "status": "Status",
    "owner": "OwnerId",
    "converted": "IsConverted",
    "created_at": "CreatedDate",
    "opted_out": "HasOptedOutOfEmail",
    "current_stage": "Leadrelay_Stage__c",
    "current_recycle_reason": "Leadrelay_Recycle_Reason__c",
    "current_reengage_on": "Leadrelay_Reengage_On__c",
    "current_recycled_before": "Leadrelay_Recycled_Before__c",
}
"""Lead field -> field of Lead; all others are custom fields of the same words."""

_STATUS = {
    "new": "Open - Not Contacted",
    "working": "Working - Contacted",
    "rejected": "Closed - Not Converted",
    "converted": "Closed - Converted",
}
_YES_NO = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}

Row = dict[str, Any]


def load(store: Store, people: Iterable[Mapping[str, Any]]) -> None:
    """Add sample people as leads. New ones wait in the queue, others have an owner."""
    people = list(people)
    new = _Newcomers(store)
    rows: list[Row] = []
    for person, key in zip(people, ids.take(store, "Lead", len(people)), strict=True):
        row = new.row(key, _stamp(person["created_at"]), _stamp(person.get("last_activity_at")))
        for field, value in person.items():
            if value is not None:
                keep = _STORED.get(type(value))
                row[_NAMES[field]] = keep(value) if keep else value
        row["Status"] = _STATUS.get(row.get("Status", "new"), row.get("Status"))
        row.setdefault("OwnerId", new.owner(len(rows), row["Status"]))
        rows.append(_closed(row))
    with store.transaction():
        store.insert("Lead", rows, "setup", silent=True)
        if not store.db.execute("SELECT 1 FROM Account").fetchone():
            sample_accounts.load(store, people)


def load_table(store: Store, headers: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    """Add the rows of a CSV file as leads, with a custom field for each column that Lead has no field for."""
    new = _Newcomers(store)
    with store.transaction():
        places = [_place(store, header, [row[i] for row in rows]) for i, header in enumerate(headers)]
        made: list[Row] = []
        for cells, key in zip(rows, ids.take(store, "Lead", len(rows)), strict=True):
            row = new.row(key, new.now, None)
            for (name, cast), cell in zip(places, cells, strict=True):
                if cell is not None:
                    row[name] = cast(cell)
            row["OwnerId"] = new.owner(len(made), row["Status"])
            made.append(row)
        store.insert("Lead", made, "setup", silent=True)


class _Newcomers:
    """What every lead has that nobody typed."""

    def __init__(self, store: Store) -> None:
        self.now = stamp(store.clock.now().replace(microsecond=0))
        self._admin = user_id(store)
        self._reps = [row["Id"] for row in store.select(_REPS)]
        self._queue = (store.recall("setting:lead_assignment") or {}).get("owner", self._admin)
        self._known: Row = {c.name: 0 for c in store.columns("Lead").values() if c.kind == "boolean"}
        self._known |= {"LastName": NOT_PROVIDED, "Company": NOT_PROVIDED, "Status": _STATUS["new"]}

    def row(self, key: str, created: str | None, touched: str | None) -> Row:
        created = created or self.now
        modified = min(max(created, touched or created), self.now)
        return {
            **self._known,
            "Id": key,
            "CreatedDate": created,
            "CreatedById": self._admin,
            "LastModifiedDate": modified,
            "LastModifiedById": self._admin,
            "SystemModstamp": modified,
            "LastActivityDate": touched and touched[:10],
        }

    def owner(self, number: int, status: str) -> str:
        if status == _STATUS["new"] or not self._reps:
            return str(self._queue)
        return str(self._reps[number % len(self._reps)])


_REPS = 'SELECT "Id" FROM "User" WHERE "IsActive" = 1 AND "Title" = \'Sales development\' ORDER BY "Id"'


def _custom_name(field: str) -> str:
    return "_".join(word.capitalize() for word in field.split("_")) + "__c"


_NAMES = {field: STANDARD.get(field) or _custom_name(field) for field in LEAD}


def _closed(row: Row) -> Row:
    if row.get("IsConverted"):
        row.update(Status=_STATUS["converted"], ConvertedDate=row["LastModifiedDate"][:10])
    return row


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment.replace(microsecond=0))


_STORED: Mapping[type, Callable[[Any], Any]] = {
    bool: int,
    date: date.isoformat,
    datetime: _stamp,
    list: ";".join,
}
"""How lead values of these types are kept; all others are kept as they are."""


# -- columns of a file ------------------------------------------------------------------------------------------------


def _place(store: Store, header: str, cells: Sequence[str | None]) -> tuple[str, Callable[[str], Any]]:
    """The field that takes a column of the file, and how its cells become values."""
    known = _known_field(store, header)
    cast = known and _cast_for(known, [cell for cell in cells if cell is not None])
    if known and cast:
        return known.name, cast
    kind = tables.kind_of(cells)
    taken = {column.name for column in store.columns("Lead").values()}
    name = tables.salesforce_name(header, taken)
    store.add_column("Lead", _custom(name, header, kind))
    return name, lambda cell: tables.cast(cell, kind)


def _known_field(store: Store, header: str) -> Column | None:
    """The field that a person may fill and that is called like the header, by name or by label."""
    wanted = header.strip().lower()
    columns = [c for c in store.columns("Lead").values() if c.meta["createable"] and c.meta["type"] != "reference"]
    by_name = [column for column in columns if column.name.lower() == wanted]
    by_label = [column for column in columns if str(column.meta["label"]).lower() == wanted]
    return next(iter([*by_name, *by_label]), None)


def _cast_for(column: Column, cells: Sequence[str]) -> Callable[[str], Any] | None:
    """How all these cells become values of the field; None when one of them does not fit."""
    if column.kind == "boolean":
        return (lambda cell: _YES_NO[cell.lower()]) if all(cell.lower() in _YES_NO for cell in cells) else None
    if column.kind in {"integer", "real"}:
        kind = tables.kind_of(cells)
        fits = kind == column.kind or (kind, column.kind) == ("integer", "real")
        return (lambda cell: tables.cast(cell, column.kind)) if fits else None
    if column.kind in {"date", "datetime"}:
        return _moment_cast(column.kind, cells)
    return str if all(len(cell) <= column.meta["length"] for cell in cells) else None


def _moment_cast(kind: str, cells: Sequence[str]) -> Callable[[str], str] | None:
    cast = _as_date if kind == "date" else _as_moment
    try:
        for cell in cells:
            cast(cell)
    except ValueError:
        return None
    return cast


def _as_date(cell: str) -> str:
    return date.fromisoformat(cell).isoformat()


def _as_moment(cell: str) -> str:
    moment = datetime.fromisoformat(cell)
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _custom(name: str, header: str, kind: str) -> Column:
    if kind == "text":
        return fields.custom(name, "string", header[:LONGEST_LABEL], granted=True)
    if kind == "long":
        return fields.custom(name, "textarea", header[:LONGEST_LABEL], granted=True, length=32_000)
    scale = 0 if kind == "integer" else 2
    return fields.custom(name, "double", header[:LONGEST_LABEL], granted=True, precision=18, scale=scale)
