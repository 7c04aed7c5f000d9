"""What a mapping's references stand for in one CRM: its users, asked for once a run, and companies, as leads name them.

A mapping without references costs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import polars as pl

from leadrelay.connectors.base import Connector, Owner
from leadrelay.connectors.people import Firm
from leadrelay.core.assign.matching import company_domain
from leadrelay.core.references import Reference, ToldOnly, referred
from leadrelay.mappings.mapping import Mapping as FieldMapping
from leadrelay.mappings.referring import NOBODY, ids_of, reads_owners, referring, with_owners


class References:
    """Of one mapping, for one run."""

    def __init__(self, connector: Connector, mapping: FieldMapping) -> None:
        self._connector = connector
        self._mapping = mapping
        self._to_owners = referring(mapping, Reference.OWNER)
        self._to_accounts = referring(mapping, Reference.ACCOUNT)
        self._accounts: dict[str, str] = {}
        self._asked: set[str] = set()

    @property
    def rooms(self) -> Mapping[str, ToldOnly]:
        """By written field that refers to users: what it takes."""
        return dict.fromkeys(self._to_owners, ToldOnly())

    @cached_property
    def readable(self) -> FieldMapping:
        """The mapping, where ids of users stand for their e-mail addresses."""
        return with_owners(self._mapping, self._owners) if reads_owners(self._mapping) else self._mapping

    def resolved(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """With ids in place of e-mail addresses, or why there are none, and of domains; of unknown ones there are none.

        A lead of a company that the CRM does not know is nobody's mistake: nothing waits for a person.
        """
        if self._to_owners:
            wanted = wanted.with_columns(referred(name, self._ids, NOBODY) for name in self._to_owners)
        if self._to_accounts:
            known = {name: self._companies(wanted[name]) for name in self._to_accounts}
            wanted = wanted.with_columns(referred(name, ids) for name, ids in known.items())
        return wanted

    @cached_property
    def _owners(self) -> list[Owner]:
        return list(self._connector.owners())

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        return ids_of(self._owners)

    def _companies(self, texts: pl.Series) -> Mapping[str, str]:
        """By what leads say, the id of its company; each domain is asked for once. Free-mail domains are nobody's."""
        said = {text.strip().lower() for text in texts.drop_nulls().unique()}
        domains = {text: company_domain(text, text) for text in said}
        fresh = sorted(set(domains.values()) - self._asked - {""})
        # A firm that is named by its domain, and by no lead: whose company a lead already has is not asked.
        found = self._connector.accounts([Firm(domain, domain) for domain in fresh]) if fresh else {}
        self._accounts |= {domain: account.id for domain, account in found.items()}
        self._asked.update(fresh)
        return {text: self._accounts[domain] for text, domain in domains.items() if domain in self._accounts}
