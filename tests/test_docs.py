"""The pages under docs/ say what is so: what they quote is loaded, run or compared."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
import typer

from leadrelay import config, playbooks
from leadrelay.cli import app
from leadrelay.connectors.base import Once
from leadrelay.core import toml_text
from leadrelay.core.changes import MOST_WRITES, Policy
from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.decay import half_away, points_at
from leadrelay.core.examples import judge
from leadrelay.core.explain import trace
from leadrelay.core.handoff.values import LONGEST_SUBJECT
from leadrelay.core.lead import LEAD, Axis, Type
from leadrelay.core.lints.regions_values import MOST_FREE, MOST_ROWS
from leadrelay.core.outputs import GATE, OUTPUTS, QUALIFICATION, RECYCLING, SCORES, STAGE, TEXTS, VERDICTS
from leadrelay.core.playbook import bant as playbook_bant
from leadrelay.core.playbook import handoff as playbook_handoff
from leadrelay.core.playbook import loading as playbook
from leadrelay.core.playbook import rules as playbook_rules
from leadrelay.core.playbook import scores as playbook_scores
from leadrelay.core.playbook import stages as playbook_stages
from leadrelay.core.playbook.values import CRITERIA, Recycling
from leadrelay.core.predicates import FUNCTIONS, OPERATORS, bind, checker, grammar, parse, to_closure, to_polars
from leadrelay.core.predicates.source import MOST_PROBLEMS
from leadrelay.core.reasons import rule_reason
from leadrelay.errors import ConfigError, CrmError, Stopped
from leadrelay.mappings import mapping_keys, mapping_text
from leadrelay.mappings.mapping_values import MOST_CASTS
from leadrelay.metrics import Metrics
from leadrelay.sandbox.hubspot import settings as hubspot_settings
from leadrelay.sandbox.salesforce import settings as salesforce_settings
from leadrelay.state.values import Intent
from leadrelay.terminal import _FAULT
from tests.pages import DOCS, boxes, table_rows

ROOT = DOCS.parent
PAGES = {
    str(page.relative_to(ROOT)): page.read_text(encoding="utf-8")
    for page in (*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md")
}
RULES, MAPPINGS = PAGES["docs/rules.md"], PAGES["docs/mappings.md"]
OPERATIONS, RELIABILITY = PAGES["docs/operations.md"], PAGES["docs/reliability.md"]
README, ARCHITECTURE = PAGES["README.md"], PAGES["ARCHITECTURE.md"]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
EXAMPLES = {**OPERATORS, **FUNCTIONS}
# What a block needs to be whole, where it does not say so itself.
PLAYBOOK = {
    "name": 'name = "Example"\n',
    "qualification": '[qualification]\nwhen = "bant_met >= 3"\n',
    "stages": '[[stages]]\nname = "new"\nside = "lead-generation"\n',
}
STAGES = """
[[stages]]
name = "sal"
side = "sales"
when = "qualified"
[[stages]]
name = "mql"
side = "lead-generation"
when = "bant_met = 2"
"""
EXAMPLE = """
[bant.budget]
met = "budget_amount > 0"
[bant.need]
met = "need_summary is not null"
[[examples]]
name = "A bank with a budget and a date"
lead = { budget_amount = 40000, need_summary = "An inventory" }
expect = { stage = "sal" }
"""
MAPPING = {"object": 'object = "Lead"\n', "read": '[read]\nemail = "Email"\nstatus = "Status"\n'}
MAPPING_KEYS = {
    "top": mapping_keys.names(mapping_keys.TOP),
    **{part: mapping_keys.names(part) for part in ("currency", "read", "write", "task")},
}
PLAYBOOK_KEYS = ["fields", "bant", "score", "caps", "disqualify", "qualification", "gate", "grade", "handoff", "stages"]
PLAYBOOK_KEYS += ["bands", "recycle", "transitions"]
PLAYBOOK_KEYS += [
    "examples",
    "calendars",
    "teams",
    "assignment",
    "sla",
    "escalation",
    "ageing",
    "topics",
    "sales",
    "targets",
]
HANDOFF_KEYS = ["when", "subject", "owners", "due_hours"]


def of_today():
    """The shipped playbook without what asks for something to be read back."""
    shipped = playbook.load(playbooks.text("it-discovery"), "it-discovery.toml")
    return replace(shipped, recycling=Recycling(), transitions=None)


def whole(block, parts):
    """The block with what it lacks: keys before it, tables behind it."""
    lacking = [text for key, text in parts.items() if key not in tomllib.loads(block)]
    return "".join([*(text for text in lacking if text[0] != "["), block, *(t for t in lacking if t[0] == "[")])


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_fields_is_current_and_names_them_all(script):
    page = PAGES["docs/fields.md"]
    assert page == script.fields(), "run: python docs/reference.py"
    assert [name for name in (*SCHEMA, *OUTPUTS) if page.count(f"| `{name}` | ") != 1] == []
    assert set(script.TYPES) == set(Type)
    assert set(script.AXES) == set(Axis)


def test_the_reference_of_the_language_is_current(script):
    assert script.current(RULES) == RULES, "run: python docs/reference.py"
    assert all(f"`{doc.usage}`: {doc.meaning}\n" in RULES for doc in EXAMPLES.values())


@pytest.mark.parametrize("doc", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_of_the_reference_holds_for_its_lead(doc):
    node = bind(parse(doc.example, LEAD, "rules.md"), NOW)
    schema = {name: LEAD[name].type.dtype for name in doc.lead}
    assert to_closure(node)(doc.lead) is True
    assert pl.DataFrame([doc.lead], schema=schema).select(to_polars(node)).item() is True


@pytest.mark.parametrize("predicate", boxes(RULES, "sql"))
def test_every_predicate_of_the_page_loads_and_runs(predicate):
    schema = LEAD.extended(OUTPUTS.values())
    node = bind(parse(predicate, schema, "rules.md"), NOW)
    lead = dict.fromkeys(schema)
    frame = pl.DataFrame([lead], schema={name: field.type.dtype for name, field in schema.items()})
    assert frame.select(to_polars(node)).item() is to_closure(node)(lead)


@pytest.mark.parametrize("block", boxes(RULES, "toml"))
def test_every_playbook_of_the_page_loads(block):
    assert playbook.load(whole(block, PLAYBOOK), "rules.md").stages


def test_the_playbook_and_the_mapping_of_the_readme_hold():
    [rules] = [block for block in boxes(README, "toml") if "[bant." in block]
    [fields] = [block for block in boxes(README, "toml") if "[read]" in block]
    judged = judge(playbook.load(whole(rules, PLAYBOOK), "README.md"), NOW)
    assert [str(problem) for outcome in judged for problem in outcome.problems()] == []
    assert judged
    assert mapping_text.load(fields, "README.md", of_today()).writes


@pytest.mark.parametrize("block", boxes(MAPPINGS, "toml"))
def test_every_mapping_of_the_page_loads(block):
    assert mapping_text.load(whole(block, MAPPING), "mappings.md", of_today()).reads


def test_points_fade_and_are_rounded_as_the_page_says():
    rules = [rule for block in boxes(RULES, "toml") for rule in playbook.load(whole(block, PLAYBOOK), "").rules]
    [fading] = [rule for rule in rules if rule.decay]
    assert f"gives 4 and says `{rule_reason(fading, points_at(fading, 30))}`" in RULES
    assert "7.5 gives 8, -7.5 gives -8" in RULES
    assert (half_away(7.5), half_away(-7.5)) == (8, -8)


def test_answers_expire_as_the_page_says():
    texts = [block for block in boxes(RULES, "toml") if "expires_after" in block]
    book = playbook.load(whole(texts[0], PLAYBOOK), "rules.md")
    lead = {"budget_amount": 50_000.0, "bant_checked_at": datetime(2026, 5, 1, 9, tzinfo=UTC)}
    told = [trace(lead, book, datetime(2026, month, 1, tzinfo=UTC)).criteria[0].told for month in (5, 11)]
    assert boxes(RULES, "text")[1].splitlines() == told
    criteria = [found for block in boxes(RULES, "toml") for found in tomllib.loads(block).get("bant", {}).values()]
    keys = {key for criterion in criteria for key in criterion}
    assert [key for key in keys - {"met", "unmet"} if f"\n| `{key}` | " not in RULES] == []
    assert f"at most {playbook_bant.MOST_SAYINGS} predicates with names" in RULES


def test_the_error_of_the_page_is_the_one_that_comes():
    shown = boxes(RULES, "text")[0]
    written = re.search(r'`when = "(.*)"` in line (\d+)', RULES)
    document = toml_text.parse("\n" * (int(written[2]) - 2) + f'[[score.fit]]\nwhen = "{written[1]}"', "playbook.toml")
    with pytest.raises(ConfigError) as found:
        parse(written[1], LEAD, toml_text.Written(document, "score.fit[0].when", written[1]))
    assert f"{found.value}\n" == shown


def test_the_examples_of_the_page_hold():
    found = [playbook.load(whole(block, PLAYBOOK), "rules.md") for block in boxes(RULES, "toml")]
    judged = [outcome for book in found for outcome in judge(book, NOW)]
    assert judged
    assert [str(problem) for outcome in judged for problem in outcome.problems()] == []


def test_the_failed_example_of_the_page_is_told_so():
    book = "".join(PLAYBOOK.values()).replace("[[stages]]", STAGES + "[[stages]]", 1) + EXAMPLE
    [outcome] = judge(playbook.load(book, "playbook.toml"), NOW)
    [problem] = outcome.problems()
    shown = boxes(RULES, "text")[2]
    assert shown.split(": ", 1)[1] == f"{problem.message}\n"
    assert shown.startswith("playbook.toml:")


def test_every_key_of_an_example_is_explained():
    [table] = [tomllib.loads(block)["examples"][0] for block in boxes(RULES, "toml") if "[[examples]]" in block]
    assert [key for key in table if f"\n| `{key}` | " not in RULES] == []


def test_every_warning_of_the_page_is_one_of_the_code(words_of_the_code):
    told = re.findall(r"^\| (.*?) \|", RULES.split("| it says | it means |")[1].split("\n\n")[0], re.MULTILINE)
    phrases = [words for quoted in re.findall("`([^`]+)`", " ".join(told)) for words in quoted.split(" … ")]
    assert len(phrases) >= len(told)
    assert [words for words in phrases if words not in words_of_the_code] == []
    assert f"more than {MOST_ROWS:,} kinds" in RULES
    assert f"more than {MOST_FREE} patterns in one text, or more than {MOST_FREE} members" in RULES


def test_every_key_of_a_playbook_is_shown():
    used = {key for block in boxes(RULES, "toml") for key in tomllib.loads(block)}
    assert used == set(PLAYBOOK_KEYS)
    assert all(f"[bant.{name}]" in RULES for name in CRITERIA)


def test_every_key_of_roster_assignment_sla_and_targets_is_explained_and_shown():
    tables = [tomllib.loads(block) for block in boxes(RULES, "toml")]
    rows = {name: row for row in RULES.splitlines() for name in re.findall(r"^\| `\[*([a-z.]+)[\].]", row)}
    for part, read in OWN_KEYS.items():
        shown = {key for table in tables for one in within(table, part) for key in one}
        assert (part, shown) == (part, read)
        told = rows[part] if part != "teams.members" else next(r for r in RULES.splitlines() if "| `members` |" in r)
        assert [key for key in read if f"`{key}`" not in told and key not in {"steps", "rules"}] == []


def within(table, part):
    """Every table of a part, such as `sla.steps`; those with names of their own, one by one."""
    head, _, rest = part.partition(".")
    found = table.get(head, {})
    several = list(found.values()) if head in {"calendars", "teams"} else found if isinstance(found, list) else [found]
    return [more for one in several for more in one.get(rest, ())] if rest else several


OWN_KEYS = {
    "calendars": {"zone", "hours", "holidays", "closed"},
    "teams": {"calendar", "manager", "absences", "members"},
    "teams.members": {"email", "weight", "capacity", "languages", "industries", "calendar", "absent"},
    "assignment": {"when", "order", "not_back_to", "count", "value", "fallback", "rules"},
    "assignment.rules": {"name", "when", "queue", "team"},
    "sla": {"first_response", "when", "steps"},
    "sla.steps": {"after", "do"},
    "escalation": {"path"},
    "topics": {"name", "when", "to", "within", "subject", "text"},
    "sales": {"accepted", "rejected"},
    "targets": {"within", "response", "conversion", "accuracy", "meetings"},
}


def test_every_key_of_the_hand_off_is_explained_and_shown():
    tables = [tomllib.loads(block) for block in boxes(RULES, "toml")]
    assert {key for table in tables for key in table.get("handoff", {})} == set(HANDOFF_KEYS)
    assert [key for key in HANDOFF_KEYS if f"\n| `{key}` | " not in RULES] == []
    assert f"at most {LONGEST_SUBJECT} characters" in RULES
    assert f"from 1 to {playbook_handoff.MOST_HOURS:,}; {playbook_handoff.DUE_HOURS} without it" in RULES
    assert all(f"`{name}`" in RULES for name in TEXTS)


def test_every_key_of_a_mapping_is_explained_and_shown():
    tables = [tomllib.loads(block) for block in boxes(MAPPINGS, "toml")]
    used = {"top": {key for table in tables for key in table}}
    for part in ("read", "write"):
        entries = [entry for table in tables for entry in table.get(part, {}).values()]
        used[part] = {key for entry in entries if isinstance(entry, dict) for key in entry}
    for part in ("task", "currency"):
        used[part] = {key for table in tables for key in table.get(part, {})}
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
    assert f"of one predicate up to {MOST_PROBLEMS}." in RULES
    assert f"from -{playbook_scores.MOST_POINTS:,} to {playbook_scores.MOST_POINTS:,}" in RULES
    assert f"at most {playbook_scores.LONGEST_HALF_LIFE:,})" in RULES
    assert f"at most {playbook_bant.LONGEST_QUESTION} characters" in RULES
    assert f"at most {playbook_rules.LONGEST_NAME} characters" in RULES
    assert f"A name has at most {playbook_scores.LONGEST_BAND} characters" in RULES
    assert f"At most {MOST_CASTS} fields that are neither" in MAPPINGS
    assert f"At most {MOST_WRITES} fields can be written" in MAPPINGS
    names = [*Type, *Axis, *playbook_stages.SIDES, *VERDICTS, *SCORES, *QUALIFICATION, *GATE, *RECYCLING, *STAGE]
    assert [name for name in names if f"`{name}`" not in RULES] == []
    assert [policy for policy in Policy if f"\n| `{policy}` | " not in MAPPINGS] == []


# -- what operators read -----------------------------------------------------------------------------------------------


FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)


def unfenced(page):
    return FENCED.sub("", page)


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def column(page, start, number=0):
    """A column of the table that begins with this line, without its head."""
    return [row[number].strip("`") for row in table_rows(page, start)]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_project_leads_somewhere(name):
    anchors = {
        page: {anchor(found) for found in re.findall(r"^#+ (.+)$", unfenced(text), re.MULTILINE)}
        for page, text in PAGES.items()
    }
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", PAGES[name]):
        file, _, place = target.partition("#")
        path = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert path.exists(), target
        assert not place or place in anchors[str(path.relative_to(ROOT))], target


def commands():
    """Everything in code that reads `leadrelay COMMAND ...`, but in the changelog and on generated pages."""
    for name in sorted({*PAGES} - {"CHANGELOG.md"}):
        shown = re.findall(r"^(?:\$ )?leadrelay (\w.*)$", "\n".join(FENCED.findall(PAGES[name])), re.MULTILINE)
        inline = re.findall(r"`leadrelay (\w[^`]*)`", unfenced(PAGES[name]))
        yield from (re.sub(r"\[(\w+)\](\.\.\.)?", r"\1", words) for words in (*shown, *inline))


@pytest.mark.parametrize("words", sorted(set(commands())))
def test_every_command_of_the_pages_is_understood(words):
    name, *rest = shlex.split(words, comments=True)
    command = typer.main.get_command(app).commands[name]
    if rest:
        command.make_context(name, rest)


def test_every_key_of_the_configuration_that_the_pages_show_exists():
    known = {
        "state": set(config.State.model_fields),
        "jobs": set(config.Job.model_fields),
        "connections": {*config.SalesforceConnection.model_fields, *config.HubSpotConnection.model_fields},
    }
    shown = {table: set() for table in known}
    for page in (README, OPERATIONS):
        for block in map(tomllib.loads, re.findall(r"^ *```toml\n(.*?)^ *```$", page, re.DOTALL | re.MULTILINE)):
            shown["state"] |= set(block.get("state", {}))
            for table in ("jobs", "connections"):
                shown[table] |= {key for entry in block.get(table, {}).values() for key in entry}
    assert {table: keys - known[table] for table, keys in shown.items()} == {table: set() for table in known}
    guards = [key for key in (*known["jobs"], *known["connections"]) if key.startswith(("max_", "quota_", "hold_"))]
    assert [key for key in guards if f"\n{key} = " not in OPERATIONS] == []


def test_the_jobs_and_connections_of_the_guide_are_taken(tmp_path):
    blocks_ = [block for block in boxes(OPERATIONS, "toml") if not block.startswith("[handoff]")]
    connection = next(block for block in blocks_ if "[connections.acme]" in block)
    for number, block in enumerate(blocks_):
        file = tmp_path / f"{number}.toml"
        file.write_text(block if block == connection else connection + block, encoding="utf-8")
        assert config.load(file)
    defaults = config.SalesforceConnection.model_fields
    for name in ("quota_per_run", "quota_per_day", "quota_reserve"):
        assert f'\n{name} = "{float(defaults[name].default * 100):g}%"' in connection


def test_every_state_and_every_guarantee_is_explained():
    states = re.search(r"`state`: ([^.]*)\.", Intent.__doc__.replace("\n", " "))[1]
    assert column(RELIABILITY, "| state | meaning |") == [" ".join(word.split()) for word in states.split(",")]
    guarantees = [word.partition(" ")[0] for word in column(RELIABILITY, "| guarantee | where |")]
    assert guarantees == list(Once)


def test_switches_metrics_and_exit_codes_are_those_of_the_code():
    switches = re.findall(r"\w+", " ".join(column(RELIABILITY, "| unproven | what", 2)))
    assert set(switches) <= {*salesforce_settings.DEFAULTS, *hubspot_settings.Settings.__dataclass_fields__}
    families = Metrics().registry.collect()
    metrics = {f"{found.name}_total" if found.type == "counter" else found.name for found in families}
    assert set(column(OPERATIONS, "| metric | meaning |")) == metrics
    codes = [0, 1, ConfigError.exit_code, CrmError.exit_code, Stopped.exit_code, _FAULT]
    assert column(OPERATIONS, "| code | meaning |") == [str(code) for code in codes]


@pytest.fixture(scope="module")
def words_of_the_code():
    """Every text in the source, and the names that it is made of."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "leadrelay").rglob("*.py"))]
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(" ".join(node.value.split()) for node in nodes if isinstance(node.value, str))


def test_what_the_page_quotes_is_what_the_code_says(words_of_the_code):
    """Of each message some words in a row; what varies stands between them."""
    quoted = re.findall(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", RELIABILITY)
    parts = [part.strip(" .").split() for message in quoted for part in message.split("…")]
    for words in (words for words in parts if len(words) > 2):
        rows = [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]
        assert any(row in words_of_the_code for row in rows), words
    codes = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", RELIABILITY))
    assert "CHANGED_MEANWHILE" in codes
    assert [code for code in codes if code not in words_of_the_code] == []


def test_every_file_that_the_architecture_names_is_there():
    places = (ROOT, ROOT / "leadrelay", *(ROOT / "leadrelay").glob("*/"))
    for name in re.findall(r"`([\w/*.]+\.(?:py|toml))`", ARCHITECTURE):
        assert any(list(place.glob(name)) for place in places), name
