"""Reading HubSpot: everything by the list, changes by search. Both walk by record id, so that neither can loop or skip.

A search ends at 10,000 results, and pages past it are refused; many thousand records may share one modification time.
So each page asks for ids above the last one (https://github.com/airbytehq/airbyte/issues/43317).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil
from typing import Any

import msgspec
import polars as pl

from leadrelay.connectors import frames
from leadrelay.connectors.base import Cursor, Page
from leadrelay.connectors.hubspot_batch import MOST, look
from leadrelay.connectors.hubspot_wire import Paging, Portal
from leadrelay.connectors.moments import asked_at, before, is_ahead, server_time, stamp_field
from leadrelay.connectors.transport import Answer, Broken, Rejection
from leadrelay.errors import FieldsGone, Unexpected

_LIST_MOST = 100
_SEARCH_MOST = 200
_SHORT_SEARCH = 1_500
"""Characters of names; https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm#limitations"""
_LONGEST_QUERY = 15_000
_FIRST_FRAME = 200
"""Records of a walk's first page; each is twice as large as the one before. HubSpot gives few at a time."""
_LOSERS = "hs_merged_object_ids"
_MERGED = frozenset({"contacts", "companies", "deals"})
"""Whose losers the survivor certainly names; other objects need not have that property."""


class _Record(msgspec.Struct):
    id: str
    properties: msgspec.Raw


class _Batch(msgspec.Struct):
    results: list[_Record]
    paging: Paging | None = None
    total: int | None = None
    moment: str = ""
    as_of: str = ""

    @property
    def after(self) -> str:
        """What the next page starts after; empty at the end."""
        return self.paging.after if self.paging else ""


@dataclass(slots=True)
class _Stand:
    """How far a walk is: changes since when, the last id or token, and the CRM's clock when it began.

    `until`: what changed later is left to the next walk; "" for a walk that is not resumed.
    """

    since: str = ""
    last: str = ""
    started: str = ""
    until: str = ""
    total: int | None = None

    def reset_if_ahead(self, moment: str, overlapped: str) -> bool:
        """Begin anew when the cursor lies ahead of the CRM's clock, which was set back: by then it tells nothing.

        A `since` that lies ahead becomes `overlapped`; one that does not still holds.
        """
        if not any(is_ahead(known, moment) for known in (self.since, self.started) if known):
            return False
        if self.since and is_ahead(self.since, moment):
            self.since = overlapped
        self.last = self.started = self.until = ""
        return True


class Reader:
    """The records of one object type."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self._portal = portal
        self._type = object_type
        self._modified = stamp_field("hubspot", object_type)

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """All records by the list, whose page costs the same but is not from an index that lags behind; else search."""
        stand = _Stand(since.stamp, since.after_id, since.started, until=since.started) if since else _Stand()
        names = [self._modified, *fields]
        if stand.since or len(",".join(names)) > _LONGEST_QUERY:
            batches = self._searched(names, stand)
        else:
            batches = self._listed(names, stand)
        rows: list[_Record] = []
        as_of, enough = "", _FIRST_FRAME
        for batch in batches:
            rows += batch.results
            as_of = as_of or batch.as_of
            if len(rows) >= min(enough, self._portal.settings.frame_rows) and batch.after:
                frame, rows, enough = self._framed(rows, fields), [], 2 * enough
                yield Page(frame, Cursor(stand.since, stand.last, stand.started), stand.total, as_of)
                as_of = ""
        yield Page(self._framed(rows, fields), self._end(stand), stand.total, as_of)

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Page:
        """The records of these ids, from the records themselves, not from the search index."""
        wanted = [record_id for record_id in dict.fromkeys(ids) if record_id.isascii() and record_id.isdigit()]
        names = [self._modified, *fields]
        rows: list[_Record] = []
        as_of = ""
        for start in range(0, len(wanted), MOST):
            asked = wanted[start : start + MOST]
            batch = self._whole(partial(self._read, asked, names), names)
            as_of = as_of or batch.as_of
            rows += [row for row in batch.results if row.id in asked]
        return Page(self._framed(rows, fields), None, None, as_of)

    def families(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """What was merged into each of these; HubSpot keeps the losers' ids with the survivor."""
        direct: dict[str, list[str]] = {}
        left = list(dict.fromkeys(ids))
        while left:
            direct |= self._losers(left)
            left = list(dict.fromkeys(loser for one in left for loser in direct[one] if loser not in direct))
        families = {one: [other for other in _descendants(one, direct) if other != one] for one in ids}
        return {one: family for one, family in families.items() if family}

    def sample(self, fields: Sequence[str], count: int) -> pl.DataFrame:
        """Those that changed last, as the search index knows them: `id` and these fields.

        Many fields are read from the records, so that the search stays short: HubSpot refuses long ones.
        """
        names = list(dict.fromkeys(fields))
        if len(",".join(names)) <= _SHORT_SEARCH:
            return self._framed(self._newest([self._modified, *names], count), names).drop("modified")
        newest = pl.DataFrame({"id": [row.id for row in self._newest([self._modified], count)]}, {"id": pl.String})
        read = self.fetch(newest["id"].to_list(), names).records.drop("modified")
        return newest.join(read, on="id", maintain_order="left")

    def _newest(self, names: Sequence[str], count: int) -> list[_Record]:
        rows: list[_Record] = []
        after = ""
        while len(rows) < count:
            request = {
                "filterGroups": [],
                "sorts": [{"propertyName": self._modified, "direction": "DESCENDING"}],
                "properties": list(names),
                "limit": min(_SEARCH_MOST, count - len(rows)),
            } | ({"after": after} if after else {})
            batch = self._whole(partial(self._portal.find, self._type, request, _batch), names)
            rows, after = [*rows, *batch.results], batch.after
            if not after:
                break
        return rows

    def _losers(self, ids: Sequence[str]) -> dict[str, list[str]]:
        found = look(self._portal, self._type, ids, [_LOSERS], lenient=self._type not in _MERGED).records
        listed = {one: found[one].properties.get(_LOSERS) or "" for one in ids if one in found}
        return {one: [loser for loser in listed.get(one, "").split(";") if loser] for one in ids}

    def _whole(self, ask: Callable[[], _Batch], names: Sequence[str], lag: float = 0.0) -> _Batch:
        """A page with all that was asked for, and a moment that is certainly not after its reading."""
        try:
            batch = ask()
        except Rejection as no:
            if no.code == "PROPERTY_DOESNT_EXIST":
                self._expect(names, [name for name in names if name.lower() not in {one.lower() for one in no.fields}])
            raise
        batch.as_of = before(batch.as_of, ceil(lag))
        if batch.results:
            self._expect(names, msgspec.json.decode(batch.results[0].properties))
        return batch

    def _read(self, ids: Sequence[str], names: Sequence[str]) -> _Batch:
        inputs = [{"id": record_id} for record_id in ids]
        body = {"inputs": inputs, "properties": list(names), "propertiesWithHistory": []}
        return self._portal.call(self._portal.batch.read, _batch, self._type, body)

    def _listed(self, names: Sequence[str], stand: _Stand) -> Iterator[_Batch]:
        resumed = bool(stand.last)
        while True:
            try:
                batch = self._whole(partial(self._list, names, stand.last), names)
            except Rejection as no:
                if not resumed or no.status != 400:
                    raise
                stand.last, resumed = "", False  # the token of an earlier day; the list is walked anew
                continue
            resumed = False
            if stand.reset_if_ahead(batch.moment, ""):
                continue
            if batch.after and (batch.after == stand.last or not batch.results):
                raise Unexpected(f"{self._portal.settings.place}: its pages do not get ahead. Run again later.")
            stand.started = stand.started or batch.moment
            stand.last = batch.after
            yield batch
            if not batch.after:
                return

    def _list(self, names: Sequence[str], after: str) -> _Batch:
        page = {"limit": min(_LIST_MOST, self._portal.settings.page_size)} | ({"after": after} if after else {})
        return self._portal.call(
            self._portal.basic.get_page, _batch, self._type, properties=[",".join(names)], archived="false", **page
        )

    def _searched(self, names: Sequence[str], stand: _Stand) -> Iterator[_Batch]:
        batch = self._search(names, stand)
        if stand.reset_if_ahead(batch.moment, self._overlapped(batch.moment)):
            batch = self._search(names, stand)
        while True:
            stand.started = stand.started or batch.moment
            stand.total = batch.total if stand.total is None else stand.total
            stand.last = batch.results[-1].id if batch.results else stand.last
            yield batch
            if not batch.after:
                return
            batch = self._search(names, stand)

    def _search(self, names: Sequence[str], stand: _Stand) -> _Batch:
        request = self._request(names, stand)
        find = partial(self._portal.find, self._type, request, partial(_ascending, last=stand.last))
        return self._whole(find, names, lag=self._portal.settings.overlap_seconds)

    def _request(self, names: Sequence[str], stand: _Stand) -> dict[str, Any]:
        filters = [{"propertyName": "hs_object_id", "operator": "GT", "value": stand.last or "0"}]
        filters += [
            {"propertyName": self._modified, "operator": operator, "value": _milliseconds(moment)}
            for operator, moment in (("GTE", stand.since), ("LTE", stand.until))
            if moment
        ]
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(names),
            "limit": self._portal.settings.page_size,
        }

    def _framed(self, rows: Sequence[_Record], fields: Sequence[str]) -> pl.DataFrame:
        names = [self._modified, *fields]
        frame = frames.lines([row.properties for row in rows], list(dict.fromkeys(names)))
        values = frame.select(pl.when(pl.all() != "").then(pl.all()))  # a cleared property is ""
        return values.select(
            pl.Series("id", [row.id for row in rows], pl.String),
            pl.col(self._modified).alias("modified"),
            *fields,
        )

    def _expect(self, names: Sequence[str], given: Container[str]) -> None:
        """HubSpot leaves out what it does not know; that must not pass for empty."""
        if missing := [name for name in names if name not in given]:
            raise FieldsGone.of(self._portal.settings.place, missing, self._type)

    def _end(self, stand: _Stand) -> Cursor:
        """Before this walk began: the search index lags behind. What it shows later than the overlap is not found."""
        return Cursor(self._overlapped(stand.started))

    def _overlapped(self, moment: str) -> str:
        return before(moment, self._portal.settings.overlap_seconds)


def _descendants(one: str, direct: Mapping[str, Sequence[str]]) -> list[str]:
    """All that was merged into a record, directly or not, each once."""
    found = list(direct[one])
    for other in found:
        found += [loser for loser in direct.get(other, ()) if loser not in found]
    return found


def _batch(answer: Answer) -> _Batch:
    batch = frames.decode(answer.body, _Batch)
    batch.moment, batch.as_of = server_time(answer), asked_at(answer)
    return batch


def _ascending(answer: Answer, last: str) -> _Batch:
    """A page of a search, whose ids must all lie above the last one seen."""
    batch = _batch(answer)
    ids = [int(record.id) for record in batch.results]
    if ids != sorted(set(ids)) or (ids and ids[0] <= int(last or "0")) or (batch.after and not ids):
        raise Broken("the results are not in order")
    return batch


def _milliseconds(moment: str) -> str:
    try:
        return str(int(datetime.fromisoformat(moment).timestamp() * 1000))
    except ValueError:
        raise Unexpected("the stored cursor is none of HubSpot's. Run the job over all leads to begin anew.") from None
