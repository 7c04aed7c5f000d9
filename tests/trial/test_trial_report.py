"""The report of a trial, as values, as words and as a page."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from leadrelay import playbooks
from leadrelay.backtest_html import page, write
from leadrelay.backtest_words import verdicts
from leadrelay.core.playbook.loading import load
from leadrelay.core.trial import blind, measures
from leadrelay.core.trial.json import document
from leadrelay.core.trial.report import report, threshold
from leadrelay.core.trial.trial import OUTCOME, Judge, Trial

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HEAD = {"job": "in<bound>", "at": NOW.isoformat(), "from": "a&b.csv", "predicate": "employees > 100 and 'x' <> 'y'"}


@pytest.fixture(scope="module")
def found(live, new, leads):
    trial = Trial(live, new, NOW, judged=True, shown=5)
    return report(trial, Judge(trial)(leads))


@pytest.fixture(scope="module")
def html(found):
    return page(found, HEAD)


class Page(HTMLParser):
    """What a page is made of; every tag has to be closed in its turn."""

    VOID = ("meta", "br", "hr", "img", "path", "use", "link")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_nobody_for_anything(html):
    found = Page(html)
    assert found.open == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(found.tags)
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 10
    for name, value in found.attributes:
        if name in {"href", "xlink:href", "src"}:
            assert value.startswith("#")
            assert value[1:] in ids
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    assert re.findall(r"https?://\S+", html.replace("http://www.w3.org/2000/svg", "")) == []
    assert "in&lt;bound&gt;" in html
    assert "in<bound>" not in html


def test_every_plot_has_words_and_takes_the_page_s_colour(html):
    svgs = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(svgs) == 5
    assert all(re.match(r'<svg role="img" aria-label="[^"]{20,}"', svg) for svg in svgs)
    assert all("currentColor" in svg and "#000000" not in svg for svg in svgs)


def test_the_page_is_the_same_each_time(found, html):
    assert page(found, HEAD) == html


def test_a_page_is_written_whole_or_not_at_all(found, html, tmp_path):
    file = tmp_path / "report.html"
    file.write_text("the last one")
    write(file, found, HEAD)
    assert file.read_text() == html
    with pytest.raises(OSError, match="gone"):
        write(tmp_path / "gone" / "report.html", found, HEAD)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_counts_of_the_report_agree_with_each_other(found, leads):
    told = document(found)
    assert told["leads"] == leads.height == sum(told["outcome"].values())
    for side in ("live", "new"):
        for counted in told[side]["words"].values():
            assert sum(word["leads"] for word in counted) == leads.height
        for axis in told[side]["axes"].values():
            assert sum(bar["leads"] for bar in axis["histogram"]) == leads.height
            assert axis["least"] <= axis["p10"] <= axis["p50"] <= axis["p90"] <= axis["most"]
        quality = told[side]["quality"]
        known = told["outcome"]["won"] + told["outcome"]["lost"]
        assert sum(part["of"] for part in quality["calibration"]) == known
        assert quality["qualified"]["accuracy"]["of"] == known
    moves = told["changes"]["stages"]
    assert sum(move["leads"] for move in moves) == leads.height
    assert sum(move["leads"] for move in moves if move["live"] != move["new"]) == told["changes"]["moved"]
    gained = told["changes"]["qualified"]["accuracy_gained"]["value"]
    accuracies = [told[side]["quality"]["qualified"]["accuracy"]["value"] for side in ("live", "new")]
    assert gained == pytest.approx(accuracies[1] - accuracies[0])
    areas = [told[side]["quality"]["area"]["value"] for side in ("live", "new")]
    assert told["changes"]["area_gained"]["value"] == pytest.approx(areas[1] - areas[0])


def test_the_same_playbook_twice_changes_nothing(live, leads):
    trial = Trial(live, live, NOW, judged=True)
    found = report(trial, Judge(trial)(leads))
    assert found.changes.moved == 0
    assert found.changes.difference == measures.Estimate(0.0, (0.0, 0.0))
    assert all(better is None for better, _ in verdicts(found.changes))


def test_few_outcomes_are_called_few(live, new, leads):
    trial = Trial(live, new, NOW, judged=True)
    found = report(trial, Judge(trial)(leads.head(30)))
    assert any(note.startswith("Only ") for note in found.notes)


def test_outcomes_of_one_kind_say_nothing(live, new, leads):
    trial = Trial(live, new, NOW, judged=True)
    won = leads.filter(OUTCOME)
    found = report(trial, Judge(trial)(won))
    assert found.notes == ("No lead is lost: nothing can be said about which playbook is better.",)
    assert "Is it better" not in page(found, HEAD)


def test_hindsight_is_told(live, leads):
    trial = Trial(live, None, NOW, judged=True)
    scores = Judge(Trial(live, None, NOW))(leads).counts["live", "score"]
    middle = sorted(score for score, _ in scores)[len(scores) // 2]
    known = leads.with_columns(
        Judge(trial)._decided(leads, Judge(trial)._deciders)["live.score"].ge(middle).alias(OUTCOME)
    )
    found = report(trial, Judge(trial)(known))
    assert any("too good to be foresight" in note for note in found.notes)


def playbook(qualification):
    text = 'name = "x"\n[qualification]\nwhen = "{}"\n[[stages]]\nname = "hot"\nside = "sales"\nwhen = "score >= 60"\n'
    return load(f'{text.format(qualification)}[[stages]]\nname = "rest"\nside = "sales"\n', "x.toml")


@pytest.mark.parametrize(
    ("qualification", "points"),
    [("score >= 55 and bant_met = 2", 55), ("score > 55", 56), ("score >= 54.5", 55), ("bant_met >= 3", 60)],
)
def test_the_playbook_s_threshold_is_found(qualification, points):
    assert threshold(playbook(qualification)) == points


def test_a_playbook_without_some_fields_holds_nothing_about_them(live, leads):
    missing = {"employees", "email", "visits", "last_activity_at"}
    without = blind.without(live, missing)
    assert not without.fields_used & (missing - {"last_activity_at"})
    assert blind.without(live, set()) is live
    trial = Trial(live, without, NOW)
    assert Judge(trial)(leads).leads == leads.height


def test_a_blind_playbook_keeps_what_it_can_see():
    text = playbooks.text("it-discovery")
    live = load(text, "x")
    without = blind.without(live, {"employees"})
    same = [(one.when.node == other.when.node) for one, other in zip(live.rules, without.rules, strict=True)]
    assert same.count(False) == sum("employees" in rule.when.text for rule in live.rules) > 0
