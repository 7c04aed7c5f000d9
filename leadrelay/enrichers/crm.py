"""The company's record in the job's own CRM as a provider: what is known there already is asked for first, for nothing.

It is asked over the job's own connection, so that its calls count in the quota as all others do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from json import dumps
from types import MappingProxyType
from typing import Protocol

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.casts import Target, fits
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.lead import Schema
from leadrelay.core.toml_text import nearest
from leadrelay.enrichers.base import Answer, Found, Price, Question
from leadrelay.errors import CrmError, Problem, Unavailable

PIECE = 100
"""Companies in a question: as many values as one filter of HubSpot's search takes."""

UNCONNECTED = "it is asked over the connection of a job: try it with `leadrelay explain JOB LEAD`"
UNKNOWN, EMPTY = "no company of this domain", "found, but nothing that is asked for"


class Companies(Protocol):
    """As much of a connector as is needed here."""

    def organisation(self) -> str:
        """Whose companies these are."""
        ...

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """By domain, what the company's record holds."""
        ...

    def company_fields(self) -> Mapping[str, FieldInfo]:
        """The fields of the company's record."""
        ...


class CrmProvider:
    """Tells what the account or company of a lead's domain holds.

    `columns`: by lead field, the field of the account or company. `sure`: how sure its values are.
    `companies`: None where no job is connected. `places`: by lead field, where the configuration names its column.

    After a failure nothing more is asked: the CRM was patient already, and whoever may not see a field may not later.
    """

    def __init__(
        self,
        name: str,
        companies: Companies | None,
        columns: Mapping[str, str],
        sure: float = 1.0,
        schema: Schema = SCHEMA,
        places: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.fields = frozenset(columns)
        self.asks: tuple[tuple[str, ...], ...] = (("domain",),)
        self.price = Price()
        self.at_once, self.piece = 1, PIECE
        self._companies, self._columns, self._sure = companies, dict(columns), sure
        self._targets = {name: Target(schema[name].type) for name in columns}
        self._places = places
        self._failure: Answer | None = None if companies else Answer(Found.FAILED, why=UNCONNECTED, down=True)

    @property
    def source(self) -> str:
        """Who answers: another CRM, or other fields of its companies, are another question under the same name."""
        whose = self._companies.organisation() if self._companies else ""
        return dumps([self.name, whose, self._columns], ensure_ascii=False, sort_keys=True)

    def ask(self, questions: Sequence[Question]) -> Sequence[Answer]:
        """One question to the CRM about all of these companies."""
        if questions and self._companies and self._failure is None:
            domains = list(dict.fromkeys(question.asked["domain"] for question in questions))
            try:
                found = self._companies.company_values(domains, list(dict.fromkeys(self._columns.values())))
            except CrmError as error:
                self._failure = _failure(error)
            else:
                return [self._answer(found.get(question.asked["domain"])) for question in questions]
        return [self._failure or Answer(Found.FAILED)] * len(questions)

    def close(self) -> None:
        """The connection is the job's own."""

    def problems(self) -> Iterator[Problem]:
        """Fields that the CRM's companies have not, or not for this user. Asks the CRM."""
        if self._companies is None:
            return
        known = self._companies.company_fields()
        spelled = {name.lower() for name in known}
        for field, column in self._columns.items():
            if column.lower() not in spelled:
                cure = nearest(column, list(known)) or "Is it visible to this user?"
                yield Problem(self._places.get(field, field), f"the CRM's companies have no field '{column}'.", cure)

    def _answer(self, record: Mapping[str, str] | None) -> Answer:
        if record is None:
            return Answer(Found.MISS, why=UNKNOWN)
        told = {
            name: value
            for name, column in self._columns.items()
            if (value := record.get(column)) and fits(value, self._targets[name])
        }
        if not told:
            return Answer(Found.MISS, why=EMPTY)
        return Answer(Found.HIT, told, dict.fromkeys(told, self._sure))


def _failure(error: CrmError) -> Answer:
    wait = error.retry_after if isinstance(error, Unavailable) else None
    return Answer(Found.FAILED, why=str(error), again=timedelta(seconds=wait) if wait else None, down=True)
