"""The lead schema: each field's name, type, unit, meaning and axis.

A lead is our canonical row; a record is the row as the CRM spells it. Playbooks may add fields of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class Type(StrEnum):
    """What a lead field holds. Numbers are bounded, dates are UTC, lists hold text."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"

    @property
    def dtype(self) -> pl.DataType:
        """The Polars column type that carries it."""
        return _dtypes()[self]


@cache
def _dtypes() -> Mapping[Type, pl.DataType]:
    import polars as pl  # The sandbox takes the schema from here, and must start without Polars.

    return {
        Type.TEXT: pl.String(),
        Type.INTEGER: pl.Int64(),
        Type.NUMBER: pl.Float64(),
        Type.BOOLEAN: pl.Boolean(),
        Type.DATE: pl.Date(),
        Type.DATETIME: pl.Datetime("ms", "UTC"),
        Type.LIST: pl.List(pl.String()),
    }


class Axis(StrEnum):
    """What a field tells about: who they are, what they did, what they look for, can they buy, where they stand."""

    CONTACT = "contact"
    ORGANISATION = "organisation"
    ENGAGEMENT = "engagement"
    INTENT = "intent"
    BANT = "bant"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a lead."""

    name: str
    type: Type
    axis: Axis
    meaning: str
    unit: str = ""


class Schema(Mapping[str, Field]):
    """The fields a lead has, by name, in a fixed order."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def extended(self, fields: Iterable[Field]) -> Schema:
        """This schema with further fields, as a playbook's `[fields]` adds them."""
        return Schema([*self._fields.values(), *fields])

    def completed(self, leads: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
        """The leads with all of these fields: null where they have no such column."""
        import polars as pl  # as above

        absent = [name for name in dict.fromkeys(names) if name not in leads.columns]
        return leads.with_columns(pl.lit(None, self[name].type.dtype).alias(name) for name in absent)


_T, _I, _N, _B, _D, _DT, _L = Type
_C, _O, _E, _X, _Q, _P = Axis

LEAD = Schema(
    [
        Field("first_name", _T, _C, "Given name"),
        Field("last_name", _T, _C, "Family name"),
        Field("email", _T, _C, "E-mail address"),
        Field("phone", _T, _C, "Telephone"),
        Field("mobile", _T, _C, "Mobile telephone"),
        Field("title", _T, _C, "Job title as written"),
        Field("department", _T, _C, "Department or function"),
        Field("decision_role", _T, _C, "Role in the decision group: budget holder, decision maker, influencer, user"),
        Field("language", _T, _C, "Language to speak to this person in"),
        Field("opted_out", _B, _C, "Asked not to be contacted by e-mail"),
        Field("company", _T, _O, "Company name"),
        Field("website", _T, _O, "Company web site"),
        Field("industry", _T, _O, "Industry"),
        Field("employees", _I, _O, "Size of the company", "people"),
        Field("revenue", _N, _O, "Yearly revenue", "currency of the CRM"),
        Field("country", _T, _O, "Country as written or ISO code"),
        Field("state", _T, _O, "State or province"),
        Field("city", _T, _O, "City"),
        Field("postal_code", _T, _O, "Postal code"),
        Field("technologies", _L, _O, "Technologies in use, such as ServiceNow"),
        Field("compliance", _L, _O, "Compliance frameworks to satisfy, such as ISO 27001"),
        Field("servers", _I, _O, "Servers in operation", "servers"),
        Field("cloud_resources", _I, _O, "Cloud resources in operation", "resources"),
        Field("network_devices", _I, _O, "Network devices in operation", "devices"),
        Field("initiatives", _T, _O, "Recent technology initiatives"),
        Field("source", _T, _P, "Channel the lead came by: inbound, referral, outbound, event, mql"),
        Field("campaign", _T, _P, "Campaign that brought the lead"),
        Field("created_at", _DT, _P, "When the CRM got the lead"),
        Field("status", _T, _P, "Status as the CRM has it"),
        Field("owner", _T, _P, "Owner's id in the CRM"),
        Field("converted", _B, _P, "Already converted to an opportunity"),
        Field("current_stage", _T, _P, "Stage that leadrelay wrote last, as the CRM has it"),
        Field("current_recycle_reason", _T, _P, "Why leadrelay recycled it last, as the CRM has it"),
        Field("current_reengage_on", _D, _P, "When it comes back from nurture, as the CRM has it"),
        Field("current_recycled_before", _T, _P, "For what else it was recycled before, as the CRM has it"),
        Field("meeting_at", _DT, _P, "When the discovery meeting is"),
        Field("requirements", _T, _P, "Initial requirements noted: pain points and objectives"),
        Field("stakeholders", _I, _P, "Known members of the decision group", "people"),
        Field("objections", _L, _P, "Objections that the lead raised"),
        Field("sales_verdict", _T, _P, "What sales said of it: accepted, rejected"),
        Field("sales_reason", _T, _P, "Why sales said so"),
        Field("sales_verdict_at", _DT, _P, "When sales said so"),
        Field("visits", _I, _E, "Visits to the web site", "visits"),
        Field("pages_viewed", _I, _E, "Pages viewed", "pages"),
        Field("downloads", _I, _E, "White papers and trials downloaded", "downloads"),
        Field("webinars", _I, _E, "Webinars and events attended", "events"),
        Field("emails_opened", _I, _E, "E-mails opened", "e-mails"),
        Field("emails_clicked", _I, _E, "E-mails with a click", "e-mails"),
        Field("last_activity_at", _DT, _E, "Latest sign of engagement"),
        Field("intent_score", _N, _X, "Third-party intent, 0 to 100", "points"),
        Field("intent_topics", _L, _X, "Topics researched elsewhere"),
        Field("competitor_research", _B, _X, "Researched a competitor"),
        Field("last_intent_at", _DT, _X, "Latest sign of intent"),
        Field("budget_amount", _N, _Q, "Budget identified", "currency of the CRM"),
        Field("budget_status", _T, _Q, "Budget: approved, planned, none"),
        Field("authority", _T, _Q, "Say in the purchase: decides, influences, none"),
        Field("pains", _L, _Q, "Pains: asset visibility, CMDB accuracy, compliance, ..."),
        Field("need_summary", _T, _Q, "Need in the lead's own words"),
        Field("cmdb_status", _T, _Q, "CMDB: none, inaccurate, accurate"),
        Field("timeline_months", _I, _Q, "Months until the initiative", "months"),
        Field("project_start", _D, _Q, "Planned start of the initiative"),
        Field("evaluators", _T, _Q, "Who else evaluates"),
        Field("bant_checked_at", _DT, _Q, "When somebody last asked for budget, authority, need and timeline"),
    ]
)
"""The lead as the shipped playbook knows it (process R1, R2, R4, R20)."""
