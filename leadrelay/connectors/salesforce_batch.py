"""Several queries in one call: each is answered or refused by itself, and all count once towards the daily limit.

In composite/batch each counts: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-batch.html
https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote_plus

import msgspec

from leadrelay.connectors import frames
from leadrelay.connectors.salesforce_auth import Account
from leadrelay.connectors.salesforce_query import Batch, Reader
from leadrelay.connectors.salesforce_wire import SALESFORCE
from leadrelay.connectors.transport import Answer, Broken, Rejection

MOST = 5
"""Queries in a call."""

UNSEEN = frozenset({"INVALID_TYPE", "INVALID_FIELD", "QUERY_TIMEOUT"})
"""Refusals of a query that may be done without."""

Found = list[msgspec.Raw] | Rejection
"""The records of a query, or why it was refused."""


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

    def _asked(self, queries: Sequence[str]) -> list[Found]:
        if len(queries) == 1:
            return [self._alone(queries[0])]
        base = f"/services/data/v{self._account.settings.api_version}/query?q="
        parts = [
            {"method": "GET", "url": base + quote_plus(query), "referenceId": f"q{at}"}
            for at, query in enumerate(queries)
        ]
        body = {"allOrNone": False, "compositeRequest": parts}
        answered = self._account.call(
            lambda client: client.restful("composite", method="POST", json=body),
            lambda answer: self._read(answer, len(queries)),
        )
        return [one if isinstance(one, Rejection) else list(self._reader.rows_from(one)) for one in answered]

    def _alone(self, query: str) -> Found:
        try:
            return list(self._reader.rows(query))
        except Rejection as no:
            return no

    def _read(self, answer: Answer, expected: int) -> list[Batch | Rejection]:
        parts = msgspec.json.decode(answer.body, type=_Results).composite_response
        found = {one.reference_id: one for one in parts}
        names = [f"q{at}" for at in range(expected)]
        if missing := [name for name in names if name not in found]:
            raise Broken(f"{len(missing)} of {expected} answers are missing")
        return [self._judged(found[name]) for name in names]

    def _judged(self, one: _Result) -> Batch | Rejection:
        """What passes is raised, so that the call is made again."""
        fault = SALESFORCE.judge(self._account.settings.place, Answer(one.http_status_code, {}, bytes(one.body)))
        if fault is None:
            return frames.decode(bytes(one.body), Batch)
        if isinstance(fault, Rejection):
            return fault
        raise fault
