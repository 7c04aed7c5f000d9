"""What is right and hardly meant so is doubted; what people do mean is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.lints.lint import lint
from leadrelay.core.playbook.loading import load
from leadrelay.core.predicates import doubts, parse

DOUBTED = {
    "title like 'director'": "like 'director' wants the whole text to be that: it has no % to stand for other text",
    "not title ilike 'director'": "ilike 'director' wants the whole text",
    "title like '*director*'": "like '*director*' wants the whole text to be that: its * is no wildcard",
    "title = '%director%'": "'%director%' is compared letter by letter, with its %",
    "title <> 'VP*'": "'VP*' is compared letter by letter, with its *",
    "title in ('CIO', '%director%')": "'%director%' is compared letter by letter",
    "title matches '%director%'": "'%director%' looks for the sign %, which means nothing in a regular expression",
}


@pytest.mark.parametrize("predicate", DOUBTED)
def test_what_is_hardly_meant_is_doubted_with_another_way_to_say_it(predicate):
    [(message, cure)] = doubts(parse(predicate, LEAD, "test"))
    assert message.startswith(DOUBTED[predicate])
    assert "ilike '%" in cure


@pytest.mark.parametrize(
    "predicate",
    [
        "title like 'VP%'",
        "title ilike '%a_b%'",
        "title = '50%'",
        "title = '%'",
        "title = '*'",
        "title like ''",
        "title in ('a', 'b')",
        "title matches '100%'",
        "contains(title, 'x')",
        "employees in (1, 2)",
        "title = company",
    ],
)
def test_what_people_do_mean_is_not(predicate):
    assert list(doubts(parse(predicate, LEAD, "test"))) == []


def test_check_tells_a_doubt_with_its_line():
    text = """name = "Test"
[qualification]
when = "title like 'director'"
[[stages]]
name = "new"
side = "sales"
"""
    told = [(one.place, one.message) for one in lint(load(text, "p.toml"), datetime(2026, 1, 1, tzinfo=UTC))]
    assert ("p.toml:3 qualification.when", "the qualification: " + DOUBTED["title like 'director'"] + ".") in told
