"""Salesforce as a connector, over simple-salesforce."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from leadrelay.connectors import soql
from leadrelay.connectors.base import Cursor, FieldInfo, Outcome, Owner, Page, Update, Usage
from leadrelay.connectors.salesforce_auth import Account, SalesforceSettings
from leadrelay.connectors.salesforce_bulk import BulkReader, BulkRefused
from leadrelay.connectors.salesforce_query import Batch, Reader, Walk, framed
from leadrelay.connectors.salesforce_write import Writer
from leadrelay.connectors.transport import Answer, Pace
from leadrelay.errors import Refused

__all__ = ["SalesforceConnector", "SalesforceSettings"]


class SalesforceConnector:
    """A Salesforce organisation, bound to one object type."""

    def __init__(self, account: Account, object_type: str) -> None:
        soql.checked([object_type], account.settings.place)
        self._account = account
        self._type = object_type
        self._reader = Reader(account)
        self._bulk = BulkReader(account)
        self._writer = Writer(account, object_type)

    @classmethod
    def connect(
        cls, settings: SalesforceSettings, object_type: str = "Lead", pace: Pace | None = None
    ) -> SalesforceConnector:
        """A connector that signs in when it is first used. Raises `ConfigError` for settings that cannot work."""
        return cls(Account(settings, pace or Pace()), object_type)

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """By the query resource when that takes few pages, by Bulk API 2.0 when many or when the query is too long."""
        settings = self._account.settings
        soql.checked(fields, settings.place)
        walk = Walk(self._type, fields, since, overlap_seconds=settings.overlap_seconds)
        if soql.uri_bytes(walk.query()) > soql.LONGEST_URI:
            yield from self._only_bulk(walk)
            return
        first = self._reader.query(walk.query())
        asked, walk = walk, walk.begun(first.moment)
        if walk.since != asked.since:
            first = self._reader.query(walk.query())
        if not first.done and self._pages(first) > settings.bulk_threshold / settings.page_size:
            try:
                yield from self._bulk.pages(walk)
                return
            except BulkRefused:
                pass  # not every organisation, user and field may use it; the locator of the first answer still stands
        yield from self._reader.pages(walk, first)

    def _pages(self, first: Batch) -> float:
        """How many calls the query resource would take. It gives 200 rows a page where two long texts are asked for.

        https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_changing_batch_size.htm
        """
        return first.total_size / max(1, len(first.records))

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> pl.DataFrame:
        """The records of these ids."""
        soql.checked(fields, self._account.settings.place)
        walk = Walk(self._type, fields, None)
        wanted = [record_id for record_id in dict.fromkeys(ids) if soql.ID.fullmatch(record_id)]
        size = soql.ids_per_query(walk.query(ordered=False))
        rows: list[msgspec.Raw] = []
        for start in range(0, len(wanted), size):
            condition = soql.one_of(wanted[start : start + size])
            rows += self._reader.rows(soql.select(self._type, walk.columns, condition))
        return framed(rows, walk, self._reader.spelling(walk, rows))

    def write(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        """Write, and give one outcome per update, in order."""
        return self._writer.write(updates)

    def describe(self) -> Mapping[str, FieldInfo]:
        """The object's fields by name."""
        found = self._account.call(lambda client: client.restful(f"sobjects/{self._type}/describe"), _described)
        return {field.name: field for field in found}

    def owners(self) -> Sequence[Owner]:
        """Users and queues, inactive ones too."""
        users = self._rows("SELECT Id, Name, Email, IsActive FROM User")
        queues = self._rows("SELECT Id, Name, Email FROM Group WHERE Type = 'Queue'")
        return [
            *(Owner(user.id, user.name or "", user.email or "", user.is_active) for user in users),
            *(Owner(queue.id, queue.name or "", queue.email or "", active=True, queue=True) for queue in queues),
        ]

    def organisation(self) -> str:
        """The organisation's id; a sign-in tells it, where there is one."""
        self._account.client()
        if not self._account.organisation:
            self._account.organisation = self._rows("SELECT Id FROM Organization")[0].id
        return self._account.organisation

    def link(self, record_id: str) -> str:
        """The address of the record's page."""
        return f"{self._account.home}/lightning/r/{self._type}/{record_id}/view"

    @property
    def calls(self) -> int:
        """API calls made so far, retries and sign-in included."""
        return self._account.calls

    @property
    def usage(self) -> Usage | None:
        """The quota as the last answer told it."""
        return self._account.transport.usage

    def close(self) -> None:
        """Let go of connections."""
        self._account.close()

    def _only_bulk(self, walk: Walk) -> Iterator[Page]:
        try:
            yield from self._bulk.pages(walk)
        except BulkRefused as no:
            message = f"{self._account.settings.place} refused a bulk query ({no})"
            raise Refused(f"{message}, and the mapping has too many fields for any other. Map fewer.") from None

    def _rows(self, query: str) -> list[_Row]:
        return [msgspec.json.decode(row, type=_Row) for row in self._reader.rows(query)]


class _Row(msgspec.Struct, rename="pascal"):
    """A user, a queue or the organisation."""

    id: str
    name: str | None = None
    email: str | None = None
    is_active: bool = True


class _Picklist(msgspec.Struct):
    value: str
    active: bool = True


class _Field(msgspec.Struct, rename="camel"):
    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    updateable: bool = False
    createable: bool = False
    nillable: bool = True
    defaulted_on_create: bool = False
    unique: bool = False
    external_id: bool = False
    calculated: bool = False
    custom: bool = False
    filterable: bool = True
    sortable: bool = True
    restricted_picklist: bool = False
    picklist_values: list[_Picklist] = []
    reference_to: list[str] = []
    relationship_name: str | None = None

    def info(self) -> FieldInfo:
        """As our own value."""
        extra: dict[str, Any] = {
            key: getattr(self, key) for key in ("precision", "scale", "calculated", "custom", "filterable", "sortable")
        }
        return FieldInfo(
            name=self.name,
            label=self.label,
            type=self.type,
            length=self.length or None,
            picklist=tuple(entry.value for entry in self.picklist_values if entry.active),
            restricted=self.restricted_picklist,
            updateable=self.updateable,
            required=self.createable and not self.nillable and not self.defaulted_on_create,
            unique=self.unique,
            extra=extra | {"reference_to": ",".join(self.reference_to), "relationship": self.relationship_name},
        )


class _Description(msgspec.Struct):
    fields: list[_Field]


def _described(answer: Answer) -> list[FieldInfo]:
    return [field.info() for field in msgspec.json.decode(answer.body, type=_Description).fields]
