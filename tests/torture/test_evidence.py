"""What the judge builds on: values that mean the same, spellings of a canary, merged leads, a day's fights."""

import base64
import json
from urllib.parse import quote

import pytest

from torture import evidence
from torture.audits import AGAIN
from torture.canaries import leaks
from torture.judge import judge
from torture.values import same, short

POLICY = evidence.salesforce({"Score": "own", "Status": "unless-edited"}, {"Status": frozenset({"Open"})})
MERGING = evidence.hubspot({"score": "own", "status": "unless-edited"}, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (1, "true"),
        (False, "0"),
        ("5.0", 5),
        ("1e3", 1000.0),
        ("2026-01-31T12:00:00.000+0000", "2026-01-31T12:00:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("a\r\nb ", "a\nb"),
    ],
)
def test_what_means_the_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), (1, 2), ("", 0), ("2026-01-31", "2026-02-01"), ("", "false")])
def test_what_does_not(one, other):
    assert not same(one, other)


def test_ids_of_15_and_18_characters_are_the_same_and_capitals_count():
    assert short("00QHs0000000004MAA") == short("00QHs0000000004")
    assert short("00QHs000000000dMAA") != short("00QHs000000000DMAQ")


CANARY = 'jane "x" o\'hara+1@leak.example'


@pytest.mark.parametrize(
    "spelt",
    [
        CANARY,
        CANARY.upper(),
        CANARY[::-1],
        quote(CANARY, safe=""),
        json.dumps({"to": CANARY}),
        *(base64.b64encode(b"." * lead + CANARY.encode() + b"tail").decode() for lead in range(3)),
    ],
)
def test_a_canary_is_found_however_it_is_spelt(spelt):
    assert list(leaks({"log": f"sent to {spelt}, thanks"}, {"mail": CANARY}))


def test_what_is_no_canary_is_not_found():
    assert not list(leaks({"log": "sent to jane, thanks " * 1000}, {"mail": CANARY}))


class History:
    """Rows of a history, numbered."""

    def __init__(self):
        self.rows = []

    def add(self, actor, record, field, old, new, action="update", kind="Lead"):
        values = (len(self.rows) + 1, "2026-01-31T12:00:00.000Z", actor, action, kind, record, field, old, new)
        names = ("seq", "at", "actor", "action", "object", "record", "field", "old", "new")
        self.rows.append(dict(zip(names, values, strict=True)))
        return self


def told(*rows):
    audit = [
        {"seq": n, "action": action, "lead": lead, "fields": fields, "key": "", "task": task}
        for n, (action, lead, fields, task) in enumerate(rows)
    ]
    return evidence.Books(audit)


def verdict(history, books, policy=POLICY, leads=()):
    return judge(evidence.Evidence(policy, history.rows, [books], leads))


def test_a_person_over_what_we_wrote_is_never_overwritten():
    history = (
        History().add("integration", "1", "Status", "Open", "Working").add("person", "1", "Status", "Working", "Mine")
    )
    books = told(("write", "1", {"Status": ["Open", "Working"]}, ""))
    assert verdict(history, books).ok
    history.add("integration", "1", "Status", "Mine", "Working")
    again = told(*[("write", "1", {"Status": [old, "Working"]}, "") for old in ("Open", "Mine")])
    assert verdict(history, again).laws() == {"L3": 1}


def test_what_was_there_from_the_beginning_is_a_persons_unless_nobody_chose_it():
    history = History().add("integration", "1", "Status", "Nurturing", "Working")
    assert verdict(history, told(("write", "1", {"Status": ["Nurturing", "Working"]}, ""))).laws() == {"L3": 1}


def test_a_crossing_that_is_put_back_is_counted_and_no_more():
    history = History()
    history.add("person", "1", "status", None, "Mine", kind="contacts")
    history.add("integration", "1", "status", "Mine", "OPEN", kind="contacts")
    rows = [("write", "1", {"status": [None, "OPEN"]}, ""), ("restore", "1", {"status": ["OPEN", "Mine"]}, "")]
    assert verdict(history, told(rows[0]), MERGING).laws() == {"L3": 1}
    history.add("integration", "1", "status", "OPEN", "Mine", kind="contacts")
    found = verdict(history, told(*rows), MERGING)
    assert found.ok
    assert (found.figures["crossed"], found.figures["put_back"]) == (1, 1)


def test_an_audit_row_without_its_effect_and_an_effect_without_its_row():
    history = History().add("integration", "1", "Score", None, 5.0)
    assert verdict(history, told(("write", "1", {"Score": [None, "5"]}, ""))).ok
    assert verdict(history, told()).laws() == {"L4": 1}
    assert verdict(History(), told(("write", "1", {"Score": [None, "5"]}, ""))).laws() == {"L4": 1}
    assert verdict(History(), told(("unknown", "1", {"Score": [None, "5"]}, ""))).ok
    assert verdict(history, told(("unknown", "1", {"Score": [None, "5"]}, ""))).ok


def test_what_landed_twice_is_told_apart_from_what_is_not_told():
    history = History().add("integration", "1", "Score", None, 5.0).add("integration", "1", "Score", None, 5.0)
    row = ("write", "1", {"Score": [None, "5"]}, "")
    assert [found.words for found in verdict(history, told(row)).violations] == [AGAIN]
    assert verdict(history, told(row, row)).ok
    assert AGAIN not in {found.words for found in verdict(history, told()).violations}


def test_merged_leads_share_one_task():
    history = History()
    for task, lead in (("71", "1"), ("72", "2")):
        history.add("integration", task, "leadrelay_key", None, f"k{task}", "create", "tasks")
        history.add("integration", task, "contacts:204", None, lead, "associate", "tasks")
    books = told(("task", "1", {}, "71"), ("task", "2", {}, "72"))
    assert verdict(history, books, MERGING).ok
    history.add("person", "1", "", None, None, "merge", "contacts")
    history.add("person", "3", "hs_merged_object_ids", None, "1;2", "create", "contacts")
    assert verdict(history, books, MERGING).laws() == {"L2": 1}


def test_a_lead_that_is_due_needs_a_task_or_a_promise():
    leads = [evidence.Lead("1", due=True)]
    assert verdict(History(), evidence.Books(), leads=leads).laws() == {"L1": 1}
    waiting = evidence.Books(intents=[{"lead": "1", "kind": "handoff", "state": "planned"}])
    assert judge(evidence.Evidence(POLICY, [], [waiting], leads, settled=False)).ok
    assert judge(evidence.Evidence(POLICY, [], [waiting], leads)).laws() == {"L1": 1}
    parked = {"lead": "1", "kind": "handoff", "state": "parked", "code": "", "message": ""}
    assert judge(evidence.Evidence(POLICY, [], [evidence.Books(intents=[parked])], leads)).laws() == {"L1": 1}
    named = evidence.Books(intents=[{**parked, "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION"}])
    assert judge(evidence.Evidence(POLICY, [], [named], leads)).ok


def test_books_that_do_not_balance():
    run = {"run": "r", "read": 10, "unchanged": 5, "done": 3, "pending": 1, "parked": 0}
    assert judge(evidence.Evidence(POLICY, [], [], [], runs=[run])).laws() == {"L1": 1}
