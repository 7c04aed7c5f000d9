"""docs/roster.md is followed: its boxes make a playbook, its table is read, and its words are those of the code."""

import re
from datetime import UTC, datetime
from pathlib import Path

from leadrelay.absences import present
from leadrelay.core.lints.lint import lint
from leadrelay.core.playbook.loading import load
from tests.core.small import PLAYBOOK
from tests.pages import boxes, page

ROOT = Path(__file__).parents[2]
PAGE = page("roster.md")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_the_boxes_make_a_playbook_and_its_table_is_read(tmp_path):
    playbook = load(PLAYBOOK + "".join(boxes(PAGE, "toml")), "roster.md")
    assert list(playbook.roster.teams) == ["enterprise", "inbound"]
    (tmp_path / "away.csv").write_text(boxes(PAGE, "csv")[0])
    roster = present(playbook.roster, tmp_path, NOW)
    assert [len(member.absences) for _, member in roster.members()] == [0, 1, 1, 1]


def test_the_boxes_give_no_warning():
    assert lint(load(PLAYBOOK + "".join(boxes(PAGE, "toml")), "roster.md"), NOW) == ()


def test_every_key_is_explained():
    keys = {line.split(" = ")[0] for box in boxes(PAGE, "toml")[:3] for line in box.splitlines() if " = " in line}
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| .*? \|", PAGE, re.MULTILINE))))
    assert keys - told - {"members"} == set()


def test_what_check_says_is_what_the_code_says():
    code = "".join((ROOT / "leadrelay" / name).read_text() for name in ("checkup/people.py", "core/hours.py"))
    told = re.findall(r"^\| `([^`]+)` \| ", PAGE.partition("## 6. Check")[2], re.MULTILINE)
    assert len(told) == 6
    assert [words for words in told if words not in code] == []
