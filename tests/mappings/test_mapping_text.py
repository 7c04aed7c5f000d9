import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.core.changes import Policy
from leadrelay.core.lead import Type
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load

GOOD = """
object = "Lead"
empty = ["Select"]

[read]
email = "Email"
minutes = { field = "Minutes__c", values = { "Many" = 60 }, default = 0 }
technologies = { field = "Tech__c", separator = "," }

[read.source]
field = "LeadSource"
other = "outbound"
empty = ["n/a"]
values = { "Web" = "inbound", " Phone " = "inbound" }

[write]
Leadrelay_Score__c = "score"
Status = { from = "stage", policy = "unless-edited", initial = ["Open"], values = { sal = "Working" } }
Industry = { from = "source", policy = "fill", cut = 40 }
Origin__c = { constant = "leadrelay", policy = "fill" }
Qualified__c = { from = "qualified", policy = "own", values = { true = "Yes", false = "No" } }
Leadrelay_Grade__c = "grade"
"""


def problems(text, playbook):
    with pytest.raises(ConfigError) as caught:
        load(text, "map.toml", playbook)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_read(playbook):
    mapping = load(GOOD, "map.toml", playbook)
    email, minutes, technologies, source = mapping.reads
    assert mapping.object == "Lead"
    assert (email.lead, email.field, email.type, email.empty) == ("email", "Email", Type.TEXT, ("select",))
    assert (minutes.type, minutes.values, minutes.default) == (Type.INTEGER, {"many": "60"}, "0")
    assert technologies.separator == ","
    assert (source.values, source.other) == ({"web": "inbound", "phone": "inbound"}, "outbound")
    assert source.empty == ("select", "n/a")
    assert source.place == "map.toml:10 read.source"


def test_what_is_written(playbook):
    mapping = load(GOOD, "map.toml", playbook)
    score, status, industry, origin, qualified, grade = mapping.writes
    assert (score.field, score.source, score.type, score.policy) == (
        "Leadrelay_Score__c",
        "score",
        Type.INTEGER,
        Policy.OWN,
    )
    assert (status.policy, status.initial, status.values) == (Policy.UNLESS_EDITED, ("Open",), {"sal": "Working"})
    assert status.known == ("Working",)
    assert (industry.policy, industry.cut, industry.known) == (Policy.FILL, 40, None)
    assert (origin.source, origin.constant, origin.type) == ("", "leadrelay", Type.TEXT)
    assert (qualified.type, qualified.known) == (Type.TEXT, ("Yes", "No"))
    assert grade.known is not None
    assert score.place == "map.toml:17 write.Leadrelay_Score__c"


def test_what_it_asks_and_what_it_shares(playbook):
    mapping = load(GOOD, "map.toml", playbook)
    assert mapping.crm_fields()[:4] == ("Email", "Minutes__c", "Tech__c", "LeadSource")
    assert len(mapping.crm_fields()) == 10
    assert mapping.outputs == {"score", "stage", "qualified", "grade"}
    assert mapping.shared_fields == ("Status", "Industry", "Origin__c")
    assert [read.lead for read in mapping.misfits(0b1)] == ["minutes"]


def test_the_fingerprint_follows_the_content_not_the_comments(playbook):
    first = load(GOOD, "map.toml", playbook).fingerprint
    assert load(f"# hello\n{GOOD}", "other.toml", playbook).fingerprint == first
    assert load(GOOD.replace("Open", "New"), "map.toml", playbook).fingerprint != first


READ = 'object = "Lead"\n[read]\n{}\n'
WRITE = 'object = "Lead"\n[read]\nemail = "Email"\nemployees = "Size"\n[write]\n{}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "map.toml: lacks 'object'. Add the line: object = ..."),
        ("", "map.toml: lacks 'read'. Add the table: [read]"),
        ('object = "Lead"\nread = 3', "map.toml:2 read: must be a table headed [read]."),
        ('object = "Lead"\nobjekt = "x"\n[read]', "map.toml:2 objekt: unknown key 'objekt'. Did you mean 'object'?"),
        ("object =", "not valid TOML"),
    ],
)
def test_what_is_wrong_as_a_whole(text, message, playbook):
    assert any(message in found for found in problems(text, playbook))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('emial = "Email"', "map.toml:3 read.emial: unknown lead field 'emial'. Did you mean 'email'?"),
        ('zzzzzz = "Email"', "unknown lead field 'zzzzzz'. Add it to the playbook's [fields]."),
        ("email = 5", 'read.email: must be a name in quotes or a table. Such as: email = "..."'),
        ('email = "E-mail address"', "'E-mail address' is no name of a CRM field. Use the API name"),
        ('email = { feild = "Email" }', "unknown key 'feild'. Did you mean 'field'?"),
        ('email = { feild = "Email" }', "map.toml:3 read.email: lacks 'field'."),
        ('employees = { field = "E", values = { "a" = "many" } }', '"many" is not of the lead field\'s type, integer.'),
        ('email = { field = "E", values = { "a" = 5 } }', "5 is not of the lead field's type, text."),
        ('email = { field = "E", values = { "a" = "x", "A " = "y" } }', "'A ' stands there twice"),
        ('email = { field = "E", values = { " " = "x" } }', "a blank text counts as not given anyway."),
        ('email = { field = "E", values = "x" }', "must be a table, not text."),
        ('employees = { field = "E", default = "some" }', 'map.toml:3 read.employees.default: "some" is not of'),
        ('employees = { field = "E", other = true }', "true is not of the lead field's type, integer."),
        ('pains = { field = "E", default = "x" }', "a list that is not given has no default."),
        ('email = { field = "E", separator = "," }', "the lead field is no list but text."),
        ('email = { field = "E", empty = [3] }', "must hold texts only"),
    ],
)
def test_what_is_wrong_with_a_line_of_read(line, message, playbook):
    assert any(message in found for found in problems(READ.format(line), playbook))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('leadrelay_x = "scoer"', "write.leadrelay_x.from: unknown output or lead field 'scoer'. Did you mean"),
        ('leadrelay_x = "city"', "nothing fills lead field 'city'. Add it to [read], or write an output."),
        ('Status = "stage"', "'Status' is not a field of leadrelay's own, so it needs a policy. Add policy = "),
        ('X = { from = "stage", policy = "always" }', "unknown policy 'always'. Known: fill, own, unless-edited."),
        ('X = { from = "stage", polciy = "own" }', "unknown key 'polciy'. Did you mean 'policy'?"),
        ('leadrelay_x = { policy = "own" }', "needs one of 'from', 'constant' and 'template'."),
        ('leadrelay_x = { from = "stage", constant = 1 }', "needs one of 'from', 'constant' and 'template'."),
        ("leadrelay_x = { constant = [1] }", "must be a text, a number, true or false."),
        ('Leadrelay_x = "stage"\nleadrelay_x = "stage"', "'leadrelay_x' is written already, as 'Leadrelay_x'."),
        ('leadrelay_x = "stage"\nleadrelay_x = "stage"', "not valid TOML: Cannot overwrite a value"),
        ('Id = { from = "stage", policy = "own" }', "'Id' cannot be written."),
        ('"Owner.Name" = { from = "stage", policy = "own" }', "'Owner.Name' cannot be written."),
        (
            'leadrelay_x = { from = "stage", values = { sql = "x" } }',
            "'sql' is no value of 'stage'. Did you mean 'sal'?",
        ),
        (
            'leadrelay_x = { from = "bant_budget", values = { yes = "x" } }',
            "'yes' is no value of 'bant_budget'. Known:",
        ),
        ('leadrelay_x = { from = "qualified", values = { yes = "x" } }', "'yes' is no value of 'qualified'."),
        ('leadrelay_x = { from = "stage", values = { sal = 5 } }', "what 'sal' becomes must be a text, not empty."),
        ('leadrelay_x = { from = "score", values = { "1" = "low" } }', "maps texts, and true and false"),
        ('leadrelay_x = { from = "stage", initial = ["a"] }', "has a meaning for policy 'unless-edited' only."),
        ('leadrelay_x = { from = "score", cut = 5 }', "only free text can be cut."),
        ('leadrelay_x = { from = "reasons", cut = 1 }', "must be at least 2"),
        ('leadrelay_x = { from = "score", backward = true }', "only texts that come from somewhere"),
        ('leadrelay_x = { constant = "x", backward = true }', "only texts that come from somewhere"),
        ('leadrelay_x = { from = "stage", backward = "yes" }', "backward: must be true or false."),
        ("leadrelay_x = true", 'must be a name in quotes or a table. Such as: leadrelay_x = "..."'),
    ],
)
def test_what_is_wrong_with_a_line_of_write(line, message, playbook):
    assert any(message in found for found in problems(WRITE.format(line), playbook))


def test_everything_wrong_is_told_at_once(playbook):
    text = READ.format('emial = "a b"\nemployees = { field = "E", default = "x", sep = 1 }\n[write]\nStatus = "stgae"')
    found = problems(text, playbook)
    assert len(found) == 6
    assert all(re.match(r"map\.toml:\d+ (read|write)", problem) for problem in found)


def test_more_fields_than_a_mask_has_bits(playbook):
    lines = "\n".join(f'Leadrelay_{number} = "score"' for number in range(64))
    assert "more than 63 fields" in problems(WRITE.format(lines), playbook)[0]


def test_more_values_that_can_misfit_than_a_mask_has_bits(wide_playbook):
    lines = "\n".join(f'n{number} = "N{number}"' for number in range(64))
    assert "more than 63 fields that are not text" in problems(READ.format(lines), wide_playbook)[0]


VALUES = st.recursive(
    st.none().map(lambda _: "")
    | st.text(max_size=8)
    | st.integers(-3, 3)
    | st.booleans()
    | st.sampled_from(["score", "Email"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["field", "from", "values", "policy", "cut", "sal", "default"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(["email", "employees", "pains", "Leadrelay_X", "Status", "object", "x y"])


def as_toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    return json.dumps(value)


@given(st.dictionaries(KEYS, VALUES, max_size=3), st.dictionaries(KEYS, VALUES, max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mapping_is_taken_or_refused_with_reasons(playbook, read, write):
    lines = ['object = "Lead"']
    for name, section in (("read", read), ("write", write)):
        lines += [f"[{name}]", *(f"{json.dumps(key)} = {as_toml(value)}" for key, value in section.items())]
    for problem in refusal("\n".join(lines), playbook):
        assert problem.place.startswith("map.toml")
        assert problem.message


def refusal(text, playbook):
    try:
        load(text, "map.toml", playbook)
    except ConfigError as error:
        return error.problems
    return ()
