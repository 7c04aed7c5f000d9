"""docs/handoff.md says what is so: its playbook loads, its templates say what stands below them."""

import tomllib
from itertools import pairwise

import polars as pl
import pytest

from leadrelay.core.handoff import grammar, markup, templates
from leadrelay.core.handoff.context import shape_of_body
from leadrelay.core.handoff.documents import Documents
from leadrelay.core.handoff.plain import LONGEST_VALUE
from leadrelay.core.handoff.shipped import BODY
from leadrelay.core.handoff.values import KINDS, Around, Fellow
from leadrelay.core.lead import LEAD
from leadrelay.core.outputs import OUTPUTS
from leadrelay.core.playbook.handoff import MOST_STEPS
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import Decider
from leadrelay.errors import ConfigError
from tests.pages import all_boxes, page, table_rows

PAGE = page("handoff.md")
BLOCKS = all_boxes(PAGE)
KEYS, LEAD_OF_THE_PAGE = (text for kind, text in BLOCKS if kind == "toml")
SAID, WRONG = (pair for pair in pairwise(BLOCKS) if pair[0][0] == "jinja")
BASE = """\
name = "Page"
[bant.budget]
met = "budget_amount >= 1000"
question = "How much?"
expires_after = "1 year"
as_of = "bant_checked_at"
[bant.timeline]
met = "timeline_months <= 12"
question = "By when?"
[[score.fit]]
name = "Enterprise"
about = "organisation"
when = "employees >= 1000"
points = 20
[qualification]
when = "bant_met >= 1"
[[gate]]
name = "Requirements"
when = "requirements is not null"
[[stages]]
name = "new"
side = "sales"
"""
AROUND = Around((Fellow("Jo Bell"),), owner="Zoe", why="Her account.")


def said(template):
    """What a template of the body says of the page's lead."""
    keys = KEYS.replace("note = true", f"note = true\nbody = '''\n{template}'''", 1)
    playbook = load(BASE + keys + LEAD_OF_THE_PAGE, "handoff.md")
    [example] = playbook.examples
    schema = {"id": pl.String, **{name: field.type.dtype for name, field in playbook.schema.items()}}
    leads = pl.DataFrame([dict.fromkeys(schema) | example.lead | {"id": "1"}], schema=schema)
    verdicts = Decider(playbook, example.at, frozenset(["reasons", "gate_missing"]))(leads)
    [found] = Documents(playbook, example.at).of(leads, verdicts, {"1": AROUND})
    assert found.troubles == ()
    return found.text


NAMES, FILTERS = table_rows(PAGE, "| name | what it is"), table_rows(PAGE, "| filter | what it does")


@pytest.mark.parametrize(("example", "words"), [row[2:] for row in (*NAMES, *FILTERS)])
def test_every_name_and_filter_says_what_the_page_says(example, words):
    assert said(example.strip("`")) == words


def test_every_name_and_filter_stands_there_once():
    names = shape_of_body(LEAD, OUTPUTS)
    assert [row[0].strip("`") for row in NAMES] == list(dict.fromkeys(["lead", "verdict", *names]))
    assert {row[0].strip("`") for row in FILTERS} == set(templates.FILTERS)
    told = {row[0].strip("`"): row[1] for row in NAMES}
    below = [name.replace("[]", "").split(".") for name, _ in grammar.walk(names)]
    parts = [path for path in below if len(path) == 2 and path[0] not in {"lead", "verdict"}]
    same = {"requirements", "company", "technology"}
    assert [path for path in parts if f"`{path[1]}`" not in told[path[0]] and path[0] not in same] == []


def test_the_template_of_the_page_says_what_stands_below_it():
    (_, template), (_, text) = SAID
    assert f"{said(template)}\n" == text


def test_the_error_of_the_page_is_the_one_that_comes():
    (_, template), (_, text) = WRONG
    with pytest.raises(ConfigError) as found:
        load(f"[handoff]\nbody = '''\n{template}'''\n{BASE}", "playbook.toml")
    assert [str(one) for one in found.value.problems if "handoff.body" in one.place] == [text.strip()]


def test_every_key_is_explained_and_every_heading_told():
    keys = tomllib.loads(KEYS)["handoff"]
    explained = {row[0].strip("`[]").removeprefix("handoff.") for row in table_rows(PAGE, "| key | meaning |")}
    assert set(keys) - {"when", "subject"} <= explained
    for table in ("talk_tracks", "answers", "cadence"):
        [meaning] = [row[1] for row in table_rows(PAGE, "| key | meaning |") if table in row[0]]
        assert [key for one in keys[table] for key in one if f"`{key}`" not in meaning] == []
    headings = [line[2:].partition(":")[0] for line in BODY.splitlines() if line.startswith("# ")]
    assert headings == [row[0] for row in table_rows(PAGE, "| heading | what it tells |")]


def test_the_limits_of_the_page_are_those_of_the_code():
    assert all(f"`{kind}`" in PAGE for kind in KINDS)
    assert f"at most {MOST_STEPS} |" in PAGE
    assert f"at most {templates.LONGEST_TEMPLATE:,} characters" in PAGE
    assert f"at most {templates.MOST_TURNS} elements" in PAGE
    assert f"At most {LONGEST_VALUE:,} characters of a value" in PAGE
    assert f"{markup.LONGEST_TEXT:,} of a task's text" in PAGE
    assert f"{markup.LONGEST_HTML:,} of its HTML" in PAGE
