"""Days and moments: where one becomes the other, it has to be known in which time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.core.lead import Type
from leadrelay.core.zones import UTC
from leadrelay.mappings.crm_types import held
from leadrelay.mappings.doctor.values import Finding
from leadrelay.mappings.mapping_values import Read

_OTHER = {Type.DATE: Type.DATETIME, Type.DATETIME: Type.DATE}
_WORDS = {
    Type.DATE: "is a moment, and lead field '{}' a day: that of UTC is taken, where the organisation is in {}.",
    Type.DATETIME: "is a day, and lead field '{}' a moment: midnight UTC is taken, where the organisation is in {}.",
}
_MEAN_UTC = frozenset({"", UTC, "Etc/UTC", "GMT", "Etc/GMT"})


def of_times(read: Read, schema: Mapping[str, FieldInfo], kind: str, zone: str) -> Iterator[Finding]:
    """A day out of a moment, or the reverse, that nobody said the zone of. `zone`: the organisation's."""
    if read.type not in _OTHER or read.zoned or zone in _MEAN_UTC or read.values:
        return
    for name in read.fields:
        if name in schema and held(schema[name], kind) is _OTHER[read.type]:
            message = f"'{name}' {_WORDS[read.type].format(read.lead, zone)}"
            cure = f'Say zone = "{zone}"; or "UTC", where that is meant.'
            yield Finding("warning", read.place, message, cure)
