"""Accounts that some of the sample leads belong to: each with an owner, a web site as people type it, and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from leadrelay.sandbox.salesforce import ids
from leadrelay.sandbox.salesforce.org import user_id
from leadrelay.sandbox.store import Store, stamp

Row = dict[str, Any]

_LOOKED_AT, _MOST, _EVERY = 2_000, 100, 3
_SPELLED = ("{}", "www.{}", "https://{}", "https://www.{}/", "http://{}/")
_TITLES = ("Chief Information Officer", "Head of Infrastructure", "IT Asset Manager", "Procurement Lead")
_OWNERS = 'SELECT "Id" FROM "User" WHERE "IsActive" = 1 AND "Title" = \'Account executive\' ORDER BY "Id"'


def load(store: Store, people: Iterable[Mapping[str, Any]]) -> None:
    """Make an account of every third company among the first leads, with one to three contacts; none are new effects.

    A contact's name comes from leads of other companies, so that nobody is there twice.
    """
    first = list(islice(people, _LOOKED_AT))
    companies = {_domain(one): one["company"] for one in reversed(first) if _domain(one) and one.get("company")}
    chosen = sorted(companies.items())[::_EVERY][:_MOST]
    owners = [row["Id"] for row in store.select(_OWNERS)]
    names = [(one["first_name"], one["last_name"]) for one in first if one.get("first_name") and one.get("last_name")]
    if not chosen or not owners or not names:
        return
    stamps, accounts, contacts = _stamps(store), list[Row](), list[Row]()
    for at, (key, (domain, name)) in enumerate(zip(ids.take(store, "Account", len(chosen)), chosen, strict=True)):
        owner = owners[at % len(owners)]
        site = _SPELLED[at % len(_SPELLED)].format(domain)
        accounts.append({"Id": key, "Name": name, "Website": site, "OwnerId": owner, **stamps})
        for other in range(1 + at % 3):
            contacts.append(_contact(domain, names[(at * 7 + other * 11) % len(names)], other) | stamps)
            contacts[-1] |= {"AccountId": key, "OwnerId": owner}
    for row, key in zip(contacts, ids.take(store, "Contact", len(contacts)), strict=True):
        row["Id"] = key
    store.insert("Account", accounts, "setup", silent=True)
    store.insert(
        "Contact", [{"HasOptedOutOfEmail": 0, "DoNotCall": 0, **row} for row in contacts], "setup", silent=True
    )


def _contact(domain: str, name: tuple[str, str], place: int) -> Row:
    first, last = (part.strip()[:40] for part in name)
    return {"FirstName": first, "LastName": last, "Title": _TITLES[place], "Email": f"contact{place + 1}@{domain}"}


def _domain(person: Mapping[str, Any]) -> str:
    site = str(person.get("website") or "").lower().split("//")[-1]
    return site.removeprefix("www.").split("/")[0]


def _stamps(store: Store) -> Row:
    now, admin = stamp(store.clock.now().replace(microsecond=0)), user_id(store)
    by = {"CreatedById": admin, "LastModifiedById": admin, "IsDeleted": 0}
    return {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now, **by}
