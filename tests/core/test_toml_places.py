"""Every key and every text of a TOML document has its place, whatever it is written like."""

from __future__ import annotations

import pytest

from leadrelay.core.lead import LEAD
from leadrelay.core.predicates import PredicateError, parse
from leadrelay.core.toml_places import places
from leadrelay.core.toml_text import Document, Written
from leadrelay.core.toml_text import parse as parse_toml

TEXT = r"""# a comment with = and [brackets]
name = "Small"
dotted.key.when = 'x'

[bant.budget]
met = { "Amount named" = "budget_amount >= 1", 'Approved' = 'x', deep = { er = "y" } }   # [not.a.table]
list = [ "a", 'b',  # a comment, with a comma
  { when = "c" },
  2026-01-31 12:00:00, 1_000, true,
]

[[score.fit]]
when = '''
first
[no.header] = "x"
when = 3'''
[[score.fit]]
when = QQQ
 tab\there \
     joined "quoted" ""two""QQQ
points = 5
[score.fit.more]
when = "esc \u00e4 \" \\ end"
[ "quoted.table" . 'x' ]
last = ""
""".replace("QQQ", '"' * 3)


@pytest.fixture(scope="module")
def document() -> Document:
    return parse_toml(TEXT, "my.toml")


LINES = {
    "name": 2,
    "dotted.key.when": 3,
    "bant.budget": 5,
    "bant.budget.met": 6,
    "bant.budget.met.Amount named": 6,
    "bant.budget.met.deep.er": 6,
    "bant.budget.list": 7,
    "bant.budget.list[1]": 7,
    "bant.budget.list[2].when": 8,
    "bant.budget.list[4]": 9,
    "score.fit[0]": 12,
    "score.fit[0].when": 13,
    "score.fit[1]": 17,
    "score.fit[1].points": 21,
    "score.fit[1].more": 22,
    "score.fit[1].more.when": 23,
    "quoted.table.x": 24,
    "quoted.table.x.last": 25,
}


@pytest.mark.parametrize("path", LINES)
def test_each_key_and_each_table_has_its_line(document, path):
    assert document.line(path) == LINES[path]


def test_what_stands_within_a_text_is_no_key(document):
    assert {path for path in document.places.lines if "no" in path} == set()
    assert document.place("score.fit[0].absent") == "my.toml:12 score.fit[0].absent"


def texts(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def test_each_character_of_each_text_is_found_in_the_file(document):
    found = dict(texts(document.data))
    assert set(found) == set(document.places.texts)
    for path, value in found.items():
        offsets = document.places.characters(path, value)
        assert len(offsets) == len(value) + 1
        plain = [sign == TEXT[at] for sign, at in zip(value, offsets, strict=False) if TEXT[at] != "\\"]
        assert all(plain), path


def test_lines_that_end_as_windows_ends_them_are_counted_alike():
    document = parse_toml("a = 1\r\nb = '''\r\none\r\n  two'''\r\nc = 'x'\r\n", "my.toml")
    assert document.line("c") == 5
    assert Written(document, "b", document.data["b"]).at(6) == "my.toml:4:3 b"


PLACED = {
    'when = "emial = 1"': "my.toml:1:9 when",
    "when = 'emial = 1'": "my.toml:1:9 when",
    'when = """\nemial = 1"""': "my.toml:2:1 when",
    "when = '''\n\n  emial = 1\n'''": "my.toml:3:3 when",
    'when = "\\u0074itle = \\"a\\" or emial = 1"': "my.toml:1:31 when",
    'when = "\\tvisits > 1 and emial = 1"': "my.toml:1:26 when",
    'when = """visits > 1 \\\n    and emial = 1"""': "my.toml:2:9 when",
    'rule = { name = "x", when = "emial = 1" }': "my.toml:1:30 rule.when",
    'rule = [{ when = "visits > 1" }, { when = "emial = 1" }]': "my.toml:1:44 rule[1].when",
}


@pytest.mark.parametrize("text", PLACED)
def test_an_error_names_line_and_column_of_the_file(text):
    document = parse_toml(text, "my.toml")
    [(path, value)] = [(path, value) for path, value in texts(document.data) if "emial" in value]
    with pytest.raises(PredicateError) as caught:
        parse(value, LEAD, Written(document, path, value))
    problem = caught.value.problems[-1]
    assert problem.place == PLACED[text]
    assert problem.message.startswith("unknown field 'emial'")


def test_without_a_sure_place_the_key_has_the_line_and_the_message_the_rest():
    document = parse_toml("when = 'emial = 1'", "my.toml")
    with pytest.raises(PredicateError) as caught:
        parse("visits > 1 and emial = 1", LEAD, Written(document, "when", "visits > 1 and emial = 1"))
    [problem] = caught.value.problems
    assert problem.place == "my.toml:1 when"
    assert problem.message.startswith("line 1, column 16: unknown field")


@pytest.mark.parametrize("text", ["= 3", "[", "a = ", "a = [1, 2", "a = {b", "a = 'x", "\\", "[[[a]]]", "a.=1", "a 1"])
def test_what_is_no_toml_has_no_places_and_raises_nothing(text):
    assert places(f"first = 1\n{text}").lines["first"] == 1
