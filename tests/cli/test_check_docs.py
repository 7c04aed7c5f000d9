"""docs/check.md: its commands run, its sections are those of the program, and what it quotes is said."""

import re
import shlex
import tomllib

import pytest

from leadrelay.checkup import gate
from leadrelay.config import SalesforceConnection
from tests.pages import DOCS, boxes, commands, page, table_rows

PAGE = page("check.md")
CODE = "".join(
    file.read_text()
    for folder in ("checkup", "mappings/doctor", "core")
    for file in (DOCS.parent / "leadrelay" / folder).glob("*.py")
)


def plain(code):
    """As one text: a message may stand in several literals."""
    return re.sub(r"\{[^{}]*\}", "~", re.sub(r'"\s*\n\s*f?"', "", code))


def test_what_is_quoted_is_said():
    quoted = [row[0].strip("`") for head in ("| it says | what to do |", "| it says | why |") for row in all_rows(head)]
    assert len(quoted) > 30
    assert [words for words in quoted if words not in plain(CODE)] == []


def all_rows(head):
    rest = PAGE
    while head in rest:
        yield from table_rows(rest, head)
        rest = rest.split(head, 1)[1]


@pytest.fixture
def reader(desk):
    """A configuration with the page's names."""
    desk.write(
        lambda text: (
            text.replace("[connections.salesforce]", "[connections.acme]")
            .replace('connection = "salesforce"', 'connection = "acme"')
            .replace("[jobs.salesforce]", "[jobs.inbound]")
        )
    )
    return desk


def test_the_commands_run_in_their_order(reader, crm, monkeypatch):
    if crm.name != "salesforce":
        pytest.skip("one CRM is enough")
    monkeypatch.chdir(reader.folder)
    for line in commands(PAGE):
        done = reader.run(*shlex.split(line))
        assert done.returncode == 0, (line, done.stdout, done.stderr)


@pytest.mark.usefixtures("crm")
def test_the_sections_are_those_of_the_program(reader):
    named = [row[0].strip("`") for row in table_rows(PAGE, "| section | what it looks at |")]
    told = [found["section"].partition(": ")[2] or found["section"] for found in reader.json("check")["findings"]]
    assert set(told) <= set(named)
    assert set(named) - set(told) == {"connection", "providers"}
    assert [name for name in named if name in told] == [*dict.fromkeys(told)]


def test_the_box_is_a_connection():
    (box,) = boxes(PAGE, "toml")
    assert SalesforceConnection.model_validate(tomllib.loads(box)["connections"]["acme"]).organisation


def test_its_figures():
    assert "not before five minutes" in PAGE
    assert gate.AGAIN.total_seconds() == 5 * 60
