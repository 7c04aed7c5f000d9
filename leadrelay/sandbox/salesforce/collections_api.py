"""sObject Collections: up to 200 records in one call, HTTP 200, and a verdict for each.

https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections.html
A record that cannot be read (an unknown field, a value of the wrong type) is refused with the whole request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from leadrelay.sandbox.salesforce import ids, objects, query
from leadrelay.sandbox.salesforce.attempt import attempt
from leadrelay.sandbox.salesforce.errors import SalesforceError, bad, json_error, no_external_id
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.records import Records, own_key
from leadrelay.sandbox.salesforce.schema import Values
from leadrelay.sandbox.salesforce.sobjects import caller, json_object, kind_of
from leadrelay.sandbox.salesforce.validation import each
from leadrelay.sandbox.salesforce.writes import Caller, Writer
from leadrelay.sandbox.store import Row
from leadrelay.sandbox.wire import Request, Response, Router

MOST = 200
_MOST_READ = 2000
_MOST_CHUNKS = 10
_MOST_REPEATS = 12
_BASE = "/services/data/v{version}/composite/sobjects"
_TOO_MANY_CHUNKS = (
    f"Cannot have more than {_MOST_CHUNKS} chunks in a single operation. Please rearrange the data to reduce chunking."
)
_ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"

Known = dict[tuple[str, str], Row]
"""Records by object type and id, as they are now."""

Step = Callable[[], dict[str, Any]]
"""Writes one record and gives its result, or raises SalesforceError."""


class SobjectCollections:
    """Create, update, upsert, delete and read many."""

    def __init__(self, org: Org, writer: Writer) -> None:
        self._org = org
        self._writer = writer
        self._by_record = Records(org.store, writer)

    def add_routes(self, router: Router) -> None:
        router.add("POST", _BASE, self._create)
        router.add("PATCH", _BASE, self._update)
        router.add("DELETE", _BASE, self._delete)
        router.add("GET", _BASE + "/{object}", self._read)
        router.add("POST", _BASE + "/{object}", self._read)
        router.add("PATCH", _BASE + "/{object}/{field}", self._upsert)

    # -- writing ----------------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Response:
        body = json_object(request)
        who = caller(self._org, request)
        steps = [self._creation(kind, values, who) for kind, _, values in self._records(body, request)]
        return self._run(steps, all_or_none=_flag(body.get("allOrNone")))

    def _update(self, request: Request) -> Response:
        body = json_object(request)
        who = caller(self._org, request)
        records = list(self._records(body, request))
        known = self._known(records)
        seen: Counter[str] = Counter()
        steps = [self._change(kind, sent, values, who, known, seen) for kind, sent, values in records]
        return self._run(steps, all_or_none=_flag(body.get("allOrNone")))

    def _upsert(self, request: Request) -> Response:
        body = json_object(request)
        who, kind, field = caller(self._org, request), kind_of(self._org.store, request), request.parts["field"]
        rule = self._writer.schemas.of(kind.name).rules.get(field.lower())
        if rule is None or not (rule.column.meta["externalId"] or rule.column.name == "Id"):
            raise no_external_id(field)
        steps: list[Step] = []
        for record_kind, sent, values in self._records(body, request):
            if record_kind != kind:
                raise bad(
                    "INVALID_TYPE", f"record type {record_kind.name} does not match the type {kind.name} in the URI"
                )
            value = sent if rule.column.name == "Id" else values.pop(rule.column.name, None)
            steps.append(self._upsertion(kind, rule.column.name, value, values, who))
        return self._run(steps, all_or_none=_flag(body.get("allOrNone")))

    def _delete(self, request: Request) -> Response:
        sent = [part.strip() for part in request.query.get("ids", "").split(",") if part.strip()]
        _check_count(sent)
        who = caller(self._org, request)
        return self._run(
            [self._deletion(text, who) for text in sent], all_or_none=_flag(request.query.get("allOrNone"))
        )

    def _run(self, steps: Sequence[Step], *, all_or_none: bool) -> Response:
        with attempt(self._org.store) as tried:
            results = [self._one(step) for step in steps]
            tried.failed = all_or_none and not all(one["success"] for one in results)
        if tried.failed:
            results = [_rolled_back(one) for one in results]
        return Response(200, results)

    def _one(self, step: Step) -> dict[str, Any]:
        try:
            with self._org.store.transaction():
                return step()
        except SalesforceError as error:
            return failure(error)

    def _creation(self, kind: ObjectType, values: Values, who: Caller) -> Step:
        return lambda: self._by_record.create(kind, values, who)

    def _known(self, records: Sequence[tuple[ObjectType, Any, Values]]) -> Known:
        """The records that are to be changed; nearly always their ids came in the form that is kept."""
        known: Known = {}
        for kind, group in groupby(records, key=lambda record: record[0]):
            rows = self._org.store.get_many(kind.name, [str(sent) for _, sent, _ in group])
            known.update(((kind.name, key), row) for key, row in rows.items())
        return known

    def _change(
        self, kind: ObjectType, sent: Any, values: Values, who: Caller, known: Known, seen: Counter[str]
    ) -> Step:
        def step() -> dict[str, Any]:
            key = sent if (kind.name, sent) in known else own_key(kind, sent)
            seen[key] += 1
            if seen[key] > _MOST_REPEATS:
                raise _repeated(key)
            old = known.get((kind.name, key)) or self._org.store.get(kind.name, key)
            answer, known[kind.name, key] = self._by_record.update(kind, key, values, who, old)
            return answer

        return step

    def _upsertion(self, kind: ObjectType, field: str, value: Any, values: Values, who: Caller) -> Step:
        return lambda: self._by_record.upsert(kind, field, value, values, who)

    def _deletion(self, sent: str, who: Caller) -> Step:
        return lambda: self._by_record.delete(sent, who)

    def _records(self, body: Mapping[str, Any], request: Request) -> Iterator[tuple[ObjectType, Any, Values]]:
        """Each record's type, id as sent, and values."""
        records = body.get("records")
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise json_error("The request body must hold a list named records at [line:1, column:1]")
        _check_count(records)
        kinds = [_kind(self._org, record) for record in records]
        if sum(1 for _ in groupby(kinds)) > _MOST_CHUNKS:
            raise bad("LIMIT_EXCEEDED", _TOO_MANY_CHUNKS)
        for kind, record in zip(kinds, records, strict=True):
            values = self._writer.schemas.of(kind.name).read(record, request.body)
            # A create with an id is refused by the writer, so it must stay there.
            sent = values.get("Id") if request.method == "POST" else values.pop("Id", None)
            yield kind, sent, values

    # -- reading ----------------------------------------------------------------------------------------------------

    def _read(self, request: Request) -> Response:
        kind = kind_of(self._org.store, request)
        asked, fields = _asked(request)
        if len(asked) > _MOST_READ:
            raise _too_many(_MOST_READ)
        for field in fields:
            if "." not in field:
                self._writer.schemas.of(kind.name).rule(field)
        return Response(200, [self._record_or_none(request, kind, text, fields) for text in asked])

    def _record_or_none(self, request: Request, kind: ObjectType, text: str, fields: Sequence[str]) -> Any:
        key = ids.normalize(text)
        if key is None:
            raise bad("MALFORMED_ID", f"malformed id {text}")
        try:
            return query.record(self._org, request.parts["version"], kind.name, key, fields)
        except SalesforceError as error:
            if error.status == 404:
                return None
            raise


def failure(error: SalesforceError) -> dict[str, Any]:
    """What a record that was refused answers."""
    return {"success": False, "errors": [one.item() for one in each(error)]}


def _rolled_back(one: dict[str, Any]) -> dict[str, Any]:
    if not one["success"]:
        return one
    error = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": _ROLLED_BACK, "fields": []}
    return {"success": False, "errors": [error]}


def _kind(org: Org, record: Mapping[str, Any]) -> ObjectType:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise bad("INVALID_TYPE", "Each record needs its type in attributes")
    kind = objects.find(org.store, name)
    if kind is None or not org.sees(kind.name):
        raise bad("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return kind


def _asked(request: Request) -> tuple[list[str], list[str]]:
    if request.method == "GET":
        texts = (request.query.get("ids", ""), request.query.get("fields", ""))
        asked, fields = ([part.strip() for part in text.split(",") if part.strip()] for text in texts)
    else:
        body = json_object(request)
        asked, fields = _texts(body, "ids"), _texts(body, "fields")
    if not asked or not fields:
        raise bad("MISSING_ARGUMENT", f"{'fields' if asked else 'ids'} must be specified")
    return asked, fields


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    texts = body.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise json_error(f"{name} must be a list of texts at [line:1, column:1]")
    return texts


def _check_count(records: Sequence[Any]) -> None:
    if not records:
        raise bad("INVALID_INPUT", "at least one record must be given")
    if len(records) > MOST:
        raise _too_many(MOST)


def _too_many(most: int) -> SalesforceError:
    return bad("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records into this call")


def _repeated(key: str) -> SalesforceError:
    message = (
        f"Maximum number of duplicate updates in one batch ({_MOST_REPEATS} allowed). "
        f"Attempt to update Id more than once in this Api call: {key[:15]}"
    )
    return bad("DUPLICATE_VALUE", message, [])


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
