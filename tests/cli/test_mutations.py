"""Hundreds of ways to spoil each file that an admin writes: told as problems with places, or fine; nothing else."""

import random
import re
from pathlib import Path

import pytest

from leadrelay import config, mappings, playbooks
from leadrelay.core.playbook.loading import load as load_playbook
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
        return load_playbook(text, str(path)) if kind == "playbook" else load_mapping(text, str(path), playbook)

    return load_as


def problems_of(load, kind, data):
    """None when it loads fine; an exception that is no `ConfigError` fails the test."""
    try:
        load(kind, data)
    except ConfigError as error:
        return error.problems
    return ()


def original(name):
    return (ROOT / name).read_text(encoding="utf-8")


FILES = (
    ("config", "config.example.toml", 25),
    ("playbook", "leadrelay/playbooks/it-discovery.toml", 8),
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


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_mutation_changes_something(mutation):
    text = original("config.example.toml")
    assert any(mutation(text, random.Random(seed)) != text for seed in range(5))
