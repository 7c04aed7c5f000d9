"""The part of a playbook that says which lead fields providers may fill: `[enrichment.fields.NAME]`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from leadrelay.core.clean.fields import ABOUT_OTHERS, DERIVED, WORKED_OUT
from leadrelay.core.enrich.values import FORM, KEPT, PERSON, Enrichment, FieldPlan
from leadrelay.core.lead import Schema
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.rules import Rules
from leadrelay.core.playbook.values import Playbook
from leadrelay.core.predicates.dates import Shift, interval, within_a_century
from leadrelay.core.toml_table import Table
from leadrelay.core.toml_text import nearest
from leadrelay.errors import Problem

PROVIDER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""What a provider is called in the configuration, in playbooks, and where its answers are shown."""

_FRESH = timedelta(days=180)
_MONTH = timedelta(days=30)
_YEAR = timedelta(days=365)
_DAY = 24

_MADE_OF = {
    "email_clean": "email",
    "email_kind": "email",
    "phone_e164": "phone",
    "mobile_e164": "mobile",
    "first_name_clean": "first_name",
    "last_name_clean": "last_name",
    "seniority": "title",
    "job_function": "title",
    "language_code": "language",
    "time_zone": "country",
    "domain": "website",
    "company_clean": "company",
    "company_key": "company",
    "country_code": "country",
    "state_code": "state",
    "employee_band": "employees",
    "revenue_band": "revenue",
    "sector": "industry",
    "known_technologies": "technologies",
    "known_compliance": "compliance",
}
"""By derived field, the one to enrich instead."""

_REASONS: Mapping[str, tuple[str, ...]] = {
    "is what the CRM itself says of its record": ("created_at", "status", "owner", "converted"),
    "holds what leadrelay decided last": (
        "current_stage",
        "current_recycle_reason",
        "current_reengage_on",
        "current_recycled_before",
    ),
    "is the word of sales": ("sales_verdict", "sales_reason", "sales_verdict_at"),
    "is for the person alone to say": ("opted_out",),
    "says what somebody here did": ("meeting_at", "bant_checked_at"),
    "is worked out once the enrichment is done": tuple(WORKED_OUT),
    "is what the playbook decides": tuple(OUTPUTS),
}
_CLOSED = {name: reason for reason, names in _REASONS.items() for name in names}
"""Lead fields that no provider can know, and why."""


def read_enrichment(table: Table, rules: Rules) -> Enrichment:
    """Every field that is to be enriched, as written."""
    if names := table.table("fields").names():
        known = Schema(field for field in rules.schema.values() if field.name not in WORKED_OUT)
        plans = tuple(_plan(name, one, rules, known, names) for name, one in table.table("fields").children())
    else:
        plans = ()
    table.close()
    return Enrichment(plans)


def unknown_providers(playbook: Playbook, names: Collection[str]) -> list[Problem]:
    """A problem for each provider that the playbook asks and the configuration does not have under `names`."""
    return list(_unknown(playbook, names))


def _unknown(playbook: Playbook, names: Collection[str]) -> Iterator[Problem]:
    for plan in playbook.enrichment.fields:
        for name in plan.providers:
            if name not in names:
                place = playbook.place(f"enrichment.fields.{plan.field}.from")
                cure = nearest(name, list(names)) or f"Add to the configuration: [providers.{name}]"
                yield Problem(place, f"there is no provider '{name}'.", cure)


def _plan(name: str, table: Table, rules: Rules, known: Schema, planned: Collection[str]) -> FieldPlan:
    _check_field(name, table, rules.schema)
    table.needs("from")
    plan = FieldPlan(
        field=name,
        providers=_providers(table),
        min_confidence=_confidence(table),
        run_if=rules.condition(table, "run_if", known),
        fresh=_lasting(table, "fresh") or _FRESH,
        half_life=_lasting(table, "half_life"),
        form=_form(name, table, rules.schema, planned),
    )
    table.close()
    return plan


def _check_field(name: str, table: Table, schema: Schema) -> None:
    if name in DERIVED:
        cure = f"Enrich '{_MADE_OF[name]}' instead."
        table.problem("", f"'{name}' is derived from other fields, those that were enriched too.", cure)
    elif reason := _CLOSED.get(name):
        table.problem("", f"'{name}' {reason}: no provider fills it.", "Remove this table.")
    elif name not in schema:
        cure = nearest(name, [*_open(schema)]) or "Add it to the playbook's [fields]."
        table.problem("", f"unknown lead field '{name}'.", cure)


def _open(schema: Schema) -> Iterator[str]:
    """The lead fields that providers may fill."""
    return (name for name in schema if name not in DERIVED and name not in _CLOSED)


def _providers(table: Table) -> tuple[str, ...]:
    names = table.texts("from")
    if names == ():
        table.problem("from", "names nobody to ask.", 'Name providers of the configuration: from = ["..."]')
    for place, name in enumerate(names or ()):
        if name in {KEPT, "id"}:
            table.problem("from", f"'{name}' is a word of leadrelay's own.", "Call the provider otherwise.")
        elif name in {PERSON, FORM}:
            cure = "Remove it; the field of a form is named by: form = ..."
            table.problem("from", f"'{name}' is no provider: what it says wins anyway.", cure)
        elif not PROVIDER_NAME.fullmatch(name):
            cure = "Use at most 40 letters, digits, '-' and '_', a letter first."
            table.problem("from", f"number {place + 1} is no name of a provider.", cure)
        elif name in (names or ())[:place]:
            table.problem("from", f"'{name}' stands there twice.", "Name each provider once.")
    return names or ()


def _confidence(table: Table) -> float:
    least = table.number("min_confidence")
    if least is not None and not 0 <= least <= 1:
        table.problem("min_confidence", "must lie between 0 and 1.", "Write 0.8 for 80 %.")
    return 0.0 if least is None else float(least)


def _lasting(table: Table, key: str) -> timedelta | None:
    """An interval of whole days; a month counts 30 of them, a year 365."""
    text = table.text(key)
    if text is None:
        return None
    shift = interval(text)
    if shift is None or shift.hours % _DAY:
        table.problem(key, f"'{text}' is no interval of days, weeks, months or years.", "Such as: '180 days'.")
    elif not any(shift) or not within_a_century([shift]):
        table.problem(key, f"'{text}' is not between one day and 100 years.", "Such as: '180 days'.")
    else:
        return _lasts(shift)
    return None


def _lasts(shift: Shift) -> timedelta:
    years, months = divmod(shift.months, 12)
    return years * _YEAR + months * _MONTH + timedelta(hours=shift.hours)


def _form(name: str, table: Table, schema: Schema, planned: Collection[str]) -> str:
    form = table.text("form")
    if form is None:
        return ""
    if form not in schema:
        cure = nearest(form, list(schema)) or "Add it to the playbook's [fields]."
        table.problem("form", f"unknown lead field '{form}'.", cure)
    elif form in planned:
        what = "itself" if form == name else "enriched too"
        table.problem(
            "form", f"'{form}' is {what}: a form's field holds what the lead wrote.", "Name a field of its own."
        )
    elif name in schema and schema[form].type is not schema[name].type:
        message = f"'{form}' is of type {schema[form].type}, and '{name}' of type {schema[name].type}."
        table.problem("form", message, "Name a field of the same type.")
    elif form in DERIVED or form in ABOUT_OTHERS:
        table.problem("form", f"'{form}' is no field that a form fills.", "Name a field of its own.")
    return form
