"""What the CRM in memory knows of people: tests put it there, `MemoryConnector` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from leadrelay.connectors.base import Claim, FieldInfo
from leadrelay.connectors.people import Account, Activity, Closed, Colleague, Firm, Milestones
from leadrelay.errors import FieldsGone

Record = dict[str, str | None]


@dataclass(slots=True)
class MemoryTask:
    """A task, or a note, as a person may change it."""

    id: str
    lead: str
    subject: str
    body: str
    due: str = ""
    owner: str = ""
    html: str = ""
    remind: str = ""
    kind: str = "todo"
    deleted: bool = False
    touched: bool = False

    def claim(self, key: str) -> Claim:
        """As our own value."""
        return Claim(key, self.id, self.owner, self.deleted, self.touched)


@dataclass(eq=False)
class MemoryPeople:
    """`known`: companies, the one that was changed last at the end. `staff`: by company, who is known there.

    `answers`: what people did, in order. `became`: by lead, what became of it. `counts`: whether it can count leads.
    `company_columns`, `company_records`: the fields of companies, and by company what they hold.
    """

    records: dict[str, Record] = field(default_factory=dict)
    owner_field: str = "Owner"
    calls: int = 0
    counts: bool = True
    known: list[Account] = field(default_factory=list)
    staff: dict[str, list[Colleague]] = field(default_factory=dict)
    answers: list[Activity] = field(default_factory=list)
    became: dict[str, Milestones] = field(default_factory=dict)
    company_columns: tuple[str, ...] = ()
    company_records: dict[str, dict[str, str]] = field(default_factory=dict)

    def workload(self, closed: Closed | None = None) -> Mapping[str, int] | None:
        """Every record that belongs to somebody, and is not closed."""
        if not self.counts:
            return None
        self.calls += 1
        open_ = [one for one in self.records.values() if not closed or one.get(closed.field) not in closed.values]
        return Counter(owner for record in open_ if (owner := record.get(self.owner_field)))

    def accounts(self, firms: Sequence[Firm]) -> Mapping[str, Account]:
        """By domain first, then by name."""
        self.calls += bool(firms)
        return {firm.lead: found for firm in firms if (found := self._account(firm))}

    def colleagues(self, firms: Sequence[Firm], most: int = 10) -> Mapping[str, Sequence[Colleague]]:
        """Who is known at that company."""
        self.calls += bool(firms)
        found = {firm.lead: list(self._staff(firm))[:most] for firm in firms}
        return {lead: several for lead, several in found.items() if several}

    def company_values(self, domains: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """As `company_records` has them, by the company's id."""
        self.calls += bool(domains)
        if missing := [name for name in fields if name not in self.company_columns]:
            raise FieldsGone(f"companies have no {', '.join(missing)}.", missing)
        found = {domain: self._account(Firm("", domain)) for domain in domains}
        return {
            domain: {name: value for name in fields if (value := self.company_records.get(one.id, {}).get(name))}
            for domain, one in found.items()
            if one
        }

    def company_fields(self) -> Mapping[str, FieldInfo]:
        """As they were put there."""
        return {name: FieldInfo(name, name, "string") for name in self.company_columns}

    def responses(self, since: Mapping[str, str]) -> Mapping[str, Activity]:
        """The first answer that is not too early."""
        self.calls += bool(since)
        found: dict[str, Activity] = {}
        for answer in sorted(self.answers, key=lambda one: one.at):
            if answer.lead in since and answer.at >= since[answer.lead]:
                found.setdefault(answer.lead, answer)
        return found

    def milestones(self, ids: Sequence[str]) -> Mapping[str, Milestones]:
        """As they were put there."""
        self.calls += bool(ids)
        return {lead: self.became[lead] for lead in ids if lead in self.became}

    def _account(self, firm: Firm) -> Account | None:
        by_domain = [one for one in self.known if firm.domain and one.domain.lower() == firm.domain.lower()]
        by_name = [one for one in self.known if firm.name and one.name.lower() == firm.name.lower()]
        return next(reversed(by_domain or by_name), None)

    def _staff(self, firm: Firm) -> Iterator[Colleague]:
        account = self._account(firm)
        yield from (one for one in self.staff.get(account.id, ()) if one.id != firm.lead) if account else ()
