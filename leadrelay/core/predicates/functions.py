"""The functions of the rule language: how each is called, what it means, an example that holds, and its check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from leadrelay.core.lead import Type
from leadrelay.core.predicates import calls
from leadrelay.core.predicates.calls import FunctionDoc
from leadrelay.core.predicates.ir import Op

_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

FUNCTIONS: Mapping[str, FunctionDoc] = {
    "now": FunctionDoc(
        "now()",
        "The moment of the run, the same for all leads. Takes `+` and `-` with intervals of hours, days, weeks, months "
        "and years; a day that a month does not have becomes its last day.",
        "last_activity_at >= now() - interval '1 month'",
        {"last_activity_at": _NEW_YEAR},
        calls.clock(Op.NOW, Type.DATETIME),
    ),
    "today": FunctionDoc(
        "today()",
        "The day of the run in UTC. Takes the intervals of now(), but hours.",
        "project_start between today() and today() + interval '6 months'",
        {"project_start": date(2026, 5, 1)},
        calls.clock(Op.TODAY, Type.DATE),
    ),
    "days_since": FunctionDoc(
        "days_since(date)",
        "Days from a date or moment to the run, with fractions; negative when it lies ahead.",
        "days_since(created_at) <= 31",
        {"created_at": _NEW_YEAR},
        calls.days,
    ),
    "days_until": FunctionDoc(
        "days_until(date)",
        "Days from the run to a date or moment, with fractions; negative when it is past.",
        "days_until(project_start) < 180",
        {"project_start": date(2026, 5, 1)},
        calls.days,
    ),
    "business_days_since": FunctionDoc(
        "business_days_since(date)",
        "Whole weekdays, Monday to Friday, after a date or moment up to and with the day of the run, in UTC: from "
        "Friday to Monday it is 1, on the day itself 0. Negative when the date lies ahead. Holidays are not known yet: "
        "they count as weekdays.",
        "business_days_since(last_activity_at) > 5",
        {"last_activity_at": datetime(2026, 1, 22, tzinfo=UTC)},
        calls.business_days,
    ),
    "business_days_until": FunctionDoc(
        "business_days_until(date)",
        "Whole weekdays, Monday to Friday, after the day of the run up to and with a date or moment, in UTC; negative "
        "when it is past. Holidays are not known yet: they count as weekdays.",
        "business_days_until(meeting_at) between 0 and 3",
        {"meeting_at": datetime(2026, 2, 3, 9, tzinfo=UTC)},
        calls.business_days,
    ),
    "year": FunctionDoc(
        "year(date)",
        "The year of a date or moment, in UTC.",
        "year(project_start) = year(today())",
        {"project_start": date(2026, 5, 1)},
        calls.of_a_day(Op.YEAR),
    ),
    "month": FunctionDoc(
        "month(date)",
        "The month of a date or moment, in UTC, from 1 to 12.",
        "month(project_start) between 10 and 12",
        {"project_start": date(2026, 10, 1)},
        calls.of_a_day(Op.MONTH),
    ),
    "weekday": FunctionDoc(
        "weekday(date)",
        "The day of the week of a date or moment, in UTC, from 1 for Monday to 7 for Sunday.",
        "weekday(created_at) in (6, 7)",
        {"created_at": datetime(2026, 1, 31, tzinfo=UTC)},
        calls.of_a_day(Op.WEEKDAY),
    ),
    "contains": FunctionDoc(
        "contains(list, 'a') or contains(text, 'part')",
        "Whether a list has this member, letter case included, as with any(); or a text this part, whatever its letter "
        "case and whatever stands around it, as with ilike.",
        "contains(pains, 'compliance') and contains(need_summary, 'audit')",
        {"pains": ["compliance"], "need_summary": "Audits take weeks"},
        calls.contains,
    ),
    "any_of": FunctionDoc(
        "any_of(list, 'a', 'b')",
        "Whether the list has at least one of the members, letter case included. An empty list has none.",
        "any_of(technologies, 'ServiceNow', 'BMC Helix')",
        {"technologies": ["SAP", "BMC Helix"]},
        calls.members(Op.ANY_OF),
    ),
    "all_of": FunctionDoc(
        "all_of(list, 'a', 'b')",
        "Whether the list has each of the members, letter case included.",
        "all_of(compliance, 'ISO 27001', 'SOX')",
        {"compliance": ["SOX", "PCI DSS", "ISO 27001"]},
        calls.members(Op.ALL_OF),
    ),
    "none_of": FunctionDoc(
        "none_of(list, 'a', 'b')",
        "Whether the list has none of the members: the opposite of any_of(). A missing list stays unknown; write `or "
        "technologies is null` where it should count as none.",
        "none_of(technologies, 'ServiceNow', 'BMC Helix')",
        {"technologies": ["SAP"]},
        calls.none_of,
    ),
    "holds_title": FunctionDoc(
        "holds_title(title, 'director', 'cio')",
        "Whether a person holds one of these job titles: compared word by word, ignoring letter case, hyphens between "
        "words and dots in abbreviations, and only where the title is the person's own. An `Assistant to the "
        "Director`, the `CIO's office` and a `Former VP` do not hold it; see [Job titles](#job-titles).",
        "holds_title(title, 'director', 'vice president', 'cio') and not holds_title(title, 'assistant director')",
        {"title": "Vice-President IT, reporting to the C.I.O."},
        calls.holds_title,
    ),
    "length": FunctionDoc(
        "length(text or list)",
        "The number of characters of a text, or of members of a list.",
        "length(pains) >= 2",
        {"pains": ["asset visibility", "compliance"]},
        calls.of_one(Op.LENGTH, Type.INTEGER, Type.TEXT, Type.LIST),
    ),
    "lower": FunctionDoc(
        "lower(text or list)",
        "The text, or each member of the list, in small letters.",
        "'servicenow' = any(lower(technologies))",
        {"technologies": ["ServiceNOW"]},
        calls.letters,
    ),
    "trim": FunctionDoc(
        "trim(text)",
        "The text without white space at its ends.",
        "trim(need_summary) <> ''",
        {"need_summary": " we lose track of servers "},
        calls.of_one(Op.TRIM, Type.TEXT, Type.TEXT),
    ),
    "coalesce": FunctionDoc(
        "coalesce(a, b)",
        "The first of its arguments that is not missing; all of one type.",
        "coalesce(last_activity_at, created_at) >= '2026-01-01'",
        {"last_activity_at": None, "created_at": _NEW_YEAR},
        calls.coalesce,
    ),
    "least": FunctionDoc(
        "least(a, b)",
        "The smallest of numbers or the earliest of dates. Missing ones are skipped; missing when all are.",
        "least(budget_amount, revenue / 100) >= 25000",
        {"budget_amount": 40000.0, "revenue": 5e6},
        calls.extreme(Op.LEAST),
    ),
    "greatest": FunctionDoc(
        "greatest(a, b)",
        "The largest of numbers or the latest of dates. Missing ones are skipped; missing when all are.",
        "greatest(last_activity_at, last_intent_at) >= now() - interval '30 days'",
        {"last_activity_at": None, "last_intent_at": _NEW_YEAR.replace(day=15)},
        calls.extreme(Op.GREATEST),
    ),
    "abs": FunctionDoc(
        "abs(number)",
        "The number without its sign.",
        "abs(days_since(meeting_at)) < 7",
        {"meeting_at": datetime(2026, 2, 2, tzinfo=UTC)},
        calls.of_a_number(Op.ABS),
    ),
    "round": FunctionDoc(
        "round(number)",
        "The nearest whole number, halves away from zero: 2.5 gives 3, -2.5 gives -3.",
        "round(revenue / employees) = 3",
        {"revenue": 10.0, "employees": 4},
        calls.of_a_number(Op.ROUND),
    ),
    "floor": FunctionDoc(
        "floor(number)",
        "The next whole number below: 2.5 gives 2, -2.5 gives -3.",
        "floor(days_since(created_at)) = 30",
        {"created_at": _NEW_YEAR},
        calls.of_a_number(Op.FLOOR),
    ),
    "ceil": FunctionDoc(
        "ceil(number)",
        "The next whole number above: 2.5 gives 3, -2.5 gives -2.",
        "ceil(days_since(created_at)) = 31",
        {"created_at": _NEW_YEAR},
        calls.of_a_number(Op.CEIL),
    ),
}
