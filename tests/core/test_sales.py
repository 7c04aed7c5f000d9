"""The verdict of sales: `[sales]` as outputs, in columns and in the trace alike."""

from datetime import UTC, datetime

import polars as pl
import pytest

from leadrelay.core.drift import affected
from leadrelay.core.explain import trace
from leadrelay.core.outputs import SALES
from leadrelay.core.playbook.loading import load
from leadrelay.core.qualify import qualify
from leadrelay.errors import ConfigError

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BARE = """name = "p"
[qualification]
when = "employees > 10"
[[stages]]
name = "sql"
side = "sales"
when = "qualified"
[[stages]]
name = "raw"
side = "lead-generation"
"""
SALES_SAY = """
[sales]
accepted = "sales_verdict = 'accepted' and stage = 'sql'"
rejected = "sales_verdict = 'rejected'"
"""
LEADS = [
    {"employees": 20, "sales_verdict": "accepted"},
    {"employees": 2, "sales_verdict": "accepted"},
    {"employees": 20, "sales_verdict": "rejected"},
    {"employees": 20},
]


def decided(playbook):
    schema = {name: field.type.dtype for name, field in playbook.schema.items()}
    frame = pl.DataFrame(LEADS, schema=schema).with_columns(id=pl.lit("1"))
    return qualify(frame, playbook, NOW, frozenset()).select(*SALES).rows()


def test_what_sales_said_is_an_output():
    playbook = load(BARE + SALES_SAY, "p.toml")
    assert decided(playbook) == [(True, False), (False, False), (False, True), (False, False)]
    assert [tuple(trace(lead, playbook, NOW).outputs[name] for name in SALES) for lead in LEADS] == decided(playbook)


def test_the_trace_says_why():
    told = trace(LEADS[2], load(BARE + SALES_SAY, "p.toml"), NOW)
    assert told.because("sales_rejected") == ["it holds: sales_verdict = 'rejected' [sales_verdict rejected]"]
    assert "sales_verdict rejected" in told.in_short("sales_rejected")


def test_without_a_word_of_it_nobody_said_anything():
    playbook = load(BARE, "p.toml")
    assert decided(playbook) == [(False, False)] * 4
    assert trace(LEADS[0], playbook, NOW).because("sales_accepted") == []
    assert "sales_verdict" not in playbook.fields_used


def test_what_goes_with_a_vanished_field():
    playbook = load(BARE + SALES_SAY, "p.toml")
    assert affected(playbook, ["sales_verdict"]) == {*SALES}
    assert "sales_accepted" in affected(playbook, ["employees"])
    assert "sales_rejected" not in affected(playbook, ["employees"])


def test_it_is_read_with_care():
    with pytest.raises(ConfigError) as caught:
        load(BARE + "[sales]\naccepted = \"stage = 'sqll'\"\nrejectd = 'true'", "p.toml")
    assert [str(problem) for problem in caught.value.problems] == [
        "p.toml:12 sales.accepted: 'sqll' is never among the words compared here. Did you mean 'sql'?",
        "p.toml:13 sales.rejectd: unknown key 'rejectd'. Did you mean 'rejected'?",
    ]


def test_an_example_may_expect_it():
    proof = (
        '[[examples]]\nname = "e"\nlead = { employees = 20, sales_verdict = "rejected" }\n'
        "expect = { sales_rejected = true }"
    )
    assert load(BARE + SALES_SAY + proof, "p.toml").examples[0].expected[0].value is True
