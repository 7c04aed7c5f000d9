"""config.toml: what is refused, and in which words."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadrelay.config import Job, SalesforceConnection, Secret, load, trigger
from leadrelay.core.limits import Brake, Limit, Quota
from leadrelay.errors import ConfigError

GOOD = """\
[connections.acme]
kind = "salesforce"
domain = "acme.my"
client_id = "id"
client_secret = { env = "ACME" }
[connections.portal]
kind = "hubspot"
access_token = { file = "token" }
[jobs.inbound]
connection = "acme"
mapping = "salesforce-lead"
playbook = "it-discovery"
schedule = "*/5 * * * *"
"""


def problems(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


def test_a_good_configuration_is_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    settings, _ = load(path)
    assert settings.connections["acme"].kind == "salesforce"
    assert settings.jobs["inbound"].connection == "acme"
    assert settings.state.url == "sqlite:///leadrelay.db"


def test_ten_faults_are_told_as_ten(tmp_path):
    bad = """\
[state]
pool = 3
[connections.acme]
kind = "salesforce"
domain = "acme.my"
client_id = "id"
client_secrett = { env = "ACME" }
[connections.clear]
kind = "hubspot"
access_token = "pat-na1-very-secret"
[connections.kind]
kind = "pipedrive"
[connections.deep]
kind = "hubspot"
access_token = { envv = "X" }
overlap_seconds = -1
[jobs.a]
connection = "acm"
mapping = "m"
schedule = "whenever"
"""
    found = problems(tmp_path, bad)
    assert found == [
        "config.toml:2 state.pool: unknown key 'pool'. Known: answer_days, audit_days, url.",
        "config.toml:7 connections.acme.client_secrett: unknown key 'client_secrett'. "
        "Did you mean 'client_secret' or 'client_id'?",
        "config.toml:10 connections.clear.access_token: a secret must not stand in the configuration. "
        'Use { env = "NAME" }, { file = "PATH" } or { command = ["program", "argument"] }.',
        'config.toml:11 connections.kind: needs kind. Say kind = "salesforce" or kind = "hubspot".',
        "config.toml:15 connections.deep.access_token.envv: unknown key 'envv'. Did you mean 'env'?",
        "config.toml:16 connections.deep.overlap_seconds: Input should be greater than or equal to 0.",
        "config.toml:17 jobs.a.playbook: is missing. Add this key.",
        'config.toml:20 jobs.a.schedule: "whenever" is no schedule (Wrong number of fields; got 1, expected 5). '
        'Use "*/5 * * * *" or "every 5 minutes".',
    ]
    assert "very-secret" not in "".join(found)


def test_limits_and_quotas_are_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f"{GOOD}max_changes = '20%'\nmax_cleared = 0\nhold_duplicates = true\n")
    settings, _ = load(path)
    job, portal = settings.jobs["inbound"], settings.connections["portal"]
    assert job.brake == Brake(Limit.parse("20%"), None, Limit.parse(0))
    assert job.hold_duplicates
    assert portal.quota == settings.connections["acme"].quota == Quota.parse("25%", "80%", "20%")
    path.write_text(GOOD.replace('kind = "hubspot"', 'kind = "hubspot"\nquota_per_day = "99.5%"\nquota_reserve = "0%"'))
    settings, _ = load(path)
    assert settings.connections["portal"].quota == Quota.parse("25%", "99.5%", "0%")
    assert not settings.jobs["inbound"].brake
    assert not settings.jobs["inbound"].hold_duplicates


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("max_changes = 'many'", "config.toml:14 jobs.inbound.max_changes: 'many' is no limit. Write a share such as"),
        ("max_owners = '101%'", "config.toml:14 jobs.inbound.max_owners: '101%' is no share. Write a percentage from"),
        ("max_cleared = -1", "config.toml:14 jobs.inbound.max_cleared: -1 is no limit."),
        ("max_changes = true", "config.toml:14 jobs.inbound.max_changes: True is no limit."),
        ("max_changes = 0.2", "config.toml:14 jobs.inbound.max_changes: 0.2 is no limit."),
        ("max_changes = ['1']", "config.toml:14 jobs.inbound.max_changes: ['1'] is no limit."),
        (
            "max_change = 1",
            "config.toml:14 jobs.inbound.max_change: unknown key 'max_change'. Did you mean 'max_changes'",
        ),
        ("hold_duplicates = 'perhaps'", "config.toml:14 jobs.inbound.hold_duplicates: Input should be a valid boolean"),
    ],
)
def test_what_is_no_limit(tmp_path, line, said):
    [found] = problems(tmp_path, f"{GOOD}{line}\n")
    assert found.startswith(said)


@pytest.mark.parametrize("value", ["25", "'25'", "'-1%'", "'200%'", "true", "''"])
def test_what_is_no_quota(tmp_path, value):
    [found] = problems(tmp_path, GOOD.replace('kind = "hubspot"', f'kind = "hubspot"\nquota_per_run = {value}'))
    assert found.startswith("config.toml:8 connections.portal.quota_per_run: ")
    assert "is no share. Write a percentage from 0 to 100" in found


def test_a_limit_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADRELAY_JOBS__INBOUND__MAX_CHANGES", "5%")
    monkeypatch.setenv("LEADRELAY_JOBS__INBOUND__MAX_OWNERS", "7")
    path = tmp_path / "config.toml"
    path.write_text(f"{GOOD}max_changes = 3\n")
    settings, _ = load(path)
    assert settings.jobs["inbound"].brake == Brake(Limit.parse("5%"), Limit.parse(7))


def test_the_example_shows_the_defaults(tmp_path):
    """What is commented out there means the same as leaving it out, but for the limits, which have none."""
    text = (Path(__file__).parents[1] / "config.example.toml").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^# (quota_\w+|hold_duplicates|max_\w+) = (\S+)", text, re.MULTILINE))
    path = tmp_path / "config.toml"
    lines = [f"{key} = {value}" for key, value in shown.items()]
    assert [*shown] == [key for key in (*SalesforceConnection.model_fields, *Job.model_fields) if key in shown]
    assert shown.keys() >= {"quota_per_run", "quota_per_day", "quota_reserve", "hold_duplicates"}
    quotas, others = ([line for line in lines if line.startswith("quota") is first] for first in (True, False))
    path.write_text(
        f"{GOOD}{chr(10).join(others)}\n".replace('kind = "hubspot"', "\n".join(['kind = "hubspot"', *quotas]))
    )
    settings, _ = load(path)
    assert settings.connections["portal"].quota == Quota()
    assert settings.jobs["inbound"].brake == Brake(*map(Limit.parse, ("20%", 500, "1%")))
    assert settings.jobs["inbound"].hold_duplicates is False


def test_a_job_without_its_connection(tmp_path):
    found = problems(tmp_path, GOOD.replace('connection = "acme"', 'connection = "acne"'))
    assert found == ["config.toml:10 jobs.inbound.connection: there is no connection 'acne'. Did you mean 'acme'?"]


def test_what_a_sign_in_needs(tmp_path):
    found = problems(tmp_path, GOOD.replace('client_id = "id"\n', 'auth = "jwt"\n'))
    assert found == ['config.toml:1 connections.acme: auth = "jwt" needs client_id and username and private_key.']


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[jobs", "config.toml:1: not valid TOML: Expected ']'"),
        ("x = 1", "config.toml:1 x: unknown key 'x'. Known: connections, jobs, providers, state."),
        ("jobs = 3", "config.toml:1 jobs: Input should be a valid dictionary."),
    ],
)
def test_not_even_toml(tmp_path, text, said):
    assert problems(tmp_path, text)[0].startswith(said)


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "absent.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(tmp_path / "bytes.toml")


def test_the_environment_beats_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADRELAY_STATE__URL", "sqlite:///elsewhere.db")
    (tmp_path / "config.toml").write_text(GOOD)
    settings, _ = load(tmp_path / "config.toml")
    assert settings.state.url == "sqlite:///elsewhere.db"


def test_secrets_are_fetched_where_they_are_kept(tmp_path):
    (tmp_path / "token").write_text("from-file\n")
    assert Secret(env="NAME").reveal("p", tmp_path, {"NAME": "from-env"}) == "from-env"
    assert Secret(file="token").reveal("p", tmp_path, {}) == "from-file"
    assert Secret(command=["echo", "from-command"]).reveal("p", tmp_path, {}) == "from-command"


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (Secret(env="ABSENT"), "p: the environment variable ABSENT is not set."),
        (Secret(file="absent"), "cannot be read (FileNotFoundError)"),
        (Secret(command=["false"]), "the command false gave no secret"),
        (Secret(command=["no-such-program"]), "the command no-such-program gave no secret"),
        (Secret(command=["true"]), "the command true printed nothing"),
    ],
)
def test_a_secret_that_is_not_there(tmp_path, secret, said):
    with pytest.raises(ConfigError) as caught:
        secret.reveal("p", tmp_path, {})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        ("*/5 * * * *", datetime(2026, 11, 22, 12, 5, tzinfo=UTC)),
        ("0 9 * * 1-5", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),  # cron counts from Sunday: 1 is Monday
        ("0 0 * * 0", datetime(2026, 11, 29, 0, 0, tzinfo=UTC)),
        ("0 0 * * sun", datetime(2026, 11, 29, 0, 0, tzinfo=UTC)),
    ],
)
def test_cron_means_what_cron_means(schedule, first):
    sunday_noon = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
    assert trigger(schedule).get_next_fire_time(None, sunday_noon) == first


def test_an_interval():
    assert trigger("every 90 seconds").interval.total_seconds() == 90


@pytest.mark.parametrize("schedule", ["every 0 hours", "every 367 days", f"every {'9' * 30} seconds"])
def test_an_interval_that_no_clock_keeps(tmp_path, schedule):
    assert "between 1 second and 366 days" in problems(tmp_path, GOOD.replace("*/5 * * * *", schedule))[0]


def test_a_number_without_end_and_lists_without_end(tmp_path):
    assert "thousands of digits" in problems(tmp_path, f"x = {'9' * 5_000}")[0]
    assert "too deep" in problems(tmp_path, f"x = {'[' * 3_000}")[0]


def test_a_byte_order_mark_is_no_matter(tmp_path):
    (tmp_path / "config.toml").write_text(GOOD, encoding="utf-8-sig")
    assert load(tmp_path / "config.toml")[0].jobs


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('instance_url = "http://[::1"', "instance_url: is not an address"),
        ('instance_url = "acme.my.salesforce.com"', "instance_url: is not an address"),
        ('domain = "acme.my.salesforce.com"', "domain: is not a domain such as"),
        ('domain = "evil.example/x#"', "domain: is not a domain such as"),
    ],
)
def test_an_address_that_is_none(tmp_path, line, said):
    assert said in problems(tmp_path, GOOD.replace('domain = "acme.my"', line))[0]


def test_names_that_the_library_knows_are_unknown_keys(tmp_path):
    assert problems(tmp_path, '_env_file = "x"') == [
        "config.toml:1 _env_file: unknown key '_env_file'. Known: connections, jobs, providers, state."
    ]


@pytest.mark.parametrize("table", ["STATE", "JOBS"])
def test_a_variable_that_is_no_json(tmp_path, monkeypatch, table):
    monkeypatch.setenv(f"LEADRELAY_{table}", "junk")
    assert problems(tmp_path, GOOD) == [
        f"LEADRELAY_{table}: this environment variable must hold a JSON object. "
        f"Name one key: LEADRELAY_{table}__KEY, or unset it."
    ]


def test_a_problem_of_the_environment_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADRELAY_JOBS__INBOUND__SCHEDULE", "whenever")
    assert problems(tmp_path, GOOD)[0].startswith('LEADRELAY_JOBS__INBOUND__SCHEDULE: "whenever" is no schedule')


@pytest.mark.parametrize("value", ["two\nlines", "пароль", "bell\a"])
def test_a_secret_that_no_crm_gave(tmp_path, value):
    with pytest.raises(ConfigError, match="Copy it again") as caught:
        Secret(env="X").reveal("p", tmp_path, {"X": value})
    assert value not in str(caught.value)


def test_a_private_key_has_lines(tmp_path):
    key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    assert Secret(env="X").reveal("p", tmp_path, {"X": f"{key}\n"}) == key


@pytest.mark.parametrize(
    "secret",
    [
        Secret(command=["printf", r"canary\377"]),
        Secret(command=["sh", "-c", "echo canary; echo canary >&2; exit 3"]),
        Secret(command=["a\0"]),
        Secret(command=[]),
        Secret(file="a\0"),
    ],
)
def test_a_place_that_gives_no_secret(tmp_path, secret):
    with pytest.raises(ConfigError) as caught:
        secret.reveal("p", tmp_path, {})
    assert "canary" not in str(caught.value)
