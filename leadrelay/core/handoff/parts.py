"""The parts of a hand-off's document, beside the verdict: the lead fields that tell each."""

from __future__ import annotations

from dataclasses import dataclass

from leadrelay.core.lead import Axis, Field, Schema

_REQUIREMENTS = (
    "requirements",
    "pains",
    "need_summary",
    "cmdb_status",
    "initiatives",
    "timeline_months",
    "project_start",
    "evaluators",
    "objections",
    "meeting_at",
)
_TECHNOLOGY = frozenset({"technologies", "compliance", "servers", "cloud_resources", "network_devices"})
"""What a company runs."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a hand-off's document: its name in templates, and the lead fields that tell it."""

    name: str
    fields: tuple[Field, ...]


def parts_of(schema: Schema) -> tuple[Part, ...]:
    """The contact, the requirements and the company; the qualification is told by the verdict."""
    requirements = tuple(schema[name] for name in _REQUIREMENTS)
    left = [field for field in schema.values() if field not in requirements]
    company = [field for field in left if field.axis is Axis.ORGANISATION]
    return (
        Part("contact", tuple(field for field in left if field.axis is Axis.CONTACT)),
        Part("requirements", requirements),
        Part("company", tuple(field for field in company if field.name not in _TECHNOLOGY)),
        Part("technology", tuple(field for field in company if field.name in _TECHNOLOGY)),
    )
