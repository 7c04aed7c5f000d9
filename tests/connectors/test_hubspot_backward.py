"""A lifecycle stage goes back by way of nothing: in two requests, over no person, whatever breaks off in between."""

import json
from random import Random

import pytest

from leadrelay.connectors.base import CHANGED_MEANWHILE, EMPTIED, Standing, Update
from leadrelay.errors import Unavailable
from leadrelay.sandbox.line import HangUp

FIELD, ORDER = (
    "lifecyclestage",
    ["subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer"],
)
MQL, SQL = ORDER[2:4]
BACK = frozenset([FIELD])
STAGES = [stage for stage in ORDER if stage != SQL]
"""Who leaves SQL and comes back to it before we write has changed nothing."""
WRITES = "contacts/batch/update"


@pytest.fixture
def crm(hubspot_crm):
    return hubspot_crm


def at(crm, connector, stage, count=1):
    """Contacts that we put into a stage, and the updates that move them back to MQL."""
    ids = crm.fill(count)
    list(connector.write([Update(one, {FIELD: stage, "company": "Acme"}) for one in ids]))
    crm.tick(10)
    records = connector.fetch(ids, [FIELD, "company"]).records
    stamps = dict(records.select("id", "modified").iter_rows())
    crm.tick(10)
    return ids, [
        Update(one, {FIELD: MQL, "company": "ours"}, stamps[one], {FIELD: stage, "company": "Acme"}, BACK)
        for one in ids
    ]


def again(update):
    return Update(update.id, update.fields, update.modified, update.guarded, update.back, again=True)


def test_no_request_both_empties_and_sets(crm):
    sent = []

    def seen(request, side):
        if side == "before" and request.path.endswith(WRITES):
            sent.append([one["properties"].get(FIELD) for one in json.loads(request.body)["inputs"]])

    with crm.connector() as connector:
        ids, updates = at(crm, connector, SQL, 3)
        crm.line.interceptors.append(seen)
        outcomes = list(connector.write(updates))
    assert [(one.standing, one.ignored) for one in outcomes] == [(Standing.DONE, frozenset())] * 3
    assert [crm.value(one, FIELD) for one in ids] == [MQL] * 3
    assert sent == [[MQL] * 3, [""] * 3, [MQL] * 3]


def test_a_stage_that_goes_forward_goes_in_one_request(crm):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, "lead")
        step = crm.meanwhile(WRITES)
        [outcome] = connector.write([update])
    assert (outcome.standing, crm.value(one, FIELD), step.seen) == (Standing.DONE, MQL, 1)


@pytest.mark.parametrize(
    ("stage", "place"),
    [("opportunity", 1), ("subscriber", 1), ("", 1), ("opportunity", 2), ("subscriber", 2), (SQL, 2), (MQL, 2)],
)
def test_a_person_who_comes_in_between_gets_the_stage_back(crm, stage, place):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        steps = [lambda: None] * place + [lambda: crm.edit_here(one, {FIELD: stage})]
        crm.meanwhile(WRITES, *steps)
        [outcome] = connector.write([update])
    assert crm.value(one, FIELD) == (stage or None)
    assert outcome.standing is Standing.DONE


def test_a_forward_write_that_crossed_a_person_who_went_back_is_put_back(crm):
    """HubSpot would ignore that too."""
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, "lead")
        plain = Update(one, update.fields, update.modified, update.guarded)
        crm.meanwhile(WRITES, lambda: crm.edit_here(one, {FIELD: "subscriber"}))
        [outcome] = connector.write([plain])
    assert dict(outcome.kept) == {FIELD: "subscriber"}
    assert crm.value(one, FIELD) == "subscriber"


@pytest.mark.parametrize("lost", [0, 1, 2], ids=["first", "emptying", "setting"])
def test_a_lost_answer_does_no_harm(crm, lost):
    def hang_up():
        raise HangUp

    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        crm.meanwhile(WRITES, *[lambda: None] * lost, hang_up, side="after")
        [outcome] = connector.write([update])
    assert (outcome.standing, crm.value(one, FIELD)) == (Standing.DONE, MQL)


def broken_off(crm, connector, updates):
    """The line goes down for good once the stages are emptied."""
    down = []

    def line(request, side):
        if side == "before" and request.path.endswith(WRITES):
            down.append(request)
        if len(down) > 2:
            raise HangUp

    crm.line.interceptors.append(line)
    try:
        outcomes = list(connector.write(updates))
    except Unavailable:
        outcomes = []
    crm.line.interceptors.remove(line)
    assert all(crm.value(update.id, FIELD) is None for update in updates)
    assert all(outcome.standing is Standing.PENDING for outcome in outcomes)
    crm.tick(10)


def test_what_was_emptied_when_the_line_broke_gets_its_value_in_the_next_run(crm):
    with crm.connector() as connector:
        ids, updates = at(crm, connector, SQL, 2)
        broken_off(crm, connector, updates)
        outcomes = list(connector.write(list(map(again, updates))))
    assert [one.standing for one in outcomes] == [Standing.DONE] * 2
    assert [crm.value(one, FIELD) for one in ids] == [MQL] * 2


def test_it_gets_its_value_also_where_the_rest_of_its_update_is_refused(crm):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        broken_off(crm, connector, [update])
        crm.edit(one, {"company": "a person's"})
        crm.tick(10)
        [outcome] = connector.write([again(update)])
    assert outcome.code == CHANGED_MEANWHILE
    assert (crm.value(one, FIELD), crm.value(one, "company")) == (MQL, "a person's")


def test_who_chose_a_stage_while_it_was_empty_keeps_it(crm):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        broken_off(crm, connector, [update])
        crm.edit(one, {FIELD: "customer"})
        crm.tick(10)
        [outcome] = connector.write([again(update)])
    assert (outcome.code, crm.value(one, FIELD)) == (CHANGED_MEANWHILE, "customer")


def test_what_is_emptied_and_cannot_be_set_just_now_is_no_success(crm):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        locks = {one: "2099-01-01T00:00:00.000Z"}
        crm.meanwhile(WRITES, lambda: None, lambda: None, lambda: crm.app.conduct.put("lock", locks))
        [outcome] = connector.write([update])
        assert (outcome.standing, outcome.code) == (Standing.PENDING, EMPTIED)
        assert outcome.message == "lifecyclestage: emptied to go back, and not set yet"
        crm.post("act", {"action": "lock", "ids": [one], "seconds": 0})
        [outcome] = connector.write([again(update)])
    assert (outcome.standing, crm.value(one, FIELD)) == (Standing.DONE, MQL)


def test_what_is_not_to_go_back_stays_and_is_told(crm):
    with crm.connector() as connector:
        [one], [update] = at(crm, connector, SQL)
        [outcome] = connector.write([Update(one, update.fields, update.modified, update.guarded)])
    assert (outcome.ignored, crm.value(one, FIELD)) == (BACK, SQL)
    assert connector.one_way == BACK


def test_the_options_come_in_the_order_that_hubspot_shows(crm):
    with crm.connector() as connector:
        assert [value for value in connector.describe()[FIELD].picklist if value in ORDER] == ORDER


class Burst:
    """People who choose stages right before and right after any of our requests."""

    def __init__(self, crm, ids, seed, edits):
        self.crm, self.ids, self.chance, self.left = crm, ids, Random(seed), edits
        self.last = {}

    def __call__(self, request, _side):
        for _ in range(self.chance.randrange(9)):
            if self.left and "contacts" in request.path:
                self.left -= 1
                one, stage = self.chance.choice(self.ids), self.chance.choice([*STAGES, ""])
                if stage != (self.crm.value(one, FIELD) or ""):
                    self.last[one] = stage
                    self.crm.edit_here(one, {FIELD: stage})


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("lost", [0.0, 0.2], ids=["heard", "replies-lost"])
def test_a_burst_of_edits_beside_moves_back_leaves_no_person_overwritten(crm, seed, lost):
    chance = Random(seed)

    def lose(request, side):
        if side == "after" and "batch" in request.path and chance.random() < lost:
            raise HangUp

    with crm.connector() as connector:
        ids, updates = at(crm, connector, SQL, 30)
        burst = Burst(crm, ids[:20], seed, edits=40)
        crm.line.interceptors += [burst, lose]
        outcomes = list(connector.write(updates))
        crm.line.interceptors.clear()
        late = [again(one) for one, o in zip(updates, outcomes, strict=True) if o.standing is not Standing.DONE]
        list(connector.write(late))
    assert burst.last
    assert {one: crm.value(one, FIELD) or "" for one in ids} == {one: burst.last.get(one, MQL) for one in ids}
