"""Scenarios: read, refused, put on, put on again after a reset."""

import json
from pathlib import Path

import pytest
import requests

from leadrelay.cli import execute
from leadrelay.sandbox.control import BadRequest, Control
from leadrelay.sandbox.errors import SandboxError
from leadrelay.sandbox.scenario import shipped
from leadrelay.sandbox.server import Options, Sandbox
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Response


class Board:
    """The switches of a CRM."""

    def __init__(self):
        self.values = {"pages": 5}

    def get(self):
        return dict(self.values)

    def change(self, wanted):
        if any(type(value) is not int for value in wanted.values()):
            raise BadRequest("pages must be a number")
        self.values |= wanted


class Theatre:
    """A CRM with one record, a switch and an action."""

    jwt_private_key = Path("a.key")

    def __init__(self, store, _url_of=None):
        self.store, self.board, self.faults = store, Board(), []
        self.control = Control(store, self.edit, self.reset, self.board, actions={"bow": self.bow})

    def prepare(self):
        self.store.create("Note", [Column("Id"), Column("Text")])

    def reset(self):
        self.store.wipe()
        self.board.values = {"pages": 5}
        self.prepare()

    def edit(self, name, key, fields, actor, *, late=0.0):
        assert not late
        self.store.update(name, key, fields, actor)
        return Response(204)

    def bow(self, arguments):
        if "how" not in arguments:
            raise BadRequest("how?")
        return self.edit("Note", "1", {"Text": arguments["how"]}, "crm")

    def load(self, people):
        for person in people:
            self.store.insert("Note", [{"Id": "1", "Text": person["last_name"]}], "seed", silent=True)

    def handle(self, request):
        if self.control.handles(request):
            return self.control.handle(request)
        return Response(200, [row["Text"] for row in self.store.select("SELECT * FROM Note")])


@pytest.fixture
def written(tmp_path):
    """Writes a scenario."""

    def write(text, name="play.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def ask():
    with requests.Session() as session:
        session.trust_env = False

        def ask(url, path, body=None):
            answer = session.request("GET" if body is None else "POST", url + path, json=body, timeout=5)
            return answer.json() if answer.content else answer.status_code

        yield ask


def theatre(*scenarios):
    return Sandbox(Options(leads=1, scenario=scenarios), build_salesforce=Theatre, build_hubspot=Theatre)


def refused(*scenarios):
    with pytest.raises(SandboxError) as found:
        theatre(*scenarios).__enter__()
    return str(found.value).splitlines()


PLAY = """
about = "A play."
seed = 3
[salesforce.settings]
pages = 9
[[salesforce.faults]]
kind = "status"
status = 503
after = 2
[[salesforce.actors]]
object = "Note"
fields = { Text = ["x"] }
rate = 0
[[salesforce.acts]]
at_request = 2
action = "bow"
how = "low"
[[salesforce.acts]]
after_seconds = 60
action = "settings"
pages = 7
[[salesforce.acts]]
at_request = 3
action = "bow"
"""


def test_a_scenario_is_put_on_at_the_start_and_after_a_reset(written, ask):
    with theatre(written(PLAY)) as sandbox:
        url = sandbox.salesforce_url
        for _ in range(2):
            assert ask(url, "/_sandbox/settings") == {"pages": 9}
            assert [fault["kind"] for fault in ask(url, "/_sandbox/faults")["faults"]] == ["status"]
            assert [actor["object"] for actor in ask(url, "/_sandbox/actors")["actors"]] == ["Note"]
            [first] = ask(url, "/x")
            assert ask(url, "/x") == ["low"] != [first]
            assert ask(url, "/x")[0]["errorCode"] == "SERVER_UNAVAILABLE"
            assert ask(url, "/_sandbox/settings") == {"pages": 9}
            ask(url, "/_sandbox/clock", {"advance": 60})
            ask(url, "/x")
            assert ask(url, "/_sandbox/settings") == {"pages": 7}
            told = ask(url, "/_sandbox/scenario")
            assert told["scenarios"] == [{"name": "play.toml", "about": "A play."}]
            assert [(act["done"], act["status"]) for act in told["acts"]] == [(True, 204), (True, 200), (True, 400)]
            assert told["acts"][2]["answer"] == {"error": "how?"}
            ask(url, "/_sandbox/faults", {"faults": []})
            assert ask(url, "/_sandbox/reset", {}) == 204
        assert ask(sandbox.hubspot_url, "/_sandbox/scenario")["acts"] == []
        assert sandbox.hubspot_line.quiet


def test_acts_that_are_done_cost_nothing(written, ask):
    with theatre(written('[[hubspot.acts]]\nat_request = 1\naction = "bow"\nhow = "low"')) as sandbox:
        assert not sandbox.hubspot_line.quiet
        assert ask(sandbox.hubspot_url, "/_sandbox/scenario")["acts"][0]["done"] is False
        ask(sandbox.hubspot_url, "/x")
        assert sandbox.hubspot_line.quiet


def test_several_scenarios_come_together(written, ask):
    first = written('seed = 5\n[hubspot.settings]\npages = 1\n[[hubspot.faults]]\nkind = "twice"', "a.toml")
    second = written('[hubspot.settings]\npages = 2\n[[hubspot.faults]]\nkind = "quota"', "b.toml")
    with theatre(first, second) as sandbox:
        url = sandbox.hubspot_url
        assert ask(url, "/_sandbox/settings") == {"pages": 2}
        assert [fault["kind"] for fault in ask(url, "/_sandbox/faults")["faults"]] == ["twice", "quota"]
        assert ask(url, "/_sandbox/scenario")["scenarios"] == [
            {"name": "a.toml", "about": ""},
            {"name": "b.toml", "about": ""},
        ]


WRONG = """
[hubspot.settings]
page = 9
[[hubspot.faults]]
kind = "lat"
[[hubspot.acts]]
action = "bew"
[[hubspot.acts]]
at_request = 0
after_seconds = 1e300
action = 5
"""


def test_everything_that_is_wrong_is_told_at_once(written):
    assert refused(
        written(WRONG, "a.toml"), written("[sugar]\n[hubspot]\nfaults = 1\n[salesforce]\nfault = 2", "b.toml")
    ) == [
        "a.toml: hubspot.settings.page: there is no such setting; did you mean pages?",
        "a.toml: hubspot.faults[0].kind: there is no such kind of fault; did you mean late?",
        "a.toml: hubspot.acts[0]: say when: at_request or after_seconds, one of them",
        "a.toml: hubspot.acts[0].action: there is no such action; did you mean bow?",
        "a.toml: hubspot.acts[1].at_request: must be a whole number, 1 or more",
        "a.toml: hubspot.acts[1].after_seconds: must be a number from 0 to 315360000",
        "a.toml: hubspot.acts[1].action: must be a name",
        "a.toml: hubspot.acts[1]: say when: at_request or after_seconds, one of them",
        "b.toml: sugar: there is no such key; there are: about, hubspot, provider, salesforce, seed",
    ]
    assert refused(written("[hubspot]\nfaults = 1\n[salesforce]\nfault = 2")) == [
        "play.toml: salesforce.fault: there is no such key; did you mean faults?",
        "play.toml: hubspot.faults: must be a list of tables",
    ]


def test_what_needs_a_filled_crm_is_refused_too(written):
    text = '[hubspot.settings]\npages = "x"\n[[salesforce.actors]]\nobject = "Nose"\nfields = { Text = ["a"] }'
    assert refused(written(text)) == [
        "play.toml: salesforce.actors[0].object: there is no such object type; did you mean Note?",
        "play.toml: hubspot.settings.pages: pages must be a number",
    ]


def test_a_file_that_is_none_is_told_with_the_way_out(written, tmp_path):
    [why] = refused(tmp_path / "none.toml")
    assert why.endswith(
        "none.toml cannot be read: No such file or directory; name a file, or one of brownout, busy-people, lossy"
    )
    [why] = refused(written("seed = =\n"))
    assert "play.toml is no TOML: " in why
    assert "line 1" in why
    [why] = refused(written(f"seed = {10**400}"))
    assert "holds what JSON does not: Integer exceeds 64-bit range" in why
    broken = tmp_path / "latin.toml"
    broken.write_bytes(b'about = "\xe9"')
    assert "latin.toml is no TOML" in refused(broken)[0]


def test_the_command_tells_each_problem(written, capsys):
    files = [f"--scenario={path}" for path in (written(WRONG, "a.toml"), written("[hubspot]\nfault = 1", "b.toml"))]
    ports = [f"--{door}-port=0" for door in ("salesforce", "hubspot", "provider", "dns")]
    assert execute(["sandbox", *files, *ports, "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem["place"] for problem in problems] == ["sandbox"] * 9
    assert problems[-1]["message"].startswith("b.toml: hubspot.fault: there is no such key; did you mean faults?")


def test_the_shipped_scenarios_are_put_on_by_name(ask):
    assert shipped() == ["brownout", "busy-people", "lossy"]
    with Sandbox(Options(leads=20, scenario=tuple(map(Path, shipped())))) as sandbox:
        for url in (sandbox.salesforce_url, sandbox.hubspot_url):
            kinds = {fault["kind"] for fault in ask(url, "/_sandbox/faults")["faults"]}
            assert kinds == {"storm", "status", "slow", "drop-reply", "drop-request"}
            assert len(ask(url, "/_sandbox/actors")["actors"]) == 2
            assert all(scenario["about"] for scenario in ask(url, "/_sandbox/scenario")["scenarios"])


def test_people_of_the_shipped_scenario_edit_what_the_crms_take(ask):
    with Sandbox(Options(leads=50, scenario=(Path("busy-people"),))) as sandbox:
        told = sandbox.announcement()
        headers = {"Authorization": f"Bearer {told['hubspot']['token']}"}
        grant = {"grant_type": "client_credentials"} | {
            n: told["salesforce"][n] for n in ("client_id", "client_secret")
        }
        with requests.Session() as session:
            session.trust_env = False
            token = session.post(f"{sandbox.salesforce_url}/services/oauth2/token", grant, timeout=5).json()
            login = {"Authorization": f"Bearer {token['access_token']}"}
            lead = _first_lead(session, sandbox.salesforce_url, login)
            contact = session.get(f"{sandbox.hubspot_url}/crm/v3/objects/contacts", headers=headers, timeout=5).json()[
                "results"
            ][0]["id"]
            for _ in range(40):
                path = f"/services/data/v67.0/sobjects/Lead/{lead}"
                assert session.patch(
                    sandbox.salesforce_url + path, json={"Description": "x"}, headers=login, timeout=5
                ).ok
                path = f"/crm/v3/objects/contacts/{contact}"
                body = {"properties": {"company": "x"}}
                assert session.patch(sandbox.hubspot_url + path, json=body, headers=headers, timeout=5).ok
        for url in (sandbox.salesforce_url, sandbox.hubspot_url):
            anyone, dana = ask(url, "/_sandbox/actors")["actors"]
            assert anyone["refused"] == dana["refused"] == 0
            assert anyone["edits"] > 5
            assert dana["edits"] > 2
            history = ask(url, "/_sandbox/history")["history"]
            assert {"person", "Dana, SDR"} <= {effect["actor"] for effect in history}


def _first_lead(session, url, login):
    query = {"q": "SELECT Id FROM Lead LIMIT 1"}
    answer = session.get(f"{url}/services/data/v67.0/query", params=query, headers=login, timeout=5)
    return answer.json()["records"][0]["Id"]
