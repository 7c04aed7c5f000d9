"""The judge of plans is judged: an honest application passes on both CRMs, and each planted fault is seen."""

from dataclasses import replace

import pytest

from torture.evidence import hubspot, salesforce
from torture.promises import Application, broken

BEGIN, MADE, THROUGH, UNTIL = 1, 3, 100, 200
POLICIES = (salesforce({}, {}), hubspot({}, {}))
NOTE_TEXT = "Reference: n1"
REMINDER = ("Do it\nnow & here.", "Do it<br>now &amp; here.")


def change(field, old, new):
    return {"field": field, "old": old, "new": new, "why": 0}


def effect(kind, **task):
    return {"kind": kind, "epoch": "1", "task": task}


HANDED = {
    "lead": "1",
    "changes": [change("score", None, 20), change("owner", "queue", "ann")],
    "effect": effect(
        "handoff",
        subject="Call Acme",
        body="Ask.",
        html="<p>Ask.</p>",
        due="2026-11-24T05:00:00Z",
        owner="ann",
        note={"body": "Known."},
        more=[{"subject": "Write to Acme", "body": "Write.", "due": "2026-11-25T05:00:00Z", "owner": "ann"}],
    ),
    "more": [],
}
WRITTEN = {"lead": "2", "changes": [change("score", "5", 0)], "effect": effect("fields"), "more": []}
REFUSED = {"lead": "3", "changes": [change("score", None, 7)], "effect": effect("fields"), "more": []}
REMINDED = {
    "lead": "4",
    "changes": [],
    "effect": None,
    "more": [effect("step", subject="Answer now", body="Do it\nnow & here.", owner="bo")],
}


class World:
    """A history and an audit in which a plan was made, a person changed a lead, and all else was written."""

    def __init__(self, policy):
        self.policy, self.history, self.audit, self.seq = policy, [], [], MADE
        self.hubspot = policy.crossing
        self.write("3", "score", 9, actor="person")
        self.did("1", "k1", "task")
        self.task("k1", "Call Acme", "<p>Ask.</p>" if self.hubspot else "Ask.", "2026-11-24", "ann", "1")
        self.did("1", "k2", "task")
        self.task("k2", "Write to Acme", "Write.", "2026-11-25", "ann", "1")
        self.did("1", "n1", "note")
        self.note("n1", "Known.", "1")
        self.write("1", "score", 20.0)
        self.write("1", "owner", "ann")
        self.did("1", "k1", "write", score=20, owner="ann")
        self.write("2", "score", 0.0)
        self.did("2", "p2", "write", score=0)
        self.did("4", "s4", "task")
        self.task("s4", "Answer now", REMINDER[self.hubspot], "", "bo", "4")

    def row(self, action, kind, record, field, new, actor="integration"):
        self.seq += 1
        said = {"seq": self.seq, "actor": actor, "action": action, "object": kind, "record": record}
        self.history.append({**said, "field": field, "old": None, "new": new})

    def write(self, lead, field, new, actor="integration"):
        self.row("update", self.policy.lead, lead, field, new, actor)

    def did(self, lead, key, action, run="plan", **fields):
        told = {name: [None, new] for name, new in fields.items()}
        self.audit.append({"run": run, "lead": lead, "key": key, "action": action, "fields": told})

    def task(self, key, subject, text, due, owner, lead, record=""):
        names = ("hs_task_subject", "hs_task_body", "hs_timestamp", "leadrelay_key", "hubspot_owner_id")
        other = ("Subject", "Description", "ActivityDate", "Leadrelay_Key__c", "OwnerId")
        named = zip(names if self.hubspot else other, (subject, text, due, key, owner), strict=True)
        self._created(self.policy.task, record or key, dict(named), lead, "WhoId")

    def note(self, key, text, lead):
        name = "hs_note_body" if self.hubspot else "Body"
        self._created(self.policy.note, key, {name: f"{text}\n\n{NOTE_TEXT}"}, lead, "ParentId")

    def _created(self, kind, record, fields, lead, link):
        for name, new in fields.items():
            self.row("create", kind, record, name, new)
        if self.hubspot:
            self.row("associate", kind, record, "contacts:204", lead)
        else:
            self.row("create", kind, record, link, lead)

    def drop(self, **wanted):
        gone = next(row for row in self.history if wanted.items() <= row.items())
        self.history.remove(gone)

    def alter(self, found, new):
        for row in self.history:
            if row["new"] == found:
                row["new"] = new

    def untell(self, **wanted):
        self.audit = [row for row in self.audit if not wanted.items() <= row.items()]

    def given(self):
        plan = {"run": "plan", "rows": [HANDED, WRITTEN, REFUSED, REMINDED]}
        refused = frozenset({"3"})
        return Application(self.policy, plan, self.history, self.audit, BEGIN, MADE, THROUGH, UNTIL, refused)


def laws(given):
    return {words[:2] for words in broken(given)}


@pytest.fixture(params=POLICIES, ids=lambda policy: policy.task_key)
def world(request):
    return World(request.param)


def test_an_honest_application_passes(world):
    assert broken(world.given()) == []


def _late(world, *, what):
    world.seq = THROUGH
    if what == "field":
        world.write("2", "score", 0.0)
    else:
        world.task("k9", "Call Acme", "Ask.", "", "ann", "1")


def _sent_in_spite(world):
    world.write("3", "score", 7.0)
    world.did("3", "p3", "write", score=7)


def test_what_a_rep_did_to_a_task_is_a_cause(world):
    given = world.given()
    world.seq = MADE
    world.row("update", world.policy.task, "s4", "status", "done", actor="person")
    assert laws(replace(given, refused=given.refused | {"4"})) == set()


def _before(world):
    world.row("update", world.policy.lead, "2", "score", 1)
    world.history[-1]["seq"] = 2


FAULTS = {
    "a field was left out": (lambda w: w.drop(object=w.policy.lead, record="1", field="score"), {"P1"}),
    "a field is not told": (lambda w: w.untell(key="p2"), {"P1"}),
    "another value": (lambda w: w.alter(20.0, 21.0), {"P1"}),
    "a follow-up lacks": (lambda w: w.untell(key="k2"), {"P1"}),
    "the note lacks": (lambda w: w.untell(key="n1"), {"P1"}),
    "a reminder lacks": (lambda w: w.untell(key="s4"), {"P1"}),
    "a second task": (lambda w: w.task("k1", "Call Acme", "Ask.", "2026-11-24", "ann", "1", record="k1b"), {"P1"}),
    "another text": (lambda w: w.alter("Write.", "Ring."), {"P1"}),
    "another owner": (lambda w: w.alter("bo", "cy"), {"P1"}),
    "another day": (lambda w: w.alter("2026-11-25", "2026-11-26"), {"P1"}),
    "written though a person came first": (_sent_in_spite, {"P2"}),
    "a field that no plan has": (lambda w: w.did("2", "p2", "write", status="x"), {"P4"}),
    "a value that no plan has": (lambda w: w.did("2", "p2", "write", score=3), {"P4"}),
    "a lead that no plan has": (lambda w: w.did("7", "p7", "write", score=3), {"P4"}),
    "planning wrote": (_before, {"P5"}),
    "written again afterwards": (lambda w: _late(w, what="field"), {"P5"}),
    "a task afterwards": (lambda w: _late(w, what="task"), {"P5"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_seen(world, fault):
    plant, seen = FAULTS[fault]
    plant(world)
    assert laws(world.given()) == seen


def test_a_row_that_was_refused_has_a_cause(world):
    given = world.given()
    assert laws(replace(given, refused=given.refused | {"2"})) == {"P2", "P3"}
    assert laws(replace(given, refused=given.refused | {"9"})) == {"P3"}
    assert laws(replace(given, refused=frozenset())) == {"P1"}
    alone = replace(given, history=[row for row in given.history if row["actor"] != "person"])
    assert laws(alone) == {"P3"}
    assert laws(replace(alone, others=frozenset({"3"}))) == set()
