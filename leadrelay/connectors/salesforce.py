"""Salesforce as a connector, over simple-salesforce."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
import polars as pl

from leadrelay.connectors import soql
from leadrelay.connectors.base import (
    Claim,
    Cursor,
    FieldInfo,
    Guarantee,
    HandOff,
    Outcome,
    Owner,
    Page,
    Update,
    Usage,
)
from leadrelay.connectors.inspection import Inspection
from leadrelay.connectors.people import Account as Company
from leadrelay.connectors.people import Activity, Closed, Colleague, Firm, Lack, Milestones
from leadrelay.connectors.salesforce_auth import Account, SalesforceSettings
from leadrelay.connectors.salesforce_batch import Questions
from leadrelay.connectors.salesforce_bulk import BulkReader, BulkRefused
from leadrelay.connectors.salesforce_describe import described
from leadrelay.connectors.salesforce_families import families
from leadrelay.connectors.salesforce_graph import Graphs
from leadrelay.connectors.salesforce_handoff import HandOffs
from leadrelay.connectors.salesforce_inspect import PEOPLE, Inspector, owners_of
from leadrelay.connectors.salesforce_lacks import Sight
from leadrelay.connectors.salesforce_people import Relations
from leadrelay.connectors.salesforce_query import Batch, Reader, Walk, fields_by_name, framed
from leadrelay.connectors.salesforce_sample import sample
from leadrelay.connectors.salesforce_setup import SalesforceCustomiser
from leadrelay.connectors.salesforce_tasks import Tasks
from leadrelay.connectors.salesforce_write import Writer
from leadrelay.connectors.transport import Pace
from leadrelay.errors import Refused

__all__ = ["SalesforceConnector", "SalesforceSettings"]


class SalesforceConnector:
    """A Salesforce organisation, bound to one object type."""

    def __init__(self, account: Account, object_type: str, task_key: str = "") -> None:
        soql.checked([object_type, *([task_key] if task_key else [])], account.settings.place)
        self._account = account
        self._type = object_type
        self._reader = Reader(account)
        self._bulk = BulkReader(account)
        self._questions = Questions(account, self._reader)
        graphs = Graphs(account, object_type)
        self._writer = Writer(account, object_type, graphs, self._reader)
        self._tasks = Tasks(account, object_type, self._reader, task_key)
        self._desk = HandOffs(account, object_type, graphs, self._writer, self._tasks)
        self._sight = Sight(account, object_type, self._tasks.notes)
        self._inspector = Inspector(account, object_type, self._questions, self._tasks, self._desk, self._sight)
        self._relations = Relations(account, object_type, self._reader, self._tasks, self._questions)

    @classmethod
    def connect(
        cls,
        settings: SalesforceSettings,
        object_type: str = "Lead",
        pace: Pace | None = None,
        task_key: str = "Leadrelay_Key__c",
    ) -> SalesforceConnector:
        """A connector that signs in when it is first used. Raises `ConfigError` for settings that cannot work."""
        return cls(Account(settings, pace or Pace()), object_type, task_key)

    def changes(self, fields: Sequence[str], since: Cursor | None) -> Iterator[Page]:
        """By the query resource when that takes few pages, by Bulk API 2.0 when many or when the query is too long."""
        settings = self._account.settings
        soql.checked(fields, settings.place)
        walk = Walk(self._type, fields, since, overlap_seconds=settings.overlap_seconds)
        with fields_by_name(fields):
            if soql.uri_bytes(walk.query()) > soql.LONGEST_URI:
                yield from self._only_bulk(self._from_what_is_covered(walk))
            else:
                yield from self._walked(self._from_what_is_covered(walk))

    def _from_what_is_covered(self, walk: Walk) -> Walk:
        """A walk that is resumed goes by what was covered when it began."""
        resumed = walk.since is not None and walk.since.started
        return walk if resumed else replace(walk, covered=self._reader.covered(self._type))

    def _walked(self, walk: Walk) -> Iterator[Page]:
        settings = self._account.settings
        first = self._reader.query(walk.query())
        asked, walk = walk, walk.begun(first.moment, first.as_of)
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

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Page:
        """The records of these ids."""
        soql.checked(fields, self._account.settings.place)
        walk = Walk(self._type, fields, None)
        wanted = [record_id for record_id in dict.fromkeys(ids) if soql.ID.fullmatch(record_id)]
        rows: list[msgspec.Raw] = []
        as_of = ""
        with fields_by_name(fields):
            for part in soql.parts(wanted, walk.query(ordered=False)):
                first = self._reader.query(soql.select(self._type, walk.columns, soql.one_of(part)))
                as_of = as_of or first.as_of
                rows += self._reader.rows_from(first)
            found = framed(rows, walk, self._reader.spelling(walk, rows))
        hidden = self._writer.out_of_sight(set(wanted).difference(found["id"]))
        return Page(found, None, None, as_of, hidden)

    def write(self, updates: Sequence[Update], as_of: str = "") -> Iterator[Outcome]:
        """Collections of 200; guarded updates in graphs, each node under its own condition."""
        return self._writer.write(updates, as_of)

    def hand_off(self, hand_offs: Sequence[HandOff], as_of: str = "") -> Iterator[Outcome]:
        """One graph per lead, 75 a call; where graphs know no conditions, the task first and then the lead."""
        return self._desk.hand_off(hand_offs, as_of)

    def claims(self, keys: Sequence[str]) -> Mapping[str, Claim]:
        """By query, which finds the deleted and the archived too; a note has no key here, and goes with its task."""
        return self._tasks.claims(keys)

    def families(self, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Merged leads, contacts and accounts are in the bin and name their master; other objects know no merge."""
        return families(self._reader, self._type, ids)

    def withdraw(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        """Each is read once more just before it is deleted."""
        return self._tasks.withdraw(claims)

    def workload(self, closed: Closed | None = None) -> Mapping[str, int] | None:
        """One aggregate query."""
        return self._relations.workload(closed)

    def accounts(self, firms: Sequence[Firm]) -> Mapping[str, Company]:
        """By the AccountId of contacts, else by Website, else by Name."""
        return self._relations.accounts(firms)

    def colleagues(self, firms: Sequence[Firm], most: int = 10) -> Mapping[str, Sequence[Colleague]]:
        """Contacts of the account or of the domain, and open leads of the domain."""
        return self._relations.colleagues(firms, most)

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """By Website."""
        soql.checked(fields, self._account.settings.place)
        with fields_by_name(fields):
            return self._relations.company_values(domains, fields)

    def company_fields(self) -> Mapping[str, FieldInfo]:
        """Those of Account."""
        return {name: field.info() for name, field in described(self._account, "Account").items()}

    def responses(self, since: Mapping[str, str]) -> Mapping[str, Activity]:
        """Closed tasks, events, and changes of status where the organisation tracks them."""
        return self._relations.responses(since)

    def milestones(self, ids: Sequence[str]) -> Mapping[str, Milestones]:
        """By the conversion, or a contact's role in opportunities, and the calendar."""
        return self._relations.milestones(ids)

    def lacks(self) -> Sequence[Lack]:
        """What the API user may not see or write."""
        return list(self._sight.lacks())

    def guarantee(self) -> Guarantee:
        """By the key field's definition, and by whether graphs honour conditions."""
        return self._desk.guarantee()

    def customiser(self, reads: Collection[str] = (), writes: Collection[str] = ()) -> SalesforceCustomiser:
        """Who makes and unmakes what is ours in this organisation, over the same session."""
        return SalesforceCustomiser(self._account, self._type, reads, writes)

    def describe(self) -> Mapping[str, FieldInfo]:
        """The object's fields by name."""
        return {name: field.info() for name, field in described(self._account, self._type).items()}

    def owners(self) -> Sequence[Owner]:
        """Users and queues, inactive ones too, in one call."""
        users, queues = self._questions.whole(PEOPLE)
        return owners_of(users, queues)

    def inspect(self, parts: Collection[str], related: Sequence[str] = ()) -> Inspection:
        """Six calls for everything: sign-in, two composite ones, the company's currency, two for the guarantee."""
        return self._inspector.inspect(parts, related)

    def sample(self, fields: Sequence[str], count: int) -> pl.DataFrame:
        """One call, more where the fields do not fit into one query."""
        soql.checked(fields, self._account.settings.place)
        return sample(self._reader, self._type, fields, count)

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
    def one_way(self) -> frozenset[str]:
        """None: every field goes anywhere."""
        return frozenset()

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
            if no.rejection and no.rejection.code == "INVALID_FIELD":
                raise no.rejection from None
            message = f"{self._account.settings.place} refused a bulk query ({no})"
            raise Refused(f"{message}, and the mapping has too many fields for any other. Map fewer.") from None

    def _rows(self, query: str) -> list[_Row]:
        return [msgspec.json.decode(row, type=_Row) for row in self._reader.rows(query)]


class _Row(msgspec.Struct, rename="pascal"):
    """The organisation."""

    id: str
