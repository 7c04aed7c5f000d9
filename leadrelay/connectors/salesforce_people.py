"""What Salesforce says of people: whose leads are open, the company of a lead, who answered it, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from leadrelay.connectors import soql
from leadrelay.connectors.moments import in_form, stamp
from leadrelay.connectors.people import Account, Activity, Closed, Colleague, Firm, Milestones
from leadrelay.connectors.salesforce_auth import Account as Organisation
from leadrelay.connectors.salesforce_batch import UNSEEN, Found, Questions
from leadrelay.connectors.salesforce_deals import Deals
from leadrelay.connectors.salesforce_firms import Firms
from leadrelay.connectors.salesforce_query import Reader
from leadrelay.connectors.salesforce_records import about
from leadrelay.connectors.salesforce_tasks import Tasks
from leadrelay.connectors.transport import Rejection

_KINDS = {"Call": "call", "Email": "e-mail", "ListEmail": "e-mail"}
_CREATED = ("CreatedDate", "CreatedById")
_DAY = timedelta(days=1)


class _Row(msgspec.Struct, rename="pascal"):
    """A record of whichever object."""

    id: str = ""
    who_id: str | None = None
    what_id: str | None = None
    lead_id: str | None = None
    created_date: str = ""
    created_by_id: str = ""
    last_modified_date: str = ""
    last_modified_by_id: str = ""
    completed_date_time: str | None = None
    start_date_time: str | None = None
    task_subtype: str | None = None
    converted_date: str | None = None
    converted_contact_id: str | None = None
    converted_opportunity_id: str | None = None
    converted_opportunity: _Row | None = None

    @property
    def about(self) -> str:
        """The record that an activity, or an entry of a history, is about."""
        return self.who_id or self.what_id or self.lead_id or ""


class _Count(msgspec.Struct):
    owner: str | None = msgspec.field(name="OwnerId", default=None)
    number: int = msgspec.field(name="n", default=0)


class Relations:
    """The people around the leads of one organisation. Every query is about many leads, and many go in one call."""

    def __init__(
        self, organisation: Organisation, object_type: str, reader: Reader, tasks: Tasks, questions: Questions
    ) -> None:
        self._organisation = organisation
        self._type = object_type
        self._reader = reader
        self._tasks = tasks
        self._about = about(object_type)
        self._questions = questions
        self._firms = Firms(questions, object_type)
        self._deals = Deals(questions)

    def workload(self, closed: Closed | None) -> Mapping[str, int] | None:
        """One aggregate query; None beyond the 2,000 owners that it can tell, and where records have no owner.

        https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_group_by_considerations.htm
        """
        soql.checked([closed.field] if closed else [], self._organisation.settings.place)
        conditions = ["IsConverted = false"] if self._of_leads else []
        conditions += [f"{closed.field} NOT IN ({', '.join(map(soql.text, closed.values))})"] if closed else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        try:
            counted = self._reader.query(f"SELECT OwnerId, COUNT(Id) n FROM {self._type}{where} GROUP BY OwnerId")
        except Rejection as no:
            if no.code != "EXCEEDED_ID_LIMIT" and "OwnerId" not in no.fields:
                raise
            return None
        rows = [msgspec.json.decode(row, type=_Count) for row in counted.records]
        return {row.owner: row.number for row in rows if row.owner} if counted.done else None

    def accounts(self, firms: Sequence[Firm]) -> Mapping[str, Account]:
        """By Website in its usual spellings, else by Name."""
        return self._firms.accounts(firms)

    def colleagues(self, firms: Sequence[Firm], most: int) -> Mapping[str, Sequence[Colleague]]:
        """Contacts and open leads."""
        return self._firms.colleagues(firms, most)

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """What accounts hold, by Website."""
        return self._firms.values(domains, fields)

    def responses(self, since: Mapping[str, str]) -> Mapping[str, Activity]:
        """The first closed task, event or change of status by anybody but the API user.

        Tasks and events out of sight are refused: silence would be held against a person.
        """
        wanted = {lead: moment for lead, moment in since.items() if soql.ID.fullmatch(lead)}
        if not wanted:
            return {}
        whose = self._whose(list(wanted))
        earliest = min(map(_second, wanted.values()))
        found: dict[str, Activity] = {}
        for activity in sorted(self._activities(whose, list(wanted), earliest), key=lambda one: one.at):
            if _second(activity.at) >= _second(wanted[activity.lead]):
                found.setdefault(activity.lead, activity)
        return found

    def milestones(self, ids: Sequence[str]) -> Mapping[str, Milestones]:
        """What the conversion says, and the first event in the calendar: planned while it is to come.

        Whether an event that is over took place is nothing that Salesforce keeps.
        """
        wanted = [lead for lead in dict.fromkeys(ids) if soql.ID.fullmatch(lead)]
        if not wanted:
            return {}
        leads = {row.id: row for row in self._converted(wanted)}
        became = {lead: _opportunity_at(row) for lead, row in leads.items()}
        became |= self._deals.of_contacts(wanted) if self._type.lower() == "contact" else {}
        meetings = self._meetings(_people_of(wanted, leads.values()))
        found = {lead: self._milestones(became.get(lead, ""), meetings.get(lead, "")) for lead in wanted}
        return {lead: milestones for lead, milestones in found.items() if milestones != Milestones()}

    @property
    def _of_leads(self) -> bool:
        return self._type.lower() == "lead"

    # -- responses --------------------------------------------------------------------------------------------------

    def _whose(self, leads: Sequence[str]) -> Mapping[str, str]:
        """By the id that activities name: the lead. Those of a converted lead name its contact."""
        if not self._of_leads:
            return _people_of(leads, ())
        columns = ("Id", "ConvertedContactId")
        queries = [
            soql.select("Lead", columns, f"IsConverted = true AND {soql.one_of(part)}")
            for part in soql.parts(leads, soql.select("Lead", columns))
        ]
        return _people_of(leads, self._rows(queries))

    def _activities(self, whose: Mapping[str, str], leads: Sequence[str], earliest: datetime) -> Iterator[Activity]:
        user, moment = self._organisation.user(), stamp(earliest)
        others, columns, who = f"CreatedById != '{user}' AND CreatedDate >= {moment}", _CREATED, sorted(whose)
        tracked = f"Field IN ('Status','leadConverted') AND {others}"
        asked = {
            "task": self._task_queries(who, user, moment),
            "event": self._queries("Event", (self._about, *columns), others, who),
            "status": self._queries("LeadHistory", ("LeadId", *columns), tracked, leads, "LeadId"),
        }
        if not self._of_leads:
            del asked["status"]
        pairs = [(kind, query) for kind, queries in asked.items() for query in queries]
        found = self._questions.each([query for _, query in pairs])
        for (kind, _), rows in zip(pairs, found, strict=True):
            yield from (_activity(whose, kind, row) for row in self._seen(kind, rows) if row.about in whose)

    def _seen(self, kind: str, found: Found) -> Iterator[_Row]:
        """Where no field of leads is tracked, there may be no LeadHistory either."""
        if isinstance(found, Rejection):
            if kind != "status" or found.code not in UNSEEN:
                raise found
            return
        yield from self._read(found)

    def _task_queries(self, who: Sequence[str], user: str, moment: str) -> list[str]:
        """When a task was completed is a field that the API user may not see; then its last change stands for it."""
        known = self._tasks.fields
        optional = [name for name in ("CompletedDateTime", "TaskSubtype") if name.lower() in known]
        columns = (self._about, "LastModifiedDate", "LastModifiedById", *optional)
        condition = f"IsClosed = true AND LastModifiedById != '{user}' AND LastModifiedDate >= {moment}"
        return self._queries("Task", columns, condition, who)

    # -- milestones -------------------------------------------------------------------------------------------------

    def _converted(self, leads: Sequence[str]) -> list[_Row]:
        """When the opportunity was created is not for everybody to see."""
        if not self._of_leads:
            return []
        columns = ("Id", "IsConverted", "ConvertedDate", "ConvertedContactId", "ConvertedOpportunityId")
        try:
            return list(self._rows(self._conversions(leads, (*columns, "ConvertedOpportunity.CreatedDate"))))
        except Rejection as no:
            if no.code != "INVALID_FIELD":
                raise
        return list(self._rows(self._conversions(leads, columns)))

    def _conversions(self, leads: Sequence[str], columns: Sequence[str]) -> list[str]:
        return self._queries("Lead", columns, "IsConverted = true", leads, "Id")

    def _meetings(self, whose: Mapping[str, str]) -> Mapping[str, str]:
        """By lead, when its first event begins."""
        queries = self._queries("Event", (self._about, "StartDateTime"), "StartDateTime != null", sorted(whose))
        starts: dict[str, str] = {}
        for row in self._read(self._questions.seen(queries)):
            if lead := whose.get(row.about):
                start = in_form(row.start_date_time or "")
                starts[lead] = min(starts.get(lead, start), start)
        return starts

    def _milestones(self, became: str, meeting_at: str) -> Milestones:
        planned = bool(meeting_at) and _second(meeting_at) > _second(self._organisation.now)
        return Milestones(became, meeting_at, "planned" if planned else "")

    # -- asking -----------------------------------------------------------------------------------------------------

    def _queries(
        self, object_type: str, columns: Sequence[str], condition: str, ids: Sequence[str], by: str = ""
    ) -> list[str]:
        """The query about these ids, in as many parts as it takes. `by`: the column that holds them."""
        by = by or self._about
        frame = soql.select(object_type, columns, condition)
        return [
            soql.select(object_type, columns, f"{soql.one_of(part, by)} AND {condition}")
            for part in soql.parts(ids, frame)
        ]

    def _rows(self, queries: Sequence[str]) -> Iterator[_Row]:
        return self._read(self._questions.rows(queries))

    def _read(self, rows: Iterable[msgspec.Raw]) -> Iterator[_Row]:
        return (msgspec.json.decode(row, type=_Row) for row in rows)


def _activity(whose: Mapping[str, str], kind: str, row: _Row) -> Activity:
    if kind != "task":
        return Activity(whose[row.about], in_form(row.created_date), kind, row.created_by_id)
    at = row.completed_date_time or row.last_modified_date
    return Activity(whose[row.about], in_form(at), _KINDS.get(row.task_subtype or "", kind), row.last_modified_by_id)


def _people_of(leads: Iterable[str], rows: Iterable[_Row]) -> dict[str, str]:
    contacts = {row.converted_contact_id: row.id for row in rows if row.converted_contact_id}
    return {**{lead: lead for lead in leads}, **contacts}


def _opportunity_at(row: _Row) -> str:
    """When the opportunity was made; the day of the conversion where that added the lead to an older one."""
    if not row.converted_opportunity_id:
        return ""
    day = f"{row.converted_date}T00:00:00.000Z"
    created = in_form(row.converted_opportunity.created_date) if row.converted_opportunity else ""
    return day if not created or _second(created) < _second(day) - _DAY else created


def _second(moment: str) -> datetime:
    """Salesforce's stamps are whole seconds."""
    return datetime.fromisoformat(moment).replace(microsecond=0)
