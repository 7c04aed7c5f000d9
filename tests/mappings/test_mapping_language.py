"""What each way of saying where a value comes from makes of a record, and what goes back."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadrelay.core.lead import Type
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import Reader, Writer, load
from leadrelay.mappings.mapping_currency import read_rates

TOP = 'object = "Lead"\nempty = ["n/a"]\n'
MONEY = '[currency]\nto = "EUR"\nfield = "Iso"\nrates = { USD = 0.92, JPY = 0.006 }\n'


def mapped(playbook, lines, top=TOP):
    return load(f"{top}{lines}", "map.toml", playbook)


def leads(playbook, line, *rows, top=TOP):
    mapping = mapped(playbook, f"[read]\n{line}\n", top)
    names = mapping.crm_fields()
    columns = {"id": [str(number) for number in range(len(rows))]} | {
        name: [row.get(name) for row in rows] for name in names
    }
    return Reader(mapping, playbook).read(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))


def values(playbook, line, *rows, top=TOP):
    """What the one lead field becomes, and which rows were given something that did not fit."""
    found = leads(playbook, line, *rows, top=top)
    name = line.partition(" ")[0]
    return found[name].to_list(), [bool(mask) for mask in found["bad_values"]]


def problems(playbook, text, top=TOP):
    with pytest.raises(ConfigError) as caught:
        load(f"{top}{text}", "map.toml", playbook)
    return [str(problem) for problem in caught.value.problems]


def test_the_first_that_is_given_counts(playbook):
    rows = [{"M": "1", "P": "2"}, {"M": " ", "P": " 2 "}, {"M": "N/A", "P": "2"}, {"M": None, "P": None}, {"P": "n/a"}]
    assert values(playbook, 'phone = { first = ["M", "P"] }', *rows)[0] == ["1", "2", "2", None, None]


def test_the_first_of_numbers_is_cast_where_it_counts(playbook):
    rows = [{"A": "many", "B": "5"}, {"A": "", "B": "5"}, {"A": "7.0", "B": "x"}]
    found = values(playbook, 'employees = { first = ["A", "B"], default = 1 }', *rows)
    assert found == ([None, 5, 7], [True, False, False])


def test_the_first_of_lists_with_entries_counts(playbook):
    line = 'technologies = { first = ["A", "B"], separator = ",", values = { "SNOW" = "ServiceNow" } }'
    rows = [{"A": " , N/A", "B": "snow,x"}, {"A": "a", "B": "b"}]
    assert values(playbook, line, *rows)[0] == [["ServiceNow", "x"], ["a"]]


def test_a_template_leaves_no_blanks_of_what_is_missing(playbook):
    rows = [{"F": "Ann", "L": " Lee "}, {"F": "", "L": "Lee"}, {"F": "Ann", "L": "n/a"}, {}]
    assert values(playbook, 'last_name = { template = "{F} ({L})" }', *rows)[0] == ["Ann (Lee)", "(Lee)", "Ann", None]


def test_a_template_is_cast_as_any_text(playbook):
    rows = [{"Y": "2026", "M": "02"}, {"Y": "2026", "M": "13"}]
    found = values(playbook, 'project_start = { template = "{Y}-{M}-01" }', *rows)
    assert found == ([date(2026, 2, 1), None], [False, True])


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('source = { constant = "inbound" }', "inbound"),
        ("employees = { constant = 12 }", 12),
        ("opted_out = { constant = false }", False),
        ("project_start = { constant = 2026-02-01 }", date(2026, 2, 1)),
        ('technologies = { constant = ["a", " b "] }', ["a", "b"]),
        ('pains = { constant = "one" }', ["one"]),
    ],
)
def test_a_constant_is_the_same_for_all(playbook, line, value):
    found = leads(playbook, f'email = "E"\n{line}', {"E": "x"}, {})
    assert found[line.partition(" ")[0]].to_list() == [value, value]
    assert mapped(playbook, f'[read]\nemail = "E"\n{line}').crm_fields() == ("E",)


def test_a_number_is_found_in_a_text_beside_texts_that_stand_for_one(playbook):
    line = 'employees = { field = "S", number = "text", decimal = ",", range = "high", values = { "Huge" = 10000 } }'
    rows = [{"S": "ca. 1.200 MA"}, {"S": "50-200"}, {"S": "huge"}, {"S": "many"}, {"S": "1,2 Mio"}, {"S": "1.2000"}, {}]
    assert values(playbook, line, *rows) == (
        [1200, 200, 10_000, None, 1_200_000, None, None],
        [False, False, False, True, False, True, False],
    )


def test_words_for_yes_and_no(playbook):
    line = 'opted_out = { field = "O", true = ["ja"], false = ["nein", "-"] }'
    rows = [{"O": " Ja"}, {"O": "-"}, {"O": "true"}, {"O": "0"}, {"O": "vielleicht"}, {}]
    assert values(playbook, line, *rows) == ([True, False, True, False, None, None], [False] * 4 + [True, False])


@pytest.mark.parametrize(
    ("zone", "text", "day"),
    [
        ("Europe/Berlin", "2026-01-31T23:30:00.000Z", date(2026, 2, 1)),
        ("America/New_York", "2026-02-01T04:59:00.000+0000", date(2026, 1, 31)),
        ("America/New_York", "2026-01-31", date(2026, 1, 31)),
        ("America/New_York", "1769817600000", date(2026, 1, 31)),
        ("America/New_York", "2026-02-01T00:30:00", date(2026, 2, 1)),
        ("UTC", "2026-01-31T23:30:00.000Z", date(2026, 1, 31)),
    ],
)
def test_the_day_of_a_moment_is_that_of_the_zone(playbook, zone, text, day):
    line = f'project_start = {{ field = "S", zone = "{zone}" }}'
    assert values(playbook, line, {"S": text})[0] == [day]
    assert values(playbook, 'project_start = "S"', {"S": text}, top=f'{TOP}zone = "{zone}"\n')[0] == [day]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T12:00:00Z", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-07-01T12:00:00.000+0000", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-07-01T12:00:00+02:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("1782907200000", datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_one_of_the_mappings(playbook, text, moment):
    assert values(playbook, 'created_at = "C"', {"C": text}, top=f'{TOP}zone = "Europe/Berlin"\n')[0] == [moment]


def test_an_amount_is_in_the_currency_of_leads_or_not_known(playbook):
    line = 'budget_amount = { field = "B", currency = true, values = { "a lot" = 1e6 }, default = 5 }'
    rows = [
        {"B": "1200", "Iso": " usd"},
        {"B": "1200.0", "Iso": "EUR"},
        {"B": "1200", "Iso": "XXX"},
        {"B": "1200", "Iso": ""},
        {"B": "A lot", "Iso": "USD"},
        {"B": "much", "Iso": "USD"},
        {"B": "", "Iso": "XXX"},
        {"B": "NaN", "Iso": "USD"},
    ]
    assert values(playbook, line, *rows, top=f"{TOP}{MONEY}") == (
        [1104.0, 1200.0, None, None, 1e6, None, 5.0, None],
        [False, False, True, True, False, True, False, True],
    )


def test_records_that_name_no_currency_are_in_the_usual_one(playbook):
    rows = [{"B": "100", "Iso": ""}, {"B": "100", "Iso": "EUR"}]
    line = 'budget_amount = { field = "B", currency = true }'
    usual = MONEY.replace('field = "Iso"', 'field = "Iso"\nfrom = "USD"')
    assert values(playbook, line, *rows, top=TOP + usual)[0] == [92.0, 100.0]
    assert values(playbook, line, *rows, top=TOP + usual.replace('field = "Iso"\n', ""))[0] == [92.0, 92.0]


def test_rates_of_a_file_hold_from_their_day_on(playbook):
    money = '[currency]\nto = "EUR"\nfield = "Iso"\non = "C"\nrates = "rates.csv"\n'
    text = f'{TOP}{money}[read]\nbudget_amount = {{ field = "B", currency = true }}\n'
    rates = read_rates("Currency;Rate;From\nusd;0.5;2026-01-01\nUSD;0.25;2026-02-01\nGBP;2;\n;;\n", "rates.csv")
    mapping = load(text, "map.toml", playbook).with_rates(rates)
    rows = [("USD", "2025-12-31"), ("USD", "2026-01-01"), ("USD", "2026-02-01T09:00:00Z"), ("USD", None), ("GBP", None)]
    records = pl.DataFrame(
        {"id": list("abcde"), "B": ["100"] * 5, "Iso": [row[0] for row in rows], "C": [row[1] for row in rows]}
    )
    assert Reader(mapping, playbook).read(records)["budget_amount"].to_list() == [None, 50.0, 25.0, None, 200.0]
    assert mapping.fingerprint != load(text, "map.toml", playbook).with_rates(rates[1:]).fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency\nUSD", "rates.csv:1: lacks a column 'rate'. Head the columns: currency,rate,from"),
        ("currency,rate,form\n", "rates.csv:1: unknown column 'form'. Did you mean 'from'?"),
        ("currency,rate\nUSD,0", "rates.csv:2: the rate of USD is no number above 0."),
        ("currency,rate\nEUR,1\nUSD,nan", "rates.csv:3: the rate of USD is no number above 0."),
        ("currency,rate\nDollar,1", "rates.csv:2: the currency is no code of three letters."),
        ("currency,rate,from\nUSD,1,1.2.2026", "rates.csv:2: the day from which the rate of USD holds is none."),
        ("currency,rate\nUSD,1\nusd,2", "rates.csv:3: USD has a rate from that day on already. Remove one."),
    ],
)
def test_what_is_wrong_with_a_file_of_rates(text, message):
    with pytest.raises(ConfigError) as caught:
        read_rates(text, "rates.csv")
    assert any(str(problem).startswith(message) for problem in caught.value.problems)


# -- what goes back ----------------------------------------------------------------------------------------------------


READS = """[read]
email = "E"
project_start = "S"
created_at = "C"
budget_amount = { field = "B", currency = true }
technologies = "T"
first_name = "F"
employees = "N"
opted_out = "O"
[write]
"""


def written(playbook, line, row, verdict=None, top=f'{TOP}zone = "Europe/Berlin"\n{MONEY}'):
    mapping = mapped(playbook, f"{READS}{line}\n", top)
    names = [name for name in mapping.crm_fields() if name != mapping.writes[0].field or name in row]
    records = pl.DataFrame(
        {"id": ["1"]} | {name: [row.get(name)] for name in names}, schema=dict.fromkeys(["id", *names], pl.String)
    )
    found = Reader(mapping, playbook).read(records)
    verdicts = pl.DataFrame({"id": "1", **(verdict or {})}, schema=dict.fromkeys(["id", *(verdict or {})], pl.String))
    return Writer(mapping).wanted(found, verdicts)[mapping.writes[0].field][0], mapping.writes[0].type


def test_a_date_goes_into_a_datetime_as_midnight_there(playbook):
    line = 'X = { from = "project_start", policy = "fill", zone = true }'
    assert written(playbook, line, {"S": "2026-07-01"}) == (datetime(2026, 6, 30, 22, tzinfo=UTC), Type.DATETIME)


def test_a_moment_goes_into_a_date_as_the_day_there(playbook):
    line = 'X = { from = "created_at", policy = "fill", zone = "Asia/Tokyo" }'
    assert written(playbook, line, {"C": "2026-06-30T22:00:00Z"}) == (date(2026, 7, 1), Type.DATE)


@pytest.mark.parametrize(("code", "amount"), [("USD", 1200.0), ("EUR", 1104.0), ("XXX", None), (None, None)])
def test_an_amount_goes_back_in_the_currency_of_the_record(playbook, code, amount):
    line = 'X = { from = "budget_amount", policy = "own", currency = true }'
    row = {"B": {"USD": "1200", "EUR": "1104"}.get(code, "5"), "Iso": code}
    assert written(playbook, line, row) == (amount, Type.NUMBER)


def test_an_amount_is_never_cleared_for_want_of_a_rate(playbook):
    mapping = mapped(playbook, f'{READS}X = {{ from = "budget_amount", policy = "own", currency = true }}', TOP + MONEY)
    assert not mapping.writes[0].clears


def test_a_template_tells_outputs_and_lead_fields(playbook):
    parts = "{stage}: {first_name}, {employees} {technologies} {created_at} {opted_out} {budget_amount}"
    line = f'X = {{ template = "{parts}", policy = "own" }}'
    row = {"F": "Ann", "N": "1200", "T": "a;b", "C": "2026-07-01T10:00:00Z", "O": "true", "B": "2.50", "Iso": "EUR"}
    told = written(playbook, line, row, {"stage": "sal"})
    assert told == ("sal: Ann, 1200 a, b 2026-07-01 12:00 true 2.5", Type.TEXT)
    assert written(playbook, line, {}, {"stage": "sal"})[0] == "sal"
    assert written(playbook, line, {}, {"stage": None})[0] is None


def test_a_template_can_be_cut(playbook):
    line = 'X = { template = "{first_name} {email}", policy = "own", cut = 6 }'
    assert written(playbook, line, {"F": "Ann", "E": "a@b.example"})[0] == "Ann a…"


def test_what_else_of_the_record_is_asked_for(playbook):
    mapping = mapped(
        playbook, f'{READS}X = {{ from = "budget_amount", policy = "fill", currency = true }}', TOP + MONEY
    )
    assert set(mapping.crm_fields()) == set("ESCBTFNOX") | {"Iso"}


# -- without fields ----------------------------------------------------------------------------------------------------


def test_what_a_vanished_field_takes_with_it(playbook):
    lines = """[read]
phone = { first = ["M", "P"] }
last_name = { template = "{F} {L}" }
source = { constant = "inbound" }
budget_amount = { field = "B", currency = true }
[write]
X = { template = "{last_name} {phone}", policy = "own" }
Y = { from = "phone", policy = "fill" }
Z = { from = "budget_amount", policy = "fill", currency = true }
"""
    mapping = mapped(playbook, lines, TOP + MONEY)

    def left(*gone):
        found = mapping.without(gone)
        return [read.lead for read in found.reads], [write.field for write in found.writes]

    everything = ["phone", "last_name", "source", "budget_amount"]
    assert left("m") == (everything, ["X", "Y", "Z"])
    assert mapping.without(["m"]).reads[0].first == ("P",)
    assert left("M", "P") == (everything[1:], ["Z"])
    assert left("l") == (["phone", "source", "budget_amount"], ["Y", "Z"])
    assert left("iso") == (everything[:3], ["X", "Y"])
    assert mapping.leads_of(["M"]) == frozenset()
    assert mapping.leads_of(["m", "p", "L", "Iso"]) == {"phone", "last_name", "budget_amount"}


# -- what is wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'zone = "Europe/Berlim"\n[read]',
            "map.toml:3 zone: unknown time zone 'Europe/Berlim'. Did you mean 'Europe/Berlin'",
        ),
        ('[currency]\nto = "Euro"', "map.toml:4 currency.to: 'Euro' is no code of a currency."),
        ('[currency]\nto = "EUR"', "map.toml:3 currency: lacks 'rates'. Add the line: rates = ..."),
        ('[currency]\nto = "EUR"\nrates = "crm"', "does not say which currency a record's amounts are in."),
        ('[currency]\nrates = "rates"', 'currency.rates: must be a table, the name of a CSV file, or "crm".'),
        ("[currency]\nrates = { USD = 0 }", "what one USD is worth must be a number above 0."),
        ("[currency]\nrates = { usd = 1 }", "'usd' is no code of a currency."),
        ('[currency]\non = "C"\nrates = "crm"', "currency.on: has a meaning for rates in a CSV file only."),
        ('[currency]\nfeild = "C"', "currency.feild: unknown key 'feild'. Did you mean 'field'?"),
        ("[read]\nphone = { first = [] }", "read.phone.first: names no field."),
        ('[read]\nphone = { first = ["A", "a"] }', "names 'A' twice."),
        ('[read]\nphone = { first = ["A b"] }', "'A b' is no name of a CRM field."),
        ('[read]\nphone = { field = "A", first = ["B"] }', "read.phone: has 'field' and 'first'. Keep one of them."),
        ('[read]\nphone = { template = "Mr." }', "names nothing in braces."),
        ('[read]\nphone = { template = "{A} {" }', "a brace has no partner"),
        ('[read]\nphone = { template = "{A b}" }', "'A b' is no name of a CRM field."),
        ("[read]\nphone = { constant = 5 }", "5 is not of the lead field's type, text."),
        ('[read]\npains = { constant = ["a;b"] }', "must hold texts only"),
        ('[read]\nphone = { constant = "5", default = "6" }', "read.phone.default: has no meaning beside 'constant'."),
        ('[read]\nphone = { field = "A", number = "text" }', "the lead field is no number but text."),
        ('[read]\nemployees = { field = "A", number = "words" }', "unknown number 'words'."),
        ('[read]\nemployees = { field = "A", decimal = "," }', "has a meaning beside 'number' only."),
        ('[read]\nemployees = { field = "A", number = "text", other = 5 }', "leaves no text for 'number' to look at."),
        ('[read]\nphone = { field = "A", true = ["x"] }', "the lead field is not true or false but text."),
        ('[read]\nopted_out = { field = "A", true = ["x"], false = ["X"] }', "'X' stands there twice"),
        ('[read]\nphone = { field = "A", zone = "UTC" }', "the lead field is no date and no datetime but text."),
        ('[read]\ncreated_at = { field = "A", zone = "CEST" }', "unknown time zone 'CEST'."),
        ('[read]\nbudget_amount = { field = "A", currency = true }', "the mapping does not say what amounts are in."),
        (f'{MONEY}[read]\nemployees = {{ field = "A", currency = true }}', "the lead field is no number but integer."),
        (f'{MONEY}[read]\nbudget_amount = {{ field = "A", currency = "EUR" }}', "currency: must be true or false."),
    ],
)
def test_what_is_wrong_with_what_is_read(playbook, text, message):
    assert any(message in found for found in problems(playbook, text))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('X = { template = "{stage", policy = "own" }', "names nothing in braces."),
        (
            'X = { template = "{stgae}", policy = "own" }',
            "write.X.template: unknown output or lead field 'stgae'. Did you",
        ),
        ('X = { template = "{city}", policy = "own" }', "nothing fills lead field 'city'."),
        ('X = { template = "{stage}", values = { sal = "x" }, policy = "own" }', "that come from somewhere"),
        ('X = { from = "score", zone = "UTC", policy = "own" }', "is no date and no datetime but integer."),
        ('X = { from = "created_at", zone = 5, policy = "own" }', "zone: must be text, not a whole number."),
        (
            'X = { from = "stage", currency = true, policy = "own" }',
            "only numbers that come from somewhere are amounts.",
        ),
        ('X = { from = "stage", entries = "append", policy = "own" }', "what is written is no list but text."),
        ('X = { from = "technologies", entries = "append", policy = "fill" }', "its policy is 'unless-edited'."),
        ('X = { from = "technologies", entries = "add", policy = "own" }', "unknown entries 'add'."),
        (
            'X = { from = "technologies", entries = "append", policy = "unless-edited", initial = ["a"] }',
            "has no meaning where entries are only added.",
        ),
        ('X = { from = "stage", null = "keep", policy = "own" }', "unknown null 'keep'."),
        ('X = { from = "stage", null = "clear", policy = "fill" }', "only filled while it is empty is never cleared."),
        ('X = { constant = "x", null = "leave", policy = "own" }', "a constant is never missing."),
        (
            'X = { from = "technologies", entries = "append", null = "clear", policy = "unless-edited" }',
            "a list that is only added to is never cleared.",
        ),
        (
            'X = { from = "budget_amount", currency = true, null = "clear", policy = "own" }',
            "must not clear the field.",
        ),
    ],
)
def test_what_is_wrong_with_what_is_written(playbook, line, message):
    assert any(message in found for found in problems(playbook, f"{READS}{line}", TOP + MONEY))


@pytest.mark.parametrize(
    ("read", "write", "message"),
    [
        (
            '{ field = "X", currency = true }',
            '{ from = "budget_amount", policy = "own" }',
            "not written so changes with every",
        ),
        ('"X"', '{ from = "budget_amount", policy = "own", currency = true }', "written so, and not read so changes"),
        ('{ first = ["B", "X"] }', '{ from = "budget_amount", policy = "fill", currency = true }', "and not read so"),
    ],
)
def test_an_amount_is_read_as_it_is_written(playbook, read, write, message):
    found = problems(playbook, f"[read]\nbudget_amount = {read}\n[write]\nX = {write}", TOP + MONEY)
    assert any("write.X: an amount that is" in one and message in one for one in found)


def test_a_day_is_read_as_it_is_written(playbook):
    text = '[read]\nproject_start = "X"\n[write]\nX = { from = "project_start", policy = "own", zone = "Asia/Tokyo" }'
    assert problems(playbook, text)[0].endswith(
        "write.X: is written as a day in Asia/Tokyo, and read as one in UTC. Give both the same zone."
    )
    assert load(f'{TOP}zone = "Asia/Tokyo"\n{text}', "map.toml", playbook).writes


def test_a_status_of_several_fields_tells_no_closed_leads(playbook):
    text = '[read]\nstatus = { first = ["A", "B"] }\n[task]\nkey = "K"\nclosed = ["x"]'
    assert any("[read] does not say which CRM field is 'status'." in found for found in problems(playbook, text))
