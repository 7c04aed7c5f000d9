"""Contacts that were always there: sample people, or the rows of any CSV file. None of it reaches the history."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from leadrelay.sandbox import tables
from leadrelay.sandbox.hubspot.companies import Companies
from leadrelay.sandbox.hubspot.objecttypes import CONTACTS
from leadrelay.sandbox.hubspot.owners import ACTIVE_IDS
from leadrelay.sandbox.hubspot.portal import Portal
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.standard_properties import lead_property
from leadrelay.sandbox.hubspot.values import Invalid, Stored, parse, show_number
from leadrelay.sandbox.sample_words import STATUS
from leadrelay.sandbox.store import stamp

CHUNK = 2_000
IMPORTED_AT_ONCE = 100
"""So many rows of a file share one modification time: an import writes them in batches."""

_YES_NO = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}

Row = dict[str, Any]
Cast = Callable[[str], Stored]


class Loader:
    """Fills the portal with contacts."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.store = portal.store

    def load(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Add sample people, and their companies. New ones have no owner yet."""
        companies = Companies(self.portal)
        for chunk in _chunks(people):
            self._offer_options(chunk)
            known = self.portal.properties(CONTACTS)
            setters = [(field, _setter(known[name])) for field in chunk[0] if (name := lead_property(field)) in known]
            now = self.store.clock.stamp()
            pairs = zip(self._ids(chunk), chunk, strict=True)
            rows = [self._row(key, person, setters, now) for key, person in pairs]
            self._insert(rows)
            with self.store.transaction():
                companies.take_in(rows)

    def load_table(self, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        """Add the rows of a CSV file, with a custom property for each column that contacts have no property for."""
        rows = list(rows)
        with self.store.transaction():
            places: list[tuple[str, Cast]] = []
            for i, header in enumerate(columns):
                places.append(self._place(header, [row[i] for row in rows], {column for column, _ in places}))
            now = self.store.clock.now()
            made: list[Row] = []
            for number, (cells, key) in enumerate(zip(rows, self._ids(rows), strict=True)):
                batches_left = (len(rows) - number) // IMPORTED_AT_ONCE
                row = self._base(key, stamp(now - timedelta(milliseconds=batches_left)))
                row |= {name: cast(cell) for (name, cast), cell in zip(places, cells, strict=True) if cell is not None}
                made.append(row)
            for chunk in _chunks(made):
                self._insert(chunk)

    def _ids(self, items: Sequence[object]) -> range:
        return self.portal.new_ids(len(items))

    def _base(self, key: int, created: str, modified: str | None = None) -> Row:
        return {
            self.store.key: key,
            CONTACTS.created: created,
            CONTACTS.modified: modified or created,
            "hs_object_source": "IMPORT",
            "lifecyclestage": "lead",
        }

    def _row(self, key: int, person: Mapping[str, Any], setters: Sequence[tuple[str, Any]], now: str) -> Row:
        created = _stamp(person.get("created_at")) or now
        touched = _stamp(person.get("last_activity_at")) or created
        row = self._base(key, created, min(max(created, touched), now))
        row.update({name: put(person[field]) for field, (name, put) in setters if person[field] is not None})
        if person.get("converted"):
            row["lifecyclestage"] = "opportunity"
        row["hs_lead_status"] = STATUS.get(row.get("hs_lead_status", "new"), ("", row.get("hs_lead_status")))[1]
        if row["hs_lead_status"] != "NEW":
            people = ACTIVE_IDS[:-1]
            row["hubspot_owner_id"] = people[key % len(people)]
        return row

    def _insert(self, rows: Sequence[Row]) -> None:
        """Put rows in. An e-mail address belongs to one contact only: the first keeps it, the others go without."""
        addresses = [row["email"] for row in rows if row.get("email")]
        sql = f'SELECT email FROM "{CONTACTS.name}" WHERE email IN (SELECT value FROM json_each(?))'
        taken = {address for (address,) in self.store.db.execute(sql, (json.dumps(addresses),))}
        for row in rows:
            address = row.get("email")
            if address in taken:
                row["email"] = None
            elif address:
                taken.add(address)
                row["hs_email_domain"] = address.rpartition("@")[2]
        with self.store.transaction():
            self.store.insert(CONTACTS.name, rows, "setup", silent=True)

    def _offer_options(self, people: Sequence[Mapping[str, Any]]) -> None:
        """Let enumerations have the options that the people use, as an admin would before an import."""
        for field in people[0]:
            prop = self.portal.properties(CONTACTS).get(lead_property(field))
            if prop is None:
                continue
            if prop.type == "enumeration" and not prop.external and prop.name != "hs_lead_status":
                values = (person[field] for person in people if person[field] is not None)
                self._offer(prop, [v for value in values for v in (value if isinstance(value, list) else [value])])

    def _offer(self, prop: Property, values: Iterable[str]) -> None:
        wider = prop.with_options(list(values))
        if wider != prop:
            self.portal.change(CONTACTS, wider)

    # -- columns of a file --------------------------------------------------------------------------------------------

    def _place(self, header: str, cells: Sequence[str | None], taken: Container[str]) -> tuple[str, Cast]:
        """The column that takes a column of the file, and how its cells become values. None takes two of them."""
        filled = [cell for cell in cells if cell is not None]
        prop = self._known(header, taken)
        cast = self._cast_for(prop, filled) if prop else None
        if prop and cast:
            return self.portal.column(CONTACTS, prop.name), cast
        kind = tables.kind_of(cells)
        type_, form = _FORMS[kind]
        name = tables.hubspot_name(header, self.portal.properties(CONTACTS))
        self.portal.add(CONTACTS, Property(name, header, type_, form, "contactinformation", built_in=False))
        return self.portal.column(CONTACTS, name), lambda cell: tables.cast(cell, kind)

    def _known(self, header: str, taken: Container[str]) -> Property | None:
        """The property that a person may fill and that is called like the header, by name or by label."""
        wanted, word = header.strip().lower(), tables.hubspot_name(header, ())
        free = [p for p in self.portal.properties(CONTACTS).values() if not p.read_only and not p.external]
        free = [prop for prop in free if self.portal.column(CONTACTS, prop.name) not in taken]
        by_name = [prop for prop in free if prop.name in {wanted, word}]
        by_label = [prop for prop in free if prop.label.lower() == wanted]
        return next(iter([*by_name, *by_label]), None)

    def _cast_for(self, prop: Property, cells: Sequence[str]) -> Cast | None:
        """How all these cells become values of the property; None when one of them does not fit."""
        if prop.type == "bool":
            return (lambda cell: _YES_NO[cell.lower()]) if all(c.lower() in _YES_NO for c in cells) else None
        if prop.type == "enumeration" and not prop.built_in:
            self._offer(prop, [value for cell in cells for value in (cell.split(";") if prop.several else [cell])])
            prop = self.portal.properties(CONTACTS)[prop.name]
        try:
            for cell in cells:
                parse(prop, cell)
        except Invalid:
            return None
        return lambda cell: parse(prop, cell)


_FORMS = {
    "integer": ("number", "number"),
    "real": ("number", "number"),
    "long": ("string", "textarea"),
    "text": ("string", "text"),
}


def _setter(prop: Property) -> tuple[str, Callable[[Any], Stored]]:
    """The column of a lead field, and how its value is stored."""
    if prop.name == "email":
        return prop.name, lambda value: str(value).strip().lower()
    return prop.name, ";".join if prop.several else _STORED.get(prop.type, _text)


def _text(value: Any) -> Stored:
    return show_number(value) if isinstance(value, int | float) else str(value)


def _day(value: date) -> str:
    return value.isoformat()


_STORED: Mapping[str, Callable[[Any], Stored]] = {"number": float, "bool": int, "date": _day, "datetime": stamp}


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
