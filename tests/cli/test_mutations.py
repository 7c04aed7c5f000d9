"""Hundreds of ways to spoil each file that an admin writes: told as problems with places, or fine; nothing else."""

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from leadrelay import config, mappings, playbooks
from leadrelay.core.examples import expect_proof
from leadrelay.core.lints.lint import lint
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load as load_mapping

ROOT = Path(__file__).parents[2]
JUNK = (
    "3",
    "-1",
    "0.5",
    "nan",
    "inf",
    "true",
    '""',
    '" "',
    '"\\u0000"',
    '"\\u001b[31m"',
    '"é" ',
    "[]",
    "[[]]",
    '["a", 1]',
    "{}",
    "{ a = { b = { c = [1] } } }",
    "2026-11-22",
    "2026-11-22T12:00:00Z",
    "2026-13-45",
    "9" * 400,
    "9" * 5_000,
    "[" * 2_000,
    '"' + "a" * 70_000 + '"',
    '"select 1"',
    '"(((((((((("',
    '"not not not"',
    "'''",
    "",
)


def lines_with(text, pattern):
    lines = text.splitlines(keepends=True)
    return lines, [number for number, line in enumerate(lines) if re.search(pattern, line)]


def changed(lines, at, line):
    return "".join([*lines[:at], line, *lines[at + 1 :]])


def without_a_line(text, chance):
    lines, found = lines_with(text, r"^[^#\s]")
    return changed(lines, chance.choice(found), "")


def twice_the_line(text, chance):
    lines, found = lines_with(text, r"^[^#\s]")
    at = chance.choice(found)
    return changed(lines, at, lines[at] * 2)


def another_value(text, chance):
    lines, found = lines_with(text, r"^[^#\[]*=")
    at = chance.choice(found)
    return changed(lines, at, f"{lines[at].partition('=')[0]}= {chance.choice(JUNK)}\n")


def an_inner_value(text, chance):
    places = list(re.finditer(r'(?<== )("[^"\n]*"|\d+)', text))
    place = chance.choice(places)
    return text[: place.start()] + chance.choice(JUNK) + text[place.end() :]


def a_misspelled_word(text, chance):
    places = list(re.finditer(r"\w{4,}", text))
    place = chance.choice(places)
    word = place[0]
    return text[: place.start()] + word[0] + word[2] + word[1] + word[3:] + text[place.end() :]


def a_lost_character(text, chance):
    at = chance.choice([place.start() for place in re.finditer(r"""["'\[\]{}=,().]""", text)])
    return text[:at] + text[at + 1 :]


def a_strange_character(text, chance):
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("\0\x1b\ufeff\u202e€\r\t\"'[]{}=#\\") + text[at:]


def another_header(text, chance):
    lines, found = lines_with(text, r"^\[")
    header = chance.choice(
        ("[x]", "[[x]]", "[a.b.c.d]", "[read.read]", "[[score]]", "[[write]]", "[[stages]]", "[]", "[[")
    )
    return changed(lines, chance.choice(found), f"{header}\n")


def a_table_instead_of_a_list(text, chance):
    lines, found = lines_with(text, r"^\[")
    at = chance.choice(found)
    header = lines[at].strip()
    other = header[1:-1] if header.startswith("[[") else f"[{header}]"
    return changed(lines, at, f"{other}\n")


def junk_in_front(text, chance):
    key = chance.choice(("_env_file", "read", "score", "state", "jobs", "stages", "x"))
    return f"{key} = {chance.choice(JUNK)}\n{text}"


def cut_short(text, chance):
    return text[: chance.randrange(len(text))]


def lines_exchanged(text, chance):
    lines, found = lines_with(text, r"^[^#\s]")
    one, other = chance.sample(found, 2)
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


MUTATIONS = (
    without_a_line,
    twice_the_line,
    another_value,
    an_inner_value,
    a_misspelled_word,
    a_lost_character,
    a_strange_character,
    another_header,
    a_table_instead_of_a_list,
    junk_in_front,
    cut_short,
    lines_exchanged,
)
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp500")


@pytest.fixture(scope="module")
def playbook():
    return load_playbook(playbooks.text("it-discovery"), "it-discovery")


@pytest.fixture
def load(tmp_path, playbook):
    def load_as(kind, data):
        path = tmp_path / "spoiled.toml"
        path.write_bytes(data)
        if kind == "config":
            return config.load(path)
        text = config.read_text(path, kind, "")
        if kind == "mapping":
            return load_mapping(text, str(path), playbook)
        return tried(load_playbook(text, str(path)), small=kind == "small playbook")

    return load_as


def tried(playbook, *, small):
    """A playbook that loads also decides, and small ones are looked at as `check` does."""
    empty = {field.name: pl.Series([None], dtype=field.type.dtype) for field in playbook.schema.values()}
    Decider(playbook, NOW, frozenset(OUTPUTS))(pl.DataFrame({"id": ["1"], **empty}))
    if small:
        lint(playbook, NOW)
        expect_proof(playbook, NOW)
    return playbook


NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SMALL = """
name = "All that a playbook may hold"

[fields.minutes]
type = "integer"
meaning = "Minutes on the site"

[bant.budget]
met = { "Amount named" = "budget_amount >= 25000", "Approved" = "budget_status = 'approved'" }
unmet = "budget_status = 'none'"
evidence = ["budget_amount", "budget_status"]
question = "Which budget?"
expires_after = "180 days"
as_of = "bant_checked_at"

[[score.engagement]]
name = "Reads on"
group = "Web"
when = "minutes >= 10"
points = 5
half_life_days = 30
since = "last_activity_at"

[caps]
engagement = { min = -5, max = 20 }
[caps.groups]
"Web" = { max = 4 }

[bands]
hot = 4
warm = 2

[grade]
fit = { A = 3, B = 2, C = 1 }
interest = { 1 = 3, 2 = 2, 3 = 1 }

[qualification]
when = "bant_met >= 1"
[[qualification.statuses]]
name = "qualified"
label = "Qualified"
when = "qualified"
[[qualification.statuses]]
name = "open"

[[gate]]
name = "Meeting agreed"
when = "meeting_at is not null"
[[gate]]
name = "Qualified"
when = "qualified"

[handoff]
when = "gate_passed"
subject = "Qualified: {first_name}, {company}"
owners = ["ann@acme.example"]
due_hours = 24

[[recycle]]
name = "No budget"
when = "bant_budget = 'unmet'"
after = "3 months"
[[recycle]]
name = "Too busy"
when = "'too busy' = any(objections)"
after = "30 days"

[[stages]]
name = "recycled"
side = "lead-generation"
when = "recycled"
[[stages]]
name = "sql"
label = "Sales qualified"
side = "sales"
when = "gate_passed"
[[stages]]
name = "name"
side = "lead-generation"

[transitions]
"*" = ["recycled"]
name = ["sql"]
recycled = ["name", "sql"]
sql = ["*"]

[[examples]]
name = "A budget that has gone stale"
at = 2026-06-01T09:00:00Z
[examples.lead]
budget_amount = 30000
bant_checked_at = "200 days ago"
last_activity_at = "3 days ago"
[examples.expect]
bant_budget = "unknown"
score = [0, 4]
stage = "name"
handoff = false
not_reasons = ["Reads on"]
"""


def problems_of(load, kind, data):
    """None when it loads fine; an exception that is no `ConfigError` fails the test."""
    try:
        load(kind, data)
    except ConfigError as error:
        return error.problems
    return ()


def original(name):
    return SMALL if name == "small" else (ROOT / name).read_text(encoding="utf-8")


FILES = (
    ("config", "config.example.toml", 25),
    ("playbook", "leadrelay/playbooks/it-discovery.toml", 8),
    ("small playbook", "small", 40),
    *(("mapping", f"leadrelay/mappings/{name}.toml", 10) for name in mappings.names()),
)


@pytest.mark.parametrize(("kind", "file", "times"), FILES, ids=lambda value: str(value).rpartition("/")[2])
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_spoiled_file_is_told_in_words(load, kind, file, times, mutation):
    chance = random.Random(f"{file} {mutation.__name__}")
    for _ in range(times):
        spoiled = mutation(original(file), chance)
        problems = problems_of(load, kind, spoiled.encode(chance.choice(ENCODINGS), errors="replace"))
        assert all("spoiled.toml" in problem.place and problem.message for problem in problems), problems


def test_the_small_playbook_is_right_before_it_is_spoiled(load):
    assert problems_of(load, "small playbook", SMALL.encode()) == ()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_mutation_changes_something(mutation):
    text = original("config.example.toml")
    assert any(mutation(text, random.Random(seed)) != text for seed in range(5))
