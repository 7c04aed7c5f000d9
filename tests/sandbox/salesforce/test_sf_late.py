"""Edits of long transactions: seen late, with the stamps of when they were made."""

from datetime import datetime, timedelta

import pytest


def minute(moment):
    return f"{moment:%Y-%m-%dT%H:%M:00Z}"


def updated(sf, org, name="updated", back=3):
    now = org.org.now()
    span = f"start={minute(now - timedelta(minutes=back))}&end={minute(now + timedelta(minutes=5))}"
    answer = sf.call("GET", f"sobjects/Lead/{name}?{span}")
    assert answer.status == 200, answer.body
    return answer.body


def test_nobody_sees_it_before_its_time(sf):
    key = sf.lead(Title="before")
    before = sf.read("Lead", key, "SystemModstamp")
    sf.pass_time(5)
    assert sf.person_edits("Lead", key, {"Title": "late"}, late=60).status == 200
    sf.pass_time(59)
    assert sf.read("Lead", key, "Title", "SystemModstamp") == ["before", before]
    assert sf.query("SELECT Id FROM Lead WHERE Title = 'late'") == []
    assert [change for change in sf.history(key) if change["actor"] == "person"] == []


def test_then_it_has_the_stamps_of_when_it_was_made(sf, org):
    key = sf.lead()
    made = sf.begin_second()
    sf.person_edits("Lead", key, {"Title": "late"}, late=60)
    sf.pass_time(60)
    title, *stamps, by = sf.read("Lead", key, "Title", "SystemModstamp", "LastModifiedDate", "LastModifiedById")
    assert (title, by == org.org.user_id()) == ("late", False)
    assert stamps == [f"{made:%Y-%m-%dT%H:%M:%S}.000+0000"] * 2
    change = next(change for change in sf.history(key) if change["field"] == "Title")
    assert (change["actor"], change["old"], change["new"]) == ("person", None, "late")


def test_the_record_is_held_until_then(sf):
    """Else a write in between would be covered by an older stamp, which no database lets happen."""
    key = sf.lead()
    sf.person_edits("Lead", key, {"Title": "late"}, late=60)
    refused = sf.update("Lead", key, Title="mine")
    assert (refused.status, refused.body[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    assert sf.person_edits("Lead", key, {"Title": "another"}).status == 400
    sf.pass_time(60)
    assert sf.update("Lead", key, Title="mine").status == 204
    assert sf.read("Lead", key, "Title") == "mine"


def test_late_edits_of_one_record_keep_their_order(sf):
    key = sf.lead()
    sf.person_edits("Lead", key, {"Title": "first"}, late=60)
    sf.person_edits("Lead", key, {"Title": "second"}, late=1)
    sf.pass_time(30)
    assert sf.read("Lead", key, "Title") is None
    sf.pass_time(30)
    assert sf.read("Lead", key, "Title") == "second"


def test_latest_date_covered_steps_back_to_the_oldest_that_is_not_seen(sf, org):
    keys = [sf.lead() for _ in range(3)]
    sf.turn(covered_by_minute=False)
    made = []
    for key, late in zip(keys, (100, 300, 200), strict=True):
        made.append(f"{sf.begin_second():%Y-%m-%dT%H:%M:%S}.000+0000")
        sf.person_edits("Lead", key, {"Title": "late"}, late=late)
    for after, oldest in ((0, made[0]), (105, made[1]), (100, made[1])):
        sf.pass_time(after)
        assert updated(sf, org, back=10)["latestDateCovered"] == oldest
        assert updated(sf, org, "deleted", back=10)["latestDateCovered"] == oldest
    sf.pass_time(110)
    now = sf.begin_second()
    assert updated(sf, org, back=10)["latestDateCovered"] == f"{now:%Y-%m-%dT%H:%M:%S}.000+0000"
    assert set(updated(sf, org, back=10)["ids"]) == set(keys)


def test_a_reader_that_starts_where_the_last_read_was_covered_misses_nothing(sf, org):
    keys = [sf.lead() for _ in range(20)]
    sf.pass_time(120)
    seen = set()
    start = org.org.now()
    for step in range(40):
        if step < 20:
            sf.person_edits("Lead", keys[step], {"Title": "late"}, late=step * 7 % 300)
        sf.pass_time(20)
        end = org.org.now() + timedelta(minutes=2)
        body = sf.call("GET", f"sobjects/Lead/updated?start={minute(start)}&end={minute(end)}").body
        seen.update(body["ids"])
        covered = body["latestDateCovered"]
        start = min(datetime.fromisoformat(covered), org.org.now())
    assert seen == set(keys)


def test_deletes_and_conversions_may_be_late_too(sf):
    gone, converted = sf.lead(), sf.lead()
    sf.person_edits("Lead", gone, {"IsDeleted": True}, late=60)
    sf.person_edits("Lead", converted, {"IsConverted": True}, late=60)
    sf.pass_time(59)
    assert (sf.read("Lead", gone, "Id"), sf.query("SELECT Id FROM Account")) == (gone, [])
    sf.pass_time(1)
    assert sf.call("GET", f"sobjects/Lead/{gone}").status == 404
    assert sf.read("Lead", converted, "IsConverted") is True


def test_what_is_refused_is_refused_at_once_and_leaves_nothing(sf, org):
    key = sf.lead()
    assert sf.person_edits("Lead", key, {"Email": "x"}, late=60).status == 400
    assert sf.person_edits("Lead", "00Q000000000000AAA", {"Title": "x"}, late=60).status == 404
    assert org.org.late.oldest() is None
    assert sf.update("Lead", key, Title="mine").status == 204


def test_what_can_no_longer_be_done_is_rolled_back_and_told(sf):
    key = sf.lead()
    sf.person_edits("Lead", key, {"Title": "late"}, late=60)
    sf.act("validation", object="Lead", name="no", when={"Title": "late"}, message="no")
    sf.pass_time(60)
    assert sf.read("Lead", key, "Title") is None
    last = sf.history(key)[-1]
    assert (last["action"], last["actor"], last["new"]) == (
        "rolled back",
        "person",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    )


def test_a_reset_forgets_them(sf, org):
    sf.person_edits("Lead", sf.lead(), {"Title": "late"}, late=60)
    sf.send("POST", "/_sandbox/reset")
    assert org.org.late.oldest() is None
    sf.pass_time(60)
    assert sf.send("GET", "/_sandbox/history").body == {"history": []}


@pytest.mark.parametrize("late", [-1, "5", True, 10**6])
def test_how_late_an_edit_may_be(sf, late):
    assert sf.person_edits("Lead", sf.lead(), {"Title": "x"}, late=late).status == 400
