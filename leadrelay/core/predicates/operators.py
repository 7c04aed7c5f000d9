"""The operators of the rule language, each with an example that holds for the lead beside it.

What holds for all of them (what is unknown, how text and dates compare, the limits) stands in docs/rules.md, whose
reference docs/reference.py writes from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from leadrelay.core.predicates.calls import Doc

OPERATORS: Mapping[str, Doc] = {
    "=": Doc(
        "a = b, a <> b",
        "Equal, unequal. `!=` is the same as `<>`.",
        "industry = 'Banking' and country <> 'US'",
        {"industry": "Banking", "country": "DE"},
    ),
    "<": Doc(
        "a < b, a <= b, a > b, a >= b",
        "Order of numbers, dates and text.",
        "employees >= 500 and created_at >= '2026-01-01'",
        {"employees": 500, "created_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ),
    "and": Doc(
        "a and b, a or b, not a",
        "Both, either, the opposite. `not` binds strongest, `or` least.",
        "competitor_research or visits > 5 and not opted_out",
        {"competitor_research": None, "visits": 6, "opted_out": False},
    ),
    "field": Doc(
        "field",
        "A field that is true or false stands alone.",
        "not converted",
        {"converted": False},
    ),
    "in": Doc(
        "a in (1, 2), a not in (1, 2)",
        "One of the values. What is missing is neither in nor out.",
        "industry in ('Banking', 'Insurance')",
        {"industry": "Insurance"},
    ),
    "between": Doc(
        "a between 1 and 2, a not between 1 and 2",
        "From the first to the second, both included.",
        "timeline_months between 6 and 12",
        {"timeline_months": 12},
    ),
    "is null": Doc(
        "a is null, a is not null",
        "Missing, present. Never unknown.",
        "email is null and phone is not null",
        {"email": None, "phone": "+4930123456"},
    ),
    "is true": Doc(
        "a is true, a is false, a is not true",
        "A condition's answer, with unknown as neither. Never unknown itself.",
        "(budget_amount >= 25000) is not true",
        {"budget_amount": None},
    ),
    "like": Doc(
        "a like 'x%', a not like 'x%', a like '100!%' escape '!'",
        "The whole text fits the pattern; % stands for any text, _ for one character. There is no escape sign unless "
        "`escape` names one.",
        "website like 'https://%' and company not like 'Test%'",
        {"website": "https://example.com", "company": "Example AG"},
    ),
    "ilike": Doc(
        "a ilike '%x%', a not ilike '%x%'",
        "As like, ignoring the case of letters.",
        "title ilike '%director%'",
        {"title": "IT DIRECTOR"},
    ),
    "matches": Doc(
        "a matches 'regex', a not matches 'regex'",
        r"The regular expression is found somewhere in the text, ignoring case; ^ and $ mean its ends, \b the edge of "
        "a word. No look-around and no back-references, so that it takes linear time on any text.",
        r"title matches '\b(cio|cto|head of it)\b'",
        {"title": "Head of IT, EMEA"},
    ),
    "any": Doc(
        "'a' = any(list)",
        "The list has this member, letter case included. Write any_of() and all_of() for several.",
        "'ServiceNow' = any(technologies)",
        {"technologies": ["SAP", "ServiceNow"]},
    ),
    "+": Doc(
        "a + b, a - b, a * b, a / b, -a",
        "Arithmetic with numbers.",
        "revenue / employees > 100000",
        {"revenue": 5e8, "employees": 1000},
    ),
    "interval": Doc(
        "now() - interval '30 days', date + interval '1 year'",
        "A time before (-) or after (+) now(), today(), a date or a moment: hours (of moments only), days, weeks, "
        "months, years. A day that a month does not have becomes its last day. What leaves the years 1 to 9999 is "
        "missing.",
        "last_activity_at >= now() - interval '30 days' and created_at + interval '1 year' > project_start",
        {
            "last_activity_at": datetime(2026, 1, 15, tzinfo=UTC),
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            "project_start": date(2026, 6, 1),
        },
    ),
    "case": Doc(
        "case when a then x when b then y else z end",
        "The value behind the first condition that is true; false and unknown ones are passed over. When none is true, "
        "that of `else`, and missing without `else`. The values have one type; they may be conditions, and `null` may "
        "be among them.",
        "visits >= case when employees >= 1000 then 3 when employees is null then null else 10 end",
        {"visits": 4, "employees": 5000},
    ),
}
