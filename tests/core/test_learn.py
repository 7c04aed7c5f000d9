"""Points learned from made-up history, where it is known what they ought to be."""

from datetime import UTC, datetime
from random import Random

import polars as pl
import pytest

from leadrelay.core.features import features
from leadrelay.core.learn import learn, with_points
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import qualify
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAYBOOK = """\
name = "Learned"
[qualification]
when = "score >= 10"
[[score.fit]]
name = "Large"
about = "organisation"
when = "employees >= 1000"
points = 1
[[score.fit]]
name = "Free mail"
about = "contact"
when = "email ilike '%@gmail.com'"
points = 5
[[score.engagement]]
name = "Told us the city"
when = "city is not null"
points = 9
[[score.engagement]]
name = "Rare"
when = "downloads >= 3"
points = 2
[[score.engagement]]
name = "Webinar"
when = "webinars >= 1"
points = 8
since = "last_activity_at"
half_life_days = 30
[caps]
organisation = { max = 12 }
contact = { min = -6 }
[[stages]]
name = "all"
side = "sales"
"""


def history(count, seed=3):
    """Large companies are won, free mail is lost, the city says nothing; three leads download."""
    rng = Random(seed)
    rows, won = [], []
    for number in range(count):
        large, free = rng.random() < 0.3, rng.random() < 0.3
        rows.append(
            {
                "id": str(number),
                "employees": 5000 if large else 20,
                "email": "a@gmail.com" if free else "a@firm.example",
                "city": "Rome" if rng.random() < 0.5 else None,
                "downloads": 3 if number < 3 else 0,
                "webinars": 1,
                "last_activity_at": datetime(2026, 5, 2, 12, tzinfo=UTC) if number % 2 else None,
            }
        )
        won.append(rng.random() < 0.3 + 0.5 * large - 0.25 * free)
    playbook = load(PLAYBOOK, "learned.toml")
    schema = {"id": pl.String(), **{name: playbook.schema[name].type.dtype for name in rows[0] if name != "id"}}
    return pl.DataFrame(rows, schema=schema), pl.Series(won), playbook


@pytest.fixture(scope="module")
def lesson():
    leads, won, playbook = history(1500)
    return learn(leads, won, playbook, NOW)


def test_the_points_say_what_history_says(lesson):
    points = {found.rule: found.learned for found in lesson.proposals}
    assert points["Large"] > 0 > points["Free mail"]
    assert abs(points["Told us the city"]) <= 1
    assert {found.rule for found in lesson.proposals if found.turned} >= {"Free mail"}


def test_no_rule_gets_more_than_its_sums_may_hold(lesson):
    points = {found.rule: found.learned for found in lesson.proposals}
    assert points["Large"] <= 12
    assert points["Free mail"] >= -6


def test_what_hardly_ever_speaks_keeps_its_points(lesson):
    (rare,) = [found for found in lesson.proposals if found.rule == "Rare"]
    assert (rare.spoke, rare.learned, rare.now) == (3, 2, 2)
    assert rare.why_kept
    assert "Rare" not in lesson.points


def test_learned_points_order_leads_better_than_wrong_ones(lesson):
    assert min(lesson.learned) > max(lesson.now)
    assert sum(lesson.unrounded) / 5 - sum(lesson.learned) / 5 < 0.02


def test_the_same_leads_teach_the_same(lesson):
    leads, won, playbook = history(1500)
    assert learn(leads, won, playbook, NOW) == lesson


def test_noise_teaches_nothing():
    leads, won, playbook = history(1500)
    shuffled = won.shuffle(seed=11)
    found = learn(leads, shuffled, playbook, NOW)
    assert 0.4 < sum(found.learned) / 5 < 0.6


def test_too_little_history_is_told():
    leads, won, playbook = history(200)
    with pytest.raises(ConfigError, match="at least 50 of each"):
        learn(leads, won & False, playbook, NOW)


def test_a_feature_is_what_the_rule_gives_of_its_points():
    leads, _, playbook = history(40)
    spoke = features(leads, playbook, NOW)
    assert spoke["Webinar"][0] == 0.0
    assert spoke["Webinar"][1] == pytest.approx(0.5)
    only = with_points(playbook, dict.fromkeys((rule.name for rule in playbook.rules), 0) | {"Large": 7})
    scores = qualify(leads, only, NOW, frozenset())["score"]
    assert scores.to_list() == [7 * int(said) for said in spoke["Large"]]
