"""Reading Salesforce through the query resource: pages by locator, resumed by (stamp, id) when a locator is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import polars as pl

from leadrelay.connectors import frames, soql
from leadrelay.connectors.base import Cursor, Page
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.transport import Answer, Broken, Rejection, server_time, stamp
from leadrelay.errors import Refused, Unexpected

_ORDER = "SystemModstamp, Id"
_KEYS = ("Id", "SystemModstamp")


class Batch(msgspec.Struct, rename="camel"):
    """One answer of the query resource."""

    total_size: int
    done: bool
    records: list[msgspec.Raw]
    next_records_url: str = ""
    moment: str = ""


class _Key(msgspec.Struct, rename="pascal"):
    id: str
    system_modstamp: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk over what changed: which fields, from where, and the CRM's clock when it began."""

    object_type: str
    fields: Sequence[str]
    since: Cursor | None
    started: str = ""
    overlap_seconds: float = 0.0

    @property
    def columns(self) -> list[str]:
        """What to ask for."""
        return [*_KEYS, *self.fields]

    def query(self, *, ordered: bool = True) -> str:
        """The walk as SOQL, from its cursor on."""
        return soql.select(self.object_type, self.columns, soql.since(self.since), _ORDER if ordered else "")

    def begun(self, moment: str) -> Walk:
        """The same walk with the CRM's clock at its beginning; one that is resumed began long ago."""
        return replace(self, started=self.started or (self.since.started if self.since else "") or moment)

    def at(self, record: msgspec.Raw) -> Cursor:
        """The cursor when everything up to this record is delivered."""
        try:
            key = msgspec.json.decode(record, type=_Key)
        except msgspec.MsgspecError:
            raise Unexpected(f"a record of {self.object_type} has no SystemModstamp.") from None
        return Cursor(key.system_modstamp.replace("+0000", "Z"), key.id, self.started)

    @property
    def end(self) -> Cursor:
        """Where the next walk starts: before this one began, for records that a long transaction commits late.

        https://github.com/airbytehq/airbyte/issues/27146
        """
        return Cursor(stamp(datetime.fromisoformat(self.started) - timedelta(seconds=self.overlap_seconds)))


class Reader:
    """The query resource of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        size = account.settings.page_size
        self._headers = {"Sforce-Query-Options": f"batchSize={size}"} if size < 2_000 else {}

    def query(self, text: str) -> Batch:
        """The first page of a query."""
        return self.account.call(lambda client: client.query(text, headers=self._headers), _batch)

    def more(self, batch: Batch) -> Batch:
        """The page after this one."""
        url = batch.next_records_url
        headers = self._headers
        return self.account.call(
            lambda client: client.query_more(url, identifier_is_url=True, headers=headers), lambda a: _after(a, url)
        )

    def rows(self, text: str) -> Iterator[msgspec.Raw]:
        """All records of a query that is too small to be worth a cursor."""
        batch = self.query(text)
        yield from batch.records
        while not batch.done:
            batch = self.more(batch)
            yield from batch.records

    def pages(self, walk: Walk, batch: Batch) -> Iterator[Page]:
        """The pages of a walk from its first answer on; several answers to a page, whose fixed cost is the larger."""
        total, rows, last = batch.total_size, list(batch.records), None
        spelling = self.spelling(walk, rows)
        while not batch.done:
            last = batch.records[-1] if batch.records else last
            if len(rows) >= self.account.settings.frame_rows and last is not None:
                frame, rows = framed(rows, walk, spelling), []
                yield Page(frame, walk.at(last), total)
            batch = self._next(walk, batch, last)
            rows += batch.records
        yield Page(framed(rows, walk, spelling), walk.end, total)

    def spelling(self, walk: Walk, rows: Sequence[msgspec.Raw]) -> dict[str, str]:
        """How the CRM spells the fields; refuses when one is not in its answer, which must not pass for empty."""
        if not rows:
            return {column: column for column in walk.columns}
        spelling = frames.spelling(rows[0], walk.columns)
        refuse_missing(self.account.settings.place, walk, spelling)
        return spelling

    def _next(self, walk: Walk, batch: Batch, last: msgspec.Raw | None) -> Batch:
        """The next page by locator; by key when the CRM has dropped the locator."""
        try:
            return self.more(batch)
        except Rejection as no:
            if no.code != "INVALID_QUERY_LOCATOR" and no.status != 404:
                raise
        resumed = walk if last is None else replace(walk, since=walk.at(last))
        return self.query(resumed.query())


def framed(rows: Sequence[msgspec.Raw], walk: Walk, spelling: dict[str, str]) -> pl.DataFrame:
    """Records as a page holds them."""
    return shaped(frames.lines(rows, list(dict.fromkeys(spelling.values()))), walk, spelling)


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
        raise Refused(f"{place} did not give {', '.join(missing)} of {walk.object_type}. See `leadrelay fields`.")


def _batch(answer: Answer) -> Batch:
    batch = frames.decode(answer.body, Batch)
    if not batch.done and not batch.next_records_url:
        raise Broken("more records, but no address for them")
    batch.moment = server_time(answer)
    return batch


def _after(answer: Answer, url: str) -> Batch:
    batch = _batch(answer)
    if not batch.done and (batch.next_records_url == url or not batch.records):
        raise Unexpected("Salesforce's pages do not get ahead. Run again later.")
    return batch
