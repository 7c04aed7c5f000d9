"""The fields of an object: what `fields` lists, and what it keeps for `check` where nobody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from leadrelay import files
from leadrelay.checkup.values import COMPANIES
from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import PARTS, Inspectable, Inspection
from leadrelay.connectors.saved import Saved, to_text
from leadrelay.errors import ConfigError
from leadrelay.wiring import House

_USUAL_KEY = {"salesforce": "Leadrelay_Key__c", "hubspot": "leadrelay_key"}


@dataclass(frozen=True)
class Listing:
    """Fields, and the share of the sampled records in which each is filled. `among`: of so many fields in all."""

    connection: str
    inspection: Inspection
    fields: tuple[FieldInfo, ...]
    among: int
    sampled: int = 0
    filled: Mapping[str, float] = field(default_factory=dict)
    saved: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """As `fields --json` prints it. No value of any record is in it."""
        found = self.inspection
        return {
            "connection": self.connection,
            "object": found.object,
            "organisation": found.organisation,
            "sampled": self.sampled,
            "saved": str(self.saved) if self.saved else None,
            "fields": [asdict(info) | {"filled": self.filled.get(info.name)} for info in self.fields],
        }


def listed(house: House, name: str, object_type: str, search: str, count: int, save: Path | None) -> Listing:
    """Ask the CRM. `count`: so many records are looked at for how often each field is filled; 0 for none."""
    kind = house.settings.connections[name].kind
    key = task_key(house, name, object_type)
    if save:
        files.expect_place(save)
    with house.connector(name, object_type, key) as connector:
        parts = PARTS if save else frozenset({"fields"})
        inspection = connector.inspect(parts, [COMPANIES[kind]] if save else [])
        if save:
            files.write(save, to_text(Saved(name, inspection, key)))
        found = tuple(info for info in inspection.fields.values() if matches(info, search))
        frame = _sample(connector, found, count)
    return Listing(name, inspection, found, len(inspection.fields), frame.height, fill_rates(frame), save)


def matches(info: FieldInfo, search: str) -> bool:
    """Whether a field's name, label or options hold the text."""
    words = (info.name, info.label, *info.picklist, *info.words.values())
    return any(search.lower() in word.lower() for word in words)


def fill_rates(frame: pl.DataFrame) -> dict[str, float]:
    """By field, the share of records that hold more than blanks."""
    if frame.is_empty():
        return {}
    given = frame.drop("id").select((pl.all().str.strip_chars().fill_null("") != "").mean())
    return {name: float(share) for name, share in given.row(0, named=True).items()}


def task_key(house: House, connection: str, object_type: str) -> str:
    """The field of tasks that holds the key: that of the first job over this object, else the usual one."""
    for name, job in house.settings.jobs.items():
        if job.connection == connection:
            try:
                mapping, _ = house.rules(name, offline=True)
            except ConfigError:
                continue
            if mapping.object == object_type and mapping.task:
                return mapping.task.key
    return _USUAL_KEY[house.settings.connections[connection].kind]


def _sample(connector: Inspectable, found: tuple[FieldInfo, ...], count: int) -> pl.DataFrame:
    names = [info.name for info in found if info.type not in _WHOLES]
    return connector.sample(names, count) if count and names else pl.DataFrame({"id": []}, {"id": pl.String})


_WHOLES = frozenset({"address", "location", "base64"})
"""What is made of other fields, or is no text: how often it is filled is not asked."""
