"""People who work in a CRM while a client does, driven by its requests: the same requests meet the same edits."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadrelay.sandbox.keys import NAME, Findings, Key, Takes, checked, choice, either, nearest, number
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Response

Post = Callable[[str, Mapping[str, Any]], Response]
"""post(name, body): what `POST /_sandbox/{name}` answers."""
API = "integration"
"""Who writes through the API, in the history of both CRMs."""
WRITTEN_KEPT = 200

_VALUES = Takes(
    "a table of lists, each with at least one value",
    lambda value: isinstance(value, dict) and bool(value) and all(isinstance(v, list) and v for v in value.values()),
)
_IDS = Takes(
    "a list of ids",
    lambda value: isinstance(value, list) and bool(value) and all(type(key) in {str, int} for key in value),
)
PERSON = (
    Key("kind", choice(["person"]), "who it is", default="person"),
    Key("object", NAME, "the object type, such as Lead or contacts"),
    Key("fields", _VALUES, "the values to choose from, by field; `{n}` in a text is the number of the edit"),
    Key(
        "records",
        either(choice(["any", "written"]), _IDS),
        f"whom they edit: any record, one of the {WRITTEN_KEPT} that the API wrote last, or one of these",
        default="any",
    ),
    Key("rate", number(0, 100), "edits for every request that is carried out", default=1),
    Key("actor", NAME, "who did it, in the history", default="person"),
)


class Person:
    """Edits records at a rate. Edits that the CRM refuses are counted, and no more."""

    def __init__(self, told: Mapping[str, Any], values: Mapping[str, Any], seed: str, store: Store) -> None:
        self._told = dict(told)
        self._values = values
        self._random = random.Random(seed)
        self._store = store
        self._seen = _last_effect(store)
        self._written: deque[str] = deque(maxlen=WRITTEN_KEPT)
        self._edits = 0
        self._refused = 0

    def work(self, post: Post) -> None:
        """What they do for one request."""
        if self._values["records"] == "written":
            self._look()
        whole, rest = divmod(self._values["rate"], 1)
        for _ in range(int(whole) + (self._random.random() < rest)):
            self._edit(post)

    def shown(self) -> dict[str, Any]:
        """As they were told, with the counts."""
        return {**self._told, "edits": self._edits, "refused": self._refused}

    def _edit(self, post: Post) -> None:
        record = self._choose()
        if record is None:
            return
        name = self._random.choice(sorted(self._values["fields"]))
        value = self._random.choice(self._values["fields"][name])
        if isinstance(value, str):
            value = value.replace("{n}", str(self._edits))
        edit = {"object": self._values["object"], "id": record, "fields": {name: value}, "actor": self._values["actor"]}
        self._edits += 1
        self._refused += post("edit", edit).status >= 400

    def _choose(self) -> str | None:
        match self._values["records"]:
            case "any":
                return self._any()
            case "written":
                return self._random.choice(self._written) if self._written else None
            case records:
                return str(self._random.choice(records))

    def _any(self) -> str | None:
        table, key = self._values["object"], self._store.key
        ends = f'SELECT (SELECT min(rowid) FROM "{table}"), (SELECT max(rowid) FROM "{table}")'
        first, last = self._store.db.execute(ends).fetchone()
        if first is None:
            return None
        sql = f'SELECT "{key}" FROM "{table}" WHERE rowid >= ? ORDER BY rowid LIMIT 1'
        return str(self._store.db.execute(sql, (self._random.randint(first, last),)).fetchone()[0])

    def _look(self) -> None:
        """Note what the API has written since the last look."""
        sql = (
            "SELECT record, max(seq) FROM _history WHERE seq > ? AND object = ? COLLATE NOCASE AND actor = ?"
            " GROUP BY record ORDER BY 2"
        )
        for record, seq in self._store.db.execute(sql, (self._seen, self._values["object"], API)):
            self._written.append(str(record))
            self._seen = seq


def read_actors(
    tables: Sequence[Mapping[str, Any]], seed: int, where: str, store: Store, findings: Findings, first: int = 0
) -> list[Person]:
    """The actors of a list that come after `first` others; what is wrong with it goes to the findings."""
    people = []
    for index, table in enumerate(tables):
        place, known = f"{where}[{index}]", len(findings)
        values = checked(table, PERSON, place, findings)
        if known == len(findings) and not store.columns(values["object"]):
            findings.add(
                f"{place}.object", f"there is no such object type; {nearest(values['object'], store.objects())}"
            )
        if known == len(findings):
            people.append(Person(table, values, f"{seed}:actor:{first + index}", store))
    return people


def _last_effect(store: Store) -> int:
    return int(store.db.execute("SELECT coalesce(max(seq), 0) FROM _history").fetchone()[0])
