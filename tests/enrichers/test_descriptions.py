"""What a description may say, and what is told where it is wrong."""

from importlib.resources import files

import pytest

from leadrelay.core.clean.fields import SCHEMA
from leadrelay.core.lead import Axis, Field, Type
from leadrelay.core.toml_text import parse
from leadrelay.enrichers.base import Price
from leadrelay.enrichers.describe import describe, load, shipped
from leadrelay.enrichers.description import BUSY, DOWN, MISS, Limits
from leadrelay.errors import ConfigError

LEAST = """\
url = "https://api.example.com/v1/{domain}"
asks = [["domain"]]
confidence = 0.9
[fields]
employees = "size"
"""


def read(toml, **more):
    return describe(parse(toml, "d.toml"), "d", **more)


def problems(toml):
    with pytest.raises(ConfigError) as wrong:
        read(toml)
    return [(problem.place, problem.message, problem.cure) for problem in wrong.value.problems]


def only(toml):
    found = problems(toml)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_description_is_sound(name, tmp_path):
    description = load(name, tmp_path)
    assert set(description.fields) <= set(SCHEMA)
    assert description.url.scheme == "https"
    assert description.secrets == {"key"}
    assert description.unit
    assert description.price.hit > 0


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_description_says_where_it_is_from(name):
    text = files("leadrelay.enrichers").joinpath("descriptions", f"{name}.toml").read_text()
    assert "https://" in text.partition("\nabout")[0]
    for key in ("about = ", "docs = ", "prices = "):
        assert f"\n{key}" in text


def test_what_is_not_said_has_a_default():
    said = read(LEAST)
    assert (said.method, said.miss, said.busy, said.down) == ("GET", MISS, BUSY, DOWN)
    assert (said.price, said.limits, said.auth, said.cost, said.per_second) == (Price(), Limits(), None, None, None)


def test_fields_that_a_playbook_adds_are_known():
    schema = SCHEMA.extended([Field("data_centres", Type.INTEGER, Axis.ORGANISATION, "Data centres")])
    assert "data_centres" in read(LEAST.replace("employees", "data_centres"), schema=schema).fields


def test_every_problem_is_told_at_once():
    found = problems("""\
url = "https://127.0.0.1/{domian}"
asks = [["domain"], ["emial_clean"]]
confidence = 3
methd = "GET"
[query]
a = "{domain"
[fields]
employes = "size"
industry = "a..b"
""")
    assert [place for place, *_ in found] == [
        "d.toml:2 asks",
        "d.toml:1 url",
        "d.toml:1 url",
        "d.toml:3 confidence",
        "d.toml:8 fields.employes",
        "d.toml:9 fields.industry",
        "d.toml:6 query.a",
        "d.toml:4 methd",
    ]


def test_what_is_lacking():
    assert {message for _, message, _ in problems("")} == {
        "lacks 'url'.",
        "lacks 'asks'.",
        "lacks 'confidence'.",
        "lacks 'fields'.",
    }


WRONG = {
    'confidence = "size["': ("it ends too early", "jmespath.org"),
    'confidence = "a b"': ("'b' does not fit at character 3", "jmespath.org"),
    'confidence = "lenght(a)"': ("there is no function 'lenght'", "Did you mean 'length'"),
    'confidence = "length(a, b)"': ("'length' takes 1 arguments, not 2", ""),
    'confidence = "not_null()"': ("'not_null' takes 1 or more arguments", ""),
    f'confidence = "{"a." * 600}b"': ("too long", "Shorten"),
    f'confidence = "{"(" * 200}"': ("no JMESPath", ""),
    "confidence = 0.9\nscale = 10": ("divides what a path finds", "confidence ="),
    "confidence = true": ("must be a number", ""),
    'confidence = 0.9\nmethod = "PUT"': ("unknown method 'PUT'", "GET, POST"),
    "confidence = 0.9\nbody = {}": ("sent with POST only", 'method = "POST"'),
    'confidence = 0.9\nmethod = "POST"\nbody = { "{domain}" = 1 }': ("in values only", "plain key"),
    'confidence = 0.9\nmethod = "POST"\nbody = { a = 2026-01-01 }': ("JSON", "text"),
    'confidence = 0.9\nmethod = "POST"\nbody = { a = [{ b = "{email}" }] }': (
        "not among the lead fields",
        "Known: domain",
    ),
    'confidence = 0.9\nauth = { header = "X" }': ("lacks 'value'", "Add the line"),
    'confidence = 0.9\nauth = { header = "Host", value = "{secrets.key}" }': ("no header to be set", "X-Api-Key"),
    'confidence = 0.9\nauth = { bearer = "sk_live_in_clear" }': ("holds no secret", "{secrets.key}"),
    'confidence = 0.9\nauth = { bearer = "{domain}{secrets.key}" }': ("no lead fields", "query or body"),
    'confidence = 0.9\nauth = { bearer = "{secrets.Key!}" }': ("names no secret", "{secrets.key}"),
    'confidence = 0.9\nauth = { bearer = "{secrets.a}", basic = "{secrets.a}" }': ("one way to sign in", "auth ="),
    'confidence = 0.9\nauth = { bearer = "{secrets.a}", realm = "x" }': ("unknown key 'realm'", ""),
    'confidence = 0.9\nheaders = { Host = "evil.example" }': ("no header to be set", "Leave it out"),
    'confidence = 0.9\nheaders = { "X: y" = "z" }': ("no header to be set", "Leave it out"),
    'confidence = 0.9\nheaders = { X = "{domain}" }': ("no lead fields", "query or body"),
    'confidence = 0.9\nheaders = { X = "a\\r\\nHost: evil" }': ("cannot be sent", "plain text"),
    "confidence = 0.9\nquery = { a = [1] }": ("a text, a number, true or false", ""),
    "confidence = 0.9\nmiss = [200]": ("other than 200", "miss ="),
    "confidence = 0.9\nmiss = [404.5]": ("other than 200", "miss ="),
    'confidence = 0.9\nmiss = "a =="': ("no JMESPath", "jmespath.org"),
    "confidence = 0.9\nbusy = [200]": ("other than 200", "busy ="),
    "confidence = 0.9\ncost_per_hit = -1": ("between 0 and", ""),
    "confidence = 0.9\ncost_per_hit = nan": ("between 0 and", ""),
    "confidence = 0.9\ncost = { heder = 1 }": ("lacks 'header'", ""),
    "confidence = 0.9\nper_second = 0": ("between 0.001", ""),
    'confidence = 0.9\nmatch = { domian = "a" }': ("'domian' is not asked with", "Did you mean 'domain'"),
    "confidence = 0.9\nlimits = { size = 99999999999 }": ("between 1,000", ""),
    "confidence = 0.9\nlimits = { depth = 1.5 }": ("whole number", ""),
    "confidence = 0.9\nlimits = { bytes = 5000 }": ("unknown key 'bytes'", "Known"),
}


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line.removeprefix("confidence = 0.9\n")[:60])
def test_what_is_wrong_is_told_with_a_way_out(line):
    message, cure = WRONG[line]
    told = problems(LEAST.replace("confidence = 0.9", line))[0]
    assert message in told[1]
    assert cure in told[2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('[["domain"]]', "[]", "list of lists"),
        ('[["domain"]]', '["domain"]', "list of lists"),
        ('[["domain"]]', '[["domain", "employees"]]', "'employees' is no text to ask with"),
        ('[["domain"]]', '[["domain"], ["email_clean"]]', "needs 'domain', which is not asked with"),
        ("/{domain}", "/?d={domain}", "scheme, host and path"),
        ("/{domain}", "/{domain}}", "without its other half"),
        ('employees = "size"', "", "names no lead field"),
        ('employees = "size"', "employees = 5", "must be a table"),
        ('employees = "size"', 'employees = { path = "size", valuse = {} }', "unknown key 'valuse'"),
        ('employees = "size"', 'employees = { path = "size", values = { small = "few" } }', "is not integer"),
    ],
)
def test_what_else_is_wrong(old, new, message):
    assert message in problems(LEAST.replace(old, new))[0][1]


def test_a_description_is_named_or_a_file(tmp_path):
    (tmp_path / "mine.toml").write_text(LEAST)
    assert load("mine.toml", tmp_path).name == "mine"
    with pytest.raises(ConfigError, match="Did you mean 'hunter-company'"):
        load("hunter-compny", tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load("other.toml", tmp_path, "config.toml:3")
    (tmp_path / "bad.toml").write_text("url = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load("bad.toml", tmp_path)
