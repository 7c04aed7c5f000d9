"""`leadrelay init`: what it asks for, what it writes, and when it writes nothing."""

from __future__ import annotations

import json
import stat
import tomllib
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from leadrelay import cli_init
from leadrelay.config import load as load_config
from leadrelay.connectors.base import FieldInfo, Owner
from leadrelay.connectors.inspection import Inspection
from leadrelay.core.lead import LEAD
from leadrelay.core.playbook.loading import load as load_playbook
from leadrelay.errors import ConfigError
from leadrelay.mappings.mapping import load as load_mapping
from leadrelay.mappings.proposing import Candidate, Proposal
from leadrelay.starting import beginning, picking, rules
from leadrelay.starting.asking import Nobody, Person
from leadrelay.starting.looking import Look
from leadrelay.starting.signing import Flags, sign_in
from leadrelay.starting.writing import write_all
from leadrelay.terminal import Terminal, pasted

FILES = ("config.toml", "mapping.toml", "playbook.toml")
CRMS = pytest.mark.parametrize("crm", ["salesforce", "hubspot"])


@CRMS
def test_one_command_writes_what_every_loader_takes(crm, begin, tmp_path):
    done = begin(crm, "--sandbox")
    assert done.returncode == 0, done.stderr
    settings, _ = load_config(tmp_path / "config.toml")
    ((name, connection),) = settings.connections.items()
    assert connection.organisation
    playbook = load_playbook((tmp_path / "playbook.toml").read_text(), "playbook.toml")
    mapping = load_mapping((tmp_path / "mapping.toml").read_text(), "mapping.toml", playbook)
    assert {"email", "company", "source", "status", "pains"} <= {read.lead for read in mapping.reads}
    assert mapping.task
    assert mapping.leave
    assert f"leadrelay setup {name} --apply" in done.stdout


def test_the_secret_is_for_nobody_else_to_read(begin, tmp_path):
    begin("salesforce", "--sandbox")
    assert stat.S_IMODE((tmp_path / "acme.secret").stat().st_mode) == 0o600
    assert "sandbox-secret" not in (tmp_path / "config.toml").read_text()


@CRMS
def test_no_value_of_a_record_is_written_or_shown(crm, begin, bare, tmp_path):
    done = begin(crm, "--sandbox")
    told = done.stdout + done.stderr + "".join((tmp_path / name).read_text() for name in FILES)
    table = "Lead" if crm == "salesforce" else "contacts"
    store = (bare.salesforce_line if crm == "salesforce" else bare.hubspot_line).store
    name = next(one for one in store.objects() if one.lower() == table.lower())
    emails = [row[0] for row in store.db.execute(f'SELECT email FROM "{name}"') if row[0]]
    assert emails
    assert not [email for email in emails if email in told]


def test_without_a_terminal_all_that_is_missing_is_told_by_its_flag(call, tmp_path):
    done = call(["init", "--folder", str(tmp_path)], {})
    assert done.returncode == 2
    assert "--crm" in done.stderr
    done = call(["init", "--folder", str(tmp_path), "--crm", "salesforce"], {})
    assert done.returncode == 2
    assert all(flag in done.stderr for flag in ("--domain", "--client-id", "--secret-env"))
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_without_force(begin, tmp_path):
    (tmp_path / "mapping.toml").write_text("mine")
    done = begin("salesforce", "--sandbox")
    assert done.returncode == 2
    assert "mapping.toml: is there already" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mapping.toml"]
    assert begin("salesforce", "--sandbox", "--force").returncode == 0
    assert "mine" not in (tmp_path / "mapping.toml").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--client-id", "nobody", "--secret-env", "SECRET"], "client_id"),
        (["--client-id", "sandbox-client", "--secret-env", "SECRET"], "client_secret"),
        (["--client-id", "sandbox-client", "--secret-env", "UNSET"], "UNSET is not set"),
    ],
)
def test_a_sign_in_that_fails_says_what_is_wrong_and_writes_nothing(words, told, begin, tmp_path):
    done = begin("salesforce", *words, SECRET="wrong")
    assert done.returncode in {2, 3}
    assert told in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_a_test_it_writes_what_can_be_written(begin, tmp_path):
    done = begin("salesforce", "--client-id", "x", "--secret-env", "UNSET", "--no-test")
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / name).exists() for name in FILES)
    assert '{ env = "UNSET" }' in (tmp_path / "config.toml").read_text()


def test_owners_have_to_be_users_of_the_crm(begin, tmp_path):
    done = begin("salesforce", "--sandbox", "--owners", "ada.okafor@sandbox.exampl")
    assert done.returncode == 2
    assert "Did you mean 'ada.okafor@sandbox.example'" in done.stderr
    assert begin("salesforce", "--sandbox", "--owners", "ada.okafor@sandbox.example").returncode == 0
    found = load_playbook((tmp_path / "playbook.toml").read_text(), "playbook.toml")
    assert [member.email for _, member in found.roster.members()] == ["ada.okafor@sandbox.example"]


def test_what_a_mapping_could_read_besides_is_shown_and_not_written(begin, call, tmp_path):
    begin("hubspot", "--sandbox")
    mapping = tmp_path / "mapping.toml"
    lines = [line for line in mapping.read_text().splitlines() if not line.startswith(("email =", "city ="))]
    mapping.write_text("\n".join([*lines, ""]).replace('"phone"', '"phone_gone"'))
    before = mapping.read_text()
    config = str(tmp_path / "config.toml")
    done = json.loads(call(["init", "--propose", "inbound", "--config", config, "--json"], {}).stdout)
    assert {one["lead"]: one["proposed"]["field"] for one in done["differences"]} == {
        "email": "email",
        "city": "city",
        "phone": "phone",
    }
    shown = call(["init", "--propose", "inbound", "--config", config], {}).stdout
    assert "[read]" in shown
    assert '- phone = "phone_gone"' in shown
    assert '+ email = "email"' in shown
    assert mapping.read_text() == before


# -- a person at the terminal ------------------------------------------------------------------------------------------


def person(*answers):
    left = list(answers)

    def answered(_question, _hidden):
        if not left:
            raise EOFError
        return left.pop(0)

    return Person(Console(file=StringIO(), width=120), answered)


def proposal(lead, *fields, sure=True):
    found = tuple(Candidate(FieldInfo(name, name, "string"), 0.9, ("why",), "e-mail addresses") for name in fields)
    return Proposal(LEAD[lead], found, found[0] if sure else None)


PROPOSALS = (proposal("email", "Mail", "Other"), proposal("phone", "Fon", sure=False), proposal("city", "Ort", "Stadt"))


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        ([""], {"email": "Mail", "city": "Ort"}),
        (["n", "", "", ""], {"email": "Mail", "city": "Ort"}),
        (["n", "2", "1", "s"], {"email": "Other", "phone": "Fon"}),
        (["n", "s", "a"], {"city": "Ort"}),
        (["n", "9", "?", "2", "s", "s"], {"email": "Other"}),
    ],
)
def test_a_person_picks(answers, taken):
    assert {lead: one.field for lead, one in picking.picked(PROPOSALS, person(*answers)).items()} == taken


def test_a_question_mark_shows_what_values_look_like():
    somebody = person("n", "?", "s", "s", "s")
    picking.picked(PROPOSALS, somebody)
    assert "Mail (string): e-mail addresses" in somebody.console.file.getvalue()


def test_who_accepts_is_asked_for_nothing_more(bare, tmp_path):
    flags = Flags(crm="salesforce", instance_url=bare.salesforce_url, sandbox=True)
    plan = beginning.Plan.of(sign_in(flags, Nobody(), tmp_path, {}), "inbound", "", (), tmp_path)
    nobody_answers = person()
    done = cli_init._decided(plan, beginning.looked(plan, {}), Terminal(json=True), nobody_answers, "", accept=True)
    assert {str(file) for file in done.files} >= set(FILES)


def test_owners_are_asked_until_the_crm_knows_them():
    users = (Owner("1", "Ann", "ann@acme.example", active=True), Owner("2", "Bob", "bob@acme.example", active=False))
    seen = Look(Inspection("salesforce", "Lead", "00D", owners=users), pl.DataFrame())
    somebody = person("ann@acme.example, bob@acme.example", "?", "ANN@acme.example")
    assert picking.owners(seen, somebody) == ("ANN@acme.example",)
    assert "address 2 of 2 is no active user" in somebody.console.file.getvalue()
    assert picking.owners(seen, person("")) == ()


def test_a_person_is_asked_for_everything_and_the_secret_goes_into_a_file(tmp_path):
    found = sign_in(Flags(), person("1", "", "acme.my", "3MVG9", "2", "", "hush"), tmp_path, {})
    assert found.settings == {
        "kind": "salesforce",
        "auth": "client-credentials",
        "domain": "acme.my",
        "client_id": "3MVG9",
    }
    assert (found.secret, found.value, found.kept) == ({"file": "acme.secret"}, "hush", True)


@pytest.mark.parametrize(
    "told",
    [
        "acme.my",
        "acme.my.salesforce.com",
        "https://acme.my.salesforce.com/",
        "https://acme.lightning.force.com/lightning",
    ],
)
def test_a_domain_may_be_copied_from_the_browser(told, tmp_path):
    flags = Flags(crm="salesforce", domain=told, client_id="x", secret_env="S")
    assert sign_in(flags, Nobody(), tmp_path, {}).settings["domain"] == "acme.my"


def test_a_secret_that_is_not_set_yet_serves_the_test_only(tmp_path):
    found = sign_in(Flags(), person("2", "1", "", "hush"), tmp_path, {})
    assert (found.secret, found.value, found.kept) == ({"env": "PORTAL_SECRET"}, "hush", False)


def test_answers_that_end_end_it(tmp_path):
    with pytest.raises(ConfigError, match="nothing was written"):
        sign_in(Flags(), person("1"), tmp_path, {})


def test_two_places_for_a_secret_are_one_too_many(tmp_path):
    with pytest.raises(ConfigError, match="--secret-env and --secret-file"):
        sign_in(Flags(crm="hubspot", secret_env="A", secret_file="b"), Nobody(), tmp_path, {})


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_are_written_all_or_none(tmp_path):
    (tmp_path / "first").write_text("old")
    (tmp_path / "second").mkdir()
    with pytest.raises(OSError, match="second"):
        write_all(tmp_path, {"first": "new", "second": "new"})
    assert (tmp_path / "first").read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["first", "second"]


def test_the_starter_asks_only_for_what_is_filled():
    text = rules.playbook_text("starter", {"email", "source", "created_at"}, [])
    fit = [rule["name"] for rule in tomllib.loads(text)["score"]["fit"]]
    assert fit == ["E-mail of a company"]
    assert "Large company" in text.partition("\n\n")[0]
    rules.loaded(text)


@pytest.mark.parametrize("name", rules.SHIPPED)
def test_playbooks_take_owners(name):
    found = rules.loaded(rules.playbook_text(name, None, ["ann@acme.example"]))
    assert [member.email for _, member in found.roster.members()] == ["ann@acme.example"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (Flags(crm="hubspot", domain="acme.my"), "--domain"),
        (Flags(crm="salesforce", instance_url="https://x.example", domain="acme.my"), "--domain"),
        (Flags(crm="salesforce", sandbox=True, secret_env="X"), "--secret-env"),
        (Flags(crm="sugar"), "'sugar' is not known"),
        (Flags(crm="salesforce", auth="soap"), "'soap' is not known"),
    ],
)
def test_a_flag_that_would_say_nothing_is_refused(flags, told, tmp_path):
    with pytest.raises(ConfigError, match=told):
        sign_in(flags, Nobody(), tmp_path, {})


def test_a_file_that_is_named_from_here_is_found_from_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key.pem").write_text("key")
    found = sign_in(Flags(crm="hubspot", secret_file="key.pem"), Nobody(), tmp_path / "conf", {})
    assert found.secret == {"file": str(tmp_path / "key.pem")}
    assert sign_in(Flags(crm="hubspot", secret_file="key.pem"), Nobody(), tmp_path, {}).secret == {"file": "key.pem"}


def test_a_secret_that_is_there_is_not_overwritten_without_force(begin, tmp_path):
    kept = tmp_path / "acme.secret"
    kept.write_text("of another day")
    done = begin("salesforce", "--sandbox", "--no-test", "--playbook", "starter")
    assert (done.returncode, kept.read_text(), list(tmp_path.iterdir())) == (2, "of another day", [kept])
    assert "acme.secret" in done.stderr


def test_a_command_without_its_second_quotation_mark_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no partner"):
        sign_in(Flags("hubspot", secret_command="pass 'crm"), Nobody(), tmp_path, {})


def test_what_is_odd_in_an_address_stands_as_it_is():
    odd = ["o\\1'brien\\@acme.example", "del\x7f@acme.example"]
    assert tomllib.loads(rules.playbook_text("starter", None, odd))["handoff"]["owners"] == odd


def test_the_folder_of_a_secret_is_made(tmp_path):
    write_all(tmp_path, {"config.toml": "a", "secrets/acme": "b"}, ["secrets/acme"])
    assert (tmp_path / "secrets" / "acme").read_text() == "b"


def test_a_path_in_a_command_can_be_pasted():
    assert [pasted(path) for path in ("plan.json", "a b/plan.json")] == ["plan.json", "'a b/plan.json'"]
