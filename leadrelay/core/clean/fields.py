"""Lead fields that nobody has to map: they are derived from other fields where no CRM field gives them."""

from __future__ import annotations

from leadrelay.core.lead import LEAD, Axis, Field, Schema, Type

_T, _L = Type.TEXT, Type.LIST
_C, _O = Axis.CONTACT, Axis.ORGANISATION

DERIVED = Schema(
    [
        Field("email_clean", _T, _C, "E-mail address in one spelling; nothing where it is no address"),
        Field("email_kind", _T, _C, "Kind of e-mail address: company, free, disposable, role, invalid"),
        Field("phone_e164", _T, _C, "Telephone as E.164 has it, such as +493012345678"),
        Field("mobile_e164", _T, _C, "Mobile telephone as E.164 has it"),
        Field("first_name_clean", _T, _C, "Given name in the usual capitals"),
        Field("last_name_clean", _T, _C, "Family name in the usual capitals"),
        Field("seniority", _T, _C, "Rank by the title: c-level, vp, director, manager, senior, staff, entry"),
        Field("job_function", _T, _C, "Function by the title, else the department: it, security, finance, ..."),
        Field("language_code", _T, _C, "Language as ISO 639 has it; without one, that of the country if it has one"),
        Field("time_zone", _T, _C, "Time zone by state, country or telephone, such as Europe/Berlin"),
        Field("domain", _T, _O, "The company's own domain, by its web site or e-mail address, such as acme.co.uk"),
        Field("company_clean", _T, _O, "Company name in the usual capitals, legal form and all"),
        Field("company_key", _T, _O, "Company name without case, accents, punctuation and legal form"),
        Field("country_code", _T, _O, "Country as ISO 3166 has it, such as DE"),
        Field("state_code", _T, _O, "State or province as ISO 3166-2 has it, such as US-CA"),
        Field("employee_band", _T, _O, "Size of the company as a band, such as 1001-5000"),
        Field("revenue_band", _T, _O, "Yearly revenue as a band, such as 10M-50M"),
        Field("sector", _T, _O, "Sector of the industry, one of the 20 of NAICS, such as Finance and Insurance"),
        Field("known_technologies", _L, _O, "Technologies by their usual names, from all fields that tell some"),
        Field("known_compliance", _L, _O, "Compliance frameworks by their usual names, from all fields"),
    ]
)
"""What the normalisers make; a CRM field that is mapped to one of them wins over what is derived."""

ABOUT_OTHERS = Schema(
    [
        Field("mail_provider", _T, _O, "Who carries the company's mail, such as Microsoft 365"),
        Field("provenance", _T, Axis.PROCESS, "Where enriched values come from: provider, confidence, day, by field"),
        Field("duplicates", Type.INTEGER, Axis.PROCESS, "Other leads that are the same person", "leads"),
        Field("duplicate_of", _T, Axis.PROCESS, "The oldest lead that is the same person; nothing on that one itself"),
        Field("group_known", _L, _O, "Roles of the decision group that somebody known at the account has"),
        Field("group_missing", _L, _O, "Roles of the decision group that nobody known at the account has"),
        Field("group_size", Type.INTEGER, _O, "Known people of the account that have a role in the decision", "people"),
    ]
)
"""What is found out beside the lead itself."""

FOUND_BY_ASKING = frozenset({"mail_provider"})
"""Of these, what a provider tells."""

WORKED_OUT = frozenset(ABOUT_OTHERS) - FOUND_BY_ASKING
"""Of these, what follows from what is known once all providers were asked."""

DUPLICATES = frozenset({"duplicates", "duplicate_of"})
"""Those that are known once it is known which leads are one person."""

GROUP = frozenset({"group_known", "group_missing", "group_size"})
"""Those that are known once it is known who else is at the account."""

SCHEMA = LEAD.extended([*DERIVED.values(), *ABOUT_OTHERS.values()])
"""Every field that rules may ask for, before a playbook adds its own."""
