"""Actions on records: what people do beside edits, and what makes many records alike or unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from leadrelay.sandbox.salesforce import objects
from leadrelay.sandbox.salesforce.acts_arguments import Arguments, Done
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.salesforce.person import People
from leadrelay.sandbox.salesforce.writes import whole_second
from leadrelay.sandbox.store import stamp

_PERSON = "person"
_MOST = 10**7


class RecordActs:
    """Who acts is a person: `actor`, where it is given."""

    def __init__(self, org: Org, people: People) -> None:
        self._org = org
        self._people = people

    def acts(self) -> Mapping[str, Any]:
        return {
            "merge": (self._merge, "object master losers actor"),
            "convert": (self._convert, "lead opportunity actor"),
            "delete": (self._edit({"IsDeleted": True}), "object id actor"),
            "restore": (self._edit({"IsDeleted": False}), "object id actor"),
            "hide_rows": (self._hide, "object share seed"),
            "show_rows": (self._show, "object"),
            "same_stamp": (self._same_stamp, "object count stamp actor"),
        }

    def _merge(self, given: Arguments) -> Done:
        kind = given.kind() if given.has("object") else objects.OBJECTS["Lead"]
        master, losers = given.key("master", kind), given.keys("losers", kind)
        self._people.merge(kind, master, losers, given.text("actor", _PERSON))
        return {"master": master, "losers": losers}

    def _convert(self, given: Arguments) -> Done:
        key = given.key("lead", objects.OBJECTS["Lead"])
        opportunity = given.text("opportunity") if given.has("opportunity") else ""
        self._people.convert(key, opportunity, given.text("actor", _PERSON))
        lead = self._org.store.get("Lead", key) or {}
        made = {name.lower(): lead[f"Converted{name}Id"] for name in ("Account", "Contact", "Opportunity")}
        return {name: key for name, key in made.items() if key}

    def _edit(self, fields: Mapping[str, Any]) -> Callable[[Arguments], Done]:
        def act(given: Arguments) -> Done:
            kind = given.kind()
            return self._people.edit(kind.name, given.key("id", kind), fields, given.text("actor", _PERSON))

        return act

    def _hide(self, given: Arguments) -> Done:
        """Narrow the API user's access: a share of the records, drawn by the seed, is not seen any more."""
        kind = given.kind()
        share, seed = given.number("share", 0, 1), given.whole("seed", 0, _MOST, 0)
        keys = [key for (key,) in self._org.store.db.execute(f'SELECT Id FROM "{kind.name}" ORDER BY Id')]
        hidden = Random(seed).sample(keys, round(share * len(keys)))
        self._org.hidden.show(kind.name)
        self._org.hidden.hide(kind.name, hidden)
        return {"hidden": len(hidden), "of": len(keys)}

    def _show(self, given: Arguments) -> Done:
        name = given.kind().name
        self._org.hidden.show(name)
        return {"object": name}

    def _same_stamp(self, given: Arguments) -> Done:
        """Touch the first records in one moment, as a mass update does."""
        kind, count = given.kind(), given.whole("count", 1, _MOST)
        at = self._moment(given)
        where = "IsDeleted = 0" if "isdeleted" in self._org.store.columns(kind.name) else "1"
        sql = f'SELECT Id FROM "{kind.name}" WHERE {where} ORDER BY Id LIMIT ?'
        keys = [key for (key,) in self._org.store.db.execute(sql, (count,))]
        self._touch(kind, keys, at, given.text("actor", _PERSON))
        return {"count": len(keys), "stamp": at}

    def _moment(self, given: Arguments) -> str:
        now = whole_second(self._org.now())
        if not given.has("stamp"):
            return now
        try:
            moment = datetime.fromisoformat(given.text("stamp"))
        except ValueError:
            raise given.refuse("stamp must be a moment such as 2026-01-31T12:00:00Z") from None
        at = whole_second(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        if at > now:
            raise given.refuse(f"stamp must not lie ahead; it is {now}")
        return at

    def _touch(self, kind: ObjectType, keys: list[str], at: str, actor: str) -> None:
        """In one statement for each field: 25,000 single updates would take seconds."""
        db, chosen = self._org.store.db, json.dumps(keys)
        stamps = {"SystemModstamp": at, "LastModifiedDate": at, "LastModifiedById": self._people.caller(actor).user_id}
        known = {name: value for name, value in stamps.items() if name.lower() in self._org.store.columns(kind.name)}
        for name, value in known.items():
            db.execute(
                "INSERT INTO _history (at, actor, action, object, record, field, old, new)"
                f" SELECT ?1, ?2, 'update', ?3, Id, ?4, json_quote({name}), json_quote(?5) FROM \"{kind.name}\""
                f" WHERE Id IN (SELECT value FROM json_each(?6)) AND {name} IS NOT ?5",
                (stamp(self._org.now()), actor, kind.name, name, value, chosen),
            )
        sets = ", ".join(f"{name} = ?" for name in known)
        sql = f'UPDATE "{kind.name}" SET {sets} WHERE Id IN (SELECT value FROM json_each(?))'
        db.execute(sql, [*known.values(), chosen])
