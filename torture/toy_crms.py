"""The two CRMs as the toy sees them: plain HTTP, one record a call, and every wrong way that a fault asks for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

Lead = dict[str, Any]
LATEST = "/services/data/v66.0"


class Lost(Exception):
    """The reply to a request did not arrive."""


class Quota(Exception):
    """The CRM takes no more calls today."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the fields are called, and the two values of the status."""

    score: str
    status: str
    fill: str
    owner: str
    city: str
    initial: str
    moved: str

    def fields(self) -> list[str]:
        return [self.score, self.status, self.fill, self.owner, self.city]


@dataclass(frozen=True, slots=True)
class Answer:
    """`written`: fields of the patch that were written. `owner`: the task's. `changed`: nothing done, read again."""

    written: frozenset[str] = frozenset()
    task: str = ""
    owner: str = ""
    changed: bool = False


class Crm(Protocol):
    """What the toy asks of a CRM."""

    names: Names

    def now(self) -> datetime: ...

    def changed(self, since: str, *, strict: bool) -> Iterator[Lead]: ...

    def read(self, lead: str) -> Lead: ...

    def patch(self, lead: Lead, new: Mapping[str, Any], fault: str) -> Answer: ...

    def hand_off(self, key: str, lead: Lead, new: Mapping[str, Any], owner: str, fault: str) -> Answer: ...

    def task(self, key: str, lead: str, subject: str, owner: str) -> str:
        """Create a task unless there is one under this key; its id."""
        ...

    def note(self, key: str, lead: str, *, look: bool) -> None:
        """Write a note. `look`: unless the lead has it."""
        ...


def stamp(moment: datetime) -> str:
    """As both CRMs take it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def never(_method: str, _path: str) -> bool:
    return False


class Wire:
    """`lost(method, path)`: whether the reply to a request does not arrive, though it was carried out."""

    def __init__(self, url: str, lost: Callable[[str, str], bool] = never) -> None:
        self.url, self.lost = url, lost
        self.headers: dict[str, str] = {"Content-Type": "application/json"}
        self.date = ""

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {**self.headers, **headers}, method=method)  # noqa: S310 - the sandbox
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310 - the sandbox
                status, text, got = answer.status, answer.read(), answer.headers
        except HTTPError as error:
            with error:
                status, text, got = error.code, error.read(), error.headers
        self.date = got["Date"]
        if self.lost(method, path):
            raise Lost
        if status in {403, 429} and b"LIMIT" in text:
            raise Quota
        return status, json.loads(text) if text else None, got


class ToySalesforce:
    """Leads, and a composite graph for the hand-off."""

    names = Names(
        "Leadrelay_Score__c", "Status", "Description", "OwnerId", "City", "Open - Not Contacted", "Working - Contacted"
    )

    def __init__(self, url: str, lost: Callable[[str, str], bool] = never) -> None:
        self.wire = Wire(url, lost)
        login = b"grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        token = self.wire("POST", "/services/oauth2/token", login, **form)[1]["access_token"]
        self.wire.headers["Authorization"] = f"Bearer {token}"

    def now(self) -> datetime:
        self.wire("GET", LATEST)
        return parsedate_to_datetime(self.wire.date)

    def changed(self, since: str, *, strict: bool) -> Iterator[Lead]:
        last = since
        while True:
            operator, limit = (">", " LIMIT 5") if strict else (">=", "")
            where = f" WHERE SystemModstamp {operator} {last}" if last else ""
            order = f"{where} ORDER BY SystemModstamp, Id{limit}"
            fields = ", ".join(["Id", "Email", "SystemModstamp", *self.names.fields()])
            path = f"{LATEST}/query?q={quote_plus(f'SELECT {fields} FROM Lead{order}')}"
            records: list[Lead] = []
            while path:
                page = self.wire("GET", path)[1]
                records += page["records"]
                path = page.get("nextRecordsUrl", "")
            yield from (self._lead(record) for record in records)
            if not strict or not records:
                return
            last = stamp(datetime.fromisoformat(records[-1]["SystemModstamp"]))

    def read(self, lead: str) -> Lead:
        """Only once its last change is a second old: the guard of a write knows whole seconds."""
        while True:
            _, record, headers = self.wire("GET", f"{LATEST}/sobjects/Lead/{lead}")
            if headers["Last-Modified"] != headers["Date"]:
                return self._lead(record) | {"unmodified": headers["Last-Modified"], "date": headers["Date"]}
            time.sleep(0.2)

    def patch(self, lead: Lead, new: Mapping[str, Any], fault: str) -> Answer:
        fresh = self.read(lead["id"])
        headers = _guard(fresh, fault)
        status, _, _ = self.wire("PATCH", f"{LATEST}/sobjects/Lead/{lead['id']}", new, **headers)
        return Answer(frozenset(new) if status == 204 else frozenset())

    def hand_off(self, key: str, lead: Lead, new: Mapping[str, Any], owner: str, fault: str) -> Answer:
        task = {"Subject": "Call", "WhoId": lead["id"], "OwnerId": owner, "Leadrelay_Key__c": key}
        if fault == "naive create":
            del task["Leadrelay_Key__c"]
        nodes = [
            {"method": "POST", "url": f"{LATEST}/sobjects/Task", "referenceId": "task", "body": task},
            {
                "method": "PATCH",
                "url": f"{LATEST}/sobjects/Lead/{lead['id']}",
                "referenceId": "lead",
                "body": dict(new),
                "httpHeaders": _guard(lead, fault),
            },
        ]
        body = {"graphs": [{"graphId": "g", "compositeRequest": nodes}]}
        answer = self.wire("POST", f"{LATEST}/composite/graph", body)[1]["graphs"][0]
        parts = answer["graphResponse"]["compositeResponse"]
        if answer["isSuccessful"]:
            return Answer(frozenset(new), parts[0]["body"]["id"], owner)
        if "DUPLICATE_VALUE" not in json.dumps(parts):
            return Answer(changed=True)
        found = self.wire("GET", f"{LATEST}/sobjects/Task/Leadrelay_Key__c/{key}")[1]
        return Answer(frozenset(new) if found["OwnerId"] == owner else frozenset(), found["Id"], found["OwnerId"])

    def task(self, key: str, lead: str, subject: str, owner: str) -> str:
        task = {"Subject": subject, "WhoId": lead, "OwnerId": owner, "Leadrelay_Key__c": key}
        status, made, _ = self.wire("POST", f"{LATEST}/sobjects/Task", task)
        found = made if status == 201 else self.wire("GET", f"{LATEST}/sobjects/Task/Leadrelay_Key__c/{key}")[1]
        return str(found.get("id") or found["Id"])

    def note(self, key: str, lead: str, *, look: bool) -> None:
        query = quote_plus(f"SELECT Body FROM Note WHERE ParentId = '{lead}'")
        found = self.wire("GET", f"{LATEST}/query?q={query}")[1]["records"] if look else []
        if not any(key in note["Body"] for note in found):
            body = {"ParentId": lead, "Title": "Relayed", "Body": f"Reference: {key}"}
            self.wire("POST", f"{LATEST}/sobjects/Note", body)

    def _lead(self, record: Mapping[str, Any]) -> Lead:
        fields = {name: record.get(name) for name in self.names.fields()}
        return {"id": record["Id"], "email": record.get("Email"), "modified": record["SystemModstamp"], **fields}


def _guard(lead: Lead, fault: str) -> dict[str, str]:
    unmodified = lead["date"] if fault == "date header" else lead["unmodified"]
    headers = {"If-Unmodified-Since": unmodified}
    return headers if fault == "assignment on" else {**headers, "Sforce-Auto-Assign": "FALSE"}


class ToyHubSpot:
    """Contacts; the task is the claim, and comes first."""

    names = Names("leadrelay_score", "hs_lead_status", "fax", "hubspot_owner_id", "city", "NEW", "OPEN")
    contacts, tasks, notes = (f"/crm/v3/objects/{kind}" for kind in ("contacts", "tasks", "notes"))

    def __init__(self, url: str, lost: Callable[[str, str], bool] = never) -> None:
        self.wire = Wire(url, lost)
        self.wire.headers["Authorization"] = "Bearer pat-sandbox-0000-1111"

    def now(self) -> datetime:
        self.wire("GET", "/crm/v3/owners?limit=1")
        return parsedate_to_datetime(self.wire.date)

    def changed(self, since: str, *, strict: bool) -> Iterator[Lead]:
        rule = {"propertyName": "lastmodifieddate", "operator": "GT" if strict else "GTE", "value": since}
        body = {
            "filters": [rule] if since else [],
            "limit": 200,
            "properties": [*self.names.fields(), "email"],
            "after": "0",
        }
        while True:
            page = self.wire("POST", f"{self.contacts}/search", body)[1]
            yield from (self._lead(record) for record in page["results"])
            if "paging" not in page:
                return
            body["after"] = page["paging"]["next"]["after"]

    def read(self, lead: str) -> Lead:
        wanted = ",".join([*self.names.fields(), "email"])
        return self._lead(self.wire("GET", f"{self.contacts}/{lead}?properties={wanted}")[1])

    def patch(self, lead: Lead, new: Mapping[str, Any], fault: str) -> Answer:
        del fault  # one way only
        self.wire("PATCH", f"{self.contacts}/{lead['id']}", {"properties": dict(new)})
        return Answer(frozenset(new))

    def hand_off(self, key: str, lead: Lead, new: Mapping[str, Any], owner: str, fault: str) -> Answer:
        if fault == "owner first":
            self.patch(lead, new, fault)
        task, claimed = self._claim(key, lead["id"], owner, fault)
        if fault == "owner first":
            return Answer(frozenset(new), task, owner)
        self.patch(lead, {**new, self.names.owner: claimed}, fault)
        return Answer(frozenset(new), task, claimed)

    def task(self, key: str, lead: str, subject: str, owner: str) -> str:
        due = "2026-12-01T00:00:00Z"
        own = {"hs_task_subject": subject, "hs_timestamp": due, "hubspot_owner_id": owner, "leadrelay_key": key}
        status, made, _ = self.wire("POST", self.tasks, {"properties": own, "associations": _linked(lead, 204)})
        found = made if status == 201 else self.wire("GET", f"{self.tasks}/{key}?idProperty=leadrelay_key")[1]
        return str(found["id"])

    def note(self, key: str, lead: str, *, look: bool) -> None:
        unique = {"leadrelay_key": key} if look else {}
        own = {"hs_note_body": "Relayed", "hs_timestamp": "2026-12-01T00:00:00Z", **unique}
        self.wire("POST", self.notes, {"properties": own, "associations": _linked(lead, 202)})

    def _claim(self, key: str, lead: str, owner: str, fault: str) -> tuple[str, str]:
        """The task and its owner: a new one, or the one that is there under the key."""
        values = {"hs_task_subject": f"Call {key}", "hs_timestamp": "2026-12-01T00:00:00Z", "hubspot_owner_id": owner}
        link = _linked(lead, 204)
        if fault == "search first" and (found := self._search(values["hs_task_subject"])):
            return found, owner
        if fault == "upsert":
            return self._upsert(key, lead, {**values, "hs_task_status": "NOT_STARTED"}), owner
        if fault not in {"naive create", "search first"}:
            values["leadrelay_key"] = key
        status, made, _ = self.wire("POST", self.tasks, {"properties": values, "associations": link})
        if status == 201:
            return made["id"], owner
        where = f"{self.tasks}/{key}?idProperty=leadrelay_key&properties=hubspot_owner_id"
        found = self.wire("GET", where)[1]
        return found["id"], found["properties"]["hubspot_owner_id"]

    def _search(self, subject: str) -> str:
        filters = [{"propertyName": "hs_task_subject", "operator": "EQ", "value": subject}]
        results = self.wire("POST", f"{self.tasks}/search", {"filters": filters})[1]["results"]
        return results[0]["id"] if results else ""

    def _upsert(self, key: str, lead: str, values: Mapping[str, Any]) -> str:
        inputs = [{"id": key, "idProperty": "leadrelay_key", "properties": values}]
        made = self.wire("POST", f"{self.tasks}/batch/upsert", {"inputs": inputs})[1]["results"][0]["id"]
        self.wire("PUT", f"/crm/v4/objects/tasks/{made}/associations/default/contacts/{lead}")
        return str(made)

    def _lead(self, record: Mapping[str, Any]) -> Lead:
        held = record["properties"]
        fields = {name: held.get(name) for name in self.names.fields()}
        return {"id": record["id"], "email": held.get("email"), "modified": held["lastmodifieddate"], **fields}


def _linked(lead: str, kind: int) -> list[dict[str, Any]]:
    return [{"to": {"id": lead}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]}]


def earlier(moment: datetime, seconds: int) -> str:
    """So many seconds before, as a stamp."""
    return stamp(moment - timedelta(seconds=seconds))
