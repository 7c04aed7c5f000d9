"""`leadrelay setup` on a CRM as a company has it before leadrelay came, through the command itself."""

import pytest

from leadrelay.sandbox.server import Options, Sandbox
from tests.cli.conftest import Crm

CRMS = ("salesforce", "hubspot")
SHIPPED = {"salesforce": "salesforce-lead", "hubspot": "hubspot-contact"}
LAST = {"salesforce": "Leadrelay", "hubspot": "notes.leadrelay_key"}
STAGE = {"salesforce": "Leadrelay_Stage__c", "hubspot": "leadrelay_stage"}
NO_RIGHT = {
    "salesforce": {"status": 400, "code": "INSUFFICIENT_ACCESS", "path": "*/tooling/sobjects/*"},
    "hubspot": {"status": 403, "code": "MISSING_SCOPES", "path": "/crm/v3/properties/*"},
}
WAY_OUT = {"salesforce": "Customize Application", "hubspot": "scopes"}


def small_mapping(crm):
    """With few fields of ours: HubSpot allows few searches a second, and counting values takes some."""

    def own(name):
        return f"leadrelay_{name}" if crm.name == "hubspot" else f"Leadrelay_{name.title()}__c"

    read = {name: f"current_{name}" for name in ("stage", "recycle_reason", "reengage_on")}
    return "\n".join(
        [
            f'object = "{crm.kind}"',
            "[read]",
            *(f'{lead} = "{own(name)}"' for name, lead in read.items()),
            "[write]",
            *(f'{own(name)} = "{name}"' for name in read),
            f'[task]\nkey = "{own("key")}"',
        ]
    )


@pytest.fixture(scope="module")
def bare():
    with Sandbox(Options(leads=12, seed=5, bare=True)) as running:
        yield running


@pytest.fixture(params=CRMS)
def fresh(request, bare):
    found = Crm(request.param, bare)
    found.post("reset")
    if found.name == "hubspot":
        found.post("settings", searches_per_second=None)
    return found


@pytest.fixture
def desk(make_desk, bare, tmp_path):
    """With the shipped mapping."""
    return make_desk(tmp_path, bare).write()


@pytest.fixture
def small(make_desk, bare, fresh, tmp_path):
    """With a mapping that has few fields of ours."""
    (tmp_path / "small.toml").write_text(small_mapping(fresh))
    return make_desk(tmp_path, bare).write(lambda text: text.replace(f'"{SHIPPED[fresh.name]}"', '"small.toml"'))


@pytest.fixture
def run(small, fresh):
    """run(*words): `setup` of that CRM, as one JSON document."""

    def command(*words, exits=0):
        return small.json("setup", fresh.name, *words, exits=(exits,))

    return command


def states(document):
    return {step["state"] for step in document["steps"]}


def open_steps(document):
    return [step["target"] for step in document["steps"] if step["state"] == "to do" and not step["now"]]


def test_nothing_is_changed_by_a_look_and_all_is_made_once(desk, fresh):
    before = fresh.effects()
    look = desk.run("setup", fresh.name)
    assert "· to do" in look.stdout
    assert f"leadrelay setup {fresh.name} --apply creates what is to do." in look.stdout
    assert fresh.effects() == before

    made = desk.json("setup", fresh.name, "--apply", exits=(0,))

    assert (open_steps(made), made["error"]) == ([], None)
    assert made["steps"][-1]["target"] == LAST[fresh.name]
    again = desk.json("setup", fresh.name, "--apply", exits=(0,))
    assert states(again) == {"done"}
    assert not any(step["now"] for step in again["steps"])
    checked = desk.json("check", fresh.name, exits=(0,))
    assert {finding["level"] for finding in checked["findings"]} <= {"ok", "hint"}


def test_it_goes_on_where_it_was_stopped_and_tells_the_way_out(run, fresh):
    """Refused from its third write on; what was done before is done."""
    refused = {"kind": "status", "method": "POST", "after": 2, **NO_RIGHT[fresh.name]}
    fresh.faults(refused)
    broken = run("--apply", exits=3)
    fresh.faults()

    assert broken["error"]["error"] == "Refused"
    assert WAY_OUT[fresh.name] in broken["error"]["message"]
    done = [step["target"] for step in broken["steps"] if step["now"]]
    left = open_steps(broken)
    assert done
    assert left
    assert open_steps(run()) == left
    again = run("--apply")
    assert [step["target"] for step in again["steps"] if step["now"]] == left
    assert states(run()) == {"done"}


def test_what_holds_values_stays_until_it_is_forced(run, fresh):
    run("--apply")
    kind, stage = fresh.kind, STAGE[fresh.name]
    fresh.edit(next(iter(fresh.rows(kind))), **{stage: "mql"})

    kept = run("--remove", "--yes", exits=1)

    stays = {step["target"]: step for step in kept["steps"] if not step["now"]}
    assert stays[f"{kind}.{stage}"]["holds"] == 1
    assert stays[f"{kind}.{stage}"]["kept"] == "1 record holds a value"
    left = [step["kept"] for target, step in stays.items() if target != f"{kind}.{stage}"]
    assert left == ["a field that stays needs it"] * len(left)
    gone = run("--remove", "--yes", "--force")
    assert {step["target"] for step in gone["steps"]} == set(stays)
    assert run("--remove", "--yes")["steps"] == []


def test_nobody_is_asked_and_nothing_removed_without_a_terminal(run):
    run("--apply")
    assert "Agree to it with --yes" in run("--remove", exits=2)["message"]
    assert states(run()) == {"done"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--apply", "--remove"), "--apply --remove: each of them is another thing to do"),
        (("--force",), "--force: goes with --remove only"),
        (("--yes",), "--yes: goes with --remove only"),
    ],
)
def test_options_that_do_not_go_together(run, words, told):
    assert told in run(*words, exits=2)["message"]


def test_a_connection_without_a_job_says_what_to_do(make_desk, bare, tmp_path):
    desk = make_desk(tmp_path, bare)
    desk.write(lambda text: text.partition("[jobs.hubspot]")[0])
    done = desk.run("setup", "hubspot")
    assert done.returncode == 2
    assert 'Add a job, [jobs.NAME] with connection = "hubspot".' in done.stderr


def test_the_screens(small, fresh):
    made = small.run("setup", fresh.name, "--apply")
    assert "✓ done now" in made.stdout
    assert "to do" not in made.stdout
    listed = small.run("setup", fresh.name, "--remove")
    assert (listed.returncode, "· to remove" in listed.stdout) == (2, True)
    gone = small.run("setup", fresh.name, "--remove", "--yes")
    assert "✓ removed" in gone.stdout
    assert "nothing there is leadrelay's" in small.run("setup", fresh.name, "--remove").stdout


def test_files_for_an_administrator_are_written_without_signing_in(small, fresh, tmp_path):
    before = fresh.line.store.db.total_changes
    done = small.run("setup", fresh.name, "--export", str(tmp_path / "project"), SECRET="", TOKEN="")
    if fresh.name == "hubspot":
        assert (done.returncode, "which has no files to deploy" in done.stderr) == (2, True)
        return
    assert done.returncode == 0, done.stderr
    assert "4 fields, 1 permission set" in done.stdout
    fields = sorted(path.name for path in (tmp_path / "project").rglob("*.field-meta.xml"))
    assert fields[0] == "Leadrelay_Key__c.field-meta.xml"
    assert fresh.line.store.db.total_changes == before


def test_another_organisation_than_is_meant_is_left_alone(make_desk, bare, fresh, tmp_path):
    meant = {"salesforce": '"00D5g000004YABC"', "hubspot": "4711"}[fresh.name]
    kind = f'kind = "{fresh.name}"\n'
    desk = make_desk(tmp_path, bare).write(lambda text: text.replace(kind, f"{kind}organisation = {meant}\n"))
    before = fresh.effects()

    done = desk.run("setup", fresh.name, "--apply")

    assert (done.returncode, "but the configuration means" in done.stderr) == (4, True)
    assert fresh.effects() == before
