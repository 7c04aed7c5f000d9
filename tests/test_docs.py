"""The pages under docs/ say what is so: what they quote is loaded, run or compared."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from leadrelay import playbooks
from leadrelay.core import playbook, playbook_handoff, playbook_rules
from leadrelay.core.changes import MOST_WRITES, Policy
from leadrelay.core.decay import half_away, points_at
from leadrelay.core.lead import LEAD, Axis, Type
from leadrelay.core.outputs import GATE, OUTPUTS, SCORES, STAGE, TEXTS, VERDICTS
from leadrelay.core.playbook_values import CRITERIA
from leadrelay.core.predicates import FUNCTIONS, OPERATORS, bind, checker, grammar, parse, to_closure, to_polars
from leadrelay.core.reasons import rule_reason
from leadrelay.errors import ConfigError
from leadrelay.mappings import mapping_text
from leadrelay.mappings.mapping_values import MOST_CASTS

DOCS = Path(__file__).parents[1] / "docs"
RULES, MAPPINGS = ((DOCS / name).read_text(encoding="utf-8") for name in ("rules.md", "mappings.md"))
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
EXAMPLES = {**OPERATORS, **FUNCTIONS}
# What a block needs to be whole, where it does not say so itself.
PLAYBOOK = {
    "name": 'name = "Example"\n',
    "qualification": '[qualification]\nwhen = "bant_met >= 3"\n',
    "stages": '[[stages]]\nname = "new"\nside = "lead-generation"\n',
}
MAPPING = {"object": 'object = "Lead"\n', "read": '[read]\nemail = "Email"\n'}
MAPPING_KEYS = {
    "top": ["object", "empty", "leave", "read", "write", "task"],
    "read": ["field", "values", "other", "empty", "default", "separator"],
    "write": ["from", "constant", "policy", "initial", "values", "cut"],
    "task": ["key", "owner"],
}
PLAYBOOK_KEYS = ["fields", "bant", "score", "caps", "disqualify", "qualification", "grade", "handoff", "stages"]
HANDOFF_KEYS = ["when", "subject", "owners", "due_hours"]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def whole(block, parts):
    """The block with what it lacks: keys before it, tables behind it."""
    lacking = [text for key, text in parts.items() if key not in tomllib.loads(block)]
    return "".join([*(text for text in lacking if text[0] != "["), block, *(t for t in lacking if t[0] == "[")])


def test_the_reference_of_the_language_is_current():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.current(RULES) == RULES, "run: python docs/reference.py"
    assert all(f"`{doc.usage}`: {doc.meaning}\n" in RULES for doc in EXAMPLES.values())


@pytest.mark.parametrize("doc", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_of_the_reference_holds_for_its_lead(doc):
    node = bind(parse(doc.example, LEAD, "rules.md"), NOW)
    schema = {name: LEAD[name].type.dtype for name in doc.lead}
    assert to_closure(node)(doc.lead) is True
    assert pl.DataFrame([doc.lead], schema=schema).select(to_polars(node)).item() is True


@pytest.mark.parametrize("predicate", blocks(RULES, "sql"))
def test_every_predicate_of_the_page_loads_and_runs(predicate):
    schema = LEAD.extended(OUTPUTS.values())
    node = bind(parse(predicate, schema, "rules.md"), NOW)
    lead = dict.fromkeys(schema)
    frame = pl.DataFrame([lead], schema={name: field.type.dtype for name, field in schema.items()})
    assert frame.select(to_polars(node)).item() is to_closure(node)(lead)


@pytest.mark.parametrize("block", blocks(RULES, "toml"))
def test_every_playbook_of_the_page_loads(block):
    assert playbook.load(whole(block, PLAYBOOK), "rules.md").stages


@pytest.mark.parametrize("block", blocks(MAPPINGS, "toml"))
def test_every_mapping_of_the_page_loads(block):
    shipped = playbook.load(playbooks.text("it-discovery"), "it-discovery.toml")
    assert mapping_text.load(whole(block, MAPPING), "mappings.md", shipped).reads


def test_points_fade_and_are_rounded_as_the_page_says():
    rules = [rule for block in blocks(RULES, "toml") for rule in playbook.load(whole(block, PLAYBOOK), "").rules]
    [fading] = [rule for rule in rules if rule.decay]
    assert f"gives 4 and says `{rule_reason(fading, points_at(fading, 30))}`" in RULES
    assert "7.5 gives 8, -7.5 gives -8" in RULES
    assert (half_away(7.5), half_away(-7.5)) == (8, -8)


def test_the_error_of_the_page_is_the_one_that_comes():
    [shown] = blocks(RULES, "text")
    place, predicate = shown.split(": line", 1)[0], shown.splitlines()[1].strip()
    with pytest.raises(ConfigError) as found:
        parse(predicate, LEAD, place)
    assert f"{found.value}\n" == shown
    assert f"`{predicate}`" in RULES


def test_every_key_of_a_playbook_is_shown():
    used = {key for block in blocks(RULES, "toml") for key in tomllib.loads(block)}
    assert used == set(PLAYBOOK_KEYS)
    assert all(f"[bant.{name}]" in RULES for name in CRITERIA)


def test_every_key_of_the_hand_off_is_explained_and_shown():
    tables = [tomllib.loads(block) for block in blocks(RULES, "toml")]
    assert {key for table in tables for key in table.get("handoff", {})} == set(HANDOFF_KEYS)
    assert [key for key in HANDOFF_KEYS if f"\n| `{key}` | " not in RULES] == []
    assert f"at most {playbook_handoff.LONGEST_SUBJECT} characters" in RULES
    assert f"from 1 to {playbook_handoff.MOST_HOURS:,}; {playbook_handoff.DUE_HOURS} without it" in RULES
    assert all(f"`{name}`" in RULES for name in TEXTS)


def test_every_key_of_a_mapping_is_explained_and_shown():
    tables = [tomllib.loads(block) for block in blocks(MAPPINGS, "toml")]
    used = {"top": {key for table in tables for key in table}}
    for part in ("read", "write"):
        entries = [entry for table in tables for entry in table.get(part, {}).values()]
        used[part] = {key for entry in entries if isinstance(entry, dict) for key in entry}
    used["task"] = {key for table in tables for key in table.get("task", {})}
    assert used == {part: set(keys) for part, keys in MAPPING_KEYS.items()}
    rows = {key for keys in MAPPING_KEYS.values() for key in keys} - {"read", "write", "task"}
    assert [key for key in sorted(rows) if f"\n| `{key}` | " not in MAPPINGS] == []


def test_words_and_limits_are_those_of_the_code():
    stages = playbook.load(playbooks.text("it-discovery"), "it-discovery.toml").stages
    table = "".join(f"| `{stage.name}` | {stage.label} | {stage.side} |\n" for stage in stages)
    assert RULES.endswith(f"|---|---|---|\n{table}")
    bracket, depth = grammar.MAX_BRACKETS, checker.MAX_DEPTH
    assert f"{grammar.MAX_BYTES:,} bytes, {depth} levels, {bracket} brackets" in RULES
    assert f"{2**53:,} (2^53)" in RULES
    assert f"from -{playbook_rules.MOST_POINTS:,} to {playbook_rules.MOST_POINTS:,}" in RULES
    assert f"at most {playbook_rules.LONGEST_HALF_LIFE:,})" in RULES
    assert f"at most {playbook_rules.LONGEST_QUESTION} characters" in RULES
    assert f"at most {playbook_rules.LONGEST_NAME} characters" in RULES
    assert f"At most {MOST_CASTS} fields that are neither" in MAPPINGS
    assert f"At most {MOST_WRITES} fields can be written" in MAPPINGS
    names = [*Type, *Axis, *playbook_rules.SIDES, *VERDICTS, *SCORES, *GATE, *STAGE]
    assert [name for name in names if f"`{name}`" not in RULES] == []
    assert [policy for policy in Policy if f"\n| `{policy}` | " not in MAPPINGS] == []
