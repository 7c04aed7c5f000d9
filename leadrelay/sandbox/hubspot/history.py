"""`propertiesWithHistory`: the values that properties had, each with its time and its source, the newest first.

What a merged record's parents had is its own past too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from leadrelay.sandbox.hubspot.objecttypes import ObjectType
from leadrelay.sandbox.hubspot.owners import user_of
from leadrelay.sandbox.hubspot.portal import APP_ID, AUTOMATION, INTEGRATION, Portal
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.values import Stored, options_in, show, show_time
from leadrelay.sandbox.store import Row

Record = dict[str, Any]
Effects = Mapping[tuple[str, str], Sequence[Row]]


class History:
    """Reads past values from the sandbox's history of effects."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.store = portal.store

    def add(self, kind: ObjectType, records: Sequence[Record], names: Sequence[str]) -> None:
        """Give each record the past of the properties that are named."""
        known = self.portal.properties(kind)
        wanted = [known[name] for name in dict.fromkeys(names) if name in known and not known[name].sensitive]
        parents = self._parents(kind, records)
        effects, merged = self._effects(kind, parents, wanted)
        for record in records:
            own = parents[record["id"]]
            joined = next((merged[key] for key in reversed(own) if key in merged), None)
            record["propertiesWithHistory"] = {
                prop.name: _versions(prop, record, [effects[key, prop.name] for key in own], joined) for prop in wanted
            }

    def _parents(self, kind: ObjectType, records: Sequence[Record]) -> dict[str, list[str]]:
        """For each record the ids under which its past is: those that were merged into it, and its own."""
        key = self.store.key
        sql = (
            f'SELECT "{key}", hs_merged_object_ids FROM "{kind.name}" WHERE "{key}" IN (SELECT value FROM json_each(?))'
        )
        rows = self.store.db.execute(sql, (json.dumps([int(record["id"]) for record in records]),))
        return {str(own): [*options_in(losers or ""), str(own)] for own, losers in rows}

    def _effects(
        self, kind: ObjectType, parents: Mapping[str, Sequence[str]], wanted: Sequence[Property]
    ) -> tuple[Effects, dict[str, Row]]:
        """What was done to each property under each id, in order, and the merges of each id."""
        columns = {self.portal.column(kind, prop.name): prop.name for prop in wanted}
        keys = [key for own in parents.values() for key in own]
        rows = self.store.select(
            "SELECT at, actor, action, record, field, old, new, seq FROM _history "
            "WHERE record IN (SELECT value FROM json_each(?)) AND object = ? "
            "AND field IN (SELECT value FROM json_each(?)) AND action IN ('create', 'update', 'merge') ORDER BY seq",
            (json.dumps(keys), kind.name, json.dumps(["", *columns])),
        )
        effects: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row["action"] != "merge":
                effects[row["record"], columns[row["field"]]].append(row)
        return effects, {row["record"]: row for row in rows if row["action"] == "merge" and not row["field"]}


def _versions(prop: Property, record: Record, past: Sequence[Sequence[Row]], merged: Row | None) -> list[Record]:
    value, born = record["properties"].get(prop.name), record["createdAt"]
    effects = sorted((effect for own in past for effect in own), key=lambda effect: effect["seq"])
    versions = [_version(prop, effect) for effect in effects]
    for first in (own[0] for own in past if own and own[0]["action"] == "update"):
        if (loaded := json.loads(first["old"])) is not None:
            versions.insert(0, _imported(_text(prop, loaded), born))
    if not effects and value is not None:
        versions = [_imported(value, born)]
    elif merged and versions and versions[-1]["value"] != (value or ""):
        source = {"sourceType": "MERGE_OBJECTS", "sourceId": f"mergedObjectId:{merged['record']}"}
        versions.append({"value": value or "", "timestamp": show_time(merged["at"]), **source})
    return versions[::-1]


def _imported(value: str | None, at: str) -> Record:
    return {"value": value, "timestamp": at, "sourceType": "IMPORT", "sourceId": "1", "sourceLabel": "Import"}


def _version(prop: Property, effect: Row) -> Record:
    version = {"value": _text(prop, json.loads(effect["new"])) or "", "timestamp": show_time(effect["at"])}
    if effect["actor"] == INTEGRATION:
        return {**version, "sourceType": "INTEGRATION", "sourceId": APP_ID, "sourceLabel": "Sandbox private app"}
    if effect["actor"] == AUTOMATION:
        source = {"sourceType": "AUTOMATION_PLATFORM", "sourceId": "enrollmentId:1;actionExecutionIndex:0"}
        return {**version, **source, "sourceLabel": "Workflow"}
    user = user_of(effect["actor"])
    source = {"sourceType": "CRM_UI", "sourceId": f"userId:{user}", "sourceLabel": effect["actor"]}
    return {**version, **source, "updatedByUserId": user}


def _text(prop: Property, value: Stored) -> str | None:
    """A past value as text; one from before the property had another type is shown as it was."""
    try:
        return show(prop, value)
    except ValueError:
        return str(value)
