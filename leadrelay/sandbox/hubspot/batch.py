"""`/crm/v3/objects/{type}/batch/*`: up to 100 records a call, with the exact success codes of each verb.

A 207 carries what worked and what did not; create and upsert give one only when every input has its own
`objectWriteTraceId`, else the first problem undoes the whole call:
https://developers.hubspot.com/docs/api-reference/error-handling#multi-status-errors
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from leadrelay.sandbox.hubspot.errors import PORTAL_ID, Refusal, bad_input, multi_status, too_many
from leadrelay.sandbox.hubspot.objecttypes import ObjectType, object_type
from leadrelay.sandbox.hubspot.query import body, flag, strings, text
from leadrelay.sandbox.hubspot.settings import Settings
from leadrelay.sandbox.hubspot.writes import Writer
from leadrelay.sandbox.wire import Request, Response

MOST = 100
MOST_WITH_HISTORY = 50
LOCKED = 423
"""Concerns the call, not an input of it."""

Input = dict[str, Any]


class BatchApi:
    """The five batch verbs."""

    def __init__(self, writer: Writer, settings: Settings) -> None:
        self.writer = writer
        self.records = writer.records
        self.store = writer.store
        self.settings = settings

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        base = "/crm/v3/objects/{type}/batch/"
        verbs = {
            "read": self.read,
            "create": self.create,
            "update": self.update,
            "upsert": self.upsert,
            "archive": self.archive,
        }
        return [("POST", base + verb, handler) for verb, handler in verbs.items()]

    def read(self, request: Request) -> Response:
        kind, given = object_type(self.store, request.parts["type"]), body(request)
        history = strings(given.get("propertiesWithHistory"), "propertiesWithHistory")
        inputs = self._inputs(given, MOST_WITH_HISTORY if history else MOST)
        archived = flag(request, "archived")
        names = [*strings(given.get("properties"), "properties"), *history]
        id_property = text(given.get("idProperty"), "idProperty")
        keys = {i["id"]: self.records.resolve(kind, i["id"], id_property, archived=archived) for i in inputs}
        wanted = list(dict.fromkeys(key for key in keys.values() if key is not None))
        results = self.records.by_id(kind, wanted, self.records.view(kind, names or None), archived=archived)
        if history:
            self.records.history.add(kind, results, history)
        absent = [key for key, found in keys.items() if found is None]
        return self._answer(200, results, [_absent(kind).entry(ids=absent)] if absent else [])

    def create(self, request: Request) -> Response:
        kind = object_type(self.store, request.parts["type"])
        inputs = self._inputs(body(request), MOST, named=False)
        made, errors = self._each(inputs, lambda given: self.writer.create(kind, given, request.actor))
        view = self.records.full_view(kind)
        results = self.records.by_id(kind, [key for _, key in made], view)
        traced = [_traced(record, given) for record, (given, _) in zip(results, made, strict=True)]
        return self._answer(201, traced, errors)

    def update(self, request: Request) -> Response:
        """Unknown ids are errors of their own (207); a value that is not valid fails the whole call."""
        kind = object_type(self.store, request.parts["type"])
        inputs = self._inputs(body(request), MOST)
        _expect_different([given["id"] for given in inputs])
        pairs = [(given, self._key(kind, given)) for given in inputs]
        found = [(given, key) for given, key in pairs if key is not None]
        _expect_different([str(key) for _, key in found])
        rows = {int(key): row for key, row in self.store.get_many(kind.name, [str(key) for _, key in found]).items()}
        for given, key in found:
            self.writer.update(kind, rows[key], given.get("properties"), request.actor)
        errors = [_failed(_absent(kind), given) for given, key in pairs if key is None]
        return self._answer(200, self._written(kind, found), errors)

    def upsert(self, request: Request) -> Response:
        """Find by a unique property, or create; each result says whether it is `new`."""
        kind = object_type(self.store, request.parts["type"])
        inputs = self._inputs(body(request), MOST)
        _expect_different([given["id"] for given in inputs])
        for given in inputs:
            self._expect_unique(kind, text(given.get("idProperty"), "idProperty"))
        done, errors = self._each(inputs, lambda given: self._upsert(kind, given, request.actor))
        _expect_different([str(key) for _, (key, _) in done])
        records = self._written(kind, [(given, key) for given, (key, _) in done])
        results = [{**record, "new": new} for record, (_, (_, new)) in zip(records, done, strict=True)]
        return self._answer(200, results, errors)

    def archive(self, request: Request) -> Response:
        kind = object_type(self.store, request.parts["type"])
        for given in self._inputs(body(request), MOST):
            key = self.records.resolve(kind, given["id"])
            if key is not None:
                self.writer.archive(kind, key, request.actor)
        return Response(204)

    def _inputs(self, given: Input, most: int, *, named: bool = True) -> list[Input]:
        inputs = given.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
            raise bad_input("Some required fields were not set: [inputs]")
        if len(inputs) > most:
            raise too_many(most, "a batch" if most == MOST else "a batch request for property histories")
        if named:
            if not all(isinstance(item.get("id"), str | int) for item in inputs):
                raise bad_input("Some required fields were not set: [id]")
            inputs = [{**item, "id": str(item["id"])} for item in inputs]
        return inputs

    def _each(self, inputs: list[Input], act: Callable[[Input], Any]) -> tuple[list[tuple[Input, Any]], list[Any]]:
        """Act on every input; with trace ids a refusal concerns its input alone."""
        traces = [text(given.get("objectWriteTraceId"), "objectWriteTraceId") for given in inputs]
        apart = bool(inputs) and all(traces) and len(set(traces)) == len(traces)
        done: list[tuple[Input, Any]] = []
        errors: list[Any] = []
        for given in inputs:
            try:
                with self.store.transaction():
                    done.append((given, act(given)))
            except Refusal as refusal:
                if not apart or refusal.status == LOCKED:
                    raise
                errors.append(_failed(refusal, given))
        return done, errors

    def _key(self, kind: ObjectType, given: Input) -> int | None:
        name = text(given.get("idProperty"), "idProperty")
        self._expect_unique(kind, name)
        return self.records.resolve(kind, given["id"], name)

    def _upsert(self, kind: ObjectType, given: Input, actor: str) -> tuple[int, bool]:
        key = self._key(kind, given)
        if key is not None:
            self.writer.update(kind, self.records.row(kind, key), given.get("properties"), actor)
            return key, False
        name = given.get("idProperty")
        if not name:
            raise _absent(kind)
        properties = given.get("properties")
        if isinstance(properties, dict):
            properties = {name: given["id"], **properties}
        return self.writer.create(kind, {"properties": properties}, actor), True

    def _expect_unique(self, kind: ObjectType, name: str) -> None:
        """Its id is named without a property: https://github.com/segmentio/action-destinations/pull/3957."""
        prop = self.records.portal.properties(kind).get(name)
        if name and (prop is None or not prop.unique):
            text = f"Unable to perform update/upsert by non-unique {kind.type_id} property {name}"
            raise Refusal(400, f"{text} in portal ID {PORTAL_ID}")

    def _written(self, kind: ObjectType, done: Sequence[tuple[Input, int]]) -> list[Input]:
        """The records with what was written to any of them, in order of the inputs."""
        names = {name for given, _ in done for name in given.get("properties") or ()}
        records = self.records.by_id(kind, [key for _, key in done], self.records.view(kind, names))
        for record, (given, _) in zip(records, done, strict=True):
            own = {*(given.get("properties") or ()), *kind.always}
            record["properties"] = {name: v for name, v in record["properties"].items() if name in own}
            _traced(record, given)
        return records

    def _answer(self, status: int, results: list[Input], errors: list[Any]) -> Response:
        if self.settings.shuffle_batches:
            random.Random(len(results)).shuffle(results)
        return multi_status(status, self.store.clock.stamp(), results, errors)


def _expect_different(ids: list[str]) -> None:
    twice = [key for key, count in Counter(ids).items() if count > 1]
    if twice:
        text = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise Refusal(400, text, context={"ids": twice})


def _absent(kind: ObjectType) -> Refusal:
    what = f"Could not get some {kind.singular.upper()} objects"
    text = f"{what}, they may be deleted or not exist. Check that ids are valid."
    return Refusal(404, text, "OBJECT_NOT_FOUND")


def _failed(refusal: Refusal, given: Input) -> Input:
    """The error of one input: it carries the input's id and trace id, where it has them."""
    context = {"ids": given.get("id"), "objectWriteTraceId": given.get("objectWriteTraceId")}
    return refusal.entry(**{name: [value] for name, value in context.items() if value})


def _traced(record: Input, given: Input) -> Input:
    if trace := given.get("objectWriteTraceId"):
        record["objectWriteTraceId"] = trace
    return record
