"""Several queries in one call: each is answered or refused by itself, and all count once towards the daily limit.

In composite/batch each counts: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-batch.html
https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote_plus

import msgspec

from leadrelay.connectors import frames
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_describe import Description
from leadrelay.connectors.salesforce_query import Batch, Reader
from leadrelay.connectors.salesforce_wire import SALESFORCE
from leadrelay.connectors.transport import Answer, Broken, Rejection

T = TypeVar("T")

MOST, MOST_OF_ALL = 5, 25
"""Queries in a call; resources of whatever sort in a call."""

UNSEEN = frozenset({"INVALID_TYPE", "INVALID_FIELD", "QUERY_TIMEOUT"})
"""Refusals of a query that may be done without."""

Found = list[msgspec.Raw] | Rejection
"""The records of a query, or why it was refused."""

Told = Description | Rejection
"""What an object is like, or why that is not told."""


class _Result(msgspec.Struct, rename="camel"):
    reference_id: str
    http_status_code: int
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Results(msgspec.Struct, rename="camel"):
    composite_response: list[_Result]


class Questions:
    """Asks many queries of one account in few calls."""

    def __init__(self, account: Account, reader: Reader) -> None:
        self._account = account
        self._reader = reader

    def rows(self, queries: Sequence[str]) -> Iterator[msgspec.Raw]:
        """The records of all; raises the first refusal."""
        return (row for found in self.whole(queries) for row in found)

    def whole(self, queries: Sequence[str]) -> Iterator[list[msgspec.Raw]]:
        """The records of each; raises the first refusal."""
        for found in self.each(queries):
            if isinstance(found, Rejection):
                raise found
            yield found

    def seen(self, queries: Sequence[str]) -> Iterator[msgspec.Raw]:
        """The same, without what the API user may not see, and what is too much for the organisation to find."""
        for found in self.each(queries):
            if not isinstance(found, Rejection):
                yield from found
            elif found.code not in UNSEEN:
                raise found

    def each(self, queries: Sequence[str]) -> Iterator[Found]:
        """What each was answered, in order."""
        for start in range(0, len(queries), MOST):
            yield from self._asked(queries[start : start + MOST])

    def get(self, queries: Sequence[str], objects: Sequence[str]) -> tuple[list[Found], list[Told]]:
        """What queries were answered, and what objects are like, in order each, in as few calls as can be."""
        found: list[Found] = []
        told: list[Told] = []
        while len(found) < len(queries) or len(told) < len(objects):
            some = queries[len(found) : len(found) + MOST]
            others = objects[len(told) : len(told) + MOST_OF_ALL - len(some)]
            answers, described = self._together(some, others)
            found += [self._rows(answer) for answer in answers]
            told += described
        return found, told

    def _asked(self, queries: Sequence[str]) -> list[Found]:
        if len(queries) == 1:
            return [self._alone(queries[0])]
        return [self._rows(answer) for answer in self._together(queries)[0]]

    def _together(
        self, queries: Sequence[str], objects: Sequence[str] = ()
    ) -> tuple[list[Batch | Rejection], list[Told]]:
        base = f"/services/data/v{self._account.settings.api_version}/"
        paths = [f"query?q={quote_plus(query)}" for query in queries]
        paths += [f"sobjects/{name}/describe" for name in objects]
        parts = [{"method": "GET", "url": base + path, "referenceId": f"q{at}"} for at, path in enumerate(paths)]
        body = {"allOrNone": False, "compositeRequest": parts}
        return self._account.call(
            lambda client: client.restful("composite", method="POST", json=body),
            lambda answer: self._read(answer, len(queries), len(objects)),
        )

    def _rows(self, answer: Batch | Rejection) -> Found:
        return answer if isinstance(answer, Rejection) else list(self._reader.rows_from(answer))

    def _alone(self, query: str) -> Found:
        try:
            return list(self._reader.rows(query))
        except Rejection as no:
            return no

    def _read(self, answer: Answer, queries: int, objects: int) -> tuple[list[Batch | Rejection], list[Told]]:
        parts = msgspec.json.decode(answer.body, type=_Results).composite_response
        found = {one.reference_id: one for one in parts}
        names = [f"q{at}" for at in range(queries + objects)]
        if missing := [name for name in names if name not in found]:
            raise Broken(f"{len(missing)} of {len(names)} answers are missing")
        return (
            [self._judged(found[name], Batch) for name in names[:queries]],
            [self._judged(found[name], Description) for name in names[queries:]],
        )

    def _judged(self, one: _Result, kind: type[T]) -> T | Rejection:
        """What passes is raised, so that the call is made again."""
        fault = SALESFORCE.judge(self._account.settings.place, Answer(one.http_status_code, {}, bytes(one.body)))
        if fault is None:
            return frames.decode(bytes(one.body), kind)
        if isinstance(fault, Rejection):
            return fault
        raise fault
