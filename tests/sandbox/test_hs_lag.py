"""A search index that lags: the filters go by what it has, the answer shows the records as they are."""

import pytest

CONTACTS = "/crm/v3/objects/contacts"
START = 1_700_000_000_000


def turn(portal, **wanted):
    assert portal.call("POST", "/_sandbox/settings", wanted).status == 200


def search(portal, kind="contacts", limit=200, **more):
    answer = portal.post(f"/crm/v3/objects/{kind}/search", {"limit": limit, **more})
    assert answer.status == 200, answer.body
    return answer.body


def found(portal, **equal):
    filters = [{"propertyName": name, "operator": "EQ", "value": value} for name, value in equal.items()]
    return [r["id"] for r in search(portal, filters=filters, properties=list(equal))["results"]]


def test_a_create_is_seen_when_the_clock_has_moved_on(portal):
    turn(portal, index_lag_seconds=30)
    key = portal.contact(zip="1")

    assert found(portal, zip="1") == []
    assert portal.get(f"{CONTACTS}/{key}").status == 200
    assert [r["id"] for r in portal.get(CONTACTS).body["results"]] == [key]
    portal.clock.advance(29)
    assert found(portal, zip="1") == []
    portal.clock.advance(1)
    assert found(portal, zip="1") == [key]


def test_without_a_lag_search_sees_everything_at_once(portal):
    key = portal.contact(zip="1")
    portal.patch(f"{CONTACTS}/{key}", {"zip": "2"})

    assert (found(portal, zip="1"), found(portal, zip="2")) == ([], [key])
    portal.call("DELETE", f"{CONTACTS}/{key}")
    assert search(portal)["total"] == 0


def test_old_values_filter_and_present_values_are_shown(portal):
    key = portal.contact(zip="1")
    turn(portal, index_lag_seconds=30)
    portal.clock.advance(5)
    stamp = portal.patch(f"{CONTACTS}/{key}", {"zip": "2"}).body["updatedAt"]

    assert found(portal, zip="2") == []
    stale = search(portal, filters=[{"propertyName": "zip", "operator": "EQ", "value": "1"}], properties=["zip"])
    assert [(r["id"], r["properties"]["zip"], r["updatedAt"]) for r in stale["results"]] == [(key, "2", stamp)]
    until = [{"propertyName": "lastmodifieddate", "operator": "LT", "value": stamp}]
    assert [r["updatedAt"] for r in search(portal, filters=until)["results"]] == [stamp]
    portal.clock.advance(30)
    assert (found(portal, zip="1"), found(portal, zip="2")) == ([], [key])
    assert search(portal, filters=until)["total"] == 0


def test_each_of_several_changes_arrives_in_its_own_time(portal):
    turn(portal, index_lag_seconds=30)
    key = portal.contact(zip="0")
    for value in ("1", "2"):
        portal.clock.advance(10)
        portal.patch(f"{CONTACTS}/{key}", {"zip": value})
    seen = []
    for _ in range(6):
        seen.append([value for value in "012" if found(portal, zip=value)])
        portal.clock.advance(5)

    assert seen == [[], [], ["0"], ["0"], ["1"], ["1"]]
    assert found(portal, zip="2") == [key]


def test_a_deleted_record_is_still_found_as_it_was(portal):
    key, other = portal.contact(zip="1"), portal.contact(zip="2")
    turn(portal, index_lag_seconds=30)
    portal.call("DELETE", f"{CONTACTS}/{key}")
    portal.post(f"{CONTACTS}/gdpr-delete", {"objectId": other})

    stale = search(portal, properties=["zip"])
    assert [(r["id"], r["properties"]["zip"], r["archived"]) for r in stale["results"]] == [
        (key, "1", False),
        (other, "2", False),
    ]
    assert portal.get(f"{CONTACTS}/{key}").status == 404
    portal.clock.advance(30)
    assert search(portal)["total"] == 0


def test_a_restored_record_is_seen_later_and_a_merged_one_under_its_old_ids(portal):
    gone, first, second = (portal.contact(zip=str(n)) for n in range(3))
    portal.call("DELETE", f"{CONTACTS}/{gone}")
    turn(portal, index_lag_seconds=30)
    portal.call("POST", "/_sandbox/act", {"action": "restore", "object": "contacts", "id": gone})
    done = portal.call("POST", "/_sandbox/act", {"action": "merge", "primary": first, "loser": second})

    assert [r["id"] for r in search(portal)["results"]] == [first, second]
    portal.clock.advance(30)
    assert [r["id"] for r in search(portal)["results"]] == [gone, done.body["id"]]


def test_a_random_lag_is_one_between_nothing_and_all_for_each_record_and_always_the_same(portal):
    turn(portal, index_lag_seconds=100, index_lag_random=True)
    keys = [portal.contact(zip="0") for _ in range(40)]
    arrived = []
    for _ in range(5):
        arrived.append(len(found(portal, zip="0")))
        portal.clock.advance(25)

    assert arrived[0] < 5 < arrived[1] < arrived[2] < arrived[3] <= arrived[4] == 40
    for key in keys:
        portal.patch(f"{CONTACTS}/{key}", {"zip": "1"})
    portal.clock.advance(25)
    assert abs(len(found(portal, zip="1")) - arrived[1]) <= 1


def test_a_late_edit_is_in_the_record_at_once_and_in_the_search_when_it_is_due(portal):
    late, other = portal.contact(zip="0"), portal.contact(zip="0")
    edit = {"object": "contacts", "id": late, "fields": {"zip": "1"}, "late": 600}
    assert portal.call("POST", "/_sandbox/edit", edit).status == 200
    portal.patch(f"{CONTACTS}/{other}", {"zip": "1"})

    assert portal.properties(late, "zip")["zip"] == "1"
    assert found(portal, zip="1") == [other]
    portal.clock.advance(599)
    assert found(portal, zip="1") == [other]
    portal.clock.advance(1)
    assert found(portal, zip="1") == [late, other]


def test_a_later_change_takes_a_late_one_into_the_index_with_it(portal):
    """The index has whole records: a change cannot arrive without those before it."""
    key = portal.contact(zip="0")
    portal.call("POST", "/_sandbox/edit", {"object": "contacts", "id": key, "fields": {"zip": "1"}, "late": 600})
    portal.patch(f"{CONTACTS}/{key}", {"city": "Rome"})

    assert found(portal, zip="1", city="rome") == [key]


def test_a_refused_edit_leaves_the_index_as_it_is(portal):
    key = portal.contact(zip="0")
    edit = {"object": "contacts", "id": key, "fields": {"zip": "1", "servers": "x"}, "late": 600}

    assert portal.call("POST", "/_sandbox/edit", edit).status == 400
    assert found(portal, zip="0") == [key]
    assert portal.app.store.select('SELECT * FROM "behind:contacts"') == []


def test_fields_come_and_go_while_the_index_lags(portal):
    key = portal.contact(zip="0", servers="3")
    turn(portal, index_lag_seconds=30)
    portal.patch(f"{CONTACTS}/{key}", {"zip": "1"})
    portal.call("POST", "/_sandbox/act", {"action": "drop_property", "object": "contacts", "property": "servers"})
    prop = {"name": "later", "label": "L", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    assert portal.post("/crm/v3/properties/contacts", prop).status == 201
    portal.patch(f"{CONTACTS}/{key}", {"later": "x"})

    assert (found(portal, zip="0"), found(portal, later="x")) == ([key], [])
    portal.clock.advance(30)
    assert (found(portal, zip="1"), found(portal, later="x")) == ([key], [key])


def test_a_reset_brings_the_index_up_to_date(portal):
    turn(portal, index_lag_seconds=30)
    portal.contact(zip="0")
    assert portal.call("POST", "/_sandbox/reset").status == 204

    assert portal.app.store.select('SELECT * FROM "behind:contacts"') == []
    key = portal.contact(zip="0")
    assert found(portal, zip="0") == [key]


@pytest.fixture
def crowd(portal):
    """12,000 contacts, as they always were."""
    rows = ([f"P{n}"] for n in range(12_000))
    portal.app.load_table(["Last name"], rows)
    portal.clock.advance(10)
    return [key for (key,) in portal.app.store.db.execute('SELECT "Id" FROM contacts ORDER BY 1')]


def test_thousands_of_changes_arrive_together_and_are_read_page_by_page(portal, crowd):
    turn(portal, index_lag_seconds=30)
    done = portal.call(
        "POST",
        "/_sandbox/act",
        {"action": "same_stamp", "object": "contacts", "count": 11_000, "fields": {"zip": "9"}},
    )
    assert done.status == 200, done.body
    since = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": done.body["stamp"]}
    assert search(portal, filters=[since])["total"] == 0
    assert search(portal)["total"] == 12_000
    portal.clock.advance(30)

    seen, last = [], 0
    while True:
        after = {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        page = [int(r["id"]) for r in search(portal, filters=[since, after], sorts=sorts)["results"]]
        if not page:
            break
        seen += page
        last = page[-1]
    assert seen == crowd[:11_000]


@pytest.mark.usefixtures("crowd")
def test_pages_end_at_ten_thousand_results(portal):
    assert search(portal, limit=200, after="9800")["paging"]["next"]["after"] == "10000"

    for after, limit in (("10000", 1), ("9801", 200), ("9999", 2)):
        answer = portal.post(f"{CONTACTS}/search", {"limit": limit, "after": after})
        assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert portal.post(f"{CONTACTS}/search", {"limit": 201}).status == 400
