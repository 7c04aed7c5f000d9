"""Getting updates written whatever the CRM says about some of them."""

from itertools import islice
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.connectors.base import CHANGED_JUST_NOW, CHANGED_MEANWHILE, Outcome, Standing, Update
from leadrelay.connectors.delivery import Delivery, batches, parked
from leadrelay.connectors.transport import Pace, Rejection
from leadrelay.errors import Refused, Unavailable


def updates(count, **fields):
    return [Update(f"r{at}", fields or {"Status": "x"}) for at in range(count)]


def done(batch):
    return [Outcome(update.id, Standing.DONE) for update in batch]


class Crm:
    """Refuses a batch that holds a bad record; keeps records locked for so many tries."""

    def __init__(self, bad=(), locked=None):
        self.bad, self.locked = set(bad), dict(locked or {})
        self.batches = []

    def __call__(self, batch):
        self.batches.append(len(batch))
        if self.bad & {update.id for update in batch}:
            raise Rejection("no", 400, "VALIDATION_ERROR")
        return [self.verdict(update) for update in batch]

    def verdict(self, update):
        if self.locked.get(update.id, 0) > 0:
            self.locked[update.id] -= 1
            return Outcome(update.id, Standing.PENDING, "UNABLE_TO_LOCK_ROW")
        return Outcome(update.id, Standing.DONE)


def delivery(attempt, time, size=100, of_fields=("NO_SUCH_FIELD",)):
    return Delivery(attempt, size, time.pace(), frozenset(of_fields))


def test_a_poisoned_batch_is_halved_until_the_culprit_stands_alone(time):
    for at in (0, 1, 49, 50, 99):
        crm = Crm(bad=[f"r{at}"])
        outcomes = list(delivery(crm, time).outcomes(updates(100)))
        assert [o.id for o in outcomes] == [f"r{n}" for n in range(100)]
        assert [o.id for o in outcomes if o.standing is Standing.PARKED] == [f"r{at}"]
        assert len(crm.batches) <= 2 * ceil(log2(100)) + 1


@given(st.sets(st.integers(0, 36)), st.dictionaries(st.integers(0, 36), st.integers(1, 3)), st.integers(1, 12))
def test_every_update_gets_its_own_verdict(bad, locked, size):
    crm = Crm(bad={f"r{at}" for at in bad}, locked={f"r{at}": tries for at, tries in locked.items()})
    quick = Pace(sleep=lambda _: None)
    outcomes = list(Delivery(crm, size, quick, frozenset()).outcomes(updates(37)))
    assert [outcome.id for outcome in outcomes] == [f"r{at}" for at in range(37)]
    assert {outcome.id for outcome in outcomes if outcome.standing is Standing.PARKED} == crm.bad
    assert {outcome.standing for outcome in outcomes} <= {Standing.DONE, Standing.PARKED}
    assert max(crm.batches) <= size


def test_batch_after_batch_refused_to_the_last_record_ends_the_delivery(time):
    crm = Crm(bad=[f"r{at}" for at in range(1_000)])
    stream = delivery(crm, time).outcomes(updates(1_000))
    outcomes = list(islice(stream, 200))
    with pytest.raises(Refused, match="refuses every record, the last one with VALIDATION_ERROR"):
        next(stream)
    assert [o.standing for o in outcomes] == [Standing.PARKED] * 200
    assert len(crm.batches) <= 2 * 200


def test_one_good_record_is_reason_to_go_on(time):
    crm = Crm(bad=[f"r{at}" for at in range(1_000) if at % 100 != 7])
    outcomes = list(delivery(crm, time).outcomes(updates(1_000)))
    assert [o.id for o in outcomes if o.standing is Standing.DONE] == [f"r{at}" for at in range(7, 1_000, 100)]


def test_two_hundred_refused_and_none_left_is_no_reason_to_stop(time):
    crm = Crm(bad=[f"r{at}" for at in range(200)])
    assert len(list(delivery(crm, time).outcomes(updates(200)))) == 200


def test_locked_rows_are_tried_again_alone_and_in_smaller_batches(time):
    crm = Crm(locked={"r3": 2, "r70": 1})
    outcomes = list(delivery(crm, time).outcomes(updates(100)))
    assert {outcome.standing for outcome in outcomes} == {Standing.DONE}
    assert crm.batches == [100, 2, 1]
    assert time.slept == [1.0, 2.0]


def test_rows_that_stay_locked_are_pending_after_five_tries(time):
    crm = Crm(locked={"r3": 99})
    outcomes = list(delivery(crm, time).outcomes(updates(5)))
    assert [o.standing for o in outcomes].count(Standing.PENDING) == 1
    assert outcomes[3].code == "UNABLE_TO_LOCK_ROW"
    assert len(crm.batches) == 5


def test_a_field_that_does_not_exist_is_refused_once_for_all_who_have_it(time):
    calls = []

    def attempt(batch):
        calls.append(len(batch))
        if any("Foo__c" in update.fields for update in batch):
            raise Rejection("no", 400, "NO_SUCH_FIELD", ("foo__c",))
        return done(batch)

    outcomes = list(delivery(attempt, time).outcomes(updates(100, Foo__c=1)))
    assert calls == [100]
    assert {(o.standing, o.code) for o in outcomes} == {(Standing.PARKED, "NO_SUCH_FIELD")}
    mixed = [*updates(3, Foo__c=1), *[Update(f"s{at}", {"Status": "x"}) for at in range(3)]]
    assert [o.standing for o in delivery(attempt, time).outcomes(mixed)] == [Standing.PARKED] * 3 + [Standing.DONE] * 3


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_are_not_a_matter_of_one_record(time, status):
    def attempt(_):
        raise Rejection("no access", status, "X")

    with pytest.raises(Refused):
        list(delivery(attempt, time).outcomes(updates(4)))


class Outage:
    """Is away at the batches that are named, by number."""

    def __init__(self, away, retry_after=None):
        self.away, self.retry_after, self.sent = away, retry_after, 0

    def __call__(self, batch):
        self.sent += 1
        if self.sent in self.away:
            raise Unavailable("away", self.retry_after)
        return done(batch)


def test_one_batch_without_an_answer_is_pending_and_the_next_goes_on(time):
    outcomes = list(delivery(Outage({2, 4}), time, size=2).outcomes(updates(8)))
    assert [o.standing.value for o in outcomes] == ["done"] * 2 + ["pending"] * 2 + ["done"] * 2 + ["pending"] * 2
    assert {o.code for o in outcomes if o.standing is Standing.PENDING} == {"NO_ANSWER"}


def test_two_batches_in_a_row_are_an_outage(time):
    outcomes = []
    with pytest.raises(Unavailable):
        outcomes.extend(delivery(Outage({2, 3}), time, size=2).outcomes(updates(8)))
    assert [o.standing.value for o in outcomes] == ["done"] * 2 + ["pending"] * 2


def test_a_time_to_wait_ends_the_delivery_at_once(time):
    crm = Outage({1}, retry_after=3600)
    with pytest.raises(Unavailable):
        list(delivery(crm, time, size=2).outcomes(updates(8)))
    assert crm.sent == 1


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(1, 5))
def test_no_batch_holds_a_record_twice(ids, size):
    given_updates = [Update(record_id, {}) for record_id in ids]
    found = list(batches(given_updates, size))
    assert [update for batch in found for update in batch] == given_updates
    for batch in found:
        assert len({update.id for update in batch}) == len(batch) <= size


def test_what_is_parked_says_which_field_and_why():
    outcome = parked(Update("r1", {"City": "a" * 99}), "STRING_TOO_LONG", ["City"])
    assert outcome == Outcome("r1", Standing.PARKED, "STRING_TOO_LONG", "City: the text is longer than the field")
    assert parked(Update("r1", {}), "NEW_CODE", []).message == "refused by the CRM"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("r0", Standing.PENDING, CHANGED_MEANWHILE),
        Outcome("r0", Standing.PENDING, CHANGED_JUST_NOW),
        Outcome("r0", Standing.PENDING, "UNABLE_TO_LOCK_ROW", task="t0"),
    ],
)
def test_what_must_be_decided_anew_is_not_sent_again(time, outcome):
    sent = []

    def attempt(batch):
        sent.append(len(batch))
        return [outcome]

    assert list(delivery(attempt, time).outcomes(updates(1))) == [outcome]
    assert sent == [1]


def test_an_outage_while_some_are_tried_again_takes_nothing_back_from_the_others(time):
    sent = []

    def attempt(batch):
        sent.append(len(batch))
        if len(sent) > 2:
            raise Unavailable("away")
        return [Outcome(u.id, Standing.DONE if u.id == "r0" else Standing.PENDING, "") for u in batch]

    outcomes = list(delivery(attempt, time).outcomes(updates(12)))
    assert [o.standing for o in outcomes] == [Standing.DONE] + [Standing.PENDING] * 11
    assert [o.code for o in outcomes].count("NO_ANSWER") == 2
    assert sent == [12, 2, 2]
