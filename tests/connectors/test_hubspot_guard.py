"""Never over a person in HubSpot: what is looked at before and after a write, and what is put back."""

from dataclasses import replace
from random import Random

import pytest

from leadrelay.connectors.base import CHANGED_MEANWHILE, Standing, Update
from leadrelay.connectors.hubspot_batch import Version
from leadrelay.connectors.hubspot_guard import _alike, _Mark, _overwritten
from leadrelay.errors import FieldsGone
from leadrelay.sandbox.hubspot.portal import AUTOMATION
from leadrelay.sandbox.line import HangUp
from leadrelay.sandbox.wire import Response
from tests.connectors.contract import decided


@pytest.fixture
def crm(hubspot_crm):
    return hubspot_crm


def guarded(connector, crm, ids, value="ours"):
    crm.tick(10)
    page, updates = decided(connector, crm, ids, value)
    crm.tick(10)
    return page, updates


def test_a_person_who_writes_between_our_look_and_our_write_gets_the_value_back(crm):
    ids = crm.fill(3)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(ids[1], {"company": "a person's"}))
        outcomes = list(connector.write(updates, page.as_of))
    assert [(o.standing, dict(o.kept)) for o in outcomes] == [
        (Standing.DONE, {}),
        (Standing.DONE, {"company": "a person's"}),
        (Standing.DONE, {}),
    ]
    assert [crm.value(one, "company") for one in ids] == ["ours", "a person's", "ours"]


def test_a_field_that_a_person_cleared_meanwhile_is_cleared_again(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(one, {"company": ""}))
        [outcome] = connector.write(updates, page.as_of)
    assert dict(outcome.kept) == {"company": None}
    assert crm.value(one, "company") is None


def test_what_a_person_took_away_is_not_sent_a_second_time(crm):
    [one, other] = crm.fill(2)
    with crm.connector() as connector:
        crm.tick(10)
        page, updates = decided(connector, crm, [one, other], "ours")
        before = {update.id: update.guarded["company"] for update in updates}
        crm.tick(10)
        list(connector.write(updates, page.as_of))
        crm.tick(10)
        crm.edit(one, {"company": before[one]})
        crm.tick(10)
        outcomes = list(connector.write([replace(update, again=True) for update in updates]))
    assert [o.code or o.standing for o in outcomes] == [CHANGED_MEANWHILE, Standing.DONE]
    assert [crm.value(one, "company"), crm.value(other, "company")] == [before[one], "ours"]


def test_a_second_person_who_writes_while_we_put_back_wins(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile(
            "contacts/batch/update",
            lambda: crm.edit_here(one, {"company": "first"}),
            lambda: crm.edit_here(one, {"company": "second"}),
        )
        [outcome] = connector.write(updates, page.as_of)
    assert dict(outcome.kept) == {"company": "second"}
    assert crm.value(one, "company") == "second"


def test_who_writes_after_us_has_the_last_word(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(one, {"company": "later"}), side="after")
        [outcome] = connector.write(updates, page.as_of)
    assert (outcome.standing, dict(outcome.kept)) == (Standing.DONE, {})
    assert crm.value(one, "company") == "later"


def test_what_an_automation_wrote_is_not_put_back(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile(
            "contacts/batch/update", lambda: crm.edit_here(one, {"company": "a workflow's"}, actor=AUTOMATION)
        )
        [outcome] = connector.write(updates, page.as_of)
    assert (outcome.standing, dict(outcome.kept)) == (Standing.DONE, {})
    assert crm.value(one, "company") == "ours"


def test_a_write_whose_answer_got_lost_still_finds_the_person_that_it_crossed(crm):
    [one] = crm.fill(1)

    def hang_up():
        raise HangUp

    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(one, {"company": "a person's"}))
        crm.meanwhile("contacts/batch/update", hang_up, side="after")
        [outcome] = connector.write(updates, page.as_of)
    assert dict(outcome.kept) == {"company": "a person's"}
    assert crm.value(one, "company") == "a person's"


def test_an_update_that_is_sent_again_by_a_later_run_finds_the_person_that_it_crossed(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.edit(one, {"company": "a person's"})
        crm.app._edit("contacts", one, {"company": "ours"}, "integration")  # killed right after its write
        [outcome] = connector.write(updates, page.as_of)
    assert dict(outcome.kept) == {"company": "a person's"}
    assert crm.value(one, "company") == "a person's"


def test_what_cannot_be_put_back_is_told(crm):
    [one] = crm.fill(1)

    def refuse():
        crm.app.faults.append(no)

    def no(request):
        return Response(400, {"status": "error", "category": "VALIDATION_ERROR"}) if "update" in request.path else None

    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(one, {"company": "a person's"}))
        crm.meanwhile("contacts/batch/update", refuse, side="after")
        [outcome] = connector.write(updates, page.as_of)
    crm.app.faults.clear()
    assert (outcome.standing, outcome.code) == (Standing.PENDING, "NOT_PUT_BACK")
    assert outcome.message == "company: a person's value was crossed and could not be put back (VALIDATION_ERROR)"


def test_a_guard_costs_three_calls_for_a_hundred_and_none_without(crm):
    ids = crm.fill(100)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        before = connector.calls
        assert {o.standing for o in connector.write(updates, page.as_of)} == {Standing.DONE}
        assert connector.calls - before == 1 + 3
        list(connector.write([Update(one, {"company": "x"}) for one in ids]))
        assert connector.calls - before == 1 + 3 + 1


def test_one_bad_record_of_a_hundred_that_are_guarded(crm):
    ids = crm.fill(100)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        updates[66] = Update(ids[66], {"company": "x", **crm.bad}, updates[66].modified, updates[66].guarded)
        before = connector.calls
        outcomes = list(connector.write(updates, page.as_of))
        assert connector.calls - before <= 6
    assert [o.id for o in outcomes if o.standing is not Standing.DONE] == [ids[66]]


def test_only_the_guarded_field_counts(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.edit(one, {"jobtitle": "another field"})
        [outcome] = connector.write(updates, page.as_of)
    assert outcome.standing is Standing.DONE


@pytest.mark.parametrize("merge_answer", ["new-id", "primary-id", "gone"])
@pytest.mark.parametrize("guard", [True, False])
def test_a_merged_record_is_void_whatever_a_merge_answers(crm, merge_answer, guard):
    ids = crm.fill(2)
    crm.post("settings", {"merge_answer": merge_answer})
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        survivor = crm.merge(*ids)
        loser = updates[1] if guard else Update(ids[1], {"jobtitle": "ours"})
        [outcome] = connector.write([loser], page.as_of)
        assert outcome.standing is Standing.VOID
        assert connector.fetch([ids[1]], ["company"]).records.is_empty()
        assert set(connector.families([survivor])[survivor]) >= {ids[1]}
    assert crm.value(survivor, "company") != "ours"


@pytest.mark.parametrize("merge_answer", ["new-id", "primary-id", "gone"])
def test_a_chain_of_merges_is_one_family(crm, merge_answer):
    ids = crm.fill(6)
    crm.post("settings", {"merge_answer": merge_answer})
    first = crm.merge(ids[0], ids[1])
    second = crm.merge(ids[2], ids[3])
    survivor = crm.merge(first, second)
    survivor = crm.merge(survivor, ids[4])
    with crm.connector() as connector:
        families = connector.families([*ids, survivor])
        assert set(connector.families([])) == set()
    assert set(families) == {survivor}
    assert set(families[survivor]) >= set(ids[:5]) - {survivor}
    assert ids[5] not in families[survivor]


def test_a_guarded_property_that_goes_away_is_told(crm):
    [one] = crm.fill(1)
    field = crm.new_field()
    crm.edit(one, {field: "theirs"})
    with crm.connector() as connector:
        page = connector.fetch([one], [field])
        crm.drop_field(field)
        with pytest.raises(FieldsGone, match=field):
            list(connector.write([Update(one, {field: "ours"}, page.records["modified"][0], {field: "theirs"})]))


def test_an_edit_and_our_write_of_the_same_value_are_no_conflict(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.edit(one, {"company": "ours"})
        [outcome] = connector.write(updates, page.as_of)
    assert (outcome.standing, dict(outcome.kept)) == (Standing.DONE, {})


def test_a_conflict_is_not_sent(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, [one])
        crm.edit(one, {"company": "a person's"})
        step = crm.meanwhile("contacts/batch/update")
        [outcome] = connector.write(updates, page.as_of)
    assert (outcome.code, outcome.message) == (CHANGED_MEANWHILE, "company: changed after it was read")
    assert step.seen == 0


class Burst:
    """People who edit right before and right after any of our requests; each edit is one of its kind."""

    def __init__(self, crm, ids, seed, edits):
        self.crm, self.ids, self.chance, self.left = crm, ids, Random(seed), edits
        self.last = {}

    def __call__(self, request, _side):
        for _ in range(self.chance.randrange(12)):
            if self.left and "contacts" in request.path:
                self.left -= 1
                one = self.chance.choice(self.ids)
                value = self.chance.choice([f"a person's {self.left}", ""])
                if value != (self.crm.value(one, "company") or ""):  # an edit that changes nothing leaves no trace
                    self.last[one] = value
                    self.crm.edit_here(one, {"company": value})


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lost", [0.0, 0.2], ids=["heard", "replies-lost"])
def test_a_burst_of_edits_beside_our_writes_leaves_no_person_overwritten(crm, seed, lost):
    ids = crm.fill(60)
    chance = Random(seed)

    def lose(request, side):
        if side == "after" and "batch" in request.path and chance.random() < lost:
            raise HangUp

    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        burst = Burst(crm, ids[:30], seed, edits=60)
        crm.line.interceptors += [burst, lose]
        outcomes = list(connector.write(updates, page.as_of))
        crm.line.interceptors.clear()
        late = [update for update, o in zip(updates, outcomes, strict=True) if o.standing is not Standing.DONE]
        list(connector.write(late, page.as_of))  # what a later run does with those that it does not know of
    assert burst.last
    settled = {one: crm.value(one, "company") or "" for one in ids}
    assert settled == {one: burst.last.get(one, "ours") for one in ids}


SEEN = "2026-03-01T10:00:00Z"
US, PERSON, FLOW = "INTEGRATION", "CRM_UI", "AUTOMATION_PLATFORM"


def history(*versions):
    """From the oldest to the newest; those before the record was read lie at or before `SEEN`."""
    stamps = [
        f"2026-03-01T{9 if old else 11}:00:0{at}.000Z".replace("T9", "T09") for at, (old, _, _) in enumerate(versions)
    ]
    told = [Version(value, stamp, source) for stamp, (_, value, source) in zip(stamps, versions, strict=True)]
    return told[::-1]


OLD, NEW = True, False
HISTORIES = [
    ("plain", [(OLD, "G", PERSON), (NEW, "W", US)], None),
    ("crossed", [(OLD, "G", PERSON), (NEW, "P", PERSON), (NEW, "W", US)], "P"),
    ("crossed-twice-sent", [(OLD, "G", US), (NEW, "P", PERSON), (NEW, "W", US), (NEW, "W", US)], "P"),
    ("cleared", [(OLD, "G", US), (NEW, "", PERSON), (NEW, "W", US)], ""),
    ("to-and-fro", [(OLD, "G", PERSON), (NEW, "P", PERSON), (NEW, "G", PERSON), (NEW, "W", US)], None),
    ("later-person", [(OLD, "G", PERSON), (NEW, "W", US), (NEW, "P", PERSON)], None),
    ("later-flow", [(OLD, "G", PERSON), (NEW, "W", US), (NEW, "A", FLOW)], None),
    ("flow-before", [(OLD, "G", PERSON), (NEW, "A", FLOW), (NEW, "W", US)], None),
    ("flow-over-person", [(OLD, "G", US), (NEW, "P", PERSON), (NEW, "A", FLOW), (NEW, "W", US)], None),
    ("nothing-written", [(OLD, "P", PERSON), (OLD, "W", US)], None),
    ("same-by-person", [(OLD, "G", US), (NEW, "W", PERSON)], None),
    ("long-ago", [(OLD, "P", PERSON), (OLD, "W", US), (OLD, "G", PERSON), (NEW, "W", US)], None),
    ("unknown-source", [(OLD, "G", US), (NEW, "P", "SIDEKICK"), (NEW, "W", US)], "P"),
    ("no-source", [(OLD, "G", US), (NEW, "P", None), (NEW, "W", US)], "P"),
    ("broken-off", [(OLD, "G", US), (NEW, "P", PERSON), (NEW, "W", US), (NEW, "Q", PERSON), (NEW, "P", US)], "Q"),
    ("others", [(OLD, "G", US), (NEW, "P", PERSON), (NEW, "Q", PERSON), (NEW, "P", US)], None),
    ("same-by-flow", [(OLD, "G", US), (NEW, "P", PERSON), (NEW, "W", FLOW)], None),
    ("none", [], None),
]


@pytest.mark.parametrize(("versions", "value"), [case[1:] for case in HISTORIES], ids=[case[0] for case in HISTORIES])
def test_which_value_of_a_person_ours_stands_upon(versions, value):
    assert _overwritten(history(*versions), _Mark("W", "G", SEEN)) == value


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("20", "20.0", True),
        ("a;b", "b;a", True),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z", True),
        ("", "", True),
        ("a", "b", False),
        ("", "0", False),
        ("nan", "nan", True),
    ],
)
def test_values_that_hubspot_spells_in_its_own_way(one, other, same):
    assert _alike(one, other) is same


STAGE = frozenset(["lifecyclestage"])
SQL = {"lifecyclestage": "salesqualifiedlead"}


def to_another_stage(connector, crm, one, stage, **more):
    page = connector.fetch([one], ["lifecyclestage"])
    record = page.records.row(0, named=True)
    guarded = {"lifecyclestage": record["lifecyclestage"]}
    crm.tick(10)
    [outcome] = connector.write(
        [Update(one, {"lifecyclestage": stage}, record["modified"], guarded, **more)], page.as_of
    )
    return outcome


def test_a_lifecycle_stage_that_hubspot_does_not_take_back_is_told(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        assert to_another_stage(connector, crm, one, "salesqualifiedlead").ignored == frozenset()
        outcome = to_another_stage(connector, crm, one, "marketingqualifiedlead")
    assert (outcome.standing, outcome.ignored) == (Standing.DONE, {"lifecyclestage"})
    assert crm.value(one, "lifecyclestage") == "salesqualifiedlead"


def test_a_lifecycle_stage_goes_back_by_way_of_nothing_when_it_is_to(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        to_another_stage(connector, crm, one, "salesqualifiedlead")
        outcome = to_another_stage(connector, crm, one, "lead", back=STAGE)
    assert (outcome.standing, outcome.ignored) == (Standing.DONE, frozenset())
    assert crm.value(one, "lifecyclestage") == "lead"


def test_a_lifecycle_stage_that_a_person_moves_back_after_us_is_the_persons(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        to_another_stage(connector, crm, one, "marketingqualifiedlead")
        crm.tick(10)
        back = {"lifecyclestage": "marketingqualifiedlead"}
        crm.meanwhile("contacts/batch/update", lambda: crm.edit_here(one, back), side="after")
        outcome = to_another_stage(connector, crm, one, "opportunity", back=STAGE)
    assert outcome.ignored == frozenset()
    assert crm.value(one, "lifecyclestage") == "marketingqualifiedlead"


def test_a_stage_that_was_cleared_to_go_back_goes_back_when_the_run_broke_off_then(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        to_another_stage(connector, crm, one, "salesqualifiedlead")
        page = connector.fetch([one], ["lifecyclestage"])
        stamp = page.records["modified"][0]
        crm.tick(10)
        list(connector.write([Update(one, {"lifecyclestage": None})]))
        again = Update(one, {"lifecyclestage": "lead"}, stamp, SQL, STAGE, again=True)
        [outcome] = connector.write([again])
    assert outcome.standing is Standing.DONE
    assert crm.value(one, "lifecyclestage") == "lead"


def test_a_stage_that_a_person_cleared_stays_so(crm):
    [one] = crm.fill(1)
    with crm.connector() as connector:
        to_another_stage(connector, crm, one, "salesqualifiedlead")
        stamp = connector.fetch([one], ["lifecyclestage"]).records["modified"][0]
        crm.tick(10)
        crm.edit(one, {"lifecyclestage": ""})
        again = Update(one, {"lifecyclestage": "lead"}, stamp, SQL, STAGE, again=True)
        [outcome] = connector.write([again])
    assert outcome.code == CHANGED_MEANWHILE
    assert crm.value(one, "lifecyclestage") is None


def test_one_locked_record_does_not_hold_up_the_others(crm):
    ids = crm.fill(20)
    with crm.connector() as connector:
        page, updates = guarded(connector, crm, ids)
        crm.post("act", {"action": "lock", "ids": [ids[7]], "seconds": 600})
        outcomes = list(connector.write(updates, page.as_of))
        assert {o.id: (o.standing, o.code) for o in outcomes if o.standing is not Standing.DONE} == {
            ids[7]: (Standing.PENDING, "LOCKED")
        }
        crm.post("act", {"action": "lock", "ids": [ids[7]], "seconds": 0})
        assert [o.standing for o in connector.write(updates[7:8], page.as_of)] == [Standing.DONE]
