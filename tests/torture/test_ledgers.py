"""The judge reads ledgers, and what goes along with hand-offs: what adds up, and each way in which it does not."""

import pytest

from torture.evidence import Books, Evidence, Lead, salesforce
from torture.judge import judge

POLICY = salesforce({}, {}, companions=("Write",), noted=True, steps=("Answer now",), topics=("Price",))


def had(lead, owner, number=1, via="fair", ended=""):
    over = "2026-11-22" if ended else None
    return {"lead": lead, "number": number, "team": "a", "owner": owner, "via": via, "ended_at": over, "ended": ended}


def entry(owner, received, entitled, team="a"):
    return {"team": team, "owner": owner, "received": received, "entitled": entitled}


GIVEN = [had("1", "ann"), had("2", "bo", ended="rejected"), had("2", "ann", 2), had("3", "bo", ended="converted")]
LEDGER = [entry("ann", 2, 1.5), entry("bo", 1, 1.5)]


def laws(assignments=(), ledger=()):
    return judge(Evidence(POLICY, [], [Books(assignments=assignments, ledger=ledger)], [])).laws()


def test_a_ledger_that_adds_up():
    assert not laws(GIVEN, LEDGER)
    assert not laws([*GIVEN, had("4", "cy", via="person"), had("5", "q", via="queue")], LEDGER)


@pytest.mark.parametrize(
    ("assignments", "ledger"),
    [
        (GIVEN, [entry("ann", 3, 2.5), entry("bo", 1, 1.5)]),  # a lead counted twice
        (GIVEN, [entry("ann", 2, 1.5), entry("bo", 1, 1.6)]),  # more earned than received
        (GIVEN[:-1], LEDGER),  # an entry without its assignment
        ([*GIVEN, had("1", "bo", 2, via="present")], LEDGER),  # two owners at once
        ([*GIVEN, had("4", "bo", via="person")], LEDGER),  # a person's choice that was not entered
    ],
)
def test_a_ledger_that_does_not(assignments, ledger):
    assert laws(assignments, ledger) == {"L6": 1}


class Crm:
    """A history of tasks and notes of one lead."""

    def __init__(self):
        self.rows = []

    def add(self, actor, action, kind, record, **fields):
        for name, new in fields.items():
            at = f"2026-03-01T12:00:{len(self.rows):02}.000Z"
            row = {"seq": len(self.rows) + 1, "at": at, "actor": actor, "action": action, "object": kind}
            self.rows.append({**row, "record": record, "field": name, "old": None, "new": new})

    def task(self, record, subject, key, owner="ann"):
        named = {"Subject": subject, "WhoId": "1", "OwnerId": owner, "Leadrelay_Key__c": key}
        self.add("integration", "create", "Task", record, **named)

    def note(self, record, key="k1"):
        self.add("integration", "create", "Note", record, ParentId="1", Body=f"Reference: {key}")

    def handed_off(self, number=1):
        self.task(f"T{number}", "Call Acme", f"k{number}")
        self.task(f"W{number}", "Write to Acme", f"w{number}")
        self.note(f"N{number}", f"k{number}")


def told(*keys, notes=("n1",)):
    rows = [{"action": "task", "lead": "1", "fields": {}, "key": key, "task": ""} for key in keys]
    rows += [{"action": "note", "lead": "1", "fields": {}, "key": key, "task": ""} for key in notes]
    return rows


def found(crm, audit):
    return judge(Evidence(POLICY, crm.rows, [Books(audit=audit)], [Lead("1", due=True)])).laws()


@pytest.fixture
def crm():
    crm = Crm()
    crm.handed_off()
    return crm


def test_a_hand_off_with_all_that_goes_along(crm):
    assert not found(crm, told("k1", "w1"))


def test_nothing_that_goes_along_is_made_up_or_untold(crm):
    assert found(crm, told("k1")) == {"L4": 1}
    assert found(crm, told("k1", "w1", notes=())) == {"L4": 1}
    assert found(crm, told("k1", "w1", "w2")) == {"L4": 1}
    assert found(crm, told("k1", "w1", notes=("n1", "n2"))) == {"L4": 1}


def test_a_hand_off_without_what_goes_along():
    alone = Crm()
    alone.task("T1", "Call Acme", "k1")
    assert found(alone, told("k1", notes=())) == {"L1": 2}


def test_each_kind_has_its_own_occasions(crm):
    crm.task("S1", "Answer now: Acme", "s1")
    crm.task("P1", "Price for Acme", "p1")
    assert not found(crm, told("k1", "w1", "s1", "p1"))
    crm.task("S2", "Answer now: Acme", "s2", owner="bo")
    assert found(crm, told("k1", "w1", "s1", "s2", "p1")) == {"L2": 1}
    crm.add("person", "update", "Lead", "1", OwnerId="bo")
    assert not found(crm, told("k1", "w1", "s1", "s2", "p1"))
    crm.task("P2", "Price for Acme Ltd", "p2")
    assert found(crm, told("k1", "w1", "s1", "s2", "p1", "p2")) == {"L2": 1}


def test_what_sales_gave_back_is_handed_off_again_once():
    policy = salesforce({}, {}, companions=("Write",), noted=True, returned=("Verdict__c", "rejected"))
    crm = Crm()
    crm.handed_off()
    crm.handed_off(2)
    audit = told("k1", "w1", "k2", "w2", notes=("n1", "n2"))
    evidence = Evidence(policy, crm.rows, [Books(audit=audit)], [])
    assert judge(evidence).laws() == {"L2": 3}
    crm.add("person", "update", "Lead", "1", Verdict__c="rejected")
    assert judge(evidence).ok


def test_one_key_twice_is_two_tasks(crm):
    crm.task("T9", "Something else", "k1")
    assert found(crm, told("k1", "w1")) == {"L2": 1}


def test_a_lead_belongs_to_whom_its_latest_hand_off_names(crm):
    crm.add("integration", "update", "Lead", "1", OwnerId="bo")
    write = {"action": "write", "lead": "1", "fields": {"OwnerId": [None, "bo"]}, "key": "f", "task": ""}
    assert found(crm, [*told("k1", "w1"), write]) == {"L2": 1}
    crm.add("person", "update", "Lead", "1", OwnerId="cy")
    assert not found(crm, [*told("k1", "w1"), write])
