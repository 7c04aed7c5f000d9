"""Which records are one lead: merges make families, deletions end them."""

from __future__ import annotations

from collections.abc import Sequence

from torture.evidence import Policy, Row
from torture.values import short

_MERGED_IDS = "hs_merged_object_ids"
_MASTER = "MasterRecordId"


class Families:
    """Records by the family they belong to. `gone`: records that are deleted or converted at the end."""

    def __init__(self, policy: Policy, history: Sequence[Row]) -> None:
        self._policy = policy
        self._heir: dict[str, str] = {}
        self.gone: set[str] = set()
        self.parents: dict[str, list[str]] = {}
        for row in history:
            if row["object"] == policy.lead:
                self._take(row)

    def of(self, record: str) -> str:
        """The name of a record's family."""
        return self.survivor(record)

    def survivor(self, record: str) -> str:
        """The record that a record lives on in."""
        key = short(record)
        while key in self._heir:
            key = self._heir[key]
        return key

    def _take(self, row: Row) -> None:
        key, action, name, new = short(row["record"]), row["action"], row["field"], row["new"]
        if name == _MERGED_IDS and new:
            for parent in str(new).split(";"):
                self._merge(short(parent), key)
        elif (name == _MASTER or (action == "merge" and not name)) and new:
            self._merge(key, short(new))
        elif action in {"delete", "purge"}:
            self.gone.add(key)
        elif action == "undelete":
            self.gone.discard(key)
        elif name == "IsConverted" and new:
            self.gone.add(key)

    def _merge(self, loser: str, winner: str) -> None:
        if loser and loser != winner and self.survivor(winner) != loser and loser not in self._heir:
            self._heir[loser] = winner
            self.parents.setdefault(winner, []).append(loser)
            self.gone.discard(loser)
