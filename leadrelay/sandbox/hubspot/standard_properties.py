"""The properties that a new portal has, and the custom ones of the sample org (one per lead field without a home)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leadrelay.core.lead import LEAD, Field, Type
from leadrelay.sandbox.hubspot.engagement_properties import ENGAGEMENTS
from leadrelay.sandbox.hubspot.objecttypes import CONTACTS, ObjectType
from leadrelay.sandbox.hubspot.properties import Property
from leadrelay.sandbox.hubspot.property_forms import BOOLEAN, choices, enum, group, of, read_only
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
    **{name: {f"{name[:-1]}_information": f"{name[:-1].capitalize()} information"} for name in ENGAGEMENTS},
}


def groups_of(kind: ObjectType) -> Mapping[str, str]:
    """The property groups of an object type by name, with their labels."""
    label = kind.labels[0] if kind.labels else kind.singular
    return GROUPS.get(kind.name) or {f"{kind.singular}_information": f"{label} information"}


def lead_property(field: str) -> str:
    """The contact property that holds a lead field."""
    return LEAD_PROPERTIES.get(field, field)


def built_in(kind: ObjectType) -> list[Property]:
    """All properties of an object type in a new portal, sorted by name."""
    found = [*_system(kind), *_BUILT_IN.get(kind.name, ())]
    if kind is CONTACTS:
        found += custom_properties({prop.name for prop in found})
    return sorted(found, key=lambda prop: prop.name)


def custom_properties(taken: Iterable[str]) -> list[Property]:
    """The sample org's own contact properties: lead fields without a standard one, and what leadrelay owns."""
    names = set(taken)
    fields = [field for field in LEAD.values() if lead_property(field.name) not in names]
    own = [prop.name for prop in _OWN]
    return [_custom(field) for field in fields if lead_property(field.name) not in own] + _OWN


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
        options = BOOLEAN
    label = field.name.replace("_", " ").capitalize()
    name = lead_property(field.name)
    long = {"need_summary", "requirements"}
    form = "textarea" if field.name in long else form
    return Property(name, label, type_, form, "qualification", options, field.meaning, built_in=False)


def _system(kind: ObjectType) -> list[Property]:
    """What HubSpot keeps by itself on every record."""
    free = {"deals": {"createdate"}}.get(kind.name, set())
    times = {kind.created, kind.modified, "hs_lastmodifieddate"}
    dates = [of("datetime", name, _TIME_LABELS[name], read_only=name not in free) for name in times]
    return group(
        next(iter(groups_of(kind))),
        *dates,
        read_only(of("number", "hs_object_id", "Record ID")),
        read_only(of("string", "hs_object_source", "Record source"), calculated=True),
        read_only(of("number", "hs_created_by_user_id", "Created by user ID")),
        read_only(of("string", "hs_merged_object_ids", "Merged record IDs"), calculated=True),
        of("enumeration", "hubspot_owner_id", "Owner", external="owners"),
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
            of("number", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}")
            for name in ("score", "fit", "engagement", "intent", "bant_score")
        ),
        *(
            of("string", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}")
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
                "owner_reason",
                "enriched_by",
                "duplicate_of",
                "group_missing",
            )
        ),
        of("date", "leadrelay_reengage_on", "leadrelay reengage on"),
        *(
            of("string", f"leadrelay_{name}", f"leadrelay {name.replace('_', ' ')}", "textarea")
            for name in ("reasons", "bant_evidence")
        ),
    )
]

_FUNNEL = [
    enum(
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
    enum(
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
    *group(
        "contactinformation",
        of("string", "firstname", "First name", form_field=True),
        of("string", "lastname", "Last name", form_field=True),
        of("string", "email", "Email", unique=True, form_field=True),
        of("string", "phone", "Phone number", "phonenumber", form_field=True),
        of("string", "mobilephone", "Mobile phone number", "phonenumber", form_field=True),
        of("string", "fax", "Fax number", form_field=True),
        of("string", "jobtitle", "Job title", form_field=True),
        of("string", "salutation", "Salutation"),
        of("string", "address", "Street address"),
        of("string", "city", "City"),
        of("string", "state", "State/Region"),
        of("string", "zip", "Postal code"),
        of("string", "country", "Country/Region"),
        of("string", "message", "Message", "textarea"),
        *_FUNNEL,
        enum(
            "hs_buying_role",
            "Buying role",
            "BLOCKER=Blocker",
            "BUDGET_HOLDER=Budget holder",
            "CHAMPION=Champion",
            "DECISION_MAKER=Decision maker",
            "END_USER=End user",
            "EXECUTIVE_SPONSOR=Executive sponsor",
            "INFLUENCER=Influencer",
            "LEGAL_AND_COMPLIANCE=Legal & compliance",
            "OTHER=Other",
            field_type="checkbox",
        ),
        read_only(of("bool", "hs_email_optout", "Unsubscribed from all email")),
        read_only(of("datetime", "hs_v2_date_entered_opportunity", "Date entered Opportunity"), calculated=True),
        read_only(of("datetime", "hs_lifecyclestage_opportunity_date", "Became an opportunity date"), calculated=True),
        read_only(of("string", "hs_email_domain", "Email domain"), calculated=True),
    ),
    *group(
        "companyinformation",
        of("string", "company", "Company name", form_field=True),
        of("string", "website", "Website URL"),
        of("string", "industry", "Industry"),
        # A new portal has ranges here (1-5, 5-25, ...); this one counts, so that sizes can be told apart.
        of("number", "numemployees", "Number of employees"),
        of("string", "annualrevenue", "Annual revenue"),
    ),
]
_COMPANY = group(
    "companyinformation",
    *_FUNNEL,
    of("string", "name", "Company name"),
    of("string", "domain", "Company domain name"),
    of("string", "website", "Website URL"),
    of("string", "phone", "Phone number", "phonenumber"),
    of("string", "industry", "Industry"),
    of("string", "description", "Description", "textarea"),
    of("string", "city", "City"),
    of("string", "state", "State/Region"),
    of("string", "zip", "Postal code"),
    of("string", "country", "Country/Region"),
    of("string", "address", "Street address"),
    of("string", "hs_additional_domains", "Additional domains"),
    enum(
        "type",
        "Type",
        "PROSPECT=Prospect",
        "PARTNER=Partner",
        "RESELLER=Reseller",
        "VENDOR=Vendor",
        "OTHER=Other",
    ),
    of("number", "numberofemployees", "Number of employees"),
    of("number", "annualrevenue", "Annual revenue", amount=True),
)
_DEAL = group(
    "dealinformation",
    of("string", "dealname", "Deal name"),
    of("string", "description", "Deal description", "textarea"),
    of("number", "amount", "Amount", amount=True, currency_property="deal_currency_code"),
    of("datetime", "closedate", "Close date"),
    of("enumeration", "pipeline", "Pipeline", external="deals pipelines"),
    of("enumeration", "dealstage", "Deal stage", "radio", external="deals stages"),
    enum("dealtype", "Deal type", "newbusiness=New Business", "existingbusiness=Existing Business", field_type="radio"),
)
_LEAD = group(
    "lead_information",
    of("string", "hs_lead_name", "Lead name"),
    enum(
        "hs_lead_type",
        "Lead type",
        "NEW_BUSINESS=New business",
        "RE_ATTEMPTING=Re-attempting",
        "UPSELL=Upsell",
        field_type="radio",
    ),
    enum("hs_lead_label", "Lead label", "HOT=Hot", "WARM=Warm", "COLD=Cold"),
    of("enumeration", "hs_pipeline", "Pipeline", external="leads pipelines"),
    of("enumeration", "hs_pipeline_stage", "Pipeline stage", "radio", external="leads stages"),
)
_BUILT_IN = {"contacts": _CONTACT, "companies": _COMPANY, "deals": _DEAL, "leads": _LEAD, **ENGAGEMENTS}
