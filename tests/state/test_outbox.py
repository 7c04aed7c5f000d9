"""What is promised, what becomes of it, and what the audit and the memory know then."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from leadrelay.connectors.base import Cursor, Standing
from leadrelay.core import effects
from leadrelay.core.assign.ledger import Entry
from leadrelay.errors import ConfigError
from leadrelay.state.store import Applied, Memory, Result, Store

DONE, PENDING, PARKED, VOID = Standing.DONE, Standing.PENDING, Standing.PARKED, Standing.VOID


@pytest.fixture
def send(store, make):
    """send(*intents, **more): promised, and on the way."""

    def sent(*intents, **more):
        store.outbox.promise(make.promise(*intents, **more), make.now)
        store.outbox.sending([intent.key for intent in intents], make.now)
        return [intent.key for intent in intents]

    return sent


def entries(store, run="run"):
    return [(row.lead, row.action, dict(row.fields), row.task) for row in store.audit.of_run(run)]


def states(store):
    return {intent.lead: intent.state for intent in store.outbox.unfinished("job", parked=True)}


def test_a_promise_comes_back_as_it_was_made(store, make, store_url):
    lead = make.leads[0]
    after = {"Rating": "Hot", "Score__c": 71, "Fit__c": 0.5, "Done__c": True, "Note__c": None}
    intent = make.handoff(
        lead,
        after=after,
        before={"Rating": "ça\0", "Score__c": None},
        person="p",
        task={"subject": "Call\ud83d", "due": ""},
    )
    cursor = Cursor("2026-01-01T00:00:00.000Z", "00Q", "later")
    store.outbox.promise(make.promise(intent, cursor=cursor, ledger={("north", "u1"): Entry(1.5, 2)}), make.now)
    store.close()
    again = Store.open(store_url)
    assert again.outbox.unfinished("job") == [replace(intent, at=make.now)]
    assert again.cursors.get("job", "rules") == cursor
    assert (again.cursors.get("job", "other rules"), again.cursors.get("other job", "rules")) == (None, None)
    assert again.assignments.ledger("job").entries == {("north", "u1"): Entry(1.5, 2)}
    again.close()


def test_done_is_audited_and_remembered(store, make, send):
    keys = send(
        make.patch(make.leads[0], {"Status": "Working", "Score__c": 7}, before={"Status": "Open", "Score__c": None})
    )
    store.outbox.settle("job", [Result(keys[0], DONE)], make.now, {"Status"})
    assert store.outbox.counts("job") == {}
    row = next(store.audit.of_run("run"))
    assert (row.at, row.job, row.organisation, row.object, row.why, row.key) == (
        make.now, "job", "org", "Lead", "Hot +20", keys[0]
    )  # fmt: skip
    written = {"Status": ["Open", "Working"], "Score__c": [None, 7]}
    assert entries(store) == [(make.leads[0], "write", written, "")]
    assert store.memory.seen("job", [make.leads[0]], ["Status", "Score__c"]).rows() == [
        (make.leads[0], "Working", None)
    ]


def test_a_value_that_was_put_back_is_not_ours(store, make, send):
    keys = send(make.patch(make.leads[0], {"Status": "Working", "Rating": "Hot"}))
    store.outbox.settle("job", [Result(keys[0], DONE, kept={"Status": "Theirs"})], make.now, {"Status", "Rating"})
    assert entries(store)[1] == (make.leads[0], "restore", {"Status": ["Working", "Theirs"]}, "")
    assert store.memory.seen("job", [make.leads[0]], ["Status", "Rating"]).rows() == [(make.leads[0], None, "Hot")]


def test_what_the_crm_answers(store, make, send):
    leads = make.leads[:5]
    keys = send(*(make.patch(lead) for lead in leads))
    results = [
        Result(keys[0], PARKED, "STRING_TOO_LONG" * 9, "Title\0\ud83d"),
        Result(keys[1], PENDING, "BUSY"),
        Result(keys[2], PENDING, "TIMED_OUT", unknown=True),
        Result(keys[3], VOID),
        Result(keys[4], VOID, unknown=True),
        Result("lsx1-nobody", DONE),
    ]
    store.outbox.settle("another job", [Result(keys[0], DONE)], make.now)
    store.outbox.settle("job", results, make.now)
    assert states(store) == {leads[0]: "parked", leads[1]: "retry", leads[2]: "unknown"}
    waiting = store.outbox.waiting("job")[0]
    assert (waiting.state, waiting.code, waiting.attempts, waiting.kind) == (
        "parked",
        ("STRING_TOO_LONG" * 9)[:80],
        1,
        "fields",
    )
    assert waiting.message == "Title?"
    assert [intent.lead for intent in store.outbox.unfinished("job")] == list(leads[1:3])
    assert store.outbox.counts("job") == {"parked": 1, "retry": 1, "unknown": 1}
    assert store.outbox.parked("job", leads) == {leads[0]: "stamp"}
    assert entries(store) == [(leads[4], "unknown", {"Rating": [None, "Hot"]}, "")]


def test_a_hand_off_stays_and_is_never_planned_twice(store, make, send):
    first, second = make.leads[:2]
    owned = {"after": {"OwnerId": "005A"}, "before": {"OwnerId": "00G"}, "task": {"owner_field": "OwnerId"}}
    keys = send(make.handoff(first, person="ann", **owned), make.handoff(second, person="bob", **owned))
    made = [
        Result(keys[0], DONE, task="T1", owner="005A"),
        Result(keys[1], DONE, task="T2", owner="005B", adopted=True),
    ]
    store.outbox.settle("job", made, make.now)
    store.outbox.settle("job", made, make.now)
    assert entries(store) == [
        (first, "task", {}, "T1"),
        (first, "write", {"OwnerId": ["00G", "005A"]}, ""),
        (second, "adopt", {}, "T2"),
        (second, "write", {"OwnerId": ["00G", "005B"]}, ""),  # the lead gets whom the task has
    ]
    store.outbox.promise(make.promise(make.handoff(first, person="ann")), make.now)
    assert store.outbox.handed("org", "Lead", make.leads[:3])[first].state == "done"
    assert store.outbox.handed("org", "Lead", [second])[second].task_id == "T2"
    assert store.outbox.handed_people("job", {"ann", "bob", "eve", ""}) == {"ann": first, "bob": second}
    assert (store.outbox.unfinished("job"), store.outbox.waiting("job")) == ([], [])


def test_what_came_along_is_told_also_where_its_lead_was_refused_or_went_away(store, make, send):
    task = {"subject": "Call", "owner_field": "", "more": [{"key": "m1"}, {"key": "m2"}], "note": {"key": "n"}}
    first, second, third = make.leads[:3]
    keys = send(*(make.handoff(lead, task=task) for lead in (first, second, third)))
    refused = [
        Result(keys[0], PARKED, "NO", task="T1"),
        Result(keys[1], VOID, along={"m1", "n"}),
        Result(keys[2], PENDING, "BUSY", along={"m1"}),  # it is told with its task, once that is there
    ]
    store.outbox.settle("job", refused, make.now)
    told = [(row.lead, row.action, row.key, row.task) for row in store.audit.of_run("run")]
    assert told == [
        (first, "task", keys[0], "T1"),
        (first, "task", "m1", ""),
        (first, "task", "m2", ""),
        (first, "note", "n", ""),
        (second, "task", "m1", ""),
        (second, "note", "n", ""),
    ]


def test_the_latest_hand_off_and_the_first_lead_of_a_person_count(store, make):
    first, second = make.leads[:2]
    store.outbox.promise(make.promise(*(make.handoff(first, str(n), person="ann") for n in (2, 10, 9))), make.now)
    store.outbox.promise(make.promise(make.handoff(second, person="ann")), make.now + timedelta(seconds=1))
    assert store.outbox.handed("org", "Lead", [first])[first].epoch == "10"
    assert store.outbox.handed_people("job", ["ann"]) == {"ann": first}


def test_a_task_that_was_taken_back(store, make, send):
    keys = send(make.handoff(make.leads[0], person="ann"), make.handoff(make.leads[1]))
    store.outbox.settle("job", [Result(keys[0], DONE, task="T1")], make.now)
    store.outbox.withdrawn(keys, "undo", make.now)
    assert entries(store, "undo") == [(make.leads[0], "withdraw", {}, "T1")]
    store.outbox.promise(make.promise(make.handoff(make.leads[0])), make.now)
    assert store.outbox.handed("org", "Lead", [make.leads[0]])[make.leads[0]].state == "undone"
    assert store.outbox.handed_people("job", ["ann"]) == {}


def test_what_is_overtaken(store, make, send):
    a, b, c, d = make.leads[:4]
    sent = send(make.patch(a), make.handoff(b))
    planned = [make.patch(c), make.handoff(d)]
    store.outbox.promise(make.promise(*planned), make.now)
    store.outbox.promise(make.promise(void=[*sent, *(intent.key for intent in planned)]), make.now)
    assert states(store) == {}
    assert store.outbox.handed("org", "Lead", make.leads[:4]) == {}
    assert [(lead, action) for lead, action, *_ in entries(store)] == [(a, "unknown"), (b, "unknown")]


def test_planning_again_keeps_the_attempts_and_the_doubt(store, make, send):
    lead, other = make.leads[:2]
    keys = send(make.handoff(lead), make.handoff(other))
    store.outbox.settle("job", [Result(keys[0], PENDING), Result(keys[1], PENDING, unknown=True)], make.now)
    again = [make.handoff(lead, after={"Rating": "Warm"}), make.handoff(other, after={"Rating": "Warm"})]
    store.outbox.promise(make.promise(*again), make.now)
    assert [(i.state, i.attempts, dict(i.after)) for i in store.outbox.unfinished("job")] == [
        ("planned", 1, {"Rating": "Warm"}),
        ("unknown", 1, {"Rating": "Warm"}),
    ]
    assert entries(store) == [(other, "unknown", {"Rating": [None, "Hot"]}, "")]
    store.outbox.promise(make.promise(*again), make.now)
    assert len(entries(store)) == 1


def test_what_is_recognised_later(store, make, send):
    lead, other = make.leads[:2]
    keys = send(make.patch(lead, {"Rating": "Hot", "Status": "Working"}), make.handoff(other))
    found = [Applied(keys[0], {"Rating"}), Applied(keys[1], task="T", adopted=True), Applied("lsx1-nobody")]
    store.outbox.promise(make.promise(applied=found, shared={"Rating"}), make.now)
    assert entries(store) == [
        (lead, "write", {"Rating": [None, "Hot"]}, ""),
        (other, "adopt", {}, "T"),
        (other, "write", {"Rating": [None, "Hot"]}, ""),
    ]
    assert store.memory.seen("job", [lead], ["Rating"]).rows() == [(lead, "Hot")]
    assert states(store) == {}


def test_records_that_are_gone(store, make, send):
    a, b, c = make.leads[:3]
    known = Memory(a, 1, 2, make.now)
    keys = send(make.patch(a), make.handoff(b), make.handoff(c), remember=[known])
    store.outbox.settle("job", [Result(keys[2], DONE, task="T")], make.now, {"Rating"})
    store.outbox.forget("job", [a, b, c], make.now)
    assert states(store) == {}
    assert list(store.outbox.handed("org", "Lead", [a, b, c])) == [c]
    assert store.memory.recall("job", [a]).is_empty()
    assert store.memory.seen("job", [c], ["Rating"]).rows() == [(c, "Hot")]


def test_a_task_whose_lead_was_refused_is_told_and_can_be_taken_back(store, make, send):
    [key] = send(make.handoff(make.leads[0]))
    store.outbox.settle("job", [Result(key, PARKED, "INVALID", "refused", task="T")], make.now)
    store.outbox.settle("job", [Result(key, PARKED, "INVALID", "refused", task="T", adopted=True)], make.now)
    assert entries(store) == [(make.leads[0], "task", {}, "T")]
    assert states(store) == {make.leads[0]: "parked"}
    store.outbox.withdrawn([key], "back", make.now)
    assert entries(store, "back") == [(make.leads[0], "withdraw", {}, "T")]
    assert states(store) == {}


def test_a_task_whose_lead_went_away_between_the_two_is_told(store, make, send):
    [key] = send(make.handoff(make.leads[0]))
    store.outbox.settle("job", [Result(key, VOID, "MERGED", task="T")], make.now)
    assert entries(store) == [(make.leads[0], "task", {}, "T")]
    assert states(store) == {}


def test_a_retry_releases_parked_leads_only(store, make, send):
    keys = send(*(make.patch(lead) for lead in make.leads[:4]))
    store.outbox.settle("job", [Result(key, PARKED) for key in keys[:3]], make.now)
    assert store.outbox.release("job", [make.leads[1], make.leads[3]]) == 1
    assert store.outbox.counts("job") == {"parked": 2, "retry": 1, "sending": 1}
    assert store.outbox.release("job") == 2


def test_very_many_leads_are_walked_in_pieces(store, make):
    leads = [f"{number:05}" for number in range(4_500)]
    intents = [make.patch(lead) for lead in leads] + [make.handoff(lead) for lead in leads[:10]]
    store.outbox.promise(make.promise(*intents), make.now)
    assert list(store.outbox.leads_unfinished("job")) == leads
    assert len(store.outbox.unfinished("job", leads[:1_200])) == 1_210
    assert list(store.outbox.leads_unfinished("another job")) == []


def test_a_promise_is_whole_or_not_at_all(store, make):
    bad = replace(make.patch(make.leads[1]), run=None)
    with pytest.raises(ConfigError):
        store.outbox.promise(
            make.promise(make.patch(make.leads[0]), bad, ledger={("north", "u"): Entry(1.0)}, cursor=Cursor("1")),
            make.now,
        )
    assert (states(store), store.assignments.ledger("job").entries, store.cursors.get("job", "rules")) == ({}, {}, None)


def test_the_memory_of_leads(store, make):
    a, b, c = make.leads[:3]
    repaired = make.now - timedelta(days=1)
    low, high = -(2**63), 2**63 - 1
    later = make.now + timedelta(hours=3)
    rows = [Memory(a, low, high, make.now, repaired, later), Memory(b, 3, 4, make.now, None, later)]
    store.outbox.promise(make.promise(remember=rows), make.now)
    store.outbox.promise(make.promise(remember=[Memory(a, 5, 6, make.now)]), make.now)
    found = store.memory.recall("job", [c, b, a]).sort("id")
    assert found.rows() == [(a, 5, 6, make.now, repaired, None), (b, 3, 4, make.now, None, later)]
    assert (store.memory.known("job"), store.memory.known("another job")) == (2, 0)
    assert store.memory.seen("job", [b], ["Status"]).rows() == [(b, None)]


def remembered(store, make, **moments):
    """moments: by a lead's number, in hours from now, when it is to be decided anew."""
    rows = [
        Memory(lead, 1, 2, make.now, None, None if hours is None else make.now + timedelta(hours=hours))
        for lead, hours in moments.items()
    ]
    store.outbox.promise(make.promise(remember=rows), make.now)


def test_leads_whose_time_has_come(store, make):
    remembered(store, make, late=-1, now=0, never=None, soon=1, early=-9)
    assert list(store.memory.due("job", make.now)) == ["early", "late", "now"]
    assert list(store.memory.due("another job", make.now)) == []
    remembered(store, make, late=5, now=None, never=-1)
    assert list(store.memory.due("job", make.now)) == ["early", "never"]
    store.outbox.forget("job", ["early"], make.now)
    assert list(store.memory.due("job", make.now)) == ["never"]
    store.outbox.postpone("job", ["never", "now", "late"], make.now + timedelta(hours=2))
    assert list(store.memory.due("job", make.now)) == []
    assert list(store.memory.due("job", make.now + timedelta(hours=4))) == ["soon", "never"]


def test_very_many_due_leads_come_a_piece_at_a_time_while_some_are_decided(store, make):
    names = [f"L{number:05}" for number in range(4_500)]
    remembered(store, make, **{name: -1 - (number % 3) for number, name in enumerate(names)})
    found = []
    for lead in store.memory.due("job", make.now):
        found.append(lead)
        if len(found) == 1_000:
            remembered(store, make, **dict.fromkeys(found, 7))
    assert len(found) == len(set(found)) == 4_500
    assert set(store.memory.due("job", make.now)) == set(names) - set(found[:1_000])


def test_the_leads_that_are_due_are_found_by_an_index(tmp_path):
    Store.open(f"sqlite:///{tmp_path / 'state.db'}").close()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        asked = "SELECT lead FROM leads WHERE job = ? AND recheck_at <= ? AND (recheck_at, lead) > (?, ?)"
        plan = connection.execute(f"EXPLAIN QUERY PLAN {asked} ORDER BY recheck_at, lead LIMIT 9", ("", "", "", ""))
        told = " ".join(row[3] for row in plan)
    assert "USING COVERING INDEX leads_by_recheck (job=? AND " in told
    assert "TEMP B-TREE" not in told


def test_the_audit_is_walked_in_order(store, make, send):
    keys = send(*(make.patch(lead) for lead in make.leads[:1_100]))
    send(make.patch(make.leads[0], {"Rating": "Warm"}, run="later"))
    again = make.patch(make.leads[0], {"Rating": "Warm"}).key
    store.outbox.settle("job", [Result(key, DONE) for key in reversed([*keys, again])], make.now)
    assert [row.lead for row in store.audit.of_run("run")] == list(reversed(make.leads[:1_100]))
    assert store.audit.runs_of(make.leads[0]) == ["later", "run"]
    assert [row.run for row in store.audit.of_lead(make.leads[0])] == ["later", "run"]


def test_runs(store, make):
    later = make.now + timedelta(hours=1)
    assert (store.runs.last("job"), store.runs.get("1"), store.runs.paused_until("job")) == (None, None, None)
    store.runs.begin("1", "job", make.now)
    assert (store.runs.last("job").outcome, store.runs.last("job").ended_at) == ("running", None)
    store.runs.end("1", later, "paused", {"read": 3}, later)
    store.runs.begin("2", "job", later, "rollback")
    last = store.runs.last("job")
    assert (last.id, last.outcome, last.summary, last.started_at, last.ended_at) == (
        "1",
        "paused",
        {"read": 3},
        make.now,
        later,
    )
    assert store.runs.paused_until("job") == later
    assert [(run.id, run.kind) for run in store.runs.recent("job", 5)] == [("2", "rollback"), ("1", "run")]
    assert (store.runs.get("2").kind, len(store.runs.recent("job", 1))) == ("rollback", 1)


def test_a_connection_is_pinned_to_its_organisation(store):
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: store.pins.pin("crm", "00D1"), range(4))) == {None}
    assert (store.pins.pin("crm", "00D2"), store.pins.pin("crm", "00D1")) == ("00D1", None)


def test_keys_are_the_same_everywhere():
    assert effects.key("00D", "Lead", "00Q", "handoff", "1") == "lsx1-uyv5pjn65to6qtorixrp57ah3t"
    assert effects.key("00D", "Lead", "00Q", "handoff", "2") != effects.key("00D", "Lead", "00Q", "handoff", "1")
    one = effects.digest("stamp", {"a": 1, "b": None})
    assert one == effects.digest("stamp", {"b": None, "a": 1}) != effects.digest("stamp", {"a": "1", "b": None})
    assert effects.fields_key("00D", "Lead", "00Q", "stamp", {"a": 1}) == effects.key(
        "00D", "Lead", "00Q", "fields", effects.digest("stamp", {"a": 1})
    )
