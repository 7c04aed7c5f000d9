"""How the judge reads merges: who is one family, and where a write to a record that was merged away lands."""

from torture.evidence import Books, Evidence, Lead, hubspot
from torture.families import Families
from torture.judge import judge

POLICY = hubspot({"score": "own"}, {})


def row(seq, actor, action, record, field, new, old=None):
    at = f"2026-03-01T12:00:{seq:02}.000Z"
    names = {"seq": seq, "at": at, "actor": actor, "action": action, "object": "contacts"}
    return {**names, "record": record, "field": field, "old": old, "new": new}


MERGE = [
    row(1, "person", "merge", "1", "", "9"),
    row(2, "person", "merge", "2", "", "9"),
    row(3, "person", "merge", "9", "company", "Acme"),
    row(4, "person", "merge", "9", "hs_merged_object_ids", "1;2"),
    row(5, "person", "merge", "8", "company", "Acme"),
]


def told(*audit):
    history = [*MERGE, row(6, "integration", "update", "9", "score", "20")]
    return judge(Evidence(POLICY, history, [Books(audit)], [Lead("9", fields={"score": 20})]))


def test_a_company_of_the_same_name_makes_no_family():
    families = Families(POLICY, MERGE)
    assert [families.of(one) for one in ("1", "2", "9", "8")] == ["9", "9", "9", "8"]


def test_a_write_that_lands_in_the_survivor_is_told_under_the_id_that_it_was_meant_for():
    entry = {"lead": "1", "action": "write", "fields": {"score": [None, "20"]}, "task": ""}
    assert told(entry).ok
    assert told().laws() == {"L4": 1}


def test_a_survivor_is_judged_by_what_the_merge_left_in_it():
    left = [*MERGE, row(6, "person", "merge", "9", "score", "20")]
    assert judge(Evidence(POLICY, left, [], [Lead("9", fields={"score": 20})])).ok
    assert judge(Evidence(POLICY, left, [], [Lead("9", fields={"score": 0})])).laws() == {"L1": 1}
