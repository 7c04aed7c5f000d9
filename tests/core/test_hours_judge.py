"""Business hours agree with a judge that looks at every minute; `python bench/hours.py` asks both 10,000 questions."""

import pytest

from bench.hours import case


@pytest.mark.parametrize("first", range(0, 140, 20))
def test_the_calendar_agrees_with_the_minute_by_minute_judge(first):
    assert [told for number in range(first, first + 20) if (told := case(29, number))] == []
