"""The properties that a new portal has, and the custom ones of the sample org (one per lead field without a home)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from leadrelay.core.lead import LEAD, Field, Type
from leadrelay.sandbox.hubspot.objecttypes import ALL, CONTACTS, ObjectType
from leadrelay.sandbox.hubspot.properties import Option, Property
from leadrelay.sandbox.sample_words import CHOICES

LEAD_PROPERTIES: Mapping[str, str] = {
    "first_name": "firstname",
    "last_name": "lastname",
    "title": "jobtitle",
    "mobile": "mobilephone",
    "employees": "numemployees",
    "revenue": "annualrevenue",
    "postal_code": "zip",
    "status": "hs_lead_status",
    "owner": "hubspot_owner_id",
    "created_at": "createdate",
    "opted_out": "hs_email_optout",
    "current_stage": "leadrelay_stage",
    "current_recycle_reason": "leadrelay_recycle_reason",
    "current_reengage_on": "leadrelay_reengage_on",
    "current_recycled_before": "leadrelay_recycled_before",
    "source": "lead_source",
}
"""Lead fields whose contact property has another name."""

GROUPS: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "contactinformation": "Contact information",
        "companyinformation": "Company information",
        "contact_activity": "Contact activity",
        "qualification": "Qualification",
        "leadrelay": "leadrelay",
    },
    "companies": {"companyinformation": "Company information"},
    "deals": {"dealinformation": "Deal information"},
    "leads": {"lead_information": "Lead information"},
    "tasks": {"task_information": "Task information"},
    "notes": {"note_information": "Note information"},
}


def lead_property(field: str) -> str:
    """The contact property that holds a lead field."""
    return LEAD_PROPERTIES.get(field, field)


def built_in(kind: ObjectType) -> list[Property]:
    """All properties of an object type in a new portal, sorted by name."""
    found = [*_system(kind), *_BUILT_IN[kind.name]]
    if kind is CONTACTS:
        found += custom_properties({prop.name for prop in found})
    return sorted(found, key=lambda prop: prop.name)


def custom_properties(taken: Iterable[str]) -> list[Property]:
    """The sample org's own contact properties: lead fields without a standard one, and what leadrelay owns."""
    names = set(taken)
    fields = [field for field in LEAD.values() if lead_property(field.name) not in names]
    own = [prop.name for prop in _OWN]
    return [_custom(field) for field in fields if lead_property(field.name) not in own] + _OWN


def choices(*values: str) -> tuple[Option, ...]:
    """Options from `value` or `value=label` words."""
    pairs = (value.partition("=") for value in values)
    return tuple(Option(value, label or value, order) for order, (value, _, label) in enumerate(pairs))


_BOOLEAN = choices("true=Yes", "false=No")
_FORMS = {"string": "text", "number": "number", "bool": "booleancheckbox", "enumeration": "select"}
_TYPES = {
    Type.TEXT: ("string", "text"),
    Type.INTEGER: ("number", "number"),
    Type.NUMBER: ("number", "number"),
    Type.BOOLEAN: ("bool", "booleancheckbox"),
    Type.DATE: ("date", "date"),
    Type.DATETIME: ("datetime", "date"),
    Type.LIST: ("enumeration", "checkbox"),
}


def _custom(field: Field) -> Property:
    type_, form = _TYPES[field.type]
    options = choices(*CHOICES.get(field.name, ()))
    if options and type_ == "string":
        type_, form = "enumeration", "select"
    if type_ == "bool":
        options = _BOOLEAN
    label = field.name.replace("_", " ").capitalize()
    name = lead_property(field.name)
    long = {"need_summary", "requirements"}
    form = "textarea" if field.name in long else form
    return Property(name, label, type_, form, "qualification", options, field.meaning, built_in=False)


def _group(name: str, *properties: Property) -> list[Property]:
    return [replace(prop, group=name) for prop in properties]


def _of(type_: str, name: str, label: str, form: str = "", **more: Any) -> Property:
    options = _BOOLEAN if type_ == "bool" else ()
    made = Property(name, label, type_, form or _FORMS.get(type_, "date"), "", options)
    return replace(made, **more)


def _enum(name: str, label: str, *values: str, **more: Any) -> Property:
    return _of("enumeration", name, label, options=choices(*values), **more)


def _read_only(prop: Property, *, calculated: bool = False) -> Property:
    return replace(prop, read_only=True, calculated=calculated)


def _system(kind: ObjectType) -> list[Property]:
    """What HubSpot keeps by itself on every record."""
    free = {"deals": {"createdate"}}.get(kind.name, set())
    times = {kind.created, kind.modified, "hs_lastmodifieddate"}
    dates = [_of("datetime", name, _TIME_LABELS[name], read_only=name not in free) for name in times]
    group = next(iter(GROUPS[kind.name]))
    return _group(
        group,
        *dates,
        _read_only(_of("number", "hs_object_id", "Record ID")),
        _read_only(_of("string", "hs_object_source", "Record source"), calculated=True),
        _read_only(_of("string", "hs_merged_object_ids", "Merged record IDs"), calculated=True),
        _of("enumeration", "hubspot_owner_id", "Owner", external="owners"),
    )


_TIME_LABELS = {
    "createdate": "Create date",
    "hs_createdate": "Create date",
    "lastmodifieddate": "Last modified date",
    "hs_lastmodifieddate": "Object last modified date/time",
}

_OWN = [
    replace(prop, group="leadrelay", built_in=False)
    for prop in (
        *(
            _of("number", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}")
            for name in ("score", "fit", "engagement", "intent", "bant_score")
        ),
        *(
            _of("string", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}")
            for name in (
                "grade",
                "stage",
                "bant",
                "next_question",
                "bant_budget",
                "bant_authority",
                "bant_need",
                "bant_timeline",
                "band",
                "qualification",
                "gate_missing",
                "recycle_reason",
                "recycled_before",
            )
        ),
        _of("date", "leadrelay_reengage_on", "leadrelay reengage on"),
        *(
            _of("string", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}", "textarea")
            for name in ("reasons", "bant_evidence")
        ),
    )
]

_FUNNEL = [
    _enum(
        "lifecyclestage",
        "Lifecycle stage",
        "subscriber=Subscriber",
        "lead=Lead",
        "marketingqualifiedlead=Marketing Qualified Lead",
        "salesqualifiedlead=Sales Qualified Lead",
        "opportunity=Opportunity",
        "customer=Customer",
        "evangelist=Evangelist",
        "other=Other",
    ),
    _enum(
        "hs_lead_status",
        "Lead status",
        "NEW=New",
        "OPEN=Open",
        "IN_PROGRESS=In Progress",
        "OPEN_DEAL=Open Deal",
        "UNQUALIFIED=Unqualified",
        "ATTEMPTED_TO_CONTACT=Attempted to Contact",
        "CONNECTED=Connected",
        "BAD_TIMING=Bad Timing",
    ),
]
"""What contacts and companies go through."""

_CONTACT = [
    *_group(
        "contactinformation",
        _of("string", "firstname", "First name", form_field=True),
        _of("string", "lastname", "Last name", form_field=True),
        _of("string", "email", "Email", unique=True, form_field=True),
        _of("string", "phone", "Phone number", "phonenumber", form_field=True),
        _of("string", "mobilephone", "Mobile phone number", "phonenumber", form_field=True),
        _of("string", "fax", "Fax number", form_field=True),
        _of("string", "jobtitle", "Job title", form_field=True),
        _of("string", "salutation", "Salutation"),
        _of("string", "address", "Street address"),
        _of("string", "city", "City"),
        _of("string", "state", "State/Region"),
        _of("string", "zip", "Postal code"),
        _of("string", "country", "Country/Region"),
        _of("string", "message", "Message", "textarea"),
        *_FUNNEL,
        _read_only(_of("bool", "hs_email_optout", "Unsubscribed from all email")),
        _read_only(_of("string", "hs_email_domain", "Email domain"), calculated=True),
    ),
    *_group(
        "companyinformation",
        _of("string", "company", "Company name", form_field=True),
        _of("string", "website", "Website URL"),
        _of("string", "industry", "Industry"),
        # A new portal has ranges here (1-5, 5-25, ...); this one counts, so that sizes can be told apart.
        _of("number", "numemployees", "Number of employees"),
        _of("string", "annualrevenue", "Annual revenue"),
    ),
]
_COMPANY = _group(
    "companyinformation",
    *_FUNNEL,
    _of("string", "name", "Company name"),
    _of("string", "domain", "Company domain name"),
    _of("string", "website", "Website URL"),
    _of("string", "phone", "Phone number", "phonenumber"),
    _of("string", "industry", "Industry"),
    _of("string", "description", "Description", "textarea"),
    _of("string", "city", "City"),
    _of("string", "state", "State/Region"),
    _of("string", "zip", "Postal code"),
    _of("string", "country", "Country/Region"),
    _of("string", "address", "Street address"),
    _of("string", "hs_additional_domains", "Additional domains"),
    _enum(
        "type",
        "Type",
        "PROSPECT=Prospect",
        "PARTNER=Partner",
        "RESELLER=Reseller",
        "VENDOR=Vendor",
        "OTHER=Other",
    ),
    _of("number", "numberofemployees", "Number of employees"),
    _of("number", "annualrevenue", "Annual revenue"),
)
_DEAL = _group(
    "dealinformation",
    _of("string", "dealname", "Deal name"),
    _of("string", "description", "Deal description", "textarea"),
    _of("number", "amount", "Amount"),
    _of("datetime", "closedate", "Close date"),
    _of("enumeration", "pipeline", "Pipeline", external="deals pipelines"),
    _of("enumeration", "dealstage", "Deal stage", "radio", external="deals stages"),
    _enum(
        "dealtype", "Deal type", "newbusiness=New Business", "existingbusiness=Existing Business", field_type="radio"
    ),
)
_LEAD = _group(
    "lead_information",
    _of("string", "hs_lead_name", "Lead name"),
    _enum(
        "hs_lead_type",
        "Lead type",
        "NEW_BUSINESS=New business",
        "RE_ATTEMPTING=Re-attempting",
        "UPSELL=Upsell",
        field_type="radio",
    ),
    _enum("hs_lead_label", "Lead label", "HOT=Hot", "WARM=Warm", "COLD=Cold"),
    _of("enumeration", "hs_pipeline", "Pipeline", external="leads pipelines"),
    _of("enumeration", "hs_pipeline_stage", "Pipeline stage", "radio", external="leads stages"),
)
_TASK = _group(
    "task_information",
    _of("datetime", "hs_timestamp", "Due date"),
    _of("string", "hs_task_subject", "Task title"),
    _of("string", "hs_task_body", "Notes", "html"),
    _enum(
        "hs_task_status",
        "Task status",
        "NOT_STARTED=Not started",
        "IN_PROGRESS=In progress",
        "WAITING=Waiting",
        "COMPLETED=Completed",
        "DEFERRED=Deferred",
    ),
    _enum("hs_task_priority", "Priority", "NONE=None", "LOW=Low", "MEDIUM=Medium", "HIGH=High"),
    _enum("hs_task_type", "Task type", "EMAIL=Email", "CALL=Call", "TODO=To-do"),
    _of("string", "hs_task_reminders", "Reminders"),
    # What a hand-off creates its task under, once: an admin of the sample org has added it.
    _of("string", "leadrelay_key", "leadrelay key", unique=True, built_in=False),
)
_NOTE = _group(
    "note_information",
    _of("datetime", "hs_timestamp", "Activity date"),
    _of("string", "hs_note_body", "Note body", "html"),
    _of("string", "hs_attachment_ids", "Attached file IDs"),
)
_BUILT_IN = dict(zip((kind.name for kind in ALL), (_CONTACT, _COMPANY, _DEAL, _LEAD, _TASK, _NOTE), strict=True))
