"""A small client that relays leads correctly, and sixteen ways to do it wrong: what the judge is tested with.

It scores a lead by its city, moves its status, fills one field, and hands it off as a task to the next of its owners,
with a note and a follow-up; who is late is reminded.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture.toy_crms import Answer, Crm, Lead, Lost, Quota, earlier, stamp

FAULTS = (
    "naive create",
    "search first",
    "owner first",
    "upsert",
    "strict cursor",
    "date header",
    "no lookback",
    "success on quota",
    "refill cleared",
    "turn apart",
    "assignment on",
    "log leak",
    "note again",
    "follow-up by time",
    "step a run",
    "owner untold",
)
LOOKBACK = 600
TRIES = 5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (stamp TEXT);
CREATE TABLE IF NOT EXISTS turns (owner TEXT PRIMARY KEY, given INTEGER);
CREATE TABLE IF NOT EXISTS written (lead TEXT, field TEXT, PRIMARY KEY (lead, field));
CREATE TABLE IF NOT EXISTS intents (key TEXT PRIMARY KEY, lead TEXT, kind TEXT, state TEXT, owner TEXT, patch TEXT);
CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY, run TEXT, action TEXT, lead TEXT, fields TEXT, key TEXT, task TEXT
);
"""

Patch = dict[str, Sequence[Any]]
"""What changes in a lead: field -> old, new."""


class Killed(Exception):
    """The process ended here, as far as its store can tell."""


def _never(_: str) -> bool:
    return False


def _nobody(_: str) -> None:
    return None


@dataclass
class Toy:
    """`killed_at(place)`: whether it ends there. `meanwhile(lead)`: what others do just before a lead is written."""

    crm: Crm
    store: Path
    owners: Sequence[str]
    fault: str = ""
    killed_at: Callable[[str], bool] = _never
    meanwhile: Callable[[str], None] = _nobody
    log: list[str] = field(default_factory=list)
    late: bool = False

    def run(self) -> None:
        """Settle what is unfinished, read what changed, write it, move the cursor."""
        with closing(sqlite3.connect(self.store, isolation_level=None)) as self._db:
            self._db.executescript(_SCHEMA)
            for key, lead, owner, patch in self._rows(
                "SELECT key, lead, owner, patch FROM intents WHERE state <> 'done'"
            ):
                self._carry_out(key, lead, owner, json.loads(patch))
            self._read()
            if self.late:
                self._remind()

    def _remind(self) -> None:
        """One reminder a lead, for ever."""
        for lead, owner in self._rows("SELECT lead, owner FROM intents WHERE state = 'done'"):
            epoch = f"step at {self.crm.now()}" if self.fault == "step a run" else "step"
            self._create(lead, epoch, "Answer now", owner)
            if self.fault == "owner untold":
                names = self.crm.names
                self.crm.patch(self.crm.read(lead), {names.owner: self.owners[0]}, self.fault)

    def _read(self) -> None:
        since = "".join(cursor for (cursor,) in self._rows("SELECT stamp FROM cursor"))
        started, last = self.crm.now(), since
        try:
            for lead in self.crm.changed(since, strict=self.fault == "strict cursor"):
                last = max(last, lead["modified"])
                self._relay(lead)
        except Quota:
            if self.fault != "success on quota":
                raise
        if self.fault != "strict cursor":
            last = stamp(started) if self.fault == "no lookback" else earlier(started, LOOKBACK)
        self._do("DELETE FROM cursor")
        self._do("INSERT INTO cursor VALUES (?)", last)

    # -- deciding -----------------------------------------------------------------------------------------------------

    def _relay(self, lead: Lead) -> None:
        key, patch = _key(lead["id"]), self._patch(lead)
        self.log.append(f"{lead['email' if self.fault == 'log leak' else 'id']}: {len(patch)} fields")
        if not self._rows("SELECT 1 FROM intents WHERE key = ?", key):
            self._promise(key, lead, patch)
        elif patch:
            new = {name: pair[1] for name, pair in patch.items()}
            self._settle("", lead["id"], patch, self.crm.patch(lead, new, self.fault))

    def _patch(self, lead: Lead) -> Patch:
        names = self.crm.names
        wanted: dict[str, Any] = {names.score: len(lead[names.city] or "")}
        if lead[names.status] == names.initial:
            wanted[names.status] = names.moved
        ours = self._rows("SELECT 1 FROM written WHERE lead = ? AND field = ?", lead["id"], names.fill)
        if not lead[names.fill] and (not ours or self.fault == "refill cleared"):
            wanted[names.fill] = "relayed"
        return {name: [lead[name], new] for name, new in wanted.items() if not _same(lead[name], new)}

    def _promise(self, key: str, lead: Lead, patch: Patch) -> None:
        """Turn, decision and intent are one transaction."""
        owner = self._turn() if self.fault == "turn apart" else ""
        self._die("turn")
        self._do("BEGIN IMMEDIATE")
        owner = owner or self._turn()
        whole = {**patch, self.crm.names.owner: [lead[self.crm.names.owner], owner]}
        values = (key, lead["id"], owner, json.dumps(whole))
        self._do("INSERT INTO intents VALUES (?, ?, 'handoff', 'sending', ?, ?)", *values)
        self._do("COMMIT")
        self._die("intent")
        self._carry_out(key, lead["id"], owner, whole)

    def _turn(self) -> str:
        given = dict(self._rows("SELECT owner, given FROM turns"))
        owner = min(self.owners, key=lambda each: given.get(each, 0))
        self._do("INSERT OR REPLACE INTO turns VALUES (?, ?)", owner, given.get(owner, 0) + 1)
        return owner

    # -- writing ------------------------------------------------------------------------------------------------------

    def _carry_out(self, key: str, lead_id: str, owner: str, patch: Patch) -> None:
        """Hand off under the key. What changed since it was decided is read and decided anew."""
        others = self.meanwhile
        while True:
            lead = self.crm.read(lead_id)
            patch = {name: pair for name, pair in patch.items() if self._still(lead, name, pair)}
            self._do("UPDATE intents SET patch = ? WHERE key = ?", json.dumps(patch), key)
            others(lead_id)
            others = _nobody
            answer = self._sent(key, lead, {name: pair[1] for name, pair in patch.items()}, owner)
            if not answer.changed:
                break
        self._die("settle")
        self._along(lead_id, answer.owner or owner)
        self._settle(key, lead_id, patch, answer)

    def _along(self, lead: str, owner: str) -> None:
        """Before the hand-off is settled, so that whoever is killed here does it again."""
        epoch = f"follow-up{self.crm.now().timestamp()}" if self.fault == "follow-up by time" else "follow-up"
        self._create(lead, epoch, "Write", owner)
        key = _key(f"{lead} note")
        self.crm.note(key, lead, look=self.fault != "note again")
        self._die("along")
        self._tell("note", lead, key, "")

    def _create(self, lead: str, epoch: str, subject: str, owner: str) -> None:
        key = _key(f"{lead} {epoch}")
        task = self.crm.task(key, lead, subject, owner)
        self._tell("task", lead, key, task)

    def _tell(self, action: str, lead: str, key: str, task: str) -> None:
        row = (action, lead, key, task)
        if not self._rows("SELECT 1 FROM audit WHERE key = ?", key):
            self._do("INSERT INTO audit (run, action, lead, fields, key, task) VALUES ('toy', ?, ?, '{}', ?, ?)", *row)

    def _sent(self, key: str, lead: Lead, new: Mapping[str, Any], owner: str) -> Answer:
        """A reply that is lost is asked for again."""
        for _ in range(TRIES):
            try:
                return self.crm.hand_off(key, lead, new, owner, self.fault)
            except Lost:
                continue
        raise Killed

    def _still(self, lead: Lead, name: str, pair: Sequence[Any]) -> bool:
        """Whether a field is ours, or holds what it held when it was decided, or what we wrote by now."""
        own = name in {self.crm.names.score, self.crm.names.owner}
        return own or _same(lead[name], pair[0]) or _same(lead[name], pair[1])

    def _settle(self, key: str, lead: str, patch: Patch, answer: Answer) -> None:
        """What is known to be written, in one transaction."""
        applied = {name: list(pair) for name, pair in patch.items() if name in answer.written}
        if self.crm.names.owner in applied:
            applied[self.crm.names.owner][1] = answer.owner
        action = "task" if answer.task else "write"
        self._do("BEGIN IMMEDIATE")
        if applied or answer.task:
            row = (action, lead, json.dumps(applied), key, answer.task)
            self._do("INSERT INTO audit (run, action, lead, fields, key, task) VALUES ('toy', ?, ?, ?, ?, ?)", *row)
        self._do("UPDATE intents SET state = 'done' WHERE key = ?", key)
        for name in applied:
            self._do("INSERT OR IGNORE INTO written VALUES (?, ?)", lead, name)
        self._do("COMMIT")

    def _die(self, place: str) -> None:
        if self.killed_at(place):
            raise Killed

    def _do(self, sql: str, *values: Any) -> None:
        self._db.execute(sql, values)

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._db.execute(sql, values).fetchall()


def _key(lead: str) -> str:
    return f"toy-{hashlib.sha256(lead.encode()).hexdigest()[:30]}"


def _same(one: Any, other: Any) -> bool:
    """As texts, with numbers as HubSpot writes them."""
    texts = [str("" if value is None else value).removesuffix(".0") for value in (one, other)]
    return texts[0] == texts[1]
