"""The table of keys: the loader takes these and no others, and every one of them changes what a mapping does."""

import polars as pl
import pytest

from leadrelay.core.changes import Planner
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import Reader, Writer, load
from leadrelay.mappings.mapping_currency import read_rates
from leadrelay.mappings.mapping_keys import CURRENCY, KEYS, READ, TASK, TOP, WRITE
from tests.mappings.conftest import PLAYBOOK, TEAM

MONEY = '[currency]\nto = "EUR"\nfrom = "USD"\nrates = { USD = 0.5, GBP = 2 }\n'
USD, GBP, EUR = 'from = "USD"', 'from = "GBP"', 'from = "EUR"'
IN_EUR = MONEY.replace(USD, EUR)
FILE = '[currency]\nto = "EUR"\nfrom = "USD"\nrates = "rates.csv"\n'
AMOUNT = '[read]\nbudget_amount = { field = "B", currency = true }\n'
EMAIL = '[read]\nemail = "E"\n'
TASKS = '[read]\nstatus = "S"\n[task]\nkey = "K"\n'

CHANGES = {
    (TOP, "object"): ('object = "Lead"\n[read]\n', 'object = "Contact"\n[read]\n'),
    (TOP, "empty"): (EMAIL, f'empty = ["x"]\n{EMAIL}'),
    (TOP, "leave"): (EMAIL, f"leave = \"email = 'x'\"\n{EMAIL}"),
    (TOP, "zone"): ('[read]\nproject_start = "D"\n', 'zone = "Asia/Tokyo"\n[read]\nproject_start = "D"\n'),
    (TOP, "currency"): ('[read]\nbudget_amount = "B"\n', f"{MONEY}{AMOUNT}"),
    (TOP, "read"): ("[read]\n", EMAIL),
    (TOP, "write"): (EMAIL, f'{EMAIL}[write]\nX = {{ from = "email", policy = "own" }}\n'),
    (TOP, "task"): ('[read]\nstatus = "S"\n', TASKS),
    (CURRENCY, "to"): (f"{IN_EUR}{AMOUNT}", IN_EUR.replace('to = "EUR"', 'to = "GBP"') + AMOUNT),
    (CURRENCY, "field"): (f"{MONEY}{AMOUNT}", f'{MONEY}field = "Iso"\n{AMOUNT}'),
    (CURRENCY, "from"): (f"{MONEY}{AMOUNT}", f"{MONEY.replace(USD, GBP)}{AMOUNT}"),
    (CURRENCY, "rates"): (f"{MONEY}{AMOUNT}", f"{MONEY.replace('0.5', '0.25')}{AMOUNT}"),
    (CURRENCY, "on"): (f"{FILE}{AMOUNT}", f'{FILE}on = "D"\n{AMOUNT}'),
}
NUMBER = 'revenue = { field = "T", number = "text" }'
WRITTEN = 'X = { from = "email", policy = "own" }'
READS = {
    "field": ('email = { field = "E" }', 'email = { field = "B" }'),
    "first": ('email = { first = ["N", "E", "B"] }', 'email = { first = ["N", "B", "E"] }'),
    "template": ('email = { template = "{E}" }', 'email = { template = "{E}!" }'),
    "constant": ('email = { constant = "a" }', 'email = { constant = "b" }'),
    "values": ('email = "E"', 'email = { field = "E", values = { x = "y" } }'),
    "other": ('email = "E"', 'email = { field = "E", other = "y" }'),
    "true": ('opted_out = "E"', 'opted_out = { field = "E", true = ["x"] }'),
    "false": ('opted_out = "E"', 'opted_out = { field = "E", false = ["x"] }'),
    "empty": ('email = "E"', 'email = { field = "E", empty = ["x"] }'),
    "default": ('email = "N"', 'email = { field = "N", default = "y" }'),
    "separator": ('pains = "L"', 'pains = { field = "L", separator = "," }'),
    "number": ('employees = "T"', 'employees = { field = "T", number = "text" }'),
    "decimal": (
        'revenue = { field = "T", number = "text" }',
        'revenue = { field = "T", number = "text", decimal = "," }',
    ),
    "range": (
        'revenue = { field = "T", number = "text" }',
        'revenue = { field = "T", number = "text", range = "high" }',
    ),
    "zone": ('project_start = "D"', 'project_start = { field = "D", zone = "Asia/Tokyo" }'),
    "currency": ('budget_amount = "B"', 'budget_amount = { field = "B", currency = true }'),
    "reference": ('email = "E"', 'email = { field = "E", reference = "owner" }'),
}
LONG = 'X = { from = "department", policy = "own" }'
WRITES = {
    "from": ('X = { from = "email", policy = "own" }', 'X = { from = "phone", policy = "own" }'),
    "constant": ('X = { constant = "a", policy = "own" }', 'X = { constant = "b", policy = "own" }'),
    "template": ('X = { template = "{email}", policy = "own" }', 'X = { template = "{email}!", policy = "own" }'),
    "policy": ('H = { from = "email", policy = "own" }', 'H = { from = "email", policy = "fill" }'),
    "initial": (
        'H = { from = "email", policy = "unless-edited" }',
        'H = { from = "email", policy = "unless-edited", initial = ["held"] }',
    ),
    "values": (
        'X = { from = "email", policy = "own" }',
        'X = { from = "email", policy = "own", values = { x = "y" } }',
    ),
    "backward": ('X = { from = "email", policy = "own" }', 'X = { from = "email", policy = "own", backward = true }'),
    "cut": (LONG, LONG.replace(" }", ", cut = 2 }")),
    "entries": (
        'H = { from = "pains", policy = "unless-edited" }',
        'H = { from = "pains", policy = "unless-edited", entries = "append" }',
    ),
    "null": ('H = { from = "city", policy = "own" }', 'H = { from = "city", policy = "own", null = "leave" }'),
    "zone": (
        'X = { from = "created_at", policy = "own" }',
        'X = { from = "created_at", policy = "own", zone = "Asia/Tokyo" }',
    ),
    "currency": (
        'X = { from = "budget_amount", policy = "own" }',
        'X = { from = "budget_amount", policy = "own", currency = true }',
    ),
    "reference": (
        'X = { from = "email", policy = "own" }',
        'X = { from = "email", policy = "own", reference = "owner" }',
    ),
}
LEAD = """[read]
email = "E"
phone = "B"
city = "N"
department = "T"
pains = "L"
created_at = "D"
budget_amount = { field = "B", currency = true }
[write]
"""
CHANGES |= {(READ, key): tuple(f"{MONEY}[read]\n{line}\n" for line in pair) for key, pair in READS.items()}
CHANGES |= {(WRITE, key): tuple(f"{MONEY}{LEAD}{line}\n" for line in pair) for key, pair in WRITES.items()}
CHANGES |= {
    (TASK, "key"): (TASKS, TASKS.replace('"K"', '"Q"')),
    (TASK, "owner"): (TASKS, f'{TASKS}owner = "O"\n'),
    (TASK, "reason"): (f'{TASKS}owner = "O"\n', f'{TASKS}owner = "O"\nreason = "R"\n'),
    (TASK, "closed"): (TASKS, f'{TASKS}closed = ["x"]\n'),
}
RECORD = {
    "E": "x",
    "B": "100",
    "N": None,
    "T": "1.5-2 k",
    "L": "a,b",
    "D": "2026-01-31T20:00:00Z",
    "S": "x",
    "Iso": "GBP",
    "X": None,
    "H": "held",
}
RATES = "currency,rate,from\nUSD,0.5,\nUSD,0.25,2026-01-01\n"


def behaviour(text, playbook):
    """Everything that a mapping does with one record, and what else it says."""
    text = text if text.startswith("object") else f'object = "Lead"\n{text}'
    mapping = load(text, "map.toml", playbook)
    if mapping.currency and mapping.currency.source:
        mapping = mapping.with_rates(read_rates(RATES, "rates.csv"))
    columns = {"id": "1", **RECORD}
    record = pl.DataFrame({name: [text] for name, text in columns.items()}, schema=dict.fromkeys(columns, pl.String))
    leads = Reader(mapping, playbook).read(record)
    wanted = Writer(mapping).wanted(leads, leads.select("id"))
    seen = record.select("id", *(pl.lit(None, pl.String).alias(name) for name in mapping.shared_fields))
    plan = Planner(mapping.writes).plan(record, wanted, seen)
    told = [(write.field, write.backward, write.reference) for write in mapping.writes]
    read = [(one.lead, one.reference) for one in mapping.reads]
    return mapping.object, mapping.leave, mapping.task, leads.rows(), plan.updates, told, read


@pytest.fixture(scope="module")
def chosen_playbook():
    """One whose leads get an owner: else the line, why this one, is not asked for."""
    return load_playbook(f"{PLAYBOOK}{TEAM}", "playbook.toml")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.part}.{key.name}")
def test_every_key_is_honoured(key, playbook, chosen_playbook):
    before, after = CHANGES[key.part, key.name]
    book = chosen_playbook if key.part == TASK else playbook
    assert behaviour(before, book) != behaviour(after, book)


def test_the_table_holds_no_key_twice_and_says_something_of_each():
    assert len({(key.part, key.name) for key in KEYS}) == len(KEYS) == len(CHANGES)
    assert all(key.takes and key.meaning.endswith(".") for key in KEYS)


@pytest.mark.parametrize("part", [TOP, CURRENCY, READ, WRITE, TASK])
@pytest.mark.parametrize("strange", ["feild", "Field", "lead", "unless", "place", "beside"])
def test_the_loader_takes_no_other_key(part, strange, playbook):
    heads = {TOP: "", CURRENCY: "[currency]\n", READ: "[read.email]\n", WRITE: "[write.X]\n", TASK: "[task]\n"}
    with pytest.raises(ConfigError) as caught:
        load(f'{heads[part]}{strange} = "x"\n', "map.toml", playbook)
    assert any(f"unknown key '{strange}'." in str(problem) for problem in caught.value.problems)


def test_what_has_to_be_there_is_missed(playbook):
    with pytest.raises(ConfigError) as caught:
        load("[currency]\n[task]\n", "map.toml", playbook)
    told = "\n".join(map(str, caught.value.problems))
    assert [key.name for key in KEYS if key.needed and f"lacks '{key.name}'" not in told] == []
