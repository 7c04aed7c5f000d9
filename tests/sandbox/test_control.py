import orjson
import pytest

from leadrelay.sandbox.control import BadRequest, Control, pattern_of
from leadrelay.sandbox.wire import Request, Response


@pytest.fixture
def control(notes):
    """The control of an org with one record, "1"."""

    def edit(name, key, fields, actor, *, late=0.0):
        if not notes.get(name, key):
            return Response(404, {"error": "no such record"})
        if late > 600:
            raise BadRequest("too late")
        notes.update(name, key, fields, f"{actor}, {late}" if late else actor)
        return Response(204)

    def reset():
        notes.db.execute('DELETE FROM "Note"')

    notes.insert("Note", [{"Id": "1", "Text": "a"}, {"Id": "2"}], "api")

    def grow(arguments):
        if "by" not in arguments:
            raise BadRequest("by what?")
        notes.update("Note", "1", {"Size": arguments["by"]}, "crm")
        return Response(200, {"grown": arguments})

    return Control(notes, edit, reset, actions={"grow": grow, "fade": None})


def ask(control, method, path, body=None, **query):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    request = Request(method, f"/_sandbox/{path}", query, body=raw)
    assert control.handles(request)
    answer = control.handle(request)
    return answer.status, answer.body


def test_the_crm_keeps_its_own_paths(control):
    assert not control.handles(Request("GET", "/crm/v3/objects/contacts"))
    assert not control.handles(Request("GET", "/x/_sandbox/health"))


def test_health_tells_the_crms_time(control, notes):
    status, body = ask(control, "GET", "health")
    assert status == 200
    assert body["ready"]
    assert body["now"] <= notes.clock.stamp()


def test_history_is_read_by_record_and_in_parts(control):
    status, body = ask(control, "GET", "history")
    assert (status, [effect["record"] for effect in body["history"]]) == (200, ["1", "1", "2"])
    _, body = ask(control, "GET", "history", record="1", after="1", limit="5")
    assert [effect["field"] for effect in body["history"]] == ["Text"]
    for wrong in ("x", "-1", "²", "9" * 30):
        assert ask(control, "GET", "history", after=wrong) == (400, {"error": "after must be a whole number"})


def test_an_edit_is_made_in_the_name_of_a_person(control, notes):
    edit = {"object": "Note", "id": "1", "fields": {"Text": "b"}}
    assert ask(control, "POST", "edit", edit) == (204, None)
    assert ask(control, "POST", "edit", edit | {"fields": {"Text": "c"}, "actor": "Ada"}) == (204, None)
    assert [(e["actor"], e["new"]) for e in notes.history(after=3)] == [("person", "b"), ("Ada", "c")]
    assert ask(control, "POST", "edit", edit | {"id": "9"})[0] == 404


def test_an_id_may_be_a_number(control, notes):
    ask(control, "POST", "edit", {"object": "Note", "id": 1, "fields": {"Text": "b"}})
    assert notes.get("Note", "1")["Text"] == "b"


@pytest.mark.parametrize("body", [b"{", b"[]", {}, {"object": "Note", "id": "1"}, {"object": 1, "id": 1, "fields": {}}])
def test_an_edit_that_says_too_little_is_refused(control, notes, body):
    status, answer = ask(control, "POST", "edit", body)
    assert status == 400
    assert answer["error"]
    assert len(notes.history()) == 3


def test_many_edits_are_one_call(control, notes):
    first = {"object": "Note", "id": "1", "fields": {"Text": "b"}}
    edits = [first, first | {"id": "9"}, {"object": "Note", "id": 2, "fields": {"Size": 3}, "actor": "Ada", "late": 60}]
    done = [{"status": 204, "body": None}, {"status": 404, "body": {"error": "no such record"}}]
    assert ask(control, "POST", "edit", {"edits": edits}) == (200, {"results": [*done, done[0]]})
    assert [(e["actor"], e["new"]) for e in notes.history(after=3)] == [("person", "b"), ("Ada, 60.0", 3)]


@pytest.mark.parametrize("wrong", [{"edits": {}}, {"edits": [1]}, {"edits": [{"id": 1}]}])
def test_many_edits_are_looked_at_before_the_first_is_made(control, notes, wrong):
    good = {"object": "Note", "id": "1", "fields": {"Text": "b"}}
    assert ask(control, "POST", "edit", wrong)[0] == 400
    for bad in ({}, good | {"late": -1}, good | {"late": True}, good | {"late": 601}):
        assert ask(control, "POST", "edit", {"edits": [good, bad]})[0] == 400
    assert len(notes.history()) == 3


def test_an_action_is_called_by_name(control, notes):
    assert ask(control, "POST", "act", {"action": "grow", "by": 7}) == (200, {"grown": {"by": 7}})
    assert notes.get("Note", "1")["Size"] == 7
    assert ask(control, "POST", "act", {"action": "grow"}) == (400, {"error": "by what?"})


def test_an_unknown_action_is_told_with_those_that_exist(control, notes):
    for body in ({"action": "shrink"}, {}, {"action": ["grow"]}):
        assert ask(control, "POST", "act", body) == (400, {"error": 'say {"action": name, ...}; there are: fade, grow'})
    bare = Control(notes, None, None)
    assert ask(bare, "POST", "act", {"action": "x"}) == (400, {"error": 'say {"action": name, ...}; there are: none'})


def test_the_clock_moves_forward_only_and_is_kept(control, notes):
    before = notes.clock.stamp()
    status, body = ask(control, "POST", "clock", {"advance": 86_400})
    assert status == 200
    assert body["now"][:10] > before[:10]
    assert notes.recall("sandbox.clock") == 86_400
    for wrong in ({"advance": -1}, {"advance": "1"}, {"advance": True}, {"advance": 1e18}, {"advance": 2.3e11}, {}):
        assert ask(control, "POST", "clock", wrong)[0] == 400
    assert notes.clock.offset.total_seconds() == 86_400


def test_requests_are_counted_by_pattern_until_reset(control):
    for path in ("/crm/v3/objects/contacts/1", "/crm/v3/objects/contacts/22", "/crm/v3/objects/contacts"):
        control.count(Request("GET", path))
    counts = {"GET /crm/v3/objects/contacts": 1, "GET /crm/v3/objects/contacts/{id}": 2}
    assert ask(control, "GET", "requests") == (200, {"total": 3, "requests": counts})
    assert ask(control, "POST", "requests/reset") == (204, None)
    assert ask(control, "GET", "requests") == (200, {"total": 0, "requests": {}})


def test_reset_empties_counts_anew_and_refills(control, notes):
    control.count(Request("GET", "/x"))
    control.refill = lambda: notes.insert("Note", [{"Id": "7"}], "seed", silent=True)
    assert ask(control, "POST", "reset") == (204, None)
    assert notes.get("Note", "1") is None
    assert notes.get("Note", "7")
    assert ask(control, "GET", "requests")[1]["total"] == 0


class Switches:
    def __init__(self):
        self.values = {"pages": 5}

    def get(self):
        return self.values

    def change(self, wanted):
        if wanted.keys() - self.values:
            raise BadRequest("there is no such setting")
        self.values |= wanted


def test_settings_are_shown_and_turned(notes):
    control = Control(notes, None, None, Switches())
    assert ask(control, "GET", "settings") == (200, {"pages": 5})
    assert ask(control, "POST", "settings", {"pages": 7}) == (200, {"pages": 7})
    assert ask(control, "POST", "settings", {"sizes": 7}) == (400, {"error": "there is no such setting"})
    assert ask(control, "POST", "settings", b"[]")[0] == 400
    assert ask(control, "GET", "settings") == (200, {"pages": 7})


def test_a_crm_without_settings_says_so(control):
    for method in ("GET", "POST"):
        assert ask(control, method, "settings", {}) == (400, {"error": "this CRM has no settings"})


def test_what_is_not_there_is_told(control):
    assert ask(control, "GET", "nothing") == (404, {"error": "the sandbox has no /_sandbox/nothing"})
    assert ask(control, "GET", "reset") == (405, {"error": "use POST"})


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/services/data", "/services/data"),
        ("/services/data/v67.0/query/", "/services/data/{version}/query"),
        ("/services/data/v31.0/query/01gRM000003bQ4aYAE-2000", "/services/data/{version}/query/{id}"),
        ("/services/data/v67.0/sobjects/Lead/00QRM000003bQ4a", "/services/data/{version}/sobjects/Lead/{id}"),
        ("/services/data/v67.0/sobjects/Lead/Ext__c/ab", "/services/data/{version}/sobjects/Lead/Ext__c/{id}"),
        ("/services/data/v67.0/sobjects/Visit__c/describe", "/services/data/{version}/sobjects/Visit__c/describe"),
        ("/services/data/v67.0/sobjects/FieldPermissions", "/services/data/{version}/sobjects/FieldPermissions"),
        (
            "/services/data/v67.0/jobs/ingest/750RM0000012345YAA/batches",
            "/services/data/{version}/jobs/ingest/{id}/batches",
        ),
        ("/crm/v3/objects/contacts/a.b@c.example", "/crm/v3/objects/contacts/{id}"),
        ("/crm/objects/2026-03/contacts/batch/read", "/crm/objects/2026-03/contacts/batch/read"),
        (
            "/crm/v4/objects/tasks/12/associations/default/contacts/7",
            "/crm/v4/objects/tasks/{id}/associations/default/contacts/{id}",
        ),
    ],
)
def test_the_pattern_of_a_path_holds_no_id(path, pattern):
    assert pattern_of(path) == pattern
