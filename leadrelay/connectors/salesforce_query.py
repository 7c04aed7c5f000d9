"""Reading Salesforce through the query resource: pages by locator, resumed by (stamp, id) when a locator is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec
import polars as pl

from leadrelay.connectors import frames, soql
from leadrelay.connectors.base import Cursor, Page
from leadrelay.connectors.moments import asked_at, before, in_form, is_ahead, server_time
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.transport import Answer, Broken, Rejection
from leadrelay.errors import FieldsGone, Unexpected

_ORDER = "SystemModstamp, Id"
_KEYS = ("Id", "SystemModstamp")
_LOOK_BACK = 1_200.0
"""Seconds in which a transaction that is still at work may have begun; a bulk batch is given ten minutes."""


class Batch(msgspec.Struct, rename="camel"):
    """One answer of the query resource."""

    total_size: int
    done: bool
    records: list[msgspec.Raw]
    next_records_url: str = ""
    moment: str = ""
    as_of: str = ""


class _Updated(msgspec.Struct, rename="camel"):
    latest_date_covered: str


class _Key(msgspec.Struct, rename="pascal"):
    id: str
    system_modstamp: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk over what changed: which fields, from where, and the CRM's clock when it began ("" before that).

    `covered`: up to where the CRM says that everything is committed ("" when it does not); asked before the walk began.
    """

    object_type: str
    fields: Sequence[str]
    since: Cursor | None
    started: str = ""
    overlap_seconds: float = 0.0
    covered: str = ""
    as_of: str = ""

    @property
    def columns(self) -> list[str]:
        """What to ask for."""
        return [*_KEYS, *self.fields]

    def query(self, *, ordered: bool = True) -> str:
        """The walk as SOQL, from its cursor on."""
        return soql.select(self.object_type, self.columns, soql.since(self.since), _ORDER if ordered else "")

    def begun(self, moment: str, as_of: str) -> Walk:
        """The same walk with the CRM's clock at its beginning; one that is resumed began long ago.

        Its `since` is another when that lies ahead of the CRM's clock, which was set back: then nothing is known of
        what changed, and the walk begins at the clock, less the overlap.
        """
        since, start = self.since, self._start(moment)
        begun = replace(self, started=self.started or start, as_of=as_of)
        if self.started or since is None:
            return begun
        if is_ahead(since.stamp, moment):
            return replace(begun, since=Cursor(before(start, self.overlap_seconds)))
        if since.started and is_ahead(since.started, moment):
            return replace(begun, since=replace(since, started=""))
        return replace(begun, started=since.started or start)

    def _start(self, moment: str) -> str:
        """The clock, or earlier: the next walk starts an overlap before this, and never after what is covered."""
        return min(moment, before(self.covered, -self.overlap_seconds)) if self.covered else moment

    def after(self, records: Sequence[msgspec.Raw]) -> Cursor | None:
        """The cursor when all these records, and those before them, are delivered; None when none of them can tell.

        A record that changed since the walk began tells its new time, which lies beyond records still to come.
        """
        cursors = (self._at(record) for record in reversed(records))
        return next((cursor for cursor in cursors if cursor.stamp < self.started), None)

    def _at(self, record: msgspec.Raw) -> Cursor:
        try:
            key = msgspec.json.decode(record, type=_Key)
        except msgspec.MsgspecError:
            raise Unexpected(f"a record of {self.object_type} has no SystemModstamp.") from None
        return Cursor(in_form(key.system_modstamp), key.id, self.started)

    @property
    def end(self) -> Cursor:
        """Where the next walk starts: before this one began, for records that a long transaction commits late.

        https://github.com/airbytehq/airbyte/issues/27146
        """
        return Cursor(before(self.started, self.overlap_seconds))


class Reader:
    """The query resource of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        size = account.settings.page_size
        self._headers = {"Sforce-Query-Options": f"batchSize={size}"} if size < 2_000 else {}

    def query(self, text: str, *, deleted: bool = False) -> Batch:
        """The first page of a query; `deleted`: of what is in the bin or archived too."""
        return self._account.call(
            lambda client: client.query(text, include_deleted=deleted, headers=self._headers), _batch
        )

    def covered(self, object_type: str) -> str:
        """Up to where no record is still to come: Salesforce goes back to where a transaction at work began.

        It must be asked before the records are: what it does not cover then may be committed between the two. "" where
        the CRM refuses, or has told no time yet.
        https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getupdated.htm
        """
        self._account.client()
        if not (now := self._account.now):
            return ""
        span = {"start": f"{before(now, _LOOK_BACK)[:19]}+00:00", "end": f"{now[:19]}+00:00"}
        path = f"sobjects/{object_type}/updated"
        try:
            return self._account.call(lambda client: client.restful(path, params=span), _covered)
        except Rejection:
            return ""

    def more(self, batch: Batch) -> Batch:
        """The page after this one."""
        url = batch.next_records_url
        headers = self._headers
        return self._account.call(
            lambda client: client.query_more(url, identifier_is_url=True, headers=headers), lambda a: _after(a, url)
        )

    def rows(self, text: str, *, deleted: bool = False) -> Iterator[msgspec.Raw]:
        """All records of a query that is too small to be worth a cursor."""
        return self.rows_from(self.query(text, deleted=deleted))

    def rows_from(self, batch: Batch) -> Iterator[msgspec.Raw]:
        """All records from this first answer on."""
        yield from batch.records
        while not batch.done:
            batch = self.more(batch)
            yield from batch.records

    def pages(self, walk: Walk, batch: Batch) -> Iterator[Page]:
        """The pages of a walk from its first answer on; several answers to a page, whose fixed cost is the larger."""
        total, rows, cursor = batch.total_size, list(batch.records), None
        spelling = self.spelling(walk, batch.records)
        resumed: list[Cursor | None] = []
        while not batch.done:
            cursor = walk.after(batch.records) or cursor
            if len(rows) >= self._account.settings.frame_rows:
                frame, rows = framed(rows, walk, spelling), []
                yield Page(frame, cursor, total, walk.as_of)
            batch = self._next(walk, batch, cursor, resumed)
            self.spelling(walk, batch.records)
            rows += batch.records
        yield Page(framed(rows, walk, spelling), walk.end, total, walk.as_of)

    def spelling(self, walk: Walk, rows: Sequence[msgspec.Raw]) -> dict[str, str]:
        """How the CRM spells the fields; refuses when one is not in its answer, which must not pass for empty."""
        if not rows:
            return {column: column for column in walk.columns}
        spelling = frames.spelling(rows[0], walk.columns)
        refuse_missing(self._account.settings.place, walk, spelling)
        return spelling

    def _next(self, walk: Walk, batch: Batch, cursor: Cursor | None, resumed: list[Cursor | None]) -> Batch:
        """The next page by locator; by key when the CRM has dropped the locator, from one place but once."""
        try:
            return self.more(batch)
        except Rejection as no:
            if (no.code != "INVALID_QUERY_LOCATOR" and no.status != 404) or cursor in resumed:
                raise
        resumed.append(cursor)
        anew = replace(walk, since=cursor) if cursor else walk
        return self.query(anew.query())


def framed(rows: Sequence[msgspec.Raw], walk: Walk, spelling: dict[str, str]) -> pl.DataFrame:
    """Records as a page holds them. One that came twice, which a walk without its locator may cause, is the later."""
    frame = shaped(frames.lines(rows, list(dict.fromkeys(spelling.values()))), walk, spelling)
    return frame if frame["id"].is_unique().all() else frame.unique("id", keep="last", maintain_order=True)


def shaped(frame: pl.DataFrame, walk: Walk, spelling: dict[str, str]) -> pl.DataFrame:
    """`id`, `modified` in the form of cursors, and the fields under the names asked for."""
    return frame.select(
        pl.col(spelling["Id"]).alias("id"),
        pl.col(spelling["SystemModstamp"]).str.replace("+0000", "Z", literal=True).alias("modified"),
        *(pl.col(spelling[field]).alias(field) for field in walk.fields),
    )


def refuse_missing(place: str, walk: Walk, spelling: dict[str, str]) -> None:
    """Raise when a field that was asked for did not come."""
    if missing := [column for column in walk.columns if column not in spelling]:
        raise FieldsGone.of(place, missing, walk.object_type)


@contextmanager
def fields_by_name(fields: Sequence[str]) -> Iterator[None]:
    """A refusal that blames some of these fields leaves as `FieldsGone`, with the names that were asked for.

    Salesforce names one at a time, and of a path (`Owner.Name`) only the part that it does not know.
    """
    try:
        yield
    except Rejection as no:
        blamed = {name.lower() for name in no.fields} if no.code == "INVALID_FIELD" else set()
        if gone := [field for field in fields if blamed & set(field.lower().split("."))]:
            raise FieldsGone(str(no), gone) from None
        raise


def _batch(answer: Answer) -> Batch:
    batch = frames.decode(answer.body, Batch)
    if not batch.done and not batch.next_records_url:
        raise Broken("more records, but no address for them")
    batch.moment, batch.as_of = server_time(answer), asked_at(answer)
    return batch


def _covered(answer: Answer) -> str:
    return in_form(msgspec.json.decode(answer.body, type=_Updated).latest_date_covered)


def _after(answer: Answer, url: str) -> Batch:
    batch = _batch(answer)
    if not batch.done and (batch.next_records_url == url or not batch.records):
        raise Unexpected("Salesforce's pages do not get ahead. Run again later.")
    return batch
