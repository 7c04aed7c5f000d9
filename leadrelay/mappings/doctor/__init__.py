"""Holds a mapping against the CRM's live schema: what is missing, cannot be written, or would not fit."""

from __future__ import annotations

from collections.abc import Mapping

from leadrelay.connectors.base import FieldInfo
from leadrelay.connectors.inspection import Currencies
from leadrelay.mappings.doctor.money import of_money
from leadrelay.mappings.doctor.reads import of_field, of_read
from leadrelay.mappings.doctor.tasks import of_closed, of_owner, of_reason
from leadrelay.mappings.doctor.times import of_times
from leadrelay.mappings.doctor.values import Finding, known_as
from leadrelay.mappings.doctor.writes import Examination
from leadrelay.mappings.mapping_values import Mapping as FieldMapping

__all__ = ["Finding", "examine", "unreadable"]


def examine(
    mapping: FieldMapping,
    schema: Mapping[str, FieldInfo],
    kind: str,
    currencies: Currencies | None = None,
    zone: str = "",
) -> list[Finding]:
    """Every finding about every mapped field. `kind` is "salesforce" or "hubspot".

    `currencies`, `zone`: what the organisation counts in, and where it is; "" where that is not known.
    """
    schema = known_as(schema, mapping.crm_fields(), kind)
    reads = {read.lead: read for read in mapping.reads}
    found = [
        *(of_money(mapping, schema, currencies, kind) if currencies else ()),
        *(finding for read in mapping.reads for finding in of_times(read, schema, kind, zone)),
        *(finding for read in mapping.reads for finding in of_read(read, schema, kind)),
        *(finding for write in mapping.writes for finding in Examination(write, schema, kind, reads).findings()),
        *(of_owner(mapping.task, schema, kind) if mapping.task and mapping.task.owner else ()),
        *(of_reason(mapping.task, schema, kind) if mapping.task and mapping.task.reason else ()),
        *(of_closed(mapping.task.place, mapping.closed, schema, kind) if mapping.task and mapping.closed else ()),
    ]
    return list(dict.fromkeys(found))


def unreadable(mapping: FieldMapping, schema: Mapping[str, FieldInfo], kind: str) -> list[str]:
    """The CRM fields that are there, but hold another type than the lead fields that they feed can be read from."""
    schema = known_as(schema, mapping.crm_fields(), kind)
    present = [(read, name) for read in mapping.reads for name in read.fields if name in schema]
    found = [name for read, name in present if any(one.level == "error" for one in of_field(read, name, schema, kind))]
    return list(dict.fromkeys(found))
