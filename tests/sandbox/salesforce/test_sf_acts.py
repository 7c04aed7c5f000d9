"""What people do by `/_sandbox/act`: merge, convert, delete, restore; what makes records alike, locked or unseen."""

from datetime import timedelta

import pytest


def refused(sf, **body):
    answer = sf.send("POST", "/_sandbox/act", body)
    assert answer.status == 400, answer.body
    return answer.body["error"]


def query_all(sf, soql):
    return sf.call("GET", f"queryAll?q={soql}").body["records"]


def effects(sf, key):
    return [(one["actor"], one["action"], one["field"], one["old"], one["new"]) for one in sf.history(key)]


# -- merge ------------------------------------------------------------------------------------------------------------


def test_a_merge_leaves_one_lead_with_all_tasks(sf):
    master, *losers = (sf.lead(Title=title) for title in ("master", "a", "b"))
    tasks = [sf.create("Task", Subject="Call", WhoId=key) for key in losers]
    sf.pass_time(2)
    before = sf.read("Task", tasks[0], "LastModifiedDate", "SystemModstamp")
    assert sf.act("merge", master=master, losers=losers) == {"master": master, "losers": losers}
    assert [row["Id"] for row in sf.query("SELECT Id FROM Lead")] == [master]
    rows = query_all(sf, "SELECT Id, IsDeleted, MasterRecordId FROM Lead ORDER BY Id")
    assert [(row["Id"], row["IsDeleted"], row["MasterRecordId"]) for row in rows] == [
        (master, False, None),
        (losers[0], True, master),
        (losers[1], True, master),
    ]
    assert [sf.read("Task", task, "WhoId") for task in tasks] == [master, master]
    after = sf.read("Task", tasks[0], "LastModifiedDate", "SystemModstamp")
    assert after[0] == before[0]
    assert after[1] > before[1]
    assert sf.read("Lead", master, "Title") == "master"
    assert sf.update("Lead", losers[0], Title="x").body[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_the_history_tells_who_won(sf):
    master, loser = sf.lead(), sf.lead()
    task = sf.create("Task", Subject="Call", WhoId=loser)
    sf.act("merge", object="Lead", master=master, losers=[loser], actor="ada")
    assert ("ada", "merge", "MasterRecordId", None, master) in effects(sf, loser)
    assert ("ada", "update", "IsDeleted", 0, 1) in effects(sf, loser)
    assert ("ada", "update", "WhoId", loser, master) in effects(sf, task)


def test_a_loser_that_is_restored_stands_for_itself(sf):
    master, loser = sf.lead(), sf.lead()
    sf.act("merge", master=master, losers=[loser])
    sf.act("restore", object="Lead", id=loser)
    assert sf.read("Lead", loser, "MasterRecordId") is None


def test_what_cannot_be_merged(sf):
    leads = [sf.lead() for _ in range(4)]
    sf.act("delete", object="Lead", id=leads[3])
    converted = sf.lead()
    sf.act("convert", lead=converted)
    task = sf.create("Task", Subject="x")
    for losers, why in (
        (leads[:1], "merge: MERGE_FAILED: a merge takes a master and 1 or 2 other records"),
        ([leads[1], leads[1]], "merge: MERGE_FAILED: a merge takes a master and 1 or 2 other records"),
        ([leads[1], leads[2], converted], "merge: MERGE_FAILED: a merge takes a master and 1 or 2 other records"),
        ([leads[3]], "merge: ENTITY_IS_DELETED: entity is deleted"),
        ([converted], "merge: MERGE_FAILED: cannot merge a converted lead"),
        ([task], f"merge: there is no Lead {task}"),
        ([], "merge: losers must be a list of texts"),
    ):
        assert refused(sf, action="merge", master=leads[0], losers=losers) == why
    why = refused(sf, action="merge", object="Task", master=task, losers=[task])
    assert why == "merge: MERGE_FAILED: entity type Task does not support merge"
    assert len(sf.query("SELECT Id FROM Lead")) == 4


# -- convert, delete, restore -----------------------------------------------------------------------------------------


def test_a_converted_lead_is_read_only_and_its_tasks_move_on(sf):
    lead = sf.lead()
    task = sf.create("Task", Subject="Call", WhoId=lead)
    made = sf.act("convert", lead=lead)
    assert sf.read("Lead", lead, "IsConverted", "ConvertedContactId", "ConvertedAccountId") == [
        True,
        made["contact"],
        made["account"],
    ]
    assert sf.read("Task", task, "WhoId", "AccountId") == [made["contact"], made["account"]]
    for body in (
        sf.update("Lead", lead, Title="x").body,
        sf.graphs([sf.node("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})])[0][1][0]["body"],
        sf.call("POST", "sobjects/Task", {"Subject": "x", "WhoId": lead}).body,
    ):
        assert body[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert ("person", "convert", "ConvertedContactId", None, made["contact"]) in effects(sf, lead)
    assert refused(sf, action="convert", lead=lead).startswith("convert: CANNOT_UPDATE_CONVERTED_LEAD")


def test_tasks_go_to_the_bin_with_their_lead_and_come_back_with_it(sf):
    lead = sf.lead()
    kept, gone = (sf.create("Task", Subject="Call", WhoId=lead, Leadrelay_Key__c=key) for key in ("kept", "gone"))
    sf.act("delete", object="Task", id=gone)
    sf.act("delete", object="Lead", id=lead)
    rows = query_all(sf, "SELECT Leadrelay_Key__c, IsDeleted FROM Task ORDER BY Id")
    assert [(row["Leadrelay_Key__c"], row["IsDeleted"]) for row in rows] == [("kept", True), ("gone", True)]
    sf.act("restore", object="Lead", id=lead)
    assert [row["Id"] for row in sf.query("SELECT Id FROM Task")] == [kept]
    assert effects(sf, kept)[-1][:2] == ("person", "undelete")
    assert refused(sf, action="restore", object="Lead", id=lead).startswith("restore: UNDELETE_FAILED")
    assert refused(sf, action="delete", object="Task", id=gone).startswith("delete: ENTITY_IS_DELETED")


# -- locks ------------------------------------------------------------------------------------------------------------


def test_a_lock_holds_wherever_the_record_is_written(sf):
    locked, free = sf.lead(), sf.lead()
    assert sf.act("lock", object="Lead", ids=[locked], seconds=30) == {"locked": 1}
    message = f"unable to obtain exclusive access to this record or 1 records: {locked}"
    single = sf.update("Lead", locked, Title="x")
    assert (single.status, single.body) == (
        400,
        [{"message": message, "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}],
    )
    rows = [{"attributes": {"type": "Lead"}, "id": key, "Title": "x"} for key in (locked, free)]
    results = sf.call("PATCH", "composite/sobjects", {"records": rows}).body
    assert [one["success"] for one in results] == [False, True]
    assert results[0]["errors"] == [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": message, "fields": []}]
    patch = sf.node("PATCH", f"sobjects/Lead/{locked}", {"Title": "x"})
    ((_, nodes),) = sf.graphs([patch])
    part = sf.call("POST", "composite", {"compositeRequest": [patch]}).body["compositeResponse"][0]
    for answer in (nodes[0], part):
        assert (answer["httpStatusCode"], answer["body"][0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    assert sf.call("DELETE", f"sobjects/Lead/{locked}").body[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert sf.read("Lead", locked, "Title") is None
    sf.pass_time(30)
    assert sf.update("Lead", locked, Title="x").status == 204


def test_unlock(sf):
    key = sf.lead()
    sf.act("lock", object="Lead", ids=[key], seconds=30)
    assert sf.act("unlock", object="Lead", ids=[key]) == {"unlocked": 1}
    assert sf.update("Lead", key, Title="x").status == 204


# -- many records -----------------------------------------------------------------------------------------------------


def test_many_records_of_one_stamp(sf, org):
    leads = [sf.lead() for _ in range(5)]
    sf.pass_time(5)
    stamp = f"{sf.begin_second():%Y-%m-%dT%H:%M:%S}.000"
    assert sf.act("same_stamp", object="Lead", count=3) == {"count": 3, "stamp": f"{stamp}Z"}
    found = sf.query(f"SELECT Id, LastModifiedDate FROM Lead WHERE SystemModstamp = {stamp}Z ORDER BY Id")
    assert [row["Id"] for row in found] == leads[:3]
    assert {row["LastModifiedDate"] for row in found} == {f"{stamp}+0000"}
    last = {one["field"]: one for one in sf.history(leads[0])[-3:]}
    assert last["SystemModstamp"]["new"] == f"{stamp}Z"
    assert last["LastModifiedById"]["old"] == org.org.user_id()
    assert sf.act("same_stamp", object="Lead", count=9, stamp="2026-01-01T00:00:00Z")["count"] == 5
    assert len(sf.query("SELECT Id FROM Lead WHERE SystemModstamp = 2026-01-01T00:00:00Z")) == 5


def test_rows_that_the_user_may_not_see(sf):
    sf.add_field("Lead.Key__c", externalId=True)
    leads = [sf.lead(Key__c=f"k{number}") for number in range(10)]
    assert sf.act("hide_rows", object="Lead", share=0.3, seed=7) == {"hidden": 3, "of": 10}
    seen = {row["Id"] for row in sf.query("SELECT Id FROM Lead")}
    hidden = next(key for key in leads if key not in seen)
    assert len(seen) == 7
    assert sf.call("GET", "query?q=SELECT COUNT() FROM Lead").body["totalSize"] == 7
    assert len(query_all(sf, "SELECT Id FROM Lead")) == 7
    assert sf.call("GET", f"sobjects/Lead/{hidden}").status == 404
    sf.create("Task", Subject="x", WhoId=hidden)
    assert sf.query("SELECT Id FROM Task WHERE WhoId IN (SELECT Id FROM Lead)") == []
    write = sf.update("Lead", hidden, Title="x")
    assert (write.status, write.body[0]["errorCode"]) == (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
    upsert = sf.call("PATCH", f"sobjects/Lead/Key__c/k{leads.index(hidden)}", {"Title": "x"})
    assert upsert.body[0]["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert sf.person_edits("Lead", hidden, {"Title": "by one who sees it"}).status == 200
    sf.act("show_rows", object="Lead")
    assert sf.read("Lead", hidden, "Title") == "by one who sees it"
    assert len(sf.query("SELECT Id FROM Lead")) == 10


def test_hidden_rows_are_not_among_the_changed(sf, org):
    sf.lead(), sf.lead()
    sf.act("hide_rows", object="Lead", share=0.5)
    sf.pass_time(60)
    now = org.org.now()
    start, end = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}:00Z" for hours in (-1, 1))
    assert len(sf.call("GET", f"sobjects/Lead/updated?start={start}&end={end}").body["ids"]) == 1


def test_the_same_seed_hides_the_same_rows(sf):
    for _ in range(20):
        sf.lead()
    drawn = []
    for seed in (1, 1, 2):
        sf.act("hide_rows", object="Lead", share=0.5, seed=seed)
        drawn.append({row["Id"] for row in sf.query("SELECT Id FROM Lead")})
    assert drawn[0] == drawn[1] != drawn[2]


def test_locators_that_expire_while_a_reader_walks(sf):
    for _ in range(201):
        sf.lead()
    first = sf.call("GET", "query?q=SELECT Id FROM Lead", None, {"Sforce-Query-Options": "batchSize=200"}).body
    assert sf.act("expire_locators") == {"expired": 1}
    more = sf.send("GET", first["nextRecordsUrl"])
    assert (more.status, more.body) == (
        400,
        [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}],
    )


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"action": "dance"}, 'say {"action": name, ...}; there are: activate_user, assignment_rule, '),
        ({"action": "lock", "object": "Lead", "id": "x"}, "lock takes object, ids, seconds, not id"),
        ({"action": "expire_locators", "now": True}, "expire_locators takes nothing, not now"),
        ({"action": "lock", "object": "Nope", "ids": ["x"], "seconds": 1}, "lock: there is no object type Nope"),
        ({"action": "lock", "object": "Lead", "ids": ["x"], "seconds": 1}, "lock: there is no Lead x"),
        ({"action": "lock", "object": "Lead", "ids": [], "seconds": 1}, "lock: ids must be a list of texts"),
        ({"action": "lock", "object": "Lead", "ids": ["x"], "seconds": -1}, "lock: seconds must be a number from 0 "),
        ({"action": "convert"}, "convert: lead must be a text"),
        ({"action": "hide_rows", "object": "Lead", "share": 2}, "hide_rows: share must be a number from 0 to 1"),
        ({"action": "hide_rows", "object": "Lead", "share": 1, "seed": 0.5}, "hide_rows: seed must be a whole number"),
        ({"action": "same_stamp", "object": "Lead", "count": 0}, "same_stamp: count must be a number from 1 to "),
        ({"action": "same_stamp", "object": "Lead", "count": 1, "stamp": "x"}, "same_stamp: stamp must be a moment "),
        (
            {"action": "same_stamp", "object": "Lead", "count": 1, "stamp": "8999-01-01"},
            "same_stamp: stamp must not lie ahead; it is ",
        ),
    ],
)
def test_an_action_that_cannot_be_carried_out_says_why(sf, body, why):
    assert refused(sf, **body)[: len(why)] == why


def test_a_reset_ends_what_actions_began(sf):
    key = sf.lead()
    sf.act("lock", object="Lead", ids=[key], seconds=10**6)
    sf.act("hide_rows", object="Lead", share=1)
    sf.act("validation", object="Lead", name="no", when={"Title": None}, message="no")
    sf.send("POST", "/_sandbox/reset")
    assert sf.lead() == key
    assert sf.update("Lead", key, Title="x").status == 204
